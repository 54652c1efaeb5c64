//! What this crate costs beside the C API: each operation through the crate, through `wasmedge::sys`,
//! and in a C program, in one process.
//!
//! ```text
//! cargo bench --bench overhead                  # times, by criterion
//! cargo bench --bench overhead -- --table       # instructions and heap allocations, by callgrind
//! cargo bench --bench overhead -- --check       # the same, compared with what benches/counts has
//! cargo bench --bench overhead -- --save        # the same, put there
//! cargo bench --bench overhead -- --page        # all that docs/performance.md and its plot show
//! ```
//!
//! All but the first need valgrind.

mod call;
mod callgrind;
mod check;
mod counts;
mod guest;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod held;
mod host;
mod item;
mod make;
mod memory;
mod page;
mod pair;
mod plot;
mod print;
#[path = "../../tests/support/raw.rs"]
mod raw;
mod record;
mod stop;
mod timed;
mod times;

use pair::Pair;

/// In this order: calls without the keeper come before it runs.
fn pairs() -> Vec<Pair> {
    let rooms = [
        call::pairs(),
        host::pairs(),
        memory::pairs(),
        item::pairs(),
        make::pairs(),
        stop::pairs(),
    ];
    rooms.into_iter().flatten().collect()
}

fn main() {
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    if asked("--run-counted") {
        counts::run(&pairs());
    } else if asked("--table") {
        record::print(&record::Record::now());
    } else if asked("--save") {
        check::save();
    } else if asked("--check") {
        check::check();
    } else if asked("--page") {
        page::write();
    } else {
        times::by_criterion();
    }
}
