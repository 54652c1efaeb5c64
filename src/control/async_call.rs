//! Calls that run on a thread of their own, which owns what it runs on.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::control::interrupt::InterruptHandle;
use crate::runtime::func::{Func, TypedFunc, WasmParams, WasmResults};
use crate::runtime::gate::Scope;
use crate::runtime::store::{self, AsStoreMut, Store};
use crate::runtime::value::Val;
use crate::vocabulary::{Error, ErrorKind, Result};

/// A call that runs on a thread of its own. That thread owns the [`Store`] or [`Vm`](crate::Vm),
/// the `S`, and gives it back together with the result, the `R`.
///
/// Wait for it with [`wait`](Self::wait), or `await` it, under any runtime or none. Dropping it
/// stops the call as by an [`InterruptHandle`], and waits for nothing: the thread frees the store
/// when the code has stopped. Forgetting it leaks no more than its memory.
///
/// C: `WasmEdge_Async`. Go: `Async`.
///
/// # Panics
///
/// When the call panicked, which host functions may, so does `wait` or `await`, with the same
/// panic; the store is lost then.
///
/// When the process ends while the call runs, the code is stopped, and does not come back; the
/// thread waits for the end. The exit code is the program's.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module (func (export "add") (param i32 i32) (result i32)
///          (i32.add (local.get 0) (local.get 1))))"#,
/// )?;
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
/// let add = instance.get_typed_func::<(i32, i32), i32>(&store, "add")?;
///
/// let call = store.call_async(add, (1, 2))?;
/// let (mut store, sum) = call.wait();
/// assert_eq!(sum?, 3);
/// assert_eq!(add.call(&mut store, (3, 4))?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it stops the call"]
#[doc(alias = "WasmEdge_Async")]
#[doc(alias = "Async")]
pub struct AsyncCall<S, R> {
    shared: Arc<Shared<S, R>>,
    handle: InterruptHandle,
}

/// What the thread and the one who waits for it share.
struct Shared<S, R> {
    progress: Mutex<Progress<S, R>>,
    finished: Condvar,
}

enum Progress<S, R> {
    Running(Option<Waker>),
    Done(S, thread::Result<R>),
    Taken,
}

impl<S, R> Shared<S, R> {
    fn progress(&self) -> MutexGuard<'_, Progress<S, R>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, owner: S, result: thread::Result<R>) {
        let done = Progress::Done(owner, result);
        let before = std::mem::replace(&mut *self.progress(), done);
        self.finished.notify_all();
        if let Progress::Running(Some(waker)) = before {
            waker.wake();
        }
    }
}

/// Takes what is there when it is done.
///
/// # Panics
///
/// When it was taken before.
fn take<S, R>(mut progress: MutexGuard<'_, Progress<S, R>>) -> Option<(S, thread::Result<R>)> {
    match std::mem::replace(&mut *progress, Progress::Taken) {
        Progress::Done(owner, result) => Some((owner, result)),
        Progress::Taken => {
            drop(progress);
            panic!("an asynchronous call was polled after it gave its result");
        }
        before @ Progress::Running(_) => {
            *progress = before;
            None
        }
    }
}

fn open<S, R>((owner, result): (S, thread::Result<R>)) -> (S, R) {
    match result {
        Ok(result) => (owner, result),
        Err(payload) => resume_unwind(payload),
    }
}

impl<S, R> AsyncCall<S, R> {
    /// Waits until the call is over.
    ///
    /// C: `WasmEdge_AsyncWait`, `WasmEdge_AsyncGet`, `WasmEdge_AsyncGetReturnsLength`. Go:
    /// `GetResult`.
    ///
    /// # Panics
    ///
    /// When the call did, with the same panic; and when the call was polled before, and gave its
    /// result then.
    #[doc(alias = "WasmEdge_AsyncWait")]
    #[doc(alias = "WasmEdge_AsyncGet")]
    #[doc(alias = "WasmEdge_AsyncGetReturnsLength")]
    #[doc(alias = "GetResult")]
    pub fn wait(self) -> (S, R) {
        let running = |progress: &mut Progress<S, R>| matches!(progress, Progress::Running(_));
        let progress = self.shared.progress();
        let progress = self.shared.finished.wait_while(progress, running);
        open(take(progress.unwrap_or_else(PoisonError::into_inner)).expect("it does not run"))
    }

    /// Waits until the call is over, or this time, which may be anything from zero to
    /// `Duration::MAX`.
    ///
    /// C: `WasmEdge_AsyncWaitFor`. Go: `WaitFor`.
    ///
    /// # Errors
    ///
    /// The call itself, when it is not over.
    ///
    /// # Panics
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use wasmedge::{Trap, Vm};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#)?;
    /// let call = Vm::new(())?.run_bytes_async::<(), ()>(wasm, "spin", ())?;
    /// let (_vm, result) = match call.wait_for(Duration::from_millis(5)) {
    ///     Ok(done) => done,
    ///     Err(call) => {
    ///         call.cancel();
    ///         call.wait()
    ///     }
    /// };
    /// assert_eq!(result.unwrap_err().trap(), Some(Trap::Interrupted));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_AsyncWaitFor")]
    #[doc(alias = "WaitFor")]
    pub fn wait_for(self, timeout: Duration) -> Result<(S, R), Self> {
        let running = |progress: &mut Progress<S, R>| matches!(progress, Progress::Running(_));
        let finished = &self.shared.finished;
        let waited = finished.wait_timeout_while(self.shared.progress(), timeout, running);
        let taken = take(waited.unwrap_or_else(PoisonError::into_inner).0);
        taken.map(open).ok_or(self)
    }

    /// Whether the call is over, so that waiting takes no time.
    pub fn is_finished(&self) -> bool {
        !matches!(*self.shared.progress(), Progress::Running(_))
    }

    /// Stops the call, unless it is over: its result is an error then,
    /// [`Trap::Interrupted`](crate::Trap::Interrupted).
    ///
    /// See [`InterruptHandle`] for what that means; a handle of the store does the same.
    ///
    /// C: `WasmEdge_AsyncCancel`. Go: `Cancel`.
    #[doc(alias = "WasmEdge_AsyncCancel")]
    #[doc(alias = "Cancel")]
    pub fn cancel(&self) {
        // Under the lock the store is not given back, so the call that is stopped is this one.
        let progress = self.shared.progress();
        if matches!(*progress, Progress::Running(_)) {
            self.handle.interrupt();
        }
    }
}

impl<S, R> Future for AsyncCall<S, R> {
    type Output = (S, R);

    /// # Panics
    ///
    /// When the call did, with the same panic; and when it is polled after it gave its result.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<(S, R)> {
        let waker = cx.waker().clone();
        let mut progress = self.shared.progress();
        let replaced = match &mut *progress {
            Progress::Running(place) => place.replace(waker),
            Progress::Done(..) | Progress::Taken => {
                let taken = take(progress).expect("it does not run");
                return Poll::Ready(open(taken));
            }
        };
        drop(progress);
        drop(replaced);
        Poll::Pending
    }
}

impl<S, R> Drop for AsyncCall<S, R> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<S, R> fmt::Debug for AsyncCall<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncCall")
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

/// An asynchronous call that could not be started, with the store or `Vm` that it was to run on.
///
/// # Examples
///
/// ```
/// use wasmedge::{Func, Store};
///
/// let mut store = Store::new(())?;
/// let one = Func::wrap(&mut store, || 1)?.typed::<(), i32>(&store)?;
/// let (mut store, result) = match store.call_async(one, ()) {
///     Ok(call) => call.wait(),
///     // There is no thread to be had: then here.
///     Err(not_started) => {
///         let (mut store, _why) = not_started.into_parts();
///         let result = one.call(&mut store, ());
///         (store, result)
///     }
/// };
/// assert_eq!(result?, 1);
/// # Ok::<(), wasmedge::Error>(())
/// ```
pub struct NotStarted<S> {
    /// Boxed, so that a result with it is small. In a lock that is never taken, so that the error
    /// is `Sync`, which stores are not, and goes through `?` into the error types of programs.
    owner: Box<Mutex<S>>,
    error: Error,
}

impl<S> NotStarted<S> {
    /// Returns why it could not be started.
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the store or `Vm`, and why it could not be started.
    pub fn into_parts(self) -> (S, Error) {
        let owner = self.owner.into_inner();
        (owner.unwrap_or_else(PoisonError::into_inner), self.error)
    }
}

impl<S> fmt::Debug for NotStarted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<S> fmt::Display for NotStarted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<S> std::error::Error for NotStarted<S> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl<S> From<NotStarted<S>> for Error {
    fn from(not_started: NotStarted<S>) -> Self {
        not_started.error
    }
}

/// What [`AsyncCall`]s are started with.
pub(crate) type Started<S, R> = Result<AsyncCall<S, R>, NotStarted<S>>;

pub(crate) fn start<S, R>(
    mut owner: S,
    body: impl FnOnce(&mut S) -> R + Send + 'static,
) -> Started<S, R>
where
    S: AsStoreMut + Send + 'static,
    R: Send + 'static,
{
    let gate = match store::core_mut(&mut owner).gate() {
        Ok(gate) => Arc::clone(gate),
        Err(error) => {
            let owner = Box::new(Mutex::new(owner));
            return Err(NotStarted { owner, error });
        }
    };
    // It begins here and not on the thread, so that it can be stopped before that has begun.
    let scope = Scope::open(Arc::clone(&gate));
    let shared = Arc::new(Shared {
        progress: Mutex::new(Progress::Running(None)),
        finished: Condvar::new(),
    });
    // A closure that no thread could be started for is lost, so the store is not in it.
    let seat = Arc::new(Mutex::new(Some((owner, scope))));
    let leave_seat = |seat: &Mutex<Option<(S, Scope)>>| {
        let mut seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
        seat.take()
            .expect("taken by the thread, or when there is none")
    };
    let run = {
        let (seat, shared) = (Arc::clone(&seat), Arc::clone(&shared));
        move || {
            let (mut owner, scope) = leave_seat(&seat);
            let result = catch_unwind(AssertUnwindSafe(|| body(&mut owner)));
            drop(scope);
            shared.finish(owner, result);
        }
    };
    match thread::Builder::new()
        .name("wasmedge-call".into())
        .spawn(run)
    {
        Ok(_) => Ok(AsyncCall {
            shared,
            handle: InterruptHandle::new(gate),
        }),
        Err(error) => {
            let (owner, scope) = leave_seat(&seat);
            drop(scope);
            let error = ErrorKind::Thread(error).into();
            let owner = Box::new(Mutex::new(owner));
            Err(NotStarted { owner, error })
        }
    }
}

impl<T: Send + 'static> Store<T> {
    /// Calls a function on a thread of its own, which owns the store until then.
    ///
    /// C: `WasmEdge_ExecutorAsyncInvoke`. Go: `AsyncInvoke`.
    ///
    /// # Errors
    ///
    /// When no thread can be started; [`NotStarted`] has the store.
    #[doc(alias = "WasmEdge_ExecutorAsyncInvoke")]
    #[doc(alias = "AsyncInvoke")]
    pub fn call_async<P: WasmParams, R: WasmResults>(
        self,
        func: TypedFunc<P, R>,
        params: P,
    ) -> Started<Self, Result<R>> {
        start(self, move |store| func.call(store, params))
    }

    /// Same as [`call_async`](Self::call_async), with values whose types are checked at run time.
    ///
    /// C: `WasmEdge_ExecutorAsyncInvoke`. Go: `AsyncInvoke`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Func, Store, Val};
    ///
    /// let mut store = Store::new(())?;
    /// let add = Func::wrap(&mut store, |a: i32, b: i32| a + b)?;
    /// let (_store, sum) = store.call_values_async(add, [Val::I32(1), Val::I32(2)])?.wait();
    /// assert_eq!(sum?, [Val::I32(3)]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ExecutorAsyncInvoke")]
    #[doc(alias = "AsyncInvoke")]
    pub fn call_values_async(
        self,
        func: Func,
        params: impl Into<Vec<Val>>,
    ) -> Started<Self, Result<Vec<Val>>> {
        let params = params.into();
        start(self, move |store| func.call_values(store, &params))
    }

    /// Does anything with the store on a thread of its own: several calls, an instantiation.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async); `body` is lost then.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (func (export "square") (param i32) (result i32)
    ///          (i32.mul (local.get 0) (local.get 0))))"#,
    /// )?;
    /// let module = Module::new(&Config::new()?, &wasm)?;
    /// let call = Store::new(())?.spawn(move |store| -> wasmedge::Result<i32> {
    ///     let square = store.instantiate(&module)?.get_typed_func::<i32, i32>(&store, "square")?;
    ///     (1..=3).map(|n| square.call(&mut *store, n)).sum()
    /// })?;
    /// let (_store, sum) = call.wait();
    /// assert_eq!(sum?, 14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn<R: Send + 'static>(
        self,
        body: impl FnOnce(&mut Self) -> R + Send + 'static,
    ) -> Started<Self, R> {
        start(self, body)
    }
}
