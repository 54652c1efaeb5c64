//! Calls on threads of their own, and how fast one is stopped.

use std::cell::Cell;
use std::ffi::c_void;
use std::hint::spin_loop;
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use wasmedge::{Config, HostModule, Module, Store, sys};

use crate::make::small;
use crate::pair::{Pair, Side, Sides, looped, repeat};
use crate::raw::{self, Guest, Host, ok};

pub(crate) fn pairs() -> Vec<Pair> {
    vec![
        Pair::new("AsyncCall: start and wait", call).timed_only(),
        Pair::new("from an interrupt until the call is over", interrupt).timed_only(),
    ]
}

fn call() -> Sides {
    let module = Module::new(&Config::new().unwrap(), small()).unwrap();
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let func = instance
        .get_typed_func::<(i32, i32), i32>(&store, "add")
        .unwrap();
    let place = Cell::new(Some(store));
    let raw = Guest::new(&small(), &[]);
    let raw_func = raw.func("add");
    let c = Guest::new(&small(), &[]);
    let c_func = c.func("add");
    Sides {
        safe: repeat(move || {
            let store = place.take().unwrap();
            let (store, sum) = store.call_async(func, (1, 2)).unwrap().wait();
            assert_eq!(sum.unwrap(), 3);
            place.set(Some(store));
        }),
        // SAFETY: the guest is alive, and this call's alone until it is over.
        raw: repeat(move || unsafe {
            let params = [sys::WasmEdge_ValueGenI32(1), sys::WasmEdge_ValueGenI32(2)];
            let mut result = params[0];
            let call =
                sys::WasmEdge_ExecutorAsyncInvoke(raw.executor(), raw_func, params.as_ptr(), 2);
            ok(sys::WasmEdge_AsyncGet(call, &raw mut result, 1));
            assert_eq!(result.Value as i32, 3);
            sys::WasmEdge_AsyncDelete(call);
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe { baseline::baseline_call_async(c.executor(), c_func, n) }),
    }
}

/// Says that it runs, and runs for ever.
const SPIN: &str = r#"(module
    (import "env" "started" (func $started))
    (func (export "spin")
      (call $started)
      (loop (br 0))))"#;

static STARTED: AtomicU8 = AtomicU8::new(0);

fn started() {
    STARTED.store(1, Ordering::Release);
}

unsafe extern "C" fn raw_started(
    _: *mut c_void,
    _: *const sys::WasmEdge_CallingFrameContext,
    _: *const sys::WasmEdge_Value,
    _: *mut sys::WasmEdge_Value,
) -> sys::WasmEdge_Result {
    started();
    sys::WasmEdge_Result { Code: 0 }
}

fn wait_until_started() {
    while STARTED.swap(0, Ordering::Acquire) == 0 {
        spin_loop();
    }
}

/// Sums up the latency alone.
fn summed(mut once: impl FnMut() -> Duration + 'static) -> Side {
    Box::new(move |n| (0..n).map(|_| once()).sum())
}

fn interrupt() -> Sides {
    // The library writes a line for each.
    wasmedge::log::set_level(wasmedge::log::Level::Off).unwrap();
    let wasm = wat::parse_str(SPIN).unwrap();
    let mut env = HostModule::new("env");
    env.func_wrap("started", started).unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let module = Module::new(&Config::new().unwrap(), &wasm).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let func = instance.get_typed_func::<(), ()>(&store, "spin").unwrap();
    let place = Cell::new(Some(store));
    let [raw, c] = [(); 2].map(|()| {
        let started = Host {
            name: "started",
            params: 0,
            results: 0,
            call: raw_started as raw::HostFn,
            data: ptr::null_mut(),
        };
        Guest::new(&wasm, &[started])
    });
    let raw_func = raw.func("spin");
    let c_func = c.func("spin");
    Sides {
        safe: summed(move || {
            let call = place.take().unwrap().call_async(func, ()).unwrap();
            wait_until_started();
            let start = Instant::now();
            call.cancel();
            let (store, result) = call.wait();
            let latency = start.elapsed();
            result.unwrap_err();
            place.set(Some(store));
            latency
        }),
        // SAFETY: the guest is alive, and this call's alone until it is over.
        raw: summed(move || unsafe {
            let call = sys::WasmEdge_ExecutorAsyncInvoke(raw.executor(), raw_func, ptr::null(), 0);
            wait_until_started();
            let start = Instant::now();
            sys::WasmEdge_AsyncCancel(call);
            assert_ne!(sys::WasmEdge_AsyncGet(call, ptr::null_mut(), 0).Code, 0);
            let latency = start.elapsed();
            sys::WasmEdge_AsyncDelete(call);
            latency
        }),
        // SAFETY: as above; the flag is one byte that both sides write as a whole.
        c: Box::new(move |n| unsafe {
            let flag = STARTED.as_ptr();
            let nanos = baseline::baseline_interrupt(c.executor(), c_func, flag, n);
            STARTED.store(0, Ordering::Release);
            Duration::from_nanos(nanos)
        }),
    }
}
