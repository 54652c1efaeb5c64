//! References, where nothing else may be.

use super::{Val, WasmTy};
use crate::compat::RawValue;
use crate::runtime::externref::ExternRef;
use crate::runtime::func::Func;
use crate::runtime::store::StoreCore;
use crate::vocabulary::RefType;

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
    /// Returns the null of a type.
    ///
    /// C: `WasmEdge_ValueGenNullRef`.
    #[doc(alias = "WasmEdge_ValueGenNullRef")]
    pub const fn null(ty: RefType) -> Self {
        match ty {
            RefType::FuncRef => Self::Func(None),
            RefType::ExternRef => Self::Extern(None),
        }
    }

    /// Returns the type of the reference.
    #[inline]
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

    /// Returns the function, if it is a `funcref`; `Some(None)` for null.
    pub const fn func(&self) -> Option<Option<Func>> {
        match self {
            Self::Func(func) => Some(*func),
            Self::Extern(_) => None,
        }
    }

    /// Returns the external reference, if it is an `externref`; `Some(None)` for null.
    pub const fn extern_ref(&self) -> Option<Option<ExternRef>> {
        match self {
            Self::Extern(value) => Some(*value),
            Self::Func(_) => None,
        }
    }

    #[inline]
    pub(crate) fn into_raw(self, store: &StoreCore) -> RawValue {
        match self {
            Self::Func(func) => func.into_raw(store),
            Self::Extern(value) => value.into_raw(store),
        }
    }

    /// # Safety
    ///
    /// The value is a reference of this type, and came from `store`.
    #[inline]
    pub(crate) unsafe fn from_raw(raw: &RawValue, ty: RefType, store: &StoreCore) -> Self {
        // SAFETY: the value is a reference of this type, and came from `store`.
        unsafe {
            match ty {
                RefType::FuncRef => Self::Func(WasmTy::from_raw(raw, store)),
                RefType::ExternRef => Self::Extern(WasmTy::from_raw(raw, store)),
            }
        }
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
