//! Stopping code from outside.

use std::sync::Arc;

use crate::runtime::gate::Gate;
use crate::runtime::store::{self, Store};
use crate::vocabulary::Result;

/// No other thread holds a lock of this module after this, until the fork is over.
/// Stops the code that runs in a [`Store`], from any thread.
///
/// Get one from [`Store::interrupt_handle`], clone it, send it where you like. Once the store is
/// gone it does nothing.
///
/// C: `WasmEdge_Async`.
///
/// # What is stopped
///
/// The outermost call: what the program called with `&mut store` (a function, an instantiation),
/// all of it, with [`Trap::Interrupted`](crate::Trap::Interrupted). If the code is in a host
/// function, the interrupt takes effect when that returns, since nothing can stop a blocking host
/// function from outside; if that host function is itself in a nested call, the nested call ends
/// with the same error, every further one fails at once, and when the host function returns, even
/// with success, the code that called it is stopped at its next branch or call. Code that comes
/// to its end without one has finished, and its results are given.
///
/// The library misses an interrupt that comes in the moment in which the guest begins to wait on a
/// shared memory (`memory.atomic.wait`); interrupt again while the call does not return, as
/// time-outs do.
///
/// An interrupt while nothing runs is nothing: it never touches the next call. Within
/// [`with_timeout`](Store::with_timeout) and asynchronous calls, everything from the start to the
/// end counts as one call.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use std::thread;
/// use wasmedge::{HostModule, Trap, Vm};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "env" "started" (func $started))
///          (func (export "spin") call $started (loop (br 0))))"#,
/// )?;
/// let (started, wait) = mpsc::channel();
/// let mut env = HostModule::new("env");
/// env.func_wrap("started", move || started.send(()).unwrap())?;
///
/// let mut vm = Vm::new(())?;
/// vm.register_host(&env)?;
/// let handle = vm.interrupt_handle()?;
/// let stopper = thread::spawn(move || {
///     wait.recv().unwrap();
///     handle.interrupt();
/// });
/// let error = vm.run_bytes::<(), ()>(&wasm, "spin", ()).unwrap_err();
/// assert_eq!(error.trap(), Some(Trap::Interrupted));
/// # stopper.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "WasmEdge_Async")]
pub struct InterruptHandle(Arc<Gate>);

impl InterruptHandle {
    pub(crate) const fn new(gate: Arc<Gate>) -> Self {
        Self(gate)
    }

    /// Stops the call that runs in the store. Returns whether there was one; that may yet come to
    /// its end before it is stopped.
    ///
    /// C: `WasmEdge_AsyncCancel`. Go: `Cancel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Store;
    ///
    /// let mut store = Store::new(())?;
    /// let handle = store.interrupt_handle()?;
    /// assert!(!handle.interrupt()); // Nothing runs, and the next call is not touched.
    /// drop(store);
    /// assert!(!handle.interrupt());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_AsyncCancel")]
    #[doc(alias = "Cancel")]
    pub fn interrupt(&self) -> bool {
        self.0.interrupt()
    }
}

impl<T: 'static> Store<T> {
    /// Returns what stops code in this store from outside.
    ///
    /// The first one, or the first time-out, makes what the library needs for it, which takes a
    /// tenth of a millisecond and two threads that end at once; from then on each call takes a lock
    /// that is free. Later ones are clones.
    ///
    /// C: `WasmEdge_ExecutorAsyncInvoke`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Thread`](crate::ErrorKind::Thread) when no thread can be started. Before 0.17
    /// the library throws then, which ends the process, so one is started on trial first; should
    /// another program or thread take its place meanwhile, the process ends nevertheless.
    #[doc(alias = "WasmEdge_ExecutorAsyncInvoke")]
    pub fn interrupt_handle(&mut self) -> Result<InterruptHandle> {
        let gate = store::core_mut(self).gate()?;
        Ok(InterruptHandle::new(Arc::clone(gate)))
    }
}
