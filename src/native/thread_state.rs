//! Whether this thread runs code of a store that holds compiled code.
//!
//! The library keeps what compiled code runs with in variables of the thread, and before 0.15 does
//! not put them back when a call inside another one is over. And a fault means something else
//! inside compiled code than anywhere else: see [`keeper`].

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::thread;

use crate::compat;
use crate::library::owned::{Context, Owned};
use crate::native::keeper;
use crate::vocabulary::{Error, Result};

/// What a thread does.
#[derive(Clone, Copy)]
struct State {
    /// How many calls into such stores are in progress.
    calls: u32,
    /// Whether the innermost of them runs, and not a host function that it called.
    inside: bool,
    /// Whether the thread is ready for the faults of such code.
    ready: bool,
}

thread_local! {
    static STATE: Cell<State> = const {
        Cell::new(State { calls: 0, inside: false, ready: false })
    };
}

/// Whether a fault of this thread may be one of compiled code. For signal handlers: it reads a
/// variable that needs neither set-up nor lock.
#[cfg(unix)]
pub(crate) fn inside_compiled_code() -> bool {
    STATE.get().inside
}

/// Frees an executor, or what has one.
///
/// Before 0.15 the destructor clears the variables that compiled code of *any* executor on its
/// thread runs with. Where such code waits for a host function to return, it runs on a thread of
/// its own; if there is none to be had, the executor is never freed.
pub(crate) fn free_executor<C: Context>(executor: Owned<C>) {
    if compat::COMPILED_CODE_NESTS || STATE.get().calls == 0 {
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
pub(crate) struct Inside {
    _before: Restore,
}

impl Inside {
    #[inline]
    pub(crate) fn enter() -> Result<Self> {
        let State { calls, ready, .. } = STATE.get();
        if !ready {
            make_ready()?;
        }
        if calls > 0 && !compat::COMPILED_CODE_NESTS {
            return Err(nested());
        }
        let _before = Restore::after(State {
            calls: calls + 1,
            inside: true,
            ready: true,
        });
        Ok(Self { _before })
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        keeper::after_call();
    }
}

/// The first time that a thread enters such a store.
#[cold]
fn make_ready() -> Result<()> {
    keeper::prepare_thread().map_err(|error| {
        Error::unsupported(
            "a call into compiled code on this thread",
            format!(
                "the system has no memory for the stack on which its traps are handled: {error}"
            ),
        )
    })?;
    STATE.set(State {
        ready: true,
        ..STATE.get()
    });
    Ok(())
}

/// The Rust side of a host function that such a store called, while it lasts.
#[must_use]
pub(crate) struct Outside {
    _before: Restore,
}

impl Outside {
    #[inline]
    pub(crate) fn enter() -> Self {
        let _before = Restore::after(State {
            inside: false,
            ..STATE.get()
        });
        Self { _before }
    }
}

/// Puts back what the thread did before.
struct Restore {
    before: State,
    /// It is about this thread.
    _here: PhantomData<*const ()>,
}

impl Restore {
    #[inline]
    fn after(now: State) -> Self {
        Self {
            before: STATE.replace(now),
            _here: PhantomData,
        }
    }
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        STATE.set(self.before);
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
