//! A module between loading and validation.

use core::fmt;
use std::path::Path;

use once_cell::unsync::OnceCell;

use super::compiled::Compiled;
use super::inspect::Interface;
use super::preflight::Outline;
use crate::bounds::Bounds;
use crate::error::Result;
use crate::sys::{self, owned::Owned};
use crate::types::{ExportType, ImportType};

/// A WebAssembly module that was loaded and not yet validated.
///
/// It can be looked at, and given to [`Validator::validate`](crate::Validator::validate), which
/// makes it a [`Module`](crate::Module); so a module that was not validated cannot be run, and one
/// that was cannot change any more.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Loader};
///
/// let wasm = wat::parse_str(r#"(module (import "env" "f" (func (param i32))))"#)?;
/// let ast = Loader::new(&Config::new()?)?.load_bytes(&wasm)?;
/// let imports: Vec<_> = ast.imports()?.map(|import| import.to_string()).collect();
/// assert_eq!(imports, ["`env` `f`: function (i32) -> ()"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_ASTModuleContext")]
#[doc(alias = "AST")]
pub struct Ast {
    pub(super) raw: Owned<sys::WasmEdge_ASTModuleContext>,
    pub(super) outline: Outline,
    /// `None`: it is interpreted, whatever it carries along.
    pub(super) compiled: Option<Compiled>,
    /// What is run in its place, or why it cannot be, where the configuration has bounds.
    pub(super) bounded: Option<Result<Bounded, String>>,
    /// The file that it was loaded from, which errors name.
    pub(super) path: Option<Box<Path>>,
    /// Read when it is first asked for.
    interface: OnceCell<Interface>,
}

/// A module that was rewritten.
pub(super) struct Bounded {
    pub(super) raw: Owned<sys::WasmEdge_ASTModuleContext>,
    /// Whether it imports the counter of the depth of calls.
    pub(super) counts: bool,
    /// What is in it.
    pub(super) bounds: Bounds,
}

impl Ast {
    pub(super) const fn new(
        raw: Owned<sys::WasmEdge_ASTModuleContext>,
        outline: Outline,
        compiled: Option<Compiled>,
    ) -> Self {
        Self {
            raw,
            outline,
            compiled,
            bounded: None,
            path: None,
            interface: OnceCell::new(),
        }
    }

    /// What the module wants, in the order in which it says so.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when an import or an export is of
    /// a type that this crate cannot pass, or, since the module is not validated, of one that is
    /// not there.
    #[doc(alias = "WasmEdge_ASTModuleListImports")]
    #[doc(alias = "ListImports")]
    pub fn imports(&self) -> Result<impl ExactSizeIterator<Item = ImportType<'_>>> {
        Ok(self.interface()?.imports())
    }

    /// What the module gives, in the order in which it says so.
    ///
    /// # Errors
    ///
    /// As [`imports`](Self::imports).
    #[doc(alias = "WasmEdge_ASTModuleListExports")]
    #[doc(alias = "ListExports")]
    pub fn exports(&self) -> Result<impl ExactSizeIterator<Item = ExportType<'_>>> {
        Ok(self.interface()?.exports())
    }

    fn interface(&self) -> Result<&Interface> {
        let read = || Interface::read(&self.raw, &self.outline);
        self.interface.get_or_try_init(read)
    }

    /// Takes it apart, for the module that it becomes.
    pub(super) fn into_parts(self) -> Result<(Owned<sys::WasmEdge_ASTModuleContext>, Interface)> {
        let interface = match self.interface.into_inner() {
            Some(interface) => interface,
            None => Interface::read(&self.raw, &self.outline)?,
        };
        Ok((self.raw, interface))
    }
}

impl fmt::Debug for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ast").finish_non_exhaustive()
    }
}
