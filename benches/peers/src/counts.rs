//! What an operation costs in instructions and heap allocations.

use std::process::Command;

use crate::callgrind::{self, Count};
use crate::peer::{self, Peer};

/// Counts every operation of a runtime; none where it has no such operation.
pub(crate) fn counts(name: &str, mode: &str) -> Vec<Option<Count>> {
    let folder = tempfile::tempdir().expect("a folder for callgrind's files");
    let out = folder.path().join("counts");
    let program: &mut Command = &mut callgrind::command(&out);
    let mut peer = Peer::start(program.arg(peer::program(name)).arg(mode));
    let done: Vec<bool> = (0..peer.operations.len())
        .map(|operation| {
            eprintln!("counting, {name}: {}", peer.operations[operation]);
            callgrind::RUNS
                .iter()
                .all(|n| peer.run(operation, *n).is_some())
        })
        .collect();
    peer.end();
    let mut counts = callgrind::counts(&out);
    done.into_iter()
        .map(|done| done.then(|| counts.next()).flatten())
        .collect()
}
