//! How long the sides take.

use std::cell::RefCell;
use std::time::Duration;

use criterion::Criterion;

use crate::pair::{Pair, Side, Sides};

/// One of the sides.
type Choose = fn(&mut Sides) -> &mut Side;

/// Each side by itself.
pub(crate) fn by_criterion() {
    let mut bench = Criterion::default().configure_from_args();
    for pair in crate::pairs() {
        // Made when it is asked for: criterion may leave out all of it.
        let sides = RefCell::new(None);
        let choose: [(&str, Choose); 3] = [
            ("crate", |sides| &mut sides.safe),
            ("raw", |sides| &mut sides.raw),
            ("C", |sides| &mut sides.c),
        ];
        for (name, side) in choose {
            bench.bench_function(&format!("{}/{name}", pair.name), |bench| {
                let mut sides = sides.borrow_mut();
                let sides = sides.get_or_insert_with(|| (pair.make)());
                bench.iter_custom(&mut *side(sides));
            });
        }
    }
    bench.final_summary();
}

/// The nanoseconds of one operation: the crate, raw and C, and the crate's in times those of C.
pub(crate) struct Times {
    pub(crate) nanos: [f64; 3],
    pub(crate) ratio: f64,
}

const ROUNDS: usize = 31;
const ROUND: Duration = Duration::from_millis(4);

/// The sides in turn, so that what else the machine does meets all of them; medians.
pub(crate) fn in_turn(pair: &Pair) -> Times {
    let mut sides = (pair.make)();
    let mut n = 1;
    while (sides.safe)(n) < ROUND && n < 1 << 20 {
        n *= 2;
    }
    (sides.raw)(n);
    (sides.c)(n);
    let mut rounds: Vec<[f64; 3]> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let of = |time: Duration| time.as_secs_f64() * 1e9 / n as f64;
        rounds.push([of((sides.safe)(n)), of((sides.raw)(n)), of((sides.c)(n))]);
    }
    let median = |of: &dyn Fn(&[f64; 3]) -> f64| {
        let mut values: Vec<_> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[ROUNDS / 2]
    };
    Times {
        nanos: [0, 1, 2].map(|side| median(&|round| round[side])),
        ratio: median(&|round| round[0] / round[2]),
    }
}
