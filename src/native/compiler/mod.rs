//! WebAssembly to native code, ahead of time.

use std::ffi::{CString, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

mod compile;
mod progress;
mod cache;
mod disk_space;
pub(crate) mod keeper_module;
mod mended;
mod private;
mod scratch;
#[cfg(unix)]
mod signals;
mod threads;
mod weight;

pub use cache::CompileCache;
pub use progress::CompilePhase;

use progress::STACK;

pub(crate) use scratch::Scratch;

use crate::config::{Config, OutputFormat};
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::module::{Binary, Rules, has_compiled_code, native_format};
use crate::vocabulary::{Error, ErrorKind, Reason, Result};
use crate::{compat, sys};

/// Compiles WebAssembly modules to native code, with the compiler of the library.
///
/// To compile is safe; to load what was compiled is not, see
/// [`Module::from_compiled_file`](crate::Module::from_compiled_file). What is compiled is valid
/// WebAssembly: the library checks it first.
///
/// C: `WasmEdge_CompilerContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Compiler, Config, ErrorKind};
///
/// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
/// let folder = tempfile::tempdir()?;
/// let output = folder.path().join("one.aot.wasm");
/// match Compiler::new(&Config::new()?) {
///     Ok(compiler) => compiler.compile_bytes(&wasm, &output)?,
///     // A library that was built without the compiler.
///     Err(error) => assert!(matches!(error.kind(), ErrorKind::Unsupported { .. })),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_CompilerContext")]
pub struct Compiler {
    raw: Owned<sys::WasmEdge_CompilerContext>,
    rules: Rules,
    format: OutputFormat,
    /// Whether the code counts what it does.
    counts: bool,
}

impl Compiler {
    /// Compiles to a private folder beside `output`, and makes sure that the outcome is one.
    fn compile_beside(&self, wasm: &[u8], output: &Path) -> Result<Scratch> {
        let scratch = Scratch::beside(output).map_err(|source| not_written(output, source))?;
        let _compiled = self.compile_within(&scratch, wasm, output, Turn::wait)?;
        Ok(scratch)
    }

    /// Compiles by way of a folder beside `output`, in which nobody else can have changed anything,
    /// and returns the outcome: it may be loaded.
    pub(crate) fn compile_in_private(&self, wasm: &[u8], output: &Path) -> Result<Vec<u8>> {
        self.compile_in_private_when(wasm, output, Turn::wait)
    }

    fn compile_in_private_when<T>(
        &self,
        wasm: &[u8],
        output: &Path,
        turn: impl FnOnce() -> Result<T>,
    ) -> Result<Vec<u8>> {
        let scratch = Scratch::beside(output)
            .and_then(|scratch| scratch.is_private().map(|()| scratch))
            .map_err(|source| not_written(output, source))?;
        self.compile_within(&scratch, wasm, output, turn)
    }

    /// Compiles within a folder. Returns what it left there, as it was when it was made sure of.
    fn compile_within<T>(
        &self,
        scratch: &Scratch,
        wasm: &[u8],
        output: &Path,
        turn: impl FnOnce() -> Result<T>,
    ) -> Result<Vec<u8>> {
        let binary = Binary::read(&self.rules, wasm)
            .or_else(|refusal| Err(failed(output, refusal.into_reason()?)))?;
        let path = disk_space::check(scratch.folder(), wasm, self.counts)
            .and_then(|()| c_path(scratch.file()))
            .map_err(|source| not_written(output, source))?;

        let wasm = mended::mend(self.rules.proposals(), binary.clamped())
            .map_err(|why| failed(output, why.into()))?;
        let result = {
            let _turn = turn()?;
            let compiler = Lent(&self.raw);
            let (wasm, path) = (&*wasm, path.as_c_str());
            // SAFETY: the compiler is alive, and used by one thread since it is not `Sync`; below
            // 0.17 no other one of the process links now, which the lock sees to. The bytes
            // are copied, or read during the call alone; the path is absolute and ends in NUL.
            let compile =
                move || unsafe { compat::compile(compiler.as_ptr(), wasm, path.as_ptr()) };
            on_stack_enough(compile)?
        };
        let code = compat::Code::new(result);
        if !code.is_success() {
            return Err(failed(output, code.into()));
        }
        self.outcome(scratch)
            .map_err(|why| failed(output, why.into()))
    }

    /// What was compiled. The library may say that all went well when its linker failed.
    fn outcome(&self, scratch: &Scratch) -> Result<Vec<u8>, String> {
        let compiled = match scratch.read() {
            Ok(compiled) => compiled,
            Err(error) => return Err(format!("the compiler left no output: {error}")),
        };
        let complete = match self.format {
            OutputFormat::Native => native_format(&compiled).is_some(),
            OutputFormat::Wasm => has_compiled_code(&compiled),
        };
        if complete {
            Ok(compiled)
        } else {
            Err("the compiler left an output without native code in it".to_owned())
        }
    }
}

/// Compiles to the format that can be loaded, by way of a private folder beside `output`.
pub(crate) fn compile(config: &Config, wasm: &[u8], output: &Path) -> Result<Vec<u8>> {
    let mut config = config.clone();
    config.output_format(OutputFormat::Wasm);
    Compiler::new(&config)?.compile_in_private(wasm, output)
}

/// A compiler that another thread uses, while the one that has it waits for that.
struct Lent<'a>(&'a Owned<sys::WasmEdge_CompilerContext>);

// SAFETY: no two threads use it at once, by the above.
unsafe impl Send for Lent<'_> {}

impl Lent<'_> {
    const fn as_ptr(&self) -> *mut sys::WasmEdge_CompilerContext {
        self.0.as_mut_ptr()
    }
}

/// Has the library compile: on this thread, or on one with a larger stack.
fn on_stack_enough(
    compile: impl FnOnce() -> sys::WasmEdge_Result + Send,
) -> Result<sys::WasmEdge_Result> {
    let compile = || {
        let _inside = door::open(Purpose::Compiler, "compiling")?;
        let result = compile();
        Ok(result)
    };
    if door::has_stack(Purpose::Compiler) {
        return compile();
    }
    thread::scope(|scope| {
        let compiler = thread::Builder::new()
            .name("wasmedge-compiler".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, compile)
            .map_err(|error| Error::from(ErrorKind::Thread(error)))?;
        compiler
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Refuses to compile a file where there is no room for the outcome; what else is wrong with the
/// two is for the library to say.
pub(crate) fn check_room(input: &Path, output: &Path, counts: bool) -> Result<()> {
    let (Ok(wasm), Ok(absolute)) = (fs::read(input), absolute(output)) else {
        return Ok(());
    };
    match disk_space::check(absolute.parent().unwrap_or(&absolute), &wasm, counts) {
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Err(not_written(output, error)),
        _ => Ok(()),
    }
}

/// What the library's compiler needs of the process while it runs, in the order in which it is
/// given back.
#[must_use]
pub(crate) struct Turn {
    /// The program's signal handlers, which LLVM replaces.
    #[cfg(unix)]
    _handlers: signals::Handlers,
    /// All other compilers wait, before 0.17, those of the command-line tools included.
    _alone: Option<MutexGuard<'static, ()>>,
}

impl Turn {
    /// # Errors
    ///
    /// [`ErrorKind::Thread`] when the system has no threads for the linker.
    pub(crate) fn wait() -> Result<Self> {
        let _ready = keeper_module::get();
        Self::take()
    }

    fn take() -> Result<Self> {
        static COMPILING: Mutex<()> = Mutex::new(());
        let alone = compat::ONE_COMPILER_AT_A_TIME
            .then(|| COMPILING.lock().unwrap_or_else(PoisonError::into_inner));
        threads::check()?;
        Ok(Self {
            #[cfg(unix)]
            _handlers: signals::Handlers::keep(),
            _alone: alone,
        })
    }
}

impl fmt::Debug for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiler")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

fn failed(output: &Path, reason: Reason) -> Error {
    ErrorKind::Compile {
        input: None,
        output: output.to_owned(),
        reason,
    }
    .into()
}

fn not_written(output: &Path, source: io::Error) -> Error {
    ErrorKind::Write {
        path: output.to_owned(),
        source,
    }
    .into()
}

/// A path in the shape C wants.
pub(crate) fn c_path(path: &Path) -> io::Result<CString> {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStringExt::into_vec(OsString::from(path));
    #[cfg(not(unix))]
    let bytes = OsString::from(path)
        .into_string()
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the path is not UTF-8"))?;
    Ok(CString::new(bytes)?)
}

/// A path that does not depend on the working folder, and names a file.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    if path.file_name().is_none() {
        let text = "the path names no file; add a file name";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    std::path::absolute(path)
}
