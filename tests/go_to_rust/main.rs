//! `docs/go-to-rust.md` names things that there are: each row's Rust items are public and carry the Go
//! name, and what it says that shows them is there and uses them.

mod index;
mod table;

use index::Package;
use table::Counts;

/// What the Go SDK 0.13.4 exports.
const ALL: Counts = Counts {
    functions: 49,
    methods: 160,
    others: 85,
};

fn package() -> Package {
    Package::read(support::root())
}

#[test]
fn every_name_of_the_go_sdk_has_its_row() {
    let text = include_str!("../../docs/go-to-rust.md");
    let problems = table::problems(text, &package(), ALL);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The problems of a table in these lines.
fn problems_in(package: &Package, lines: &str, expected: Counts) -> Vec<String> {
    let text: Vec<&str> = lines.lines().map(str::trim).collect();
    table::problems(&text.join("\n"), package, expected)
}

#[test]
fn what_is_right_is_no_problem() {
    let text = "
        | `NewVM` | [`Vm::new`] | takes data | `examples/fibonacci.rs`, doc test of [`Wasi`] |
        | `VM.Release` | drop of [`Vm`] | | `tests/vm.rs::the_data_comes_back_at_the_end` |
        | `Result.Error` | `Display` of [`Error`] | | doc test |
        | `SetLogOff` | [`log::set_level`] | in a module | doc test |
        | `FindPlugin` | [`plugin::Plugin::find`] | | `tests/plugin.rs::errors` |
        ## Types, constants and variables
        | `VM` | [`Vm`] | |
        | `ValType` | [`ValType`] | the same name |
        ## The guide's programs
        | 496 | runs a function | `examples/fibonacci.rs` |
        | 1, 2 | words | doc test of [`Vm`] |";
    let counts = Counts {
        functions: 3,
        methods: 2,
        others: 2,
    };
    assert_eq!(problems_in(&package(), text, counts), [""; 0]);
}

#[test]
fn what_is_wrong_is_a_problem() {
    const TEST: &str = "`tests/vm.rs::the_steps_one_by_one`";
    let package = package();
    let problems = |lines: &str| problems_in(&package, lines, Counts::default());
    for (row, expected) in [
        (
            "`NewVM` | [`Vm::new`] | a cell too many | | doc test",
            "NewVM: 5 cells",
        ),
        (
            "`NewVM` | `Vm::new` | no link | `examples/fibonacci.rs`",
            "NewVM: what does ``Vm::new`` mean?",
        ),
        (
            "`NewVM` | [`Vm::old`] | not there | `examples/fibonacci.rs`",
            "NewVM: there is no public `Vm::old`",
        ),
        (
            "`NewStatistics` | [`Statistics::new`] | not public | `examples/fibonacci.rs`",
            "NewStatistics: there is no public `Statistics::new`",
        ),
        (
            "`NewVM` | [`vm::Vm`] | a private path | `examples/fibonacci.rs`",
            "NewVM: there is no public `vm::Vm`",
        ),
        (
            "`NewVM` | [`Vm::data`] | another item | `tests/vm.rs::the_data_comes_back_at_the_end`",
            "NewVM: `Vm::data` has no alias NewVM",
        ),
        ("`NewVM` | [`Vm::new`] | not shown |", "NewVM: where is ``?"),
        (
            "`NewVM` | [`Vm::new`] | no such file | `tests/none.rs::part`",
            "NewVM: there is no test part in tests/none.rs",
        ),
        (
            "`NewVM` | [`Vm::new`] | no such test | `tests/vm.rs::none`",
            "NewVM: there is no test none in tests/vm.rs",
        ),
        (
            "`NewVM` | [`Vm::new`] | a function that no test calls | `tests/support/mod.rs::wasm`",
            "NewVM: there is no test wasm in tests/support/mod.rs",
        ),
        (
            "`NewVM` | [`Vm::new`] | no such example | `examples/none.rs`",
            "NewVM: there is no examples/none.rs",
        ),
        (
            "`NewVM` | [`Vm::new`] | not shown there | `tests/guide.rs::limits`",
            "NewVM: Test(\"tests/guide.rs\", \"limits\") uses nothing of it",
        ),
        (
            "`NewVM` | [`Vm::new`] | no example of its own | doc test",
            "NewVM: `Vm::new` has no example in its documentation",
        ),
        (
            "`VM.Release` | drop of [`Machine`] | | TEST",
            "VM.Release: there is no public `Machine`",
        ),
        (
            "`Limit.GetMin` | `Iterator` of [`Limits`] | | doc test",
            "Limit.GetMin: `Limits` does not implement Iterator",
        ),
    ] {
        let row = format!("| {} |", row.replace("TEST", TEST));
        let found = problems(&row);
        assert_eq!(found[0], expected, "{row}");
    }
    let rows = "
        | `NewVM` | [`Vm::new`] | | `examples/fibonacci.rs` |
        | `NewVM` | [`Vm::new`] | | `examples/fibonacci.rs` |";
    let count = "Counts { functions: 1, methods: 0, others: 0 } instead of \
                 Counts { functions: 0, methods: 0, others: 0 }";
    assert_eq!(problems(rows), ["NewVM: a second row", count]);
    let other = "
        ## Types, constants and variables
        | `ValType_I32` | [`ValType::I64`] | |";
    assert_eq!(
        problems(other)[0],
        "ValType_I32: `ValType::I64` has no alias ValType_I32"
    );
    let program = "
        ## The guide's programs
        | 1 | is gone | `examples/none.rs` |";
    assert_eq!(problems(program), ["1: there is no examples/none.rs"]);
}
