//! A module between loading and validation.

use core::fmt;

use super::preflight::Outline;
use crate::sys::{self, owned::Owned};

/// A WebAssembly module that was loaded and not yet validated.
///
/// All that can be done with it is to give it to
/// [`Validator::validate`](crate::Validator::validate), which makes it a
/// [`Module`](crate::Module); so a module that was not validated cannot be run, and one that was
/// cannot change any more.
#[doc(alias = "WasmEdge_ASTModuleContext")]
#[doc(alias = "AST")]
pub struct Ast {
    pub(super) raw: Owned<sys::WasmEdge_ASTModuleContext>,
    pub(super) outline: Outline,
}

impl fmt::Debug for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ast").finish_non_exhaustive()
    }
}
