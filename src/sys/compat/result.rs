//! Results.

use core::fmt;

use crate::error::{Error, ErrorKind, Meaning, Result, Trap};
use crate::sys::{self, WasmEdge_Result};

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

    const fn is_user_level(self) -> bool {
        self.0 >> 24 != 0
    }

    /// The library's text for the code.
    pub(crate) fn message(self) -> &'static str {
        // SAFETY: any number may be asked; the text is a constant of the library, or null.
        let text = unsafe {
            sys::string::static_text(sys::WasmEdge_ResultGetMessage(WasmEdge_Result {
                Code: self.0,
            }))
        };
        text.unwrap_or("unknown error")
    }

    /// What the code says of an execution.
    pub(crate) fn meaning(self) -> Meaning {
        if self.is_user_level() {
            return Meaning::User(self.number());
        }
        if self.0 == TERMINATE.Code {
            return Meaning::Terminated;
        }
        trap(self.number()).map_or(Meaning::Other, Meaning::Trap)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The name of a code; the numbers changed in 0.14, the names did not.
pub(crate) fn error_name(number: u32) -> Option<&'static str> {
    let mut named = sys::ERROR_CODES.iter();
    named.find_map(|(own, name)| (*own == number).then_some(*name))
}

fn trap(number: u32) -> Option<Trap> {
    Some(match error_name(number)? {
        "Unreachable" => Trap::Unreachable,
        "MemoryOutOfBounds" => Trap::MemoryOutOfBounds,
        "TableOutOfBounds" => Trap::TableOutOfBounds,
        "UndefinedElement" => Trap::UndefinedElement,
        "UninitializedElement" => Trap::UninitializedElement,
        "IndirectCallTypeMismatch" => Trap::IndirectCallTypeMismatch,
        "DivideByZero" => Trap::DivideByZero,
        "IntegerOverflow" => Trap::IntegerOverflow,
        "InvalidConvToInt" => Trap::InvalidConversionToInteger,
        "RefTypeMismatch" => Trap::RefTypeMismatch,
        "UnalignedAtomicAccess" => Trap::UnalignedAtomic,
        "ExpectSharedMemory" => Trap::ExpectedSharedMemory,
        "HostFuncError" => Trap::HostFunction,
        "CostLimitExceeded" => Trap::OutOfFuel,
        "Interrupted" => Trap::Interrupted,
        "ArrayOutOfBounds" => Trap::ArrayOutOfBounds,
        "CastFailed" => Trap::CastFailure,
        "UncaughtException" => Trap::UncaughtException,
        "CastNullToNonNull"
        | "AccessNullFunc"
        | "AccessNullStruct"
        | "AccessNullArray"
        | "AccessNullI31"
        | "AccessNullException" => Trap::NullReference,
        _ => return None,
    })
}
