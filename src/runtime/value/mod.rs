//! Values that WebAssembly code takes and gives.

use std::fmt;

mod reference;
mod ty;
mod v128;

pub use reference::Ref;
pub use ty::WasmTy;
pub use v128::V128;

use crate::compat::{self, RawValue};
use crate::runtime::externref::ExternRef;
use crate::runtime::func::Func;
use crate::runtime::store::StoreCore;
use crate::vocabulary::{Error, ErrorKind, Result, ValType};

/// A WebAssembly value with its type, for calls whose types are known only at run time.
///
/// Floating-point numbers are kept as bits, so that the payload of a NaN survives.
///
/// C: `WasmEdge_Value`.
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
/// assert_eq!(f64::try_from(val)?, 1.5);
/// let error = i32::try_from(val).unwrap_err();
/// assert_eq!(error.to_string(), "the value is of type f64, not i32");
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_Value")]
pub enum Val {
    /// A 32-bit integer.
    ///
    /// C: `WasmEdge_ValueGenI32`.
    #[doc(alias = "WasmEdge_ValueGenI32")]
    I32(i32),
    /// A 64-bit integer.
    ///
    /// C: `WasmEdge_ValueGenI64`.
    #[doc(alias = "WasmEdge_ValueGenI64")]
    I64(i64),
    /// The bits of a 32-bit floating-point number.
    ///
    /// C: `WasmEdge_ValueGenF32`.
    #[doc(alias = "WasmEdge_ValueGenF32")]
    F32(u32),
    /// The bits of a 64-bit floating-point number.
    ///
    /// C: `WasmEdge_ValueGenF64`.
    #[doc(alias = "WasmEdge_ValueGenF64")]
    F64(u64),
    /// The bits of a vector.
    ///
    /// C: `WasmEdge_ValueGenV128`. Go: `NewV128`.
    #[doc(alias = "WasmEdge_ValueGenV128")]
    #[doc(alias = "NewV128")]
    V128(u128),
    /// A function, or null.
    ///
    /// C: `WasmEdge_ValueGenFuncRef`, `WasmEdge_ValueGenNullRef`. Go: `NewFuncRef`.
    #[doc(alias = "WasmEdge_ValueGenFuncRef")]
    #[doc(alias = "WasmEdge_ValueGenNullRef")]
    #[doc(alias = "NewFuncRef")]
    FuncRef(Option<Func>),
    /// Something of the host, or null.
    ///
    /// C: `WasmEdge_ValueGenExternRef`, `WasmEdge_ValueGenNullRef`.
    #[doc(alias = "WasmEdge_ValueGenExternRef")]
    #[doc(alias = "WasmEdge_ValueGenNullRef")]
    ExternRef(Option<ExternRef>),
}

impl Val {
    /// Returns the type of the value.
    #[inline]
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

    /// Returns the zero of a type, or its null.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Func, FuncType, Store, Val};
    ///
    /// // Room for the results of a function of any type.
    /// fn room(ty: &FuncType) -> Vec<Val> {
    ///     ty.results().iter().copied().map(Val::zero).collect()
    /// }
    ///
    /// let mut store = Store::new(())?;
    /// let pair = Func::wrap(&mut store, || (1i32, 2.5f64))?;
    /// let mut results = room(&pair.ty(&store)?);
    /// pair.call(&mut store, &[], &mut results)?;
    /// assert_eq!(results, [Val::from(1i32), Val::from(2.5f64)]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
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

    /// Returns the function, if it is a `funcref`; `Some(None)` for null.
    ///
    /// C: `WasmEdge_ValueGetFuncRef`. Go: `GetRef`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Func, Store, Val};
    ///
    /// let mut store = Store::new(())?;
    /// let f = Func::wrap(&mut store, || {})?;
    /// assert_eq!(Val::from(f).func_ref(), Some(Some(f)));
    /// assert_eq!(Val::FuncRef(None).func_ref(), Some(None)); // Null.
    /// assert_eq!(Val::I32(5).func_ref(), None); // No function at all.
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ValueGetFuncRef")]
    #[doc(alias = "GetRef")]
    pub const fn func_ref(&self) -> Option<Option<Func>> {
        match self {
            Self::FuncRef(func) => Some(*func),
            _ => None,
        }
    }

    /// Returns the reference, if it is an `externref`; `Some(None)` for null.
    ///
    /// C: `WasmEdge_ValueGetExternRef`.
    #[doc(alias = "WasmEdge_ValueGetExternRef")]
    pub const fn extern_ref(&self) -> Option<Option<ExternRef>> {
        match self {
            Self::ExternRef(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is a reference, and null.
    ///
    /// C: `WasmEdge_ValueIsNullRef`.
    #[doc(alias = "WasmEdge_ValueIsNullRef")]
    pub const fn is_null_ref(&self) -> bool {
        matches!(self, Self::FuncRef(None) | Self::ExternRef(None))
    }

    /// Returns the number, if it is an `i32`.
    ///
    /// C: `WasmEdge_ValueGetI32`.
    #[doc(alias = "WasmEdge_ValueGetI32")]
    pub const fn i32(&self) -> Option<i32> {
        match self {
            Self::I32(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the number, if it is an `i64`.
    ///
    /// C: `WasmEdge_ValueGetI64`.
    #[doc(alias = "WasmEdge_ValueGetI64")]
    pub const fn i64(&self) -> Option<i64> {
        match self {
            Self::I64(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the number, if it is an `f32`.
    ///
    /// C: `WasmEdge_ValueGetF32`.
    #[doc(alias = "WasmEdge_ValueGetF32")]
    pub const fn f32(&self) -> Option<f32> {
        match self {
            Self::F32(bits) => Some(f32::from_bits(*bits)),
            _ => None,
        }
    }

    /// Returns the number, if it is an `f64`.
    ///
    /// C: `WasmEdge_ValueGetF64`.
    #[doc(alias = "WasmEdge_ValueGetF64")]
    pub const fn f64(&self) -> Option<f64> {
        match self {
            Self::F64(bits) => Some(f64::from_bits(*bits)),
            _ => None,
        }
    }

    /// Returns the bits, if it is a `v128`.
    ///
    /// C: `WasmEdge_ValueGetV128`. Go: `GetVal`.
    #[doc(alias = "WasmEdge_ValueGetV128")]
    #[doc(alias = "GetVal")]
    pub const fn v128(&self) -> Option<u128> {
        match self {
            Self::V128(bits) => Some(*bits),
            _ => None,
        }
    }

    /// The value in C's form, if it is a number that is not a vector: what most values are, and
    /// what needs no jump.
    #[inline]
    pub(crate) fn number(&self) -> Option<RawValue> {
        let bits = match *self {
            Self::I32(value) => u64::from(value as u32),
            Self::I64(value) => value as u64,
            Self::F32(bits) => u64::from(bits),
            Self::F64(bits) => bits,
            _ => return None,
        };
        Some(compat::raw_number(self.ty(), u128::from(bits)))
    }

    /// # Panics
    ///
    /// When it refers to something of another store.
    #[inline]
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
    #[inline]
    pub(crate) unsafe fn from_raw(raw: &RawValue, ty: ValType, store: &StoreCore) -> Self {
        // SAFETY: the value is of the type `ty`, and came from `store`.
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

macro_rules! values {
    ($($ty:ty: $expected:ident, $value:ident => $taken:expr;)*) => {$(
        /// The value, if it is of the type; else [`ErrorKind::ValueType`].
        impl TryFrom<Val> for $ty {
            type Error = Error;

            fn try_from(value: Val) -> Result<Self> {
                match value {
                    Val::$expected($value) => Ok($taken),
                    other => Err(Error::from(ErrorKind::ValueType {
                        expected: ValType::$expected,
                        found: other.ty(),
                    })),
                }
            }
        }
    )*};
}

values! {
    i32: I32, value => value;
    u32: I32, value => value as u32;
    i64: I64, value => value;
    u64: I64, value => value as u64;
    f32: F32, bits => f32::from_bits(bits);
    f64: F64, bits => f64::from_bits(bits);
    u128: V128, bits => bits;
    V128: V128, bits => V128::from_bits(bits);
    Option<Func>: FuncRef, func => func;
    Option<ExternRef>: ExternRef, value => value;
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
