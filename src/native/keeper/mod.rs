//! One thread that keeps the library's signal handling as it is (S17).
//!
//! Compiled code does not check its memory accesses: it lets them fault, and the library's handler
//! of `SIGSEGV`, `SIGBUS` and `SIGFPE` turns the fault into a trap. The library installs the
//! handler when the number of calls into compiled code in the whole process rises above zero, and
//! resets it to the system's default when it falls back to zero. By itself that means: each such
//! call costs six system calls; two threads that trap at the same time may end the process; and the
//! handlers that the program had before, with Rust's message for a stack overflow among them, are
//! lost.
//!
//! So with the first instance of a compiled module this crate starts a thread that makes one call
//! into compiled code and stays in it, asleep, as long as the process lives. It does not keep the
//! process from ending. Then a handler of this crate takes the place of the library's: a fault in
//! compiled code goes to the library and becomes a trap, any other one to the handler that the
//! program had before, which runs as it was installed: with its mask, on its stack, once or always.
//!
//! The library makes the trap on a stack of this crate's own, one for each thread that has called
//! into compiled code, and a thread without an alternate stack gets one. So endless recursion in
//! compiled code is a trap as well, on every thread:
//! [`MemoryOutOfBounds`](crate::Trap::MemoryOutOfBounds), because the library knows no other. When
//! the stack ends in a function of the library or of the program that compiled code called, that is
//! no trap: the process ends, as it does for any overflow in Rust.
//!
//! A program that installs handlers of these signals itself does so before it makes the first
//! instance of a compiled module; or passes on what is not its own to the handler that it found.
//! One that does neither gets the traps of compiled code, until the next compiled module is
//! instantiated or another thread makes its first call into one: then this crate finds the new
//! handler, and stands in front of it. It knows 16 different actions for each signal.
//!
//! The system interrupts a system call for a signal that the program ignores, which it does not
//! without the keeper. And `sigaction` tells the program of this crate's handlers, not of its own.
//! Where no keeper can be started, because the library cannot compile, calls work as in C.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

#[cfg(unix)]
mod actions;
#[cfg(unix)]
mod handler;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod park;
#[cfg(unix)]
mod stack;

use crate::native::compiler;
use crate::vocabulary::{Error, Result};

/// To be started when it is needed.
const WANTED: u8 = 0;
/// The program wants none.
const UNWANTED: u8 = 1;
const RUNNING: u8 = 2;
/// There is none to be had.
const FAILED: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(WANTED);

/// One thread starts it. Nobody waits for that who does not need it.
static STARTING: Mutex<()> = Mutex::new(());

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
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if !is_running() {
        let wanted = if enable { WANTED } else { UNWANTED };
        STATE.store(wanted, Ordering::Release);
    } else if !enable {
        return Err(Error::invalid(
            "the keeper runs, and cannot be stopped; turn it off before the first compiled module is \
             instantiated",
        ));
    }
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
    STATE.load(Ordering::Acquire) == RUNNING
}

/// Makes ready for an instance of a compiled module.
///
/// This waits for no compiler but the one that makes the keeper's own module, which takes
/// milliseconds.
pub(crate) fn prepare() {
    if STATE.load(Ordering::Acquire) == WANTED {
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if STATE.load(Ordering::Acquire) == WANTED {
            STATE.store(start(), Ordering::Release);
        }
    }
    #[cfg(unix)]
    if is_running() {
        actions::look_again();
    }
}

/// Makes ready a thread that is about to enter a store with compiled code, for the first time.
///
/// # Errors
///
/// The system has no memory for its stack.
pub(crate) fn prepare_thread() -> io::Result<()> {
    #[cfg(unix)]
    {
        stack::prepare()?;
        if is_running() {
            actions::look_again();
        }
    }
    Ok(())
}

/// Makes good what a trap has changed of a thread, when the call in which it was is over.
#[inline]
pub(crate) fn after_call() {
    #[cfg(unix)]
    stack::take_back();
}

/// Starts it, and returns the state it is in then.
#[cfg(not(unix))]
fn start() -> u8 {
    FAILED
}

/// Starts it, and returns the state it is in then.
#[cfg(unix)]
fn start() -> u8 {
    // The disk may be full for the moment.
    match compiler::keeper_module::get() {
        None => WANTED,
        Some(module) if start_with(module).is_ok() => RUNNING,
        Some(_) => FAILED,
    }
}

#[cfg(unix)]
fn start_with(module: &'static [u8]) -> Result<()> {
    let before = actions::before();
    let (report, reports) = mpsc::channel();
    thread::Builder::new()
        .name("wasmedge-keeper".to_owned())
        .spawn(move || {
            block_all();
            // It comes back only when it failed.
            if let Err(error) = park::park(module, &report) {
                let _ = report.send(Err(error));
            }
        })
        .map_err(|error| Error::unsupported("the keeper", error.to_string()))?;
    match reports.recv() {
        Ok(parked) => parked?,
        Err(_) => return Err(Error::unsupported("the keeper", "its thread ended")),
    }
    actions::install(before)
}

/// Lets no signal of the process be handled on this thread.
#[cfg(unix)]
fn block_all() {
    let mut all = std::mem::MaybeUninit::uninit();
    // SAFETY: the set is filled, then used.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), std::ptr::null_mut());
    }
}
