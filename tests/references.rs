//! S8: references to functions and to things of the host, on every way they can take.

use std::panic::{AssertUnwindSafe, catch_unwind};

use support::{Counted, instance, module, wasm};
use wasmedge::{
    Caller, Error, ExternRef, Func, FuncType, Global, GlobalType, HostModule, Mutability, Ref,
    RefType, Store, Table, TableType, Val, ValType, Vm,
};

const REFERENCES: &str = r#"(module
    (table (export "funcs") 4 funcref)
    (table (export "externs") 4 externref)
    (global (export "func") (mut funcref) (ref.null func))
    (global (export "extern") (mut externref) (ref.null extern))
    (func $seven (export "seven") (result i32) i32.const 7)
    (func (export "same func") (param funcref) (result funcref) local.get 0)
    (func (export "same extern") (param externref) (result externref) local.get 0)
    (func (export "is null") (param externref) (result i32) (ref.is_null (local.get 0)))
    (func (export "give seven") (result funcref) ref.func $seven)
    (func (export "call") (param funcref) (result i32)
        (table.set 0 (i32.const 0) (local.get 0))
        (call_indirect 0 (result i32) (i32.const 0)))
    (func (export "keep") (param externref) (global.set 1 (local.get 0)))
    (func (export "kept") (result externref) (global.get 1)))"#;

#[test]
fn functions_go_in_and_out() {
    let (mut store, instance) = instance(REFERENCES);
    let same = instance
        .get_typed_func::<Option<Func>, Option<Func>>(&store, "same func")
        .unwrap();
    assert_eq!(same.call(&mut store, None).unwrap(), None);
    let seven = instance.get_func(&store, "seven").unwrap();
    assert_eq!(same.call(&mut store, Some(seven)).unwrap(), Some(seven));

    let give = instance
        .get_typed_func::<(), Option<Func>>(&store, "give seven")
        .unwrap();
    let given = give.call(&mut store, ()).unwrap().expect("not null");
    assert_eq!(given, seven);
    assert_ne!(given, same.func());
    let given = given.typed::<(), i32>(&store).unwrap();
    assert_eq!(given.call(&mut store, ()).unwrap(), 7);

    let call = instance
        .get_typed_func::<Option<Func>, i32>(&store, "call")
        .unwrap();
    assert_eq!(call.call(&mut store, Some(seven)).unwrap(), 7);
    let nine = Func::wrap(&mut store, || 9).unwrap();
    assert_eq!(call.call(&mut store, Some(nine)).unwrap(), 9);
    let error = call.call(&mut store, None).unwrap_err();
    assert_eq!(error.trap(), Some(wasmedge::Trap::UninitializedElement));
    let wrong = Func::wrap(&mut store, |_: i64| ()).unwrap();
    let error = call.call(&mut store, Some(wrong)).unwrap_err();
    assert_eq!(error.trap(), Some(wasmedge::Trap::IndirectCallTypeMismatch));
}

#[test]
fn references_go_through_dynamic_calls() {
    let (mut store, instance) = instance(REFERENCES);
    let seven = instance.get_func(&store, "seven").unwrap();
    let value = ExternRef::new(&mut store, 5u8).unwrap();
    for (name, val) in [
        ("same func", Val::FuncRef(None)),
        ("same func", Val::from(seven)),
        ("same extern", Val::ExternRef(None)),
        ("same extern", Val::from(value)),
    ] {
        let mut result = [Val::I32(-1)];
        let func = instance.get_func(&store, name).unwrap();
        func.call(&mut store, &[val], &mut result).unwrap();
        assert_eq!(result, [val], "{name}");
    }
}

#[test]
fn external_values_go_in_and_out() {
    let (mut store, instance) = instance(REFERENCES);
    let same = instance
        .get_typed_func::<Option<ExternRef>, Option<ExternRef>>(&store, "same extern")
        .unwrap();
    assert_eq!(same.call(&mut store, None).unwrap(), None);
    let one = ExternRef::new(&mut store, String::from("one")).unwrap();
    let two = ExternRef::new(&mut store, vec![2, 2]).unwrap();
    assert_eq!(same.call(&mut store, Some(one)).unwrap(), Some(one));
    assert_eq!(same.call(&mut store, Some(two)).unwrap(), Some(two));
    assert_ne!(one, two);

    two.downcast_mut::<Vec<i32>>(&mut store).unwrap().push(3);
    assert_eq!(two.downcast_ref::<Vec<i32>>(&store).unwrap(), &[2, 2, 3]);
    assert_eq!(one.downcast_ref::<String>(&store).unwrap(), "one");

    let is_null = instance
        .get_typed_func::<Option<ExternRef>, i32>(&store, "is null")
        .unwrap();
    assert_eq!(is_null.call(&mut store, None).unwrap(), 1);
    assert_eq!(is_null.call(&mut store, Some(one)).unwrap(), 0);
}

#[test]
fn s8_another_type_is_not_to_be_had() {
    let mut store = Store::new(()).unwrap();
    let value = ExternRef::new(&mut store, 7u32).unwrap();
    assert_eq!(value.downcast_ref::<u32>(&store), Some(&7));
    assert_eq!(value.downcast_ref::<i32>(&store), None);
    assert_eq!(value.downcast_ref::<&'static str>(&store), None);
    assert!(value.downcast_mut::<u64>(&mut store).is_none());
    assert!(value.data(&store).is_some());
}

#[test]
fn s8_a_released_value_is_gone_for_every_copy_even_when_its_place_is_taken() {
    let (mut store, instance) = instance(REFERENCES);
    let keep = instance
        .get_typed_func::<Option<ExternRef>, ()>(&store, "keep")
        .unwrap();
    let kept = instance
        .get_typed_func::<(), Option<ExternRef>>(&store, "kept")
        .unwrap();
    let counted = Counted::default();
    let value = ExternRef::new(&mut store, counted.again()).unwrap();
    keep.call(&mut store, Some(value)).unwrap();
    assert_eq!(counted.alive(), 2);

    let taken = value.release(&mut store).expect("still there");
    assert!(taken.downcast::<Counted>().is_ok());
    assert_eq!(counted.alive(), 1);
    assert!(value.release(&mut store).is_none());

    let other = ExternRef::new(&mut store, 1).unwrap();
    let stale = kept.call(&mut store, ()).unwrap().expect("not null");
    assert_eq!(stale, value);
    assert_ne!(stale, other);
    assert!(stale.data(&store).is_none());
    assert!(stale.downcast_mut::<i32>(&mut store).is_none());
    // It may still travel.
    keep.call(&mut store, Some(stale)).unwrap();
}

#[test]
fn external_values_are_dropped_with_the_store() {
    let counted = Counted::default();
    let mut store = Store::new(()).unwrap();
    for _ in 0..10 {
        ExternRef::new(&mut store, counted.again()).unwrap();
    }
    assert_eq!(counted.alive(), 11);
    drop(store);
    assert_eq!(counted.alive(), 1);
}

#[test]
fn s8_references_of_another_store_panic() {
    let (mut store, instance) = instance(REFERENCES);
    let mut other = Store::new(()).unwrap();
    let func = Func::wrap(&mut other, || 1).unwrap();
    let value = ExternRef::new(&mut other, 1).unwrap();
    let call = instance
        .get_typed_func::<Option<Func>, i32>(&store, "call")
        .unwrap();
    let keep = instance
        .get_typed_func::<Option<ExternRef>, ()>(&store, "keep")
        .unwrap();
    let table = instance.get_table(&store, "funcs").unwrap();
    let global = instance.get_global(&store, "extern").unwrap();
    let mut refused = |body: &mut dyn FnMut(&mut Store<()>)| {
        let payload = catch_unwind(AssertUnwindSafe(|| body(&mut store))).unwrap_err();
        let text = payload.downcast_ref::<&str>().unwrap();
        assert!(
            text.starts_with("object used with the wrong store"),
            "{text}"
        );
    };
    refused(&mut |store| drop(call.call(store, Some(func))));
    refused(&mut |store| drop(keep.call(store, Some(value))));
    refused(&mut |store| drop(keep.func().call(store, &[Val::from(value)], &mut [])));
    refused(&mut |store| drop(table.set(store, 0, func)));
    refused(&mut |store| drop(table.grow(store, 1, func)));
    refused(&mut |store| drop(global.set(store, value)));
    refused(&mut |store| assert!(value.downcast_ref::<i32>(store).is_none()));
    refused(&mut |store| drop(value.release(store)));
    assert_eq!(table.size(&store), 4);
}

#[test]
fn references_go_to_host_functions_and_back() {
    let mut env = HostModule::new("env");
    env.func_wrap("swap", |f: Option<Func>, v: Option<ExternRef>| (v, f))
        .unwrap();
    env.func_wrap(
        "apply",
        |mut caller: Caller<'_, ()>, f: Option<Func>, n: i32| -> Result<i32, Error> {
            let f = f.ok_or_else(|| Error::host("null"))?;
            f.typed::<i32, i32>(&caller)?.call(&mut caller, n)
        },
    )
    .unwrap();
    env.func_wrap("text", |mut caller: Caller<'_, ()>, n: i32| {
        ExternRef::new(&mut caller, format!("number {n}")).map(Some)
    })
    .unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(
        r#"(module
            (import "env" "swap" (func $swap
                (param funcref externref) (result externref funcref)))
            (import "env" "apply" (func $apply (param funcref i32) (result i32)))
            (import "env" "text" (func $text (param i32) (result externref)))
            (func $triple (export "triple") (param i32) (result i32)
                (i32.mul (local.get 0) (i32.const 3)))
            (elem declare func $triple)
            (func (export "swap") (param funcref externref) (result externref funcref)
                (call $swap (local.get 0) (local.get 1)))
            (func (export "apply") (param i32) (result i32)
                (call $apply (ref.func $triple) (local.get 0)))
            (func (export "text") (param i32) (result externref)
                (call $text (local.get 0))))"#,
    );
    assert_eq!(vm.run_bytes::<i32, i32>(&guest, "apply", 5).unwrap(), 15);
    let text: Option<ExternRef> = vm.call("text", 8).unwrap();
    let text = text.expect("not null");
    assert_eq!(text.downcast_ref::<String>(&vm).unwrap(), "number 8");
    let triple = vm.active_instance().unwrap().get_func(&vm, "triple");
    let swapped: (Option<ExternRef>, Option<Func>) = vm.call("swap", (triple, Some(text))).unwrap();
    assert_eq!(swapped, (Some(text), triple));
    let nulls: (Option<ExternRef>, Option<Func>) =
        vm.call("swap", (None::<Func>, None::<ExternRef>)).unwrap();
    assert_eq!(nulls, (None, None));
}

#[test]
fn s5_dynamic_host_functions_are_checked_after_each_call() {
    let number = FuncType::new([ValType::I32], [ValType::I64, ValType::FuncRef]);
    let mut env = HostModule::new("env");
    env.func_new("f", number, |mut caller, params, results| {
        match params[0].i32().unwrap() {
            // Nothing set: zero and null.
            0 => {}
            1 => results[0] = Val::I64(8),
            // What would be taken for the address of a function.
            2 => results[1] = Val::I64(0x4141_4141),
            3 => results[1] = Val::ExternRef(None),
            4 => results[1] = Val::from(Func::wrap(&mut caller, || 1)?),
            _ => return Err(Error::user(9)),
        }
        Ok(())
    })
    .unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(
        r#"(module
            (import "env" "f" (func $f (param i32) (result i64 funcref)))
            (func (export "f") (param i32) (result i64 funcref) (call $f (local.get 0))))"#,
    );
    type Results = (i64, Option<Func>);
    let results: Results = vm.run_bytes(&guest, "f", 0).unwrap();
    assert_eq!(results, (0, None));
    let results: Results = vm.call("f", 1).unwrap();
    assert_eq!(results, (8, None));
    let error = vm.call::<i32, Results>("f", 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a host function of type (i32) -> (i64, funcref) gave (i64, i64) in place of its results"
    );
    vm.call::<i32, Results>("f", 3).unwrap_err();
    let (_, func): Results = vm.call("f", 4).unwrap();
    let func = func.unwrap().typed::<(), i32>(&vm).unwrap();
    assert_eq!(func.call(&mut vm, ()).unwrap(), 1);
    assert_eq!(
        vm.call::<i32, Results>("f", 5).unwrap_err().user_code(),
        Some(9)
    );
}

#[test]
fn globals_hold_values_of_every_type() {
    let mut store = Store::new(()).unwrap();
    let func = Func::wrap(&mut store, || 1).unwrap();
    let value = ExternRef::new(&mut store, "text").unwrap();
    for (val, other) in [
        (Val::I32(-1), Val::I32(i32::MIN)),
        (Val::I64(-1), Val::I64(i64::MAX)),
        (Val::F32(0x7fa1_2345), Val::F32(1)),
        (Val::F64(0xfff4_0000_dead_beef), Val::F64(2)),
        (
            Val::V128(u128::MAX),
            Val::V128(0x0123_4567_89ab_cdef << 64 | 5),
        ),
        (Val::from(func), Val::FuncRef(None)),
        (Val::from(value), Val::ExternRef(None)),
    ] {
        let ty = GlobalType::new(val.ty(), Mutability::Var);
        let global = Global::new(&mut store, ty, val).unwrap();
        assert_eq!(global.ty(&store).unwrap(), ty);
        assert_eq!(global.get(&store).unwrap(), val);
        global.set(&mut store, other).unwrap();
        assert_eq!(global.get(&store).unwrap(), other);
        global.set(&mut store, val).unwrap();
        assert_eq!(global.get(&store).unwrap(), val);
    }
}

#[test]
fn s5_globals_refuse_what_they_cannot_hold() {
    let mut store = Store::new(()).unwrap();
    let ty = |content, mutability| GlobalType::new(content, mutability);
    let error = Global::new(&mut store, ty(ValType::I32, Mutability::Var), 1i64).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the global holds i32, and cannot hold i64"
    );

    let constant = Global::new(&mut store, ty(ValType::I32, Mutability::Const), 1).unwrap();
    let error = constant.set(&mut store, 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the global is constant and cannot be set: it was not declared with `mut`"
    );
    assert_eq!(constant.get(&store).unwrap(), Val::I32(1));

    let global = Global::new(
        &mut store,
        ty(ValType::FuncRef, Mutability::Var),
        Ref::Func(None),
    );
    let global = global.unwrap();
    // From 0.14 on the library mixes reference types up.
    let value = ExternRef::new(&mut store, 1).unwrap();
    let error = global.set(&mut store, value).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the global holds funcref, and cannot hold externref"
    );
    assert_eq!(global.get(&store).unwrap(), Val::FuncRef(None));
}

#[test]
fn tables_are_read_written_filled_and_grown() {
    let mut store = Store::new(()).unwrap();
    let ty = TableType::new(RefType::ExternRef, 3, Some(6)).unwrap();
    let a = ExternRef::new(&mut store, 'a').unwrap();
    let b = ExternRef::new(&mut store, 'b').unwrap();
    let table = Table::new(&mut store, ty, a).unwrap();
    let letters = |store: &Store<()>| -> String {
        (0..table.size(store))
            .map(|index| match table.get(store, index).unwrap() {
                Ref::Extern(Some(value)) => *value.downcast_ref::<char>(store).unwrap(),
                _ => '-',
            })
            .collect()
    };
    assert_eq!(letters(&store), "aaa");
    table.set(&mut store, 1, Ref::Extern(None)).unwrap();
    assert_eq!(letters(&store), "a-a");
    assert_eq!(table.grow(&mut store, 2, b).unwrap(), 3);
    assert_eq!(letters(&store), "a-abb");
    table.fill(&mut store, 2, a, 3).unwrap();
    assert_eq!(letters(&store), "a-aaa");
    assert_eq!(table.ty(&store).unwrap().limits().min(), 5);

    let error = table.grow(&mut store, 2, b).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot grow the table of 5 elements by 2: 6 is the most"
    );
    assert_eq!(table.grow(&mut store, 0, b).unwrap(), 5);
    let error = table.get(&store, 5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "table access out of bounds: 1 element at index 5, the table has 5"
    );
    for index in [5, u64::from(u32::MAX), 1 << 32, u64::MAX] {
        table.get(&store, index).unwrap_err();
        table.set(&mut store, index, a).unwrap_err();
    }
    table.fill(&mut store, 4, a, 2).unwrap_err();
    table.fill(&mut store, u64::MAX, a, 2).unwrap_err();
    table.fill(&mut store, 5, a, 0).unwrap();
    assert_eq!(letters(&store), "a-aaa");
    let func = Func::wrap(&mut store, || ()).unwrap();
    let error = table.set(&mut store, 0, func).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the table holds externref, and cannot hold funcref"
    );
}

#[test]
fn s15_huge_tables_are_refused_before_the_library_sees_them() {
    let mut store = Store::new(()).unwrap();
    let huge = TableType::new(RefType::FuncRef, 10_000_001, None).unwrap();
    let error = Table::new(&mut store, huge, Ref::Func(None)).unwrap_err();
    assert!(error.to_string().contains("10000001 elements"), "{error}");
    let small = TableType::new(RefType::FuncRef, 1, None).unwrap();
    let table = Table::new(&mut store, small, Ref::Func(None)).unwrap();
    for delta in [10_000_000, u64::from(u32::MAX), u64::MAX] {
        table.grow(&mut store, delta, Ref::Func(None)).unwrap_err();
    }
    assert_eq!(table.size(&store), 1);

    let mut env = HostModule::<()>::new("env");
    env.table("t", huge).unwrap_err();
}

#[test]
fn host_modules_export_tables_and_globals() {
    let mut env = HostModule::new("env");
    env.table(
        "table",
        TableType::new(RefType::FuncRef, 2, Some(2)).unwrap(),
    )
    .unwrap()
    .global(
        "const",
        GlobalType::new(ValType::F64, Mutability::Const),
        2.5,
    )
    .unwrap()
    .global("var", GlobalType::new(ValType::I64, Mutability::Var), 10i64)
    .unwrap();
    assert!(
        env.global("var", GlobalType::new(ValType::I32, Mutability::Var), 1)
            .is_err()
    );
    let guest = module(
        r#"(module
            (import "env" "table" (table 2 2 funcref))
            (import "env" "const" (global $const f64))
            (import "env" "var" (global $var (mut i64)))
            (func $f (result i32) i32.const 5)
            (elem (i32.const 1) $f)
            (func (export "f") (result f64)
                (global.set $var (i64.add (global.get $var) (i64.const 1)))
                global.get $const))"#,
    );
    // Each store has its own.
    for _ in 0..2 {
        let mut store = Store::new(()).unwrap();
        let env = store.register_host(&env).unwrap();
        let guest = store.instantiate(&guest).unwrap();
        let f = guest.get_typed_func::<(), f64>(&store, "f").unwrap();
        assert_eq!(f.call(&mut store, ()).unwrap(), 2.5);
        let var = env.get_global(&store, "var").unwrap();
        assert_eq!(var.get(&store).unwrap(), Val::I64(11));
        let table = env.get_table(&store, "table").unwrap();
        assert!(table.get(&store, 0).unwrap().is_null());
        let Ref::Func(Some(f)) = table.get(&store, 1).unwrap() else {
            panic!("the guest put a function there")
        };
        let f = f.typed::<(), i32>(&store).unwrap();
        assert_eq!(f.call(&mut store, ()).unwrap(), 5);
    }
}

#[test]
fn a_host_module_keeps_no_reference_of_a_store() {
    let mut store = Store::new(()).unwrap();
    let func = Func::wrap(&mut store, || ()).unwrap();
    let mut env = HostModule::<()>::new("env");
    let ty = GlobalType::new(ValType::FuncRef, Mutability::Var);
    let error = env.global("g", ty, func).unwrap_err();
    assert!(error.to_string().contains("belongs to one"), "{error}");
    env.global("g", ty, Ref::Func(None)).unwrap();
}

#[test]
fn s1_a_function_in_a_table_outlives_the_instance_handle_that_made_it() {
    let mut store = Store::new(()).unwrap();
    let ty = TableType::new(RefType::FuncRef, 100, None).unwrap();
    let table = Table::new(&mut store, ty, Ref::Func(None)).unwrap();
    for index in 0..100 {
        let func = {
            let text = format!(r#"(module (func (export "f") (result i32) i32.const {index}))"#);
            let instance = store.instantiate(&module(&text)).unwrap();
            instance.get_func(&store, "f").unwrap()
        };
        table.set(&mut store, index, func).unwrap();
    }
    for index in 0..100u64 {
        let Ref::Func(Some(func)) = table.get(&store, index).unwrap() else {
            panic!("not null")
        };
        let mut result = [Val::I32(-1)];
        func.call(&mut store, &[], &mut result).unwrap();
        assert_eq!(result, [Val::I32(index as i32)]);
    }
}

#[test]
fn host_functions_have_a_cost() {
    let mut config = wasmedge::Config::new().unwrap();
    config.measure_cost(true);
    let cost_of = |cost: u64| {
        let mut env = HostModule::new("env");
        env.func_wrap("f", || ())
            .unwrap()
            .func_cost("f", cost)
            .unwrap();
        let mut vm = Vm::with_config(&config, ()).unwrap();
        vm.register_host(&env).unwrap();
        let guest =
            wasm(r#"(module (import "env" "f" (func $f)) (func (export "g") call $f call $f))"#);
        vm.run_bytes::<(), ()>(&guest, "g", ()).unwrap();
        vm.statistics().total_cost()
    };
    assert_eq!(cost_of(1000) - cost_of(0), 2000);
    let mut env = HostModule::<()>::new("env");
    env.func_wrap("f", || ()).unwrap();
    let error = env.func_cost("g", 1).unwrap_err();
    assert!(
        error.to_string().starts_with("no exported function `g`"),
        "{error}"
    );
}
