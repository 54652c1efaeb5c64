//! Plug-ins.

/// Whether the plug-in for processes can be told to allow all commands: before 0.14 the library
/// looks for an option with a value, which this is not, and leaves it.
pub(crate) const PROCESS_CAN_ALLOW_ALL: bool = cfg!(wasmedge_0_14);

/// Whether a module of the plug-in `wasi_logging` may be freed. From 0.14.1 to 0.17.0 its
/// destructor drops the logger whose name is that of its log file, mostly empty, which is the name
/// of the library's own logger; the next line that the library logs goes through a null pointer
/// then.
pub(crate) const WASI_LOGGING_CAN_BE_FREED: bool = cfg!(wasmedge_0_17_1) || !cfg!(wasmedge_0_14_1);
