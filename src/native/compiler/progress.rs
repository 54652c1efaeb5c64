//! What the compiler is at.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use super::Compiler;
use crate::library::log::{Listening, listen};
use crate::vocabulary::{Error, ErrorKind, Result};
use crate::{compat, module};

/// What the library's compiler is at, in the order in which it gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CompilePhase {
    /// It translates the module to LLVM's intermediate code. Before that it has been loaded and
    /// validated, which the library does not tell.
    Translate,
    /// It verifies the intermediate code.
    Verify,
    /// It optimises it.
    Optimize,
    /// It makes machine code of it.
    Generate,
    /// It links the machine code, and writes the output.
    Output,
}

impl CompilePhase {
    /// The phase that a message of the library's log is the beginning of.
    fn of_message(text: &str) -> Option<Self> {
        Some(match text {
            "compile start" => Self::Translate,
            "verify start" => Self::Verify,
            "optimize start" => Self::Optimize,
            "codegen start" => Self::Generate,
            "output start" => Self::Output,
            _ => return None,
        })
    }
}

/// What a thread of the compiler may put on its stack: as much as the main thread of a program.
pub(super) const STACK: usize = 8 << 20;

impl Compiler {
    /// Compiles the module in a file, as [`compile_file`](Self::compile_file), and reports what the
    /// compiler is at.
    ///
    /// # Errors
    ///
    /// Same as [`compile_file`](Self::compile_file) and
    /// [`compile_bytes_with_progress`](Self::compile_bytes_with_progress).
    pub fn compile_file_with_progress(
        &mut self,
        input: impl AsRef<Path>,
        output: impl AsRef<Path>,
        progress: impl FnMut(CompilePhase),
    ) -> Result<()> {
        let input = input.as_ref();
        let wasm = module::read_file(input)?;
        self.compile_bytes_with_progress(wasm, output, progress)
            .map_err(|error| error.in_file(input))
    }

    /// Compiles a module, as [`compile_bytes`](Self::compile_bytes), and reports what the compiler
    /// is at: each phase once, when it begins.
    ///
    /// The library tells its phases to its log. This listens to it, whatever the
    /// [level](crate::log::set_level) and whoever else gets the messages. The compiler runs on a
    /// thread of its own, and `progress` on this one, where it may do anything; the compiler does
    /// not wait for it. A panic of it goes on when the compiler is done: it cannot be stopped.
    ///
    /// # Errors
    ///
    /// Same as [`compile_bytes`](Self::compile_bytes), and [`ErrorKind::Thread`] when there is no
    /// thread; [`ErrorKind::Unsupported`] before 0.15, which tells its phases to the standard
    /// output alone, at [`Level::Debug`](crate::log::Level::Debug).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{CompilePhase, Compiler, Config, ErrorKind};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let folder = tempfile::tempdir()?;
    /// let output = folder.path().join("one.aot.wasm");
    /// # if Compiler::new(&Config::new()?).is_err() { return Ok(()) }
    /// let mut compiler = Compiler::new(&Config::new()?)?;
    /// let mut phases = Vec::new();
    /// match compiler.compile_bytes_with_progress(&wasm, &output, |phase| phases.push(phase)) {
    ///     Ok(()) => assert_eq!(phases.last(), Some(&CompilePhase::Output)),
    ///     Err(error) => assert!(matches!(error.kind(), ErrorKind::Unsupported { .. })),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compile_bytes_with_progress(
        &mut self,
        wasm: impl AsRef<[u8]>,
        output: impl AsRef<Path>,
        mut progress: impl FnMut(CompilePhase),
    ) -> Result<()> {
        if !compat::LOG_HAS_CALLBACK {
            return Err(Error::unsupported(
                "the phases of the compiler",
                "below 0.15 the library writes them to the standard output alone",
            ));
        }
        let (wasm, output) = (wasm.as_ref(), output.as_ref());
        // Its phases are nobody's business.
        let _ready = super::keeper_module::get();
        let (tell, told) = mpsc::channel();
        let _listening = Listening::starts();
        thread::scope(|scope| {
            let compiler = thread::Builder::new()
                .name("wasmedge-compiler".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, move || {
                    // The whole of `self`, which is `Send`: nobody else has it meanwhile.
                    let this: &mut Self = self;
                    listen(tell, || this.compile_bytes(wasm, output))
                })
                .map_err(|error| Error::from(ErrorKind::Thread(error)))?;
            let mut last = None;
            for phase in told
                .iter()
                .filter_map(|text: Box<str>| CompilePhase::of_message(&text))
            {
                // The library links in the middle of its output, and begins it twice.
                if last < Some(phase) {
                    last = Some(phase);
                    progress(phase);
                }
            }
            compiler
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}
