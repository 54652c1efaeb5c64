//! Callgrind, which counts instructions and heap allocations.
//!
//! It collects inside `overhead_measured` alone and writes a file after each call of it. An operation is
//! done some times to warm up, then [`N`] times, then twice as often; what the last has more is what `N`
//! operations cost, and a call into wasm that loops, for example, is not part of it.
//!
//! What happens inside `malloc` and its kin is counted as one allocation and not as instructions: it
//! depends on what was freed before, and on the C library.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// How often, and how often before it is counted: what is done once is done then.
const N: u64 = 10;
const WARM_UP: u64 = 3;

/// How often it is to be done, each a call of `overhead_measured`.
pub(crate) const RUNS: [u64; 3] = [WARM_UP, N, 2 * N];

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) instructions: i64,
    /// By anybody, the library included.
    pub(crate) allocations: i64,
}

/// Callgrind without its program; it writes to `out` with `.1`, `.2` ... behind.
pub(crate) fn command(out: &Path) -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args([
            "--tool=callgrind",
            "--quiet",
            "--collect-atstart=no",
            "--toggle-collect=overhead_measured",
            "--dump-after=overhead_measured",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()));
    valgrind
}

/// What each operation cost, of those that were done in turn as [`RUNS`] says.
pub(crate) fn counts(out: &Path) -> impl Iterator<Item = Count> {
    let mut number = 0;
    let mut next = move || {
        number += 1;
        parse(&out.with_extension(number.to_string()))
    };
    std::iter::repeat_with(move || {
        let [_warm_up, once, twice] = RUNS.map(|_| next());
        let per = |once: i64, twice: i64| (twice - once + N as i64 / 2).div_euclid(N as i64);
        Count {
            instructions: per(once.instructions, twice.instructions),
            allocations: per(once.allocations, twice.allocations),
        }
    })
}

const ALLOCATES: [&str; 6] = [
    "malloc",
    "calloc",
    "realloc",
    "aligned_alloc",
    "memalign",
    "posix_memalign",
];

/// Reads one file of callgrind's, in which a function's name is written out once: `(12) malloc`, and
/// then `(12)`.
fn parse(path: &Path) -> Count {
    let text = std::fs::read_to_string(path).unwrap();
    let mut names = HashMap::new();
    let mut is_allocator = |text: &str| {
        let (number, name) = text.split_once(' ').unwrap_or((text, ""));
        let kind = || (ALLOCATES.contains(&name), name == "free");
        *names.entry(number.to_owned()).or_insert_with(kind)
    };
    let (mut total, mut inside, mut allocations) = (0, 0, 0);
    let (mut caller, mut callee) = ((false, false), (false, false));
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("totals: ") {
            total = text.trim().parse().unwrap();
        } else if let Some(name) = line.strip_prefix("fn=") {
            caller = is_allocator(name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            callee = is_allocator(name);
        } else if let Some(calls) = line.strip_prefix("calls=") {
            // The next line has what these calls cost, last.
            let cost = lines.next().unwrap();
            if callee == (false, false) || caller != (false, false) {
                continue;
            }
            let number = |text: Option<&str>| text.unwrap().parse::<i64>().unwrap();
            inside += number(cost.split(' ').next_back());
            if callee.0 {
                allocations += number(calls.split(' ').next());
            }
        }
    }
    Count {
        instructions: total - inside,
        allocations,
    }
}
