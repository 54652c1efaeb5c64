//! One RAII owner for all contexts of the C API.

use std::fmt;
use std::ptr::NonNull;

use super::door;
use crate::vocabulary::{Error, ErrorKind, Result};
use crate::{compat, sys};

/// A C context with a `…Create` and a `…Delete` function.
///
/// # Safety
///
/// `delete` must free a context that its `…Create` function returned, and must need nothing of the
/// thread that created it: owners move between threads.
pub(crate) unsafe trait Context {
    /// What the context is called in messages.
    const NAME: &'static str;

    /// Frees the context.
    ///
    /// # Safety
    ///
    /// `context` came from the C API, is owned by the caller, and is not used again.
    unsafe fn delete(context: *mut Self);
}

/// Owns one C context and frees it when dropped.
pub(crate) struct Owned<C: Context>(NonNull<C>);

impl<C: Context> Owned<C> {
    /// Takes ownership of what a `…Create` function returned; null becomes an error.
    ///
    /// # Safety
    ///
    /// `context` is null or a context that nobody else owns.
    pub(crate) unsafe fn new(context: *mut C) -> Result<Self> {
        match NonNull::new(context) {
            Some(context) => Ok(Self(context)),
            None => Err(Error::from(ErrorKind::NotCreated { what: C::NAME })),
        }
    }

    /// The pointer, for C functions that only read.
    pub(crate) const fn as_ptr(&self) -> *const C {
        self.0.as_ptr()
    }

    /// The pointer, for C functions that change the context: nobody else may use it meanwhile, but
    /// where the C++ object has a lock for it.
    pub(crate) const fn as_mut_ptr(&self) -> *mut C {
        self.0.as_ptr()
    }

    /// The pointer as it is kept in handles.
    pub(crate) const fn as_non_null(&self) -> NonNull<C> {
        self.0
    }

    /// Gives the context away, to a C function that takes ownership of it.
    pub(crate) const fn into_raw(self) -> *mut C {
        let context = self.0.as_ptr();
        std::mem::forget(self);
        context
    }
}

impl<C: Context> Drop for Owned<C> {
    fn drop(&mut self) {
        // Once the process ends, what an object refers to may be gone before it.
        if let Some(_inside) = door::to_free() {
            // SAFETY: the pointer is owned by `self`, which is being dropped.
            unsafe { C::delete(self.0.as_ptr()) }
        }
    }
}

impl<C: Context> fmt::Debug for Owned<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:p})", C::NAME, self.0)
    }
}

// SAFETY: `Context` promises that no context is bound to the thread that created it.
unsafe impl<C: Context> Send for Owned<C> {}

/// Implements [`Context`] for a C type and its `…Delete` function.
macro_rules! contexts {
    ($($name:literal $context:ident $delete:ident)*) => {$(
        // SAFETY: the pair of create and delete functions of one type; no `…Delete` of the C API
        // depends on the calling thread (checked in lib/api/wasmedge.cpp: each is a plain
        // `delete`).
        unsafe impl Context for sys::$context {
            const NAME: &'static str = $name;

            unsafe fn delete(context: *mut Self) {
                // SAFETY: `context` came from the C API, and nobody uses it again.
                unsafe { sys::$delete(context) }
            }
        }
    )*};
}

contexts! {
    "configure context" WasmEdge_ConfigureContext WasmEdge_ConfigureDelete
    "statistics context" WasmEdge_StatisticsContext WasmEdge_StatisticsDelete
    "module" WasmEdge_ASTModuleContext WasmEdge_ASTModuleDelete
    "compiler" WasmEdge_CompilerContext WasmEdge_CompilerDelete
    "loader" WasmEdge_LoaderContext WasmEdge_LoaderDelete
    "validator" WasmEdge_ValidatorContext WasmEdge_ValidatorDelete
    "executor" WasmEdge_ExecutorContext WasmEdge_ExecutorDelete
    "store" WasmEdge_StoreContext WasmEdge_StoreDelete
    "module instance" WasmEdge_ModuleInstanceContext WasmEdge_ModuleInstanceDelete
    "function type" WasmEdge_FunctionTypeContext WasmEdge_FunctionTypeDelete
    "table type" WasmEdge_TableTypeContext WasmEdge_TableTypeDelete
    "global type" WasmEdge_GlobalTypeContext WasmEdge_GlobalTypeDelete
    "memory type" WasmEdge_MemoryTypeContext WasmEdge_MemoryTypeDelete
    "memory" WasmEdge_MemoryInstanceContext WasmEdge_MemoryInstanceDelete
    "host function" WasmEdge_FunctionInstanceContext WasmEdge_FunctionInstanceDelete
    "table" WasmEdge_TableInstanceContext WasmEdge_TableInstanceDelete
    "global" WasmEdge_GlobalInstanceContext WasmEdge_GlobalInstanceDelete
    "asynchronous call" WasmEdge_Async WasmEdge_AsyncDelete
    "virtual machine" WasmEdge_VMContext WasmEdge_VMDelete
}

// `&Owned<C>` gives away nothing but the pointer. Several threads may have it where every C
// function that this crate calls with a shared reference leaves the context unchanged or locks it:

// SAFETY: the C++ object guards every getter and setter with a shared mutex or an atomic.
unsafe impl Sync for Owned<sys::WasmEdge_ConfigureContext> {}

// SAFETY: after validation an AST is only read: instantiation copies what it needs
// (lib/executor/instantiate), and `Validator::validate` takes the `Ast` by value.
unsafe impl Sync for Owned<sys::WasmEdge_ASTModuleContext> {}

/// Turns "no context came back" of a function that also gave a result into an error.
///
/// # Safety
///
/// As for [`Owned::new`].
pub(crate) unsafe fn from_out_pointer<C: Context>(
    context: *mut C,
    result: sys::WasmEdge_Result,
    error: impl FnOnce(compat::Code) -> Error,
) -> Result<Owned<C>> {
    let code = compat::Code::new(result);
    if code.is_success() {
        // SAFETY: C gave the context, on success, and nobody else owns it.
        unsafe { Owned::new(context) }
    } else {
        // The C API writes the out pointer on success alone, so there is nothing to free.
        Err(error(code))
    }
}
