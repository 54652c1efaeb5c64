//! Instances under a name that they were not made with: from 0.17 on.

use support::{module, wasm};
use wasmedge::{ErrorKind, HostModule, Instance, Module, Store, Vm};

const EXPORTER: &str = r#"
    (module
      (global $count (mut i32) (i32.const 0))
      (func (export "tick") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (global.get $count)))
"#;

fn exporter() -> Module {
    module(EXPORTER)
}

fn importer(name: &str) -> Module {
    module(&format!(
        r#"(module (import "{name}" "tick" (func $tick (result i32)))
             (func (export "run") (result i32) (call $tick)))"#
    ))
}

fn run(store: &mut Store<()>, instance: Instance) -> i32 {
    let run = instance.get_typed_func::<(), i32>(&store, "run").unwrap();
    run.call(store, ()).unwrap()
}

/// Whether the library has aliases; where it has none, it is said so.
fn registered(store: &mut Store<()>, name: &str, instance: Instance) -> bool {
    match store.register_instance(name, instance) {
        Ok(()) => true,
        Err(error) => {
            assert!(wasmedge::version::headers().minor < 17, "{error}");
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
            assert_eq!(store.find_instance(name), None);
            false
        }
    }
}

#[test]
fn one_instance_has_several_names() {
    let mut store = Store::new(()).unwrap();
    let instance = store.register("first", &exporter()).unwrap();
    if !registered(&mut store, "second", instance) {
        return;
    }
    assert_eq!(store.find_instance("second"), Some(instance));
    let names: Vec<_> = store.instance_names().collect();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(instance.name(&store), "first");

    let first = store.instantiate(&importer("first")).unwrap();
    let second = store.instantiate(&importer("second")).unwrap();
    assert_eq!(run(&mut store, first), 1);
    assert_eq!(run(&mut store, second), 2);
}

#[test]
fn an_instance_without_a_name_gets_one() {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&exporter()).unwrap();
    assert!(store.instantiate(&importer("later")).is_err());
    if !registered(&mut store, "later", instance) {
        return;
    }
    let importer = store.instantiate(&importer("later")).unwrap();
    assert_eq!(run(&mut store, importer), 1);
}

#[test]
fn host_modules_have_aliases_too() {
    let mut env = HostModule::new("env");
    env.func_wrap("tick", || 42).unwrap();
    let mut store = Store::new(()).unwrap();
    let env = store.register_host(&env).unwrap();
    if !registered(&mut store, "other", env) {
        return;
    }
    let importer = store.instantiate(&importer("other")).unwrap();
    assert_eq!(run(&mut store, importer), 42);
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let mut store = Store::new(()).unwrap();
    let instance = store.register("first", &exporter()).unwrap();
    if !registered(&mut store, "second", instance) {
        return;
    }
    for name in ["first", "second"] {
        let error = store.register_instance(name, instance).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::NameTaken { .. }),
            "{error}"
        );
    }
}

#[test]
fn s1_aliases_outlive_a_failed_instantiation_and_the_order_of_drops() {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&exporter()).unwrap();
    if !registered(&mut store, "alias", instance) {
        return;
    }
    registered(&mut store, "alias too", instance);
    // The C store is parked, and another one takes its place with the same names.
    for _ in 0..3 {
        let failing = module(r#"(module (func $start unreachable) (start $start))"#);
        assert!(store.instantiate(&failing).is_err());
        let importer = store.instantiate(&importer("alias too")).unwrap();
        run(&mut store, importer);
    }
    let importer = store.instantiate(&importer("alias")).unwrap();
    assert_eq!(run(&mut store, importer), 4);
    // Instances leave all the C stores that they are in, under all of their names, when they go.
    drop(store);
}

#[test]
fn s1_an_instance_of_another_store_is_refused() {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&exporter()).unwrap();
    let mut other = Store::new(()).unwrap();
    let used = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        other.register_instance("name", instance)
    }));
    let message = *used.unwrap_err().downcast::<&str>().unwrap();
    assert!(message.starts_with("object used with the wrong store"));
}

#[test]
fn the_active_instance_of_a_vm_can_be_imported_from() {
    let mut vm = Vm::new(()).unwrap();
    vm.load_bytes(wasm(EXPORTER)).unwrap();
    vm.validate().unwrap();
    let active = vm.instantiate().unwrap();
    match vm.register_instance("active", active) {
        Ok(()) => {
            let importer = vm.register_module("importer", &importer("active")).unwrap();
            let run = importer.get_typed_func::<(), i32>(&vm, "run").unwrap();
            assert_eq!(run.call(&mut vm, ()).unwrap(), 1);
            assert_eq!(vm.call::<_, i32>("tick", ()).unwrap(), 2);
        }
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
        }
    }
}
