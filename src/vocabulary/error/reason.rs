//! What the library says, by number, name and text.

use std::fmt;

use super::Escaped;
use crate::sys;

/// The library's code for a failure, with its text; or a text of this crate.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason {
    code: Option<ErrorCode>,
    text: Box<str>,
    /// What the program may do about it.
    hint: &'static str,
}

impl Reason {
    /// Returns the library's code for the failure, where the library found it.
    ///
    /// C: `WasmEdge_ResultGetCode`. Go: `GetCode`.
    #[doc(alias = "WasmEdge_ResultGetCode")]
    #[doc(alias = "GetCode")]
    pub fn code(&self) -> Option<ErrorCode> {
        self.code
    }

    /// Returns what went wrong, in words.
    ///
    /// C: `WasmEdge_ResultGetMessage`.
    #[doc(alias = "WasmEdge_ResultGetMessage")]
    pub fn message(&self) -> &str {
        &self.text
    }

    /// A code of the library with its text.
    pub(crate) fn of_library(code: ErrorCode, text: &str) -> Self {
        Self {
            code: Some(code),
            text: text.into(),
            hint: "",
        }
    }

    /// Says more than the library does; nothing where there is nothing to say.
    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self {
            code: None,
            text: text.into(),
            hint: "",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.text).fmt(f)?;
        if let Some(code) = self.code {
            write!(f, " ({code})")?;
        }
        match self.hint {
            "" => Ok(()),
            hint => write!(f, "; {hint}"),
        }
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// A number by which the library says what went wrong, with the name that its headers give it.
///
/// Names outlive versions, numbers do not: they all changed in 0.14. A number that the headers do
/// not have stays a number.
///
/// C: `WasmEdge_ErrCode`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, ErrorCode, ErrorKind, Module, Store};
///
/// // A segment that lies beyond the end of its memory.
/// let wasm = wat::parse_str(r#"(module (memory 1) (data (i32.const 65536) "x"))"#)?;
/// let module = Module::new(&Config::new()?, &wasm)?;
/// let error = Store::new(())?.instantiate(&module).unwrap_err();
/// let ErrorKind::Trap(_) = error.kind() else { panic!("{error}") };
///
/// let code = ErrorCode::all().find(|code| code.name() == Some("MemoryOutOfBounds"));
/// assert_eq!(code.map(ErrorCode::message), Some("out of bounds memory access"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_ErrCode")]
pub struct ErrorCode(u32);

impl ErrorCode {
    /// A code of 24 bits.
    pub(crate) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns all codes of the version that this program was built with, in the order of the
    /// header.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        sys::ERROR_CODES.iter().map(|(number, _)| Self(*number))
    }

    /// Returns the number, 24 bits wide.
    ///
    /// C: `WasmEdge_ResultGetCode`.
    #[doc(alias = "WasmEdge_ResultGetCode")]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Returns the name, such as `MalformedMagic`, if the headers have one.
    pub fn name(self) -> Option<&'static str> {
        let mut named = sys::ERROR_CODES.iter();
        named.find_map(|(own, name)| (*own == self.0).then_some(*name))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "code {:#x}", self.0),
        }
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorCode({:#x}, {self})", self.0)
    }
}
