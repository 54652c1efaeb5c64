//! Values that WebAssembly code takes and gives.

use core::fmt;

use crate::externref::ExternRef;
use crate::func::Func;
use crate::store::StoreCore;
use crate::sys::compat::{self, RawValue};
use crate::types::{RefType, ValType};

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
    /// A function, or null.
    #[doc(alias = "WasmEdge_ValueGenFuncRef")]
    #[doc(alias = "WasmEdge_ValueGenNullRef")]
    FuncRef(Option<Func>),
    /// Something of the host, or null.
    #[doc(alias = "WasmEdge_ValueGenExternRef")]
    #[doc(alias = "WasmEdge_ValueGenNullRef")]
    ExternRef(Option<ExternRef>),
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
            Self::FuncRef(_) => ValType::FuncRef,
            Self::ExternRef(_) => ValType::ExternRef,
        }
    }

    /// The zero of a type, or its null.
    pub const fn zero(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32(0),
            ValType::I64 => Self::I64(0),
            ValType::F32 => Self::F32(0),
            ValType::F64 => Self::F64(0),
            ValType::V128 => Self::V128(0),
            ValType::FuncRef => Self::FuncRef(None),
            ValType::ExternRef => Self::ExternRef(None),
        }
    }

    /// The function, if it is a `funcref`; `Some(None)` for null.
    #[doc(alias = "WasmEdge_ValueGetFuncRef")]
    pub const fn func_ref(&self) -> Option<Option<Func>> {
        match self {
            Self::FuncRef(func) => Some(*func),
            _ => None,
        }
    }

    /// The reference, if it is an `externref`; `Some(None)` for null.
    #[doc(alias = "WasmEdge_ValueGetExternRef")]
    pub const fn extern_ref(&self) -> Option<Option<ExternRef>> {
        match self {
            Self::ExternRef(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is a reference, and null.
    #[doc(alias = "WasmEdge_ValueIsNullRef")]
    pub const fn is_null_ref(&self) -> bool {
        matches!(self, Self::FuncRef(None) | Self::ExternRef(None))
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

    /// # Panics
    ///
    /// When it refers to something of another store.
    pub(crate) fn into_raw(self, store: &StoreCore) -> RawValue {
        match self {
            Self::I32(value) => value.into_raw(store),
            Self::I64(value) => value.into_raw(store),
            Self::F32(bits) => compat::raw_number(ValType::F32, u128::from(bits)),
            Self::F64(bits) => compat::raw_number(ValType::F64, u128::from(bits)),
            Self::V128(bits) => bits.into_raw(store),
            Self::FuncRef(func) => func.into_raw(store),
            Self::ExternRef(value) => value.into_raw(store),
        }
    }

    /// Reads a value of a type that is known from elsewhere; only the bits of that type count, the
    /// others may be left over from another value.
    ///
    /// # Safety
    ///
    /// The value is of type `ty`, and came from `store`.
    pub(crate) unsafe fn from_raw(raw: &RawValue, ty: ValType, store: &StoreCore) -> Self {
        // SAFETY: promised by the caller.
        unsafe {
            match ty {
                ValType::I32 => Self::I32(WasmTy::from_raw(raw, store)),
                ValType::I64 => Self::I64(WasmTy::from_raw(raw, store)),
                ValType::F32 => Self::F32(raw.Value as u32),
                ValType::F64 => Self::F64(raw.Value as u64),
                ValType::V128 => Self::V128(raw.Value),
                ValType::FuncRef => Self::FuncRef(WasmTy::from_raw(raw, store)),
                ValType::ExternRef => Self::ExternRef(WasmTy::from_raw(raw, store)),
            }
        }
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
            Self::FuncRef(None) | Self::ExternRef(None) => f.write_str("null"),
            Self::FuncRef(Some(_)) => f.write_str("a function"),
            Self::ExternRef(Some(_)) => f.write_str("an external reference"),
        }
    }
}

/// What a table holds: a reference, with its type.
///
/// # Examples
///
/// ```
/// use wasmedge::{Ref, RefType};
///
/// assert_eq!(Ref::null(RefType::FuncRef), Ref::Func(None));
/// assert_eq!(Ref::Extern(None).ty(), RefType::ExternRef);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ref {
    /// A function, or null.
    Func(Option<Func>),
    /// Something of the host, or null.
    Extern(Option<ExternRef>),
}

impl Ref {
    /// The null of a type.
    #[doc(alias = "WasmEdge_ValueGenNullRef")]
    pub const fn null(ty: RefType) -> Self {
        match ty {
            RefType::FuncRef => Self::Func(None),
            RefType::ExternRef => Self::Extern(None),
        }
    }

    /// The type of the reference.
    pub const fn ty(&self) -> RefType {
        match self {
            Self::Func(_) => RefType::FuncRef,
            Self::Extern(_) => RefType::ExternRef,
        }
    }

    /// Whether it is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Func(None) | Self::Extern(None))
    }
}

impl From<Ref> for Val {
    fn from(value: Ref) -> Self {
        match value {
            Ref::Func(func) => Self::FuncRef(func),
            Ref::Extern(value) => Self::ExternRef(value),
        }
    }
}

macro_rules! references {
    ($($rust:ty => $of_ref:ident, $of_val:ident;)*) => {$(
        impl From<$rust> for Ref {
            fn from(value: $rust) -> Self {
                Self::$of_ref(value.into())
            }
        }

        impl From<$rust> for Val {
            fn from(value: $rust) -> Self {
                Self::$of_val(value.into())
            }
        }
    )*};
}

references! {
    Func => Func, FuncRef;
    Option<Func> => Func, FuncRef;
    ExternRef => Extern, ExternRef;
    Option<ExternRef> => Extern, ExternRef;
}

/// A 128-bit vector, with its lanes in the shapes that WebAssembly's vector instructions know.
///
/// Lane 0 is the one with the lowest bits, as in WebAssembly.
///
/// # Examples
///
/// ```
/// use wasmedge::{V128, Vm};
///
/// let wasm = wat::parse_str(
///     r#"(module (func (export "add") (param v128 v128) (result v128)
///          (i32x4.add (local.get 0) (local.get 1))))"#,
/// )?;
/// let (a, b) = (V128::from_i32x4([1, 2, 3, 4]), V128::from_i32x4([10, 20, 30, -40]));
/// let sum: V128 = Vm::new(())?.run_bytes(&wasm, "add", (a, b))?;
/// assert_eq!(sum.to_i32x4(), [11, 22, 33, -36]);
/// assert_eq!(sum.to_bits() as u32, 11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "NewV128")]
pub struct V128(u128);

impl V128 {
    /// A vector of these bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

macro_rules! shapes {
    ($($shape:literal $lane:ty, $count:literal, $from:ident, $to:ident;)*) => {
        impl V128 {$(
            #[doc = concat!("A vector of the lanes of an `", $shape, "`.")]
            pub fn $from(lanes: [$lane; $count]) -> Self {
                let mut bytes = [0; 16];
                let places = bytes.chunks_exact_mut(size_of::<$lane>());
                for (place, lane) in places.zip(lanes) {
                    place.copy_from_slice(&lane.to_le_bytes());
                }
                Self(u128::from_le_bytes(bytes))
            }

            #[doc = concat!("The lanes as those of an `", $shape, "`.")]
            pub fn $to(self) -> [$lane; $count] {
                let bytes = self.0.to_le_bytes();
                core::array::from_fn(|lane| {
                    let at = lane * size_of::<$lane>();
                    let mut place = [0; size_of::<$lane>()];
                    place.copy_from_slice(&bytes[at..at + size_of::<$lane>()]);
                    <$lane>::from_le_bytes(place)
                })
            }
        )*}
    };
}

shapes! {
    "i8x16" i8, 16, from_i8x16, to_i8x16;
    "i8x16" u8, 16, from_u8x16, to_u8x16;
    "i16x8" i16, 8, from_i16x8, to_i16x8;
    "i16x8" u16, 8, from_u16x8, to_u16x8;
    "i32x4" i32, 4, from_i32x4, to_i32x4;
    "i32x4" u32, 4, from_u32x4, to_u32x4;
    "i64x2" i64, 2, from_i64x2, to_i64x2;
    "i64x2" u64, 2, from_u64x2, to_u64x2;
    "f32x4" f32, 4, from_f32x4, to_f32x4;
    "f64x2" f64, 2, from_f64x2, to_f64x2;
}

/// A Rust type that stands for one WebAssembly value: `i32` and `u32`, `i64` and `u64`, `f32`,
/// `f64`, [`V128`] and `u128` for `v128`, `Option<Func>` for `funcref`, `Option<ExternRef>` for `externref`.
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
    V128 => V128, |value| value.0, V128;
}

impl private::Sealed for Option<Func> {}

impl WasmTy for Option<Func> {
    const TYPE: ValType = ValType::FuncRef;

    #[inline]
    fn into_raw(self, store: &StoreCore) -> RawValue {
        let func = self.map_or(core::ptr::null_mut(), |func| func.get(store).as_ptr());
        compat::raw_func_ref(func)
    }

    #[inline]
    unsafe fn from_raw(raw: &RawValue, store: &StoreCore) -> Self {
        // SAFETY: promised by the caller.
        let func = unsafe { compat::func_of_ref(raw) };
        // All functions that code of a store can reach belong to the store, which keeps them.
        core::ptr::NonNull::new(func).map(|func| Func::of(store.handle(func)))
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
        // SAFETY: promised by the caller.
        ExternRef::of_number(unsafe { compat::number_of_ref(raw) }, store)
    }
}
