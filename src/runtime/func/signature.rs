//! Types of functions, as calls compare them.

use std::ptr::NonNull;

use super::Few;
use crate::compat::{self, FEW, RawTypes};
use crate::runtime::value::Val;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, FuncType, Result, ValType};

/// A function in C.
pub(super) type RawFunc = NonNull<sys::WasmEdge_FunctionInstanceContext>;

/// Up to [`FEW`] types in one word: a byte for each, the first in the lowest, zeroes after the
/// last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u64);

impl Types {
    /// These types, unless there are too many.
    #[inline]
    fn new<I>(types: I) -> Option<Self>
    where
        I: DoubleEndedIterator<Item = ValType> + ExactSizeIterator,
    {
        let pack = |packed: u64, ty: ValType| packed << 8 | (ty as u64 + 1);
        (types.len() <= FEW).then(|| Self(types.rev().fold(0, pack)))
    }

    /// The type at a place that has one.
    #[inline]
    fn get(self, index: usize) -> ValType {
        match self.0 >> (8 * index) & 0xff {
            1 => ValType::I32,
            2 => ValType::I64,
            3 => ValType::F32,
            4 => ValType::F64,
            5 => ValType::V128,
            6 => ValType::FuncRef,
            7 => ValType::ExternRef,
            _ => unreachable!("no type there"),
        }
    }
}

/// The type of a function with few parameters and few results.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Short {
    params: Types,
    results: Types,
    result_count: usize,
}

impl Short {
    #[inline]
    fn new(params: &[ValType], results: &[ValType]) -> Option<Self> {
        Some(Self {
            params: Types::new(params.iter().copied())?,
            results: Types::new(results.iter().copied())?,
            result_count: results.len(),
        })
    }

    /// Whether a function of this type takes these values.
    #[inline]
    pub(super) fn takes(self, values: &[Val]) -> bool {
        Types::new(values.iter().map(Val::ty)) == Some(self.params)
    }

    #[inline]
    pub(super) const fn result_count(self) -> usize {
        self.result_count
    }

    /// The type of a result.
    #[inline]
    pub(super) fn result(self, index: usize) -> ValType {
        self.results.get(index)
    }
}

/// The type of a function.
#[derive(PartialEq)]
pub(super) enum Signature {
    Short(Short),
    Long(FuncType),
}

impl Signature {
    #[inline]
    pub(super) fn new(params: &[ValType], results: &[ValType]) -> Self {
        Short::new(params, results).map_or_else(
            || {
                Self::Long(FuncType::new(
                    params.iter().copied(),
                    results.iter().copied(),
                ))
            },
            Self::Short,
        )
    }

    /// Reads the type of a function.
    ///
    /// # Errors
    ///
    /// When it has values that this crate cannot pass.
    ///
    /// # Safety
    ///
    /// `func` points to a function that lives during the call.
    pub(super) unsafe fn read(func: RawFunc) -> Result<Self> {
        // SAFETY: `func` lives during the call; its type is a view into it or its module.
        let (params, results) = unsafe {
            let ty = sys::WasmEdge_FunctionInstanceGetFunctionType(func.as_ptr());
            (RawTypes::params(ty), RawTypes::results(ty))
        };
        let known = |types: RawTypes| types.iter().collect::<Option<Few<_>>>();
        match (known(params), known(results)) {
            (Some(params), Some(results)) => Ok(Self::new(&params, &results)),
            _ => Err(compat::unknown_val_type()),
        }
    }

    #[inline]
    pub(super) fn result_count(&self) -> usize {
        match self {
            Self::Short(short) => short.result_count(),
            Self::Long(ty) => ty.results().len(),
        }
    }
}

/// The error of a use of a function with other parameters than its own, or other results.
///
/// # Safety
///
/// `func` points to a function that lives during the call.
#[cold]
pub(super) unsafe fn mismatch(
    func: RawFunc,
    params: &[ValType],
    results: Option<&[ValType]>,
) -> Error {
    // SAFETY: `func` lives during the call; its type is a view into it or its module.
    let actual = unsafe {
        let ty = sys::WasmEdge_FunctionInstanceGetFunctionType(func.as_ptr());
        compat::func_type(ty)
    };
    let actual = match actual {
        Ok(actual) => actual,
        Err(error) => return error,
    };
    let results = results.unwrap_or(actual.results()).iter().copied();
    let requested = FuncType::new(params.iter().copied(), results);
    Error::from(ErrorKind::Signature { actual, requested })
}

/// The types of some of a store's functions, so that C is not asked for them at each call: it
/// copies type by type.
///
/// They are found by the functions' addresses, which mean the same functions as long as the store
/// keeps these.
#[derive(Default)]
pub(crate) struct Signatures(Option<Box<[Slot; SLOTS]>>);

/// One of the functions whose addresses lead here.
#[derive(Clone, Copy)]
struct Slot {
    /// Its address, or 0.
    func: usize,
    ty: Short,
}

const SLOTS: usize = 64;

impl Slot {
    const FREE: Self = Self {
        func: 0,
        ty: Short {
            params: Types(0),
            results: Types(0),
            result_count: 0,
        },
    };

    /// Where a function's slot is: in the upper bits of this product all bits of the address count.
    #[inline]
    const fn index(func: usize) -> usize {
        const FACTOR: usize = 0x9e37_79b9_7f4a_7c15_u64 as usize;
        func.wrapping_mul(FACTOR) >> (usize::BITS - SLOTS.ilog2())
    }
}

impl Signatures {
    /// The type of a function.
    ///
    /// # Errors
    ///
    /// When it has values that this crate cannot pass.
    ///
    /// # Safety
    ///
    /// `func` points to a function that lives as long as `self`, or until `self` is made anew.
    #[inline]
    pub(super) unsafe fn get_or_read(&mut self, func: RawFunc) -> Result<Signature> {
        match self.known(func) {
            Some(ty) => Ok(Signature::Short(ty)),
            // SAFETY: `func` lives as long as `self`, or until `self` is made anew.
            None => unsafe { self.learn(func) },
        }
    }

    /// The type of a function, if it is remembered.
    #[inline]
    pub(super) fn known(&self, func: RawFunc) -> Option<Short> {
        let func = func.addr().get();
        let slot = &self.0.as_ref()?[Slot::index(func)];
        (slot.func == func).then_some(slot.ty)
    }

    /// # Safety
    ///
    /// As for [`get_or_read`](Self::get_or_read).
    #[cold]
    unsafe fn learn(&mut self, func: RawFunc) -> Result<Signature> {
        // SAFETY: `func` lives during the call.
        let signature = unsafe { Signature::read(func) }?;
        if let Signature::Short(ty) = signature {
            let slots = self.0.get_or_insert_with(|| Box::new([Slot::FREE; SLOTS]));
            let func = func.addr().get();
            slots[Slot::index(func)] = Slot { func, ty };
        }
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_types_are_kept_in_their_order() {
        let types = compat::ALL_VAL_TYPES;
        for len in 0..=types.len() {
            let types = &types[..len];
            let packed = Types::new(types.iter().copied()).unwrap();
            let unpacked: Vec<_> = (0..len).map(|index| packed.get(index)).collect();
            assert_eq!(unpacked, types);
        }
        assert!(Types::new([ValType::I32; FEW + 1].into_iter()).is_none());
    }
}
