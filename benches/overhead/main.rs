//! What this crate costs beside the C API, operation by operation, in one process.
//!
//! ```text
//! cargo bench --bench overhead                 # times, by criterion
//! cargo bench --bench overhead -- --table      # instructions and heap allocations, by callgrind
//! ```

mod call;
mod counts;
mod guest;
mod held;
mod host;
mod make;
mod memory;
mod pair;
#[path = "../../tests/support/raw.rs"]
#[allow(dead_code, reason = "a part of it is for the tests")]
mod raw;

use pair::Pair;

fn pairs() -> Vec<Pair> {
    [call::pairs(), host::pairs(), memory::pairs(), make::pairs()]
        .into_iter()
        .flatten()
        .collect()
}

fn table() {
    let names: Vec<_> = pairs().iter().map(|pair| pair.name).collect();
    println!(
        "{:34} {:>9} {:>9} {:>9} {:>7} {:>6}  allocations",
        "", "crate", "raw", "C", "added", "ratio"
    );
    for (name, [safe, raw, c]) in names.iter().zip(counts::read(&names)) {
        println!(
            "{name:34} {:9} {:9} {:9} {:+7} {:6.3}  {} {} {}",
            safe.instructions,
            raw.instructions,
            c.instructions,
            safe.instructions as i64 - raw.instructions as i64,
            safe.instructions as f64 / raw.instructions as f64,
            safe.allocations,
            raw.allocations,
            c.allocations
        );
    }
    for (what, [safe, raw]) in held::per_instance() {
        println!("bytes held per idle {what}: {safe}, in C {raw}");
    }
}

fn main() {
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    if asked("--run-counted") {
        counts::run(&pairs());
    } else if asked("--table") {
        table();
    } else {
        let mut bench = criterion::Criterion::default().configure_from_args();
        for pair in pairs() {
            let mut sides = (pair.make)();
            let sides = [
                ("crate", &mut sides.safe),
                ("raw", &mut sides.raw),
                ("c", &mut sides.c),
            ];
            for (side, run) in sides {
                bench.bench_function(&format!("{}/{side}", pair.name), |bench| {
                    bench.iter_custom(&mut *run);
                });
            }
        }
        bench.final_summary();
    }
}
