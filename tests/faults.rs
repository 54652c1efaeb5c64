//! What happens when a program makes very many stores, or the system has no more to give. Each part
//! is a process of its own.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::thread;

use support::{module, wasm};
use wasmedge::{Config, ErrorKind, HostModule, Module, Store, Vm, Wasi};

const GUEST: &str = r#"(module
    (import "env" "next" (func (param i32) (result i32)))
    (memory (export "memory") 1)
    (table 10 funcref)
    (elem (i32.const 0) 0)
    (func (export "f") (param i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))))"#;

/// A whole life of a store.
fn live(module: &Module, env: &HostModule<u32>, n: i32) {
    let mut store = Store::new(7).unwrap();
    store.register_host(env).unwrap();
    let instance = store.instantiate(module).unwrap();
    let f = instance.get_typed_func::<i32, i32>(&store, "f").unwrap();
    assert_eq!(f.call(&mut store, n).unwrap(), n + 1);
}

fn env() -> HostModule<u32> {
    let mut env = HostModule::new("env");
    env.func_wrap("next", |n: i32| n + 1).unwrap();
    env
}

/// The memory of this process that is in use, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap()
}

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Lowers a limit of this process.
fn limit(what: libc::__rlimit_resource_t, to: u64) {
    let limit = libc::rlimit {
        rlim_cur: to,
        rlim_max: to,
    };
    // SAFETY: reads a struct.
    assert_eq!(unsafe { libc::setrlimit(what, &raw const limit) }, 0);
}

#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("many") => many(),
        Some("threads") => threads(),
        Some("files") => files(),
        Some("space") => space(),
        Some(other) => panic!("no part {other}"),
    }
}

fn many() {
    let (module, env) = (module(GUEST), env());
    // What is made once, by the library and the allocator.
    for n in 0..500 {
        live(&module, &env, n);
    }
    let (memory, files) = (resident(), open_files());
    for n in 0..10_000 {
        live(&module, &env, n);
    }
    let grown = resident().saturating_sub(memory);
    println!("10,000 stores: {grown} KiB more");
    // 200 bytes a store would be 2 MiB; the smallest object of C that a store could leave is larger.
    assert!(grown < 1024, "{grown} KiB");
    assert_eq!(open_files(), files);
}

fn threads() {
    let (module, env) = (module(GUEST), env());
    thread::scope(|scope| {
        for thread in 0..64 {
            let (module, env) = (&module, &env);
            scope.spawn(move || {
                for n in 0..16 {
                    live(module, env, thread * 16 + n);
                }
            });
        }
    });
}

/// No descriptor is left.
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guest.wasm");
    fs::write(&path, wasm("(module)")).unwrap();
    let config = Config::new().unwrap();
    Module::from_file(&config, &path).unwrap();
    limit(libc::RLIMIT_NOFILE, 3);
    let error = Module::from_file(&config, &path).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Read { .. }), "{error}");
    assert!(error.to_string().contains("guest.wasm"), "{error}");
    let mut vm = Vm::new(()).unwrap();
    let mut wasi = Wasi::new();
    let error = match wasi.preopened_dir(folder.path(), "/", wasmedge::DirAccess::ReadOnly) {
        Ok(wasi) => vm.register_wasi(wasi).unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error.kind(), ErrorKind::Read { .. }), "{error}");
    // What needs none goes on.
    let one = wasm(r#"(module (func (export "one") (result i32) i32.const 1))"#);
    assert_eq!(vm.run_bytes::<(), i32>(one, "one", ()).unwrap(), 1);
}

/// No address space is left for one more memory.
fn space() {
    let (module, env) = (module(GUEST), env());
    live(&module, &env, 0);
    limit(libc::RLIMIT_AS, 40 << 30);
    let mut stores = Vec::new();
    let error = loop {
        let mut store = Store::new(7).unwrap();
        store.register_host(&env).unwrap();
        match store.instantiate(&module) {
            Ok(_) => stores.push(store),
            Err(error) => break error,
        }
        assert!(stores.len() < 10, "each memory takes gigabytes");
    };
    assert!(
        matches!(error.kind(), ErrorKind::NoMemory { .. }),
        "{error}"
    );
    println!("{} stores with a memory, then: {error}", stores.len());
    drop(stores);
    live(&module, &env, 1);
}

#[test]
fn ten_thousand_stores_leave_nothing() {
    println!("{}", support::run_part("many"));
}

#[test]
fn a_thousand_stores_on_64_threads() {
    support::run_part("threads");
}

#[test]
fn without_descriptors() {
    support::run_part("files");
}

#[test]
fn s3_without_address_space_the_next_store_works() {
    println!("{}", support::run_part("space"));
}

#[test]
fn a_module_that_is_cut_short_is_an_error_at_every_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guest.wasm");
    let whole = wasm(GUEST);
    let config = Config::new().unwrap();
    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        // The header alone is a module, and so is what ends with a section before the functions'.
        match Module::from_file(&config, &path) {
            Ok(module) => assert_eq!(module.exports().len(), 0, "{len}"),
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::Load { .. } | ErrorKind::Validate { .. }
                ),
                "{len}: {error}"
            ),
        }
    }
}
