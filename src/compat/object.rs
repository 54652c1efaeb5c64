//! Tables, memories and globals themselves.

#[cfg(not(wasmedge_0_14))]
use super::SUCCESS;
use super::{Code, RawValue};
use crate::sys;

/// C's type for an index into a table: 32 bits before 0.17, 64 bits from then on.
#[cfg(not(wasmedge_0_17))]
pub(crate) type TableIndex = u32;
/// C's type for an index into a table: 32 bits before 0.17, 64 bits from then on.
#[cfg(wasmedge_0_17)]
pub(crate) type TableIndex = u64;

/// C's type for a number of pages: 32 bits before 0.17, 64 bits from then on.
#[cfg(not(wasmedge_0_17))]
pub(crate) type Pages = u32;
/// C's type for a number of pages: 32 bits before 0.17, 64 bits from then on.
#[cfg(wasmedge_0_17)]
pub(crate) type Pages = u64;

/// Sets a global. Before 0.14 the function says nothing, and does nothing when it may not.
///
/// # Safety
///
/// `global` is alive, variable, and of the type of `value`, and nobody else uses it.
#[inline]
pub(crate) unsafe fn set_global(
    global: *mut sys::WasmEdge_GlobalInstanceContext,
    value: RawValue,
) -> Code {
    #[cfg(wasmedge_0_14)]
    // SAFETY: `global` is alive, variable, of the type of `value`, and nobody else uses it.
    let result = unsafe { sys::WasmEdge_GlobalInstanceSetValue(global, value) };
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: `global` is alive, variable, of the type of `value`, and nobody else uses it.
    let result = unsafe {
        sys::WasmEdge_GlobalInstanceSetValue(global, value);
        SUCCESS
    };
    Code::new(result)
}
