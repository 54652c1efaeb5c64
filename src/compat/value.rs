//! Values.

use super::raw_val_type;
use crate::sys;
use crate::vocabulary::ValType;

/// C's tagged value: 16 bytes of payload and the type.
pub(crate) type RawValue = sys::WasmEdge_Value;

/// A number: its bits in the low end of the payload.
#[inline]
pub(crate) const fn raw_number(ty: ValType, bits: u128) -> RawValue {
    RawValue {
        Value: bits,
        Type: raw_val_type(ty),
    }
}

/// A reference to a function of this process, or null.
///
/// Where the pointer is in the payload differs from version to version, so C puts it there.
#[inline]
pub(crate) fn raw_func_ref(func: *const sys::WasmEdge_FunctionInstanceContext) -> RawValue {
    // SAFETY: the pointer is stored, not followed.
    unsafe { sys::WasmEdge_ValueGenFuncRef(func) }
}

/// A reference to something of the host, by a number that is not zero; or null, by zero.
#[inline]
pub(crate) fn raw_extern_ref(number: usize) -> RawValue {
    // SAFETY: the "pointer" is stored, not followed.
    unsafe { sys::WasmEdge_ValueGenExternRef(std::ptr::without_provenance_mut(number)) }
}

/// The function that a reference refers to, or null.
///
/// # Safety
///
/// `raw` is a value of the type `funcref`, from [`raw_func_ref`] or from the library.
#[inline]
pub(crate) unsafe fn func_of_ref(raw: &RawValue) -> *mut sys::WasmEdge_FunctionInstanceContext {
    // SAFETY: `raw` is of the type `funcref`, so the union holds a function.
    unsafe { sys::WasmEdge_ValueGetFuncRef(*raw) }.cast_mut()
}

/// The number that a reference was made of, or zero.
///
/// # Safety
///
/// `raw` is a value of the type `externref`, from [`raw_extern_ref`] or from the library.
#[inline]
pub(crate) unsafe fn number_of_ref(raw: &RawValue) -> usize {
    // SAFETY: `raw` is of the type `externref`, so the union holds a number of ours.
    unsafe { sys::WasmEdge_ValueGetExternRef(*raw) }.addr()
}

/// Room for a value that C will write.
pub(crate) const EMPTY: RawValue = raw_number(ValType::I32, 0);
