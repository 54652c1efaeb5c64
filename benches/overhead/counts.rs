//! What an operation costs in instructions and heap allocations, counted by callgrind.
//!
//! Callgrind collects inside `overhead_measured` alone and writes a file after each call of it. Each
//! side runs `n` and then `2 n` times; what the second run has more is what `n` operations cost, and
//! a call into wasm that loops, for example, is not part of it.
//!
//! What happens inside `malloc` and its kin is counted as one allocation and not as instructions: it
//! depends on what was freed before, and on the C library.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use crate::guest;
use crate::pair::Pair;
use crate::support;

/// How often, and how often before it is counted: what is done once is done then.
const N: u64 = 10;
const WARM_UP: u64 = 3;

/// One operation of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) instructions: i64,
    /// By anybody, the library included.
    pub(crate) allocations: i64,
}

/// What the sides of a pair cost: safe, raw and C.
pub(crate) type Counts = [Count; 3];

/// Runs every side as callgrind needs it.
pub(crate) fn run(pairs: &[Pair]) {
    for pair in pairs.iter().filter(|pair| pair.counted) {
        let mut sides = (pair.make)();
        for side in [&mut sides.safe, &mut sides.raw, &mut sides.c] {
            for n in [WARM_UP, N, 2 * N] {
                side(n);
            }
        }
    }
}

/// Runs this program again under callgrind, and reads what it counted, pair by pair.
pub(crate) fn read(pairs: &[Pair]) -> Vec<Counts> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("counts");
    // Not `current_exe`, which is the loader where this runs through one.
    let program = support::command(std::env::args().next().unwrap().into());
    let (compiled, file) = guest::compiled_for_another();
    let status = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--quiet",
            "--collect-atstart=no",
            "--toggle-collect=overhead_measured",
            "--dump-after=overhead_measured",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program.get_program())
        .args(program.get_args())
        .arg("--run-counted")
        .env(compiled, file)
        .status()
        .expect("valgrind, which counts, is installed");
    assert!(status.success(), "valgrind: {status}");

    let mut number = 0;
    let mut next = || {
        number += 1;
        parse(&folder.path().join(format!("counts.{number}")))
    };
    let mut side = || {
        let [_warm_up, once, twice] = [next(), next(), next()];
        let per = |once: i64, twice: i64| (twice - once + N as i64 / 2).div_euclid(N as i64);
        Count {
            instructions: per(once.instructions, twice.instructions),
            allocations: per(once.allocations, twice.allocations),
        }
    };
    let counted = pairs.iter().filter(|pair| pair.counted);
    counted.map(|_| [side(), side(), side()]).collect()
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
