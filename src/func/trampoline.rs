//! Where C enters Rust.

use core::ffi::c_void;
use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Caller;
use super::host::{Closure, HostResults, write};
use super::typed::WasmValues;
use crate::error::{Error, Pending};
use crate::store::{StoreInner, StorePtr};
use crate::sys::compat::{self, RawValue};
use crate::sys::{self, string};

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
    let Some((store, frame)) = NonNull::new(data.cast::<StoreInner<T>>())
        .map(StorePtr::new)
        .zip(NonNull::new(frame.cast_mut()))
    else {
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
        let params = P::from_raw(params, core());
        // SAFETY: the store runs this call and nobody else uses it meanwhile; the closure takes
        // the `Caller` for any lifetime, so it cannot keep it.
        let caller = unsafe { Caller::new(store, frame) };
        let values = (closure.call)(caller, params).into_result()?;
        write(values, results, core());
        Ok(())
    })
}

/// Runs the Rust side of a host call: nothing unwinds into C, and what went wrong waits in the
/// store until the outer call into C is back (S7).
fn guard<T: 'static>(
    store: StorePtr<T>,
    body: impl FnOnce() -> Result<(), Error>,
) -> sys::WasmEdge_Result {
    let pending = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return compat::SUCCESS,
        Ok(Err(error)) => Pending::Error(error),
        Err(payload) => Pending::Panic(payload),
    };
    // SAFETY: as in `call`. There is none pending: the outer call takes it before it returns.
    let core = unsafe { &mut *store.core().as_ptr() };
    debug_assert!(core.pending.is_none());
    core.pending = Some(pending);
    compat::TERMINATE
}
