//! The way to the `log` crate.

use super::{Level, Record, set_callback};
use crate::vocabulary::Result;

/// The target that the messages have there.
const TARGET: &str = "wasmedge";

/// Forwards the library's messages to the `log` crate, with the target `wasmedge`.
///
/// Messages above the library's [level](super::set_level) are not forwarded. If the program has not
/// chosen a level, errors are: [`Level::Error`]. [`Level::Critical`] is an error for `log`. The
/// logger is called as a [callback](set_callback) is, and replaces one that was set before.
///
/// # Errors
///
/// Same as [`set_callback`]: [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) before 0.15.
///
/// # Examples
///
/// ```standalone_crate
/// use wasmedge::{ErrorKind, log};
///
/// // After the program's logger is set.
/// match log::forward() {
///     Ok(()) => log::set_level(log::Level::Warn)?,
///     // Before 0.15 the library writes to the standard output itself.
///     Err(error) => assert!(matches!(error.kind(), ErrorKind::Unsupported { .. })),
/// }
/// # Ok::<(), wasmedge::Error>(())
/// ```
pub fn forward() -> Result<()> {
    set_callback(|record: &Record| {
        let level = match record.level() {
            Level::Trace => ::log::Level::Trace,
            Level::Debug => ::log::Level::Debug,
            Level::Info => ::log::Level::Info,
            Level::Warn => ::log::Level::Warn,
            Level::Error | Level::Critical | Level::Off => ::log::Level::Error,
        };
        ::log::log!(target: TARGET, level, "{}", record.message());
    })
}
