//! One operation, done by each side.

use std::time::{Duration, Instant};

/// Does the operation a number of times, and says how long that took.
pub(crate) type Side = Box<dyn FnMut(u64) -> Duration>;

/// The sides of a pair; they do the same.
pub(crate) struct Sides {
    /// Through the crate.
    pub(crate) safe: Side,
    /// Through `wasmedge::sys`, with nothing that is not needed.
    pub(crate) raw: Side,
    /// In C, as the library's documentation has it.
    pub(crate) c: Side,
}

/// What the sides do, and what is asked of the crate's.
pub(crate) struct Pair {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    /// Makes what the sides work on.
    pub(crate) make: fn() -> Sides,
}

/// How much the crate may add to what the raw side costs, on WasmEdge 0.13.4.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    None,
    /// So many instructions, and no heap allocation.
    Added(i64),
    /// So many times the instructions.
    Ratio(f64),
}

/// A side made of one operation.
pub(crate) fn repeat(mut once: impl FnMut() + 'static) -> Side {
    Box::new(move |n| {
        timed(|| {
            for _ in 0..n {
                once();
            }
        })
    })
}

/// What is timed, and counted: see `counts`.
pub(crate) fn timed(mut run: impl FnMut()) -> Duration {
    let start = Instant::now();
    overhead_measured(&mut run);
    start.elapsed()
}

/// Callgrind knows it by its name.
#[unsafe(no_mangle)]
#[inline(never)]
#[allow(improper_ctypes_definitions, reason = "called from Rust alone")]
extern "C" fn overhead_measured(run: &mut dyn FnMut()) {
    run();
}
