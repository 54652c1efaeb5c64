//! What an operation costs in instructions and heap allocations, counted by callgrind.
//!
//! Callgrind collects inside `overhead_measured` alone and writes a file after each call of it. Each
//! side runs `n` and then `2 n` times; what the second run has more is what `n` operations cost.

use std::path::Path;
use std::process::Command;

use crate::pair::Pair;

/// How often, and how often before it is counted: what is done once is done then.
const N: u64 = 10;
const WARM_UP: u64 = 3;

/// One operation of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    /// But for those of `malloc` and its kin, which depend on what was freed before.
    pub(crate) instructions: u64,
    /// Calls of `malloc` and its kin, by anybody.
    pub(crate) allocations: u64,
}

/// Runs every side as callgrind needs it.
pub(crate) fn run(pairs: &[Pair]) {
    for pair in pairs {
        let mut sides = (pair.make)();
        for side in [&mut sides.safe, &mut sides.raw, &mut sides.c] {
            for n in [WARM_UP, N, 2 * N] {
                side(n);
            }
        }
    }
}

/// Runs this program again under callgrind, and reads what it counted: for each pair, safe, raw and C.
pub(crate) fn read(names: &[&str]) -> Vec<[Count; 3]> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("counts");
    let program = std::env::args().next().unwrap();
    let status = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--quiet",
            "--collect-atstart=no",
            "--toggle-collect=overhead_measured",
            "--dump-after=overhead_measured",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg("--run-counted")
        .status()
        .expect("valgrind is installed");
    assert!(status.success(), "valgrind: {status}");
    let dump = |number: usize| parse(&folder.path().join(format!("counts.{number}")));
    let side = |number: usize| {
        let (once, twice) = (dump(3 * number + 2), dump(3 * number + 3));
        let per = |once: u64, twice: u64| (twice - once + N / 2) / N;
        Count {
            instructions: per(once.instructions, twice.instructions),
            allocations: per(once.allocations, twice.allocations),
        }
    };
    let numbers = 0..names.len();
    numbers
        .map(|pair| [0, 1, 2].map(|number| side(3 * pair + number)))
        .collect()
}

/// One file of callgrind's.
fn parse(path: &Path) -> Count {
    let text = std::fs::read_to_string(path).unwrap();
    let mut names = std::collections::HashMap::new();
    // A name is written out once: `(12) malloc`, and then `(12)`.
    let mut name = |text| {
        let (number, name): (&str, &str) = text_parts(text);
        if !name.is_empty() {
            names.insert(number.to_owned(), name.to_owned());
        }
        names[number].clone()
    };
    let (mut caller, mut callee) = (String::new(), String::new());
    let mut count = Count {
        instructions: 0,
        allocations: 0,
    };
    let mut in_allocator = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(total) = line.strip_prefix("totals: ") {
            count.instructions = total.trim().parse().unwrap();
        } else if let Some(text) = line.strip_prefix("fn=") {
            caller = name(text);
        } else if let Some(text) = line.strip_prefix("cfn=") {
            callee = name(text);
        } else if let Some(calls) = line.strip_prefix("calls=") {
            // The next line has the cost of these calls, last.
            let cost = lines.next().and_then(|line| line.split(' ').next_back());
            let allocates = ALLOCATES.contains(&&*callee);
            if (allocates || FREES.contains(&&*callee))
                && !ALLOCATES.contains(&&*caller)
                && !FREES.contains(&&*caller)
            {
                in_allocator += cost.unwrap().parse::<u64>().unwrap();
                if allocates {
                    let calls = calls.split(' ').next().unwrap();
                    count.allocations += calls.parse::<u64>().unwrap();
                }
            }
        }
    }
    count.instructions -= in_allocator;
    count
}

fn text_parts(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

const ALLOCATES: [&str; 6] = [
    "malloc",
    "calloc",
    "realloc",
    "aligned_alloc",
    "memalign",
    "posix_memalign",
];
const FREES: [&str; 2] = ["free", "cfree"];
