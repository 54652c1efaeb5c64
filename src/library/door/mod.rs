//! The door to the library: no thread goes in without stack enough (D5), or once the process ends
//! (D6).
//!
//! C++ destroys the library's static objects while the process ends: its log, the list of plug-ins,
//! LLVM's tables. Every call that runs code looks at the log, and so do loading, validating,
//! linking, growing and WASI; so a thread that is inside then uses what is gone. And C++ checks no
//! stack: some functions of the library have frames of 16 KiB, without probes in some builds, and
//! step over the guard page.
//!
//! Each thread has a seat, a variable of its own that needs no set-up. On its way in it notes there
//! what it is going to do, and compares the stack pointer with a range of addresses. All else is in
//! the slow path, which is taken when the pointer is not in the range: at first, since the range is
//! empty; on another stack; close to the end of the stack; and once the process ends, for then
//! [`exit`] empties the range of every thread. So one comparison asks for all of it.
//!
//! What goes in by which door:
//!
//! * calls of functions: [`call`]; on the way back out to a host function and in again: [`leave`]
//!   and [`come_back`];
//! * all else that logs, or looks at other static objects: [`open`], with what it is;
//! * what only makes or frees an object, or reads one, uses none of these and needs no door, except
//!   that nothing is made ([`library::ready`](crate::library::ready)) and nothing is freed
//!   (`Owned::drop`) once the process ends: objects of plug-ins do log when they go.

mod exit;
mod fork;
mod seat;
mod stack;

use std::ptr;

pub(crate) use exit::{is_over, stay_out, watch};
pub(crate) use fork::{Hook, Lock, on_fork};
#[allow(
    unused_imports,
    reason = "for code that runs on stacks of the crate's own"
)]
pub(crate) use seat::on_stack;

use seat::{Refused, SEAT};

use crate::sys::WasmEdge_ExecutorContext as Executor;
use crate::vocabulary::{Error, ErrorKind, Result, Trap};

/// What a thread does in the library beside running code of an executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It comes to its end by itself, soon: loading, validating, linking, growing.
    Library,
    /// It runs an executor that can be stopped.
    Run(*mut Executor),
    /// It compiles, which nothing stops, and uses static objects of LLVM.
    Compiler,
    /// Functions of plug-ins and the library's own tools: as much stack as they want.
    Tool,
    /// Next to nothing, after something that took more.
    Flag,
}

/// How much stack a call takes in the library, at most, down to the system or to the next host
/// function. Measured: 40 KiB for `sock_send_to`, with the log on; 14 KiB to load and validate. The
/// rest is for signal handlers, and for what a later version takes.
const CALL: usize = 64 << 10;

/// The same of the compiler. Measured: 42 KiB, for modules that nest and for long expressions.
const COMPILER: usize = 512 << 10;

/// The same of tools and plug-ins. Measured: 44 KiB for the tool.
const TOOL: usize = 128 << 10;

/// The same of a function that does nothing. Measured: 5 KiB, with the log on.
const FLAG: usize = 16 << 10;

impl Purpose {
    /// What is noted in the seat: no address of an executor is as small.
    const fn mark(self) -> *mut Executor {
        match self {
            Self::Run(executor) => executor,
            Self::Library => LIBRARY,
            Self::Compiler => COMPILING,
            Self::Tool | Self::Flag => LIBRARY,
        }
    }

    const fn stack(self) -> usize {
        match self {
            Self::Library | Self::Run(_) => CALL,
            Self::Compiler => COMPILER,
            Self::Tool => TOOL,
            Self::Flag => FLAG,
        }
    }
}

const LIBRARY: *mut Executor = ptr::without_provenance_mut(1);
const COMPILING: *mut Executor = ptr::without_provenance_mut(2);

/// Runs code of an executor.
///
/// # Errors
///
/// [`Trap::StackOverflow`] when there is not stack enough.
// Part of each call.
#[inline(always)]
pub(crate) fn call<R>(executor: *mut Executor, call: impl FnOnce() -> R) -> Result<R> {
    SEAT.with(|seat| {
        if !seat.sit(executor) {
            ask(executor)?;
        }
        let result = call();
        seat.rise();
        Ok(result)
    })
}

#[cold]
#[inline(never)]
fn ask(executor: *mut Executor) -> Result<()> {
    let purpose = Purpose::Run(executor);
    SEAT.with(|seat| seat.admit(purpose.mark(), purpose.stack()))
        .map_err(|refused| match refused {
            Refused::Stack { .. } => Trap::StackOverflow.into(),
            Refused::Over => over(),
        })
}

/// What a thread does in the library, while it is in a host function.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left(*mut Executor);

/// The library calls a host function: the thread is out of the library until it comes back. Nothing
/// unwinds between the two.
#[inline(always)]
pub(crate) fn leave() -> Left {
    Left(SEAT.with(seat::Seat::leave))
}

/// The host function is over, and the thread goes back into the library; or waits, if the process
/// ends.
#[inline(always)]
pub(crate) fn come_back(left: Left) {
    SEAT.with(|seat| seat.come_back(left.0));
}

/// A thread in the library, until this is dropped.
#[must_use]
#[derive(Debug)]
pub(crate) struct Inside {
    before: *mut Executor,
    /// Whether static objects may be made meanwhile.
    _maker: Option<exit::Maker>,
}

/// Lets the thread in to free an object; `None` where it is to be left, since the process ends.
pub(crate) fn to_free() -> Option<Inside> {
    SEAT.with(|seat| {
        let before = seat.leave();
        let is_open = seat.sit_to_free();
        let inside = Inside {
            before,
            _maker: None,
        };
        is_open.then_some(inside)
    })
}

/// Tells one thread from the others of the process.
pub(crate) fn thread_id() -> usize {
    SEAT.with(|seat| ptr::from_ref(seat).addr())
}

/// Lets the thread in, for `what`.
///
/// # Errors
///
/// [`ErrorKind::ThreadStack`] when there is not stack enough.
pub(crate) fn open(purpose: Purpose, what: &'static str) -> Result<Inside> {
    SEAT.with(|seat| {
        let before = seat.leave();
        let admitted = seat.admit(purpose.mark(), purpose.stack());
        admitted.map_err(|refused| {
            seat.put_back(before);
            match refused {
                Refused::Stack { left } => Error::from(ErrorKind::ThreadStack {
                    what,
                    left,
                    needed: purpose.stack(),
                }),
                Refused::Over => over(),
            }
        })?;
        let makes = matches!(purpose, Purpose::Compiler | Purpose::Tool);
        Ok(Inside {
            before,
            _maker: makes.then(exit::Maker::begins),
        })
    })
}

impl Drop for Inside {
    fn drop(&mut self) {
        SEAT.with(|seat| seat.put_back(self.before));
    }
}

/// Keeps what is noted of the thread as it is, whatever runs meanwhile: for functions that the
/// library calls in the middle of its work.
pub(crate) fn still_inside() -> Inside {
    SEAT.with(|seat| Inside {
        before: seat.noted(),
        _maker: None,
    })
}

/// Whether the thread has as much stack as this purpose takes.
pub(crate) fn has_stack(purpose: Purpose) -> bool {
    SEAT.with(|seat| seat.left(purpose.stack())) >= purpose.stack()
}

/// Refuses what makes objects of the library once the process ends, on the thread that ends it; all
/// others wait here for its end.
pub(crate) fn check() -> Result<()> {
    exit::come_first();
    match exit::may_enter(LIBRARY) {
        true => Ok(()),
        false => Err(over()),
    }
}

#[cold]
fn over() -> Error {
    Error::unsupported(
        "to use the library while the process ends",
        "its log and other static objects are gone by now; do it before the process ends, or in a handler \
         that `main` registers",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a thread of its own, where nothing is noted yet.
    fn alone(body: impl FnOnce() + Send) {
        std::thread::scope(|scope| scope.spawn(body).join()).unwrap();
    }

    fn noted() -> *mut Executor {
        SEAT.with(seat::Seat::noted)
    }

    const EXECUTOR: *mut Executor = ptr::without_provenance_mut(4096);

    #[test]
    fn d5_each_room_takes_its_own_stack() {
        const ROOMS: [Purpose; 5] = [
            Purpose::Flag,
            Purpose::Library,
            Purpose::Run(EXECUTOR),
            Purpose::Tool,
            Purpose::Compiler,
        ];
        // How much stack there is, and how many of these fit.
        for (size, fit) in [(12, 0), (40, 1), (100, 3), (300, 4), (700, 5)] {
            alone(|| {
                let here = std::hint::black_box(0_u8);
                let here = ptr::from_ref(&here).addr();
                let _told = on_stack(here - (size << 10)..here + (16 << 10));
                for (place, purpose) in ROOMS.into_iter().enumerate() {
                    assert_eq!(has_stack(purpose), place < fit, "{size} KiB, {purpose:?}");
                    match open(purpose, "a test") {
                        Ok(_) => assert!(place < fit, "{size} KiB, {purpose:?}"),
                        Err(error) => {
                            assert!(place >= fit, "{size} KiB, {purpose:?}: {error}");
                            let ErrorKind::ThreadStack { left, needed, .. } = error.kind() else {
                                panic!("{error}")
                            };
                            assert!(left < needed && *left < size << 10, "{error}");
                        }
                    }
                }
                assert_eq!(call(EXECUTOR, || ()).is_ok(), fit > 2, "{size} KiB");
            });
        }
    }

    #[test]
    fn d6_what_a_thread_does_in_the_library_is_noted() {
        alone(|| {
            for _ in 0..2 {
                check().unwrap();
                assert!(noted().is_null());
                let compiling = open(Purpose::Compiler, "a test").unwrap();
                assert_eq!(noted(), COMPILING);
                drop(compiling);
                assert!(noted().is_null());
                call(EXECUTOR, || {
                    assert_eq!(noted(), EXECUTOR);
                    let left = leave();
                    assert!(noted().is_null());
                    drop(open(Purpose::Library, "a test").unwrap());
                    assert!(noted().is_null());
                    come_back(left);
                    assert_eq!(noted(), EXECUTOR);
                    // What the library calls in the middle of its work.
                    let inside = still_inside();
                    drop(open(Purpose::Tool, "a test").unwrap());
                    let _ = leave();
                    drop(inside);
                    assert_eq!(noted(), EXECUTOR);
                    let freeing = to_free().expect("the process goes on");
                    assert_eq!(noted(), LIBRARY);
                    drop(freeing);
                    assert_eq!(noted(), EXECUTOR);
                })
                .unwrap();
                assert!(noted().is_null());
            }
        });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_first_call_of_a_thread_asks_and_the_next_ones_compare() {
        crate::library::ready().unwrap();
        // Whether the system has `MEMBARRIER_CMD_PRIVATE_EXPEDITED`; -1 where it has none.
        // SAFETY: three numbers.
        let barriers = unsafe { libc::syscall(libc::SYS_membarrier, 0, 0, 0) };
        let has_barrier = barriers > 0 && barriers & 8 != 0;
        alone(|| {
            let asks = || {
                SEAT.with(|seat| {
                    let goes_in = seat.sit(LIBRARY);
                    seat.rise();
                    !goes_in
                })
            };
            assert!(asks());
            {
                // Where nobody would know of the thread, it asks, whatever the stack.
                let here = core::hint::black_box(0_u8);
                let here = ptr::from_ref(&here).addr();
                let _told = on_stack(here - (200 << 10)..here + (16 << 10));
                assert!(asks());
            }
            call(EXECUTOR, || ()).unwrap();
            assert_eq!(asks(), !has_barrier);
            SEAT.with(seat::Seat::empty);
            assert!(asks());
            call(EXECUTOR, || ()).unwrap();
            assert_eq!(asks(), !has_barrier);
        });
    }

    #[test]
    fn each_thread_has_a_number_of_its_own() {
        let own = thread_id();
        alone(|| assert_ne!(thread_id(), own));
        assert_eq!(thread_id(), own);
    }
}
