//! Calls with a time limit, watched by one thread for the whole process.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::library::door::{self, Hook, Lock};
use crate::runtime::func::{Caller, Func, TypedFunc, WasmParams, WasmResults};
use crate::runtime::gate::{Gate, Scope};
use crate::runtime::store::{self, AsStoreMut, Store};
use crate::runtime::value::Val;
use crate::vocabulary::{Error, ErrorKind, Result};

/// The deadlines of all stores, and the thread that sleeps until the next one.
struct Clock {
    deadlines: BTreeMap<(Instant, u64), Watched>,
    next: u64,
    running: bool,
}

/// A limited scope, by its number in its gate, and the thread that it is on.
struct Watched {
    gate: Arc<Gate>,
    id: u64,
    thread: usize,
}

/// How long after one interrupt the next comes, while the code has not stopped. The library misses
/// one that comes just before the guest begins to wait on a shared memory (`runAtomicWaitOp` in
/// include/executor/engine/atomic.ipp looks at the flag only when it wakes up).
const AGAIN: Duration = Duration::from_millis(50);

impl Clock {
    fn watch(&mut self, deadline: Instant, watched: Watched) -> (Instant, u64) {
        let key = (deadline, self.next);
        self.next += 1;
        self.deadlines.insert(key, watched);
        key
    }
}

static CLOCK: Lock<Clock> = Lock::new(Clock {
    deadlines: BTreeMap::new(),
    next: 0,
    running: false,
});
static CHANGED: Condvar = Condvar::new();

fn clock() -> MutexGuard<'static, Clock> {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        door::on_fork(Hook {
            lock: || CLOCK.lock_for_fork(),
            unlock: || CLOCK.unlock_after_fork(),
            in_child: after_fork_in_child,
        });
    });
    CLOCK.lock()
}

/// Starts the thread, the first time.
fn start() -> Result<()> {
    let mut clock = clock();
    if !clock.running {
        let thread = thread::Builder::new().name("wasmedge-timeouts".into());
        thread
            .spawn(watch)
            .map_err(|error| Error::from(ErrorKind::Thread(error)))?;
        clock.running = true;
    }
    Ok(())
}

/// The thread that watches is not in the child, nor are those whose scopes it watched, but one.
fn after_fork_in_child() {
    let mut clock = clock();
    clock.running = false;
    let this = door::thread_id();
    clock.deadlines.retain(|_, watched| watched.thread == this);
    let is_watched = !clock.deadlines.is_empty();
    drop(clock);
    if is_watched {
        // Nobody can be told, if there is none.
        let _ = start();
    }
}

fn watch() {
    let mut clock = clock();
    loop {
        let now = Instant::now();
        let next = clock.deadlines.first_entry();
        clock = match next {
            None => CHANGED.wait(clock).unwrap_or_else(PoisonError::into_inner),
            Some(first) if first.key().0 > now => {
                let left = first.key().0 - now;
                let waited = CHANGED.wait_timeout(clock, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            Some(first) => {
                let key = *first.key();
                let (gate, id) = (Arc::clone(&first.get().gate), first.get().id);
                // The clock is free while the gate is locked, so neither waits for the other. The
                // deadline stays where it is, for a child that is forked meanwhile.
                drop(clock);
                let open = gate.time_out(id);
                let mut clock = self::clock();
                match clock.deadlines.remove(&key) {
                    Some(watched) if open => {
                        clock.watch(now + AGAIN, watched);
                    }
                    _ => {}
                }
                clock
            }
        };
    }
}

/// A limited scope, and its deadline if it has one that the clock can tell.
struct Limited {
    /// Left after `drop` has taken the limit away.
    _scope: Scope,
    gate: Arc<Gate>,
    id: u64,
    deadline: Option<(Instant, u64)>,
}

impl Limited {
    fn open(gate: Arc<Gate>, after: Duration) -> Result<Self> {
        // A time that the clock cannot tell does not come.
        let deadline = Instant::now().checked_add(after);
        if deadline.is_some() && !after.is_zero() {
            start()?;
        }
        let id = gate.enter_limited(after);
        let mut limited = Self {
            _scope: Scope::from_entered(Arc::clone(&gate)),
            gate,
            id,
            deadline: None,
        };
        match deadline {
            None => {}
            Some(_) if after.is_zero() => {
                limited.gate.time_out(id);
            }
            Some(deadline) => {
                let mut clock = clock();
                let watched = Watched {
                    gate: Arc::clone(&limited.gate),
                    id,
                    thread: door::thread_id(),
                };
                let key = clock.watch(deadline, watched);
                limited.deadline = Some(key);
                if clock.deadlines.first_key_value().map(|(first, _)| *first) == Some(key) {
                    CHANGED.notify_one();
                }
            }
        }
        Ok(limited)
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        self.gate.forget_limit(self.id);
        if let Some(key) = self.deadline {
            let watched = clock().deadlines.remove(&key);
            drop(watched);
        }
    }
}

/// Runs `body` as a scope that ends when the time is over.
pub(crate) fn with_timeout<S: AsStoreMut, R>(
    store: &mut S,
    timeout: Duration,
    body: impl FnOnce(&mut S) -> R,
) -> Result<R> {
    let gate = Arc::clone(store::core_mut(store).gate()?);
    let _limited = Limited::open(gate, timeout)?;
    Ok(body(store))
}

impl<T: 'static> Store<T> {
    /// Runs `body`, in which all code together may take this long. After that, what runs is
    /// stopped as by an [`InterruptHandle`](crate::InterruptHandle), and every further call within
    /// `body` fails at once, with [`ErrorKind::Timeout`].
    ///
    /// The time that `body` takes outside WebAssembly counts, but is not cut short; no signal is
    /// used. Under a time limit of zero no code runs at all, and under `Duration::MAX` there is
    /// none. Limits may be nested, also in host functions: each ends its own part.
    ///
    /// What `body` gives is returned as it is. Where that is a [`Result`], `??` takes both, as it
    /// does with the time-outs of tokio.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Thread`] when no thread can be started, which is
    /// needed once in a process, and once in a store; `body` has not run then.
    ///
    /// # Panics
    ///
    /// When `body` does.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use wasmedge::{Config, ErrorKind, Module, Store};
    ///
    /// let wasm = wat::parse_str(r#"(module (func $spin (loop (br 0))) (start $spin))"#)?;
    /// let module = Module::new(&Config::new()?, &wasm)?;
    /// let mut store = Store::new(())?;
    /// let limit = Duration::from_millis(5);
    /// let error = store.with_timeout(limit, |store| store.instantiate(&module))?.unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Timeout(after) if *after == limit));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_timeout<R>(
        &mut self,
        timeout: Duration,
        body: impl FnOnce(&mut Self) -> R,
    ) -> Result<R> {
        with_timeout(self, timeout, body)
    }
}

impl<T: 'static> Caller<'_, T> {
    /// Same as [`Store::with_timeout`]; only what `body` does is stopped, not the code that called
    /// the host function.
    ///
    /// # Errors
    ///
    /// Same as [`Store::with_timeout`].
    ///
    /// # Panics
    ///
    /// When `body` does.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use wasmedge::{Caller, Error, ErrorKind, HostModule, Vm};
    ///
    /// let mut env = HostModule::<()>::new("env");
    /// env.func_wrap("try", |mut caller: Caller<'_, ()>| {
    ///     let spin = caller.get_func("spin").ok_or_else(|| Error::host("no `spin`"))?;
    ///     let limit = Duration::from_millis(5);
    ///     let ended = caller.with_timeout(limit, |caller| spin.call(caller, &[], &mut []))?;
    ///     let error = ended.unwrap_err();
    ///     Ok::<u32, Error>(u32::from(matches!(error.kind(), ErrorKind::Timeout(_))))
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "try" (func $try (result i32)))
    ///          (func (export "spin") (loop (br 0)))
    ///          (func (export "run") (result i32) call $try))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_host(&env)?;
    /// assert_eq!(vm.run_bytes::<(), u32>(&wasm, "run", ())?, 1); // The guest itself went on.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_timeout<R>(
        &mut self,
        timeout: Duration,
        body: impl FnOnce(&mut Self) -> R,
    ) -> Result<R> {
        with_timeout(self, timeout, body)
    }
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// Same as [`call`](Self::call), and stops the code after this time; see
    /// [`Store::with_timeout`].
    ///
    /// C: `WasmEdge_AsyncWaitFor`. Go: `WaitFor`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] when the code was stopped, [`ErrorKind::Thread`] when no thread can
    /// be started to watch it, else the same as [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use wasmedge::{ErrorKind, Vm};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (func (export "spin") (loop (br 0)))
    ///          (func (export "one") (result i32) i32.const 1))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_bytes("guest", &wasm)?;
    /// let spin = guest.get_typed_func::<(), ()>(&vm, "spin")?;
    /// let error = spin.call_timeout(&mut vm, (), Duration::from_millis(5)).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Timeout(_)));
    /// // The instance can be used on.
    /// let one = guest.get_typed_func::<(), i32>(&vm, "one")?;
    /// assert_eq!(one.call_timeout(&mut vm, (), Duration::from_secs(60))?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_AsyncWaitFor")]
    #[doc(alias = "WaitFor")]
    pub fn call_timeout(
        &self,
        mut store: impl AsStoreMut,
        params: P,
        timeout: Duration,
    ) -> Result<R> {
        with_timeout(&mut store, timeout, |store| self.call(store, params))?
    }
}

impl Func {
    /// Same as [`call`](Self::call), and stops the code after this time; see
    /// [`Store::with_timeout`].
    ///
    /// C: `WasmEdge_AsyncWaitFor`. Go: `WaitFor`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] when the code was stopped, [`ErrorKind::Thread`] when no thread can
    /// be started to watch it, else the same as [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    #[doc(alias = "WasmEdge_AsyncWaitFor")]
    #[doc(alias = "WaitFor")]
    pub fn call_timeout(
        self,
        mut store: impl AsStoreMut,
        params: &[Val],
        results: &mut [Val],
        timeout: Duration,
    ) -> Result<()> {
        with_timeout(&mut store, timeout, |store| {
            self.call(store, params, results)
        })?
    }
}
