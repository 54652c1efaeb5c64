//! Rust types that stand for WebAssembly's.

use super::{V128, Val};
use crate::compat::{self, RawValue};
use crate::runtime::externref::ExternRef;
use crate::runtime::func::Func;
use crate::runtime::store::StoreCore;
use crate::vocabulary::ValType;

/// A Rust type that stands for one WebAssembly value: `i32` and `u32`, `i64` and `u64`, `f32`,
/// `f64`, [`V128`] and `u128` for `v128`, `Option<Func>` for `funcref`, `Option<ExternRef>` for
/// `externref`.
///
/// # Examples
///
/// ```
/// use wasmedge::{AsStoreMut, Instance, Result, Vm, WasmTy};
///
/// /// Gets a value out of a guest, whatever its type is.
/// fn get<V: WasmTy>(mut store: impl AsStoreMut, guest: Instance, name: &str) -> Result<V> {
///     guest.get_typed_func::<(), V>(&store, name)?.call(&mut store, ())
/// }
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (func (export "i") (result i32) i32.const -1)
///          (func (export "f") (result f64) f64.const 2.5))"#,
/// )?;
/// let mut vm = Vm::new(())?;
/// let guest = vm.register_bytes("guest", &wasm)?;
/// assert_eq!(get::<i32>(&mut vm, guest, "i")?, -1);
/// assert_eq!(get::<u32>(&mut vm, guest, "i")?, u32::MAX);
/// assert_eq!(get::<f64>(&mut vm, guest, "f")?, 2.5);
/// assert!(get::<i64>(&mut vm, guest, "i").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no WebAssembly value",
    label = "not a WebAssembly value",
    note = "WebAssembly's values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `V128`, `u128`, `Option<Func>` and `Option<ExternRef>`",
    note = "an address or a length of the guest is a `u32`; strings, slices and structs lie in its memory: pass address and length, see `Memory` and `bindgen`"
)]
pub trait WasmTy: Copy + Send + Sync + 'static + private::Sealed {
    /// The type in WebAssembly.
    const TYPE: ValType;

    #[doc(hidden)]
    fn into_raw(self, store: &StoreCore) -> RawValue;

    /// # Safety
    ///
    /// The value is of the type [`TYPE`](Self::TYPE), and came from `store`.
    #[doc(hidden)]
    unsafe fn from_raw(raw: &RawValue, store: &StoreCore) -> Self;
}

mod private {
    #[allow(unnameable_types, reason = "seals `WasmTy`")]
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($rust:ty => $wasm:ident, $to_bits:expr, $from_bits:expr;)*) => {$(
        impl private::Sealed for $rust {}

        impl WasmTy for $rust {
            const TYPE: ValType = ValType::$wasm;

            #[inline]
            fn into_raw(self, _: &StoreCore) -> RawValue {
                let to_bits: fn($rust) -> _ = $to_bits;
                compat::raw_number(ValType::$wasm, u128::from(to_bits(self)))
            }

            #[inline]
            unsafe fn from_raw(raw: &RawValue, _: &StoreCore) -> Self {
                let from_bits: fn(u128) -> $rust = $from_bits;
                from_bits(raw.Value)
            }
        }

        impl From<$rust> for Val {
            fn from(value: $rust) -> Self {
                let to_bits: fn($rust) -> _ = $to_bits;
                Self::$wasm(to_bits(value) as _)
            }
        }
    )*};
}

// Reading cuts off what is above the type's own bits: before 0.14 the library leaves other values'
// bits there.
numbers! {
    i32 => I32, |value| value as u32, |bits| bits as i32;
    u32 => I32, |value| value, |bits| bits as u32;
    i64 => I64, |value| value as u64, |bits| bits as i64;
    u64 => I64, |value| value, |bits| bits as u64;
    f32 => F32, f32::to_bits, |bits| f32::from_bits(bits as u32);
    f64 => F64, f64::to_bits, |bits| f64::from_bits(bits as u64);
    u128 => V128, |value| value, |bits| bits;
    V128 => V128, V128::to_bits, V128::from_bits;
}

impl private::Sealed for Option<Func> {}

impl WasmTy for Option<Func> {
    const TYPE: ValType = ValType::FuncRef;

    #[inline]
    fn into_raw(self, store: &StoreCore) -> RawValue {
        let func = self.map_or(std::ptr::null_mut(), |func| func.get(store).as_ptr());
        compat::raw_func_ref(func)
    }

    #[inline]
    unsafe fn from_raw(raw: &RawValue, store: &StoreCore) -> Self {
        // SAFETY: the value is a `funcref`, and came from `store`.
        let func = unsafe { compat::func_of_ref(raw) };
        // All functions that code of a store can reach belong to the store, which keeps them.
        std::ptr::NonNull::new(func).map(|func| Func::from_handle(store.handle(func)))
    }
}

impl private::Sealed for Option<ExternRef> {}

impl WasmTy for Option<ExternRef> {
    const TYPE: ValType = ValType::ExternRef;

    #[inline]
    fn into_raw(self, store: &StoreCore) -> RawValue {
        compat::raw_extern_ref(self.map_or(0, |value| value.number(store)))
    }

    #[inline]
    unsafe fn from_raw(raw: &RawValue, store: &StoreCore) -> Self {
        // SAFETY: the value is an `externref`, and came from `store`.
        ExternRef::of_number(unsafe { compat::number_of_ref(raw) }, store)
    }
}
