//! The WebAssembly specification's own test scripts, through the public API: interpreted, and
//! compiled.
//!
//! `cargo test --test spec -- --nocapture` prints the counts. What fails must be in `known.txt`, and
//! what is in `known.txt` must fail as it says there.

#[path = "../support/raw.rs"]
mod raw;

mod evidence;
mod imports;
mod known;
mod script;
mod spectest;
mod suite;
mod values;

use script::Mode;
use suite::Suite;
use wasmedge::{Proposal, log};

/// Runs suites, prints their counts, and compares what failed with the list.
///
/// # Panics
///
/// When they differ.
fn run(suites: &[Suite], mode: Mode) {
    // What the library logs of each trap and each refused module would hide the counts.
    log::set_level(log::Level::Off).unwrap();
    let differences: String = suites.iter().map(|suite| suite.run(mode)).collect();
    assert!(
        differences.is_empty(),
        "not as in tests/spec/known.txt (+ fails and is not there, - is there and does not fail \
         so):\n{differences}"
    );
}

const CORE: &[Suite] = &[Suite {
    name: "core",
    folders: &[suite::CORE],
    proposals: &[],
    off: &[],
    unchecked: &[],
    since: (0, 13),
}];

const SIMD: &[Suite] = &[Suite {
    name: "simd",
    folders: &["simd"],
    // One of its scripts has two memories.
    proposals: &[Proposal::Simd, Proposal::MultiMemories],
    off: &[],
    unchecked: &[],
    since: (0, 13),
}];

/// Those that the safe API can turn on, where the library has them, and those that only `unsafe` does.
const PROPOSALS: &[Suite] = &[
    Suite {
        name: "extended-const",
        folders: &["extended-const"],
        proposals: &[Proposal::ExtendedConst],
        off: &[],
        unchecked: &[],
        since: (0, 13),
    },
    Suite {
        name: "multi-memory",
        folders: &["multi-memory"],
        proposals: &[Proposal::MultiMemories],
        off: &[],
        unchecked: &[],
        since: (0, 13),
    },
    Suite {
        name: "threads",
        folders: &["threads"],
        proposals: &[Proposal::Threads],
        // Written when a module had one table.
        off: &[Proposal::ReferenceTypes],
        unchecked: &[],
        since: (0, 13),
    },
    Suite {
        name: "annotations",
        folders: &["annotations"],
        proposals: &[Proposal::Annotations],
        off: &[],
        unchecked: &[],
        since: (0, 13),
    },
    Suite {
        name: "relaxed-simd",
        folders: &["relaxed-simd"],
        proposals: &[],
        off: &[],
        unchecked: &[Proposal::RelaxedSimd],
        since: (0, 13),
    },
    Suite {
        name: "memory64",
        folders: &["memory64"],
        proposals: &[Proposal::Memory64],
        off: &[],
        unchecked: &[],
        since: (0, 17),
    },
    Suite {
        name: "exception-handling",
        folders: &["exception-handling"],
        proposals: &[],
        off: &[],
        unchecked: &[Proposal::ExceptionHandling, Proposal::TailCall],
        since: (0, 14),
    },
    Suite {
        name: "function-references",
        folders: &["function-references"],
        proposals: &[],
        off: &[],
        unchecked: &[Proposal::FunctionReferences, Proposal::TailCall],
        since: (0, 17),
    },
    Suite {
        name: "gc",
        folders: &["gc"],
        proposals: &[Proposal::ExtendedConst],
        off: &[],
        unchecked: &[Proposal::Gc, Proposal::TailCall],
        since: (0, 17),
    },
    Suite {
        name: "tail-call",
        folders: &["tail-call"],
        proposals: &[],
        off: &[],
        unchecked: &[Proposal::TailCall],
        since: (0, 13),
    },
];

#[test]
fn interpreted_core() {
    run(CORE, Mode::Interpreted);
}

#[test]
fn interpreted_simd() {
    run(SIMD, Mode::Interpreted);
}

#[test]
fn interpreted_proposals() {
    run(PROPOSALS, Mode::Interpreted);
}

#[test]
fn compiled_core() {
    run(CORE, Mode::Compiled);
}

#[test]
fn compiled_simd() {
    run(SIMD, Mode::Compiled);
}

#[test]
fn compiled_proposals() {
    run(PROPOSALS, Mode::Compiled);
}
