//! Closures called from WebAssembly: values, state, errors, exits, panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use support::{Counted, module, wasm};
use wasmedge::{
    Caller, Config, Error, ErrorKind, ExternType, FuncType, HostModule, MemoryType, Module,
    Proposal, RefType, Store, Table, TableType, Trap, Val, ValType, Vm,
};

/// A guest that passes everything on to the host function `env.f` of the given type.
fn pass_on(params: &str, results: &str) -> Vec<u8> {
    let count = params.split_whitespace().count();
    let gets: String = (0..count).map(|n| format!("local.get {n} ")).collect();
    wasm(&format!(
        r#"(module
            (import "env" "f" (func $f (param {params}) (result {results})))
            (func (export "f") (param {params}) (result {results}) {gets} call $f))"#
    ))
}

fn vm_with<P, R>(func: impl wasmedge::IntoFunc<(), P, R>) -> Vm<()> {
    let mut env = HostModule::new("env");
    env.func_wrap("f", func).unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&env).unwrap();
    vm
}

#[test]
fn closures_of_all_types_and_lengths() {
    let mut vm = vm_with(|a: i32, b: i64, c: f32, d: f64| (d, c, b, a));
    let guest = pass_on("i32 i64 f32 f64", "f64 f32 i64 i32");
    let result: (f64, f32, i64, i32) = vm.run_bytes(guest, "f", (1, 2i64, 3f32, 4f64)).unwrap();
    assert_eq!(result, (4.0, 3.0, 2, 1));

    let mut vm = vm_with(|a: u32, b: u64| (b, a));
    let guest = pass_on("i32 i64", "i64 i32");
    let result: (u64, u32) = vm.run_bytes(guest, "f", (u32::MAX, u64::MAX)).unwrap();
    assert_eq!(result, (u64::MAX, u32::MAX));

    let mut vm = vm_with(|| ());
    vm.run_bytes::<(), ()>(pass_on("", ""), "f", ()).unwrap();

    let mut vm = vm_with(
        |a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32| {
            [a, b, c, d, e, f, g, h]
                .iter()
                .fold(0i64, |sum, digit| sum * 10 + i64::from(*digit))
        },
    );
    let result = vm.run_bytes::<_, i64>(
        pass_on("i32 i32 i32 i32 i32 i32 i32 i32", "i64"),
        "f",
        (1, 2, 3, 4, 5, 6, 7, 8),
    );
    assert_eq!(result.unwrap(), 12_345_678);
}

#[test]
fn plain_functions_are_host_functions() {
    fn add(a: i32, b: i32) -> i32 {
        a + b
    }
    let mut vm = vm_with(add);
    let sum: i32 = vm
        .run_bytes(pass_on("i32 i32", "i32"), "f", (2, 3))
        .unwrap();
    assert_eq!(sum, 5);
}

#[test]
fn nan_payloads_survive_a_host_call() {
    let mut vm = vm_with(|a: f32, b: f64| (a, b));
    let guest = pass_on("f32 f64", "f32 f64");
    let (a, b) = (
        f32::from_bits(0x7fa1_2345),
        f64::from_bits(0xfff4_0000_dead_beef),
    );
    let (c, d): (f32, f64) = vm.run_bytes(guest, "f", (a, b)).unwrap();
    assert_eq!((a.to_bits(), b.to_bits()), (c.to_bits(), d.to_bits()));
}

#[test]
fn the_caller_gives_the_data_and_the_calling_instance() {
    let mut env = HostModule::new("env");
    env.func_wrap("f", |mut caller: Caller<'_, Vec<String>>, n: i32| {
        let instance = caller.instance().expect("called by wasm");
        let names = instance.func_names(&caller);
        let module = caller.module_name();
        caller
            .data_mut()
            .push(format!("{n} from {module:?} {names:?}"));
        caller.data().len() as i32
    })
    .unwrap();
    let mut vm = Vm::new(Vec::new()).unwrap();
    vm.register_host(&env).unwrap();
    let guest = pass_on("i32", "i32");
    assert_eq!(vm.run_bytes::<i32, i32>(&guest, "f", 7).unwrap(), 1);
    assert_eq!(vm.call::<i32, i32>("f", 8).unwrap(), 2);
    let guest = Module::new(&Config::new().unwrap(), &guest).unwrap();
    let named = vm.store_mut().register("named", &guest).unwrap();
    let f = named.get_typed_func::<i32, i32>(&vm, "f").unwrap();
    assert_eq!(f.call(&mut vm, 9).unwrap(), 3);
    assert_eq!(
        vm.data(),
        &[
            r#"7 from "" ["f"]"#,
            r#"8 from "" ["f"]"#,
            r#"9 from "named" ["f"]"#
        ]
    );
}

#[test]
fn a_host_function_can_be_called_without_wasm() {
    let mut env = HostModule::new("env");
    env.func_wrap("double", |caller: Caller<'_, i32>, n: i32| {
        n * *caller.data()
    })
    .unwrap();
    let mut store = Store::new(2).unwrap();
    let env = store.register_host(&env).unwrap();
    let double = env.get_typed_func::<i32, i32>(&store, "double").unwrap();
    assert_eq!(double.call(&mut store, 21).unwrap(), 42);
    let mut result = [Val::I32(0)];
    double
        .func()
        .call(&mut store, &[Val::I32(4)], &mut result)
        .unwrap();
    assert_eq!(result, [Val::I32(8)]);
}

#[test]
fn calls_nest_from_wasm_to_host_to_wasm() {
    // count(n) = n == 0 ? 0 : 1 + host(n - 1), and host(n) calls count(n) again.
    let mut env = HostModule::new("env");
    env.func_wrap("host", |mut caller: Caller<'_, u32>, n: i32| {
        *caller.data_mut() += 1;
        let count = caller.get_func("count").expect("an export of the guest");
        let count = count.typed::<i32, i32>(&caller)?;
        count.call(&mut caller, n)
    })
    .unwrap();
    let mut vm = Vm::new(0).unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(
        r#"(module
            (import "env" "host" (func $host (param i32) (result i32)))
            (func (export "count") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
                (i32.add (i32.const 1)
                    (call $host (i32.sub (local.get 0) (i32.const 1))))))"#,
    );
    assert_eq!(vm.run_bytes::<i32, i32>(&guest, "count", 50).unwrap(), 50);
    assert_eq!(*vm.data(), 50);
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no such key: {0}")]
struct NoSuchKey(i32);

#[test]
fn the_programs_own_error_comes_back_as_itself() {
    let mut vm = vm_with(|key: i32| -> Result<i32, NoSuchKey> { Err(NoSuchKey(key)) });
    let error = vm
        .run_bytes::<i32, i32>(pass_on("i32", "i32"), "f", 7)
        .unwrap_err();
    assert_eq!(error.to_string(), "host function failed: no such key: 7");
    assert_eq!(error.downcast_ref::<NoSuchKey>(), Some(&NoSuchKey(7)));
    let error = error.downcast::<std::fmt::Error>().unwrap_err();
    assert_eq!(error.downcast::<NoSuchKey>().unwrap(), NoSuchKey(7));
    // The next call is not touched by the last one's error.
    let error = vm.call::<i32, i32>("f", 8).unwrap_err();
    assert_eq!(error.downcast::<NoSuchKey>().unwrap(), NoSuchKey(8));
}

#[test]
fn errors_with_a_cause_keep_it() {
    let mut vm = vm_with(|| -> Result<(), anyhow::Error> {
        Err(anyhow::Error::new(NoSuchKey(3)).context("looking up"))
    });
    let error = vm
        .run_bytes::<(), ()>(pass_on("", ""), "f", ())
        .unwrap_err();
    let chain: Vec<_> = anyhow::Chain::new(&error)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        chain,
        ["host function failed: looking up", "no such key: 3"]
    );
}

#[test]
fn an_inner_error_passes_every_level_unless_a_host_function_handles_it() {
    let mut env = HostModule::new("env");
    env.func_wrap("fail", |n: i32| -> Result<(), NoSuchKey> {
        Err(NoSuchKey(n))
    })
    .unwrap();
    env.func_wrap("through", |mut caller: Caller<'_, ()>| {
        let inner = caller.get_func("inner").unwrap().typed::<(), ()>(&caller)?;
        inner.call(&mut caller, ())
    })
    .unwrap();
    env.func_wrap(
        "handle",
        |mut caller: Caller<'_, ()>| -> Result<i32, Error> {
            let inner = caller.get_func("inner").unwrap().typed::<(), ()>(&caller)?;
            let error = inner.call(&mut caller, ()).unwrap_err();
            Ok(error.downcast::<NoSuchKey>().unwrap().0)
        },
    )
    .unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(
        r#"(module
            (import "env" "fail" (func $fail (param i32)))
            (import "env" "through" (func $through))
            (import "env" "handle" (func $handle (result i32)))
            (func (export "inner") i32.const 9 call $fail)
            (func (export "through") call $through)
            (func (export "handle") (result i32) call $handle))"#,
    );
    let error = vm.run_bytes::<(), ()>(&guest, "through", ()).unwrap_err();
    assert_eq!(error.downcast::<NoSuchKey>().unwrap(), NoSuchKey(9));
    assert_eq!(vm.call::<(), i32>("handle", ()).unwrap(), 9);
}

#[test]
fn user_codes_have_24_bits() {
    for code in [0, 1, 0x9, 0xabc, 0x00ff_ffff] {
        let mut vm = vm_with(move || -> Result<i32, Error> { Err(Error::user(code)) });
        let error = vm
            .run_bytes::<(), i32>(pass_on("", "i32"), "f", ())
            .unwrap_err();
        assert_eq!(error.user_code(), Some(code), "{error}");
    }
}

#[test]
fn a_host_function_may_trap() {
    let mut vm = vm_with(|| -> Result<(), Trap> { Err(Trap::Unreachable) });
    let error = vm
        .run_bytes::<(), ()>(pass_on("", ""), "f", ())
        .unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    let mut vm = vm_with(|| -> Result<(), Error> { Err(Trap::Unreachable.into()) });
    let error = vm
        .run_bytes::<(), ()>(pass_on("", ""), "f", ())
        .unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
}

#[test]
fn s6_exit_is_not_success() {
    for code in [0, 3, u32::MAX] {
        let mut vm = vm_with(move || -> Result<i32, Error> { Err(Error::exit(code)) });
        // With results, which C leaves unwritten though it calls this a success.
        let guest = pass_on("", "i32");
        let error = vm.run_bytes::<(), i32>(&guest, "f", ()).unwrap_err();
        assert_eq!(error.exit_code(), Some(code), "{error}");
        let error = vm.call_values("f", &[]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Exit(exit) if *exit == code));
    }
}

#[test]
fn s6_results_stay_as_they_were_after_an_exit() {
    let mut env = HostModule::new("env");
    env.func_wrap("f", || -> Result<i32, Error> { Err(Error::exit(0)) })
        .unwrap();
    let mut store = Store::new(()).unwrap();
    let f = store
        .register_host(&env)
        .unwrap()
        .get_func(&store, "f")
        .unwrap();
    let mut results = [Val::I64(-5)];
    f.call(&mut store, &[], &mut results).unwrap_err();
    assert_eq!(results, [Val::I64(-5)]);
}

#[test]
fn s6_an_exit_in_a_start_function_is_not_an_instance() {
    let mut env = HostModule::new("env");
    env.func_wrap("f", || -> Result<(), Error> { Err(Error::exit(4)) })
        .unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let starts = module(r#"(module (import "env" "f" (func $f)) (start $f))"#);
    let error = store.instantiate(&starts).unwrap_err();
    assert_eq!(error.exit_code(), Some(4));
}

/// Runs something that panics with a text, and gives the text back.
fn panic_of<R>(body: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).err().expect("a panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn s7_a_panic_goes_on_in_the_caller_and_the_store_goes_on_too() {
    let mut vm = vm_with(|n: i32| -> i32 {
        assert!(n != 13, "thirteen is right out");
        n
    });
    let guest = pass_on("i32", "i32");
    let text = panic_of(|| vm.run_bytes::<i32, i32>(&guest, "f", 13));
    assert_eq!(text, "thirteen is right out");
    assert_eq!(vm.call::<i32, i32>("f", 12).unwrap(), 12);
}

#[test]
fn s7_a_panic_passes_every_level_of_nested_calls() {
    let mut env = HostModule::new("env");
    env.func_wrap("down", |mut caller: Caller<'_, u32>, n: i32| {
        *caller.data_mut() += 1;
        assert!(n > 0, "at the bottom");
        let down = caller.get_func("down").unwrap().typed::<i32, ()>(&caller)?;
        down.call(&mut caller, n - 1)
    })
    .unwrap();
    let mut vm = Vm::new(0).unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(
        r#"(module
            (import "env" "down" (func $down (param i32)))
            (func (export "down") (param i32) local.get 0 call $down))"#,
    );
    let text = panic_of(|| vm.run_bytes::<i32, ()>(&guest, "down", 5));
    assert_eq!(text, "at the bottom");
    assert_eq!(*vm.data(), 6);
}

#[test]
fn s7_a_panic_may_be_caught_half_way_up() {
    let mut env = HostModule::new("env");
    env.func_wrap("panic", || -> () { panic!("deep down") })
        .unwrap();
    env.func_wrap(
        "catch",
        |mut caller: Caller<'_, ()>| -> Result<i32, Error> {
            let panics = caller
                .get_func("panics")
                .unwrap()
                .typed::<(), ()>(&caller)?;
            let text = panic_of(|| panics.call(&mut caller, ()));
            Ok(text.len() as i32)
        },
    )
    .unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(
        r#"(module
            (import "env" "panic" (func $panic))
            (import "env" "catch" (func $catch (result i32)))
            (func (export "panics") call $panic)
            (func (export "catch") (result i32) call $catch))"#,
    );
    assert_eq!(vm.run_bytes::<(), i32>(&guest, "catch", ()).unwrap(), 9);
}

#[test]
fn s7_a_panic_in_a_start_function_goes_on_in_the_caller() {
    let mut env = HostModule::new("env");
    env.func_wrap("f", || -> () { panic!("at the start") })
        .unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let starts = module(r#"(module (import "env" "f" (func $f)) (start $f))"#);
    assert_eq!(panic_of(|| store.instantiate(&starts)), "at the start");
    let fine = store
        .instantiate(&module(r#"(module (func (export "f")))"#))
        .unwrap();
    let f = fine.get_typed_func::<(), ()>(&store, "f").unwrap();
    f.call(&mut store, ()).unwrap();
}

#[test]
fn closures_data_errors_and_payloads_are_dropped_once() {
    let counted = Counted::default();
    let (in_closure, in_error) = (counted.again(), counted.again());
    let mut env = HostModule::new("env");
    env.func_wrap(
        "f",
        move |caller: Caller<'_, Counted>, how: i32| -> Result<i32, Error> {
            let copy = in_closure.again();
            match how {
                0 => Ok(caller.data().alive() as i32),
                1 => Err(Error::host(Failed(copy))),
                _ => std::panic::panic_any(copy),
            }
        },
    )
    .unwrap();
    drop(in_error);
    #[derive(Debug, thiserror::Error)]
    #[error("failed")]
    struct Failed(#[allow(dead_code, reason = "counted")] Counted);

    let guest = pass_on("i32", "i32");
    {
        let mut vms: Vec<_> = (0..2)
            .map(|_| {
                let mut vm = Vm::new(counted.again()).unwrap();
                vm.register_host(&env).unwrap();
                vm
            })
            .collect();
        // Here, in the closure, and in two stores.
        assert_eq!(counted.alive(), 4);
        for vm in &mut vms {
            // And the copy that the closure makes.
            assert_eq!(vm.run_bytes::<i32, i32>(&guest, "f", 0).unwrap(), 5);
            let error = vm.call::<i32, i32>("f", 1).unwrap_err();
            assert_eq!(counted.alive(), 5);
            drop(error);
            let payload = catch_unwind(AssertUnwindSafe(|| vm.call::<i32, i32>("f", 2)));
            assert_eq!(counted.alive(), 5);
            drop(payload);
        }
        drop(env);
        assert_eq!(counted.alive(), 4);
    }
    assert_eq!(counted.alive(), 1);
}

#[test]
fn one_host_module_serves_many_stores_on_many_threads() {
    let mut env = HostModule::new("env");
    env.func_wrap("f", |mut caller: Caller<'_, i64>, n: i32| {
        *caller.data_mut() += i64::from(n);
        *caller.data()
    })
    .unwrap();
    let guest = module(
        r#"(module
            (import "env" "f" (func $f (param i32) (result i64)))
            (func (export "f") (param i32) (result i64) local.get 0 call $f))"#,
    );
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (env, guest) = (&env, &guest);
            scope.spawn(move || {
                let mut store = Store::new(thread).unwrap();
                store.register_host(env).unwrap();
                let f = store
                    .instantiate(guest)
                    .unwrap()
                    .get_typed_func::<i32, i64>(&store, "f")
                    .unwrap();
                for n in 0..1000 {
                    f.call(&mut store, n).unwrap();
                }
                assert_eq!(store.into_data(), thread + 499_500);
            });
        }
    });
}

#[test]
fn names_are_taken_once() {
    let mut env = HostModule::<()>::new("env");
    env.func_wrap("f", || ()).unwrap();
    let error = env.func_wrap("f", |a: i32| a).unwrap_err();
    assert_eq!(
        error.to_string(),
        "host module `env` has an export `f` already; give each one a name of its own"
    );

    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let error = store.register_host(&env).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a module named `env` is registered in this store already; take another name or store"
    );
    let empty = module("(module)");
    assert!(matches!(
        store.register("env", &empty).unwrap_err().kind(),
        ErrorKind::NameTaken { .. }
    ));
    store.register("other", &empty).unwrap();
    assert_eq!(store.instance_names().collect::<Vec<_>>(), ["env", "other"]);
}

/// What no store can make is refused where it is said, not when the module is registered.
#[test]
fn s15_what_no_store_takes_is_refused_at_once() {
    let mut env = HostModule::<()>::new("env");
    let table = |min| TableType::new(RefType::FuncRef, min, None).unwrap();
    for min in [Table::MAX_ELEMENTS + 1, 50_000_000, u32::MAX.into()] {
        let error = env.table("t", table(min)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
        assert!(error.to_string().contains("10000000"), "{error}");
    }
    // Nothing is left of it.
    env.table("t", table(3)).unwrap();
    MemoryType::new(65_537, None).unwrap_err();
    // A module may ask for more than any store has, and its type go into a host module.
    let wide = r#"(module (import "m" "m" (memory i64 65537)) (import "m" "t" (table i64 50000000 funcref)))"#;
    let mut config = Config::new().unwrap();
    if config.proposal(Proposal::Memory64, true).is_ok() {
        if let Ok(wide) = Module::new(&config, wasm(wide)) {
            for import in wide.imports() {
                match import.ty() {
                    ExternType::Memory(ty) => drop(env.memory("wide", *ty).unwrap_err()),
                    ExternType::Table(ty) => drop(env.table("wide", *ty).unwrap_err()),
                    other => panic!("{other}"),
                }
            }
        }
    }
    let mut store = Store::new(()).unwrap();
    let env = store.register_host(&env).unwrap();
    assert_eq!(env.get_table(&store, "t").unwrap().size(&store), 3);
    assert_eq!(env.exports(&store).len(), 1);
}

/// The library itself has no bound for them.
#[test]
fn s15_functions_with_many_values() {
    let types = vec![ValType::I64; 20_000];
    let ty = FuncType::new(types.clone(), types.clone());
    let mut env = HostModule::new("env");
    env.func_new("f", ty, |_, params, results| {
        results.copy_from_slice(params);
        Ok::<(), Error>(())
    })
    .unwrap();
    let mut store = Store::new(()).unwrap();
    let f = store.register_host(&env).unwrap().get_func(&store, "f");
    let params: Vec<_> = (0..20_000_i64).map(Val::I64).collect();
    let mut results = vec![Val::I64(-1); 20_000];
    f.unwrap().call(&mut store, &params, &mut results).unwrap();
    assert_eq!(params, results);
}
