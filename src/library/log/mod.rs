//! The log of the library, which is off until the program asks for it.
//!
//! An [`Error`] says what the log would say. To see more of what the library does, choose a level
//! with [`set_level`]. From 0.15 on [`set_callback`] gives the program the messages, and with the
//! feature `log` the function `forward` passes them to the `log` crate. Both turn the log on at
//! [`Level::Error`], unless the program has chosen a level.
//!
//! Messages without a callback go to the standard error. A library before 0.15 writes them to the
//! standard output itself.
//!
//! A program that calls `WasmEdge_LogSetCallback` through [`sys`](crate::sys) takes the messages
//! away from all of this, and those of the compiler's [phases](crate::CompilePhase) too.

use std::cell::Cell;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

mod callback;
#[cfg(feature = "log")]
mod facade;
mod listener;
mod record;
mod stderr;

pub use callback::{set_callback, unset_callback};
#[cfg(feature = "log")]
#[cfg_attr(docsrs, doc(cfg(feature = "log")))]
pub use facade::forward;
pub use record::Record;

pub(crate) use listener::{Listening, listen};

use crate::compat;
use crate::library;
use crate::library::door::{self, Lock};
pub use crate::vocabulary::Level;
use crate::vocabulary::{Error, Result};

/// The level of the program, which the library cannot tell: kept outside of the lock as well, for
/// those who log.
static CURRENT: AtomicU8 = AtomicU8::new(Level::Off as u8);

/// Whether a part of the library runs that sets a level of its own, and means it.
static TOOL_RUNS: AtomicBool = AtomicBool::new(false);

/// Who wants the library to log.
#[derive(Debug)]
struct Wanted {
    /// What the program chose.
    chosen: Option<Level>,
    /// Whether the program has a callback.
    callback: bool,
    /// How many compilers there are whose phases somebody wants to know.
    listeners: usize,
}

impl Wanted {
    /// The level of the program. A callback without a level gets errors.
    fn level(&self) -> Level {
        let default = if self.callback {
            Level::Error
        } else {
            Level::Off
        };
        self.chosen.unwrap_or(default)
    }
}

/// Held while the library's level is set.
static WANTED: Lock<Wanted> = Lock::new(Wanted {
    chosen: None,
    callback: false,
    listeners: 0,
});

/// Sets the level for the whole process. It is [`Level::Off`] at first.
///
/// C: `WasmEdge_LogOff`, `WasmEdge_LogSetErrorLevel`, `WasmEdge_LogSetDebugLevel`,
/// `WasmEdge_LogSetLevel`. Go: `SetLogOff`, `SetLogErrorLevel`, `SetLogDebugLevel`.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for levels other than `Off`, `Error`
/// and `Debug` before 0.15, which has no others; and when the loaded library is not the one the
/// program was built for.
///
/// # Examples
///
/// ```standalone_crate
/// use wasmedge::log::{self, Level};
///
/// log::set_level(Level::Error)?;
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_LogOff")]
#[doc(alias = "WasmEdge_LogSetErrorLevel")]
#[doc(alias = "WasmEdge_LogSetDebugLevel")]
#[doc(alias = "WasmEdge_LogSetLevel")]
#[doc(alias = "SetLogOff")]
#[doc(alias = "SetLogErrorLevel")]
#[doc(alias = "SetLogDebugLevel")]
pub fn set_level(level: Level) -> Result<()> {
    if !compat::has_log_level(level) {
        return Err(Error::unsupported(
            format!("the log level {}", level.name()),
            "below 0.15 the library has off, error and debug alone",
        ));
    }
    library::ready()?;
    want(|wanted| wanted.chosen = Some(level));
    Ok(())
}

/// The first use of the library: from here on its messages come to this crate, where it lets them.
pub(crate) fn first_use() {
    compat::take_log(receive);
    // The library's own level is info (S16); and it makes its log now (D6).
    want(|_| ());
}

/// A part of the library that sets a level of its own, while it runs; dropped, the level is the
/// former one again.
pub(crate) struct Tool(());

impl Tool {
    pub(crate) fn starts() -> Self {
        TOOL_RUNS.store(true, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        TOOL_RUNS.store(false, Ordering::Relaxed);
        want(|_| ());
    }
}

#[cfg(unix)]
pub(crate) fn lock_for_fork() {
    WANTED.lock_for_fork();
}

#[cfg(unix)]
pub(crate) fn unlock_after_fork() {
    WANTED.unlock_after_fork();
}

fn current() -> Level {
    let current = CURRENT.load(Ordering::Relaxed);
    let mut levels = Level::ALL.into_iter();
    levels
        .find(|level| *level as u8 == current)
        .unwrap_or(Level::Off)
}

/// Changes who wants the library to log, and sets its level: what the program wants, or more while
/// somebody listens.
fn want(change: impl FnOnce(&mut Wanted)) {
    let mut wanted = wanted();
    change(&mut wanted);
    CURRENT.store(wanted.level() as u8, Ordering::Relaxed);
    set(&wanted);
}

fn wanted() -> MutexGuard<'static, Wanted> {
    WANTED.lock()
}

/// Sets the library's level.
fn set(wanted: &MutexGuard<'static, Wanted>) {
    let level = wanted.level();
    compat::set_log_level(if wanted.listeners == 0 {
        level
    } else {
        level.max(Level::Info)
    });
}

thread_local! {
    /// Whether this thread has the library do what nobody is to read of.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs what the library would log, and the program did not ask for. It does not unwind.
///
/// Before 0.15, which writes its messages itself, the log is off meanwhile, for all threads.
pub(crate) fn quietly(act: impl FnOnce()) {
    if compat::LOG_HAS_CALLBACK {
        let before = IS_QUIET.replace(true);
        act();
        IS_QUIET.set(before);
        return;
    }
    let wanted = wanted();
    if current() == Level::Off || door::is_over() {
        drop(wanted);
        return act();
    }
    compat::set_log_level(Level::Off);
    act();
    set(&wanted);
}

/// A message of the library, on the thread that logs it and under the lock of the library's log: so
/// nothing of the program runs here, which might log and wait for that lock for ever.
#[allow(dead_code, reason = "libraries below 0.15 give no messages")]
pub(crate) fn receive(level: Level, text: &str) {
    let _inside = door::still_inside();
    if IS_QUIET.get() {
        return;
    }
    listener::tell(text);
    if level <= current() || TOOL_RUNS.load(Ordering::Relaxed) {
        let record = Record::new(level, text);
        if let Err(record) = callback::deliver(record) {
            stderr::write(&record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_in_order() {
        assert!(Level::ALL.is_sorted());
        assert!(Level::Error < Level::Info);
    }

    #[test]
    fn s16_the_log_is_off_at_first() {
        library::ready().unwrap();
        assert_eq!(current(), Level::Off);
    }
}
