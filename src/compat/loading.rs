//! From bytes to a module, and into a store.

use super::Code;
use crate::sys::{self, WasmEdge_Result, WasmEdge_String};

/// Whether `memory.grow` adds pages in 32 bits, so that the sum may wrap.
pub(crate) const GROWTH_WRAPS: bool = cfg!(not(wasmedge_0_14));

/// Parses a module from bytes: from a buffer before 0.14, from `Bytes` from then on.
///
/// # Safety
///
/// `loader` lives during the call and is used by this thread alone; `module` may be written.
///
/// # Panics
///
/// When there are 4 GiB and more.
pub(crate) unsafe fn parse(
    loader: *mut sys::WasmEdge_LoaderContext,
    module: &mut *mut sys::WasmEdge_ASTModuleContext,
    wasm: &[u8],
) -> WasmEdge_Result {
    let len = u32::try_from(wasm.len()).expect("less than 4 GiB");
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: `loader` is alive and this thread's alone; the buffer is only read during the call.
    unsafe {
        sys::WasmEdge_LoaderParseFromBuffer(loader, module, wasm.as_ptr(), len)
    }
    #[cfg(wasmedge_0_14)]
    // SAFETY: `loader` is alive and this thread's alone; the bytes are only read during the call.
    unsafe {
        sys::WasmEdge_LoaderParseFromBytes(
            loader,
            module,
            sys::WasmEdge_Bytes {
                Length: len,
                Buf: wasm.as_ptr(),
            },
        )
    }
}

/// Whether an instance can be linked under another name than its own.
pub(crate) const INSTANCES_HAVE_ALIASES: bool = cfg!(wasmedge_0_17);

/// Registers an instance in a C store under a name, which is its own unless
/// [`INSTANCES_HAVE_ALIASES`].
///
/// # Safety
///
/// All three live during the call, and nobody else uses them.
pub(crate) unsafe fn register_import(
    executor: *mut sys::WasmEdge_ExecutorContext,
    store: *mut sys::WasmEdge_StoreContext,
    instance: *const sys::WasmEdge_ModuleInstanceContext,
    name: WasmEdge_String,
) -> Code {
    #[cfg(not(wasmedge_0_17))]
    // SAFETY: all three are alive, and nobody else uses them.
    let result = unsafe {
        let _ = name;
        sys::WasmEdge_ExecutorRegisterImport(executor, store, instance)
    };
    #[cfg(wasmedge_0_17)]
    // SAFETY: all three are alive, and nobody else uses them; the name is copied.
    let result =
        unsafe { sys::WasmEdge_ExecutorRegisterImportWithAlias(executor, store, instance, name) };
    Code::new(result)
}
