//! One operation, done by each side.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use crate::timed::timed;

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
    /// Whether it is counted as well as timed: what threads do is not the same each time.
    pub(crate) counted: bool,
    /// By how many instructions what the crate adds may differ from one run to the next: where strings
    /// and buffers lie, which the C library's comparing and copying goes by.
    pub(crate) varies: i64,
    /// Makes what the sides work on.
    pub(crate) make: fn() -> Sides,
}

/// What the crate's side may cost, on WasmEdge 0.13.4.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    None,
    /// So many instructions more than the raw side, and no more allocations.
    Added(i64),
    /// So many times the instructions of the side in C.
    Instructions(f64),
    /// So many times the time of the side in C.
    Time(f64),
}

impl Pair {
    pub(crate) const fn new(name: &'static str, make: fn() -> Sides) -> Self {
        Self {
            name,
            target: Target::None,
            counted: true,
            varies: 0,
            make,
        }
    }

    pub(crate) const fn target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    pub(crate) const fn varies(mut self, instructions: i64) -> Self {
        self.varies = instructions;
        self
    }

    pub(crate) const fn timed_only(mut self) -> Self {
        self.counted = false;
        self
    }
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

/// A side that is one loop.
pub(crate) fn looped(mut run: impl FnMut(u64) + 'static) -> Side {
    Box::new(move |n| timed(|| run(n)))
}

/// Several threads that do the same at once, each with a side that it makes: the time of the last.
pub(crate) fn on_threads(count: usize, make: impl Fn() -> Side + Sync + 'static) -> Side {
    Box::new(move |n| {
        let ready = Barrier::new(count);
        let thread = || {
            let mut side = make();
            side(1);
            ready.wait();
            side(n)
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..count).map(|_| scope.spawn(thread)).collect();
            let times = threads.into_iter().map(|thread| thread.join().unwrap());
            times.max().unwrap()
        })
    })
}
