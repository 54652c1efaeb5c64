//! S2: imports match exactly, or nothing is instantiated.

mod support;

use support::{module, wasm};
use wasmedge::{Error, ErrorKind, ExternType, FuncType, HostModule, LinkFound, Store, ValType, Vm};

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
         no module of that name is registered, only `env`, `wasm`"
    );
    let error = refused(r#"(import "env" "sub" (func))"#);
    assert_eq!(
        error.to_string(),
        "cannot link import `env` `sub` (function () -> ()): the module has no such export"
    );
    let error = Vm::new(())
        .unwrap()
        .run_bytes::<(), ()>(wasm(r#"(module (import "a" "b" (func)))"#), "f", ())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot link import `a` `b` (function () -> ()): no module is registered in the store"
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
