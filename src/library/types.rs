//! Types as the C API takes them, owned.

use super::owned::Owned;
use crate::vocabulary::{FuncType, GlobalType, MemoryType, Result, TableType};
use crate::{compat, sys};

/// Makes a function type.
pub(crate) fn raw_func_type(ty: &FuncType) -> Result<Owned<sys::WasmEdge_FunctionTypeContext>> {
    // SAFETY: made here, for us alone.
    unsafe { Owned::new(compat::raw_func_type(ty)) }
}

/// Makes a table type.
pub(crate) fn raw_table_type(ty: &TableType) -> Result<Owned<sys::WasmEdge_TableTypeContext>> {
    // SAFETY: made here, for us alone.
    unsafe { Owned::new(compat::raw_table_type(ty)?) }
}

/// Makes a memory type.
pub(crate) fn raw_memory_type(ty: &MemoryType) -> Result<Owned<sys::WasmEdge_MemoryTypeContext>> {
    // SAFETY: made here, for us alone.
    unsafe { Owned::new(compat::raw_memory_type(ty)?) }
}

/// Makes a global type.
pub(crate) fn raw_global_type(ty: &GlobalType) -> Result<Owned<sys::WasmEdge_GlobalTypeContext>> {
    // SAFETY: made here, for us alone.
    unsafe { Owned::new(compat::raw_global_type(ty)) }
}
