//! Calls from the host into wasm.

use std::hint::black_box;
use std::ptr;

use wasmedge::{Val, sys};

use crate::guest;
use crate::pair::{Pair, Side, Sides, Target, repeat, timed};
use crate::raw::ok;

pub(crate) fn pairs() -> Vec<Pair> {
    let pair = |name, added, make| Pair {
        name,
        target: Target::Added(added),
        make,
    };
    vec![
        pair("typed call ()", 30, nothing),
        pair("typed call (i32, i32) -> i32", 45, add),
        pair("dynamic call (i32, i32) -> i32", 100, dynamic),
    ]
}

fn nothing() -> Sides {
    let (mut store, instance) = guest::safe();
    let func = instance
        .get_typed_func::<(), ()>(&store, "nothing")
        .unwrap();
    let raw = guest::raw();
    let raw_func = raw.guest.func("nothing");
    let c = guest::c();
    let c_func = c.guest.func("nothing");
    Sides {
        safe: repeat(move || func.call(&mut store, ()).unwrap()),
        // SAFETY: the guest is alive, and this thread's alone.
        raw: repeat(move || unsafe {
            ok(sys::WasmEdge_ExecutorInvoke(
                raw.guest.executor,
                raw_func,
                ptr::null(),
                0,
                ptr::null_mut(),
                0,
            ));
        }),
        // SAFETY: as above.
        c: Box::new(move |n| {
            timed(|| unsafe { baseline::baseline_call_nothing(c.guest.executor, c_func, n) })
        }),
    }
}

fn add() -> Sides {
    let (mut store, instance) = guest::safe();
    let func = instance
        .get_typed_func::<(i32, i32), i32>(&store, "add")
        .unwrap();
    let (raw, c) = raw_add();
    Sides {
        safe: repeat(move || {
            let sum = func.call(&mut store, (black_box(1), black_box(2)));
            assert_eq!(sum.unwrap(), 3);
        }),
        raw,
        c,
    }
}

fn dynamic() -> Sides {
    let (mut store, instance) = guest::safe();
    let func = instance.get_func(&store, "add").unwrap();
    let (raw, c) = raw_add();
    Sides {
        safe: repeat(move || {
            let params = [Val::I32(black_box(1)), Val::I32(black_box(2))];
            let mut results = [Val::I32(0)];
            func.call(&mut store, &params, &mut results).unwrap();
            assert_eq!(results, [Val::I32(3)]);
        }),
        raw,
        c,
    }
}

fn raw_add() -> (Side, Side) {
    let raw = guest::raw();
    let raw_func = raw.guest.func("add");
    let c = guest::c();
    let c_func = c.guest.func("add");
    // SAFETY: a pure function of the library.
    let zero = unsafe { sys::WasmEdge_ValueGenI32(0) };
    let value = move |value: i32| sys::WasmEdge_Value {
        Value: value as u32 as u128,
        ..zero
    };
    let raw = repeat(move || {
        let params = [value(black_box(1)), value(black_box(2))];
        let mut result = [zero];
        // SAFETY: the guest is alive, and this thread's alone; the values are those of its type.
        unsafe {
            ok(sys::WasmEdge_ExecutorInvoke(
                raw.guest.executor,
                raw_func,
                params.as_ptr(),
                2,
                result.as_mut_ptr(),
                1,
            ));
        }
        assert_eq!(result[0].Value as i32, 3);
    });
    // SAFETY: as above.
    let c: Side = Box::new(move |n| {
        timed(|| unsafe { baseline::baseline_call_add(c.guest.executor, c_func, n) })
    });
    (raw, c)
}
