//! The library's stand-ins for plug-ins that are not loaded: where a `Vm` has them, and where not.
//!
//! They log each call as an error; the parts that call them are processes of their own with the log
//! switched off.

use support::{module, wasm};
use wasmedge::log::{self, Level};
use wasmedge::{Config, ErrorKind, HostModule, Store, Trap, Vm};

const NN: &str = "wasi_ephemeral_nn";

const COMPUTE: &str = r#"(module
    (import "wasi_ephemeral_nn" "compute" (func $compute (param i32) (result i32)))
    (import "wasmedge_process" "wasmedge_process_run" (func $run (result i32)))
    (table (export "table") 1 funcref)
    (elem (i32.const 0) $compute)
    (func (export "compute") (result i32) (call $compute (i32.const 0)))
    (func (export "run") (result i32) call $run))"#;

#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("calls") => calls(),
        Some(other) => panic!("no part {other}"),
    }
}

fn calls() {
    log::set_level(Level::Off).unwrap();
    let mut vm = Vm::new(()).unwrap();
    // An error of the interface of wasi-nn.
    let error: i32 = vm.run_bytes(wasm(COMPUTE), "compute", ()).unwrap();
    assert_eq!(error, 1);
    // An interface without errors: a trap.
    let error = vm.call::<(), i32>("run", ()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Trap(Trap::HostFunction)),
        "{error:?}"
    );
    let error: i32 = vm.call_registered(NN, "compute", (0,)).unwrap();
    assert_eq!(error, 1);
    // Made anew with the store's other instances.
    vm.cleanup().unwrap();
    assert_eq!(vm.instance_names().len(), 0);
    let error: i32 = vm.run_bytes(wasm(COMPUTE), "compute", ()).unwrap();
    assert_eq!(error, 1);
}

#[test]
fn what_a_guest_imports_is_there() {
    support::run_part("calls");
}

#[test]
fn they_are_there_when_asked_for() {
    let mut vm = Vm::new(()).unwrap();
    assert_eq!(vm.instance_names().len(), 0);
    let known = [
        NN,
        "wasi_ephemeral_crypto_common",
        "wasi_ephemeral_crypto_asymmetric_common",
        "wasi_ephemeral_crypto_kx",
        "wasi_ephemeral_crypto_signatures",
        "wasi_ephemeral_crypto_symmetric",
        "wasi:logging/logging",
        "wasmedge_process",
        "wasmedge_image",
        "wasmedge_tensorflow",
        "wasmedge_tensorflowlite",
    ];
    for name in known {
        let instance = vm.find_instance(name).unwrap();
        assert_eq!(instance.name(&vm), name);
        assert!(!instance.exports(&vm).is_empty(), "{name}");
    }
    for name in ["wasi_snapshot_preview1", "wasi_nn", "", "nn\0"] {
        assert!(vm.find_instance(name).is_none(), "{name:?}");
    }
    // To look at one registers nothing; to import from it does.
    assert_eq!(vm.instance_names().len(), 0);
    vm.register_bytes("guest", wasm(COMPUTE)).unwrap();
    let names: Vec<_> = vm.instance_names().collect();
    assert_eq!(names, [NN, "wasmedge_process", "guest"]);
    let nn = vm.find_instance(NN).unwrap();
    assert_eq!(vm.store().find_instance(NN), Some(nn));
}

#[test]
fn a_module_of_the_programs_own_comes_first() {
    let mut nn = HostModule::new(NN);
    nn.func_wrap("compute", |_: i32| 7).unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&nn).unwrap();
    assert_eq!(
        vm.run_bytes::<(), i32>(wasm(COMPUTE), "compute", ())
            .unwrap(),
        7
    );
    // One that was imported has its name, as any other.
    let mut vm = Vm::new(()).unwrap();
    vm.register_bytes("guest", wasm(COMPUTE)).unwrap();
    let error = vm.register_host(&nn).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NameTaken { .. }),
        "{error}"
    );
}

#[test]
fn a_store_has_none() {
    let mut store = Store::new(()).unwrap();
    assert!(store.find_instance(NN).is_none());
    let error = store.instantiate(&module(COMPUTE)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
    // Nor through a `Vm` that has it, unless that registered one.
    let mut vm = Vm::with_store(&Config::new().unwrap(), store).unwrap();
    vm.store_mut().instantiate(&module(COMPUTE)).unwrap_err();
    vm.register_bytes("guest", wasm(COMPUTE)).unwrap();
    let mut store = vm.into_store();
    store.instantiate(&module(COMPUTE)).unwrap();
}

#[test]
fn s2_their_imports_match() {
    let wrong =
        r#"(module (import "wasi_ephemeral_nn" "compute" (func (param i64) (result i32))))"#;
    let missing = r#"(module (import "wasi_ephemeral_nn" "think" (func)))"#;
    let mut vm = Vm::new(()).unwrap();
    for text in [wrong, missing] {
        let error = vm.register_bytes("a", wasm(text)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
        assert!(error.to_string().contains(NN), "{error}");
    }
}

#[test]
fn s1_what_imports_them_may_fail_or_outlive_them() {
    let failing = r#"(module
        (import "wasi_ephemeral_nn" "compute" (func $compute (param i32) (result i32)))
        (import "guest" "table" (table 1 funcref))
        (elem (i32.const 0) $compute)
        (memory 1)
        (data (i32.const 65536) "does not fit"))"#;
    let mut vm = Vm::new(()).unwrap();
    vm.register_bytes("guest", wasm(COMPUTE)).unwrap();
    for _ in 0..3 {
        vm.register_bytes("failing", wasm(failing)).unwrap_err();
    }
    let guest = vm.find_instance("guest").unwrap();
    let table = guest.get_table(&vm, "table").unwrap();
    let compute = table.get(&vm, 0).unwrap();
    assert!(!compute.is_null());
    // Many at once, each with its own, dropped in any order.
    let mut vms: Vec<_> = (0..10).map(|_| Vm::new(()).unwrap()).collect();
    for vm in &mut vms {
        vm.register_bytes("guest", wasm(COMPUTE)).unwrap();
    }
    vms.swap_remove(3);
    std::thread::scope(|scope| {
        for mut vm in vms {
            scope.spawn(move || vm.cleanup().unwrap());
        }
    });
}
