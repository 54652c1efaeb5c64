//! Making things, and finding them.

use std::hint::black_box;
use std::ptr;
use std::time::Duration;

use wasmedge::{Config, Loader, Module, Store, Validator, Vm, sys};

use crate::guest;
use crate::pair::{Pair, Side, Sides, Target, repeat, timed};
use crate::raw::{self, ok};

/// A program in Rust with an allocator and panics: 49 KB.
const PROGRAM: &[u8] = include_bytes!("../../testdata/wasm_bindgen.wasm");

pub(crate) fn pairs() -> Vec<Pair> {
    let pair = |name, ratio, make| Pair {
        name,
        target: Target::Ratio(ratio),
        make,
    };
    vec![
        pair("look-up of an export", 1.1, find),
        pair("load + validate, 49 KB", 1.3, load),
        pair("instantiate", 1.1, instantiate),
        pair("Vm: create and drop", 0.5, vm),
    ]
}

fn find() -> Sides {
    let (store, instance) = guest::safe();
    let raw = guest::raw();
    let c = guest::c();
    Sides {
        safe: repeat(move || {
            let func = instance.get_func(&store, black_box("add"));
            black_box(func.unwrap());
        }),
        raw: repeat(move || {
            black_box(raw.guest.func(black_box("add")));
        }),
        // SAFETY: the guest is alive.
        c: Box::new(move |n| timed(|| unsafe { baseline::baseline_find(c.guest.instance, n) })),
    }
}

fn load() -> Sides {
    let config = Config::new().unwrap();
    let loader = Loader::new(&config).unwrap();
    let validator = Validator::new(&config).unwrap();
    // SAFETY: freed below.
    let (raw_loader, raw_validator) = unsafe {
        (
            sys::WasmEdge_LoaderCreate(ptr::null()),
            sys::WasmEdge_ValidatorCreate(ptr::null()),
        )
    };
    let len = u32::try_from(PROGRAM.len()).unwrap();
    Sides {
        safe: repeat(move || {
            let ast = loader.load_bytes(PROGRAM).unwrap();
            black_box(validator.validate(ast).unwrap());
        }),
        raw: repeat(move || {
            let mut ast = ptr::null_mut();
            // SAFETY: the contexts live as long as the process; the module is freed.
            unsafe {
                ok(sys::WasmEdge_LoaderParseFromBuffer(
                    raw_loader,
                    &raw mut ast,
                    PROGRAM.as_ptr(),
                    len,
                ));
                ok(sys::WasmEdge_ValidatorValidate(raw_validator, ast));
                sys::WasmEdge_ASTModuleDelete(ast);
            }
        }),
        // SAFETY: the bytes are a constant.
        c: Box::new(move |n| {
            timed(|| unsafe { baseline::baseline_load(PROGRAM.as_ptr(), len, n) })
        }),
    }
}

/// A guest without memory: memories are system calls, and nothing of the crate's.
pub(crate) const SMALL: &str = r#"(module
    (global (export "global") (mut i32) (i32.const 1))
    (table (export "table") 4 funcref)
    (elem (i32.const 0) func $add)
    (func $add (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1)))
    (func (export "sub") (param i32 i32) (result i32)
        (i32.sub (local.get 0) (local.get 1))))"#;

/// So many instances in one store, then another store.
const BATCH: u64 = 1000;

/// Runs batches whose results are freed outside of what is measured.
fn in_batches<K>(mut batch: impl FnMut(u64) -> (Duration, K) + 'static) -> Side {
    Box::new(move |mut n| {
        let mut time = Duration::ZERO;
        while n > 0 {
            let these = n.min(BATCH);
            time += batch(these).0;
            n -= these;
        }
        time
    })
}

fn instantiate() -> Sides {
    let wasm = wat::parse_str(SMALL).unwrap();
    let module = Module::new(&Config::new().unwrap(), &wasm).unwrap();
    // Boxed, so that the closures take all of it, and not a copy of its pointers.
    let raw = Box::new(raw::Guest::new(&wasm, &[]));
    let c = Box::new(raw::Guest::new(&wasm, &[]));
    Sides {
        safe: in_batches(move |n| {
            let mut store = Store::new(()).unwrap();
            let time = timed(|| {
                for _ in 0..n {
                    black_box(store.instantiate(&module).unwrap());
                }
            });
            (time, store)
        }),
        raw: in_batches(move |n| {
            let mut instances = Instances::room_for(n);
            let time = timed(|| {
                for instance in &mut instances.0 {
                    // SAFETY: the guest is alive, and this thread's alone.
                    unsafe {
                        ok(sys::WasmEdge_ExecutorInstantiate(
                            raw.executor,
                            instance,
                            raw.store,
                            raw.ast,
                        ));
                    }
                }
            });
            (time, instances)
        }),
        c: in_batches(move |n| {
            let mut instances = Instances::room_for(n);
            let room = instances.0.as_mut_ptr();
            // SAFETY: as above, and there is room for `n`.
            let time = timed(|| unsafe {
                baseline::baseline_instantiate(c.executor, c.store, c.ast, room, n);
            });
            (time, instances)
        }),
    }
}

/// Instances of the raw sides.
pub(crate) struct Instances(pub(crate) Vec<*mut sys::WasmEdge_ModuleInstanceContext>);

impl Instances {
    pub(crate) fn room_for(n: u64) -> Self {
        Self(vec![ptr::null_mut(); usize::try_from(n).unwrap()])
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        for instance in &self.0 {
            // SAFETY: nothing else frees them, and nothing imports from them.
            unsafe { sys::WasmEdge_ModuleInstanceDelete(*instance) };
        }
    }
}

fn vm() -> Sides {
    Sides {
        safe: repeat(|| {
            black_box(Vm::new(()).unwrap());
        }),
        // SAFETY: made and freed.
        raw: repeat(|| unsafe {
            sys::WasmEdge_VMDelete(sys::WasmEdge_VMCreate(ptr::null(), ptr::null_mut()));
        }),
        // SAFETY: no arguments.
        c: Box::new(|n| timed(|| unsafe { baseline::baseline_vm(n) })),
    }
}
