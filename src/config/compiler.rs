//! The settings of a [`Config`] that compilers look at.

use super::{Config, RawConfig};
use crate::sys;

/// How much the compiler optimises.
///
/// C: `WasmEdge_CompilerOptimizationLevel`. Go: `CompilerOptimizationLevel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_CompilerOptimizationLevel")]
#[doc(alias = "CompilerOptimizationLevel")]
pub enum OptLevel {
    /// Not at all.
    ///
    /// Go: `CompilerOptLevel_O0`.
    #[doc(alias = "CompilerOptLevel_O0")]
    O0,
    /// Quickly.
    ///
    /// Go: `CompilerOptLevel_O1`.
    #[doc(alias = "CompilerOptLevel_O1")]
    O1,
    /// As far as the code does not grow much.
    ///
    /// Go: `CompilerOptLevel_O2`.
    #[doc(alias = "CompilerOptLevel_O2")]
    O2,
    /// As far as it goes, for speed; the library's default.
    ///
    /// Go: `CompilerOptLevel_O3`.
    #[doc(alias = "CompilerOptLevel_O3")]
    O3,
    /// For size.
    ///
    /// Go: `CompilerOptLevel_Os`.
    #[doc(alias = "CompilerOptLevel_Os")]
    Os,
    /// For size alone.
    ///
    /// Go: `CompilerOptLevel_Oz`.
    #[doc(alias = "CompilerOptLevel_Oz")]
    Oz,
}

impl OptLevel {
    const fn raw(self) -> sys::WasmEdge_CompilerOptimizationLevel {
        match self {
            Self::O0 => sys::WasmEdge_CompilerOptimizationLevel_O0,
            Self::O1 => sys::WasmEdge_CompilerOptimizationLevel_O1,
            Self::O2 => sys::WasmEdge_CompilerOptimizationLevel_O2,
            Self::O3 => sys::WasmEdge_CompilerOptimizationLevel_O3,
            Self::Os => sys::WasmEdge_CompilerOptimizationLevel_Os,
            Self::Oz => sys::WasmEdge_CompilerOptimizationLevel_Oz,
        }
    }
}

/// What the compiler writes.
///
/// C: `WasmEdge_CompilerOutputFormat`. Go: `CompilerOutputFormat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_CompilerOutputFormat")]
#[doc(alias = "CompilerOutputFormat")]
pub enum OutputFormat {
    /// A shared library of the system, for other programs that use the library. This crate loads
    /// none; see [`Module::from_compiled_file`](crate::Module::from_compiled_file).
    ///
    /// Go: `CompilerOutputFormat_Native`.
    #[doc(alias = "CompilerOutputFormat_Native")]
    Native,
    /// The module itself with the native code in a custom section, which is a WebAssembly module
    /// for every runtime; the library's default.
    ///
    /// Go: `CompilerOutputFormat_Wasm`.
    #[doc(alias = "CompilerOutputFormat_Wasm")]
    Wasm,
}

impl OutputFormat {
    const fn raw(self) -> sys::WasmEdge_CompilerOutputFormat {
        match self {
            Self::Native => sys::WasmEdge_CompilerOutputFormat_Native,
            Self::Wasm => sys::WasmEdge_CompilerOutputFormat_Wasm,
        }
    }
}

/// What a [`Config`] says to compilers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompilerOptions {
    level: OptLevel,
    format: OutputFormat,
    dump_ir: bool,
    generic_binary: bool,
    interruptible: bool,
}

/// The library's own, in all versions.
impl Default for CompilerOptions {
    fn default() -> Self {
        Self {
            level: OptLevel::O3,
            format: OutputFormat::Wasm,
            dump_ir: false,
            generic_binary: false,
            interruptible: false,
        }
    }
}

impl CompilerOptions {
    /// Sets them in the library's form.
    pub(crate) fn apply(&self, raw: &RawConfig) {
        let context = raw.as_mut_ptr();
        // SAFETY: the context is alive, and the numbers are the header's.
        unsafe {
            sys::WasmEdge_ConfigureCompilerSetOptimizationLevel(context, self.level.raw());
            sys::WasmEdge_ConfigureCompilerSetOutputFormat(context, self.format.raw());
            sys::WasmEdge_ConfigureCompilerSetDumpIR(context, self.dump_ir);
            sys::WasmEdge_ConfigureCompilerSetGenericBinary(context, self.generic_binary);
            sys::WasmEdge_ConfigureCompilerSetInterruptible(context, self.interruptible);
        }
    }
}

impl Config {
    /// Sets how much a [`Compiler`](crate::Compiler) optimises.
    ///
    /// C: `WasmEdge_ConfigureCompilerSetOptimizationLevel`. Go: `SetCompilerOptimizationLevel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, OptLevel, OutputFormat};
    ///
    /// let mut config = Config::new()?;
    /// config
    ///     .optimization_level(OptLevel::O2)
    ///     .output_format(OutputFormat::Wasm)
    ///     .interruptible(true);
    /// assert_eq!(config.get_optimization_level(), OptLevel::O2);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureCompilerSetOptimizationLevel")]
    #[doc(alias = "SetCompilerOptimizationLevel")]
    pub fn optimization_level(&mut self, level: OptLevel) -> &mut Self {
        self.change().compiler.level = level;
        self
    }

    /// Returns how much a compiler optimises.
    ///
    /// C: `WasmEdge_ConfigureCompilerGetOptimizationLevel`. Go: `GetCompilerOptimizationLevel`.
    #[doc(alias = "WasmEdge_ConfigureCompilerGetOptimizationLevel")]
    #[doc(alias = "GetCompilerOptimizationLevel")]
    pub const fn get_optimization_level(&self) -> OptLevel {
        self.compiler.level
    }

    /// Sets what a [`Compiler`](crate::Compiler) writes.
    ///
    /// C: `WasmEdge_ConfigureCompilerSetOutputFormat`. Go: `SetCompilerOutputFormat`.
    #[doc(alias = "WasmEdge_ConfigureCompilerSetOutputFormat")]
    #[doc(alias = "SetCompilerOutputFormat")]
    pub fn output_format(&mut self, format: OutputFormat) -> &mut Self {
        self.change().compiler.format = format;
        self
    }

    /// Returns what a compiler writes.
    ///
    /// C: `WasmEdge_ConfigureCompilerGetOutputFormat`. Go: `GetCompilerOutputFormat`.
    #[doc(alias = "WasmEdge_ConfigureCompilerGetOutputFormat")]
    #[doc(alias = "GetCompilerOutputFormat")]
    pub const fn get_output_format(&self) -> OutputFormat {
        self.compiler.format
    }

    /// Lets a [`Compiler`](crate::Compiler) write LLVM's intermediate code as well, to `wasm.ll`
    /// and `wasm-opt.ll` in the working folder of the process: the library gives no choice.
    ///
    /// C: `WasmEdge_ConfigureCompilerSetDumpIR`. Go: `SetCompilerDumpIR`.
    #[doc(alias = "WasmEdge_ConfigureCompilerSetDumpIR")]
    #[doc(alias = "SetCompilerDumpIR")]
    pub fn dump_ir(&mut self, enable: bool) -> &mut Self {
        self.change().compiler.dump_ir = enable;
        self
    }

    /// Whether a compiler writes LLVM's intermediate code as well.
    ///
    /// C: `WasmEdge_ConfigureCompilerIsDumpIR`. Go: `IsCompilerDumpIR`.
    #[doc(alias = "WasmEdge_ConfigureCompilerIsDumpIR")]
    #[doc(alias = "IsCompilerDumpIR")]
    pub const fn dumps_ir(&self) -> bool {
        self.compiler.dump_ir
    }

    /// Lets a [`Compiler`](crate::Compiler) use only what every processor of this architecture has,
    /// in place of all that this machine has.
    ///
    /// C: `WasmEdge_ConfigureCompilerSetGenericBinary`. Go: `SetCompilerGenericBinary`.
    #[doc(alias = "WasmEdge_ConfigureCompilerSetGenericBinary")]
    #[doc(alias = "SetCompilerGenericBinary")]
    pub fn generic_binary(&mut self, enable: bool) -> &mut Self {
        self.change().compiler.generic_binary = enable;
        self
    }

    /// Whether a compiler keeps to what every processor has.
    ///
    /// C: `WasmEdge_ConfigureCompilerIsGenericBinary`. Go: `IsCompilerGenericBinary`.
    #[doc(alias = "WasmEdge_ConfigureCompilerIsGenericBinary")]
    #[doc(alias = "IsCompilerGenericBinary")]
    pub const fn is_generic_binary(&self) -> bool {
        self.compiler.generic_binary
    }

    /// Lets the code that a [`Compiler`](crate::Compiler) makes look now and then whether it was
    /// interrupted. Without it compiled code runs to its end.
    ///
    /// C: `WasmEdge_ConfigureCompilerSetInterruptible`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use wasmedge::{Compiler, Config, ErrorKind, Module, Store};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#)?;
    /// let mut config = Config::new()?;
    /// config.interruptible(true);
    /// # if Compiler::new(&config).is_err() { return Ok(()) }
    /// // SAFETY: the module has no tables, and next to no stack.
    /// let module = unsafe { Module::compile(&config, &wasm) }?;
    /// let mut store = Store::with_config(&config, ())?;
    /// let spin = store.instantiate(&module)?.get_typed_func::<(), ()>(&store, "spin")?;
    /// let error = spin.call_timeout(&mut store, (), Duration::from_millis(5)).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Timeout(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureCompilerSetInterruptible")]
    pub fn interruptible(&mut self, enable: bool) -> &mut Self {
        self.change().compiler.interruptible = enable;
        self
    }

    /// Whether compiled code can be interrupted.
    ///
    /// C: `WasmEdge_ConfigureCompilerIsInterruptible`.
    #[doc(alias = "WasmEdge_ConfigureCompilerIsInterruptible")]
    pub const fn is_interruptible(&self) -> bool {
        self.compiler.interruptible
    }
}
