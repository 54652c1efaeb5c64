//! From bytes to a [`Module`]: load, look through, validate.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

mod ast;
mod binary;
mod format;
mod functions;
mod growth;
mod interface;
mod loader;
mod refusal;
mod rewrite;
mod validator;

pub use ast::Ast;
pub(crate) use ast::Compiled;
pub use loader::Loader;
pub use validator::Validator;

pub(crate) use binary::{Binary, Rules};
pub(crate) use format::{has_compiled_code, native_format};
pub(crate) use interface::{Import, Interface};
pub(crate) use loader::{read_file, refused};
pub(crate) use rewrite::{COUNTER, EXCEEDED};

use ast::Loaded;

use crate::config::{Bounds, Config};
use crate::sys;
use crate::vocabulary::{ExportType, ImportType, MemoryType, Result};

/// A WebAssembly module that was loaded and validated, ready to be instantiated any number of
/// times, in any number of stores, on any thread. Cheap to clone.
///
/// It is made of the binary format, which is what the library reads. For a module in the text
/// format there is the `wat` crate, as in the examples here; its `parse_file` and `parse_bytes`
/// take both formats.
///
/// C: `WasmEdge_ASTModuleContext`. Go: `AST`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module, Store};
///
/// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
/// let module = Module::new(&Config::new()?, &wasm)?;
/// assert_eq!(
///     module.exports().next().unwrap().to_string(),
///     "`one`: function () -> (i32)"
/// );
///
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&module)?;
/// let one = instance.get_typed_func::<(), i32>(&store, "one")?;
/// assert_eq!(one.call(&mut store, ())?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[doc(alias = "WasmEdge_ASTModuleContext")]
#[doc(alias = "AST")]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    /// What runs: the module, or what it was rewritten to.
    loaded: Loaded,
    /// That of the module as it was given.
    interface: Interface,
    compiled: Option<Compiled>,
}

impl Module {
    /// Loads and validates a module in one step.
    ///
    /// # Errors
    ///
    /// Same as [`Loader::load_bytes`] and [`Validator::validate`].
    pub fn new(config: &Config, wasm: impl AsRef<[u8]>) -> Result<Self> {
        let ast = Loader::new(config)?.load_bytes(wasm)?;
        Validator::new(config)?.validate(ast)
    }

    /// Loads and validates the module in a file.
    ///
    /// # Errors
    ///
    /// Same as [`Loader::load_file`] and [`Validator::validate`].
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, ErrorKind, Module};
    ///
    /// let config = Config::new()?;
    /// let module = Module::from_file(&config, "testdata/wasmedge_bindgen.wasm")?;
    /// assert!(module.exports().any(|export| export.name() == "say"));
    /// let error = Module::from_file(&config, "no-such-file.wasm").unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Read { .. }));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn from_file(config: &Config, path: impl AsRef<Path>) -> Result<Self> {
        let ast = Loader::new(config)?.load_file(path)?;
        Validator::new(config)?.validate(ast)
    }

    /// A module that the library has validated.
    fn validated(ast: Ast) -> Self {
        Self {
            inner: Arc::new(Inner {
                loaded: ast.loaded,
                interface: ast.interface,
                compiled: ast.compiled,
            }),
        }
    }

    pub(crate) fn as_ptr(&self) -> *const sys::WasmEdge_ASTModuleContext {
        self.inner.loaded.raw.as_ptr()
    }

    /// What its native code needs, if it has any.
    pub(crate) fn compiled(&self) -> Option<Compiled> {
        self.inner.compiled
    }

    /// The imports as the linker compares them.
    pub(crate) fn raw_imports(&self) -> &[Import] {
        &self.inner.interface.imports
    }

    /// The types of the memories that an instance of it makes.
    pub(crate) fn memories(&self) -> &[MemoryType] {
        &self.inner.interface.memories
    }

    /// The bounds that were put into it.
    pub(crate) fn bounds(&self) -> &Bounds {
        &self.inner.loaded.bounds
    }

    /// The depth of calls that it counts with, where it counts.
    pub(crate) fn call_depth(&self) -> Option<u32> {
        let Loaded { bounds, counts, .. } = &self.inner.loaded;
        bounds.call_depth.filter(|_| *counts)
    }

    /// Returns what the module wants, in the order in which it says so.
    ///
    /// C: `WasmEdge_ASTModuleListImports`, `WasmEdge_ASTModuleListImportsLength`. Go:
    /// `ListImports`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "log" (func (param i32)))
    ///          (import "env" "memory" (memory 1)))"#,
    /// )?;
    /// let module = Module::new(&Config::new()?, &wasm)?;
    /// let wants: Vec<_> = module.imports().map(|import| import.to_string()).collect();
    /// assert_eq!(wants, ["`env` `log`: function (i32) -> ()", "`env` `memory`: memory 1.."]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ASTModuleListImports")]
    #[doc(alias = "WasmEdge_ASTModuleListImportsLength")]
    #[doc(alias = "ListImports")]
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> + '_ {
        self.inner.interface.imports()
    }

    /// Returns what the module gives, in the order in which it says so.
    ///
    /// C: `WasmEdge_ASTModuleListExports`, `WasmEdge_ASTModuleListExportsLength`. Go:
    /// `ListExports`.
    #[doc(alias = "WasmEdge_ASTModuleListExports")]
    #[doc(alias = "WasmEdge_ASTModuleListExportsLength")]
    #[doc(alias = "ListExports")]
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> + '_ {
        self.inner.interface.exports()
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("imports", &self.imports().len())
            .field("exports", &self.exports().len())
            .finish_non_exhaustive()
    }
}
