//! What is timed, and counted.

use std::time::{Duration, Instant};

/// How long it takes.
pub(crate) fn timed(mut run: impl FnMut()) -> Duration {
    let start = Instant::now();
    overhead_measured(&mut run);
    start.elapsed()
}

/// Callgrind knows it by its name: see `callgrind`.
#[unsafe(no_mangle)]
#[inline(never)]
#[allow(improper_ctypes_definitions, reason = "called from Rust alone")]
extern "C" fn overhead_measured(run: &mut dyn FnMut()) {
    run();
}
