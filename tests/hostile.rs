//! Guests that want to do harm: under `Config::untrusted`, each of them ends in an error or within
//! bounds, and the next store works.
//!
//! They run in a process of their own with little memory, where what is not bounded ends the process.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use support::wasm;
use wasm_encoder::{
    BlockType, CodeSection, Function, FunctionSection, Instruction, MemorySection, MemoryType,
    TypeSection, ValType,
};
use wasmedge::log::{self, Level};
use wasmedge::{
    Caller, Config, Error, ErrorKind, HostModule, Instance, Memory, Module, Ref, RefType, Result,
    Store, Table, TableType, Trap, Val, Wasi,
};

fn untrusted() -> (Config, Store<u32>) {
    log::set_level(Level::Off).unwrap();
    let config = Config::untrusted().unwrap();
    let store = Store::with_config(&config, 0).unwrap();
    (config, store)
}

fn guest(config: &Config, store: &mut Store<u32>, text: &str) -> Instance {
    let module = Module::new(config, wasm(text)).unwrap();
    store.instantiate(&module).unwrap()
}

fn call(store: &mut Store<u32>, instance: Instance, name: &str) -> Result<()> {
    let func = instance.get_typed_func::<(), ()>(&*store, name)?;
    func.call(store, ())
}

fn is_overflow(result: Result<()>) {
    assert_eq!(result.unwrap_err().trap(), Some(Trap::StackOverflow));
}

/// The store, and a new one, can be used.
fn still_works(mut store: Store<u32>) {
    let add = r#"(module (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))"#;
    let (config, mut fresh) = untrusted();
    for store in [&mut store, &mut fresh] {
        store.set_fuel(1000).unwrap();
        let instance = guest(&config, store, add);
        let add = instance
            .get_typed_func::<(i32, i32), i32>(&*store, "add")
            .unwrap();
        assert_eq!(add.call(store, (2, 3)).unwrap(), 5);
    }
}

/// Runs a part of this file in a process of its own.
fn confined(part: &str) {
    support::run_part(part);
}

/// Lowers the limit of the memory that can be written to: 2 GiB more than there is, which is little but
/// where a sanitizer has its own. Not that of the address space, of which the library reserves 12 GiB for
/// each memory.
#[cfg(target_os = "linux")]
fn limit_memory() {
    let room = support::memory("VmData") + (2 << 30);
    let limit = libc::rlimit {
        rlim_cur: room,
        rlim_max: room,
    };
    // SAFETY: a structure of our own, which is read.
    let answer = unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const limit) };
    assert_eq!(answer, 0);
}

/// What the process has taken of the machine's memory at most, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    support::memory("VmHWM")
}

/// What the tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    let Some(part) = support::part() else {
        return;
    };
    #[cfg(target_os = "linux")]
    limit_memory();
    let (config, store) = untrusted();
    match part.as_str() {
        "recursion" => recursion(&config, store),
        "frames" => frames(&config, store),
        "modules" => modules(&config, store),
        "hosts" => hosts(&config, store),
        "memories" => memories(&config, store),
        "tables" => tables(&config, store),
        "sizes" => sizes(&config, store),
        "loops" => loops(&config, store),
        "wasi" => wasi(&config, store),
        "poll" => poll(),
        other => panic!("no part {other}"),
    }
}

macro_rules! confined {
    ($($test:ident $part:literal)*) => {$(
        #[test]
        fn $test() {
            confined($part);
        }
    )*};
}

confined! {
    recursion_ends "recursion"
    large_frames_count_for_more "frames"
    recursion_through_other_modules_ends "modules"
    recursion_through_host_functions_ends "hosts"
    memories_stay_within_bounds "memories"
    tables_stay_within_bounds "tables"
    large_modules_are_refused_or_run "sizes"
    loops_end "loops"
    wasi_is_confined "wasi"
    s3_polls_stay_within_the_memory "poll"
}

const RECURSION: &str = r#"(module
  (type $f (func))
  (table funcref (elem $indirect))
  (func $self (export "self") (call $self))
  (func $ping (export "ping") (call $pong))
  (func $pong (call $ping))
  (func $indirect (export "indirect") (call_indirect (type $f) (i32.const 0)))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func $back (export "back") (param i32) (result i32)
    (loop
      (drop (call $deep (i32.const 100)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (call $deep (i32.const 9000)))
  (func (export "unreachable") (drop (call $deep (i32.const 5))) unreachable))"#;

/// A function that calls itself: directly, by another, through a table.
fn recursion(config: &Config, mut store: Store<u32>) {
    let instance = guest(config, &mut store, RECURSION);
    for _ in 0..100 {
        for name in ["self", "ping", "indirect"] {
            is_overflow(call(&mut store, instance, name));
        }
    }
    // As deep as allowed, and no deeper; and what returned does not count.
    let deep = instance.get_typed_func::<i32, i32>(&store, "deep").unwrap();
    assert_eq!(deep.call(&mut store, 9_999).unwrap(), 9_999);
    is_overflow(deep.call(&mut store, 10_000).map(drop));
    let back = instance.get_typed_func::<i32, i32>(&store, "back").unwrap();
    assert_eq!(back.call(&mut store, 1000).unwrap(), 9_000);
    // A trap of the guest's own is that.
    let error = call(&mut store, instance, "unreachable").unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    // In a start function.
    let module = Module::new(config, wasm("(module (func $f call $f) (start $f))")).unwrap();
    for _ in 0..2 {
        let error = store.instantiate(&module).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::StackOverflow));
    }
    // By the type of a block, branches, several results, early returns.
    let instance = guest(
        config,
        &mut store,
        r#"(module
             (func $two (param i32) (result i32 i64)
               (block (result i32 i64)
                 (if (i32.eqz (local.get 0)) (then (return (i32.const 7) (i64.const 8))))
                 (br 0 (call $two (i32.sub (local.get 0) (i32.const 1))))))
             (func (export "two") (param i32) (result i32 i64) (call $two (local.get 0))))"#,
    );
    let two = instance
        .get_typed_func::<i32, (i32, i64)>(&store, "two")
        .unwrap();
    assert_eq!(two.call(&mut store, 9_998).unwrap(), (7, 8));
    is_overflow(two.call(&mut store, 9_999).map(drop));
    #[cfg(target_os = "linux")]
    assert!(peak() < 200 << 20, "{}", peak());
    still_works(store);
}

/// Functions with many locals, parameters and operands.
fn frames(config: &Config, mut store: Store<u32>) {
    let locals = format!("(local {})", "v128 ".repeat(40_000));
    let operands = "(call $many)".repeat(500);
    let drops = "drop ".repeat(500 * 900);
    let many = "i64 ".repeat(900);
    let instance = guest(
        config,
        &mut store,
        &format!(
            r#"(module
                 (func $locals (export "locals") {locals} (call $locals))
                 (func $many (result {many}) {})
                 (func $operands (export "operands") {operands} (call $operands) {drops})
                 (func (export "once") {operands} {drops}))"#,
            "(i64.const 0)".repeat(900)
        ),
    );
    is_overflow(call(&mut store, instance, "locals"));
    is_overflow(call(&mut store, instance, "operands"));
    call(&mut store, instance, "once").unwrap();
    #[cfg(target_os = "linux")]
    assert!(peak() < 500 << 20, "{}", peak());
    still_works(store);
}

/// Two instances that call each other.
fn modules(config: &Config, mut store: Store<u32>) {
    let a = r#"(module
        (table (export "table") 1 funcref)
        (type $f (func))
        (func (export "f") (call_indirect (type $f) (i32.const 0))))"#;
    let a = Module::new(config, wasm(a)).unwrap();
    let a = store.register("a", &a).unwrap();
    let b = r#"(module
        (import "a" "table" (table 1 funcref))
        (import "a" "f" (func $f))
        (func $g call $f)
        (elem (i32.const 0) $g))"#;
    guest(config, &mut store, b);
    is_overflow(call(&mut store, a, "f"));
    is_overflow(call(&mut store, a, "f"));

    // Nobody imports what counts, nor takes its name.
    let thief = r#"(module (import "wasmedge-safe: bounds" "depth" (global (mut i32)))
        (func (export "f") (global.set 0 (i32.const 1000000))))"#;
    let thief = Module::new(config, wasm(thief)).unwrap();
    let error = store.instantiate(&thief).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
    let host = HostModule::new("wasmedge-safe: bounds");
    let error = store.register_host(&host).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NameTaken { .. }),
        "{error}"
    );
    // The first index that the guest does not have, where what counts is.
    for code in ["(drop (local.get 0))", "(global.set 0 (i32.const 9))"] {
        let text = format!("(module (func $f (export \"f\") {code} (call $f)))");
        let error = Module::new(config, wasm(&text)).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Validate { .. }),
            "{error}"
        );
    }
    // Code that does not count stays out.
    let plain = support::module("(module (func $f call $f) (start $f))");
    let error = store.instantiate(&plain).unwrap_err();
    assert!(error.to_string().contains("max_call_depth"), "{error}");
    still_works(store);
}

/// A host function that calls back, for ever; and one that swallows how that ends.
fn hosts(config: &Config, mut store: Store<u32>) {
    let mut env = HostModule::new("env");
    env.func_wrap("again", |mut caller: Caller<'_, u32>| {
        *caller.data_mut() += 1;
        let f = caller.get_func("f").unwrap().typed::<(), ()>(&caller)?;
        f.call(&mut caller, ())
    })
    .unwrap()
    .func_wrap("swallow", |mut caller: Caller<'_, u32>| {
        let f = caller.get_func("self").unwrap().typed::<(), ()>(&caller)?;
        for _ in 0..10 {
            is_overflow(f.call(&mut caller, ()));
        }
        Ok::<(), Error>(())
    })
    .unwrap();
    store.register_host(&env).unwrap();
    let instance = guest(
        config,
        &mut store,
        r#"(module
             (import "env" "again" (func $again))
             (import "env" "swallow" (func $swallow))
             (func (export "f") call $again)
             (func $self (export "self") call $self)
             (func $deep (export "deep") (param i32)
               (if (local.get 0)
                 (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
                 (else (call $swallow) (call $swallow)))))"#,
    );
    is_overflow(call(&mut store, instance, "f"));
    assert!((50..=100).contains(store.data()), "{}", store.data());
    let deep = instance.get_typed_func::<i32, ()>(&store, "deep").unwrap();
    deep.call(&mut store, 9_000).unwrap();
    still_works(store);
}

/// Growing, many memories, many instances.
fn memories(config: &Config, mut store: Store<u32>) {
    let grow = r#"(module (memory 1)
        (func (export "f") (result i32)
          (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
          (memory.size)))"#;
    let grow = Module::new(config, wasm(grow)).unwrap();
    for _ in 0..4 {
        let instance = store.instantiate(&grow).unwrap();
        let f = instance.get_typed_func::<(), u32>(&store, "f").unwrap();
        assert_eq!(f.call(&mut store, ()).unwrap(), 4096);
    }
    // Four memories of 256 MiB are the gigabyte.
    let error = store.instantiate(&grow).unwrap_err();
    let (bytes, max) = (256 << 20, 1 << 30);
    match error.kind() {
        ErrorKind::StoreMemory {
            bytes: found,
            left: 0,
            max: bound,
        } => {
            assert_eq!((*found, *bound), (bytes, max));
        }
        _ => panic!("{error}"),
    }
    // Nor does the host get any; one that cannot grow takes what it has.
    let ty = wasmedge::MemoryType::new(1, Some(1)).unwrap();
    let error = Memory::new(&mut store, ty).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::StoreMemory { bytes: 65536, .. }),
        "{error}"
    );
    drop(store);

    let mut store = Store::with_config(config, 0).unwrap();
    let small = Module::new(config, wasm("(module (memory 1 1))")).unwrap();
    for _ in 0..4 {
        store.instantiate(&small).unwrap();
    }
    Memory::new(&mut store, ty).unwrap();
    let mut env = HostModule::new("env");
    env.memory("memory", wasmedge::MemoryType::new(1, None).unwrap())
        .unwrap();
    store.register_host(&env).unwrap();
    // A memory that is imported is no other one.
    guest(
        config,
        &mut store,
        r#"(module (import "env" "memory" (memory 1)))"#,
    );
    let error = Module::new(config, wasm("(module (memory 4097))")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Load { .. }), "{error}");
    still_works(store);
}

/// Growing, many tables, tables of the host.
fn tables(config: &Config, mut store: Store<u32>) {
    let instance = guest(
        config,
        &mut store,
        r#"(module
             (table $a (export "a") 10 funcref)
             (table $b (export "b") 10 1000 externref)
             (table $c (export "c") 5 5 funcref)
             (func (export "f") (result i32 i32)
               (loop (br_if 0 (i32.ne (table.grow $a (ref.null func) (i32.const 1)) (i32.const -1))))
               (loop (br_if 0 (i32.ne (table.grow $b (ref.null extern) (i32.const 1)) (i32.const -1))))
               (table.size $a) (table.size $b)))"#,
    );
    let f = instance
        .get_typed_func::<(), (u32, u32)>(&store, "f")
        .unwrap();
    // What is beyond the minima, in two parts.
    let share = (1_000_000 - 25) / 2;
    assert_eq!(f.call(&mut store, ()).unwrap(), (10 + share, 1000));
    let max = |name| {
        let table = instance.get_table(&store, name).unwrap();
        table.ty(&store).unwrap().limits().max()
    };
    let found = [max("a"), max("b"), max("c")];
    assert_eq!(found, [Some(10 + u64::from(share)), Some(1000), Some(5)]);
    // To an importer it has no other type than that.
    store
        .register(
            "a",
            &Module::new(config, wasm(r#"(module (table (export "t") 1 funcref))"#)).unwrap(),
        )
        .unwrap();
    guest(
        config,
        &mut store,
        r#"(module (import "a" "t" (table 1 funcref)))"#,
    );
    let wants = Module::new(
        config,
        wasm(r#"(module (import "a" "t" (table 1 9 funcref)))"#),
    )
    .unwrap();
    let error = store.instantiate(&wants).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");

    let many = format!("(module {})", "(table 200000 funcref)".repeat(6));
    let error = Module::new(config, wasm(&many)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot load the module: it declares tables of 1200000 elements together; the \
         configuration allows 1000000, see `Config::max_table_elements`"
    );
    let ty = |min| TableType::new(RefType::FuncRef, min, None).unwrap();
    let null = Ref::null(RefType::FuncRef);
    Table::new(&mut store, ty(1_000_001), null).unwrap_err();
    let table = Table::new(&mut store, ty(1), null).unwrap();
    let error = table.grow(&mut store, 1_000_000, null).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Grow { max: 1_000_000, .. }),
        "{error}"
    );
    still_works(store);
}

/// A module of one function with this code, without parameters and results, and these locals.
fn encoded(locals: &[(u32, ValType)], code: &[Instruction<'_>]) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: Some(1),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = wasm_encoder::ExportSection::new();
    exports.export("f", wasm_encoder::ExportKind::Func, 0);
    let mut function = Function::new(locals.iter().copied());
    for instruction in code {
        function.instruction(instruction);
    }
    let mut codes = CodeSection::new();
    codes.function(&function);
    let mut module = wasm_encoder::Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&exports)
        .section(&codes);
    module.finish()
}

/// Locals, branch tables, blocks and segments.
fn sizes(config: &Config, mut store: Store<u32>) {
    // In five bytes; also without any bound.
    let plain = Config::new().unwrap();
    let bomb = encoded(&[(1 << 26, ValType::V128)], &[Instruction::End]);
    let split = encoded(&[(25_000, ValType::V128); 3], &[Instruction::End]);
    for config in [config, &plain] {
        for wasm in [&bomb, &split] {
            let error = Module::new(config, wasm).unwrap_err();
            assert!(error.to_string().contains("too many locals"), "{error}");
        }
        let most = encoded(&[(50_000, ValType::I32)], &[Instruction::End]);
        Module::new(config, most).unwrap();
    }

    let start = Instant::now();
    let targets = vec![0; 500_000];
    let table = encoded(
        &[],
        &[
            Instruction::Block(BlockType::Empty),
            Instruction::I32Const(77),
            Instruction::BrTable(targets.into(), 0),
            Instruction::End,
            Instruction::End,
        ],
    );
    let mut nested = vec![Instruction::Block(BlockType::Empty); 200_000];
    nested.extend(vec![Instruction::End; 200_001]);
    let mut loops = vec![Instruction::Loop(BlockType::Empty); 50_000];
    loops.extend(vec![Instruction::End; 50_001]);
    for wasm in [table, encoded(&[], &nested), encoded(&[], &loops)] {
        let instance = store
            .instantiate(&Module::new(config, wasm).unwrap())
            .unwrap();
        call(&mut store, instance, "f").unwrap();
    }
    let mut segments = String::from("(module (memory 1 1) (table 1 funcref)");
    for _ in 0..2_000 {
        segments.push_str("(data \"x\") (elem funcref (ref.null func))");
    }
    write!(segments, "(data \"{}\"))", "a".repeat(1 << 20)).unwrap();
    guest(config, &mut store, &segments);
    // Out of bounds: an error, and nothing else.
    for text in [
        "(module (memory 1 1) (data (i32.const 65536) \"x\"))",
        "(module (table 1 funcref) (elem (i32.const 1) func 0) (func))",
    ] {
        let module = Module::new(config, wasm(text)).unwrap();
        store.instantiate(&module).unwrap_err();
    }
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
    still_works(store);
}

/// Loops: by fuel, and where a single instruction takes long, by time.
fn loops(config: &Config, mut store: Store<u32>) {
    assert_eq!(store.fuel().unwrap(), 1_000_000_000);
    store.set_fuel(1_000_000).unwrap();
    let instance = guest(
        config,
        &mut store,
        r#"(module (memory 100)
             (func (export "spin") (loop (br 0)))
             (func (export "fill")
               (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 6553600)) (br 0))))"#,
    );
    let error = call(&mut store, instance, "spin").unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
    store.set_fuel(u64::MAX).unwrap();
    let fill = instance.get_typed_func::<(), ()>(&store, "fill").unwrap();
    let error = fill
        .call_timeout(&mut store, (), Duration::from_millis(200))
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout(_)), "{error}");
    still_works(store);
}

const WASI: &str = r#"(module
  (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_shutdown" (func $shutdown (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_getaddrinfo"
    (func $lookup (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_getsockopt"
    (func $option (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 100) "127.0.0.1")
  (func (export "raise") (result i32) (call $raise (i32.const 9)))
  (func (export "shutdown") (result i32) (call $shutdown (i32.const 0) (i32.const 2)))
  ;; An address of 14 bytes and more, with room for one at the end of the memory.
  (func (export "lookup") (result i32)
    (i32.store (i32.const 200) (i32.const 300))
    (i32.store (i32.const 320) (i32.const 400))
    (i32.store (i32.const 404) (i32.const 1))
    (i32.store (i32.const 408) (i32.const 65535))
    (call $lookup (i32.const 100) (i32.const 9) (i32.const 0) (i32.const 0) (i32.const 500)
      (i32.const 200) (i32.const 1) (i32.const 600)))
  (func (export "option") (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (call $option (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 65535) (i32.const 0)))
  (func (export "random") (result i32) (call $random (i32.const 0) (i32.const 16)))
  (func (export "random_wild") (result i32) (call $random (i32.const 65530) (i32.const -1)))
  (func (export "write_wild") (result i32)
    (call $write (i32.const 1) (i32.const 65528) (i32.const 0x20000000) (i32.const 0)))
  (func (export "exit") (call $exit (i32.const 3))))"#;

/// What WASI has that reaches past the sandbox.
fn wasi(config: &Config, mut store: Store<u32>) {
    const DENIED: i32 = 76;
    store.register_wasi(&Wasi::new()).unwrap();
    let instance = guest(config, &mut store, WASI);
    let errno = |store: &mut Store<u32>, instance: Instance, name| {
        let func = instance.get_typed_func::<(), i32>(&*store, name).unwrap();
        func.call(store, ()).unwrap()
    };
    for name in ["raise", "shutdown", "lookup", "option"] {
        assert_eq!(errno(&mut store, instance, name), DENIED, "{name}");
    }
    assert_eq!(errno(&mut store, instance, "random"), 0);
    for name in ["random_wild", "write_wild"] {
        assert_ne!(errno(&mut store, instance, name), 0, "{name}");
    }
    let error = call(&mut store, instance, "exit").unwrap_err();
    assert_eq!(error.exit_code(), Some(3));
    assert_eq!(store.wasi_exit_code(), Some(3));
    assert!(store.wasi_native_handle(1).is_some());
    // All names are there, under the name of WASI alone.
    assert_eq!(
        store.instance_names().collect::<Vec<_>>(),
        ["wasi_snapshot_preview1"]
    );
    let wasi = store.find_instance("wasi_snapshot_preview1").unwrap();
    let names = wasi.func_names(&store);
    assert!(names.len() > 60, "{}", names.len());
    assert_eq!(wasi.name(&store), "wasi_snapshot_preview1");
    let error = store.register_wasi(&Wasi::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NameTaken { .. }));

    // Without the bounds: what writes past the memory is refused nevertheless, the rest is not.
    let plain = Config::new().unwrap();
    let mut open = Store::with_config(&plain, 0).unwrap();
    open.register_wasi(&Wasi::new()).unwrap();
    let instance = guest(&plain, &mut open, WASI);
    for name in ["lookup", "option"] {
        assert_eq!(errno(&mut open, instance, name), DENIED, "{name}");
    }
    assert_ne!(errno(&mut open, instance, "shutdown"), DENIED);
    // By name.
    let mut denying = Store::with_config(&plain, 0).unwrap();
    denying
        .register_wasi(Wasi::new().deny(["random_get", "fd_*"]))
        .unwrap();
    let instance = guest(&plain, &mut denying, WASI);
    for name in ["random", "write_wild"] {
        assert_eq!(errno(&mut denying, instance, name), DENIED, "{name}");
    }
    let mut wrong = Store::with_config(&plain, 0).unwrap();
    let error = wrong
        .register_wasi(Wasi::new().deny(["proc_rise"]))
        .unwrap_err();
    assert!(
        error.to_string().contains("no function `proc_rise`"),
        "{error}"
    );
    wrong.register_wasi(&Wasi::new()).unwrap();
    still_works(store);
}

const POLL: &str = r#"(module
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "poll") (param i32 i32 i32 i32) (result i32)
    (call $poll (local.get 0) (local.get 1) (local.get 2) (local.get 3))))"#;

/// `poll_oneoff`, with numbers that wrap, in a store without bounds.
fn poll() {
    let mut store = Store::new(0).unwrap();
    store.register_wasi(&Wasi::new()).unwrap();
    let plain = Config::new().unwrap();
    let instance = guest(&plain, &mut store, POLL);
    let memory = instance.get_memory(&store, "memory").unwrap();
    let poll = instance
        .get_typed_func::<(u32, u32, u32, u32), u32>(&store, "poll")
        .unwrap();

    // 2²⁸ times 48 is 0 in 32 bits, and so is 2²⁸ times 32.
    for (input, output, count, len) in [
        (0, 0, 1 << 28, 0),
        (0, 0, u32::MAX, 0),
        (65_500, 0, 1, 0),
        (0, 65_510, 1, 0),
        (0, 0, 1, 65_534),
        (0, 0, 1366, 0),
        (0, 32_768, 1100, 0),
        (u32::MAX, u32::MAX, 1, u32::MAX),
    ] {
        let errno = poll.call(&mut store, (input, output, count, len)).unwrap();
        assert_ne!(errno, 0, "{input} {output} {count} {len}");
    }

    // A clock, by the time that passes.
    let mut subscription = [0; 48];
    subscription[..8].copy_from_slice(&0x1122_3344_5566_7788_u64.to_le_bytes());
    subscription[16] = 1;
    subscription[24..32].copy_from_slice(&30_000_000_u64.to_le_bytes());
    memory.write(&mut store, 0, &subscription).unwrap();
    let start = Instant::now();
    assert_eq!(poll.call(&mut store, (0, 1000, 1, 2000)).unwrap(), 0);
    assert!(
        start.elapsed() >= Duration::from_millis(29),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(memory.read_value::<u32>(&store, 2000).unwrap(), 1);
    let mut event = [0; 32];
    memory.read(&store, 1000, &mut event).unwrap();
    assert_eq!(event[..8], subscription[..8]);
    assert_eq!(event[8..11], [0, 0, 0]);

    let version = wasmedge::version::headers();
    if (version.major, version.minor) >= (0, 16) {
        // The library's own, which takes its time for what follows.
        return;
    }
    // With it a descriptor that is not there: at once, for that alone, with an error.
    subscription[24..32].copy_from_slice(&u64::MAX.to_le_bytes());
    memory.write(&mut store, 0, &subscription).unwrap();
    let mut descriptor = [0; 48];
    descriptor[0] = 9;
    descriptor[8] = 1;
    descriptor[16] = 99;
    memory.write(&mut store, 48, &descriptor).unwrap();
    assert_eq!(poll.call(&mut store, (0, 1000, 2, 2000)).unwrap(), 0);
    assert_eq!(memory.read_value::<u32>(&store, 2000).unwrap(), 1);
    memory.read(&store, 1000, &mut event).unwrap();
    assert_eq!((event[0], event[8], event[10]), (9, 8, 1));

    // And one that can be written to: the standard error.
    descriptor[8] = 2;
    descriptor[16] = 2;
    memory.write(&mut store, 48, &descriptor).unwrap();
    assert_eq!(poll.call(&mut store, (0, 1000, 2, 2000)).unwrap(), 0);
    assert_eq!(memory.read_value::<u32>(&store, 2000).unwrap(), 1);
    memory.read(&store, 1000, &mut event).unwrap();
    assert_eq!((event[0], event[8], event[10]), (9, 0, 2));

    // Called by the program there is no memory.
    let wasi = store.find_instance("wasi_snapshot_preview1").unwrap();
    let own = wasi.get_func(&store, "poll_oneoff").unwrap();
    let mut results = [Val::I32(0)];
    own.call(&mut store, &[Val::I32(0); 4], &mut results)
        .unwrap();
    assert_ne!(results, [Val::I32(0)]);
}
