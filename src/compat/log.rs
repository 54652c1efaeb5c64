//! The library's log.

#[cfg(wasmedge_0_15)]
use std::sync::OnceLock;

#[cfg(wasmedge_0_15)]
use super::string;
use crate::sys;
use crate::vocabulary::Level;

/// Whether the library gives its messages to others; before 0.15 it writes them itself.
pub(crate) const LOG_HAS_CALLBACK: bool = cfg!(wasmedge_0_15);

/// Whether there is such a level.
pub(crate) const fn has_log_level(level: Level) -> bool {
    cfg!(wasmedge_0_15) || matches!(level, Level::Off | Level::Error | Level::Debug)
}

/// Sets the level; where there is none of this name, the next that says more.
pub(crate) fn set_log_level(level: Level) {
    #[cfg(wasmedge_0_15)]
    let number = match level {
        Level::Off => None,
        Level::Critical => Some(sys::WasmEdge_LogLevel_Critical),
        Level::Error => Some(sys::WasmEdge_LogLevel_Error),
        Level::Warn => Some(sys::WasmEdge_LogLevel_Warn),
        Level::Info => Some(sys::WasmEdge_LogLevel_Info),
        Level::Debug => Some(sys::WasmEdge_LogLevel_Debug),
        Level::Trace => Some(sys::WasmEdge_LogLevel_Trace),
    };
    // SAFETY: the level is an atomic of the library's logger, which is found under a lock; the
    // number is one of the header's.
    #[cfg(wasmedge_0_15)]
    unsafe {
        match number {
            None => sys::WasmEdge_LogOff(),
            Some(number) => sys::WasmEdge_LogSetLevel(number),
        }
    }
    // SAFETY: the level is an atomic of the library's logger, which is found under a lock; the
    // functions take nothing.
    #[cfg(not(wasmedge_0_15))]
    unsafe {
        match level {
            Level::Off => sys::WasmEdge_LogOff(),
            Level::Critical | Level::Error => sys::WasmEdge_LogSetErrorLevel(),
            _ => sys::WasmEdge_LogSetDebugLevel(),
        }
    }
}

/// What gets the messages.
pub(crate) type Receive = fn(Level, &str);

#[cfg(wasmedge_0_15)]
static RECEIVE: OnceLock<Receive> = OnceLock::new();

/// Lets the messages come to this function, where the library can; that of the first call stays. To
/// be called before anything else of the library: it puts another logger in the place of one that
/// may be in use.
pub(crate) fn take_log(receive: Receive) {
    #[cfg(wasmedge_0_15)]
    {
        RECEIVE.get_or_init(|| receive);
        // SAFETY: the function lives as long as the process, and nothing of the library runs yet.
        unsafe { sys::WasmEdge_LogSetCallback(Some(log_message)) };
    }
    #[cfg(not(wasmedge_0_15))]
    let _ = receive;
}

#[cfg(wasmedge_0_15)]
extern "C" fn log_message(message: *const sys::WasmEdge_LogMessage) {
    // SAFETY: the library passes a message that lives during the call (lib/api/wasmedge.cpp).
    let message = unsafe { &*message };
    let level = match message.Level {
        sys::WasmEdge_LogLevel_Trace => Level::Trace,
        sys::WasmEdge_LogLevel_Debug => Level::Debug,
        sys::WasmEdge_LogLevel_Info => Level::Info,
        sys::WasmEdge_LogLevel_Warn => Level::Warn,
        sys::WasmEdge_LogLevel_Critical => Level::Critical,
        _ => Level::Error,
    };
    // SAFETY: the text is a part of the message, which nobody changes during the call.
    let text = unsafe { string::to_owned(message.Message) };
    if let Some(receive) = RECEIVE.get() {
        receive(level, &text);
    }
}
