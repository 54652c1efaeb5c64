//! Types of values.

use crate::sys;
use crate::vocabulary::{Error, ValType};

/// C's name for a value type: an enum before 0.14, eight bytes from then on.
pub(crate) type RawValType = sys::WasmEdge_ValType;

/// All types that this crate has values of.
pub(crate) const ALL_VAL_TYPES: [ValType; 7] = [
    ValType::I32,
    ValType::I64,
    ValType::F32,
    ValType::F64,
    ValType::V128,
    ValType::FuncRef,
    ValType::ExternRef,
];

/// The byte that stands for the type in the binary format, which C uses in all versions.
const fn type_byte(ty: ValType) -> u8 {
    match ty {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::FuncRef => 0x70,
        ValType::ExternRef => 0x6f,
    }
}

/// The type that a byte of the binary format stands for.
#[inline]
const fn type_of_byte(byte: u8) -> Option<ValType> {
    Some(match byte {
        0x7f => ValType::I32,
        0x7e => ValType::I64,
        0x7d => ValType::F32,
        0x7c => ValType::F64,
        0x7b => ValType::V128,
        0x70 => ValType::FuncRef,
        0x6f => ValType::ExternRef,
        _ => return None,
    })
}

#[cfg(not(wasmedge_0_14))]
mod raw {
    use super::{RawValType, type_byte, type_of_byte};
    use crate::sys;
    use crate::vocabulary::ValType;

    pub(crate) const fn to_raw(ty: ValType) -> RawValType {
        sys::WasmEdge_ValType(type_byte(ty) as _)
    }

    #[inline]
    pub(crate) fn from_raw(raw: RawValType) -> Option<ValType> {
        type_of_byte(u8::try_from(raw.0).ok()?)
    }

    /// The enum in the header is the description: compare it with ours.
    pub(super) fn library_agrees(ty: ValType) -> bool {
        to_raw(ty)
            == match ty {
                ValType::I32 => sys::WasmEdge_ValType_I32,
                ValType::I64 => sys::WasmEdge_ValType_I64,
                ValType::F32 => sys::WasmEdge_ValType_F32,
                ValType::F64 => sys::WasmEdge_ValType_F64,
                ValType::V128 => sys::WasmEdge_ValType_V128,
                ValType::FuncRef => sys::WasmEdge_ValType_FuncRef,
                ValType::ExternRef => sys::WasmEdge_ValType_ExternRef,
            }
    }
}

#[cfg(wasmedge_0_14)]
mod raw {
    use super::{RawValType, type_byte, type_of_byte};
    use crate::sys;
    use crate::vocabulary::ValType;

    /// The code of a type that has no further description.
    const PLAIN: u8 = 0x40;
    /// The code of a nullable reference; what it refers to follows.
    const REF_NULL: u8 = 0x63;

    /// Padding, "externalized", code, heap type, and four bytes of a type index.
    pub(crate) const fn to_raw(ty: ValType) -> RawValType {
        let (code, heap) = match ty {
            ValType::FuncRef | ValType::ExternRef => (REF_NULL, type_byte(ty)),
            _ => (type_byte(ty), PLAIN),
        };
        RawValType {
            Data: [0, 0, code, heap, 0, 0, 0, 0],
        }
    }

    #[inline]
    pub(crate) const fn from_raw(raw: RawValType) -> Option<ValType> {
        match raw.Data {
            // The first byte is padding, which the library leaves as it was.
            [_, 0, REF_NULL, heap @ (0x70 | 0x6f), 0, 0, 0, 0] => type_of_byte(heap),
            [_, 0, byte @ 0x7b..=0x7f, PLAIN, 0, 0, 0, 0] => type_of_byte(byte),
            _ => None,
        }
    }

    pub(super) fn library_agrees(ty: ValType) -> bool {
        // SAFETY: pure functions of the library.
        let raw = unsafe {
            match ty {
                ValType::I32 => sys::WasmEdge_ValTypeGenI32(),
                ValType::I64 => sys::WasmEdge_ValTypeGenI64(),
                ValType::F32 => sys::WasmEdge_ValTypeGenF32(),
                ValType::F64 => sys::WasmEdge_ValTypeGenF64(),
                ValType::V128 => sys::WasmEdge_ValTypeGenV128(),
                ValType::FuncRef => sys::WasmEdge_ValTypeGenFuncRef(),
                ValType::ExternRef => sys::WasmEdge_ValTypeGenExternRef(),
            }
        };
        from_raw(raw) == Some(ty)
    }
}

pub(crate) use raw::{from_raw as val_type, to_raw as raw_val_type};

/// Whether the library describes all value types as this file does; asked once, at first use.
pub(crate) fn value_types_match() -> bool {
    ALL_VAL_TYPES.into_iter().all(raw::library_agrees)
}

/// The refusal of a type from a proposal that this crate has no values for.
#[cold]
pub(crate) fn unknown_val_type() -> Error {
    Error::unsupported(
        "a value type",
        "it belongs to a proposal, such as typed references or garbage collection, whose values \
         this crate cannot pass",
    )
}
