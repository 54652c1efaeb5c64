//! Lets an interrupt through to the library while code runs, and at no other time.
//!
//! The library can stop an execution in one way alone: `AsyncCancel` on an asynchronous call. That
//! sets one flag of the whole executor, which the next function entry or branch that sees it takes
//! away. So one asynchronous call, of a function that does nothing and has returned long ago, is
//! the stop button of an executor. A flag that nobody took stops the next call, unless the function
//! that does nothing is called to take it.

use core::ffi::c_void;
use core::fmt;
use core::ptr::{self, NonNull};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::{Error, ErrorKind, Result, Trap};
use crate::executor::Executor;
use crate::sys::compat::{self, RawValue};
use crate::sys::{self, owned::Owned};
use crate::types::FuncType;

/// What a store and its handles share.
pub(crate) struct Gate(Mutex<State>);

struct State {
    /// `None` once the store is gone.
    button: Option<Button>,
    /// How many calls and scopes are open, one in the other.
    depth: u32,
    /// What is to end, if anything.
    ending: Option<Ending>,
    /// The scopes that have a time limit.
    limits: Vec<Limit>,
    next_limit: u64,
}

/// All calls and scopes from this depth on are to end.
#[derive(Clone, Copy)]
struct Ending {
    depth: u32,
    cause: Cause,
}

/// Why code was stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cause {
    Interrupt,
    Timeout(Duration),
}

impl Cause {
    pub(crate) fn error(self) -> Error {
        match self {
            Self::Interrupt => Trap::Interrupted.into(),
            Self::Timeout(after) => ErrorKind::Timeout(after).into(),
        }
    }
}

struct Limit {
    id: u64,
    depth: u32,
    after: Duration,
}

/// The stop button of an executor.
struct Button {
    /// A call that is over.
    token: Owned<sys::WasmEdge_Async>,
    /// The function that does nothing.
    nothing: Owned<sys::WasmEdge_FunctionInstanceContext>,
    executor: NonNull<sys::WasmEdge_ExecutorContext>,
}

// SAFETY: the executor is used under the lock of the gate alone, through functions that may run
// beside an execution: setting the flag, and a call that touches nothing but the flag and the
// counters, which are atomic or locked. The store takes the button away before it frees it.
unsafe impl Send for Button {}

impl Button {
    fn new(executor: &Executor) -> Result<Self> {
        // Below 0.17 the library throws when it cannot start a thread, which ends the process.
        let probe = thread::Builder::new().spawn(|| ());
        let probe = probe.map_err(|error| Error::from(ErrorKind::Thread(error)))?;
        // It cannot have panicked.
        let _ = probe.join();

        let ty = compat::raw_func_type(&FuncType::new([], []))?;
        // SAFETY: the type is alive and copied; the function uses none of its arguments.
        let nothing = unsafe {
            Owned::new(sys::WasmEdge_FunctionInstanceCreateBinding(
                ty.as_ptr(),
                Some(do_nothing),
                ptr::null_mut(),
                ptr::null_mut(),
                0,
            ))
        }?;
        // SAFETY: executor and function are alive until the thread that the library starts has
        // left both, which is when `AsyncWait` returns (include/common/async.h: the promise is
        // set after the call). If code runs in the executor, it is this thread that runs it, and it
        // waits here, in a host function.
        let token = unsafe {
            let token = Owned::new(sys::WasmEdge_ExecutorAsyncInvoke(
                executor.as_ptr(),
                nothing.as_ptr(),
                ptr::null(),
                0,
            ))?;
            sys::WasmEdge_AsyncWait(token.as_ptr());
            token
        };
        Ok(Self {
            token,
            nothing,
            executor: executor.as_non_null(),
        })
    }

    fn press(&self) {
        // SAFETY: token and executor are alive while the gate has the button. This stores to an
        // atomic and wakes who waits on a shared memory, under a lock of the executor's
        // (`Executor::stop`).
        unsafe { sys::WasmEdge_AsyncCancel(self.token.as_ptr()) };
    }

    /// Takes the flag away if it is set.
    fn release(&self) {
        // SAFETY: executor and function are alive while the gate has the button. Entering a
        // function takes the flag first of all (`Executor::enterFunction` in
        // lib/executor/helper.cpp); the function has neither parameters nor results.
        let _ = unsafe {
            sys::WasmEdge_ExecutorInvoke(
                self.executor.as_ptr(),
                self.nothing.as_ptr(),
                ptr::null(),
                0,
                ptr::null_mut(),
                0,
            )
        };
    }
}

extern "C" fn do_nothing(
    _: *mut c_void,
    _: *mut c_void,
    _: *const sys::WasmEdge_CallingFrameContext,
    _: *const RawValue,
    _: u32,
    _: *mut RawValue,
    _: u32,
) -> sys::WasmEdge_Result {
    compat::SUCCESS
}

impl Gate {
    fn new(executor: &Executor) -> Result<Self> {
        Ok(Self(Mutex::new(State {
            button: Some(Button::new(executor)?),
            depth: 0,
            ending: None,
            limits: Vec::new(),
            next_limit: 0,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call or a scope begins.
    pub(crate) fn enter(&self) {
        self.state().depth += 1;
    }

    /// The innermost call or scope is over. If it was to end, this tells why.
    pub(crate) fn leave(&self) -> Option<Cause> {
        let state = &mut *self.state();
        let depth = state.depth;
        state.depth -= 1;
        let ending = state.ending?;
        let button = state.button.as_ref();
        if ending.depth < depth {
            // What is around it is to end too, and this call may have taken the flag.
            if let Some(button) = button {
                button.press();
            }
        } else {
            state.ending = None;
            if let Some(button) = button {
                button.release();
            }
        }
        Some(ending.cause)
    }

    /// Ends the outermost call or scope.
    pub(super) fn interrupt(&self) -> bool {
        self.state().end(1, Cause::Interrupt)
    }

    /// A scope begins that can be ended by [`time_out`](Self::time_out) with this number.
    pub(super) fn enter_limited(&self, after: Duration) -> u64 {
        let mut state = self.state();
        state.depth += 1;
        let (id, depth) = (state.next_limit, state.depth);
        state.next_limit += 1;
        state.limits.push(Limit { id, depth, after });
        id
    }

    /// The scope is no longer limited.
    pub(super) fn forget_limit(&self, id: u64) {
        self.state().limits.retain(|limit| limit.id != id);
    }

    /// Ends a limited scope; returns whether there was something to end.
    pub(super) fn time_out(&self, id: u64) -> bool {
        let mut state = self.state();
        let found = state.limits.iter().find(|limit| limit.id == id);
        match found {
            Some(&Limit { depth, after, .. }) => state.end(depth, Cause::Timeout(after)),
            None => false,
        }
    }

    fn close(&self) {
        self.state().button = None;
    }
}

impl State {
    /// Ends what runs at this depth and within; returns whether anything does.
    fn end(&mut self, depth: u32, cause: Cause) -> bool {
        let Some(button) = &self.button else {
            return false;
        };
        if self.depth < depth {
            return false;
        }
        if self.ending.is_none_or(|ending| depth < ending.depth) {
            self.ending = Some(Ending { depth, cause });
        }
        button.press();
        true
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Gate")
            .field("open", &state.button.is_some())
            .field("depth", &state.depth)
            .finish_non_exhaustive()
    }
}

/// A store's own part: the gate, once there is one, which it closes when it goes.
#[derive(Default)]
pub(crate) struct Interrupts(Option<Arc<Gate>>);

impl Interrupts {
    #[inline]
    pub(crate) const fn gate(&self) -> Option<&Arc<Gate>> {
        self.0.as_ref()
    }

    pub(crate) fn gate_or_new(&mut self, executor: &Executor) -> Result<&Arc<Gate>> {
        match &mut self.0 {
            Some(gate) => Ok(gate),
            none => Ok(none.insert(Arc::new(Gate::new(executor)?))),
        }
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        if let Some(gate) = &self.0 {
            gate.close();
        }
    }
}

/// A stretch of the program that an interrupt ends as a whole.
///
/// It holds the gate and not the store, so it matters not if the store goes before it.
pub(crate) struct Scope(Arc<Gate>);

impl Scope {
    pub(crate) fn open(gate: Arc<Gate>) -> Self {
        gate.enter();
        Self(gate)
    }

    /// Takes over a scope that was entered.
    pub(super) const fn of(gate: Arc<Gate>) -> Self {
        Self(gate)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.0.leave();
    }
}
