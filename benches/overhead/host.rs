//! Calls from wasm into the host.

use std::ffi::c_void;

use wasmedge::sys;

use crate::guest;
use crate::pair::{Pair, Side, Sides, Target, timed};
use crate::raw::ok;

/// The leanest host function: the values are read and written by field.
pub(crate) unsafe extern "C" fn add(
    _: *mut c_void,
    _: *const sys::WasmEdge_CallingFrameContext,
    params: *const sys::WasmEdge_Value,
    results: *mut sys::WasmEdge_Value,
) -> sys::WasmEdge_Result {
    // SAFETY: the library gives two parameters and room for one result, as the type says.
    unsafe {
        let sum = ((*params).Value as i32).wrapping_add((*params.add(1)).Value as i32);
        *results = sys::WasmEdge_Value {
            Value: sum as u32 as u128,
            Type: (*params).Type,
        };
    }
    sys::WasmEdge_Result { Code: 0 }
}

/// The same, counting its calls.
pub(crate) unsafe extern "C" fn state(
    data: *mut c_void,
    frame: *const sys::WasmEdge_CallingFrameContext,
    params: *const sys::WasmEdge_Value,
    results: *mut sys::WasmEdge_Value,
) -> sys::WasmEdge_Result {
    // SAFETY: the data is the count that belongs to the guest, and nobody else uses it meanwhile.
    unsafe {
        *data.cast::<u64>() += 1;
        add(data, frame, params, results)
    }
}

/// One call of a loop in wasm, that calls the host `n` times.
fn safe(export: &str) -> Side {
    let (mut store, instance) = guest::safe();
    let func = instance.get_typed_func::<u32, ()>(&store, export).unwrap();
    Box::new(move |n| {
        let n = u32::try_from(n).unwrap();
        timed(|| func.call(&mut store, n).unwrap())
    })
}

/// The same through the C API: what differs between the sides is the host function.
fn raw(guest: std::rc::Rc<guest::Raw>, export: &str) -> Side {
    let func = guest.guest.func(export);
    Box::new(move |n| {
        // SAFETY: a pure function of the library.
        let param = unsafe { sys::WasmEdge_ValueGenI32(i32::try_from(n).unwrap()) };
        // SAFETY: the guest is alive, this thread's alone, and the parameter as its type says.
        timed(|| unsafe {
            ok(sys::WasmEdge_ExecutorInvoke(
                guest.guest.executor,
                func,
                &raw const param,
                1,
                std::ptr::null_mut(),
                0,
            ));
        })
    })
}

fn sides(export: &str) -> Sides {
    Sides {
        safe: safe(export),
        raw: raw(guest::raw(), export),
        c: raw(guest::c(), export),
    }
}

pub(crate) fn pairs() -> Vec<Pair> {
    let pair = |name, added, make| Pair {
        name,
        target: Target::Added(added),
        make,
    };
    vec![
        pair("host call (i32, i32) -> i32", 40, || sides("loop add")),
        pair("host call with Caller and state", 60, || {
            sides("loop state")
        }),
    ]
}
