//! A module between loading and validation.

use std::fmt;
use std::path::Path;

use super::interface::Interface;
use crate::config::Bounds;
use crate::library::owned::Owned;
use crate::sys;
use crate::vocabulary::{ExportType, ImportType};

/// A WebAssembly module that was loaded, and that the library has not validated yet.
///
/// [`Loader`](crate::Loader) has validated it in Rust, so its imports and exports can be looked at.
/// [`Validator::validate`](crate::Validator::validate) makes it a [`Module`](crate::Module); so a
/// module that the library has not validated cannot be run, and one that it has cannot change any
/// more.
///
/// C: `WasmEdge_ASTModuleContext`. Go: `AST`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Loader};
///
/// let wasm = wat::parse_str(r#"(module (import "env" "f" (func (param i32))))"#)?;
/// let ast = Loader::new(&Config::new()?)?.load_bytes(&wasm)?;
/// let imports: Vec<_> = ast.imports().map(|import| import.to_string()).collect();
/// assert_eq!(imports, ["`env` `f`: function (i32) -> ()"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_ASTModuleContext")]
#[doc(alias = "AST")]
pub struct Ast {
    pub(super) loaded: Loaded,
    pub(super) interface: Interface,
    /// `None`: it is interpreted, whatever it carries along.
    pub(super) compiled: Option<Compiled>,
    /// The file that it was loaded from, which errors name.
    pub(super) path: Option<Box<Path>>,
}

/// What the library made of a module, or of what it was rewritten to.
pub(super) struct Loaded {
    pub(super) raw: Owned<sys::WasmEdge_ASTModuleContext>,
    /// The bounds that were put into it.
    pub(super) bounds: Bounds,
    /// Whether it imports the counter of the depth of calls.
    pub(super) counts: bool,
}

impl Loaded {
    /// A module without bounds in it.
    pub(super) fn as_given(raw: Owned<sys::WasmEdge_ASTModuleContext>) -> Self {
        Self {
            raw,
            bounds: Bounds::default(),
            counts: false,
        }
    }
}

/// What the native code of a module needs of the executor that runs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compiled {
    /// It writes to the counters of the executor's statistics, which then must be there.
    pub(crate) counts: bool,
}

impl Ast {
    /// A module that carries native code.
    pub(crate) fn of_compiled(
        raw: Owned<sys::WasmEdge_ASTModuleContext>,
        interface: Interface,
        compiled: Compiled,
    ) -> Self {
        Self::new(Loaded::as_given(raw), interface, Some(compiled))
    }

    pub(super) const fn new(
        loaded: Loaded,
        interface: Interface,
        compiled: Option<Compiled>,
    ) -> Self {
        Self {
            loaded,
            interface,
            compiled,
            path: None,
        }
    }

    /// Returns what the module wants, in the order in which it says so.
    ///
    /// C: `WasmEdge_ASTModuleListImports`. Go: `ListImports`.
    #[doc(alias = "WasmEdge_ASTModuleListImports")]
    #[doc(alias = "ListImports")]
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        self.interface.imports()
    }

    /// Returns what the module gives, in the order in which it says so.
    ///
    /// C: `WasmEdge_ASTModuleListExports`. Go: `ListExports`.
    #[doc(alias = "WasmEdge_ASTModuleListExports")]
    #[doc(alias = "ListExports")]
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        self.interface.exports()
    }
}

impl fmt::Debug for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ast").finish_non_exhaustive()
    }
}
