//! Levels of the library's log.

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
    ///
    /// C: `WasmEdge_LogLevel_Critical`.
    #[doc(alias = "WasmEdge_LogLevel_Critical")]
    Critical,
    /// Errors: traps, modules that do not load, and what led to them.
    ///
    /// C: `WasmEdge_LogLevel_Error`.
    #[doc(alias = "WasmEdge_LogLevel_Error")]
    Error,
    /// What may be a mistake (0.15 on).
    ///
    /// C: `WasmEdge_LogLevel_Warn`.
    #[doc(alias = "WasmEdge_LogLevel_Warn")]
    Warn,
    /// What the library does, such as the phases of the compiler (0.15 on).
    ///
    /// C: `WasmEdge_LogLevel_Info`.
    #[doc(alias = "WasmEdge_LogLevel_Info")]
    Info,
    /// Details of it.
    ///
    /// C: `WasmEdge_LogLevel_Debug`.
    #[doc(alias = "WasmEdge_LogLevel_Debug")]
    Debug,
    /// Everything (0.15 on).
    ///
    /// C: `WasmEdge_LogLevel_Trace`.
    #[doc(alias = "WasmEdge_LogLevel_Trace")]
    Trace,
}

impl Level {
    pub(crate) const ALL: [Self; 7] = [
        Self::Off,
        Self::Critical,
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// As the library writes it.
    pub(crate) const fn name(self) -> &'static str {
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
