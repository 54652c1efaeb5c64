//! Whether this thread runs code of a store that holds compiled code.
//!
//! The library keeps what compiled code runs with in variables of the thread, and below 0.15 does
//! not put them back when a call inside another one is over (H9). And a fault means something else
//! inside compiled code than anywhere else: see [`keeper`](crate::keeper).

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use std::thread;

use crate::error::{Error, Result};
use crate::sys::compat;
use crate::sys::owned::{Context, Owned};

thread_local! {
    /// How many calls into such stores are in progress.
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// Whether the innermost of them runs, and not a host function that it called.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether a fault of this thread may be one of compiled code. For signal handlers: it reads a
/// variable that needs neither set-up nor lock.
#[cfg(unix)]
pub(crate) fn inside() -> bool {
    INSIDE.get()
}

/// Frees an executor, or what has one.
///
/// Below 0.15 the destructor clears the variables that compiled code of *any* executor on its thread
/// runs with. Where such code waits for a host function to return, it runs on a thread of its own; if
/// there is none to be had, the executor is never freed.
pub(crate) fn free_executor<C: Context>(executor: Owned<C>) {
    if compat::COMPILED_CODE_NESTS || CALLS.get() == 0 {
        return;
    }
    let executor = ManuallyDrop::new(executor);
    thread::scope(|scope| {
        let freed = thread::Builder::new()
            .spawn_scoped(scope, move || drop(ManuallyDrop::into_inner(executor)));
        drop(freed);
    });
}

/// A call into a store that holds compiled code, while it lasts.
#[must_use]
pub(super) struct Inside {
    outer: bool,
    /// It is about this thread.
    _here: PhantomData<*const ()>,
}

impl Inside {
    pub(super) fn enter() -> Result<Self> {
        let calls = CALLS.get();
        if calls > 0 && !compat::COMPILED_CODE_NESTS {
            return Err(nested());
        }
        CALLS.set(calls + 1);
        Ok(Self {
            outer: INSIDE.replace(true),
            _here: PhantomData,
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.outer);
        CALLS.set(CALLS.get() - 1);
    }
}

/// The Rust side of a host function, while it lasts.
#[must_use]
pub(crate) struct Outside {
    inside: bool,
    /// It is about this thread.
    _here: PhantomData<*const ()>,
}

impl Outside {
    #[inline]
    pub(crate) fn enter() -> Self {
        Self {
            inside: INSIDE.replace(false),
            _here: PhantomData,
        }
    }
}

impl Drop for Outside {
    #[inline]
    fn drop(&mut self) {
        INSIDE.set(self.inside);
    }
}

#[cold]
fn nested() -> Error {
    Error::unsupported(
        "a call into a store with compiled code, from a host function that such a store called",
        "before 0.15 the library would leave the outer call with the inner one's memory; make it \
         on another thread, or interpret one of the two",
    )
}
