//! Where C enters Rust.

use core::ffi::c_void;
use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::host::{Closure, Dynamic, HostResults, write};
use super::typed::WasmValues;
use super::{Caller, Few};
use crate::compat::{self, RawValue, string};
use crate::library::door;
use crate::native::thread_state::Outside;
use crate::runtime::store::{StoreInner, StorePtr};
use crate::runtime::value::Val;
use crate::sys;
use crate::vocabulary::{BoxedError, Error, ErrorKind, FuncType, Pending};

/// The signature of a host function in C: binding, data, frame, parameters, results.
pub(super) type WrapFn = unsafe extern "C" fn(
    *mut c_void,
    *mut c_void,
    *const sys::WasmEdge_CallingFrameContext,
    *const RawValue,
    u32,
    *mut RawValue,
    u32,
) -> sys::WasmEdge_Result;

/// The entry of one kind of closure, instantiated for each: no table, no `dyn`, no allocation.
///
/// # Safety
///
/// To be called by the library, as the host function made from a `Closure<F, P, R>` at `binding`
/// and the store at `data`.
pub(super) unsafe extern "C" fn call<T, F, P, R>(
    binding: *mut c_void,
    data: *mut c_void,
    frame: *const sys::WasmEdge_CallingFrameContext,
    params: *const RawValue,
    param_count: u32,
    results: *mut RawValue,
    result_count: u32,
) -> sys::WasmEdge_Result
where
    T: 'static,
    F: Fn(Caller<'_, T>, P) -> R + Send + Sync + 'static,
    P: WasmValues,
    R: HostResults,
{
    debug_assert_eq!(param_count as usize, P::TYPES.len());
    debug_assert_eq!(result_count as usize, R::Values::TYPES.len());
    let Some((store, frame)) = place::<T>(data, frame) else {
        return compat::TERMINATE;
    };
    // SAFETY: the closure is kept alive by the store, and only ever used by shared reference.
    let closure = unsafe { &*binding.cast::<Closure<F, P, R>>() };
    // SAFETY: C made the arrays for this call, with the lengths of the function's type, which is
    // that of `P` and `R`. Both are null when they are empty.
    let (params, results) = unsafe {
        (
            string::slice(params, P::TYPES.len()),
            string::slice_mut(results, R::Values::TYPES.len()),
        )
    };
    guard(store, || {
        // SAFETY: code of this store is running, by the one who borrowed it mutably, and no
        // reference to it is held across the call into C; short-lived ones are made here.
        let core = || unsafe { store.core().as_ref() };
        // SAFETY: the parameters of a function of this type, from code of this store.
        let params = unsafe { P::from_raw(params, core()) };
        // SAFETY: the store runs this call and nobody else uses it meanwhile; the closure takes
        // the `Caller` for any lifetime, so it cannot keep it.
        let caller = unsafe { Caller::new(store, frame) };
        let values = (closure.call)(caller, params).into_result()?;
        write(values, results, core());
        Ok(())
    })
}

/// The entry of the closures that take and give [`Val`]s.
///
/// # Safety
///
/// To be called by the library, as the host function made from a `Dynamic<F>` at `binding` and the
/// store at `data`.
pub(super) unsafe extern "C" fn call_dynamic<T, F, E>(
    binding: *mut c_void,
    data: *mut c_void,
    frame: *const sys::WasmEdge_CallingFrameContext,
    params: *const RawValue,
    _param_count: u32,
    results: *mut RawValue,
    _result_count: u32,
) -> sys::WasmEdge_Result
where
    T: 'static,
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), E> + Send + Sync + 'static,
    E: Into<BoxedError>,
{
    let Some((store, frame)) = place::<T>(data, frame) else {
        return compat::TERMINATE;
    };
    // SAFETY: as in `call`.
    let closure = unsafe { &*binding.cast::<Dynamic<F>>() };
    let ty = &closure.ty;
    // SAFETY: as in `call`; the lengths are those of the function's type.
    let (params, results) = unsafe {
        (
            string::slice(params, ty.params().len()),
            string::slice_mut(results, ty.results().len()),
        )
    };
    guard(store, || {
        // SAFETY: as in `call`.
        let core = || unsafe { store.core().as_ref() };
        let params = params.iter().zip(ty.params());
        // SAFETY: the parameters of a function of this type, from code of this store.
        let params: Few<_> = params
            .map(|(raw, ty)| unsafe { Val::from_raw(raw, *ty, core()) })
            .collect();
        let mut values: Few<_> = ty.results().iter().map(|ty| Val::zero(*ty)).collect();
        // SAFETY: as in `call`.
        let caller = unsafe { Caller::new(store, frame) };
        (closure.call)(caller, &params, &mut values).map_err(Error::host)?;
        let found = values.iter().map(Val::ty);
        if !found.clone().eq(ty.results().iter().copied()) {
            return Err(Error::from(ErrorKind::HostResults {
                ty: ty.clone(),
                found: FuncType::new([], found),
            }));
        }
        for (room, value) in results.iter_mut().zip(values) {
            *room = value.into_raw(core());
        }
        Ok(())
    })
}

/// What the data pointer and the frame of a call are; C never gives null for either.
fn place<T: 'static>(
    data: *mut c_void,
    frame: *const sys::WasmEdge_CallingFrameContext,
) -> Option<(StorePtr<T>, NonNull<sys::WasmEdge_CallingFrameContext>)> {
    let store = NonNull::new(data.cast::<StoreInner<T>>())?;
    Some((StorePtr::new(store), NonNull::new(frame.cast_mut())?))
}

/// Runs the Rust side of a host call: nothing unwinds into C, and what went wrong waits in the
/// store until the outer call into C is back (S7).
fn guard<T: 'static>(
    store: StorePtr<T>,
    body: impl FnOnce() -> Result<(), Error>,
) -> sys::WasmEdge_Result {
    // SAFETY: as in `call`.
    let compiled = unsafe { store.core().as_ref() }.has_compiled_code();
    let _outside = compiled.then(Outside::enter);
    let inside = door::leave();
    // Each way from here leads through `come_back`.
    let pending = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => {
            door::come_back(inside);
            return compat::SUCCESS;
        }
        Ok(Err(error)) => Pending::Error(error),
        Err(payload) => Pending::Panic(payload),
    };
    // SAFETY: as in `call`. There is none pending: the outer call takes it before it returns.
    let core = unsafe { &mut *store.core().as_ptr() };
    debug_assert!(core.pending.is_none());
    core.pending = Some(pending);
    door::come_back(inside);
    compat::TERMINATE
}
