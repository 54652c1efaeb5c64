//! All that differs from one version of the library to the next, behind one face.
//!
//! This is the only file with version cfgs. `build.rs` sets one for each threshold that the
//! installed headers reach: `wasmedge_0_14`, `wasmedge_0_17`, ….

use core::ffi::{c_char, c_int};
use core::fmt;

use smallvec::{SmallVec, smallvec};

use super::opcodes::{LEGACY, NEW, OPCODES, RELAXED};
use super::owned::Owned;
use super::{WasmEdge_Result, WasmEdge_String};
use crate::config::{Proposal, Standard};
use crate::error::{Error, ErrorKind, Meaning, Result, Trap};
use crate::log::Level;
use crate::types::{FuncType, GlobalType, Limits, MemoryType, Mutability, TableType, ValType};

// ------------------------------------------------------------------------------------------------
// Results

/// A [`WasmEdge_Result`] as a number that can be asked what it means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(u32);

/// What a callback returns when all went well.
pub(crate) const SUCCESS: WasmEdge_Result = WasmEdge_Result { Code: 0 };

/// What a callback returns to end the execution without a word in the library's log; the reason
/// waits in the store.
pub(crate) const TERMINATE: WasmEdge_Result = WasmEdge_Result { Code: 1 };

impl Code {
    pub(crate) const fn new(result: WasmEdge_Result) -> Self {
        Self(result.Code)
    }

    /// A code of the library's own category.
    pub(crate) const fn of_library(number: u32) -> Self {
        Self(number & 0x00ff_ffff)
    }

    /// Whether results were written. Not `WasmEdge_ResultOK`, which says yes to a terminated
    /// execution as well (S6).
    pub(crate) const fn is_success(self) -> bool {
        self.0 == SUCCESS.Code
    }

    /// Success, or the library's error where there is no kind of its own for it.
    pub(crate) fn ok(self) -> Result<()> {
        if self.is_success() {
            Ok(())
        } else {
            Err(Error::from(ErrorKind::Library(self.into())))
        }
    }

    /// The 24-bit code, without its category.
    pub(crate) const fn number(self) -> u32 {
        self.0 & 0x00ff_ffff
    }

    const fn is_user_level(self) -> bool {
        self.0 >> 24 != 0
    }

    /// The library's text for the code.
    pub(crate) fn message(self) -> &'static str {
        // SAFETY: any number may be asked; the text is a constant of the library, or null.
        let text = unsafe {
            super::string::static_text(super::WasmEdge_ResultGetMessage(WasmEdge_Result {
                Code: self.0,
            }))
        };
        text.unwrap_or("unknown error")
    }

    /// What the code says of an execution.
    pub(crate) fn meaning(self) -> Meaning {
        if self.is_user_level() {
            return Meaning::User(self.number());
        }
        if self.0 == TERMINATE.Code {
            return Meaning::Terminated;
        }
        trap(self.number()).map_or(Meaning::Other, Meaning::Trap)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The name of a code; the numbers changed in 0.14, the names did not.
pub(crate) fn error_name(number: u32) -> Option<&'static str> {
    let mut named = super::ERROR_CODES.iter();
    named.find_map(|(own, name)| (*own == number).then_some(*name))
}

fn trap(number: u32) -> Option<Trap> {
    Some(match error_name(number)? {
        "Unreachable" => Trap::Unreachable,
        "MemoryOutOfBounds" => Trap::MemoryOutOfBounds,
        "TableOutOfBounds" => Trap::TableOutOfBounds,
        "UndefinedElement" => Trap::UndefinedElement,
        "UninitializedElement" => Trap::UninitializedElement,
        "IndirectCallTypeMismatch" => Trap::IndirectCallTypeMismatch,
        "DivideByZero" => Trap::DivideByZero,
        "IntegerOverflow" => Trap::IntegerOverflow,
        "InvalidConvToInt" => Trap::InvalidConversionToInteger,
        "RefTypeMismatch" => Trap::RefTypeMismatch,
        "UnalignedAtomicAccess" => Trap::UnalignedAtomic,
        "ExpectSharedMemory" => Trap::ExpectedSharedMemory,
        "HostFuncError" => Trap::HostFunction,
        "CostLimitExceeded" => Trap::OutOfFuel,
        "Interrupted" => Trap::Interrupted,
        "ArrayOutOfBounds" => Trap::ArrayOutOfBounds,
        "CastFailed" => Trap::CastFailure,
        "UncaughtException" => Trap::UncaughtException,
        "CastNullToNonNull"
        | "AccessNullFunc"
        | "AccessNullStruct"
        | "AccessNullArray"
        | "AccessNullI31"
        | "AccessNullException" => Trap::NullReference,
        _ => return None,
    })
}

// ------------------------------------------------------------------------------------------------
// Value types

/// C's name for a value type: an enum below 0.14, eight bytes from then on.
pub(crate) type RawValType = super::WasmEdge_ValType;

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
mod val_type {
    use super::{RawValType, ValType, type_byte, type_of_byte};

    pub(crate) const fn to_raw(ty: ValType) -> RawValType {
        super::super::WasmEdge_ValType(type_byte(ty) as _)
    }

    #[inline]
    pub(crate) fn from_raw(raw: RawValType) -> Option<ValType> {
        type_of_byte(u8::try_from(raw.0).ok()?)
    }

    /// The enum in the header is the description: compare it with ours.
    pub(super) fn library_agrees(ty: ValType) -> bool {
        to_raw(ty)
            == match ty {
                ValType::I32 => super::super::WasmEdge_ValType_I32,
                ValType::I64 => super::super::WasmEdge_ValType_I64,
                ValType::F32 => super::super::WasmEdge_ValType_F32,
                ValType::F64 => super::super::WasmEdge_ValType_F64,
                ValType::V128 => super::super::WasmEdge_ValType_V128,
                ValType::FuncRef => super::super::WasmEdge_ValType_FuncRef,
                ValType::ExternRef => super::super::WasmEdge_ValType_ExternRef,
            }
    }
}

#[cfg(wasmedge_0_14)]
mod val_type {
    use super::{RawValType, ValType, type_byte, type_of_byte};

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
                ValType::I32 => super::super::WasmEdge_ValTypeGenI32(),
                ValType::I64 => super::super::WasmEdge_ValTypeGenI64(),
                ValType::F32 => super::super::WasmEdge_ValTypeGenF32(),
                ValType::F64 => super::super::WasmEdge_ValTypeGenF64(),
                ValType::V128 => super::super::WasmEdge_ValTypeGenV128(),
                ValType::FuncRef => super::super::WasmEdge_ValTypeGenFuncRef(),
                ValType::ExternRef => super::super::WasmEdge_ValTypeGenExternRef(),
            }
        };
        from_raw(raw) == Some(ty)
    }
}

pub(crate) use val_type::{from_raw as val_type, to_raw as raw_val_type};

/// Whether the library describes all value types as this file does; asked once, at first use.
pub(crate) fn value_types_match() -> bool {
    ALL_VAL_TYPES.into_iter().all(val_type::library_agrees)
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

// ------------------------------------------------------------------------------------------------
// Values

/// C's tagged value: 16 bytes of payload and the type.
pub(crate) type RawValue = super::WasmEdge_Value;

/// A number: its bits in the low end of the payload.
pub(crate) const fn raw_number(ty: ValType, bits: u128) -> RawValue {
    RawValue {
        Value: bits,
        Type: raw_val_type(ty),
    }
}

/// A reference to a function of this process, or null.
///
/// Where the pointer is in the payload differs from version to version, so C puts it there.
pub(crate) fn raw_func_ref(func: *const super::WasmEdge_FunctionInstanceContext) -> RawValue {
    // SAFETY: the pointer is stored, not followed.
    unsafe { super::WasmEdge_ValueGenFuncRef(func) }
}

/// A reference to something of the host, by a number that is not zero; or null, by zero.
pub(crate) fn raw_extern_ref(number: usize) -> RawValue {
    // SAFETY: the "pointer" is stored, not followed.
    unsafe { super::WasmEdge_ValueGenExternRef(core::ptr::without_provenance_mut(number)) }
}

/// The function that a reference refers to, or null.
///
/// # Safety
///
/// `raw` is a value of the type `funcref`, from [`raw_func_ref`] or from the library.
pub(crate) unsafe fn func_of_ref(raw: &RawValue) -> *mut super::WasmEdge_FunctionInstanceContext {
    // SAFETY: promised by the caller.
    unsafe { super::WasmEdge_ValueGetFuncRef(*raw) }.cast_mut()
}

/// The number that a reference was made of, or zero.
///
/// # Safety
///
/// `raw` is a value of the type `externref`, from [`raw_extern_ref`] or from the library.
pub(crate) unsafe fn number_of_ref(raw: &RawValue) -> usize {
    // SAFETY: promised by the caller.
    unsafe { super::WasmEdge_ValueGetExternRef(*raw) }.addr()
}

/// Room for a value that C will write.
pub(crate) const EMPTY: RawValue = raw_number(ValType::I32, 0);

// ------------------------------------------------------------------------------------------------
// Limits

/// What C keeps with the limits besides them.
#[derive(Clone, Copy)]
struct Flags {
    /// Several threads use it.
    shared: bool,
    /// Addresses and indices have 64 bits: from 0.17 on, where nobody turns it off.
    is_64: bool,
}

#[cfg(not(wasmedge_0_17))]
mod limits {
    use super::super::WasmEdge_Limit;
    use super::{Flags, Limits};

    /// Below 0.17 a limit is a struct, and comes by value.
    pub(super) fn read(raw: WasmEdge_Limit) -> (Limits, Flags) {
        let max = raw.HasMax.then(|| u64::from(raw.Max));
        // Making a shared limit leaves `HasMax` unset and `Max` filled.
        let max = if raw.Shared {
            Some(u64::from(raw.Max))
        } else {
            max
        };
        let flags = Flags {
            shared: raw.Shared,
            is_64: false,
        };
        (Limits::existing(u64::from(raw.Min), max), flags)
    }
}

#[cfg(wasmedge_0_17)]
mod limits {
    use super::{Flags, Limits};
    use crate::sys;

    /// From 0.17 on a limit is an object inside the type that it belongs to.
    pub(super) fn read(raw: *const sys::WasmEdge_LimitContext) -> (Limits, Flags) {
        // SAFETY: a view into a live table or memory type, or null, which the getters accept.
        let (min, has_max) = unsafe {
            (
                sys::WasmEdge_LimitGetMin(raw),
                sys::WasmEdge_LimitHasMax(raw),
            )
        };
        // SAFETY: as above.
        let max = unsafe { sys::WasmEdge_LimitGetMax(raw) };
        // SAFETY: as above.
        let flags = unsafe {
            Flags {
                shared: sys::WasmEdge_LimitIsShared(raw),
                is_64: sys::WasmEdge_LimitIs64Bit(raw),
            }
        };
        (Limits::existing(min, has_max.then_some(max)), flags)
    }
}

/// C's limits for a type that is being made.
#[cfg(not(wasmedge_0_17))]
fn with_limits<R>(limits: Limits, flags: Flags, make: impl FnOnce(RawLimits) -> R) -> Result<R> {
    let fits = |size| {
        u32::try_from(size)
            .map_err(|_| Error::invalid(format!("a size of {size} does not fit in 32 bits")))
    };
    debug_assert!(!flags.is_64);
    Ok(make(super::WasmEdge_Limit {
        HasMax: limits.max().is_some(),
        Shared: flags.shared,
        Min: fits(limits.min())?,
        Max: fits(limits.max().unwrap_or(limits.min()))?,
    }))
}

/// C's limits for a type that is being made; it copies them.
#[cfg(wasmedge_0_17)]
fn with_limits<R>(limits: Limits, flags: Flags, make: impl FnOnce(RawLimits) -> R) -> Result<R> {
    let Flags { shared, is_64 } = flags;
    // SAFETY: plain numbers in, a context of our own out; `LimitDelete` accepts it, null included.
    let raw = unsafe {
        match limits.max() {
            Some(max) => super::WasmEdge_LimitCreateWithMax(limits.min(), max, is_64, shared),
            None => super::WasmEdge_LimitCreate(limits.min(), is_64),
        }
    };
    let made = make(raw);
    // SAFETY: made above, and no longer used.
    unsafe { super::WasmEdge_LimitDelete(raw) };
    Ok(made)
}

#[cfg(not(wasmedge_0_17))]
type RawLimits = super::WasmEdge_Limit;
#[cfg(wasmedge_0_17)]
type RawLimits = *const super::WasmEdge_LimitContext;

// ------------------------------------------------------------------------------------------------
// Types of functions, tables, memories, globals and tags, read into Rust

/// The types of parameters or of results, as C gives them.
pub(crate) struct RawTypes(SmallVec<[RawValType; FEW]>);

/// How many parameters or results need no allocation.
pub(crate) const FEW: usize = 8;

/// One of the two functions that list types of a function type.
type ListTypes = unsafe extern "C-unwind" fn(
    *const super::WasmEdge_FunctionTypeContext,
    *mut RawValType,
    u32,
) -> u32;

impl RawTypes {
    /// The types of the parameters.
    ///
    /// # Safety
    ///
    /// `raw` points to a function type that lives during the call.
    #[inline]
    pub(crate) unsafe fn params(raw: *const super::WasmEdge_FunctionTypeContext) -> Self {
        // SAFETY: promised by the caller.
        unsafe { Self::list(raw, super::WasmEdge_FunctionTypeGetParameters) }
    }

    /// The types of the results.
    ///
    /// # Safety
    ///
    /// As for [`params`](Self::params).
    #[inline]
    pub(crate) unsafe fn results(raw: *const super::WasmEdge_FunctionTypeContext) -> Self {
        // SAFETY: promised by the caller.
        unsafe { Self::list(raw, super::WasmEdge_FunctionTypeGetReturns) }
    }

    /// # Safety
    ///
    /// As for [`params`](Self::params).
    #[inline]
    unsafe fn list(raw: *const super::WasmEdge_FunctionTypeContext, list: ListTypes) -> Self {
        let mut types = [raw_val_type(ValType::I32); FEW];
        // SAFETY: promised by the caller; C writes as many types as there are and fit, and returns
        // how many there are.
        let len = unsafe { list(raw, types.as_mut_ptr(), FEW as u32) };
        if len as usize <= FEW {
            return Self(SmallVec::from_buf_and_len(types, len as usize));
        }
        let mut types = smallvec![raw_val_type(ValType::I32); len as usize];
        // SAFETY: as above.
        unsafe { list(raw, types.as_mut_ptr(), len) };
        Self(types)
    }

    /// The types in their order; `None` for one of a proposal that this crate has no values for.
    #[inline]
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Option<ValType>> {
        self.0.iter().map(|&raw| val_type(raw))
    }
}

/// Reads a function type.
///
/// # Safety
///
/// `raw` points to a function type that lives during the call.
pub(crate) unsafe fn func_type(
    raw: *const super::WasmEdge_FunctionTypeContext,
) -> Result<FuncType> {
    // SAFETY: promised by the caller.
    let (params, results) = unsafe { (RawTypes::params(raw), RawTypes::results(raw)) };
    let known = |types: &RawTypes| -> Option<SmallVec<[ValType; FEW]>> { types.iter().collect() };
    match (known(&params), known(&results)) {
        (Some(params), Some(results)) => Ok(FuncType::new(params, results)),
        _ => Err(unknown_val_type()),
    }
}

/// Reads a table type.
///
/// # Safety
///
/// `raw` points to a table type that lives during the call.
pub(crate) unsafe fn table_type(raw: *const super::WasmEdge_TableTypeContext) -> Result<TableType> {
    // SAFETY: promised by the caller.
    let element = unsafe { super::WasmEdge_TableTypeGetRefType(raw) };
    #[cfg(not(wasmedge_0_14))]
    let element = super::WasmEdge_ValType(element.0);
    let element = val_type(element)
        .and_then(ValType::as_ref_type)
        .ok_or_else(unknown_val_type)?;
    // SAFETY: promised by the caller.
    let (limits, flags) = limits::read(unsafe { super::WasmEdge_TableTypeGetLimit(raw) });
    Ok(TableType::existing(element, limits, flags.is_64))
}

/// Reads a memory type.
///
/// # Safety
///
/// `raw` points to a memory type that lives during the call.
pub(crate) unsafe fn memory_type(raw: *const super::WasmEdge_MemoryTypeContext) -> MemoryType {
    // SAFETY: promised by the caller.
    let (limits, flags) = limits::read(unsafe { super::WasmEdge_MemoryTypeGetLimit(raw) });
    MemoryType::existing(limits, flags.shared, flags.is_64)
}

/// Reads a global type.
///
/// # Safety
///
/// `raw` points to a global type that lives during the call.
pub(crate) unsafe fn global_type(
    raw: *const super::WasmEdge_GlobalTypeContext,
) -> Result<GlobalType> {
    // SAFETY: promised by the caller.
    let (content, mutability) = unsafe {
        (
            super::WasmEdge_GlobalTypeGetValType(raw),
            super::WasmEdge_GlobalTypeGetMutability(raw),
        )
    };
    let content = val_type(content).ok_or_else(unknown_val_type)?;
    let mutability = if mutability == super::WasmEdge_Mutability_Var {
        Mutability::Var
    } else {
        Mutability::Const
    };
    Ok(GlobalType::new(content, mutability))
}

/// Makes a function type.
pub(crate) fn raw_func_type(ty: &FuncType) -> Result<Owned<super::WasmEdge_FunctionTypeContext>> {
    let list = |types: &[ValType]| -> (Vec<_>, u32) {
        let list: Vec<_> = types.iter().map(|&ty| raw_val_type(ty)).collect();
        let len = u32::try_from(list.len()).unwrap_or(u32::MAX);
        (list, len)
    };
    let (params, param_len) = list(ty.params());
    let (results, result_len) = list(ty.results());
    // SAFETY: two arrays with their lengths, copied by C, and a context that nobody else owns.
    unsafe {
        Owned::new(super::WasmEdge_FunctionTypeCreate(
            params.as_ptr(),
            param_len,
            results.as_ptr(),
            result_len,
        ))
    }
}

/// Makes a table type.
pub(crate) fn raw_table_type(ty: &TableType) -> Result<Owned<super::WasmEdge_TableTypeContext>> {
    let element = raw_val_type(ty.element().into());
    #[cfg(not(wasmedge_0_14))]
    let element = super::WasmEdge_RefType(element.0);
    let flags = Flags {
        shared: false,
        is_64: ty.is_64(),
    };
    with_limits(ty.limits(), flags, |limits| {
        // SAFETY: both are copied; a context that nobody else owns.
        unsafe { Owned::new(super::WasmEdge_TableTypeCreate(element, limits)) }
    })?
}

/// Makes a memory type.
pub(crate) fn raw_memory_type(ty: &MemoryType) -> Result<Owned<super::WasmEdge_MemoryTypeContext>> {
    let flags = Flags {
        shared: ty.is_shared(),
        is_64: ty.is_64(),
    };
    with_limits(ty.limits(), flags, |limits| {
        // SAFETY: the limits are copied; a context that nobody else owns.
        unsafe { Owned::new(super::WasmEdge_MemoryTypeCreate(limits)) }
    })?
}

/// Makes a global type.
pub(crate) fn raw_global_type(ty: &GlobalType) -> Result<Owned<super::WasmEdge_GlobalTypeContext>> {
    let mutability = match ty.mutability() {
        Mutability::Const => super::WasmEdge_Mutability_Const,
        Mutability::Var => super::WasmEdge_Mutability_Var,
    };
    // SAFETY: plain values in, a context that nobody else owns out.
    unsafe {
        Owned::new(super::WasmEdge_GlobalTypeCreate(
            raw_val_type(ty.content()),
            mutability,
        ))
    }
}

/// C's type for an index into a table: 32 bits below 0.17, 64 bits from then on.
#[cfg(not(wasmedge_0_17))]
pub(crate) type TableIndex = u32;
/// C's type for an index into a table: 32 bits below 0.17, 64 bits from then on.
#[cfg(wasmedge_0_17)]
pub(crate) type TableIndex = u64;

/// Sets a global. Below 0.14 the function says nothing, and does nothing when it may not.
///
/// # Safety
///
/// `global` is alive, variable, and of the type of `value`, and nobody else uses it.
pub(crate) unsafe fn set_global(
    global: *mut super::WasmEdge_GlobalInstanceContext,
    value: RawValue,
) -> Code {
    #[cfg(wasmedge_0_14)]
    // SAFETY: promised by the caller.
    let result = unsafe { super::WasmEdge_GlobalInstanceSetValue(global, value) };
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: promised by the caller.
    let result = unsafe {
        super::WasmEdge_GlobalInstanceSetValue(global, value);
        SUCCESS
    };
    Code::new(result)
}

/// The kind of an import or export, with the kinds that only newer libraries know.
pub(crate) fn is_tag(kind: super::WasmEdge_ExternalType) -> bool {
    #[cfg(wasmedge_0_14)]
    return kind == super::WasmEdge_ExternalType_Tag;
    #[cfg(not(wasmedge_0_14))]
    {
        let _ = kind;
        false
    }
}

/// Exception tags: contexts of 0.14 and later.
#[cfg(wasmedge_0_14)]
mod tag {
    use core::ptr::NonNull;

    use super::super::string;
    use super::{FuncType, Result, WasmEdge_String, func_type, unknown_val_type};
    use crate::sys;

    pub(crate) type RawTag = sys::WasmEdge_TagInstanceContext;

    unsafe fn tag_type(raw: *const sys::WasmEdge_TagTypeContext) -> Result<FuncType> {
        // SAFETY: promised by the caller; null gives null.
        let func = unsafe { sys::WasmEdge_TagTypeGetFunctionType(raw) };
        if func.is_null() {
            return Err(unknown_val_type());
        }
        // SAFETY: not null, and part of the tag type.
        unsafe { func_type(func) }
    }

    /// # Safety
    ///
    /// `import` belongs to `ast`, which lives during the call.
    pub(crate) unsafe fn of_import(
        ast: *const sys::WasmEdge_ASTModuleContext,
        import: *const sys::WasmEdge_ImportTypeContext,
    ) -> Result<FuncType> {
        // SAFETY: promised by the caller.
        let tag = unsafe { sys::WasmEdge_ImportTypeGetTagType(ast, import) };
        // SAFETY: a view into the AST, or null.
        unsafe { tag_type(tag) }
    }

    /// # Safety
    ///
    /// `export` belongs to `ast`, which lives during the call.
    pub(crate) unsafe fn of_export(
        ast: *const sys::WasmEdge_ASTModuleContext,
        export: *const sys::WasmEdge_ExportTypeContext,
    ) -> Result<FuncType> {
        // SAFETY: promised by the caller.
        let tag = unsafe { sys::WasmEdge_ExportTypeGetTagType(ast, export) };
        // SAFETY: a view into the AST, or null.
        unsafe { tag_type(tag) }
    }

    /// # Safety
    ///
    /// `tag` lives during the call.
    pub(crate) unsafe fn of_instance(tag: NonNull<RawTag>) -> Result<FuncType> {
        // SAFETY: promised by the caller.
        let ty = unsafe { sys::WasmEdge_TagInstanceGetTagType(tag.as_ptr()) };
        // SAFETY: a view into the tag instance.
        unsafe { tag_type(ty) }
    }

    /// # Safety
    ///
    /// `instance` lives during the call.
    pub(crate) unsafe fn find(
        instance: *const sys::WasmEdge_ModuleInstanceContext,
        name: WasmEdge_String,
    ) -> Option<NonNull<RawTag>> {
        // SAFETY: promised by the caller; the name is only read.
        NonNull::new(unsafe { sys::WasmEdge_ModuleInstanceFindTag(instance, name) })
    }

    /// # Safety
    ///
    /// `instance` lives during the call, and its exports do not change.
    pub(crate) unsafe fn names(
        instance: *const sys::WasmEdge_ModuleInstanceContext,
    ) -> Vec<Box<str>> {
        // SAFETY: promised by the caller; the two functions belong together.
        unsafe {
            let len = sys::WasmEdge_ModuleInstanceListTagLength(instance);
            string::names(len, |list, len| {
                sys::WasmEdge_ModuleInstanceListTag(instance, list, len)
            })
        }
    }
}

#[cfg(not(wasmedge_0_14))]
mod tag {
    use core::ptr::NonNull;

    use super::{FuncType, Result, WasmEdge_String, unknown_val_type};
    use crate::sys;

    /// There is none.
    pub(crate) enum RawTag {}

    pub(crate) unsafe fn of_import(
        _: *const sys::WasmEdge_ASTModuleContext,
        _: *const sys::WasmEdge_ImportTypeContext,
    ) -> Result<FuncType> {
        Err(unknown_val_type())
    }

    pub(crate) unsafe fn of_export(
        _: *const sys::WasmEdge_ASTModuleContext,
        _: *const sys::WasmEdge_ExportTypeContext,
    ) -> Result<FuncType> {
        Err(unknown_val_type())
    }

    pub(crate) unsafe fn of_instance(_: NonNull<RawTag>) -> Result<FuncType> {
        Err(unknown_val_type())
    }

    pub(crate) unsafe fn find(
        _: *const sys::WasmEdge_ModuleInstanceContext,
        _: WasmEdge_String,
    ) -> Option<NonNull<RawTag>> {
        None
    }

    pub(crate) unsafe fn names(_: *const sys::WasmEdge_ModuleInstanceContext) -> Vec<Box<str>> {
        Vec::new()
    }
}

pub(crate) use tag::{
    RawTag, find as find_tag, names as tag_names, of_export as export_tag_type,
    of_import as import_tag_type, of_instance as tag_type,
};

// ------------------------------------------------------------------------------------------------
// Loading

/// Parses a module from bytes: from a buffer below 0.14, from `Bytes` from then on.
///
/// # Safety
///
/// `loader` lives during the call and is used by this thread alone; `module` may be written.
pub(crate) unsafe fn parse(
    loader: *mut super::WasmEdge_LoaderContext,
    module: &mut *mut super::WasmEdge_ASTModuleContext,
    wasm: &[u8],
    len: u32,
) -> WasmEdge_Result {
    debug_assert_eq!(wasm.len(), len as usize);
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: promised by the caller; the buffer is only read during the call.
    unsafe {
        super::WasmEdge_LoaderParseFromBuffer(loader, module, wasm.as_ptr(), len)
    }
    #[cfg(wasmedge_0_14)]
    // SAFETY: promised by the caller; the bytes are only read during the call.
    unsafe {
        super::WasmEdge_LoaderParseFromBytes(
            loader,
            module,
            super::WasmEdge_Bytes {
                Length: len,
                Buf: wasm.as_ptr(),
            },
        )
    }
}

// ------------------------------------------------------------------------------------------------
// Linking

/// Whether an instance can be linked under another name than its own.
pub(crate) const INSTANCES_HAVE_ALIASES: bool = cfg!(wasmedge_0_17);

/// Registers an instance in a C store under a name, which is its own unless
/// [`INSTANCES_HAVE_ALIASES`].
///
/// # Safety
///
/// All three live during the call, and nobody else uses them.
pub(crate) unsafe fn link(
    executor: *mut super::WasmEdge_ExecutorContext,
    store: *mut super::WasmEdge_StoreContext,
    instance: *const super::WasmEdge_ModuleInstanceContext,
    name: WasmEdge_String,
) -> Code {
    #[cfg(not(wasmedge_0_17))]
    // SAFETY: promised by the caller.
    let result = unsafe {
        let _ = name;
        super::WasmEdge_ExecutorRegisterImport(executor, store, instance)
    };
    #[cfg(wasmedge_0_17)]
    // SAFETY: promised by the caller; the name is copied.
    let result =
        unsafe { super::WasmEdge_ExecutorRegisterImportWithAlias(executor, store, instance, name) };
    Code::new(result)
}

// ------------------------------------------------------------------------------------------------
// Cost

/// The places in the cost table that an instruction of this name has: more than one for `select`,
/// none where the library does not know it. `None` when there is no such instruction at all.
pub(crate) fn cost_slots(name: &str) -> Option<Vec<usize>> {
    let mut known = false;
    let mut slots = Vec::new();
    let mut place = 0;
    for &(own, code) in OPCODES {
        #[allow(
            clippy::match_like_matches_macro,
            reason = "an arm for each kind, of which a version sees constants"
        )]
        let there = match code {
            NEW => cfg!(wasmedge_0_14),
            RELAXED => cfg!(wasmedge_0_14_1),
            LEGACY => cfg!(all(wasmedge_0_14, not(wasmedge_0_16))),
            _ => true,
        };
        if own == name {
            known = true;
            let number = usize::from(code);
            slots.extend(there.then_some(if cfg!(wasmedge_0_14) { place } else { number }));
        }
        place += usize::from(there);
    }
    known.then_some(slots)
}

// ------------------------------------------------------------------------------------------------
// Compiled code

/// Whether the library's linker has state of the process (H13); 0.17 locks it itself.
pub(crate) const ONE_COMPILER_AT_A_TIME: bool = cfg!(not(wasmedge_0_17));

/// Whether compiled code may be called while compiled code runs: from 0.15 on the library puts back
/// what the outer call ran with (H9).
pub(crate) const COMPILED_CODE_NESTS: bool = cfg!(wasmedge_0_15);

/// Whether the compiler knows what it cannot do with exceptions. Where the loader takes them and the
/// compiler does not, it runs into what it holds for unreachable: an assertion, or worse.
pub(crate) const EXCEPTIONS_COMPILE_OR_FAIL: bool = cfg!(not(wasmedge_0_14)) || cfg!(wasmedge_0_16);

/// Lets loaders look at compiled code.
///
/// # Safety
///
/// `config` is alive, and nobody else makes a loader with it who does not vouch for what is loaded.
pub(crate) unsafe fn allow_compiled(config: *mut super::WasmEdge_ConfigureContext) {
    #[cfg(not(wasmedge_0_17))]
    // SAFETY: promised by the caller.
    unsafe {
        super::WasmEdge_ConfigureSetForceInterpreter(config, false);
    }
    #[cfg(wasmedge_0_17)]
    // SAFETY: promised by the caller.
    unsafe {
        super::WasmEdge_ConfigureSetRunMode(config, super::WasmEdge_RunMode_AOT);
    }
}

/// Whether compiled modules are loaded from a file: below 0.14 the library gives native code that
/// comes from a buffer no functions to call (H12).
pub(crate) const COMPILED_NEEDS_FILE: bool = cfg!(not(wasmedge_0_14));

/// Parses a compiled module: where [`COMPILED_NEEDS_FILE`] from the file at `path`, else from bytes.
///
/// # Safety
///
/// `loader` lives during the call and is used by this thread alone; `module` may be written. Where it
/// is needed, the file at `path`, which ends in NUL, holds `wasm`, and does not change. There are at
/// most `u32::MAX` bytes. Any native code in it was made by the library's compiler.
pub(crate) unsafe fn parse_compiled(
    loader: *mut super::WasmEdge_LoaderContext,
    module: &mut *mut super::WasmEdge_ASTModuleContext,
    wasm: &[u8],
    path: *const c_char,
) -> WasmEdge_Result {
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: promised by the caller.
    let result = unsafe {
        let _ = wasm;
        super::WasmEdge_LoaderParseFromFile(loader, module, path)
    };
    #[cfg(wasmedge_0_14)]
    // SAFETY: promised by the caller.
    let result = unsafe {
        let _ = path;
        #[allow(clippy::cast_possible_truncation, reason = "promised by the caller")]
        parse(loader, module, wasm, wasm.len() as u32)
    };
    result
}

/// Compiles a module from bytes: from a buffer below 0.14, from `Bytes` from then on.
///
/// # Safety
///
/// `compiler` lives during the call and is used by this thread alone; `output` is an absolute path
/// that ends in NUL; where [`ONE_COMPILER_AT_A_TIME`], no other one compiles. There are at most
/// `u32::MAX` bytes.
pub(crate) unsafe fn compile(
    compiler: *mut super::WasmEdge_CompilerContext,
    wasm: &[u8],
    output: *const c_char,
) -> WasmEdge_Result {
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: promised by the caller; the buffer is copied.
    unsafe {
        super::WasmEdge_CompilerCompileFromBuffer(
            compiler,
            wasm.as_ptr(),
            wasm.len() as u64,
            output,
        )
    }
    #[cfg(wasmedge_0_14)]
    // SAFETY: promised by the caller; the bytes are only read during the call.
    unsafe {
        #[allow(clippy::cast_possible_truncation, reason = "promised by the caller")]
        let bytes = super::WasmEdge_Bytes {
            Length: wasm.len() as u32,
            Buf: wasm.as_ptr(),
        };
        super::WasmEdge_CompilerCompileFromBytes(compiler, bytes, output)
    }
}

// ------------------------------------------------------------------------------------------------
// The log

/// Whether the library gives its messages to others; below 0.15 it writes them itself.
pub(crate) const LOG_HAS_CALLBACK: bool = cfg!(wasmedge_0_15);

/// Whether there is such a level.
pub(crate) const fn has_log_level(level: Level) -> bool {
    cfg!(wasmedge_0_15) || matches!(level, Level::Off | Level::Error | Level::Debug)
}

/// Sets the level; where there is none of this name, the next that says more.
pub(crate) fn set_log_level(level: Level) {
    #[cfg(wasmedge_0_15)]
    let number = match level {
        Level::Off => None,
        Level::Critical => Some(super::WasmEdge_LogLevel_Critical),
        Level::Error => Some(super::WasmEdge_LogLevel_Error),
        Level::Warn => Some(super::WasmEdge_LogLevel_Warn),
        Level::Info => Some(super::WasmEdge_LogLevel_Info),
        Level::Debug => Some(super::WasmEdge_LogLevel_Debug),
        Level::Trace => Some(super::WasmEdge_LogLevel_Trace),
    };
    // SAFETY: the level is an atomic of the library's logger, which is found under a lock; the
    // number is one of the header's.
    #[cfg(wasmedge_0_15)]
    unsafe {
        match number {
            None => super::WasmEdge_LogOff(),
            Some(number) => super::WasmEdge_LogSetLevel(number),
        }
    }
    // SAFETY: as above; the functions take nothing.
    #[cfg(not(wasmedge_0_15))]
    unsafe {
        match level {
            Level::Off => super::WasmEdge_LogOff(),
            Level::Critical | Level::Error => super::WasmEdge_LogSetErrorLevel(),
            _ => super::WasmEdge_LogSetDebugLevel(),
        }
    }
}

/// Lets the messages come to [`crate::log::receive`], where the library can. To be called before
/// anything else of the library: it puts another logger in the place of one that may be in use.
pub(crate) fn take_log() {
    // SAFETY: the function lives as long as the process, and nothing of the library runs yet.
    #[cfg(wasmedge_0_15)]
    unsafe {
        super::WasmEdge_LogSetCallback(Some(log_message));
    }
}

#[cfg(wasmedge_0_15)]
extern "C" fn log_message(message: *const super::WasmEdge_LogMessage) {
    // SAFETY: the library passes a message that lives during the call (lib/api/wasmedge.cpp).
    let message = unsafe { &*message };
    let level = match message.Level {
        super::WasmEdge_LogLevel_Trace => Level::Trace,
        super::WasmEdge_LogLevel_Debug => Level::Debug,
        super::WasmEdge_LogLevel_Info => Level::Info,
        super::WasmEdge_LogLevel_Warn => Level::Warn,
        super::WasmEdge_LogLevel_Critical => Level::Critical,
        _ => Level::Error,
    };
    // SAFETY: as above; the text is not the library's to change meanwhile.
    let text = unsafe { super::string::to_owned(message.Message) };
    crate::log::receive(level, &text);
}

// ------------------------------------------------------------------------------------------------
// Configuration

/// C's type for a number of pages: 32 bits below 0.17, 64 bits from then on.
#[cfg(not(wasmedge_0_17))]
pub(crate) type Pages = u32;
/// C's type for a number of pages: 32 bits below 0.17, 64 bits from then on.
#[cfg(wasmedge_0_17)]
pub(crate) type Pages = u64;

/// The number of a proposal in this version; they were renumbered several times.
pub(crate) const fn proposal(proposal: Proposal) -> Option<super::WasmEdge_Proposal> {
    Some(match proposal {
        Proposal::ImportExportMutGlobals => super::WasmEdge_Proposal_ImportExportMutGlobals,
        Proposal::NonTrapFloatToIntConversions => {
            super::WasmEdge_Proposal_NonTrapFloatToIntConversions
        }
        Proposal::SignExtensionOperators => super::WasmEdge_Proposal_SignExtensionOperators,
        Proposal::MultiValue => super::WasmEdge_Proposal_MultiValue,
        Proposal::BulkMemoryOperations => super::WasmEdge_Proposal_BulkMemoryOperations,
        Proposal::ReferenceTypes => super::WasmEdge_Proposal_ReferenceTypes,
        Proposal::Simd => super::WasmEdge_Proposal_SIMD,
        Proposal::TailCall => super::WasmEdge_Proposal_TailCall,
        Proposal::MultiMemories => super::WasmEdge_Proposal_MultiMemories,
        Proposal::Annotations => super::WasmEdge_Proposal_Annotations,
        Proposal::Memory64 => super::WasmEdge_Proposal_Memory64,
        Proposal::ExceptionHandling => super::WasmEdge_Proposal_ExceptionHandling,
        Proposal::ExtendedConst => super::WasmEdge_Proposal_ExtendedConst,
        Proposal::Threads => super::WasmEdge_Proposal_Threads,
        Proposal::FunctionReferences => super::WasmEdge_Proposal_FunctionReferences,
        #[cfg(wasmedge_0_14)]
        Proposal::Gc => super::WasmEdge_Proposal_GC,
        #[cfg(wasmedge_0_14)]
        Proposal::RelaxedSimd => super::WasmEdge_Proposal_RelaxSIMD,
        #[cfg(wasmedge_0_14)]
        Proposal::Component => super::WasmEdge_Proposal_Component,
        #[cfg(not(wasmedge_0_14))]
        Proposal::Gc | Proposal::RelaxedSimd | Proposal::Component => return None,
    })
}

/// Turns on the proposals of a standard and all others off, those among them that are unsound
/// included; says whether the library can, which is from 0.16 on.
///
/// # Safety
///
/// `config` is alive.
pub(crate) unsafe fn set_standard(
    config: *mut super::WasmEdge_ConfigureContext,
    standard: Standard,
) -> bool {
    #[cfg(wasmedge_0_16)]
    // SAFETY: promised by the caller; the numbers are the library's.
    unsafe {
        let standard = match standard {
            Standard::Wasm1 => super::WasmEdge_Standard_WASM_1,
            Standard::Wasm2 => super::WasmEdge_Standard_WASM_2,
            Standard::Wasm3 => super::WasmEdge_Standard_WASM_3,
        };
        super::WasmEdge_ConfigureSetWASMStandard(config, standard);
    }
    #[cfg(not(wasmedge_0_16))]
    let _ = (config, standard);
    cfg!(wasmedge_0_16)
}

/// Whether typed references and garbage collection are sound: only from 0.17.1 on does the library
/// check what `call_ref` and its like are given.
pub(crate) const TYPED_REFERENCES_ARE_SOUND: bool = cfg!(wasmedge_0_17_1);

// ------------------------------------------------------------------------------------------------
// WASI

/// Whether a guest can have other standard streams than the process has.
pub(crate) const WASI_HAS_STREAMS: bool = cfg!(wasmedge_0_16);

/// Whether `poll_oneoff` stays within the guest's memory: before 0.16 the size of its arrays is a
/// product of 32 bits, which wraps.
pub(crate) const POLL_ONEOFF_IS_SOUND: bool = cfg!(wasmedge_0_16);

/// Strings in the shape that C wants.
pub(crate) type RawStrings<'a> = &'a [*const c_char];

/// How many there are; more than 32 bits can count are left out.
fn count(strings: RawStrings<'_>) -> u32 {
    u32::try_from(strings.len()).unwrap_or(u32::MAX)
}

/// Makes the module of WASI.
///
/// # Safety
///
/// All strings end in NUL and live during the call.
#[cfg(not(wasmedge_0_16))]
pub(crate) unsafe fn create_wasi(
    args: RawStrings<'_>,
    envs: RawStrings<'_>,
    dirs: RawStrings<'_>,
    streams: Option<[c_int; 3]>,
) -> *mut super::WasmEdge_ModuleInstanceContext {
    debug_assert!(streams.is_none());
    // SAFETY: promised by the caller; C copies all of it.
    unsafe {
        super::WasmEdge_ModuleInstanceCreateWASI(
            args.as_ptr(),
            count(args),
            envs.as_ptr(),
            count(envs),
            dirs.as_ptr(),
            count(dirs),
        )
    }
}

/// Makes the module of WASI, with the standard streams of the process or others.
///
/// # Safety
///
/// All strings end in NUL and live during the call; the streams stay open as long as the module.
#[cfg(wasmedge_0_16)]
pub(crate) unsafe fn create_wasi(
    args: RawStrings<'_>,
    envs: RawStrings<'_>,
    dirs: RawStrings<'_>,
    streams: Option<[c_int; 3]>,
) -> *mut super::WasmEdge_ModuleInstanceContext {
    let (args_len, envs_len, dirs_len) = (count(args), count(envs), count(dirs));
    let (args, envs, dirs) = (args.as_ptr(), envs.as_ptr(), dirs.as_ptr());
    // SAFETY: promised by the caller; C copies the strings.
    unsafe {
        match streams {
            None => super::WasmEdge_ModuleInstanceCreateWASI(
                args, args_len, envs, envs_len, dirs, dirs_len,
            ),
            Some([stdin, stdout, stderr]) => super::WasmEdge_ModuleInstanceCreateWASIWithFds(
                args, args_len, envs, envs_len, dirs, dirs_len, stdin, stdout, stderr,
            ),
        }
    }
}

// ------------------------------------------------------------------------------------------------
// Plug-ins

/// Whether the plug-in for processes can be told to allow all commands: below 0.14 the library looks
/// for an option with a value, which this is not, and leaves it.
pub(crate) const PROCESS_CAN_ALLOW_ALL: bool = cfg!(wasmedge_0_14);

/// Whether a module of the plug-in `wasi_logging` may be freed. From 0.14.1 to 0.17.0 its destructor
/// drops the logger whose name is that of its log file, mostly empty, which is the name of the
/// library's own logger; the next line that the library logs goes through a null pointer then.
pub(crate) const WASI_LOGGING_CAN_BE_FREED: bool = cfg!(wasmedge_0_17_1) || !cfg!(wasmedge_0_14_1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_type_survives_the_way_to_c_and_back() {
        for ty in ALL_VAL_TYPES {
            assert_eq!(val_type(raw_val_type(ty)), Some(ty));
        }
    }

    #[test]
    fn the_library_describes_value_types_as_we_do() {
        assert!(value_types_match());
    }

    #[test]
    fn numbers_are_what_the_library_makes_of_them() {
        // SAFETY: pure functions of the library.
        let made = unsafe {
            [
                super::super::WasmEdge_ValueGenI32(-5),
                super::super::WasmEdge_ValueGenI64(-5),
                super::super::WasmEdge_ValueGenF32(1.5),
                super::super::WasmEdge_ValueGenF64(-1.5),
                super::super::WasmEdge_ValueGenV128(-5),
            ]
        };
        let own = [
            raw_number(ValType::I32, u128::from(-5_i32 as u32)),
            raw_number(ValType::I64, u128::from(-5_i64 as u64)),
            raw_number(ValType::F32, u128::from(1.5_f32.to_bits())),
            raw_number(ValType::F64, u128::from((-1.5_f64).to_bits())),
            raw_number(ValType::V128, -5_i128 as u128),
        ];
        for (made, own) in made.into_iter().zip(own) {
            let ty = val_type(own.Type).unwrap();
            assert_eq!(val_type(made.Type), Some(ty));
            let bits = match ty {
                ValType::I32 | ValType::F32 => 32,
                ValType::I64 | ValType::F64 => 64,
                _ => 128,
            };
            let mask = u128::MAX >> (128 - bits);
            assert_eq!(made.Value & mask, own.Value & mask, "{ty}");
        }
    }

    #[test]
    fn codes_are_split_into_category_and_number() {
        let user = Code::new(WasmEdge_Result { Code: 0x0100_0005 });
        assert_eq!(user.meaning(), Meaning::User(5));
        assert_eq!(Code::new(TERMINATE).meaning(), Meaning::Terminated);
        assert!(!Code::new(TERMINATE).is_success());
        assert!(Code::new(SUCCESS).is_success());
    }

    #[test]
    fn unknown_codes_have_a_text() {
        let code = Code::new(WasmEdge_Result { Code: 0x00ab_cdef });
        assert_eq!(code.message(), "unknown error");
        assert_eq!(code.meaning(), Meaning::Other);
    }

    #[test]
    fn traps_are_found_by_this_version_s_numbers() {
        let code = Code(super::super::WasmEdge_ErrCode_DivideByZero.0);
        assert_eq!(code.meaning(), Meaning::Trap(Trap::DivideByZero));
    }

    /// Why there is no way to write a module: the library drops the number of the segment that
    /// `memory.init` copies from, and writes the constants of vectors backwards. (For instructions of
    /// exceptions it has no case at all in 0.14.)
    #[cfg(wasmedge_0_14)]
    #[test]
    fn the_library_writes_other_modules_than_it_read() {
        let text = r#"
            (module (memory 1) (data "no") (data "yes")
              (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 3)))
              (func (drop (v128.const i64x2 0 1))))"#;
        let wasm = wat::parse_str(text).unwrap();
        let config = crate::Config::new().unwrap();
        let module = crate::Module::new(&config, &wasm).unwrap();
        let mut bytes = super::super::WasmEdge_Bytes {
            Length: 0,
            Buf: core::ptr::null(),
        };
        // SAFETY: everything lives during the calls; the bytes are an array of that length, which is
        // ours, copied, and freed once.
        let written = unsafe {
            let loader = super::super::WasmEdge_LoaderCreate(config.as_ptr());
            let result = super::super::WasmEdge_LoaderSerializeASTModule(
                loader,
                module.as_ptr(),
                &raw mut bytes,
            );
            super::super::WasmEdge_LoaderDelete(loader);
            assert!(Code::new(result).is_success());
            let copy = super::super::string::slice(bytes.Buf, bytes.Length as usize).to_vec();
            super::super::WasmEdge_BytesDelete(bytes);
            copy
        };
        let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|own| own == part);
        assert!(has(&wasm, &[0xfc, 8, 1, 0]));
        assert!(has(&written, &[0xfc, 8, 0, 0]));
        assert!(has(
            &wasm,
            &[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        ));
        assert!(has(
            &written,
            &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        ));
    }
}
