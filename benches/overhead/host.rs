//! Calls from wasm into the host.

use std::ffi::c_void;
use std::rc::Rc;

use wasmedge::sys::{self, WasmEdge_CallingFrameContext, WasmEdge_Result, WasmEdge_Value};

use crate::guest::{self, Mode};
use crate::pair::{Pair, Side, Sides, Target};
use crate::raw::ok;
use crate::timed::timed;

const SUCCESS: WasmEdge_Result = WasmEdge_Result { Code: 0 };

/// The leanest host functions: values are read and written by field.
pub(crate) unsafe extern "C" fn nothing(
    _: *mut c_void,
    _: *const WasmEdge_CallingFrameContext,
    _: *const WasmEdge_Value,
    _: *mut WasmEdge_Value,
) -> WasmEdge_Result {
    SUCCESS
}

/// # Safety
///
/// There are `N` parameters of type i32, and room for a result.
unsafe fn sum<const N: usize>(
    params: *const WasmEdge_Value,
    results: *mut WasmEdge_Value,
) -> WasmEdge_Result {
    // SAFETY: promised by the caller.
    unsafe {
        let params = &*params.cast::<[WasmEdge_Value; N]>();
        let sum = params
            .iter()
            .fold(0i32, |sum, param| sum.wrapping_add(param.Value as i32));
        *results = WasmEdge_Value {
            Value: sum as u32 as _,
            Type: params[0].Type,
        };
    }
    SUCCESS
}

pub(crate) unsafe extern "C" fn add(
    _: *mut c_void,
    _: *const WasmEdge_CallingFrameContext,
    params: *const WasmEdge_Value,
    results: *mut WasmEdge_Value,
) -> WasmEdge_Result {
    // SAFETY: as the function's type says.
    unsafe { sum::<2>(params, results) }
}

pub(crate) unsafe extern "C" fn eight(
    _: *mut c_void,
    _: *const WasmEdge_CallingFrameContext,
    params: *const WasmEdge_Value,
    results: *mut WasmEdge_Value,
) -> WasmEdge_Result {
    // SAFETY: as the function's type says.
    unsafe { sum::<8>(params, results) }
}

/// Counts its calls.
pub(crate) unsafe extern "C" fn state(
    data: *mut c_void,
    _: *const WasmEdge_CallingFrameContext,
    params: *const WasmEdge_Value,
    results: *mut WasmEdge_Value,
) -> WasmEdge_Result {
    // SAFETY: the data belongs to the guest, and nobody else uses it meanwhile; the rest is as the
    // function's type says.
    unsafe {
        (*data.cast::<baseline::Data>()).calls += 1;
        sum::<2>(params, results)
    }
}

/// Calls the guest.
pub(crate) unsafe extern "C" fn nest(
    data: *mut c_void,
    _: *const WasmEdge_CallingFrameContext,
    params: *const WasmEdge_Value,
    results: *mut WasmEdge_Value,
) -> WasmEdge_Result {
    // SAFETY: as above, and the function that is called has the same type.
    unsafe {
        let data = &*data.cast::<baseline::Data>();
        sys::WasmEdge_ExecutorInvoke(data.executor, data.inner, params, 2, results, 1)
    }
}

pub(crate) fn pairs() -> Vec<Pair> {
    use Mode::{Compiled, Interpreted};
    vec![
        Pair::new("host call ()", || sides(Interpreted, "loop nothing")),
        Pair::new("host call (i32, i32) -> i32", || {
            sides(Interpreted, "loop add")
        })
        .target(Target::Added(40)),
        Pair::new("host call, 8 parameters", || {
            sides(Interpreted, "loop eight")
        }),
        Pair::new("host call with Caller and state", || {
            sides(Interpreted, "loop state")
        })
        .target(Target::Added(60)),
        Pair::new("host -> wasm -> host", || sides(Interpreted, "loop nest")),
        Pair::new("compiled: host call (i32, i32) -> i32", || {
            sides(Compiled, "loop add")
        }),
        Pair::new("compiled: host call with Caller and state", || {
            sides(Compiled, "loop state")
        }),
    ]
}

/// One call of a loop in wasm, that calls the host `n` times.
fn sides(mode: Mode, export: &str) -> Sides {
    Sides {
        safe: safe(mode, export),
        raw: raw(guest::raw(mode), export),
        c: raw(guest::c(mode), export),
    }
}

fn safe(mode: Mode, export: &str) -> Side {
    let (mut store, instance) = guest::safe(mode);
    let func = instance.get_typed_func::<u32, ()>(&store, export).unwrap();
    Box::new(move |n| {
        let n = u32::try_from(n).unwrap();
        timed(|| func.call(&mut store, n).unwrap())
    })
}

/// What differs between this and the side in C is the host function.
fn raw(guest: Rc<guest::Raw>, export: &str) -> Side {
    let func = guest.func(export);
    Box::new(move |n| {
        // SAFETY: a pure function of the library.
        let param = unsafe { sys::WasmEdge_ValueGenI32(i32::try_from(n).unwrap()) };
        // SAFETY: the guest is alive, this thread's alone, and the parameter as its type says.
        timed(|| unsafe {
            let no_results = std::ptr::null_mut();
            let executor = guest.executor();
            ok(sys::WasmEdge_ExecutorInvoke(
                executor,
                func,
                &raw const param,
                1,
                no_results,
                0,
            ));
        })
    })
}
