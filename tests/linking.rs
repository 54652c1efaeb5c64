//! S2: imports match exactly, or nothing is instantiated.

use support::{module, wasm};
use wasmedge::{
    Error, ErrorKind, ExternType, Func, FuncType, HostModule, LinkFound, Store, ValType, Vm,
};

fn store() -> Store<()> {
    let mut store = Store::new(()).unwrap();
    let mut env = HostModule::new("env");
    env.func_wrap("add", |a: i32, b: i32| a + b).unwrap();
    store.register_host(&env).unwrap();
    let exports = module(
        r#"(module
            (table (export "table") 4 8 funcref)
            (memory (export "memory") 2 4)
            (global (export "const") i32 (i32.const 1))
            (global (export "var") (mut i64) (i64.const 1)))"#,
    );
    store.register("wasm", &exports).unwrap();
    store
}

fn refused(import: &str) -> Error {
    let mut store = store();
    let before = store.instance_names().len();
    let error = store
        .instantiate(&module(&format!("(module {import})")))
        .expect_err("the import does not match");
    assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
    assert_eq!(store.instance_names().len(), before);
    error
}

fn accepted(import: &str) {
    store()
        .instantiate(&module(&format!("(module {import})")))
        .unwrap_or_else(|error| panic!("{import}: {error}"));
}

#[test]
fn functions_match_exactly() {
    accepted(r#"(import "env" "add" (func (param i32 i32) (result i32)))"#);
    let error = refused(r#"(import "env" "add" (func (param i32 i64) (result i32)))"#);
    assert_eq!(
        error.to_string(),
        "cannot link import `env` `add` (function (i32, i64) -> (i32)): \
         found function (i32, i32) -> (i32)"
    );
    let ErrorKind::Link {
        module,
        name,
        expected,
        found,
    } = error.kind()
    else {
        unreachable!()
    };
    assert_eq!((&**module, &**name), ("env", "add"));
    let ty = |second| FuncType::new([ValType::I32, second], [ValType::I32]);
    assert_eq!(*expected, ExternType::Func(ty(ValType::I64)));
    assert_eq!(*found, LinkFound::Item(ExternType::Func(ty(ValType::I32))));
    refused(r#"(import "env" "add" (func (param i32 i32)))"#);
    refused(r#"(import "env" "add" (func (param i32 i32) (result i32 i32)))"#);
    refused(r#"(import "env" "add" (func (param i32) (result i32)))"#);
}

#[test]
fn what_is_missing_is_named_beside_what_there_is() {
    let error = refused(r#"(import "venv" "add" (func))"#);
    assert_eq!(
        error.to_string(),
        "cannot link import `venv` `add` (function () -> ()): \
         no module of that name is registered, only `env`, `wasm`; register it first"
    );
    let error = refused(r#"(import "env" "sub" (func))"#);
    assert_eq!(
        error.to_string(),
        "cannot link import `env` `sub` (function () -> ()): \
         the module has no such export, only `add`"
    );
    let error = Vm::new(())
        .unwrap()
        .run_bytes::<(), ()>(wasm(r#"(module (import "a" "b" (func)))"#), "f", ())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot link import `a` `b` (function () -> ()): no module is registered in the store; register it first"
    );
}

#[test]
fn kinds_do_not_mix() {
    refused(r#"(import "env" "add" (memory 1))"#);
    refused(r#"(import "wasm" "memory" (func))"#);
    refused(r#"(import "wasm" "table" (memory 1))"#);
    refused(r#"(import "wasm" "const" (table 1 funcref))"#);
}

#[test]
fn tables_match_in_element_and_limits() {
    accepted(r#"(import "wasm" "table" (table 4 8 funcref))"#);
    accepted(r#"(import "wasm" "table" (table 1 funcref))"#);
    accepted(r#"(import "wasm" "table" (table 1 20 funcref))"#);
    refused(r#"(import "wasm" "table" (table 5 funcref))"#);
    refused(r#"(import "wasm" "table" (table 4 7 funcref))"#);
    refused(r#"(import "wasm" "table" (table 4 8 externref))"#);
}

#[test]
fn memories_match_in_limits() {
    accepted(r#"(import "wasm" "memory" (memory 2 4))"#);
    accepted(r#"(import "wasm" "memory" (memory 1))"#);
    refused(r#"(import "wasm" "memory" (memory 3))"#);
    let error = refused(r#"(import "wasm" "memory" (memory 2 3))"#);
    assert_eq!(
        error.to_string(),
        "cannot link import `wasm` `memory` (memory 2..=3): found memory 2..=4"
    );
}

#[test]
fn globals_match_in_type_and_mutability() {
    accepted(r#"(import "wasm" "const" (global i32))"#);
    accepted(r#"(import "wasm" "var" (global (mut i64)))"#);
    refused(r#"(import "wasm" "const" (global (mut i32)))"#);
    refused(r#"(import "wasm" "var" (global i64))"#);
    refused(r#"(import "wasm" "const" (global i64))"#);
}

#[test]
fn a_memory_that_grew_matches_by_its_size_now() {
    let mut store = Store::new(()).unwrap();
    let grows = module(
        r#"(module
            (memory (export "memory") 1 8)
            (func (export "grow") (result i32) (memory.grow (i32.const 3))))"#,
    );
    let grows = store.register("grows", &grows).unwrap();
    let wants = module(r#"(module (import "grows" "memory" (memory 4)))"#);
    store.instantiate(&wants).unwrap_err();
    let grow = grows.get_typed_func::<(), i32>(&store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, ()).unwrap(), 1);
    store.instantiate(&wants).unwrap();
}

#[test]
fn the_name_of_wasi_gets_no_exception() {
    // The library lets any type through for this module name, and calls with wrong arguments.
    let mut store = Store::new(()).unwrap();
    let mut wasi = HostModule::new("wasi_snapshot_preview1");
    wasi.func_wrap("fd_write", |_: i32, _: i32, _: i32, _: i32| 0i32)
        .unwrap();
    store.register_host(&wasi).unwrap();
    let guest = module(
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i64) (result i64 i64 i64))))"#,
    );
    let error = store.instantiate(&guest).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
}

#[test]
fn exports_are_listed_with_their_types() {
    let mut store = Store::new(()).unwrap();
    let mut env = HostModule::new("env");
    env.func_wrap("host", |_: i64| 1.5f32).unwrap();
    store.register_host(&env).unwrap();
    let guest = module(
        r#"(module
            (import "env" "host" (func $host (param i64) (result f32)))
            (func (export "b"))
            (func (export "a") (result i32) i32.const 1)
            (export "passed on" (func $host))
            (table (export "table") 1 2 externref)
            (memory (export "memory") 1 3)
            (global (export "global") (mut f64) (f64.const 1))
            (func (export "") (param v128))
            (func (export "a\00\u{1f980}")))"#,
    );
    let guest = store.instantiate(&guest).unwrap();
    let exports: Vec<_> = guest
        .exports(&store)
        .iter()
        .map(|(name, export)| format!("{name}: {}", export.ty(&store).unwrap()))
        .collect();
    assert_eq!(
        exports,
        [
            ": function (v128) -> ()",
            "a: function () -> (i32)",
            "a\0🦀: function () -> ()",
            "b: function () -> ()",
            "passed on: function (i64) -> (f32)",
            "table: table of externref 1..=2",
            "memory: memory 1..=3",
            "global: global mut f64",
        ]
    );
    for (name, export) in guest.exports(&store) {
        assert_eq!(guest.get_export(&store, &name), Some(export));
    }
    assert_eq!(guest.table_names(&store).len(), 1);
    assert_eq!(guest.global_names(&store).len(), 1);
    // What is passed on is the function itself.
    let host = store.find_instance("env").unwrap();
    assert_eq!(
        guest.get_func(&store, "passed on"),
        host.get_func(&store, "host")
    );
}

#[test]
fn modules_are_found_under_any_name() {
    let mut store = Store::new(()).unwrap();
    let empty = module("(module)");
    let names = ["", "a\0b", "🦀", "with space"];
    for name in names {
        let instance = store.register(name, &empty).unwrap();
        assert_eq!(store.find_instance(name), Some(instance));
        assert_eq!(instance.name(&store), name);
    }
    assert_eq!(store.instance_names().collect::<Vec<_>>(), names);
    let unnamed = store.instantiate(&empty).unwrap();
    assert_eq!(unnamed.name(&store), "");
    assert!(store.find_instance("a").is_none());
}

/// Which functions a module may import from one that passes them on. Whatever the library makes of it,
/// no function is linked as one of another type.
#[test]
fn s2_functions_that_are_passed_on_keep_their_type() {
    let defines = module(
        r#"(module
             (type (func (param i64 i64) (result f64)))
             (type $own (func (param i32) (result i32)))
             (func (export "f") (type $own) (i32.add (local.get 0) (i32.const 1))))"#,
    );
    let types = |second: &str| {
        format!(
            r#"(module
                 (type $first (func (param i32) (result i32)))
                 (type {second})
                 (import "a" "f" (func $f (type $first)))
                 (table (export "t") 1 funcref) (elem (i32.const 0) $f)
                 (export "f" (func $f)))"#
        )
    };
    let wants = |ty: &str| {
        module(&format!(
            r#"(module
                 (type $ty (func {ty}))
                 (import "b" "f" (func $f (type $ty)))
                 (import "b" "t" (table 1 funcref))
                 (elem declare func $f)
                 (func (export "run") (result i32) (call_indirect (param i32) (result i32) (i32.const 41) (i32.const 0)))
                 (func (export "same") (result funcref) (ref.func $f)))"#
        ))
    };
    // In the place where the library looks from 0.14 on: the right type, another one, none.
    for second in [
        "(func (param i32) (result i32))",
        "(func (param f64) (result externref))",
        "(func (param i32 i32 i32))",
    ] {
        let mut store = store();
        let a = store.register("a", &defines).unwrap();
        store.register("b", &module(&types(second))).unwrap();
        for ty in [
            "(param f64) (result externref)",
            "(param i32 i32 i32)",
            "(param i64 i64) (result f64)",
            "",
        ] {
            let error = store.instantiate(&wants(ty)).unwrap_err();
            let ErrorKind::Link {
                found: LinkFound::Item(found),
                ..
            } = error.kind()
            else {
                panic!("{second} {ty}: {error}");
            };
            assert_eq!(found.to_string(), "function (i32) -> (i32)");
        }
        match store.instantiate(&wants("(param i32) (result i32)")) {
            Ok(instance) => {
                let run = instance.get_typed_func::<(), i32>(&store, "run").unwrap();
                assert_eq!(run.call(&mut store, ()).unwrap(), 42);
                let same = instance.get_typed_func::<(), Option<Func>>(&store, "same");
                let same = same.unwrap().call(&mut store, ()).unwrap().unwrap();
                assert_eq!(Some(same), a.get_func(&store, "f"));
                let typed = same.typed::<i32, i32>(&store).unwrap();
                assert_eq!(typed.call(&mut store, 1).unwrap(), 2);
            }
            Err(error) => {
                assert!(wasmedge::version::headers().minor >= 14, "{error}");
                assert!(!second.contains("(param i32) (result i32)"), "{error}");
                assert!(error.to_string().contains("that defines it"), "{error}");
            }
        }
    }
}
