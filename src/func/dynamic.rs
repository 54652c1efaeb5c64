//! Calls with values whose types are checked at run time.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Few;
use super::signature::{RawFunc, Short, Signature, mismatch};
use crate::error::{Error, Result};
use crate::store::{StoreCore, invoke};
use crate::sys::compat::{self, FEW, RawValue};
use crate::types::FuncType;
use crate::value::Val;

/// Calls a function of this type.
///
/// # Safety
///
/// `core` is a live store of which no reference exists during the call, `func` one of its functions,
/// `signature` its type, and there are as many `results`.
#[inline]
pub(super) unsafe fn call(
    core: NonNull<StoreCore>,
    func: RawFunc,
    signature: &Signature,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    match signature {
        // SAFETY: promised by the caller.
        Signature::Short(ty) => unsafe { call_short(core, func, *ty, params, results) },
        // SAFETY: promised by the caller.
        Signature::Long(ty) => unsafe { call_long(core, func, ty, params, results) },
    }
}

/// Calls a function with few values: they are on the stack.
///
/// # Safety
///
/// As for [`call`].
unsafe fn call_short(
    core: NonNull<StoreCore>,
    func: RawFunc,
    ty: Short,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    if !ty.takes(params) {
        // SAFETY: promised by the caller.
        return Err(unsafe { refuse(func, params) });
    }
    // SAFETY: promised by the caller; this borrow ends before the call.
    let store = unsafe { core.as_ref() };
    let (mut given, mut room) = ([UNWRITTEN; FEW], [UNWRITTEN; FEW]);
    let given = fill(&mut given, params.iter().map(|val| val.into_raw(store)));
    let room = fill(&mut room, results.iter().map(|_| compat::EMPTY));
    // SAFETY: promised by the caller; the values were compared with the type.
    unsafe { invoke(core, func, given, room) }?;
    // SAFETY: promised by the caller.
    let store = unsafe { core.as_ref() };
    for ((result, raw), ty) in results.iter_mut().zip(room).zip(ty.results.iter()) {
        // SAFETY: C wrote the results of a function of this type, which it does on success.
        *result = unsafe { Val::from_raw(raw, ty, store) };
    }
    Ok(())
}

const UNWRITTEN: MaybeUninit<RawValue> = MaybeUninit::uninit();

/// Writes values into the first slots, as many as there are, and gives these slots.
#[inline]
fn fill(
    slots: &mut [MaybeUninit<RawValue>; FEW],
    values: impl Iterator<Item = RawValue>,
) -> &mut [RawValue] {
    let mut len = 0;
    for (slot, value) in slots.iter_mut().zip(values) {
        slot.write(value);
        len += 1;
    }
    // SAFETY: these were written just now.
    unsafe { &mut *(&raw mut slots[..len] as *mut [RawValue]) }
}

/// Calls a function with any number of values.
///
/// # Safety
///
/// As for [`call`].
#[cold]
unsafe fn call_long(
    core: NonNull<StoreCore>,
    func: RawFunc,
    ty: &FuncType,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    if !params.iter().map(Val::ty).eq(ty.params().iter().copied()) {
        // SAFETY: promised by the caller.
        return Err(unsafe { refuse(func, params) });
    }
    // SAFETY: promised by the caller; this borrow ends before the call.
    let store = unsafe { core.as_ref() };
    let given: Vec<_> = params.iter().map(|val| val.into_raw(store)).collect();
    let mut room = vec![compat::EMPTY; results.len()];
    // SAFETY: promised by the caller; the values were compared with the type.
    unsafe { invoke(core, func, &given, &mut room) }?;
    // SAFETY: promised by the caller.
    let store = unsafe { core.as_ref() };
    for ((result, raw), ty) in results.iter_mut().zip(&room).zip(ty.results()) {
        // SAFETY: C wrote the results of a function of this type, which it does on success.
        *result = unsafe { Val::from_raw(raw, *ty, store) };
    }
    Ok(())
}

/// The error of other parameters than the function takes.
///
/// # Safety
///
/// `func` points to a function that lives during the call.
#[cold]
unsafe fn refuse(func: RawFunc, params: &[Val]) -> Error {
    let types: Few<_> = params.iter().map(Val::ty).collect();
    // SAFETY: promised by the caller.
    unsafe { mismatch(func, &types, None) }
}
