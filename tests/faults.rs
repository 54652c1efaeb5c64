//! What happens when a program makes very many stores, or the system has no more to give. Each part
//! is a process of its own.
#![cfg(target_os = "linux")]

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::{module, wasm};
use wasmedge::{Compiler, Config, ErrorKind, HostModule, Module, Store, Vm, Wasi, keeper, log};

const GUEST: &str = r#"(module
    (import "env" "next" (func (param i32) (result i32)))
    (memory (export "memory") 1)
    (table 10 funcref)
    (elem (i32.const 0) 0)
    (func (export "f") (param i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))))"#;

const ADD: &str = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;

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
    support::memory("VmRSS") / 1024
}

/// Limits the address space of this process to so much more than it has.
fn limit_space(more: u64) {
    limit(libc::RLIMIT_AS, support::memory("VmSize") + more);
}

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Sets a limit of this process, and gives the one that it had.
fn limit(what: libc::__rlimit_resource_t, to: u64) -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: writes a struct.
    assert_eq!(unsafe { libc::getrlimit(what, &raw mut limit) }, 0);
    // The hard limit stays, so that this one can be raised again.
    let before = std::mem::replace(&mut limit.rlim_cur, to);
    // SAFETY: reads a struct.
    assert_eq!(unsafe { libc::setrlimit(what, &raw const limit) }, 0);
    before
}

#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("many") => many(),
        Some("threads") => threads(),
        Some("files") => files(),
        Some("space") => space(),
        Some("one thread") => one_thread(),
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
    let before = limit(libc::RLIMIT_NOFILE, 3);
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

    limit(libc::RLIMIT_NOFILE, before);
    Module::from_file(&config, &path).unwrap();
}

/// No address space is left for one more memory.
fn space() {
    let (module, env) = (module(GUEST), env());
    live(&module, &env, 0);
    limit_space(40 << 30);
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
    // Nor for a file, which takes none of the disk.
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(u32::MAX.into()).unwrap();
    limit_space(2 << 30);
    let error = Module::from_file(&Config::new().unwrap(), file.path()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Read { .. }), "{error}");
    println!("{error}");
    drop(stores);
    limit_space(40 << 30);
    live(&module, &env, 1);
}

/// No thread can be started.
fn one_thread() {
    let (module, env) = (module(GUEST), env());
    let mut store = Store::new(()).unwrap();
    let one = wasm(r#"(module (func (export "one") (result i32) i32.const 1))"#);
    let config = Config::new().unwrap();
    // Another user has to be able to write to it.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let instance = store.instantiate(&support::module(ADD)).unwrap();
    let add = instance
        .get_typed_func::<(i32, i32), i32>(&store, "add")
        .unwrap();
    // SAFETY: numbers. The limit does not hold for root.
    unsafe {
        if libc::geteuid() == 0 {
            let nobody = 65534;
            assert_eq!(libc::setresuid(nobody, nobody, nobody), 0);
        }
    }
    let before = limit(libc::RLIMIT_NPROC, 0);
    thread::Builder::new().spawn(|| ()).unwrap_err();

    let is_thread = |error: &wasmedge::Error| matches!(error.kind(), ErrorKind::Thread(_));
    assert!(is_thread(&store.interrupt_handle().unwrap_err()));
    let limited = add.call_timeout(&mut store, (1, 2), Duration::from_secs(60));
    assert!(is_thread(&limited.unwrap_err()));
    let (mut store, error) = store.call_async(add, (1, 2)).unwrap_err().into_parts();
    assert!(is_thread(&error), "{error}");
    if let Err(error) = log::set_callback(|_| ()) {
        let unsupported = matches!(error.kind(), ErrorKind::Unsupported { .. });
        assert!(unsupported || is_thread(&error), "{error}");
    }
    // What needs none goes on.
    assert_eq!(add.call(&mut store, (1, 2)).unwrap(), 3);
    live(&module, &env, 1);
    assert!(is_thread(
        &compiled(&config, &one, folder.path()).unwrap_err()
    ));
    assert!(!keeper::is_running());

    limit(libc::RLIMIT_NPROC, before);
    let limited = add.call_timeout(&mut store, (1, 2), Duration::from_secs(60));
    assert_eq!(limited.unwrap(), 3);
    let (_, sum) = store.call_async(add, (1, 2)).unwrap().wait();
    assert_eq!(sum.unwrap(), 3);
    live(&module, &env, 2);
    assert_eq!(compiled(&config, &one, folder.path()).unwrap(), 1);
}

/// Compiles the function `one` and calls it.
fn compiled(config: &Config, wasm: &[u8], folder: &Path) -> wasmedge::Result<i32> {
    let path = folder.join("one.wasm");
    Compiler::new(config)?.compile_bytes(wasm, &path)?;
    // SAFETY: compiled with the same configuration; it has no tables, and next to no stack.
    let module = unsafe { Module::from_compiled_file(config, path) }?;
    let mut store = Store::new(())?;
    let instance = store.instantiate(&module)?;
    instance
        .get_typed_func::<(), i32>(&store, "one")?
        .call(&mut store, ())
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
fn without_threads() {
    println!("{}", support::run_part("one thread"));
}

/// Writes a module to a file in parts, cuts it off and writes it again.
fn rewrite(path: &Path, whole: &[u8], done: &AtomicBool) {
    for round in 1.. {
        let mut file = File::create(path).unwrap();
        for part in whole.chunks(whole.len() / (round % 7 + 1) + 1) {
            file.write_all(part).unwrap();
        }
        thread::sleep(Duration::from_micros(200));
        file.set_len(whole.len() as u64 / 2).unwrap();
        if done.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// The library would map the file, and a page that is no longer there is a signal that ends the process.
#[test]
fn s4_a_module_that_is_cut_off_while_it_is_loaded_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guest.wasm");
    let mut whole = wasm(GUEST);
    // A custom section of 2 MiB, so that it takes a while: its id, its length in four bytes, the length
    // of its name.
    let len: usize = 2 << 20;
    whole.push(0);
    whole.extend((0..4).map(|n| (len >> (7 * n)) as u8 & 0x7f | if n < 3 { 0x80 } else { 0 }));
    whole.resize(whole.len() + len, 0);
    fs::write(&path, &whole).unwrap();

    let config = Config::new().unwrap();
    log::set_level(log::Level::Off).unwrap();
    let compiler = Compiler::new(&config).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| rewrite(&path, &whole, &done));
        let (mut loaded, mut refused) = (0, 0);
        let end = Instant::now() + Duration::from_secs(60);
        while loaded + refused < 500 || loaded == 0 || refused == 0 {
            assert!(Instant::now() < end, "{loaded} loaded, {refused} refused");
            match Module::from_file(&config, &path) {
                // Whole, or the header of an empty file alone, which is refused.
                Ok(module) => {
                    assert_eq!(module.exports().len(), 2);
                    loaded += 1;
                }
                Err(error) => {
                    let kind = error.kind();
                    assert!(matches!(kind, ErrorKind::Load { .. }), "{error}");
                    refused += 1;
                }
            }
        }
        println!("{loaded} times whole, {refused} times not");
        let output = folder.path().join("out.wasm");
        for _ in 0..20 {
            if let Err(error) = compiler.compile_file(&path, &output) {
                let kind = error.kind();
                assert!(matches!(kind, ErrorKind::Compile { .. }), "{error}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
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
