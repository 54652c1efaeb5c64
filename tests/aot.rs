//! Compiled code: loaded, run, and kept apart (S4, S10, S11).

use std::fs;

use support::wasm;
use wasmedge::{
    Caller, Compiler, Config, DirAccess, Error, ErrorKind, HostModule, Instance, Module, OptLevel,
    OutputFormat, Proposal, Store, Trap, Val, Vm, Wasi,
};

/// Whether compiled code may call host functions that call compiled code.
fn nests() -> bool {
    (
        wasmedge::version::library().major,
        wasmedge::version::library().minor,
    ) >= (0, 15)
}

fn compile_with(config: &Config, text: &str) -> Module {
    // SAFETY: the guests of this file have next to no stack, and share no tables.
    unsafe { Module::compile(config, wasm(text)) }.expect("a compiled module")
}

fn compile(text: &str) -> Module {
    compile_with(&Config::new().unwrap(), text)
}

fn instance(text: &str) -> (Store<()>, Instance) {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&compile(text)).unwrap();
    (store, instance)
}

fn is_unsupported(error: &Error, part: &str) {
    assert!(
        matches!(error.kind(), ErrorKind::Unsupported { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn compiled_code_computes_what_interpreted_code_does() {
    let text = r#"(module
        (memory (export "m") 1)
        (global $g (mut i64) (i64.const 5))
        (data (i32.const 8) "\2a\00\00\00")
        (func $fib (export "fib") (param i32) (result i32)
          (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
        (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func (export "many") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
          (global.set $g (i64.add (global.get $g) (local.get 1)))
          (local.get 3) (local.get 2) (global.get $g) (local.get 0))
        (func (export "vector") (param v128) (result v128)
          (i32x4.add (local.get 0) (local.get 0))))"#;
    let (mut store, instance) = instance(text);
    let (mut plain, interpreted) = support::instance(text);
    let fib = instance.get_typed_func::<u32, u32>(&store, "fib").unwrap();
    assert_eq!(fib.call(&mut store, 20).unwrap(), 6765);
    let load = instance.get_typed_func::<i32, i32>(&store, "load").unwrap();
    assert_eq!(load.call(&mut store, 8).unwrap(), 42);
    for (name, params) in [
        (
            "many",
            &[Val::I32(1), Val::I64(2), Val::F32(3), Val::F64(4)][..],
        ),
        ("vector", &[Val::V128(0x0001_0000_0002_0000_0003_0000_0004)]),
    ] {
        let mut results = [Val::I32(0); 4];
        let results = &mut results[..params.len()];
        let func = instance.get_func(&store, name).unwrap();
        func.call(&mut store, params, results).unwrap();
        let mut expected = [Val::I32(0); 4];
        let expected = &mut expected[..params.len()];
        let func = interpreted.get_func(&plain, name).unwrap();
        func.call(&mut plain, params, expected).unwrap();
        assert_eq!(results, expected, "{name}");
    }
}

#[test]
fn traps_are_traps() {
    let (mut store, instance) = instance(
        r#"(module
            (memory 1)
            (table 1 funcref)
            (type $none (func))
            (func (export "unreachable") unreachable)
            (func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
            (func (export "memory") (result i32) (i32.load (i32.const 65536)))
            (func (export "far") (result i32) (i32.load offset=0xffffffff (i32.const -1)))
            (func (export "null") (call_indirect (type $none) (i32.const 0)))
            (func (export "beyond") (call_indirect (type $none) (i32.const 1))))"#,
    );
    for (name, trap) in [
        ("unreachable", Trap::Unreachable),
        ("divide", Trap::DivideByZero),
        ("memory", Trap::MemoryOutOfBounds),
        ("far", Trap::MemoryOutOfBounds),
        ("null", Trap::UninitializedElement),
        ("beyond", Trap::UndefinedElement),
    ] {
        let func = instance.get_func(&store, name).unwrap();
        let count = func.ty(&store).unwrap().results().len();
        for _ in 0..3 {
            let results = &mut [Val::I32(0)][..count];
            let error = func.call(&mut store, &[], results).unwrap_err();
            assert_eq!(error.trap(), Some(trap), "{name}: {error}");
        }
    }
}

#[test]
fn host_functions_are_called_and_their_errors_and_panics_come_back() {
    let mut env = HostModule::new("env");
    env.func_wrap("f", |mut caller: Caller<'_, Vec<i32>>, value: i32| {
        caller.data_mut().push(value);
        match value {
            1 => Err(Error::user(7)),
            2 => Err(Error::exit(3)),
            3 => panic!("three"),
            4 => Err(Error::host("four".to_owned())),
            _ => Ok(value * 2),
        }
    })
    .unwrap();
    let module = compile(
        r#"(module (import "env" "f" (func $f (param i32) (result i32)))
            (func (export "f") (param i32) (result i32) (call $f (local.get 0))))"#,
    );
    let mut store = Store::new(Vec::new()).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let f = instance.get_typed_func::<i32, i32>(&store, "f").unwrap();
    assert_eq!(f.call(&mut store, 21).unwrap(), 42);
    assert_eq!(f.call(&mut store, 1).unwrap_err().user_code(), Some(7));
    assert_eq!(f.call(&mut store, 2).unwrap_err().exit_code(), Some(3));
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f.call(&mut store, 3)));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"three"));
    assert!(
        f.call(&mut store, 4)
            .unwrap_err()
            .to_string()
            .ends_with("four")
    );
    assert_eq!(f.call(&mut store, 0).unwrap(), 0);
    assert_eq!(store.data(), &[21, 1, 2, 3, 4, 0]);
}

/// The crate's own function calls the library's from a host function, where compiled code may not be
/// called below 0.15.
#[test]
fn s1_a_compiled_guest_renumbers_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let mut wasi = Wasi::new();
    for name in ["/a", "/b"] {
        wasi.preopened_dir(folder.path(), name, DirAccess::ReadOnly)
            .unwrap();
    }
    let mut store = Store::new(()).unwrap();
    store.register_wasi(&wasi).unwrap();
    let module = compile(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_renumber" (func $f (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "renumber") (param i32 i32) (result i32)
            (call $f (local.get 0) (local.get 1))))"#,
    );
    let guest = store.instantiate(&module).unwrap();
    let renumber = guest.get_typed_func::<(i32, i32), i32>(&store, "renumber");
    let renumber = renumber.unwrap();
    assert_eq!(renumber.call(&mut store, (3, 3)).unwrap(), 0);
    assert_eq!(renumber.call(&mut store, (4, 3)).unwrap(), 0);
    assert_eq!(renumber.call(&mut store, (4, 4)).unwrap(), 8);
}

#[test]
fn a_start_function_runs_compiled() {
    let module = compile(
        r#"(module (global (export "g") (mut i32) (i32.const 0))
            (func $start (global.set 0 (i32.const 9))) (start $start)
            (func (export "get") (result i32) (global.get 0)))"#,
    );
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let get = instance.get_typed_func::<(), i32>(&store, "get").unwrap();
    assert_eq!(get.call(&mut store, ()).unwrap(), 9);

    let module = compile("(module (func $start unreachable) (start $start))");
    let error = Store::new(()).unwrap().instantiate(&module).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
}

#[test]
fn one_compiled_module_in_many_stores_and_threads() {
    let module = compile(
        r#"(module (global $g (mut i32) (i32.const 0))
            (func (export "next") (result i32)
              (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))"#,
    );
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let mut store = Store::new(()).unwrap();
                    let instance = store.instantiate(&module).unwrap();
                    let next = instance.get_typed_func::<(), i32>(&store, "next").unwrap();
                    for count in 1..=1000 {
                        assert_eq!(next.call(&mut store, ()).unwrap(), count);
                    }
                }
            });
        }
    });
}

#[test]
fn s4_bytes_in_memory_are_loaded_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.wasm");
    let config = Config::new().unwrap();
    let one = wasm(r#"(module (func (export "one") (result i32) i32.const 1))"#);
    let compiler = Compiler::new(&config).unwrap();
    compiler.compile_bytes(&one, &path).unwrap();
    let compiled = fs::read(&path).unwrap();
    fs::write(&path, "something else").unwrap();
    // SAFETY: compiled above; it has no tables, and next to no stack.
    let module = unsafe { Module::from_compiled_bytes(&config, &compiled) }.unwrap();
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let func = instance.get_typed_func::<(), i32>(&store, "one").unwrap();
    assert_eq!(func.call(&mut store, ()).unwrap(), 1);

    // SAFETY: there is no native code in it.
    let error = unsafe { Module::from_compiled_bytes(&config, &one) }.unwrap_err();
    assert!(error.to_string().contains("no native code"), "{error}");
}

#[test]
fn what_has_no_native_code_that_can_be_looked_at_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new().unwrap();
    let refused = |path: &std::path::Path, part: &str| {
        // SAFETY: it does not get as far as native code.
        let error = unsafe { Module::from_compiled_file(&config, path) }.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    };
    let plain = folder.path().join("plain.wasm");
    fs::write(&plain, wasm("(module)")).unwrap();
    refused(&plain, "it carries no native code");
    refused(&folder.path().join("missing.wasm"), "No such file");
    refused("".as_ref(), "cannot read ``");

    let native = folder.path().join("native.so");
    let mut config = Config::new().unwrap();
    let compiler = Compiler::new(config.output_format(OutputFormat::Native)).unwrap();
    compiler.compile_bytes(wasm("(module)"), &native).unwrap();
    refused(&native, "compile to `OutputFormat::Wasm`");

    // The sizes that a module declares are looked at as for any other (S3).
    let large = folder.path().join("large.wasm");
    let mut config = Config::new().unwrap();
    let compiler = Compiler::new(&config).unwrap();
    compiler
        .compile_bytes(wasm("(module (memory 20))"), &large)
        .unwrap();
    config.max_memory_pages(10).unwrap();
    // SAFETY: compiled above.
    let error = unsafe { Module::from_compiled_file(&config, &large) }.unwrap_err();
    assert!(error.to_string().contains("20 pages"), "{error}");
}

#[test]
fn all_levels_run_even_when_the_configuration_says_native() {
    for level in [
        OptLevel::O0,
        OptLevel::O1,
        OptLevel::O3,
        OptLevel::Os,
        OptLevel::Oz,
    ] {
        let mut config = Config::new().unwrap();
        config
            .optimization_level(level)
            .output_format(OutputFormat::Native);
        let module = compile_with(
            &config,
            r#"(module (func (export "f") (result i32) (i32.const 5)))"#,
        );
        let mut store = Store::new(()).unwrap();
        let instance = store.instantiate(&module).unwrap();
        let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
        assert_eq!(f.call(&mut store, ()).unwrap(), 5);
    }
}

#[test]
fn instances_of_compiled_and_interpreted_modules_call_each_other() {
    let mut store = Store::new(()).unwrap();
    let add = r#"(module (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))"#;
    store.register("math", &support::module(add)).unwrap();
    let user = compile(
        r#"(module (import "math" "add" (func $add (param i32 i32) (result i32)))
            (func (export "f") (result i32) (call $add (i32.const 3) (i32.const 4))))"#,
    );
    let user = store.register("user", &user).unwrap();
    let f = user.get_typed_func::<(), i32>(&store, "f").unwrap();
    assert_eq!(f.call(&mut store, ()).unwrap(), 7);

    let outer = support::module(
        r#"(module (import "user" "f" (func $f (result i32)))
            (func (export "g") (result i32) (i32.mul (call $f) (call $f))))"#,
    );
    let outer = store.instantiate(&outer).unwrap();
    let g = outer.get_typed_func::<(), i32>(&store, "g").unwrap();
    assert_eq!(g.call(&mut store, ()).unwrap(), 49);
}

#[test]
fn s11_a_second_compiled_instance_waits_for_0_15() {
    let one = r#"(module (memory 1) (data (i32.const 0) "\01")
        (func $own (result i32) (i32.load (i32.const 0)))
        (func (export "f") (result i32) (call $own)))"#;
    let two = r#"(module (import "one" "f" (func $f (result i32)))
        (memory 1) (data (i32.const 0) "\02")
        (func $own (result i32) (i32.load (i32.const 0)))
        (func (export "g") (result i32)
          (i32.add (i32.mul (call $f) (i32.const 1000)) (call $own))))"#;
    let mut store = Store::new(()).unwrap();
    store.register("one", &compile(one)).unwrap();
    let second = store.instantiate(&compile(two));
    if nests() {
        let second = second.unwrap();
        let g = second.get_typed_func::<(), i32>(&store, "g").unwrap();
        assert_eq!(g.call(&mut store, ()).unwrap(), 1002);
    } else {
        is_unsupported(&second.unwrap_err(), "second instance");
    }
}

/// A store whose compiled `outer` calls the host, which calls `inner` of the same instance; it gives
/// what that gave, or −1 when it was refused.
fn nesting() -> (Store<Option<String>>, Instance) {
    let mut env = HostModule::new("env");
    env.func_wrap("call", |mut caller: Caller<'_, Option<String>>| {
        let inner = caller.get_func("inner").unwrap();
        let inner = inner.typed::<(), i32>(&caller).unwrap();
        match inner.call(&mut caller, ()) {
            Ok(value) => value,
            Err(error) => {
                *caller.data_mut() = Some(error.to_string());
                -1
            }
        }
    })
    .unwrap();
    let module = compile(
        r#"(module (import "env" "call" (func $call (result i32)))
            (memory 1)
            (func (export "inner") (result i32)
              (drop (memory.grow (i32.const 1))) (memory.size))
            (func (export "outer") (result i32) (local i32)
              (local.set 0 (call $call))
              (i32.add (i32.mul (local.get 0) (i32.const 10)) (memory.size))))"#,
    );
    let mut store = Store::new(None).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(&module).unwrap();
    (store, instance)
}

#[test]
fn s3_compiled_code_does_not_grow_by_what_would_wrap() {
    let module = compile(
        r#"(module (memory 1 10)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let grow = instance.get_typed_func::<u32, i32>(&store, "grow").unwrap();
    for (delta, before) in [(u32::MAX, -1), (2, 1), (u32::MAX - 2, -1), (7, 3), (1, -1)] {
        assert_eq!(grow.call(&mut store, delta).unwrap(), before, "{delta}");
    }
}

#[test]
fn s11_a_nested_call_waits_for_0_15() {
    let (mut store, instance) = nesting();
    let outer = instance.get_typed_func::<(), i32>(&store, "outer").unwrap();
    let value = outer.call(&mut store, ()).unwrap();
    if nests() {
        assert_eq!(value, 22);
    } else {
        assert_eq!(value, -9);
        let text = store.data().clone().unwrap();
        assert!(text.contains("before 0.15"), "{text}");
        // Refused without harm.
        let inner = instance.get_typed_func::<(), i32>(&store, "inner").unwrap();
        assert_eq!(inner.call(&mut store, ()).unwrap(), 2);
    }
}

#[test]
fn s11_other_stores_in_a_host_function() {
    let mut env = HostModule::<()>::new("env");
    env.func_wrap("other", |compiled: i32| -> Result<i32, Error> {
        let text = r#"(module (func (export "f") (result i32) i32.const 5))"#;
        let mut store = Store::new(())?;
        let module = if compiled == 0 {
            support::module(text)
        } else {
            compile(text)
        };
        let instance = store.instantiate(&module)?;
        let f = instance.get_typed_func::<(), i32>(&store, "f")?;
        f.call(&mut store, ())
    })
    .unwrap();
    let mut config = Config::new().unwrap();
    // Code that looks at variables of its thread all the time.
    config
        .interruptible(true)
        .count_instructions(true)
        .measure_cost(true);
    let module = compile_with(
        &config,
        r#"(module (import "env" "other" (func $other (param i32) (result i32)))
            (func $deeper (param i32) (result i32)
              (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if 0 (i32.gt_s (local.get 0) (i32.const 0))))
              (local.get 0))
            (func (export "f") (param i32) (result i32)
              (i32.add (call $other (local.get 0)) (call $deeper (i32.const 1000)))))"#,
    );
    let mut store = Store::with_config(&config, ()).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let f = instance.get_typed_func::<i32, i32>(&store, "f").unwrap();
    for _ in 0..10 {
        let before = store.statistics().instruction_count();
        // The other store goes, with its executor, while compiled code waits.
        assert_eq!(f.call(&mut store, 0).unwrap(), 5);
        assert!(store.statistics().instruction_count() > before + 1000);
    }
    match f.call(&mut store, 1) {
        Ok(value) => assert!(nests() && value == 5),
        Err(error) => {
            assert!(!nests());
            is_unsupported(&error, "before 0.15");
        }
    }
}

#[test]
fn h15_code_that_counts_needs_an_executor_that_does() {
    let text = r#"(module (func (export "f") (result i32) (i32.const 5)))"#;
    let mut counting = Config::new().unwrap();
    counting.count_instructions(true).measure_cost(true);
    let module = compile_with(&counting, text);

    let error = Store::new(()).unwrap().instantiate(&module).unwrap_err();
    assert!(error.to_string().contains("no counters"), "{error}");

    let mut store = Store::with_config(&counting, ()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
    assert_eq!(f.call(&mut store, ()).unwrap(), 5);
    assert!(store.statistics().instruction_count() > 0);
    assert!(store.statistics().total_cost() > 0);

    // Code that does not count runs anywhere.
    let instance = Store::with_config(&counting, ())
        .unwrap()
        .instantiate(&compile(text));
    instance.unwrap();
}

#[test]
fn compiled_code_stays_loaded_as_long_as_its_instances() {
    let (mut store, instance) =
        instance(r#"(module (func (export "f") (result i32) i32.const 5))"#);
    // The module is gone; so are the files it was loaded from.
    let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
    assert_eq!(f.call(&mut store, ()).unwrap(), 5);
}

#[test]
fn cleanup_makes_room_for_the_next_compiled_module() {
    let module = compile(r#"(module (func (export "f") (result i32) i32.const 5))"#);
    let mut vm = Vm::new(()).unwrap();
    for _ in 0..3 {
        let value: i32 = vm.run_module(&module, "f", ()).unwrap();
        assert_eq!(value, 5);
        vm.cleanup().unwrap();
    }
}

#[test]
fn d1_an_atomic_store_leaves_nothing_among_the_operands() {
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Threads, true).unwrap();
    let mut text = String::from("(module (memory (export \"m\") 1 1 shared)");
    let stores = [
        ("i32.atomic.store", "i32"),
        ("i32.atomic.store8", "i32"),
        ("i32.atomic.store16", "i32"),
        ("i64.atomic.store", "i64"),
        ("i64.atomic.store8", "i64"),
        ("i64.atomic.store16", "i64"),
        ("i64.atomic.store32", "i64"),
    ];
    for (store, ty) in stores {
        // The operands below the address: of its type, and of others.
        for (below, value) in [("i32", "77"), ("i64", "78"), ("f64", "79")] {
            text.push_str(&format!(
                "(func (export \"{store} {below}\") (param i32 {ty}) (result {below})
                   ({below}.const {value})
                   (block ({store} offset=8 (local.get 0) (local.get 1)))
                   ({store} offset=8 (local.get 0) (local.get 1)))"
            ));
        }
    }
    text.push(')');
    let interpreted = Module::new(&config, wasm(&text)).unwrap();
    let compiled = compile_with(&config, &text);
    let outcomes = |module: &Module| {
        let mut store = Store::with_config(&config, ()).unwrap();
        let instance = store.instantiate(module).unwrap();
        let memory = instance.get_memory(&store, "m").unwrap();
        let mut outcomes = Vec::new();
        for name in instance.func_names(&store) {
            let function = instance.get_func(&store, &name).unwrap();
            let result = function.ty(&store).unwrap().results()[0];
            // The last is not aligned for any but bytes, and the one before is beyond the end.
            for address in [16, 65_528, 17] {
                let value = if name.starts_with("i32") {
                    Val::I32(0x1234_5678)
                } else {
                    Val::I64(0x1234_5678_9abc_def0)
                };
                let mut results = [Val::zero(result)];
                let done = function.call(&mut store, &[Val::I32(address), value], &mut results);
                let done = done.map_err(|error| error.trap());
                outcomes.push((
                    name.clone(),
                    done.map(|()| results),
                    memory.read_vec(&store, 0, 64).unwrap(),
                ));
            }
        }
        outcomes
    };
    let wanted = outcomes(&interpreted);
    assert_eq!(wanted.len(), 63);
    assert_eq!(outcomes(&compiled), wanted);
}
