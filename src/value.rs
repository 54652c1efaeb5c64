//! Values that WebAssembly code takes and gives.

use core::fmt;

use crate::store::StoreCore;
use crate::sys::compat::{self, RawValue};
use crate::types::ValType;

/// A WebAssembly value with its type, for calls whose types are known only at run time.
///
/// Floating-point numbers are kept as bits, so that the payload of a NaN survives.
///
/// # Examples
///
/// ```
/// use wasmedge::{Val, ValType};
///
/// let val = Val::from(1.5f64);
/// assert_eq!(val.ty(), ValType::F64);
/// assert_eq!(val.f64(), Some(1.5));
/// assert_eq!(val.i32(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_Value")]
pub enum Val {
    /// A 32-bit integer.
    #[doc(alias = "WasmEdge_ValueGenI32")]
    I32(i32),
    /// A 64-bit integer.
    #[doc(alias = "WasmEdge_ValueGenI64")]
    I64(i64),
    /// The bits of a 32-bit floating-point number.
    #[doc(alias = "WasmEdge_ValueGenF32")]
    F32(u32),
    /// The bits of a 64-bit floating-point number.
    #[doc(alias = "WasmEdge_ValueGenF64")]
    F64(u64),
    /// The bits of a vector.
    #[doc(alias = "WasmEdge_ValueGenV128")]
    #[doc(alias = "NewV128")]
    V128(u128),
}

impl Val {
    /// The type of the value.
    pub const fn ty(&self) -> ValType {
        match self {
            Self::I32(_) => ValType::I32,
            Self::I64(_) => ValType::I64,
            Self::F32(_) => ValType::F32,
            Self::F64(_) => ValType::F64,
            Self::V128(_) => ValType::V128,
        }
    }

    /// The number, if it is an `i32`.
    #[doc(alias = "WasmEdge_ValueGetI32")]
    pub const fn i32(&self) -> Option<i32> {
        match self {
            Self::I32(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is an `i64`.
    #[doc(alias = "WasmEdge_ValueGetI64")]
    pub const fn i64(&self) -> Option<i64> {
        match self {
            Self::I64(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is an `f32`.
    #[doc(alias = "WasmEdge_ValueGetF32")]
    pub const fn f32(&self) -> Option<f32> {
        match self {
            Self::F32(bits) => Some(f32::from_bits(*bits)),
            _ => None,
        }
    }

    /// The number, if it is an `f64`.
    #[doc(alias = "WasmEdge_ValueGetF64")]
    pub const fn f64(&self) -> Option<f64> {
        match self {
            Self::F64(bits) => Some(f64::from_bits(*bits)),
            _ => None,
        }
    }

    /// The bits, if it is a `v128`.
    #[doc(alias = "WasmEdge_ValueGetV128")]
    #[doc(alias = "GetVal")]
    pub const fn v128(&self) -> Option<u128> {
        match self {
            Self::V128(bits) => Some(*bits),
            _ => None,
        }
    }

    pub(crate) const fn into_raw(self) -> RawValue {
        let bits = match self {
            Self::I32(value) => value as u32 as u128,
            Self::I64(value) => value as u64 as u128,
            Self::F32(bits) => bits as u128,
            Self::F64(bits) => bits as u128,
            Self::V128(bits) => bits,
        };
        compat::raw_number(self.ty(), bits)
    }

    /// Reads a value of a type that is known from elsewhere; only the bits of that type count, the
    /// others may be left over from another value.
    ///
    /// `None` for types that this crate has no values for.
    pub(crate) const fn from_raw(raw: &RawValue, ty: ValType) -> Option<Self> {
        Some(match ty {
            ValType::I32 => Self::I32(raw.Value as i32),
            ValType::I64 => Self::I64(raw.Value as i64),
            ValType::F32 => Self::F32(raw.Value as u32),
            ValType::F64 => Self::F64(raw.Value as u64),
            ValType::V128 => Self::V128(raw.Value),
            ValType::FuncRef | ValType::ExternRef => return None,
        })
    }
}

impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::I32(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F32(bits) => f32::from_bits(bits).fmt(f),
            Self::F64(bits) => f64::from_bits(bits).fmt(f),
            Self::V128(bits) => write!(f, "{bits:#034x}"),
        }
    }
}

/// A Rust type that stands for one WebAssembly value: `i32` and `u32`, `i64` and `u64`, `f32`,
/// `f64`, and `u128` for `v128`.
pub trait WasmTy: Copy + Send + Sync + 'static + private::Sealed {
    /// The type in WebAssembly.
    const TYPE: ValType;

    #[doc(hidden)]
    fn into_raw(self, store: &StoreCore) -> RawValue;

    /// Reads a value whose type is [`TYPE`](Self::TYPE).
    #[doc(hidden)]
    fn from_raw(raw: &RawValue, store: &StoreCore) -> Self;
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
            fn from_raw(raw: &RawValue, _: &StoreCore) -> Self {
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

// Reading cuts off what is above the type's own bits: below 0.14 the library leaves other values'
// bits there.
numbers! {
    i32 => I32, |value| value as u32, |bits| bits as i32;
    u32 => I32, |value| value, |bits| bits as u32;
    i64 => I64, |value| value as u64, |bits| bits as i64;
    u64 => I64, |value| value, |bits| bits as u64;
    f32 => F32, f32::to_bits, |bits| f32::from_bits(bits as u32);
    f64 => F64, f64::to_bits, |bits| f64::from_bits(bits as u64);
    u128 => V128, |value| value, |bits| bits;
}
