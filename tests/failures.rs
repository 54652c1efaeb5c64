//! What fails leaves nothing behind: no count of what was not made, no instance that is freed too early (S1).

use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::thread;

use support::wasm;
use wasmedge::{
    Config, Error, ErrorKind, Func, FuncType, HostModule, Memory, MemoryType, Module, Proposal,
    RefType, SharedMemory, Store, TableType, Trap, Val, ValType,
};

/// A store for six pages of memory and a table of ten elements.
fn store() -> (Config, Store<()>) {
    let mut config = Config::new().unwrap();
    config.max_instances_memory(6 << 16);
    config.max_memory_pages(8).unwrap();
    config.max_table_elements(10).unwrap();
    config.proposal(Proposal::Threads, true).unwrap();
    let store = Store::with_config(&config, ()).unwrap();
    (config, store)
}

/// The store has room for four pages and two, and no more.
fn has_all_its_room(config: &Config, mut store: Store<()>) {
    let wasm = wasm("(module (memory 1 4))");
    let module = Module::new(config, wasm).unwrap();
    store.instantiate(&module).unwrap();
    Memory::new(&mut store, MemoryType::new(1, Some(2)).unwrap()).unwrap();
    let error = store.instantiate(&module).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::StoreMemory { left: 0, .. }),
        "{error}"
    );
}

/// Runs this so deep in a stack that there is not enough left for the library. A thread with a small stack
/// would not do, since it may get that of a larger one that has ended.
fn with_little_stack<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    #[inline(never)]
    fn descend<R>(body: impl FnOnce() -> R, deeper: u32) -> R {
        let room = black_box([0_u8; 256]);
        let is_little = Module::new(&Config::new().unwrap(), b"\0asm\x01\0\0\0").is_err();
        // Some KiB more, since other doors are less deep in the crate.
        let result = match deeper {
            0 => body(),
            _ => descend(body, deeper - u32::from(is_little)),
        };
        black_box(room);
        result
    }

    let thread = thread::Builder::new().stack_size(128 << 10);
    thread.spawn(|| descend(body, 20)).unwrap().join().unwrap()
}

fn is_stack(error: &Error) {
    let is_it = matches!(error.kind(), ErrorKind::ThreadStack { .. })
        || error.trap() == Some(Trap::StackOverflow);
    assert!(is_it, "{error}");
}

#[test]
fn a_host_module_that_cannot_be_made_takes_no_memory() {
    let (config, mut store) = store();
    let mut host = HostModule::new("host");
    host.memory("memory", MemoryType::new(1, Some(4)).unwrap())
        .unwrap()
        .table("table", TableType::new(RefType::FuncRef, 11, None).unwrap())
        .unwrap();
    let mut joined = host.clone();
    joined
        .shared_memory("shared", &SharedMemory::new(1).unwrap())
        .unwrap();
    for _ in 0..5 {
        for host in [&host, &joined] {
            let error = store.register_host(host).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid { .. }), "{error}");
        }
    }
    has_all_its_room(&config, store);
}

#[test]
fn what_finds_too_little_stack_takes_no_memory() {
    let (config, mut store) = store();
    let mut host = HostModule::new("host");
    host.memory("memory", MemoryType::new(1, Some(4)).unwrap())
        .unwrap();
    let module = Module::new(&config, wasm("(module (memory 1 4))")).unwrap();
    let store = with_little_stack(move || {
        for _ in 0..5 {
            is_stack(&store.register_host(&host).unwrap_err());
            is_stack(&store.instantiate(&module).unwrap_err());
            let ty = MemoryType::new(1, Some(4)).unwrap();
            is_stack(&Memory::new(&mut store, ty).unwrap_err());
        }
        store
    });
    has_all_its_room(&config, store);
}

#[test]
fn s11_a_compiled_module_that_finds_too_little_stack_is_no_instance() {
    let config = Config::new().unwrap();
    let text = r#"(module (func (export "one") (result i32) (i32.const 1)))"#;
    // SAFETY: a function that returns a number.
    let module = unsafe { Module::compile(&config, wasm(text)) }.unwrap();
    let mut store = Store::new(()).unwrap();
    let (mut store, module) = with_little_stack(move || {
        is_stack(&store.instantiate(&module).unwrap_err());
        (store, module)
    });
    // Below 0.15 a store holds one.
    let instance = store.instantiate(&module).unwrap();
    let one = instance.get_typed_func::<(), i32>(&store, "one").unwrap();
    assert_eq!(one.call(&mut store, ()).unwrap(), 1);
}

#[test]
fn a_host_module_may_have_any_name_but_those_of_the_crate() {
    let memory = SharedMemory::new(1).unwrap();
    for number in 0..8 {
        let mut store = Store::new(()).unwrap();
        for name in ["shared memory", "host module shared memory"] {
            let mut host = HostModule::new(format!("{name} {number}"));
            host.shared_memory("memory", &memory).unwrap();
            let instance = store.register_host(&host).unwrap();
            assert_eq!(instance.exports(&store).len(), 1);
        }
        let name = format!("wasmedge-safe: shared memory {number}");
        let error = store.register_host(&HostModule::new(name)).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::NameTaken { .. }),
            "{error}"
        );
    }
}

#[test]
fn the_cost_of_a_host_function_beside_a_shared_memory_does_not_wrap() {
    let mut config = Config::new().unwrap();
    config.measure_cost(true);
    let mut host = HostModule::<()>::new("host");
    host.func_wrap("f", || ())
        .unwrap()
        .func_cost("f", u64::MAX)
        .unwrap()
        .shared_memory("memory", &SharedMemory::new(1).unwrap())
        .unwrap();
    let mut store = Store::with_config(&config, ()).unwrap();
    store.register_host(&host).unwrap();
    let text = r#"(module (import "host" "f" (func $f))
        (func (export "run") (call $f) (call $f) (call $f)))"#;
    let instance = store
        .instantiate(&Module::new(&config, wasm(text)).unwrap())
        .unwrap();
    let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
    store.set_fuel(u64::MAX).unwrap();
    let error = run.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
}

/// Instantiates a module that fails, deeper and deeper in the stack, until there is none left for it.
#[inline(never)]
fn descend(store: &mut Store<()>, fails: &Module, kept: &Mutex<Vec<Func>>) {
    let room = black_box([0_u8; 32]);
    let before = kept.lock().unwrap().len();
    let error = store.instantiate(fails).unwrap_err();
    let has_run = kept.lock().unwrap().len() > before;
    if has_run {
        // Whether or not there was stack for what comes after it.
        assert_eq!(error.trap(), Some(Trap::Unreachable), "{error}");
        descend(store, fails, kept);
    } else {
        is_stack(&error);
    }
    black_box(room);
}

/// Goes a little deeper in the stack first.
#[inline(never)]
fn shifted(steps: usize, body: &mut dyn FnMut()) {
    let room = black_box([0_u8; 16]);
    match steps {
        0 => body(),
        _ => shifted(steps - 1, body),
    }
    black_box(room);
}

/// What the test below starts in a process of its own, where no larger stack is to be had than is asked for;
/// nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("end of the stack") => end_of_the_stack(),
        Some(other) => panic!("no part {other}"),
    }
}

#[test]
fn s1_an_instance_that_failed_at_the_end_of_the_stack_lives_on() {
    support::run_part("end of the stack");
}

fn end_of_the_stack() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let mut env = HostModule::<()>::new("env");
    let ty = FuncType::new([ValType::FuncRef], []);
    env.func_new("keep", ty, move |_, params, _| {
        let function = params[0].func_ref().flatten();
        keep.lock().unwrap().extend(function);
        Ok::<(), Error>(())
    })
    .unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let fails = support::module(
        r#"(module
             (import "env" "keep" (func $keep (param funcref)))
             (global $g (mut i32) (i32.const 0)) (elem declare func $f)
             (func $f (result i32) (global.get $g))
             (func $start (global.set $g (i32.const 77)) (call $keep (ref.func $f)) unreachable)
             (start $start))"#,
    );
    let all = Arc::clone(&kept);
    let thread = thread::Builder::new().stack_size(112 << 10);
    let mut store = thread
        .spawn(move || {
            for steps in 0..24 {
                shifted(steps, &mut || descend(&mut store, &fails, &all));
            }
            store
        })
        .unwrap()
        .join()
        .unwrap();
    // Each failure frees what the one before left in the same place.
    let fails = support::module("(module (func unreachable) (start 0))");
    for _ in 0..3 {
        store.instantiate(&fails).unwrap_err();
    }
    let kept = kept.lock().unwrap();
    assert!(kept.len() > 24);
    for function in kept.iter() {
        let mut results = [Val::I32(0)];
        function.call(&mut store, &[], &mut results).unwrap();
        assert_eq!(results, [Val::I32(77)]);
    }
    // Names are linked again, though there was no stack for that.
    let text = r#"(module (import "env" "keep" (func (param funcref))))"#;
    store.instantiate(&support::module(text)).unwrap();
}
