//! One message.

use std::fmt;
use std::time::SystemTime;

use super::Level;
use crate::vocabulary::Escaped;

/// A message of the library.
///
/// C: `WasmEdge_LogMessage`.
#[derive(Clone, Debug)]
#[doc(alias = "WasmEdge_LogMessage")]
pub struct Record {
    level: Level,
    message: Box<str>,
    time: SystemTime,
}

impl Record {
    pub(super) fn new(level: Level, message: &str) -> Self {
        Self {
            level,
            // It may quote what a guest chose.
            message: Escaped(message).to_string().into(),
            time: SystemTime::now(),
        }
    }

    /// Returns how much it matters; never [`Level::Off`].
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns what the library says, without time and level, on one line: names that a guest chose
    /// may be in it, so what cannot be seen is escaped.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns when it said so.
    pub fn time(&self) -> SystemTime {
        self.time
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.level.name(), self.message)
    }
}
