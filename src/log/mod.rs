//! The log of the library, which goes to the standard output, or to where the program wants it.
//!
//! The library's own default reports much of what it does. This crate sets the level to
//! [`Level::Error`] when it first uses the library, unless the program has chosen a level before.
//! From 0.15 on [`set_callback`] gives the program the messages, and with the feature `log` the
//! function `forward` passes them to the `log` crate; older libraries write to the standard output
//! alone.
//!
//! A program that calls `WasmEdge_LogSetCallback` through [`sys`] takes the messages away
//! from all of this, and those of the compiler's [phases](crate::CompilePhase) too.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

mod callback;
#[cfg(feature = "log")]
mod facade;
mod listener;
mod record;
mod stdout;

pub use callback::{set_callback, unset_callback};
#[cfg(feature = "log")]
#[cfg_attr(docsrs, doc(cfg(feature = "log")))]
pub use facade::forward;
pub use record::Record;

pub(crate) use listener::{Listening, listen};

use crate::error::{Error, Result};
use crate::sys::{self, compat};

/// How much the library logs, and how much a message of it matters. Each level has those before it.
///
/// # Examples
///
/// ```
/// use wasmedge::log::Level;
///
/// assert!(Level::Error < Level::Debug); // To log at `Debug` is to log errors, too.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Nothing.
    Off,
    /// What the library cannot go on after (0.15 on).
    #[doc(alias = "WasmEdge_LogLevel_Critical")]
    Critical,
    /// Errors: traps, modules that do not load, and what led to them.
    #[doc(alias = "WasmEdge_LogLevel_Error")]
    Error,
    /// What may be a mistake (0.15 on).
    #[doc(alias = "WasmEdge_LogLevel_Warn")]
    Warn,
    /// What the library does, such as the phases of the compiler (0.15 on).
    #[doc(alias = "WasmEdge_LogLevel_Info")]
    Info,
    /// Details of it.
    #[doc(alias = "WasmEdge_LogLevel_Debug")]
    Debug,
    /// Everything (0.15 on).
    #[doc(alias = "WasmEdge_LogLevel_Trace")]
    Trace,
}

impl Level {
    const ALL: [Self; 7] = [
        Self::Off,
        Self::Critical,
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// As the library writes it.
    const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warn => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

static CHOSEN: Once = Once::new();

/// The level that was set last, which the library cannot tell.
static CURRENT: AtomicU8 = AtomicU8::new(Level::Error as u8);

/// Whether a part of the library runs that sets a level of its own, and means it.
static TOOL_RUNS: AtomicBool = AtomicBool::new(false);

/// How many compilers there are whose phases somebody wants to know. Held while the library's level
/// is set.
static LISTENERS: Mutex<usize> = Mutex::new(0);

/// Sets the level for the whole process.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for levels other than `Off`, `Error` and
/// `Debug` below 0.15, which has no others; and when the loaded library is not the one the program
/// was built for.
///
/// # Examples
///
/// ```standalone_crate
/// use wasmedge::log::{self, Level};
///
/// log::set_level(Level::Off)?;
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
    CHOSEN.call_once(|| ());
    sys::library::ready()?;
    apply(level);
    Ok(())
}

/// The first use of the library: from here on its messages come to this crate, where it lets them.
pub(crate) fn first_use() {
    compat::take_log();
    // Without a level of the program's own it is quiet (S16).
    CHOSEN.call_once(|| apply(Level::Error));
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
        set(&listeners());
    }
}

fn listeners() -> MutexGuard<'static, usize> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn current() -> Level {
    let current = CURRENT.load(Ordering::Relaxed);
    let mut levels = Level::ALL.into_iter();
    levels
        .find(|level| *level as u8 == current)
        .unwrap_or(Level::Error)
}

fn apply(level: Level) {
    let listeners = listeners();
    CURRENT.store(level as u8, Ordering::Relaxed);
    set(&listeners);
}

/// Sets the library's level: what the program chose, or more while somebody listens.
fn set(listeners: &MutexGuard<'static, usize>) {
    let level = current();
    compat::set_log_level(if **listeners == 0 {
        level
    } else {
        level.max(Level::Info)
    });
}

/// A message of the library, on the thread that logs it and under the lock of the library's log: so
/// nothing of the program runs here, which might log and wait for that lock for ever.
#[allow(dead_code, reason = "libraries below 0.15 give no messages")]
pub(crate) fn receive(level: Level, text: &str) {
    listener::tell(text);
    if level <= current() || TOOL_RUNS.load(Ordering::Relaxed) {
        let record = Record::new(level, text);
        if let Err(record) = callback::deliver(record) {
            stdout::write(&record);
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
    fn s16_the_first_level_is_error() {
        sys::library::ready().unwrap();
        assert_eq!(current(), Level::Error);
    }
}
