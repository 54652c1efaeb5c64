//! The steps of a `Vm`, and what happens out of order.

use std::fs;

use support::wasm;
use wasmedge::{Config, ErrorKind, FuncType, HostModule, Loader, Store, Val, ValType, Vm};

const FIB: &str = include_str!("../testdata/fibonacci.wat");

#[test]
fn a_file_is_run_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fib.wasm");
    fs::write(&path, wasm(FIB)).unwrap();
    let mut vm = Vm::new(()).unwrap();
    assert_eq!(vm.run_file::<i32, i32>(&path, "fib", 21).unwrap(), 17711);
    let values = vm.run_file_values(&path, "fib", &[Val::I32(10)]).unwrap();
    assert_eq!(values, [Val::I32(89)]);
}

#[test]
fn the_steps_one_by_one() {
    let mut vm = Vm::new(()).unwrap();
    vm.load_bytes(wasm(FIB)).unwrap();
    vm.validate().unwrap();
    vm.validate().unwrap();
    let first = vm.instantiate().unwrap();
    assert_eq!(vm.active_instance(), Some(first));
    assert_eq!(vm.call::<i32, i32>("fib", 5).unwrap(), 8);

    // Instantiating again makes another instance; the first one is still there.
    let second = vm.instantiate().unwrap();
    assert_ne!(first, second);
    assert_eq!(vm.active_instance(), Some(second));
    let fib = first.get_typed_func::<i32, i32>(&vm, "fib").unwrap();
    assert_eq!(fib.call(&mut vm, 5).unwrap(), 8);
}

#[test]
fn steps_out_of_order_say_what_is_missing() {
    let mut vm = Vm::new(()).unwrap();
    let text = |error: wasmedge::Error| {
        assert!(matches!(error.kind(), ErrorKind::Order { .. }), "{error}");
        error.to_string()
    };
    assert_eq!(
        text(vm.validate().unwrap_err()),
        "cannot validate: no module is loaded; load one first, with `load_file` or `load_bytes`"
    );
    assert_eq!(
        text(vm.instantiate().unwrap_err()),
        "cannot instantiate: no module is loaded; load and validate one first, or run it in one step"
    );
    assert_eq!(
        text(vm.call::<(), ()>("f", ()).unwrap_err()),
        "cannot call a function: no module is instantiated; run or instantiate one first"
    );
    vm.load_bytes(wasm(FIB)).unwrap();
    assert_eq!(
        text(vm.instantiate().unwrap_err()),
        "cannot instantiate: the loaded module is not validated; call `validate` first"
    );
}

#[test]
fn a_failed_step_loses_nothing() {
    let mut vm = Vm::new(()).unwrap();
    vm.load_bytes(wasm(FIB)).unwrap();
    vm.validate().unwrap();
    vm.instantiate().unwrap();
    vm.load_bytes(b"junk").unwrap_err();
    vm.run_bytes::<(), ()>(wasm(r#"(module (import "a" "b" (func)))"#), "f", ())
        .unwrap_err();
    assert_eq!(vm.call::<i32, i32>("fib", 5).unwrap(), 8);
    vm.instantiate().unwrap();
}

#[test]
fn the_data_comes_back_at_the_end() {
    let mut vm = Vm::new(vec![1]).unwrap();
    vm.data_mut().push(2);
    assert_eq!(vm.into_data(), [1, 2]);
}

#[test]
fn host_modules_stay_registered_over_runs() {
    let mut vm = Vm::new(()).unwrap();
    let mut env = HostModule::new("env");
    env.func_wrap("two", || 2i32).unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(r#"(module (import "env" "two" (func (result i32))) (export "f" (func 0)))"#);
    for _ in 0..3 {
        assert_eq!(vm.run_bytes::<(), i32>(&guest, "f", ()).unwrap(), 2);
    }
    assert_eq!(vm.store().instance_names().collect::<Vec<_>>(), ["env"]);
}

#[test]
fn a_store_and_what_is_in_it_can_be_taken_over() {
    let mut env = HostModule::new("env");
    env.func_wrap("two", || 2i32).unwrap();
    let mut store = Store::new(7).unwrap();
    let env = store.register_host(&env).unwrap();
    let config = Config::new().unwrap();
    let mut vm = Vm::with_store(&config, store).unwrap();
    assert_eq!(*vm.data(), 7);
    let guest = wasm(r#"(module (import "env" "two" (func (result i32))) (export "f" (func 0)))"#);
    assert_eq!(vm.run_bytes::<(), i32>(&guest, "f", ()).unwrap(), 2);
    assert_eq!(vm.executor().statistics().instruction_count(), 0);

    let mut store = vm.into_store();
    let two = env.get_typed_func::<(), i32>(&store, "two").unwrap();
    assert_eq!(two.call(&mut store, ()).unwrap(), 2);
    // WASI is built in unless it is there.
    let mut config = Config::new().unwrap();
    let vm = Vm::with_store(config.wasi(true), store).unwrap();
    let names = ["env", "wasi_snapshot_preview1"];
    assert_eq!(vm.instance_names().collect::<Vec<_>>(), names);
    let vm = Vm::with_store(&config, vm.into_store()).unwrap();
    assert_eq!(vm.instance_names().len(), 2);
}

#[test]
fn modules_that_others_loaded_are_run() {
    let mut vm = Vm::new(()).unwrap();
    let config = Config::new().unwrap();
    let ast = Loader::new(&config).unwrap().load_bytes(wasm(FIB)).unwrap();
    vm.load_module(ast);
    vm.validate().unwrap();
    vm.instantiate().unwrap();
    assert_eq!(vm.call::<i32, i32>("fib", 5).unwrap(), 8);

    let module = support::module(FIB);
    assert_eq!(
        vm.run_module::<i32, i32>(&module, "fib", 21).unwrap(),
        17711
    );
    let values = vm
        .run_module_values(&module, "fib", &[Val::I32(10)])
        .unwrap();
    assert_eq!(values, [Val::I32(89)]);
    assert!(vm.run_module::<i64, i32>(&module, "fib", 21).is_err());
}

#[test]
fn registered_modules_are_called_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fib.wasm");
    fs::write(&path, wasm(FIB)).unwrap();
    let mut vm = Vm::new(()).unwrap();
    let a = vm.register_file("a", &path).unwrap();
    vm.register_bytes("b", wasm(FIB)).unwrap();
    vm.register_module("c", &support::module(FIB)).unwrap();
    assert_eq!(vm.instance_names().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(vm.find_instance("a"), Some(a));
    assert_eq!(vm.active_instance(), None);
    for name in ["a", "b", "c"] {
        assert_eq!(vm.call_registered::<i32, i32>(name, "fib", 5).unwrap(), 8);
        let values = vm.call_registered_values(name, "fib", &[Val::I32(5)]);
        assert_eq!(values.unwrap(), [Val::I32(8)]);
    }
    let error = vm.register_bytes("b", wasm(FIB)).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NameTaken { .. }),
        "{error}"
    );
    let error = vm.call_registered::<i32, i32>("d", "fib", 5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no module `d` is registered; there is `a`, `b`, `c`"
    );
    let error = vm.call_registered::<i32, i32>("a", "no", 5).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoSuchExport { .. }),
        "{error}"
    );
    let error = vm.call_registered_values("a", "fib", &[]).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Signature { .. }),
        "{error}"
    );
}

#[test]
fn the_functions_of_the_active_instance_have_names_and_types() {
    let mut vm = Vm::new(()).unwrap();
    assert_eq!(vm.functions(), []);
    vm.register_bytes("a", wasm(FIB)).unwrap();
    assert_eq!(vm.functions(), []);
    let guest = wasm(
        r#"(module (func (export "b") (param i64 f32)) (func (export "a") (result externref)
             ref.null extern) (memory (export "c") 1))"#,
    );
    vm.run_bytes_values(guest, "a", &[]).unwrap();
    let functions = [
        ("a".into(), FuncType::new([], [ValType::ExternRef])),
        ("b".into(), FuncType::new([ValType::I64, ValType::F32], [])),
    ];
    assert_eq!(vm.functions(), functions);
}

#[test]
fn s1_a_cleanup_frees_and_leaves_nothing_that_dangles() {
    let alive = support::Counted::default();
    let mut config = Config::new().unwrap();
    let mut vm = Vm::with_config(config.wasi(true), 1).unwrap();
    let held = alive.again();
    let mut env = HostModule::new("env");
    env.func_wrap("f", move || i32::try_from(held.alive()).unwrap())
        .unwrap();
    vm.register_host(&env).unwrap();
    drop(env);
    let guest = wasm(
        r#"(module (import "env" "f" (func $f (result i32))) (export "f" (func $f))
             (table (export "t") 1 funcref) (elem (i32.const 0) $f))"#,
    );
    vm.register_bytes("guest", &guest).unwrap();
    assert_eq!(vm.run_bytes::<(), i32>(&guest, "f", ()).unwrap(), 2);
    let old = vm.active_instance().unwrap();
    let f = old.get_func(&vm, "f").unwrap();
    let object = wasmedge::ExternRef::new(&mut vm, alive.again()).unwrap();
    assert_eq!(alive.alive(), 3);

    vm.cleanup().unwrap();
    assert_eq!(alive.alive(), 1);
    assert_eq!(*vm.data(), 1);
    assert_eq!(
        vm.instance_names().collect::<Vec<_>>(),
        ["wasi_snapshot_preview1"]
    );
    assert_eq!(vm.active_instance(), None);
    let error = vm.validate().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Order { .. }), "{error}");
    let refused = |use_of_old: &dyn Fn()| {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(use_of_old));
        let payload = caught.unwrap_err();
        let text = payload.downcast_ref::<&str>().unwrap();
        assert!(text.contains("wrong store"), "{text}");
    };
    refused(&|| drop(old.name(&vm)));
    refused(&|| drop(f.ty(&vm)));
    refused(&|| assert!(object.data(&vm).is_none()));
    // And it is as good as new.
    assert_eq!(vm.run_bytes::<i32, i32>(wasm(FIB), "fib", 5).unwrap(), 8);
    vm.cleanup().unwrap();
    vm.cleanup().unwrap();
}

#[test]
fn s1_a_cleanup_forgets_the_types_of_the_functions_that_go() {
    let mut vm = Vm::new(()).unwrap();
    for round in 0..50 {
        // The next function often gets the address of the one before.
        let val = [Val::I64(7), Val::F32(7)][round % 2];
        let guest = wasm(&format!(
            r#"(module (func (export "f") (param {0}) (result {0}) local.get 0))"#,
            val.ty()
        ));
        assert_eq!(vm.run_bytes_values(&guest, "f", &[val]).unwrap(), [val]);
        let typed = vm.call::<i64, i64>("f", 7);
        assert_eq!(typed.is_ok(), val.ty() == ValType::I64);
        vm.cleanup().unwrap();
    }
}
