//! Calls from the host into wasm.

use std::hint::black_box;
use std::ptr;

use wasmedge::{Config, Module, Val, Vm, sys};

use crate::guest::{self, Mode};
use crate::make::small;
use crate::pair::{Pair, Side, Sides, Target, looped, on_threads, repeat};
use crate::raw::{name, ok};

pub(crate) fn pairs() -> Vec<Pair> {
    use Mode::{Compiled, Interpreted, WithoutKeeper};
    vec![
        Pair::new("no keeper: typed call ()", || nothing(WithoutKeeper)),
        Pair::new("no keeper: typed call (i32, i32) -> i32", || {
            add(WithoutKeeper)
        }),
        Pair::new("no keeper: the same, 2 threads", || {
            threads(WithoutKeeper, 2)
        })
        .timed_only(),
        Pair::new("no keeper: the same, 8 threads", || {
            threads(WithoutKeeper, 8)
        })
        .timed_only(),
        Pair::new("compiled: typed call ()", || nothing(Compiled)),
        Pair::new("compiled: typed call (i32, i32) -> i32", || add(Compiled)),
        Pair::new("compiled: the same, 2 threads", || threads(Compiled, 2)).timed_only(),
        Pair::new("compiled: the same, 8 threads", || threads(Compiled, 8)).timed_only(),
        Pair::new("compiled: typed call (i64, f64, i32) -> f64", || {
            mixed(Compiled)
        }),
        Pair::new("compiled: typed call (i32, i64) -> (i64, i32)", || {
            swap(Compiled)
        }),
        Pair::new("compiled: dynamic call (i32, i32) -> i32", || {
            dynamic(Compiled)
        }),
        Pair::new("typed call ()", || nothing(Interpreted)).target(Target::Added(30)),
        Pair::new("typed call (i32, i32) -> i32", || add(Interpreted)).target(Target::Added(45)),
        Pair::new("typed call (i64, f64, i32) -> f64", || mixed(Interpreted)),
        Pair::new("typed call (i32, i64) -> (i64, i32)", || swap(Interpreted)),
        Pair::new("dynamic call (i32, i32) -> i32", || dynamic(Interpreted))
            .target(Target::Added(100)),
        Pair::new("call by name through a Vm", by_name).varies(40),
        Pair::new(
            "typed call, a thread and a store for each core",
            on_all_cores,
        )
        .timed_only(),
    ]
}

fn nothing(mode: Mode) -> Sides {
    let (mut store, instance) = guest::safe(mode);
    let func = instance
        .get_typed_func::<(), ()>(&store, "nothing")
        .unwrap();
    let raw = guest::raw(mode);
    let raw_func = raw.func("nothing");
    let c = guest::c(mode);
    let c_func = c.func("nothing");
    Sides {
        safe: repeat(move || func.call(&mut store, ()).unwrap()),
        // SAFETY: the guest is alive, and this thread's alone; the function takes and gives nothing.
        raw: repeat(move || unsafe {
            ok(sys::WasmEdge_ExecutorInvoke(
                raw.executor(),
                raw_func,
                ptr::null(),
                0,
                ptr::null_mut(),
                0,
            ));
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe { baseline::baseline_call_nothing(c.executor(), c_func, n) }),
    }
}

fn add(mode: Mode) -> Sides {
    Sides {
        safe: safe_add(mode),
        raw: raw_add(mode),
        c: c_add(mode),
    }
}

fn threads(mode: Mode, count: usize) -> Sides {
    Sides {
        safe: on_threads(count, move || safe_add(mode)),
        raw: on_threads(count, move || raw_add(mode)),
        c: on_threads(count, move || c_add(mode)),
    }
}

fn on_all_cores() -> Sides {
    let cores = std::thread::available_parallelism().unwrap().get();
    threads(Mode::Interpreted, cores)
}

fn dynamic(mode: Mode) -> Sides {
    let (mut store, instance) = guest::safe(mode);
    let func = instance.get_func(&store, "add").unwrap();
    Sides {
        safe: repeat(move || {
            let params = [Val::I32(black_box(1)), Val::I32(black_box(2))];
            let mut results = [Val::I32(0)];
            func.call(&mut store, &params, &mut results).unwrap();
            assert_eq!(results, [Val::I32(3)]);
        }),
        raw: raw_add(mode),
        c: c_add(mode),
    }
}

fn safe_add(mode: Mode) -> Side {
    let (mut store, instance) = guest::safe(mode);
    let func = instance
        .get_typed_func::<(i32, i32), i32>(&store, "add")
        .unwrap();
    repeat(move || {
        let sum = func.call(&mut store, (black_box(1), black_box(2)));
        assert_eq!(sum.unwrap(), 3);
    })
}

fn raw_add(mode: Mode) -> Side {
    let guest = guest::raw(mode);
    let func = guest.func("add");
    let ty = i32_type();
    repeat(move || {
        let params = [raw_i32(ty, black_box(1)), raw_i32(ty, black_box(2))];
        let mut result = [raw_i32(ty, 0)];
        // SAFETY: the guest is alive, and this thread's alone; the values are those of its type.
        unsafe {
            ok(sys::WasmEdge_ExecutorInvoke(
                guest.executor(),
                func,
                params.as_ptr(),
                2,
                result.as_mut_ptr(),
                1,
            ));
        }
        assert_eq!(result[0].Value as i32, 3);
    })
}

fn c_add(mode: Mode) -> Side {
    let guest = guest::c(mode);
    let func = guest.func("add");
    // SAFETY: as above.
    looped(move |n| unsafe { baseline::baseline_call_add(guest.executor(), func, n) })
}

fn i32_type() -> sys::WasmEdge_ValType {
    // SAFETY: a pure function of the library.
    unsafe { sys::WasmEdge_ValueGenI32(0) }.Type
}

/// A value written by field, which costs less than the library's function.
fn raw_i32(ty: sys::WasmEdge_ValType, value: i32) -> sys::WasmEdge_Value {
    sys::WasmEdge_Value {
        Value: value as u32 as _,
        Type: ty,
    }
}

fn mixed(mode: Mode) -> Sides {
    let (mut store, instance) = guest::safe(mode);
    let func = instance
        .get_typed_func::<(i64, f64, i32), f64>(&store, "mixed")
        .unwrap();
    let raw = guest::raw(mode);
    let raw_func = raw.func("mixed");
    let c = guest::c(mode);
    let c_func = c.func("mixed");
    // SAFETY: pure functions of the library.
    let [i64_type, f64_type] = unsafe {
        [
            sys::WasmEdge_ValueGenI64(0).Type,
            sys::WasmEdge_ValueGenF64(0.0).Type,
        ]
    };
    let i32_type = i32_type();
    Sides {
        safe: repeat(move || {
            let sum = func.call(&mut store, (black_box(1), black_box(2.0), black_box(3)));
            assert_eq!(sum.unwrap(), 6.0);
        }),
        raw: repeat(move || {
            let params = [
                sys::WasmEdge_Value {
                    Value: black_box(1),
                    Type: i64_type,
                },
                sys::WasmEdge_Value {
                    Value: black_box(2f64).to_bits() as _,
                    Type: f64_type,
                },
                raw_i32(i32_type, black_box(3)),
            ];
            let mut result = params[1];
            // SAFETY: as in `raw_add`.
            unsafe {
                ok(sys::WasmEdge_ExecutorInvoke(
                    raw.executor(),
                    raw_func,
                    params.as_ptr(),
                    3,
                    &raw mut result,
                    1,
                ));
            }
            assert_eq!(f64::from_bits(result.Value as u64), 6.0);
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe { baseline::baseline_call_mixed(c.executor(), c_func, n) }),
    }
}

fn swap(mode: Mode) -> Sides {
    let (mut store, instance) = guest::safe(mode);
    let func = instance
        .get_typed_func::<(i32, i64), (i64, i32)>(&store, "swap")
        .unwrap();
    let raw = guest::raw(mode);
    let raw_func = raw.func("swap");
    let c = guest::c(mode);
    let c_func = c.func("swap");
    // SAFETY: a pure function of the library.
    let i64_type = unsafe { sys::WasmEdge_ValueGenI64(0) }.Type;
    let i32_type = i32_type();
    Sides {
        safe: repeat(move || {
            let swapped = func.call(&mut store, (black_box(1), black_box(2)));
            assert_eq!(swapped.unwrap(), (2, 1));
        }),
        raw: repeat(move || {
            let params = [
                raw_i32(i32_type, black_box(1)),
                sys::WasmEdge_Value {
                    Value: black_box(2),
                    Type: i64_type,
                },
            ];
            let mut results = params;
            // SAFETY: as in `raw_add`.
            unsafe {
                ok(sys::WasmEdge_ExecutorInvoke(
                    raw.executor(),
                    raw_func,
                    params.as_ptr(),
                    2,
                    results.as_mut_ptr(),
                    2,
                ));
            }
            assert_eq!((results[0].Value as i64, results[1].Value as i32), (2, 1));
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe { baseline::baseline_call_swap(c.executor(), c_func, n) }),
    }
}

/// A VM of the library.
struct RawVm(*mut sys::WasmEdge_VMContext);

impl RawVm {
    fn new(wasm: &[u8]) -> Self {
        // SAFETY: made and used in order, on one thread; the bytes are copied.
        unsafe {
            let vm = sys::WasmEdge_VMCreate(ptr::null(), ptr::null_mut());
            let len = u32::try_from(wasm.len()).unwrap();
            ok(sys::WasmEdge_VMLoadWasmFromBuffer(vm, wasm.as_ptr(), len));
            ok(sys::WasmEdge_VMValidate(vm));
            ok(sys::WasmEdge_VMInstantiate(vm));
            Self(vm)
        }
    }

    /// A method, so that closures take all of it and not a copy of the pointer.
    fn get(&self) -> *mut sys::WasmEdge_VMContext {
        self.0
    }
}

impl Drop for RawVm {
    fn drop(&mut self) {
        // SAFETY: made in `new`, and freed here alone.
        unsafe { sys::WasmEdge_VMDelete(self.0) };
    }
}

fn by_name() -> Sides {
    let wasm = small();
    let mut vm = Vm::new(()).unwrap();
    vm.run_module_values(
        &Module::new(&Config::new().unwrap(), &wasm).unwrap(),
        "add",
        &[Val::I32(1), Val::I32(2)],
    )
    .unwrap();
    let raw = RawVm::new(&wasm);
    let c = RawVm::new(&wasm);
    let ty = i32_type();
    Sides {
        safe: repeat(move || {
            let sum: i32 = vm.call("add", (black_box(1), black_box(2))).unwrap();
            assert_eq!(sum, 3);
        }),
        raw: repeat(move || {
            let params = [raw_i32(ty, black_box(1)), raw_i32(ty, black_box(2))];
            let mut result = [raw_i32(ty, 0)];
            // SAFETY: as in `raw_add`.
            unsafe {
                ok(sys::WasmEdge_VMExecute(
                    raw.get(),
                    name("add"),
                    params.as_ptr(),
                    2,
                    result.as_mut_ptr(),
                    1,
                ));
            }
            assert_eq!(result[0].Value as i32, 3);
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe { baseline::baseline_call_by_name(c.get(), n) }),
    }
}
