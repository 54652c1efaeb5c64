//! The log of the library, which it writes to the standard output.
//!
//! The library's own default reports much of what it does. This crate sets the level to
//! [`Level::Error`] when it first uses the library, unless the program has chosen a level before.

use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::Result;
use crate::sys;

/// How much the library writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Nothing.
    Off,
    /// Errors: traps, modules that do not load, and what led to them.
    Error,
    /// Everything.
    Debug,
}

static CHOSEN: Once = Once::new();

/// The level that was set last, which the library cannot tell.
static CURRENT: AtomicU8 = AtomicU8::new(Level::Error as u8);

/// Sets the level for the whole process.
///
/// # Errors
///
/// When the loaded library is not the one the program was built for.
///
/// # Examples
///
/// ```
/// use wasmedge::log::{self, Level};
///
/// log::set_level(Level::Off)?;
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_LogOff")]
#[doc(alias = "WasmEdge_LogSetErrorLevel")]
#[doc(alias = "WasmEdge_LogSetDebugLevel")]
#[doc(alias = "SetLogOff")]
#[doc(alias = "SetLogErrorLevel")]
#[doc(alias = "SetLogDebugLevel")]
pub fn set_level(level: Level) -> Result<()> {
    CHOSEN.call_once(|| ());
    sys::library::ready()?;
    apply(level);
    Ok(())
}

/// The first use of the library without a level of the program's own.
pub(crate) fn quiet_unless_chosen() {
    CHOSEN.call_once(|| apply(Level::Error));
}

/// After a part of the library that sets a level of its own.
pub(crate) fn restore() {
    let current = CURRENT.load(Ordering::Relaxed);
    let levels = [Level::Off, Level::Error, Level::Debug];
    apply(
        levels
            .into_iter()
            .find(|level| *level as u8 == current)
            .unwrap_or(Level::Error),
    );
}

fn apply(level: Level) {
    CURRENT.store(level as u8, Ordering::Relaxed);
    // SAFETY: the level is an atomic of the library's logger; the functions take nothing.
    unsafe {
        match level {
            Level::Off => sys::WasmEdge_LogOff(),
            Level::Error => sys::WasmEdge_LogSetErrorLevel(),
            Level::Debug => sys::WasmEdge_LogSetDebugLevel(),
        }
    }
}
