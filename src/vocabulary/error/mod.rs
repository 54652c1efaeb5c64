//! What can go wrong, said so that the program and its user can act on it.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::path::Path;

mod escape;
mod kind;
mod link;
mod names;
mod reason;
mod trap;

pub(crate) use escape::{Escaped, Quoted};
pub use kind::ErrorKind;
pub use link::LinkFound;
pub(crate) use names::WASI;
pub use reason::{ErrorCode, Reason};
pub use trap::Trap;

/// `Result` with this crate's [`Error`].
///
/// Go: `Result_Success`.
#[doc(alias = "Result_Success")]
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a host function on its way to the caller of the wasm.
pub(crate) type BoxedError = Box<dyn StdError + Send + Sync>;

/// Any error of this crate. One pointer wide; [`kind`](Self::kind) tells what happened.
///
/// The text says what is wrong, where, and what to do about it; `docs/messages.md` in the
/// repository explains each.
///
/// A host function may make one and return it, to end the wasm that called it: [`Error::exit`],
/// [`Error::user`], [`Error::host`], or a [`Trap`]. The outer call then returns just that error.
///
/// C: `WasmEdge_Result`. Go: `Result`.
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
#[doc(alias = "Result")]
pub struct Error(Box<ErrorKind>);

impl Error {
    /// Returns what happened.
    ///
    /// C: `WasmEdge_ResultGetCategory`. Go: `GetErrorCategory`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, ErrorKind, Module};
    ///
    /// let error = Module::new(&Config::new()?, b"not wasm").unwrap_err();
    /// match error.kind() {
    ///     ErrorKind::Load { reason, .. } => println!("{}", reason.message()),
    ///     ErrorKind::Validate { reason, .. } => println!("it is not valid: {reason}"),
    ///     _ => return Err(error),
    /// }
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "GetErrorCategory")]
    #[doc(alias = "WasmEdge_ResultGetCategory")]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Takes the kind out.
    pub fn into_kind(self) -> ErrorKind {
        *self.0
    }

    /// Returns an error of the program, for a host function to return; the caller of the wasm gets
    /// it back by [`downcast`](Self::downcast). The `?` operator in a host closure does the same.
    ///
    /// C: `WasmEdge_Result_Fail`. Go: `Result_Fail`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Error, ErrorKind, Func, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let fail = Func::wrap(&mut store, || Err::<(), _>(Error::host("no more paper")))?;
    /// let error = fail.call(&mut store, &[], &mut []).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Host(_)));
    /// assert_eq!(error.to_string(), "host function failed: no more paper");
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_Result_Fail")]
    #[doc(alias = "Result_Fail")]
    pub fn host(error: impl Into<BoxedError>) -> Self {
        // An error of this crate that comes through a host function stays what it was, and a trap
        // is one.
        let error = match error.into().downcast::<Self>() {
            Ok(own) => return *own,
            Err(error) => error,
        };
        match error.downcast::<Trap>() {
            Ok(trap) => Self::from(*trap),
            Err(error) => ErrorKind::Host(error).into(),
        }
    }

    /// Ends the whole guest program, for a host function to return. The outer call returns
    /// [`ErrorKind::Exit`] with this code.
    ///
    /// C: `WasmEdge_Result_Terminate`. Go: `Result_Terminate`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Error, HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("quit", |code: u32| Err::<(), _>(Error::exit(code)))?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "quit" (func $quit (param i32)))
    ///          (func (export "run") (call $quit (i32.const 3)) unreachable))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_host(&env)?;
    /// let error = vm.run_bytes::<(), ()>(&wasm, "run", ()).unwrap_err();
    /// assert_eq!(error.exit_code(), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_Result_Terminate")]
    #[doc(alias = "Result_Terminate")]
    pub fn exit(code: u32) -> Self {
        ErrorKind::Exit(code).into()
    }

    /// Returns a failure with a number of the program's own, for a host function to return.
    ///
    /// C: `WasmEdge_ResultGen`. Go: `NewResult`.
    ///
    /// # Panics
    ///
    /// If `code` has more than 24 bits, which is all that a result of the library holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Error, Func, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let fail = Func::wrap(&mut store, || Err::<(), _>(Error::user(5566)))?;
    /// let error = fail.call(&mut store, &[], &mut []).unwrap_err();
    /// assert_eq!(error.user_code(), Some(5566));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ResultGen")]
    #[doc(alias = "NewResult")]
    pub fn user(code: u32) -> Self {
        assert!(
            code < 1 << 24,
            "a user code has 24 bits, which the number {code:#x} does not fit in"
        );
        ErrorKind::User(code).into()
    }

    /// Returns the trap, if that is what happened.
    pub fn trap(&self) -> Option<Trap> {
        match self.kind() {
            ErrorKind::Trap(trap) => Some(*trap),
            _ => None,
        }
    }

    /// Returns the exit code, if the guest exited. A program for WASI may do that with code 0, too,
    /// and has ended as well then as one that returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Vm};
    ///
    /// # let guest = wat::parse_str(
    /// #     r#"(module
    /// #          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    /// #          (memory (export "memory") 1)
    /// #          (func (export "_start") (call $exit (i32.const 0))))"#,
    /// # )?;
    /// let mut vm = Vm::with_config(Config::new()?.wasi(true), ())?;
    /// let code = match vm.run_bytes::<(), ()>(&guest, "_start", ()) {
    ///     Ok(()) => 0,
    ///     Err(error) => error.exit_code().ok_or(error)?,
    /// };
    /// assert_eq!(code, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exit_code(&self) -> Option<u32> {
        match self.kind() {
            ErrorKind::Exit(code) => Some(*code),
            _ => None,
        }
    }

    /// Returns the user code, if a host function failed with one.
    ///
    /// Go: `GetCode`.
    #[doc(alias = "GetCode")]
    pub fn user_code(&self) -> Option<u32> {
        match self.kind() {
            ErrorKind::User(code) => Some(*code),
            _ => None,
        }
    }

    /// Returns the program's own error that a host function returned, by reference.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use wasmedge::{Func, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let read = Func::wrap(&mut store, || {
    ///     Err::<(), _>(io::Error::new(io::ErrorKind::NotFound, "no such file"))
    /// })?;
    /// let error = read.call(&mut store, &[], &mut []).unwrap_err();
    /// let inner = error.downcast_ref::<io::Error>().expect("that of the host function");
    /// assert_eq!(inner.kind(), io::ErrorKind::NotFound);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match self.kind() {
            ErrorKind::Host(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// Takes the program's own error out that a host function returned.
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

    /// Says what file the module came from that is not as it should be.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        if let ErrorKind::Load { path, .. }
        | ErrorKind::Validate { path, .. }
        | ErrorKind::Compile { input: path, .. } = &mut *self.0
        {
            *path = Some(file.to_owned());
        }
        self
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

/// The sentence and what is behind it, for a `main` that returns the error. The alternate form,
/// `{:#?}`, is the structure.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return fmt::Debug::fmt(&self.0, f);
        }
        fmt::Display::fmt(self, f)?;
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            causes.push(cause);
            next = cause.source();
        }
        if !causes.is_empty() {
            f.write_str("\n\nCaused by:")?;
        }
        for (index, cause) in causes.iter().enumerate() {
            match causes.len() {
                1 => write!(f, "\n    {}", Escaped(&cause.to_string()))?,
                _ => write!(f, "\n    {index}: {}", Escaped(&cause.to_string()))?,
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    /// What is behind the error that the text quotes: a report that goes through the sources says
    /// each thing once. The quoted error itself is in the [`kind`](Self::kind).
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()?.source()
    }
}

/// What a host function left in the store when it ended the wasm that called it.
pub(crate) enum Pending {
    /// It returned an error.
    Error(Error),
    /// It panicked with this payload.
    Panic(Box<dyn Any + Send>),
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
    fn a_report_of_the_sources_says_each_thing_once() {
        let report = |error: Error| format!("{:#}", anyhow::Error::new(error));
        let cause = || anyhow::anyhow!("no network").context("cannot fetch");
        let host = Error::host(cause());
        assert_eq!(
            report(host),
            "host function failed: cannot fetch: no network"
        );
        let own = anyhow::Error::new(Error::from(Trap::Unreachable));
        let text = "host function failed: wasm trap: unreachable instruction executed";
        assert_eq!(report(Error::host(own)), text);
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        let path = "guest.wasm".into();
        let read = Error::from(ErrorKind::Read { path, source });
        assert_eq!(report(read), "cannot read `guest.wasm`: entity not found");
    }

    #[test]
    fn error_is_send_and_sync() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
    }

    #[test]
    fn debug_is_the_sentence_with_its_causes() {
        let trap = Error::from(Trap::Unreachable);
        assert_eq!(
            format!("{trap:?}"),
            "wasm trap: unreachable instruction executed"
        );
        assert_eq!(
            format!("{trap:#?}").replace([' ', '\n'], ""),
            "Trap(Unreachable,)"
        );
        let one = anyhow::anyhow!("no network").context("cannot fetch");
        assert_eq!(
            format!("{:?}", Error::host(one)),
            "host function failed: cannot fetch\n\nCaused by:\n    no network"
        );
        let two = anyhow::anyhow!("a\n\u{1b}").context("b").context("c");
        assert_eq!(
            format!("{:?}", Error::host(two)),
            "host function failed: c\n\nCaused by:\n    0: b\n    1: a\\n\\u{1b}"
        );
        // As a `main` that returns it in a box prints it.
        let boxed: Box<dyn StdError> = Error::exit(3).into();
        assert_eq!(format!("{boxed:?}"), "the guest exited with code 3");
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
}
