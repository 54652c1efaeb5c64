//! Whether there are threads for the library's linker.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::vocabulary::{ErrorKind, Result};

/// Starts as many threads as the linker does, and lets them end.
///
/// It starts one for each processor that the process may use, and the library ends the process when
/// it cannot.
pub(super) fn check() -> Result<()> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // They are all there before the first one ends.
        let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
        let started: io::Result<Vec<_>> = (0..processors())
            .map(|_| thread::Builder::new().spawn_scoped(scope, || drop(gate.lock())))
            .collect();
        drop(closed);
        started.map(drop)
    })
    .map_err(|error| ErrorKind::Thread(error).into())
}

/// As LLVM counts them: without the share of their time that the process may have.
#[cfg(target_os = "linux")]
fn processors() -> usize {
    // SAFETY: a set of bits, which is written, and of which no bits is a value.
    let count = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        match libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) {
            0 => libc::CPU_COUNT(&set),
            _ => 0,
        }
    };
    match usize::try_from(count) {
        Ok(count) if count > 0 => count,
        _ => thread::available_parallelism().map_or(1, usize::from),
    }
}

#[cfg(not(target_os = "linux"))]
fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
