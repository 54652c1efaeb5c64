//! Calls with values whose types are checked at run time.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Few;
use super::signature::{RawFunc, Short, Signature, mismatch};
use crate::compat::{self, FEW, RawValue};
use crate::runtime::store::{Handle, StoreCore, invoke};
use crate::runtime::value::Val;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, FuncType, Result};

/// Calls a function of a store.
///
/// # Errors
///
/// See [`Func::call`](super::Func::call).
///
/// # Panics
///
/// If it is a function of another store.
///
/// # Safety
///
/// `core` is a live store of which no reference exists during the call.
pub(super) unsafe fn call(
    core: NonNull<StoreCore>,
    func: Handle<sys::WasmEdge_FunctionInstanceContext>,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    // SAFETY: promised by the caller; this borrow ends before the call.
    let store = unsafe { core.as_ref() };
    let func = func.get(store);
    match store.signatures.known(func) {
        // SAFETY: promised by the caller; the function is the store's, of this type.
        Some(ty) if ty.result_count() == results.len() => unsafe {
            call_short(core, func, ty, params, results)
        },
        // SAFETY: as above.
        _ => unsafe { call_unknown(core, func, params, results) },
    }
}

/// Calls a function of which it is not known that its type is short, with as many results as these.
///
/// # Safety
///
/// `core` is a live store of which no reference exists during the call, and `func` one of its
/// functions.
#[cold]
unsafe fn call_unknown(
    core: NonNull<StoreCore>,
    func: RawFunc,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    // SAFETY: promised by the caller; this borrow ends before the call.
    let store = unsafe { &mut *core.as_ptr() };
    // SAFETY: the function lives as long as the store, or until it is cleared, and so do the
    // signatures.
    let signature = unsafe { store.signatures.of(func) }?;
    if results.len() != signature.result_count() {
        return Err(Error::from(ErrorKind::ResultCount {
            actual: signature.result_count(),
            room: results.len(),
        }));
    }
    match signature {
        // SAFETY: promised by the caller; the function is of this type.
        Signature::Short(ty) => unsafe { call_short(core, func, ty, params, results) },
        // SAFETY: as above.
        Signature::Long(ty) => unsafe { call_long(core, func, &ty, params, results) },
    }
}

/// Calls a function with few values: they are on the stack.
///
/// # Safety
///
/// `core` is a live store of which no reference exists during the call, `func` one of its functions,
/// `ty` its type, and there are as many `results`.
#[inline(always)]
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
    for (slot, val) in given.iter_mut().zip(params) {
        match val.number() {
            Some(raw) => slot.write(raw),
            None => slot.write(val.into_raw(store)),
        };
    }
    for (slot, _) in room.iter_mut().zip(&*results) {
        slot.write(compat::EMPTY);
    }
    // SAFETY: of both there are not more than slots, by the type, and as many were written just now.
    let (given, room) = unsafe {
        (
            &*(&raw const given[..params.len()] as *const [RawValue]),
            &mut *(&raw mut room[..results.len()] as *mut [RawValue]),
        )
    };
    // SAFETY: promised by the caller; the values were compared with the type.
    unsafe { invoke(core, func, given, room) }?;
    // SAFETY: promised by the caller.
    let store = unsafe { core.as_ref() };
    for (index, (result, raw)) in results.iter_mut().zip(room).enumerate() {
        // SAFETY: C wrote the results of a function of this type, which it does on success.
        *result = unsafe { Val::from_raw(raw, ty.result(index), store) };
    }
    Ok(())
}

const UNWRITTEN: MaybeUninit<RawValue> = MaybeUninit::uninit();

/// Calls a function with any number of values.
///
/// # Safety
///
/// As for [`call_short`].
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
