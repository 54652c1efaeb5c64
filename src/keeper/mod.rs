//! One thread that keeps the library's signal handling as it is (S17).
//!
//! Compiled code does not check its memory accesses: it lets them fault, and the library's handler
//! of `SIGSEGV`, `SIGBUS` and `SIGFPE` turns the fault into a trap. The library installs the handler
//! when the number of calls into compiled code in the whole process rises above zero, and resets it
//! to the system's default when it falls back to zero. By itself that means: each such call costs
//! six system calls; two threads that trap at the same time may end the process; and the handlers
//! that the program had before, with Rust's message for a stack overflow among them, are lost.
//!
//! So with the first instance of a compiled module this crate starts a thread that makes one call
//! into compiled code and stays in it, asleep, as long as the process lives. It does not keep the
//! process from ending. Then a handler of this crate takes the place of the library's: a fault in
//! compiled code goes to the library and becomes a trap, any other one to the handler that the
//! program had before. It runs on the alternate stack that Rust gives to its threads, so that endless
//! recursion in compiled code is a trap as well:
//! [`MemoryOutOfBounds`](crate::Trap::MemoryOutOfBounds), because the library knows no other. When
//! the stack ends in a function of the library or of the program that compiled code called, that is
//! no trap: the process ends, as it does for any overflow in Rust.
//!
//! A program that installs handlers of these signals itself does so before it makes the first
//! instance of a compiled module; or passes on what is not its own to the handler that it found.
//! Where no keeper can be started, because the library cannot compile, calls work as in C.

use std::cell::Cell;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

#[cfg(unix)]
mod signals;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::host_module::HostModule;
use crate::module::Module;
use crate::store::Store;

/// `(module (import "k" "w" (func)) (func (export "p") call 0))`
const PARK: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x04\x01\x60\0\0\
    \x02\x07\x01\x01k\x01w\0\0\
    \x03\x02\x01\0\
    \x07\x05\x01\x01p\0\x01\
    \x0a\x06\x01\x04\0\x10\0\x0b";

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be started when it is needed.
    Wanted,
    /// The program wants none.
    Unwanted,
    Running,
    /// There is none to be had.
    Failed,
}

static STATE: Mutex<State> = Mutex::new(State::Wanted);

thread_local! {
    /// Whether this is the keeper's own thread, which needs no keeper.
    static OWN: Cell<bool> = const { Cell::new(false) };
}

/// Whether a keeper is started with the next instance of a compiled module; at first, yes.
///
/// # Errors
///
/// When it runs already: it cannot be stopped.
///
/// # Examples
///
/// ```standalone_crate
/// wasmedge::keeper::set_enabled(false)?;
/// assert!(!wasmedge::keeper::is_running());
/// # Ok::<(), wasmedge::Error>(())
/// ```
pub fn set_enabled(enable: bool) -> Result<()> {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    *state = match (*state, enable) {
        (State::Running, false) => {
            return Err(Error::invalid(
                "the keeper runs, and cannot be stopped; turn it off before the first compiled module is \
                 instantiated",
            ));
        }
        (State::Running, true) => State::Running,
        (_, true) => State::Wanted,
        (_, false) => State::Unwanted,
    };
    Ok(())
}

/// Whether the keeper runs.
///
/// # Examples
///
/// ```
/// use wasmedge::{Compiler, Config, Module, Store, keeper};
///
/// let config = Config::new()?;
/// # if Compiler::new(&config).is_err() { return Ok(()) }
/// // SAFETY: there is nothing in the module.
/// let module = unsafe { Module::compile(&config, b"\0asm\x01\0\0\0") }?;
/// Store::new(())?.instantiate(&module)?;
/// assert!(keeper::is_running()); // From the first compiled instance on.
/// # Ok::<(), wasmedge::Error>(())
/// ```
pub fn is_running() -> bool {
    *STATE.lock().unwrap_or_else(PoisonError::into_inner) == State::Running
}

/// Makes ready for an instance of a compiled module.
pub(crate) fn prepare() {
    if OWN.get() {
        return;
    }
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    if *state == State::Wanted {
        *state = match start() {
            Ok(()) => State::Running,
            Err(_) => State::Failed,
        };
    }
    #[cfg(unix)]
    if *state == State::Running {
        signals::look_at_objects();
    }
}

#[cfg(not(unix))]
fn start() -> Result<()> {
    Err(Error::unsupported(
        "the keeper",
        "it is made of Unix signals",
    ))
}

#[cfg(unix)]
fn start() -> Result<()> {
    let program = signals::Actions::read();
    let (report, reports) = mpsc::channel();
    thread::Builder::new()
        .name("wasmedge-keeper".to_owned())
        .spawn(move || {
            OWN.set(true);
            let parked = report.clone();
            // It comes back only when it failed.
            if let Err(error) = park(parked) {
                let _ = report.send(Err(error));
            }
        })
        .map_err(|error| Error::unsupported("the keeper", error.to_string()))?;
    match reports.recv() {
        Ok(parked) => parked?,
        Err(_) => return Err(Error::unsupported("the keeper", "its thread ended")),
    }
    signals::install(program);
    Ok(())
}

/// Calls into compiled code, and reports from the host function that it calls.
#[cfg(unix)]
fn park(parked: Sender<Result<()>>) -> Result<()> {
    signals::block_all();
    let config = Config::new()?;
    // SAFETY: it calls one host function, and does nothing else: no table, no memory, no stack.
    let module = unsafe { Module::compile(&config, PARK) }?;
    let mut host = HostModule::new("k");
    host.func_wrap("w", move || -> () {
        let _ = parked.send(Ok(()));
        loop {
            thread::park();
        }
    })?;
    let mut store = Store::with_config(&config, ())?;
    store.register_host(&host)?;
    let instance = store.instantiate(&module)?;
    let park = instance.get_typed_func::<(), ()>(&store, "p")?;
    park.call(&mut store, ())
}
