//! S1: nothing dangles. Each of these programs, written against the C API or against bindings that
//! tie a handle to nothing, reads freed memory.

use std::panic::{AssertUnwindSafe, catch_unwind};

use support::{instance, module, wasm};
use wasmedge::{HostModule, Instance, Module, Store, Vm};

/// A module whose table others put their functions in, and which calls what is there.
fn table_owner() -> Module {
    module(
        r#"(module
            (type $f (func (result i32)))
            (table (export "table") 8 funcref)
            (func (export "call") (param i32) (result i32)
                (call_indirect (type $f) (local.get 0))))"#,
    )
}

fn call(store: &mut Store<()>, owner: Instance, index: i32) -> i32 {
    let call = owner.get_typed_func::<i32, i32>(&*store, "call").unwrap();
    call.call(store, index).unwrap()
}

/// Frees and fills memory, so that what dangles is noticed.
fn churn() {
    for size in 1..200 {
        drop(std::hint::black_box(vec![0xa5u8; size * 16]));
    }
}

#[test]
fn a_host_module_may_be_dropped_after_it_was_registered() {
    let mut vm = Vm::new(()).unwrap();
    {
        let mut env = HostModule::new("env");
        let captured = String::from("captured by the closure");
        env.func_wrap("len", move || captured.len() as i32).unwrap();
        vm.register_host(&env).unwrap();
    }
    churn();
    let guest = wasm(r#"(module (import "env" "len" (func (result i32))) (export "f" (func 0)))"#);
    assert_eq!(vm.run_bytes::<(), i32>(guest, "f", ()).unwrap(), 23);
}

#[test]
fn a_function_outlives_every_handle_of_its_instance_and_its_module() {
    let mut store = Store::new(()).unwrap();
    let f = {
        let module = module(r#"(module (func (export "f") (result i32) i32.const 7))"#);
        let instance = store.instantiate(&module).unwrap();
        instance.get_typed_func::<(), i32>(&store, "f").unwrap()
    };
    churn();
    assert_eq!(f.call(&mut store, ()).unwrap(), 7);
}

#[test]
fn an_active_instance_that_is_replaced_stays_for_the_tables_that_hold_its_functions() {
    let mut vm = Vm::new(()).unwrap();
    let owner = vm.store_mut().register("owner", &table_owner()).unwrap();
    let puts = wasm(
        r#"(module
            (import "owner" "table" (table 8 funcref))
            (func $f (result i32) i32.const 42)
            (elem (i32.const 3) $f)
            (func (export "f")))"#,
    );
    vm.run_bytes::<(), ()>(puts, "f", ()).unwrap();
    for _ in 0..10 {
        vm.run_bytes::<(), ()>(wasm(r#"(module (func (export "f")))"#), "f", ())
            .unwrap();
    }
    churn();
    assert_eq!(call(vm.store_mut(), owner, 3), 42);
}

#[test]
fn functions_that_failing_instantiations_published_stay() {
    // Each puts a function in the shared table, and then traps in its start function. The library
    // keeps the last such instance alone.
    let mut store = Store::new(()).unwrap();
    let owner = store.register("owner", &table_owner()).unwrap();
    for index in 0..8 {
        let fails = module(&format!(
            r#"(module
                (import "owner" "table" (table 8 funcref))
                (func $f (result i32) i32.const {})
                (func $start unreachable)
                (elem (i32.const {index}) $f)
                (start $start))"#,
            100 + index
        ));
        let error = store.instantiate(&fails).unwrap_err();
        assert_eq!(error.trap(), Some(wasmedge::Trap::Unreachable));
    }
    churn();
    for index in 0..8 {
        assert_eq!(call(&mut store, owner, index), 100 + index);
    }
    // And linking goes on, by the same names.
    let uses = module(r#"(module (import "owner" "table" (table 8 funcref)))"#);
    store.instantiate(&uses).unwrap();
    assert_eq!(store.instance_names().collect::<Vec<_>>(), ["owner"]);
}

#[test]
fn a_failed_registration_leaves_the_name_free() {
    let mut store = Store::new(()).unwrap();
    let fails = module("(module (func $start unreachable) (start $start))");
    store.register("name", &fails).unwrap_err();
    assert!(store.find_instance("name").is_none());
    let works = module(r#"(module (func (export "f") (result i32) i32.const 1))"#);
    let works = store.register("name", &works).unwrap();
    assert_eq!(store.find_instance("name"), Some(works));
    let uses =
        module(r#"(module (import "name" "f" (func $f (result i32))) (export "g" (func $f)))"#);
    let uses = store.instantiate(&uses).unwrap();
    let g = uses.get_typed_func::<(), i32>(&store, "g").unwrap();
    assert_eq!(g.call(&mut store, ()).unwrap(), 1);
}

#[test]
fn a_module_may_be_dropped_after_it_was_instantiated_and_shared_between_stores() {
    let module = module(
        r#"(module
            (memory 1)
            (data (i32.const 0) "\2a")
            (func (export "f") (result i32) (i32.load8_u (i32.const 0))))"#,
    );
    let mut stores: Vec<_> = (0..3).map(|_| Store::new(()).unwrap()).collect();
    let instances: Vec<_> = stores
        .iter_mut()
        .map(|store| store.instantiate(&module.clone()).unwrap())
        .collect();
    drop(module);
    churn();
    for (store, instance) in stores.iter_mut().zip(instances) {
        let f = instance.get_typed_func::<(), i32>(&*store, "f").unwrap();
        assert_eq!(f.call(store, ()).unwrap(), 42);
    }
}

#[test]
fn the_counters_live_as_long_as_what_they_count() {
    let mut config = wasmedge::Config::new().unwrap();
    config
        .count_instructions(true)
        .measure_cost(true)
        .measure_time(true);
    let executor = wasmedge::Executor::new(&config).unwrap();
    drop(config);
    let mut store = Store::with_executor(executor, ()).unwrap();
    churn();
    let instance = store
        .instantiate(&module(r#"(module (func (export "f") nop nop))"#))
        .unwrap();
    let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
    f.call(&mut store, ()).unwrap();
    assert!(store.statistics().instruction_count() >= 2);
    assert!(store.statistics().total_cost() >= 2);
}

#[test]
fn handles_of_another_store_panic() {
    let text = r#"(module (func (export "f")))"#;
    let (store, own) = instance(text);
    let (mut other, _) = instance(text);
    let f = own.get_func(&store, "f").unwrap();
    let typed = f.typed::<(), ()>(&store).unwrap();
    let mut refused = |body: &mut dyn FnMut(&mut Store<()>)| {
        let payload = catch_unwind(AssertUnwindSafe(|| body(&mut other))).unwrap_err();
        assert_eq!(
            payload.downcast_ref::<&str>(),
            Some(
                &"object used with the wrong store: use it with the store that it came from, and \
                  get it anew after `Vm::cleanup`"
            )
        );
    };
    refused(&mut |other| assert!(own.get_func(other, "f").is_none()));
    refused(&mut |other| drop(own.name(other)));
    refused(&mut |other| drop(own.func_names(other)));
    refused(&mut |other| drop(f.ty(other)));
    refused(&mut |other| drop(f.call(other, &[], &mut [])));
    refused(&mut |other| drop(typed.call(other, ())));
    // Also after their own store is gone.
    drop(store);
    refused(&mut |other| drop(typed.call(other, ())));
}

#[test]
fn a_store_moves_between_threads_with_its_handles() {
    let (mut store, instance) = instance(
        r#"(module
            (global $n (mut i32) (i32.const 0))
            (func (export "next") (result i32)
                (global.set $n (i32.add (global.get $n) (i32.const 1)))
                global.get $n))"#,
    );
    let next = instance.get_typed_func::<(), i32>(&store, "next").unwrap();
    for expected in 1..5 {
        store = std::thread::spawn(move || {
            assert_eq!(next.call(&mut store, ()).unwrap(), expected);
            store
        })
        .join()
        .unwrap();
    }
}

#[test]
fn what_may_cross_threads_is_what_the_documentation_says() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<wasmedge::Config>();
    sync::<wasmedge::Config>();
    send::<wasmedge::Ast>();
    send::<Module>();
    sync::<Module>();
    send::<HostModule<std::cell::Cell<i32>>>();
    sync::<HostModule<std::cell::Cell<i32>>>();
    send::<Store<std::cell::Cell<i32>>>();
    send::<Vm<std::cell::Cell<i32>>>();
    send::<Instance>();
    sync::<Instance>();
    send::<wasmedge::Func>();
    sync::<wasmedge::TypedFunc<(i32, i32), i32>>();
    send::<wasmedge::Error>();
    sync::<wasmedge::Error>();
    send::<wasmedge::Loader>();
    send::<wasmedge::Validator>();
    send::<wasmedge::Executor>();
}

#[test]
fn many_stores_come_and_go() {
    let module = module(r#"(module (memory 1) (func (export "f")))"#);
    for _ in 0..2000 {
        let mut store = Store::new(vec![0u8; 1024]).unwrap();
        let instance = store.instantiate(&module).unwrap();
        let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
        f.call(&mut store, ()).unwrap();
    }
}
