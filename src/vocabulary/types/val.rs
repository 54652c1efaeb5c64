//! Types of values.

use std::fmt;

/// The type of a WebAssembly value.
///
/// Types that the newest proposals add (typed references, garbage collection) have no variant: a
/// module that uses them in an import, an export or a signature is refused with
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).
///
/// C: `WasmEdge_ValType`, `WasmEdge_NumType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_ValType")]
#[doc(alias = "WasmEdge_NumType")]
pub enum ValType {
    /// 32-bit integer, of either sign.
    ///
    /// Go: `ValType_I32`.
    #[doc(alias = "ValType_I32")]
    I32,
    /// 64-bit integer, of either sign.
    ///
    /// Go: `ValType_I64`.
    #[doc(alias = "ValType_I64")]
    I64,
    /// 32-bit IEEE 754 number.
    ///
    /// Go: `ValType_F32`.
    #[doc(alias = "ValType_F32")]
    F32,
    /// 64-bit IEEE 754 number.
    ///
    /// Go: `ValType_F64`.
    #[doc(alias = "ValType_F64")]
    F64,
    /// 128-bit vector.
    ///
    /// Go: `ValType_V128`.
    #[doc(alias = "ValType_V128")]
    V128,
    /// Reference to a function, or null.
    ///
    /// Go: `ValType_FuncRef`.
    #[doc(alias = "ValType_FuncRef")]
    FuncRef,
    /// Reference to something of the host, or null.
    ///
    /// Go: `ValType_ExternRef`.
    #[doc(alias = "ValType_ExternRef")]
    ExternRef,
}

impl ValType {
    /// Returns the reference type, if it is one.
    pub const fn as_ref_type(self) -> Option<RefType> {
        match self {
            Self::FuncRef => Some(RefType::FuncRef),
            Self::ExternRef => Some(RefType::ExternRef),
            _ => None,
        }
    }

    /// Whether values of the type are references.
    pub const fn is_ref(self) -> bool {
        self.as_ref_type().is_some()
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
            Self::FuncRef => "funcref",
            Self::ExternRef => "externref",
        })
    }
}

/// The type of a reference: what a table holds.
///
/// C: `WasmEdge_RefType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_RefType")]
pub enum RefType {
    /// Reference to a function, or null.
    ///
    /// Go: `RefType_FuncRef`.
    #[doc(alias = "RefType_FuncRef")]
    FuncRef,
    /// Reference to something of the host, or null.
    ///
    /// Go: `RefType_ExternRef`.
    #[doc(alias = "RefType_ExternRef")]
    ExternRef,
}

impl From<RefType> for ValType {
    fn from(ty: RefType) -> Self {
        match ty {
            RefType::FuncRef => Self::FuncRef,
            RefType::ExternRef => Self::ExternRef,
        }
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ValType::from(*self).fmt(f)
    }
}
