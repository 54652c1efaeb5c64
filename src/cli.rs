//! The command-line tools of WasmEdge, as functions.
//!
//! They write to the standard output and standard error of the process, partly through C++ streams
//! that they detach from those of C: what they print may come later than what the program prints.

use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::ffi::{c_char, c_int};
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;
use crate::host::plugin;
use crate::library::door::{self, Purpose};
use crate::library::{self, log};
use crate::module::Module;
use crate::native::compiler::{Turn, check_room};
use crate::vocabulary::{Error, ExternType, FuncType, Proposal, Quoted, Result, ValType};
use crate::{compat, sys};

/// Runs `wasmedge`: a WebAssembly module or what the library compiled from one, by path.
///
/// The first argument is the program's name. Returns the exit code: that of the guest, 134 when it
/// trapped, 1 when it could not be run.
///
/// C: `WasmEdge_Driver_Tool`. Go: `RunWasmEdgeCLI`.
///
/// # Errors
///
/// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for what the library would abort at: a NUL in
/// an argument, an empty path, a relative one when there is no current directory, an argument that
/// is not a number where the function takes one, a `WASMEDGE_PLUGIN_PATH` that ends in a colon.
/// Functions are looked up in modules; in native shared libraries, and behind options of plug-ins
/// that this crate does not know, numbers are not checked.
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a second run from 0.14.1 to
/// 0.17.0; see below.
///
/// # Safety
///
/// * What is run must be trusted as native code is: the library runs compiled code in a file, which
///   it loads as a shared library where it is one, without the checks of this crate.
/// * It loads the plug-ins in the default folders, with the contract of
///   [`plugin::load_default_paths`].
/// * No other thread may use the library's compiled code or its log meanwhile: signal handlers and
///   the log level are the process's. The level is put back afterwards.
/// * From 0.14.1 to 0.17.0 the library has no log afterwards, and crashes when it wants to log:
///   there, this must be the last use of it in the process.
///
/// # Examples
///
/// ```no_run
/// use wasmedge::cli;
///
/// // SAFETY: a module of the program's own, and nothing else runs.
/// let code = unsafe { cli::tool(["wasmedge", "--reactor", "fibonacci.wasm", "fib", "21"]) }?;
/// std::process::exit(code);
/// # #[allow(unreachable_code)]
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_Driver_Tool")]
#[doc(alias = "RunWasmEdgeCLI")]
pub unsafe fn tool(args: impl IntoIterator<Item = impl Into<OsString>>) -> Result<i32> {
    // SAFETY: the caller vouches for what the arguments name, as the tool runs it.
    unsafe { run(Tool::Run, args, sys::WasmEdge_Driver_Tool) }
}

/// Runs `wasmedgec`: compiles a module, from one path to another.
///
/// The first argument is the program's name. Returns the exit code, 0 or 1.
///
/// C: `WasmEdge_Driver_Compiler`. Go: `RunWasmEdgeAOTCompilerCLI`.
///
/// # Errors
///
/// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for what the library would abort at: a NUL in
/// an argument, an empty path, a relative one when there is no current directory.
/// [`ErrorKind::Write`](crate::ErrorKind::Write) when the disk has less room than the compiler may
/// need, as for [`Compiler::compile_bytes`](crate::Compiler::compile_bytes), and
/// [`ErrorKind::Thread`](crate::ErrorKind::Thread) when the system has no threads for its linker.
///
/// # Safety
///
/// * No code in C++ that is not the library's may use the standard streams of C++ (`std::cout`)
///   meanwhile: the tool detaches them from those of C, which takes no lock.
/// * Before 0.17 no code may compile meanwhile but through this crate, whose compilers wait: the
///   library's linker keeps its state in globals.
///
/// The log level is the process's, and put back afterwards.
///
/// # Examples
///
/// ```no_run
/// use wasmedge::cli;
///
/// // SAFETY: no other code compiles, and none in C++ writes to the standard streams.
/// let code = unsafe { cli::compiler(["wasmedgec", "fibonacci.wasm", "fibonacci.aot.wasm"]) }?;
/// assert_eq!(code, 0);
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_Driver_Compiler")]
#[doc(alias = "RunWasmEdgeAOTCompilerCLI")]
pub unsafe fn compiler(args: impl IntoIterator<Item = impl Into<OsString>>) -> Result<i32> {
    // SAFETY: the caller vouches for what the arguments name.
    unsafe { run(Tool::Compile, args, sys::WasmEdge_Driver_Compiler) }
}

/// Runs both tools in one: `run` and `compile` are commands; without one of them it is [`tool`].
///
/// C: `WasmEdge_Driver_UniTool`. Go: `RunWasmEdgeUnifiedCLI`.
///
/// # Errors
///
/// Same as [`tool`] and [`compiler`].
///
/// # Safety
///
/// Same as [`tool`] and [`compiler`].
///
/// # Examples
///
/// ```no_run
/// use wasmedge::cli;
///
/// // SAFETY: a module of the program's own, and nothing else runs.
/// let code = unsafe { cli::unified(["wasmedge", "run", "--reactor", "fib.wasm", "fib", "21"]) }?;
/// assert_eq!(code, 0);
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_Driver_UniTool")]
#[doc(alias = "RunWasmEdgeUnifiedCLI")]
pub unsafe fn unified(args: impl IntoIterator<Item = impl Into<OsString>>) -> Result<i32> {
    // SAFETY: the caller vouches for what the arguments name, as the tool runs it.
    unsafe { run(Tool::Both, args, sys::WasmEdge_Driver_UniTool) }
}

/// What the library offers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    Run,
    Compile,
    Both,
}

/// Whether a run has left the library without a log.
static LOG_IS_GONE: AtomicBool = AtomicBool::new(false);

type Driver = unsafe extern "C-unwind" fn(c_int, *mut *const c_char) -> c_int;

/// # Safety
///
/// Same as [`tool`] and [`compiler`]; `driver` is one of the library's.
unsafe fn run(
    tool: Tool,
    args: impl IntoIterator<Item = impl Into<OsString>>,
    driver: Driver,
) -> Result<i32> {
    library::ready()?;
    let args = args
        .into_iter()
        .map(|arg| {
            let arg = arg.into();
            CString::new(arg.as_encoded_bytes()).map_err(|_| {
                Error::invalid(format!(
                    "the argument {} has a NUL in it, where C would cut it off",
                    Quoted::path(&arg)
                ))
            })
        })
        .collect::<Result<Vec<_>>>()?;
    plugin::check_variable()?;
    let bytes: Vec<_> = args.iter().map(CString::as_bytes).collect();
    let line = Line::read(tool, bytes.get(1..).unwrap_or_default());
    line.check()?;
    if let (true, [input, output, ..]) = (line.compile, &*line.words) {
        // Counting is turned on by options of this family.
        let counts = bytes.iter().any(|arg| arg.starts_with(b"--enable-"));
        check_room(as_path(input), as_path(output), counts)?;
    }

    let len = c_int::try_from(args.len()).map_err(|_| Error::invalid("too many arguments"))?;
    let mut pointers: Vec<_> = args.iter().map(|arg| arg.as_ptr()).collect();
    pointers.push(ptr::null());
    // The tools load plug-ins and set their options.
    let _alone = plugin::writing();
    if LOG_IS_GONE.load(Ordering::Relaxed) {
        return Err(Error::unsupported(
            "another run in this process",
            "from 0.14.1 to 0.17.0 the first one leaves the library without a log; start a process",
        ));
    }
    // What is taken for a path here may still be the command there.
    let compiles = line.compile || tool == Tool::Both && bytes.contains(&&b"compile"[..]);
    let _turn = compiles.then(Turn::wait).transpose()?;
    let _level = log::Tool::starts();
    let purpose = if compiles {
        Purpose::Compiler
    } else {
        Purpose::Tool
    };
    let _inside = door::open(purpose, "a tool")?;
    // SAFETY: the strings end in NUL and live during the call, as does the array, which ends in
    // null; the rest is promised by the caller.
    let code = unsafe { driver(len, pointers.as_mut_ptr()) };
    if !line.compile && !compat::WASI_LOGGING_CAN_BE_FREED {
        // It made a module of `wasi_logging` and freed it.
        LOG_IS_GONE.store(true, Ordering::Relaxed);
    }
    Ok(code)
}

/// A command line, split as the library does it (`lib/po/argument_parser.cpp`).
struct Line<'a> {
    compile: bool,
    reactor: bool,
    /// What follows the options: the path first.
    words: Vec<&'a [u8]>,
}

impl<'a> Line<'a> {
    fn read(tool: Tool, mut args: &[&'a [u8]]) -> Self {
        let mut line = Self {
            compile: tool == Tool::Compile,
            reactor: false,
            words: Vec::new(),
        };
        let mut commands = tool == Tool::Both;
        // Whether the option before wants a value.
        let mut wanting = false;
        while let Some((&arg, rest)) = args.split_first() {
            if arg == b"--" {
                line.words = rest.to_vec();
                break;
            }
            match arg.strip_prefix(b"--") {
                Some(option) => {
                    line.reactor |= option == b"reactor";
                    wanting = !option.contains(&b'=') && !is_switch(option);
                }
                None if arg.len() > 1 && arg[0] == b'-' => wanting = false,
                None if wanting => wanting = false,
                None if commands && (arg == b"run" || arg == b"compile") => {
                    commands = false;
                    line.compile = arg == b"compile";
                    line.reactor = false;
                }
                None => {
                    line.words = args.to_vec();
                    break;
                }
            }
            args = rest;
        }
        line
    }

    /// Refuses what the library aborts at.
    fn check(&self) -> Result<()> {
        let paths = if self.compile { 2 } else { 1 };
        for path in self.words.iter().take(paths) {
            if path.is_empty() {
                return Err(Error::invalid("a path on the command line is empty"));
            }
            if path[0] != b'/' && env::current_dir().is_err() {
                return Err(Error::invalid(format!(
                    "the path {} is relative, and there is no current directory; give an absolute \
                     one",
                    Quoted::bytes(path)
                )));
            }
        }
        match &*self.words {
            [path, args @ ..] if !self.compile => self.check_numbers(path, args),
            _ => Ok(()),
        }
    }

    /// Looks up the function that is going to be called, as the library does (`Tool` in
    /// `lib/driver/runtimeTool.cpp`), and compares the arguments with its type.
    fn check_numbers(&self, path: &[u8], args: &[&[u8]]) -> Result<()> {
        // What cannot be loaded here either cannot be run or is a native library.
        let Some(module) = load(path) else {
            return Ok(());
        };
        let find = |name: &[u8]| {
            let mut exports = module.exports();
            exports.find_map(|export| match export.ty() {
                ExternType::Func(ty) if export.name().as_bytes() == name => Some(ty.clone()),
                _ => None,
            })
        };
        let mut args = args.to_vec();
        if let (false, Some(start)) = (self.reactor, find(b"_start")) {
            if start == FuncType::new([], []) {
                // A command: its arguments are its own.
                return Ok(());
            }
            args.insert(0, b"_start");
        }
        let Some((name, args)) = args.split_first() else {
            return Ok(());
        };
        let ty = find(name).unwrap_or_else(|| FuncType::new([], []));
        // Those beyond the parameters are read as `i64`.
        let types = ty.params().iter().copied();
        for (arg, ty) in args
            .iter()
            .zip(types.chain(std::iter::repeat(ValType::I64)))
        {
            if !is_number(arg, ty) {
                return Err(Error::invalid(format!(
                    "the argument {} is no {ty}, which the function {} takes",
                    Quoted::bytes(arg),
                    Quoted::bytes(name)
                )));
            }
        }
        Ok(())
    }
}

/// Whether an option has no value.
fn is_switch(option: &[u8]) -> bool {
    const SWITCHES: [&str; 10] = [
        "allow-af-unix",
        "allow-command-all",
        "coredump-for-wasmgdb",
        "dump",
        "force-interpreter",
        "generic-binary",
        "help",
        "interruptible",
        "reactor",
        "version",
    ];
    const FAMILIES: [&str; 3] = ["enable-", "disable-", "wasm-"];
    SWITCHES.iter().any(|name| option == name.as_bytes())
        || FAMILIES
            .iter()
            .any(|name| option.starts_with(name.as_bytes()))
}

fn as_path(arg: &[u8]) -> &Path {
    // SAFETY: the bytes are those of an `OsString`.
    Path::new(unsafe { OsStr::from_encoded_bytes_unchecked(arg) })
}

/// Loads a module to look at it, with whatever the library knows.
fn load(path: &[u8]) -> Option<Module> {
    let mut config = Config::new().ok()?;
    for proposal in [
        Proposal::TailCall,
        Proposal::MultiMemories,
        Proposal::ExtendedConst,
        Proposal::Threads,
        Proposal::ExceptionHandling,
        Proposal::FunctionReferences,
        Proposal::Gc,
        Proposal::Memory64,
        Proposal::RelaxedSimd,
    ] {
        // SAFETY: nothing is run.
        let _ = unsafe { config.enable_unchecked(proposal) };
    }
    Module::from_file(&config, as_path(path)).ok()
}

/// Whether C++ reads a number of this type without throwing: `stol`, `stof` and the like.
fn is_number(text: &[u8], ty: ValType) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let in_range = |smallest: f64, largest: f64| match text.parse::<f64>() {
        Ok(number) if number.is_finite() => {
            number == 0.0 || (smallest..=largest).contains(&number.abs())
        }
        // A number that is too large, or the word for infinity.
        Ok(number) => number.is_nan() || !text.contains(|c: char| c.is_ascii_digit()),
        Err(_) => false,
    };
    match ty {
        ValType::I32 | ValType::I64 => text.parse::<i64>().is_ok(),
        ValType::F32 => in_range(f32::MIN_POSITIVE.into(), f32::MAX.into()),
        ValType::F64 => in_range(f64::MIN_POSITIVE, f64::MAX),
        // Not read at all.
        ValType::V128 | ValType::FuncRef | ValType::ExternRef => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(tool: Tool, args: &[&'a str]) -> Line<'a> {
        let args: Vec<_> = args.iter().map(|arg| arg.as_bytes()).collect();
        Line::read(tool, &args)
    }

    #[test]
    fn the_path_is_the_first_word_after_the_options() {
        for args in [
            &["a.wasm", "--reactor"][..],
            &["--dir", ".", "a.wasm", "--reactor"],
            &["--dir=.", "--enable-all", "a.wasm", "--reactor"],
            &["-v", "--time-limit", "10", "--", "a.wasm", "--reactor"],
        ] {
            let line = line(Tool::Run, args);
            assert_eq!(line.words, [&b"a.wasm"[..], b"--reactor"], "{args:?}");
            assert!(!line.reactor && !line.compile);
        }
        assert!(line(Tool::Run, &["--reactor", "a.wasm"]).reactor);
        assert!(line(Tool::Run, &["--dir", "a"]).words.is_empty());
    }

    #[test]
    fn commands_are_those_of_the_unified_tool() {
        let compile = line(Tool::Both, &["compile", "--dump", "a", "b"]);
        assert!(compile.compile);
        assert_eq!(compile.words, [b"a", b"b"]);
        assert!(!line(Tool::Both, &["run", "--reactor", "compile"]).compile);
        assert_eq!(line(Tool::Run, &["compile"]).words, [b"compile"]);
        assert!(line(Tool::Compile, &["a", "b"]).compile);
    }

    #[test]
    fn numbers_are_what_c_reads_without_throwing() {
        for (text, ty, good) in [
            ("1", ValType::I32, true),
            ("-9223372036854775808", ValType::I64, true),
            ("9223372036854775808", ValType::I64, false),
            ("", ValType::I32, false),
            ("one", ValType::I32, false),
            ("1.5", ValType::F32, true),
            ("1e39", ValType::F32, false),
            ("1e-46", ValType::F32, false),
            ("0", ValType::F32, true),
            ("1e39", ValType::F64, true),
            ("1e400", ValType::F64, false),
            ("inf", ValType::F64, true),
            ("nan", ValType::F64, true),
            ("x", ValType::V128, true),
        ] {
            assert_eq!(is_number(text.as_bytes(), ty), good, "{text} {ty}");
        }
    }
}
