//! Types of functions, tables, memories and globals, from C and to C.

use smallvec::{SmallVec, smallvec};

use super::limits::{self, Flags, with_limits};
use super::{RawValType, raw_val_type, unknown_val_type, val_type};
use crate::sys;
use crate::vocabulary::{FuncType, GlobalType, MemoryType, Mutability, Result, TableType, ValType};

/// The types of parameters or of results, as C gives them.
pub(crate) struct RawTypes(SmallVec<[RawValType; FEW]>);

/// How many parameters or results need no allocation.
pub(crate) const FEW: usize = 8;

/// One of the two functions that list types of a function type.
type ListTypes = unsafe extern "C-unwind" fn(
    *const sys::WasmEdge_FunctionTypeContext,
    *mut RawValType,
    u32,
) -> u32;

impl RawTypes {
    /// The types of the parameters.
    ///
    /// # Safety
    ///
    /// `raw` points to a function type that lives during the call.
    #[inline]
    pub(crate) unsafe fn params(raw: *const sys::WasmEdge_FunctionTypeContext) -> Self {
        // SAFETY: `raw` points to a function type that lives during the call.
        unsafe { Self::list(raw, sys::WasmEdge_FunctionTypeGetParameters) }
    }

    /// The types of the results.
    ///
    /// # Safety
    ///
    /// As for [`params`](Self::params).
    #[inline]
    pub(crate) unsafe fn results(raw: *const sys::WasmEdge_FunctionTypeContext) -> Self {
        // SAFETY: `raw` points to a function type that lives during the call.
        unsafe { Self::list(raw, sys::WasmEdge_FunctionTypeGetReturns) }
    }

    /// # Safety
    ///
    /// As for [`params`](Self::params).
    #[inline]
    unsafe fn list(raw: *const sys::WasmEdge_FunctionTypeContext, list: ListTypes) -> Self {
        let mut types = [raw_val_type(ValType::I32); FEW];
        // SAFETY: `raw` points to a function type that lives during the call; C writes as many
        // types as there are and fit, and returns how many there are.
        let len = unsafe { list(raw, types.as_mut_ptr(), FEW as u32) };
        if len as usize <= FEW {
            return Self(SmallVec::from_buf_and_len(types, len as usize));
        }
        let mut types = smallvec![raw_val_type(ValType::I32); len as usize];
        // SAFETY: there is space for as many types as C said that there are.
        unsafe { list(raw, types.as_mut_ptr(), len) };
        Self(types)
    }

    /// The types in their order; `None` for one of a proposal that this crate has no values for.
    #[inline]
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Option<ValType>> {
        self.0.iter().map(|&raw| val_type(raw))
    }
}

/// Reads a function type.
///
/// # Safety
///
/// `raw` points to a function type that lives during the call.
pub(crate) unsafe fn func_type(raw: *const sys::WasmEdge_FunctionTypeContext) -> Result<FuncType> {
    // SAFETY: `raw` points to a function type that lives during the call.
    let (params, results) = unsafe { (RawTypes::params(raw), RawTypes::results(raw)) };
    if params.iter().chain(results.iter()).any(|ty| ty.is_none()) {
        return Err(unknown_val_type());
    }
    Ok(FuncType::new(
        params.iter().flatten(),
        results.iter().flatten(),
    ))
}

/// Reads a table type.
///
/// # Safety
///
/// `raw` points to a table type that lives during the call.
pub(crate) unsafe fn table_type(raw: *const sys::WasmEdge_TableTypeContext) -> Result<TableType> {
    // SAFETY: `raw` points to a table type that lives during the call.
    let element = unsafe { sys::WasmEdge_TableTypeGetRefType(raw) };
    #[cfg(not(wasmedge_0_14))]
    let element = sys::WasmEdge_ValType(element.0);
    let element = val_type(element)
        .and_then(ValType::as_ref_type)
        .ok_or_else(unknown_val_type)?;
    // SAFETY: the type lives during the call, and the limit is a part of it.
    let (limits, flags) = unsafe { limits::read(sys::WasmEdge_TableTypeGetLimit(raw)) }?;
    TableType::checked(element, limits, flags.is_64)
}

/// Reads a memory type.
///
/// # Safety
///
/// `raw` points to a memory type that lives during the call.
pub(crate) unsafe fn memory_type(
    raw: *const sys::WasmEdge_MemoryTypeContext,
) -> Result<MemoryType> {
    // SAFETY: the type lives during the call, and the limit is a part of it.
    let (limits, flags) = unsafe { limits::read(sys::WasmEdge_MemoryTypeGetLimit(raw)) }?;
    MemoryType::checked(limits, flags.shared, flags.is_64)
}

/// Reads a global type.
///
/// # Safety
///
/// `raw` points to a global type that lives during the call.
pub(crate) unsafe fn global_type(
    raw: *const sys::WasmEdge_GlobalTypeContext,
) -> Result<GlobalType> {
    // SAFETY: `raw` points to a global type that lives during the call.
    let (content, mutability) = unsafe {
        (
            sys::WasmEdge_GlobalTypeGetValType(raw),
            sys::WasmEdge_GlobalTypeGetMutability(raw),
        )
    };
    let content = val_type(content).ok_or_else(unknown_val_type)?;
    let mutability = if mutability == sys::WasmEdge_Mutability_Var {
        Mutability::Var
    } else {
        Mutability::Const
    };
    Ok(GlobalType::new(content, mutability))
}

/// Makes a function type, for the caller to own.
pub(crate) fn raw_func_type(ty: &FuncType) -> *mut sys::WasmEdge_FunctionTypeContext {
    let list = |types: &[ValType]| -> (Vec<_>, u32) {
        let list: Vec<_> = types.iter().map(|&ty| raw_val_type(ty)).collect();
        let len = u32::try_from(list.len()).unwrap_or(u32::MAX);
        (list, len)
    };
    let (params, param_len) = list(ty.params());
    let (results, result_len) = list(ty.results());
    // SAFETY: two arrays with their lengths, copied by C.
    unsafe {
        sys::WasmEdge_FunctionTypeCreate(params.as_ptr(), param_len, results.as_ptr(), result_len)
    }
}

/// Makes a table type, for the caller to own.
pub(crate) fn raw_table_type(ty: &TableType) -> Result<*mut sys::WasmEdge_TableTypeContext> {
    let element = raw_val_type(ty.element().into());
    #[cfg(not(wasmedge_0_14))]
    let element = sys::WasmEdge_RefType(element.0);
    let flags = Flags {
        shared: false,
        is_64: ty.is_64(),
    };
    with_limits(ty.limits(), flags, |limits| {
        // SAFETY: both are copied.
        unsafe { sys::WasmEdge_TableTypeCreate(element, limits) }
    })
}

/// Makes a memory type, for the caller to own.
pub(crate) fn raw_memory_type(ty: &MemoryType) -> Result<*mut sys::WasmEdge_MemoryTypeContext> {
    let flags = Flags {
        shared: ty.is_shared(),
        is_64: ty.is_64(),
    };
    with_limits(ty.limits(), flags, |limits| {
        // SAFETY: the limits are copied.
        unsafe { sys::WasmEdge_MemoryTypeCreate(limits) }
    })
}

/// Makes a global type, for the caller to own.
pub(crate) fn raw_global_type(ty: &GlobalType) -> *mut sys::WasmEdge_GlobalTypeContext {
    let mutability = match ty.mutability() {
        Mutability::Const => sys::WasmEdge_Mutability_Const,
        Mutability::Var => sys::WasmEdge_Mutability_Var,
    };
    // SAFETY: plain values.
    unsafe { sys::WasmEdge_GlobalTypeCreate(raw_val_type(ty.content()), mutability) }
}
