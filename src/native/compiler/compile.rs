//! Compiling to files.

use std::path::Path;
use std::ptr::NonNull;

use super::{Compiler, not_written};
use crate::config::Config;
use crate::library;
use crate::library::owned::Owned;
use crate::module::{Rules, read_file};
use crate::vocabulary::{Error, Proposal, Result};
use crate::{compat, sys};

impl Compiler {
    /// Creates a compiler with a copy of the configuration.
    ///
    /// The code counts what the configuration lets an executor count:
    /// [`count_instructions`](Config::count_instructions) and
    /// [`measure_cost`](Config::measure_cost) are compiled into it.
    ///
    /// C: `WasmEdge_CompilerCreate`. Go: `NewCompiler`, `NewCompilerWithConfig`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the library was built without
    /// the compiler, and, from 0.14 to 0.15, when exceptions are on: the compiler of these versions
    /// runs into undefined behaviour.
    #[doc(alias = "WasmEdge_CompilerCreate")]
    #[doc(alias = "NewCompiler")]
    #[doc(alias = "NewCompilerWithConfig")]
    pub fn new(config: &Config) -> Result<Self> {
        library::ready()?;
        if config.has_proposal(Proposal::ExceptionHandling) && !compat::EXCEPTIONS_COMPILE_OR_FAIL {
            return Err(Error::unsupported(
                "compiling with proposal ExceptionHandling",
                "before 0.16 the compiler takes instructions of exceptions for impossible; turn the \
                 proposal off, or interpret",
            ));
        }
        // SAFETY: the configuration is alive and copied.
        let raw = unsafe { sys::WasmEdge_CompilerCreate(config.raw()?.as_ptr()) };
        if NonNull::new(raw).is_none() {
            return Err(Error::unsupported(
                "compiling",
                "this WasmEdge library was built without its compiler; interpret, or install one that \
                 has it",
            ));
        }
        // SAFETY: made above, and nobody else owns it.
        let raw = unsafe { Owned::new(raw) }?;
        Ok(Self {
            raw,
            rules: Rules::new(config),
            format: config.get_output_format(),
            counts: config.counts_instructions() || config.measures_cost(),
        })
    }

    /// Compiles the module in a file, and writes the outcome to another one. Both may have the same
    /// path.
    ///
    /// C: `WasmEdge_CompilerCompile`. Go: `Compile`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`](crate::ErrorKind::Read) when the input cannot be read or is no regular
    /// file, else the same as [`compile_bytes`](Self::compile_bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Compiler, Config, Module};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (input, output) = (folder.path().join("one.wasm"), folder.path().join("one.aot.wasm"));
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// std::fs::write(&input, wasm)?;
    /// let config = Config::new()?;
    /// # if Compiler::new(&config).is_err() { return Ok(()) }
    /// Compiler::new(&config)?.compile_file(&input, &output)?;
    /// // It is a WebAssembly module as before, which safe code interprets.
    /// assert_eq!(Module::from_file(&config, &output)?.exports().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_CompilerCompile")]
    #[doc(alias = "Compile")]
    pub fn compile_file(&self, input: impl AsRef<Path>, output: impl AsRef<Path>) -> Result<()> {
        let input = input.as_ref();
        let wasm = read_file(input)?;
        self.compile_bytes(wasm, output)
            .map_err(|error| error.in_file(input))
    }

    /// Compiles a module, and writes the outcome to a file.
    ///
    /// The file appears, or is replaced, at once and as a whole when the compiler is done; who
    /// reads it meanwhile reads the former one.
    ///
    /// Before 0.17 one thread of the process compiles at a time, whatever their number: the
    /// library's linker can do no more, so others wait here.
    ///
    /// C: `WasmEdge_CompilerCompileFromBuffer`, `WasmEdge_CompilerCompileFromBytes`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Compile`](crate::ErrorKind::Compile) when the bytes are no valid module, or the
    /// compiler fails; [`ErrorKind::Write`](crate::ErrorKind::Write) when there is no such folder,
    /// no file can be made in it, or the disk has less room than the compiler may need: a mebibyte,
    /// and what the functions and instructions of the module may take, often 100 times its length,
    /// and 400 times when the code counts. Both name the output.
    /// [`ErrorKind::Thread`](crate::ErrorKind::Thread) when the system has no threads for the
    /// library's linker, one for each processor.
    #[doc(alias = "WasmEdge_CompilerCompileFromBuffer")]
    #[doc(alias = "WasmEdge_CompilerCompileFromBytes")]
    pub fn compile_bytes(&self, wasm: impl AsRef<[u8]>, output: impl AsRef<Path>) -> Result<()> {
        let output = output.as_ref();
        let scratch = self.compile_beside(wasm.as_ref(), output)?;
        scratch
            .publish(output)
            .map_err(|source| not_written(output, source))
    }
}
