//! What an operation costs in instructions and heap allocations, counted by callgrind.

use crate::callgrind::{self, Count};
use crate::guest;
use crate::pair::Pair;

/// What the sides of a pair cost: safe, raw and C.
pub(crate) type Counts = [Count; 3];

/// Runs every side as callgrind needs it.
pub(crate) fn run(pairs: &[Pair]) {
    for pair in pairs.iter().filter(|pair| pair.counted) {
        let mut sides = (pair.make)();
        for side in [&mut sides.safe, &mut sides.raw, &mut sides.c] {
            for n in callgrind::RUNS {
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
    let status = callgrind::command(&out)
        .arg(program.get_program())
        .args(program.get_args())
        .arg("--run-counted")
        .env(compiled, file)
        .status()
        .expect("valgrind, which counts, is installed");
    assert!(status.success(), "valgrind: {status}");

    let mut counts = callgrind::counts(&out);
    let mut side = || counts.next().unwrap();
    let counted = pairs.iter().filter(|pair| pair.counted);
    counted.map(|_| [side(), side(), side()]).collect()
}
