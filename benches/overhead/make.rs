//! Making things.

use std::hint::black_box;
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use wasm_encoder::{CodeSection, FunctionSection, RawSection};
use wasmedge::{Config, Loader, Module, Store, Validator, Vm, sys};

use wasmparser::{Parser, Payload};

use crate::pair::{Pair, Side, Sides, Target, looped, repeat};
use crate::raw::{Guest, name, ok};
use crate::timed::timed;

/// A program in Rust with an allocator and panics: 49 KB.
const PROGRAM: &[u8] = include_bytes!("../../testdata/wasm_bindgen.wasm");

pub(crate) fn pairs() -> Vec<Pair> {
    vec![
        Pair::new("load + validate, 49 KB", || load(PROGRAM.to_vec()))
            .target(Target::Instructions(1.45)),
        // Several threads validate it, whose instructions say nothing.
        Pair::new("load + validate, 1.2 MB", || load(times(PROGRAM, 25)))
            .target(Target::Time(1.35))
            .timed_only(),
        Pair::new("instantiate", instantiate)
            .target(Target::Instructions(1.1))
            .varies(15),
        Pair::new("store + instantiate + call + drop", all),
        Pair::new("Vm: create and drop", vm).target(Target::Time(0.5)),
    ]
}

fn load(wasm: Vec<u8>) -> Sides {
    let config = Config::new().unwrap();
    let loader = Loader::new(&config).unwrap();
    let validator = Validator::new(&config).unwrap();
    let raw = Guest::new(&small(), &[]);
    let len = u32::try_from(wasm.len()).unwrap();
    let wasm: Rc<[u8]> = wasm.into();
    let [safe_bytes, raw_bytes, c_bytes] = [(); 3].map(|()| Rc::clone(&wasm));
    Sides {
        safe: repeat(move || {
            let ast = loader.load_bytes(&safe_bytes).unwrap();
            black_box(validator.validate(ast).unwrap());
        }),
        // SAFETY: the contexts are alive, and the module is freed.
        raw: repeat(move || unsafe {
            let mut ast = ptr::null_mut();
            let from = raw_bytes.as_ptr();
            ok(sys::WasmEdge_LoaderParseFromBuffer(
                raw.loader(),
                &raw mut ast,
                from,
                len,
            ));
            ok(sys::WasmEdge_ValidatorValidate(raw.validator(), ast));
            sys::WasmEdge_ASTModuleDelete(ast);
        }),
        // SAFETY: the bytes live as long as the closure.
        c: looped(move |n| unsafe { baseline::baseline_load(c_bytes.as_ptr(), len, n) }),
    }
}

/// A module with each of its functions so many times, the copies at the end: they use what the first ones use.
fn times(wasm: &[u8], count: usize) -> Vec<u8> {
    let mut module = wasm_encoder::Module::new();
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    let (mut types, mut bodies): (Vec<u32>, Vec<&[u8]>) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::FunctionSection(section) => {
                types.extend(section.into_iter().map(Result::unwrap));
                for _ in 0..count {
                    types.iter().for_each(|ty| _ = functions.function(*ty));
                }
                module.section(&functions);
            }
            Payload::CodeSectionStart { count: all, .. } => bodies.reserve(all as usize),
            Payload::CodeSectionEntry(body) => {
                bodies.push(&wasm[body.range()]);
                if bodies.len() == types.len() {
                    for _ in 0..count {
                        bodies.iter().for_each(|body| _ = code.raw(body));
                    }
                    module.section(&code);
                }
            }
            Payload::CustomSection(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &wasm[range];
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    module.finish()
}

/// A guest without memory: to make one is system calls, and nothing of the crate's.
pub(crate) fn small() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (global (export "global") (mut i32) (i32.const 1))
            (table (export "table") 4 funcref)
            (elem (i32.const 0) func $add)
            (func $add (export "add") (param i32 i32) (result i32)
              (i32.add (local.get 0) (local.get 1)))
            (func (export "sub") (param i32 i32) (result i32)
              (i32.sub (local.get 0) (local.get 1))))"#,
    )
    .unwrap()
}

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
    let module = Module::new(&Config::new().unwrap(), small()).unwrap();
    let raw = Guest::new(&small(), &[]);
    let c = Guest::new(&small(), &[]);
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
            let time = timed(|| instances.fill(&raw));
            (time, instances)
        }),
        c: in_batches(move |n| {
            let mut instances = Instances::room_for(n);
            let room = instances.0.as_mut_ptr();
            // SAFETY: the guest is alive, and this thread's alone; there is room for `n`.
            let time = timed(|| unsafe {
                baseline::baseline_instantiate(c.executor(), c.store(), c.ast(), room, n);
            });
            (time, instances)
        }),
    }
}

/// Instances of the raw sides.
pub(crate) struct Instances(Vec<*mut sys::WasmEdge_ModuleInstanceContext>);

impl Instances {
    pub(crate) fn room_for(n: u64) -> Self {
        Self(vec![ptr::null_mut(); usize::try_from(n).unwrap()])
    }

    /// Makes as many as there is room for.
    pub(crate) fn fill(&mut self, guest: &Guest) {
        for instance in &mut self.0 {
            // SAFETY: the guest is alive, and this thread's alone.
            unsafe {
                let (executor, store) = (guest.executor(), guest.store());
                ok(sys::WasmEdge_ExecutorInstantiate(
                    executor,
                    instance,
                    store,
                    guest.ast(),
                ));
            }
        }
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

/// All that a program does that runs a module once; of the C API's objects it needs no others.
fn all() -> Sides {
    let module = Module::new(&Config::new().unwrap(), small()).unwrap();
    let raw = Guest::new(&small(), &[]);
    let c = Guest::new(&small(), &[]);
    Sides {
        safe: repeat(move || {
            let mut store = Store::new(()).unwrap();
            let instance = store.instantiate(&module).unwrap();
            let add = instance
                .get_typed_func::<(i32, i32), i32>(&store, "add")
                .unwrap();
            assert_eq!(add.call(&mut store, (1, 2)).unwrap(), 3);
        }),
        // SAFETY: made, used and freed in order.
        raw: repeat(move || unsafe {
            let executor = sys::WasmEdge_ExecutorCreate(ptr::null(), ptr::null_mut());
            let store = sys::WasmEdge_StoreCreate();
            let mut instance = ptr::null_mut();
            ok(sys::WasmEdge_ExecutorInstantiate(
                executor,
                &raw mut instance,
                store,
                raw.ast(),
            ));
            let add = sys::WasmEdge_ModuleInstanceFindFunction(instance, name("add"));
            let params = [sys::WasmEdge_ValueGenI32(1), sys::WasmEdge_ValueGenI32(2)];
            let mut result = params[0];
            let room = &raw mut result;
            ok(sys::WasmEdge_ExecutorInvoke(
                executor,
                add,
                params.as_ptr(),
                2,
                room,
                1,
            ));
            assert_eq!(result.Value as i32, 3);
            sys::WasmEdge_ModuleInstanceDelete(instance);
            sys::WasmEdge_StoreDelete(store);
            sys::WasmEdge_ExecutorDelete(executor);
        }),
        // SAFETY: the module is alive.
        c: looped(move |n| unsafe { baseline::baseline_store(c.ast(), n) }),
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
        c: looped(|n| unsafe { baseline::baseline_vm(n) }),
    }
}
