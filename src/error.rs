//! What can go wrong, said so that the program and its user can act on it.

use core::any::Any;
use core::fmt;
use core::str::Utf8Error;
use core::time::Duration;
use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use crate::sys::compat::{self, Code};
use crate::types::{ExternType, FuncType, ValType};
use crate::version::Version;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// The error of a host function on its way to the caller of the wasm.
pub(crate) type BoxedError = Box<dyn StdError + Send + Sync>;

/// Any error of this crate. One pointer wide; [`kind`](Self::kind) tells what happened.
///
/// A host function may make one and return it, to end the wasm that called it: [`Error::exit`],
/// [`Error::user`], [`Error::host`], or a [`Trap`] with `.into()`. The outer call then returns just
/// that error.
///
/// # Examples
///
/// ```
/// use wasmedge::{ErrorKind, Trap, Vm};
///
/// let wasm = wat::parse_str(r#"(module (func (export "f") unreachable))"#)?;
/// let error = Vm::new(())?.run_bytes::<(), ()>(&wasm, "f", ()).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Trap(Trap::Unreachable)));
/// assert_eq!(error.to_string(), "wasm trap: unreachable instruction executed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_Result")]
pub struct Error(Box<ErrorKind>);

/// What happened; see [`Error::kind`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The path as the program gave it.
        path: PathBuf,
        /// What the operating system, or the check before it, said.
        source: io::Error,
    },

    /// A file could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The path as the program gave it.
        path: PathBuf,
        /// What the operating system, or the check before it, said.
        source: io::Error,
    },

    /// A module could not be compiled to native code.
    #[error("cannot compile to `{}`: {reason}", output.display())]
    Compile {
        /// Where the outcome was to go; nothing was written there.
        output: PathBuf,
        /// What is wrong with the module, or went wrong in the compiler.
        reason: Reason,
    },

    /// The bytes are not a WebAssembly module that the library can load.
    #[error("cannot load the module: {reason}")]
    Load {
        /// What is wrong with the bytes.
        reason: Reason,
    },

    /// The module loaded, but is not valid WebAssembly under the configured proposals.
    #[error("the module is not valid: {reason}")]
    Validate {
        /// The rule that is broken.
        reason: Reason,
    },

    /// An import of the module is not there, or is of another type.
    #[error("cannot link import `{module}` `{name}` ({expected}): {found}")]
    Link {
        /// The module name of the import.
        module: Box<str>,
        /// The item name of the import.
        name: Box<str>,
        /// The type that the module wants.
        expected: ExternType,
        /// What the store has instead.
        found: LinkFound,
    },

    /// The module is valid and linked, and could still not be instantiated.
    #[error("cannot instantiate the module: {reason}")]
    Instantiate {
        /// What went wrong.
        reason: Reason,
    },

    /// A module with this name is in the store already.
    #[error("a module named `{name}` is registered in this store already")]
    NameTaken {
        /// The name.
        name: Box<str>,
    },

    /// A host module has an item with this name already.
    #[error("host module `{module}` has an export `{name}` already")]
    DuplicateExport {
        /// The host module.
        module: Box<str>,
        /// The name of the item.
        name: Box<str>,
    },

    /// An instance has no export of this name and kind.
    #[error("no exported {kind} `{name}`; {}", Exported(available))]
    NoSuchExport {
        /// `function`, `memory`, ….
        kind: &'static str,
        /// The name that was asked for.
        name: Box<str>,
        /// The exports of that kind that there are.
        available: Vec<Box<str>>,
    },

    /// A function was asked for, or called, with a type that is not its own.
    #[error("function type mismatch: the function is {actual}, used as {requested}")]
    Signature {
        /// The function's own type.
        actual: FuncType,
        /// The type it was used as.
        requested: FuncType,
    },

    /// A dynamic call gave room for another number of results than the function has.
    #[error("the function has {actual} results, the results slice has room for {room}")]
    ResultCount {
        /// How many results the function has.
        actual: usize,
        /// The length of the slice.
        room: usize,
    },

    /// A host function gave results of other types than its own.
    #[error("a host function of type {ty} gave {found} in place of its results")]
    HostResults {
        /// The function's type.
        ty: FuncType,
        /// The results it gave, as a type without parameters.
        found: FuncType,
    },

    /// A value is not of the type that a table, a global or a function wants.
    #[error("the {what} holds {expected}, and cannot hold {found}")]
    WrongType {
        /// `table` or `global`.
        what: &'static str,
        /// The type it holds.
        expected: ValType,
        /// The type of the value.
        found: ValType,
    },

    /// A global that keeps its first value was to be set.
    #[error("the global is constant and cannot be set")]
    ConstGlobal,

    /// Elements that a table does not have.
    #[error("table access out of bounds: {len} elements at {index}, the table has {size}")]
    TableAccess {
        /// The first element.
        index: u64,
        /// How many.
        len: u64,
        /// How many the table has.
        size: u64,
    },

    /// A memory or a table cannot grow that far.
    #[error("cannot grow the {what} of {size} {unit} by {delta}: {max} is the most")]
    Grow {
        /// `memory` or `table`.
        what: &'static str,
        /// `pages` or `elements`.
        unit: &'static str,
        /// The present size.
        size: u64,
        /// By how much it was to grow.
        delta: u64,
        /// The largest size.
        max: u64,
    },

    /// An access to a memory from the host reaches past the end of the memory. Nothing was read or
    /// written.
    #[error("memory access out of bounds: {len} bytes at {offset}, the memory has {size} bytes")]
    MemoryAccess {
        /// Where the access starts.
        offset: u64,
        /// How many bytes it has.
        len: u64,
        /// The size of the memory in bytes.
        size: u64,
    },

    /// An atomic access to a memory whose offset is not a multiple of its size.
    #[error("unaligned atomic access: {offset} is not a multiple of {align}")]
    MemoryAlignment {
        /// Where the access starts.
        offset: u64,
        /// How many bytes it has.
        align: u64,
    },

    /// What was read from a memory as a string is not UTF-8.
    #[error("the {len} bytes at {offset} of the memory are no string: {source}")]
    MemoryString {
        /// Where the string starts.
        offset: u64,
        /// How many bytes it has.
        len: u64,
        /// Where it is not UTF-8.
        source: Utf8Error,
    },

    /// The system has no address space, or no memory, for the memory of a guest.
    #[error("the system has no room for a memory of {pages} pages")]
    NoMemory {
        /// The size of the memory in pages.
        pages: u64,
    },

    /// No instance of this name is registered.
    #[error("no module `{name}` is registered; there is {}", Listed(registered))]
    NoSuchInstance {
        /// The name that was asked for.
        name: Box<str>,
        /// The names that are registered.
        registered: Vec<Box<str>>,
    },

    /// A path has no plug-in that could be loaded.
    #[error(
        "no plug-in was loaded from `{}`: there is none for this version of the library, or it is \
         loaded already",
        path.display()
    )]
    PluginNotLoaded {
        /// The path as the program gave it.
        path: PathBuf,
    },

    /// A plug-in that is needed is not loaded.
    #[error("plug-in `{name}` is not loaded; there is {}", Listed(loaded))]
    NoSuchPlugin {
        /// The name of the plug-in.
        name: Box<str>,
        /// The plug-ins that are loaded.
        loaded: Vec<Box<str>>,
    },

    /// A plug-in has no module of this name, or could not make it.
    #[error(
        "plug-in `{plugin}` gave no module `{module}`; it has {}",
        Listed(available)
    )]
    NoSuchPluginModule {
        /// The name of the plug-in.
        plugin: Box<str>,
        /// The name of the module.
        module: Box<str>,
        /// The modules of the plug-in.
        available: Vec<Box<str>>,
    },

    /// WebAssembly code trapped.
    #[error("wasm trap: {0}")]
    Trap(Trap),

    /// The code was stopped because its time was over: that of
    /// [`with_timeout`](crate::Store::with_timeout) or a `call_timeout`. An interrupt from elsewhere
    /// that came first is [`Trap::Interrupted`].
    #[error("the code was stopped after {0:?}")]
    Timeout(Duration),

    /// The operating system could not start a thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),

    /// The program inside the guest ended itself with this exit code: WASI's `proc_exit`, or a host
    /// function that returned [`Error::exit`]. Code 0 is the guest's success, yet the call that was
    /// running has no results.
    #[error("the guest exited with code {0}")]
    Exit(u32),

    /// A host function failed with a number of its own, 24 bits wide; see [`Error::user`].
    #[error("host function failed with user code {0}")]
    User(u32),

    /// A host function of the program returned this error; see [`Error::downcast_ref`].
    #[error("host function failed: {0}")]
    Host(#[source] BoxedError),

    /// A [`Vm`](crate::Vm) was asked for a step whose turn it is not.
    #[error("cannot {action}: {missing}")]
    Order {
        /// The step.
        action: &'static str,
        /// What has to come first.
        missing: &'static str,
    },

    /// The arguments of a call of this crate make no sense; C would abort or misread them.
    #[error("{0}")]
    Invalid(String),

    /// This version of the library, or this crate's safe API, does not do that.
    #[error("unsupported: {what} ({why})")]
    Unsupported {
        /// What was asked for.
        what: Box<str>,
        /// Why it is not to be had.
        why: Box<str>,
    },

    /// The WasmEdge that the program runs with is not the one it was built with.
    #[error(
        "the program was built with the headers of WasmEdge {headers} and runs with the library of \
         WasmEdge {library}; their interfaces differ though their file name is the same: rebuild \
         the program, or let it load the library of version {headers}"
    )]
    VersionMismatch {
        /// The version of the headers at build time.
        headers: Version,
        /// The version of the loaded library.
        library: Version,
    },

    /// The library could not make a context: it is out of memory.
    #[error("WasmEdge could not create a {what}: out of memory")]
    NotCreated {
        /// The kind of context.
        what: &'static str,
    },

    /// An error of the library that has no kind of its own here.
    #[error("WasmEdge: {0}")]
    Library(Reason),
}

/// What a store has in place of an import; part of [`ErrorKind::Link`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkFound {
    /// No module of that name is registered; these are.
    NoModule(Vec<Box<str>>),
    /// The module is there, and has no such export.
    NoItem,
    /// The export is there, with this type.
    Item(ExternType),
    /// The export is there, with a type that this crate has no name for.
    UnknownType,
}

impl fmt::Display for LinkFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoModule(registered) if registered.is_empty() => {
                f.write_str("no module is registered in the store")
            }
            Self::NoModule(registered) => {
                f.write_str("no module of that name is registered, only ")?;
                names(f, registered)
            }
            Self::NoItem => f.write_str("the module has no such export"),
            Self::Item(found) => write!(f, "found {found}"),
            Self::UnknownType => f.write_str("found an export whose type is unknown"),
        }
    }
}

/// The library's code for a failure, with its text; or a text of this crate.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason {
    code: Option<Code>,
    text: Box<str>,
}

impl Reason {
    /// The library's code for the failure, where the library found it.
    #[doc(alias = "WasmEdge_ResultGetCode")]
    #[doc(alias = "GetCode")]
    pub fn code(&self) -> Option<ErrorCode> {
        self.code.map(|code| ErrorCode(code.number()))
    }

    /// What went wrong, in words.
    #[doc(alias = "WasmEdge_ResultGetMessage")]
    pub fn message(&self) -> &str {
        &self.text
    }
}

impl From<Code> for Reason {
    fn from(code: Code) -> Self {
        Self {
            code: Some(code),
            text: code.message().into(),
        }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self {
            code: None,
            text: text.into(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.code {
            Some(code) => write!(f, " ({})", ErrorCode(code.number())),
            None => Ok(()),
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
/// Names outlive versions, numbers do not: they all changed in 0.14. A number that the headers do not
/// have stays a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_ErrCode")]
pub struct ErrorCode(u32);

impl ErrorCode {
    /// All codes of the version that this program was built with, in the order of the header.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        crate::sys::ERROR_CODES
            .iter()
            .map(|(number, _)| Self(*number))
    }

    /// The number, 24 bits wide.
    #[doc(alias = "WasmEdge_ResultGetCode")]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The name, such as `MalformedMagic`, if the headers have one.
    pub fn name(self) -> Option<&'static str> {
        compat::error_name(self.0)
    }

    /// The library's text, such as "magic header not detected".
    #[doc(alias = "WasmEdge_ResultGetMessage")]
    #[doc(alias = "Error")]
    pub fn message(self) -> &'static str {
        Code::of_library(self.0).message()
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

/// Why WebAssembly code trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Trap {
    /// The `unreachable` instruction.
    #[error("unreachable instruction executed")]
    Unreachable,
    /// A load, a store or a bulk operation past the end of a memory.
    #[error("out of bounds memory access")]
    MemoryOutOfBounds,
    /// A table access past the end of a table.
    #[error("out of bounds table access")]
    TableOutOfBounds,
    /// `call_indirect` with an index past the end of its table.
    #[error("undefined table element")]
    UndefinedElement,
    /// `call_indirect` on a null entry.
    #[error("uninitialized table element")]
    UninitializedElement,
    /// `call_indirect` on a function of another type.
    #[error("indirect call type mismatch")]
    IndirectCallTypeMismatch,
    /// Integer division or remainder by zero.
    #[error("integer divide by zero")]
    DivideByZero,
    /// An integer division whose result does not fit.
    #[error("integer overflow")]
    IntegerOverflow,
    /// Conversion to an integer of a number that has none.
    #[error("invalid conversion to integer")]
    InvalidConversionToInteger,
    /// A reference of another type than its place allows.
    #[error("reference type mismatch")]
    RefTypeMismatch,
    /// An atomic access whose address is not a multiple of its size.
    #[error("unaligned atomic access")]
    UnalignedAtomic,
    /// An atomic wait on a memory that is not shared.
    #[error("expected shared memory")]
    ExpectedSharedMemory,
    /// A host function of the library or of a plug-in failed.
    #[error("host function failed")]
    HostFunction,
    /// The cost limit is reached.
    #[error("out of fuel")]
    OutOfFuel,
    /// The execution was interrupted from outside.
    #[error("interrupted")]
    Interrupted,
    /// An array access past the end of the array (from 0.14 on).
    #[error("out of bounds array access")]
    ArrayOutOfBounds,
    /// A null reference where none is allowed (from 0.14 on).
    #[error("null reference")]
    NullReference,
    /// A reference cast that failed (from 0.14 on).
    #[error("cast failure")]
    CastFailure,
    /// A WebAssembly exception that nobody caught (from 0.14 on).
    #[error("uncaught exception")]
    UncaughtException,
}

impl Error {
    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Takes the kind out.
    pub fn into_kind(self) -> ErrorKind {
        *self.0
    }

    /// An error of the program, for a host function to return; the caller of the wasm gets it back
    /// by [`downcast`](Self::downcast). The `?` operator in a host closure does the same.
    pub fn host(error: impl Into<BoxedError>) -> Self {
        // An error of this crate that comes through a host function stays what it was.
        match error.into().downcast::<Self>() {
            Ok(own) => *own,
            Err(error) => ErrorKind::Host(error).into(),
        }
    }

    /// Ends the whole guest program, for a host function to return. The outer call returns
    /// [`ErrorKind::Exit`] with this code.
    #[doc(alias = "WasmEdge_Result_Terminate")]
    #[doc(alias = "Result_Terminate")]
    pub fn exit(code: u32) -> Self {
        ErrorKind::Exit(code).into()
    }

    /// A failure with a number of the program's own, for a host function to return.
    ///
    /// # Panics
    ///
    /// If `code` has more than 24 bits, which is all that a result of the library holds.
    #[doc(alias = "WasmEdge_ResultGen")]
    #[doc(alias = "NewResult")]
    pub fn user(code: u32) -> Self {
        assert!(
            code < 1 << 24,
            "a user code has 24 bits; {code:#x} has more"
        );
        ErrorKind::User(code).into()
    }

    /// The trap, if that is what happened.
    pub fn trap(&self) -> Option<Trap> {
        match self.kind() {
            ErrorKind::Trap(trap) => Some(*trap),
            _ => None,
        }
    }

    /// The exit code, if the guest exited.
    pub fn exit_code(&self) -> Option<u32> {
        match self.kind() {
            ErrorKind::Exit(code) => Some(*code),
            _ => None,
        }
    }

    /// The user code, if a host function failed with one.
    #[doc(alias = "GetCode")]
    pub fn user_code(&self) -> Option<u32> {
        match self.kind() {
            ErrorKind::User(code) => Some(*code),
            _ => None,
        }
    }

    /// The program's own error that a host function returned, by reference.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match self.kind() {
            ErrorKind::Host(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// The program's own error that a host function returned, by value.
    ///
    /// # Errors
    ///
    /// The error itself, when it is no host error or one of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use wasmedge::{HostModule, Vm};
    ///
    /// let mut env = HostModule::<()>::new("env");
    /// env.func_wrap("parse", || "twelve".parse::<i32>())?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_host(&env)?;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (import "env" "parse" (func (result i32))) (export "f" (func 0)))"#,
    /// )?;
    /// let error = vm.run_bytes::<(), i32>(&wasm, "f", ()).unwrap_err();
    /// let error: ParseIntError = error.downcast().unwrap();
    /// assert_eq!(error.to_string(), "invalid digit found in string");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn downcast<E: StdError + 'static>(self) -> Result<E, Self> {
        match *self.0 {
            ErrorKind::Host(error) => match error.downcast() {
                Ok(error) => Ok(*error),
                Err(error) => Err(ErrorKind::Host(error).into()),
            },
            kind => Err(kind.into()),
        }
    }

    /// What a failed execution means where no host function left its own error.
    pub(crate) fn from_execution(code: Code) -> Self {
        match code.meaning() {
            Meaning::Trap(trap) => ErrorKind::Trap(trap).into(),
            Meaning::Terminated => ErrorKind::Exit(0).into(),
            Meaning::User(code) => ErrorKind::User(code).into(),
            Meaning::Other => ErrorKind::Library(code.into()).into(),
        }
    }

    /// A failed instantiation: the start function's failure, or the library's own reason.
    pub(crate) fn from_instantiation(code: Code) -> Self {
        match code.meaning() {
            Meaning::Other => ErrorKind::Instantiate {
                reason: code.into(),
            }
            .into(),
            _ => Self::from_execution(code),
        }
    }

    /// Refuses an argument, in words.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        ErrorKind::Invalid(text.into()).into()
    }

    /// Says what is not to be had and why.
    pub(crate) fn unsupported(what: impl Into<Box<str>>, why: impl Into<Box<str>>) -> Self {
        ErrorKind::Unsupported {
            what: what.into(),
            why: why.into(),
        }
        .into()
    }
}

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

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<Trap> for Error {
    fn from(trap: Trap) -> Self {
        ErrorKind::Trap(trap).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// What a host function left in the store when it ended the wasm that called it.
pub(crate) enum Pending {
    /// It returned an error.
    Error(Error),
    /// It panicked with this payload.
    Panic(Box<dyn Any + Send>),
}

/// The end of the message for a missing export: what there is instead.
struct Exported<'a>(&'a [Box<str>]);

impl fmt::Display for Exported<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the instance exports none");
        }
        f.write_str("the instance exports ")?;
        names(f, self.0)
    }
}

/// What there is, or `none`.
struct Listed<'a>(&'a [Box<str>]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("none"),
            all => names(f, all),
        }
    }
}

/// A list of names that stays readable when there are many.
fn names(f: &mut fmt::Formatter<'_>, all: &[Box<str>]) -> fmt::Result {
    const SHOWN: usize = 8;
    for (index, name) in all.iter().take(SHOWN).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}`{name}`")?;
    }
    match all.len().checked_sub(SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, " and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn error_is_send_and_sync() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
    }

    #[test]
    fn own_errors_pass_through_host_unchanged() {
        let error = Error::host(Error::exit(3));
        assert_eq!(error.exit_code(), Some(3));
    }

    #[test]
    #[should_panic(expected = "24 bits")]
    fn user_codes_are_24_bits_wide() {
        let _ = Error::user(1 << 24);
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let all: Vec<Box<str>> = (0..10).map(|n| n.to_string().into()).collect();
        let text = Exported(&all).to_string();
        assert!(text.ends_with("`7` and 2 more"), "{text}");
    }
}
