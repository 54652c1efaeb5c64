//! Where C enters Rust.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::host::{Closure, Dynamic, HostResults};
use super::typed::WasmValues;
use super::{Caller, Few};
use crate::compat::{self, RawValue, string};
use crate::library::door;
use crate::native::thread_state::Outside;
use crate::runtime::store::{StoreInner, StoreMut};
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
    // SAFETY: the contract of this function.
    let (store, frame) = unsafe { context::<T>(data, frame) };
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
    run(store, |mut store| {
        // SAFETY: the parameters of a function of this type, from code of this store.
        let params = unsafe { P::from_raw(params, store.core()) };
        // SAFETY: C made the frame for this call; the closure takes the `Caller` for any lifetime,
        // so it cannot keep it.
        let caller = unsafe { Caller::new(store.reborrow(), frame) };
        let values = (closure.call)(caller, params).into_result()?;
        results.copy_from_slice(values.into_raw(store.core()).as_ref());
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
    // SAFETY: the contract of this function.
    let (store, frame) = unsafe { context::<T>(data, frame) };
    // SAFETY: the closure is kept alive by the store, and only ever used by shared reference.
    let closure = unsafe { &*binding.cast::<Dynamic<F>>() };
    let ty = &closure.ty;
    // SAFETY: C made the arrays for this call, with the lengths of the function's type, and null
    // when they are empty.
    let (params, results) = unsafe {
        (
            string::slice(params, ty.params().len()),
            string::slice_mut(results, ty.results().len()),
        )
    };
    run(store, |mut store| {
        let params = params.iter().zip(ty.params());
        // SAFETY: the parameters of a function of this type, from code of this store.
        let params: Few<_> = params
            .map(|(raw, ty)| unsafe { Val::from_raw(raw, *ty, store.core()) })
            .collect();
        let mut values: Few<_> = ty.results().iter().map(|ty| Val::zero(*ty)).collect();
        // SAFETY: C made the frame for this call; the closure takes the `Caller` for any lifetime.
        let caller = unsafe { Caller::new(store.reborrow(), frame) };
        (closure.call)(caller, &params, &mut values).map_err(Error::host)?;
        let found = values.iter().map(Val::ty);
        if !found.clone().eq(ty.results().iter().copied()) {
            return Err(Error::from(ErrorKind::HostResults {
                ty: ty.clone(),
                found: FuncType::new([], found),
            }));
        }
        for (room, value) in results.iter_mut().zip(values) {
            *room = value.into_raw(store.core());
        }
        Ok(())
    })
}

/// What the data pointer and the frame of a call are.
///
/// # Safety
///
/// The library calls a host function that was made for the store at `data`, with this frame.
unsafe fn context<'a, T: 'static>(
    data: *mut c_void,
    frame: *const sys::WasmEdge_CallingFrameContext,
) -> (StoreMut<'a, T>, NonNull<sys::WasmEdge_CallingFrameContext>) {
    let store = NonNull::new(data.cast::<StoreInner<T>>()).expect("the place of the store");
    let frame = NonNull::new(frame.cast_mut()).expect("the frame of the call");
    // SAFETY: code of this store is running, by the one who borrowed it exclusively, and who holds
    // no reference to it across the call into C. So it is ours until we return, which is when
    // nothing of it is left: no closure can keep what it is given.
    (unsafe { StoreMut::from_raw(store) }, frame)
}

/// Runs the Rust side of a host call: nothing unwinds into C, and what went wrong waits in the
/// store until the outer call into C is back (S7).
fn run<T: 'static>(
    mut store: StoreMut<'_, T>,
    body: impl FnOnce(StoreMut<'_, T>) -> Result<(), Error>,
) -> sys::WasmEdge_Result {
    let compiled = store.core().has_compiled_code();
    let _outside = compiled.then(Outside::enter);
    let inside = door::leave();
    // Each way from here leads through `come_back`.
    let pending = match catch_unwind(AssertUnwindSafe(|| body(store.reborrow()))) {
        Ok(Ok(())) => {
            door::come_back(inside);
            return compat::SUCCESS;
        }
        Ok(Err(error)) => Pending::Error(error),
        Err(payload) => Pending::Panic(payload),
    };
    // There is none pending: the outer call takes it before it returns.
    let core = store.core_mut();
    debug_assert!(core.pending.is_none());
    core.pending = Some(pending);
    door::come_back(inside);
    compat::TERMINATE
}
