//! Results.

use std::fmt;

use super::string;
use crate::sys::{self, WasmEdge_Result};
use crate::vocabulary::{Error, ErrorCode, ErrorKind, Reason, Result, Trap};

/// The classes of code that an execution may end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The code is a trap.
    Trap(Trap),
    /// The guest ended itself.
    Terminated,
    /// A number of a host function's own.
    User(u32),
    /// Anything else.
    Other,
}

/// A [`WasmEdge_Result`] as a number that can be asked what it means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(u32);

/// What a callback returns when all went well.
pub(crate) const SUCCESS: WasmEdge_Result = WasmEdge_Result { Code: 0 };

/// What a callback returns to end the execution without a word in the library's log; the reason
/// waits in the store.
pub(crate) const TERMINATE: WasmEdge_Result = WasmEdge_Result { Code: 1 };

impl Code {
    pub(crate) const fn new(result: WasmEdge_Result) -> Self {
        Self(result.Code)
    }

    /// A code of the library's own category.
    pub(crate) const fn of_library(number: u32) -> Self {
        Self(number & 0x00ff_ffff)
    }

    /// Whether results were written. Not `WasmEdge_ResultOK`, which says yes to a terminated
    /// execution as well (S6).
    pub(crate) const fn is_success(self) -> bool {
        self.0 == SUCCESS.Code
    }

    /// Success, or the library's error where there is no kind of its own for it.
    #[inline]
    pub(crate) fn ok(self) -> Result<()> {
        if self.is_success() {
            Ok(())
        } else {
            Err(Error::from(ErrorKind::Library(self.into())))
        }
    }

    /// The 24-bit code, without its category.
    pub(crate) const fn number(self) -> u32 {
        self.0 & 0x00ff_ffff
    }

    /// The code as programs see it.
    const fn error_code(self) -> ErrorCode {
        ErrorCode::new(self.number())
    }

    const fn is_user_level(self) -> bool {
        self.0 >> 24 != 0
    }

    /// The library's text for the code.
    pub(crate) fn message(self) -> &'static str {
        // SAFETY: any number may be asked; the text is a constant of the library, or null.
        let text = unsafe {
            string::static_text(sys::WasmEdge_ResultGetMessage(WasmEdge_Result {
                Code: self.0,
            }))
        };
        text.unwrap_or("unknown error")
    }

    /// What a failed execution means where no host function left its own error.
    pub(crate) fn execution_error(self) -> Error {
        match self.meaning() {
            Meaning::Trap(trap) => ErrorKind::Trap(trap).into(),
            Meaning::Terminated => ErrorKind::Exit(0).into(),
            Meaning::User(code) => ErrorKind::User(code).into(),
            Meaning::Other => ErrorKind::Library(self.into()).into(),
        }
    }

    /// A failed instantiation: the start function's failure, or the library's own reason.
    pub(crate) fn instantiation_error(self) -> Error {
        match self.meaning() {
            Meaning::Other => {
                // The types were compared before, so this is about where the library looks for
                // them.
                let hint = match self.error_code().name() {
                    Some("IncompatibleImportType") => PASSED_ON,
                    _ => "",
                };
                let reason = Reason::from(self).with_hint(hint);
                ErrorKind::Instantiate { reason }.into()
            }
            _ => self.execution_error(),
        }
    }

    /// What the code says of an execution.
    pub(crate) fn meaning(self) -> Meaning {
        if self.is_user_level() {
            return Meaning::User(self.number());
        }
        if self.0 == TERMINATE.Code {
            return Meaning::Terminated;
        }
        trap(self.error_code()).map_or(Meaning::Other, Meaning::Trap)
    }
}

/// What to do where an import has the right type, and the library refuses it. From 0.14 on the
/// library looks the type of a function or a tag up by its number in the types of the module that
/// exports it, though the number counts the types of the module that defines it.
const PASSED_ON: &str = "the types match; but this version of the library links a function or a tag only from the module \
     that defines it: import it from there, not from a module that passes it on";

impl From<Code> for Reason {
    fn from(code: Code) -> Self {
        Self::of_library(code.error_code(), code.message())
    }
}

impl ErrorCode {
    /// Returns the library's text, such as "magic header not detected".
    ///
    /// C: `WasmEdge_ResultGetMessage`. Go: `Error`.
    #[doc(alias = "WasmEdge_ResultGetMessage")]
    #[doc(alias = "Error")]
    pub fn message(self) -> &'static str {
        Code::of_library(self.number()).message()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The codes that are traps, by their names: numbers differ between versions.
const TRAPS: &[(&str, Trap)] = &[
    ("Unreachable", Trap::Unreachable),
    ("MemoryOutOfBounds", Trap::MemoryOutOfBounds),
    ("TableOutOfBounds", Trap::TableOutOfBounds),
    ("UndefinedElement", Trap::UndefinedElement),
    ("UninitializedElement", Trap::UninitializedElement),
    ("IndirectCallTypeMismatch", Trap::IndirectCallTypeMismatch),
    ("DivideByZero", Trap::DivideByZero),
    ("IntegerOverflow", Trap::IntegerOverflow),
    ("InvalidConvToInt", Trap::InvalidConversionToInteger),
    ("RefTypeMismatch", Trap::RefTypeMismatch),
    ("UnalignedAtomicAccess", Trap::UnalignedAtomic),
    ("ExpectSharedMemory", Trap::ExpectedSharedMemory),
    ("HostFuncError", Trap::HostFunction),
    ("CostLimitExceeded", Trap::OutOfFuel),
    ("Interrupted", Trap::Interrupted),
    ("ArrayOutOfBounds", Trap::ArrayOutOfBounds),
    ("CastFailed", Trap::CastFailure),
    ("UncaughtException", Trap::UncaughtException),
    ("CastNullToNonNull", Trap::NullReference),
    ("AccessNullFunc", Trap::NullReference),
    ("AccessNullStruct", Trap::NullReference),
    ("AccessNullArray", Trap::NullReference),
    ("AccessNullI31", Trap::NullReference),
    ("AccessNullException", Trap::NullReference),
];

fn trap(code: ErrorCode) -> Option<Trap> {
    let name = code.name()?;
    let mut traps = TRAPS.iter();
    traps.find_map(|&(own, trap)| (own == name).then_some(trap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_traps_are_those_of_the_headers() {
        let has = |name| sys::ERROR_CODES.iter().any(|&(_, own)| own == name);
        let missing: Vec<_> = TRAPS.iter().filter(|(name, _)| !has(*name)).collect();
        // Each is there in one version at least.
        #[cfg(wasmedge_0_17)]
        assert!(missing.is_empty(), "{missing:?}");
        #[cfg(not(wasmedge_0_17))]
        assert!(missing.len() < TRAPS.len() - 14, "{missing:?}");
    }
}
