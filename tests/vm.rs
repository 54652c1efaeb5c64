//! The steps of a `Vm`, and what happens out of order.

mod support;

use std::fs;

use support::wasm;
use wasmedge::{ErrorKind, HostModule, Val, Vm};

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
        "cannot validate: no module is loaded"
    );
    assert_eq!(
        text(vm.instantiate().unwrap_err()),
        "cannot instantiate: no module is loaded"
    );
    assert_eq!(
        text(vm.call::<(), ()>("f", ()).unwrap_err()),
        "cannot call a function: no module is instantiated"
    );
    vm.load_bytes(wasm(FIB)).unwrap();
    assert_eq!(
        text(vm.instantiate().unwrap_err()),
        "cannot instantiate: the loaded module is not validated"
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
