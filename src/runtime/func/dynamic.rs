//! Calls with values whose types are checked at run time.

use std::mem::MaybeUninit;

use super::Few;
use super::signature::{RawFunc, Short, Signature, mismatch};
use crate::compat::{self, FEW, RawValue};
use crate::runtime::store::{CoreMut, Handle};
use crate::runtime::value::Val;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, FuncType, Result};

/// Calls a function with values that are compared with its type.
///
/// # Panics
///
/// When the function is one of another store.
pub(super) fn call(
    mut store: CoreMut<'_>,
    func: Handle<sys::WasmEdge_FunctionInstanceContext>,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let func = func.get(store.get());
    match store.get().contents.signatures.known(func) {
        // SAFETY: the function is the store's, and of this type.
        Some(ty) if ty.result_count() == results.len() => unsafe {
            call_short(&mut store, func, ty, params, results)
        },
        // SAFETY: the function is the store's.
        _ => unsafe { call_unknown(&mut store, func, params, results) },
    }
}

/// [`call`] of a function whose type the store has not looked at, or with a wrong number of
/// results.
///
/// # Safety
///
/// The function is one of the store.
#[cold]
unsafe fn call_unknown(
    store: &mut CoreMut<'_>,
    func: RawFunc,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    // SAFETY: the function lives as long as the store, or until it is cleared, and so do the
    // signatures.
    let signature = unsafe { store.get_mut().contents.signatures.get_or_read(func) }?;
    if results.len() != signature.result_count() {
        return Err(Error::from(ErrorKind::ResultCount {
            actual: signature.result_count(),
            room: results.len(),
        }));
    }
    match signature {
        // SAFETY: the function is the store's, and of this type.
        Signature::Short(ty) => unsafe { call_short(store, func, ty, params, results) },
        // SAFETY: the function is the store's, and of this type.
        Signature::Long(ty) => unsafe { call_long(store, func, &ty, params, results) },
    }
}

/// [`call`] of a function with few parameters and results, which need no allocation.
///
/// # Safety
///
/// The function is one of the store, and of this type, with as many results.
#[inline(always)]
unsafe fn call_short(
    store: &mut CoreMut<'_>,
    func: RawFunc,
    ty: Short,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    if !ty.takes(params) {
        // SAFETY: the function is the store's.
        return Err(unsafe { refuse(func, params) });
    }
    let (mut given, mut room) = ([UNWRITTEN; FEW], [UNWRITTEN; FEW]);
    for (slot, val) in given.iter_mut().zip(params) {
        match val.number() {
            Some(raw) => slot.write(raw),
            None => slot.write(val.into_raw(store.get())),
        };
    }
    for (slot, _) in room.iter_mut().zip(&*results) {
        slot.write(compat::EMPTY);
    }
    // SAFETY: of both there are not more than slots, by the type, and as many were written just
    // now. The values were compared with the type of the function, which is the store's.
    let room = unsafe {
        let given = &*(&raw const given[..params.len()] as *const [RawValue]);
        let room = &mut *(&raw mut room[..results.len()] as *mut [RawValue]);
        store.invoke(func, given, room)?;
        room
    };
    for (index, (result, raw)) in results.iter_mut().zip(room).enumerate() {
        // SAFETY: C wrote the results of a function of this type, which it does on success.
        *result = unsafe { Val::from_raw(raw, ty.result(index), store.get()) };
    }
    Ok(())
}

const UNWRITTEN: MaybeUninit<RawValue> = MaybeUninit::uninit();

/// [`call`] of a function with many parameters or results.
///
/// # Safety
///
/// The function is one of the store, and of this type, with as many results.
#[cold]
unsafe fn call_long(
    store: &mut CoreMut<'_>,
    func: RawFunc,
    ty: &FuncType,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    if !params.iter().map(Val::ty).eq(ty.params().iter().copied()) {
        // SAFETY: the function is the store's.
        return Err(unsafe { refuse(func, params) });
    }
    let given = params.iter().map(|val| val.into_raw(store.get()));
    let given: Vec<_> = given.collect();
    let mut room = vec![compat::EMPTY; results.len()];
    // SAFETY: the values were compared with the type of the function, which is the store's.
    unsafe { store.invoke(func, &given, &mut room) }?;
    for ((result, raw), ty) in results.iter_mut().zip(&room).zip(ty.results()) {
        // SAFETY: C wrote the results of a function of this type, which it does on success.
        *result = unsafe { Val::from_raw(raw, *ty, store.get()) };
    }
    Ok(())
}

/// Why the values are not what the function takes.
///
/// # Safety
///
/// The function is alive.
#[cold]
unsafe fn refuse(func: RawFunc, params: &[Val]) -> Error {
    let types: Few<_> = params.iter().map(Val::ty).collect();
    // SAFETY: the function is alive.
    unsafe { mismatch(func, &types, None) }
}
