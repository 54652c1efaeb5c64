//! Calls into WebAssembly: typed, dynamic, by name.

use support::{instance, wasm};
use wasmedge::{ErrorKind, FuncType, Trap, Val, ValType, Vm};

#[test]
fn numbers_of_all_types_go_both_ways() {
    let (mut store, instance) = instance(
        r#"(module
            (func (export "i32") (param i32) (result i32) local.get 0)
            (func (export "i64") (param i64) (result i64) local.get 0)
            (func (export "f32") (param f32) (result f32) local.get 0)
            (func (export "f64") (param f64) (result f64) local.get 0)
            (func (export "v128") (param v128) (result v128) local.get 0))"#,
    );
    macro_rules! check {
        ($name:literal $ty:ty: $($value:expr),*) => {
            let id = instance.get_typed_func::<$ty, $ty>(&store, $name).unwrap();
            $(assert_eq!(id.call(&mut store, $value).unwrap(), $value);)*
        };
    }
    check!("i32" i32: 0, -1, i32::MIN, i32::MAX);
    check!("i32" u32: 0, u32::MAX);
    check!("i64" i64: 0, -1, i64::MIN, i64::MAX);
    check!("i64" u64: 0, u64::MAX);
    check!("f32" f32: 0.0, -1.5, f32::MAX, f32::INFINITY);
    check!("f64" f64: 0.0, -1.5, f64::MAX, f64::NEG_INFINITY);
    check!("v128" u128: 0, u128::MAX, 0x0123_4567_89ab_cdef_0011_2233_4455_6677);

    // A NaN keeps its payload.
    let f32s = instance.get_typed_func::<f32, f32>(&store, "f32").unwrap();
    let nan = f32::from_bits(0x7fa1_2345);
    assert_eq!(f32s.call(&mut store, nan).unwrap().to_bits(), nan.to_bits());
    let f64s = instance.get_typed_func::<f64, f64>(&store, "f64").unwrap();
    let nan = f64::from_bits(0xfff4_0000_dead_beef);
    assert_eq!(f64s.call(&mut store, nan).unwrap().to_bits(), nan.to_bits());
}

#[test]
fn many_parameters_and_results_keep_their_order() {
    let (mut store, instance) = instance(
        r#"(module (func (export "f")
            (param i32 i64 f32 f64 i32 i64 f32 f64)
            (result f64 f32 i64 i32)
            local.get 7 local.get 6 local.get 5 local.get 4))"#,
    );
    type Params = (i32, i64, f32, f64, i32, i64, f32, f64);
    let f = instance
        .get_typed_func::<Params, (f64, f32, i64, i32)>(&store, "f")
        .unwrap();
    let results = f
        .call(&mut store, (1, 2, 3.0, 4.0, 5, 6, 7.0, 8.0))
        .unwrap();
    assert_eq!(results, (8.0, 7.0, 6, 5));

    let mut results = [Val::I32(0); 4];
    let params = [
        Val::I32(1),
        Val::I64(2),
        Val::from(3.0f32),
        Val::from(4.0f64),
        Val::I32(5),
        Val::I64(6),
        Val::from(7.0f32),
        Val::from(8.0f64),
    ];
    let f = f.func();
    f.call(&mut store, &params, &mut results).unwrap();
    assert_eq!(
        results,
        [
            Val::from(8.0f64),
            Val::from(7.0f32),
            Val::I64(6),
            Val::I32(5)
        ]
    );
    assert_eq!(f.ty(&store).unwrap().results().len(), 4);
}

#[test]
fn s5_dynamic_calls_are_checked_before_anything_runs() {
    let (mut store, instance) = instance(
        r#"(module
            (global $calls (mut i32) (i32.const 0))
            (func (export "f") (param i32 i64) (result i32)
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                local.get 0)
            (func (export "calls") (result i32) global.get $calls))"#,
    );
    let f = instance.get_func(&store, "f").unwrap();
    let mut result = [Val::I32(-1)];
    let mut refused =
        |params: &[Val], results: &mut [Val]| f.call(&mut store, params, results).unwrap_err();

    let error = refused(&[Val::I32(1)], &mut result);
    assert_eq!(
        error.to_string(),
        "function type mismatch: the function is (i32, i64) -> (i32), used as (i32) -> (i32)"
    );
    let error = refused(&[Val::I32(1), Val::I32(2)], &mut result);
    let ErrorKind::Signature { actual, requested } = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(
        *actual,
        FuncType::new([ValType::I32, ValType::I64], [ValType::I32])
    );
    assert_eq!(requested.params(), [ValType::I32, ValType::I32]);
    refused(&[], &mut result);
    let error = refused(&[Val::I32(1), Val::I64(2)], &mut []);
    assert_eq!(
        error.to_string(),
        "the function has 1 result, and the results slice has room for 0"
    );
    assert_eq!(result, [Val::I32(-1)]);

    let calls = instance.get_typed_func::<(), i32>(&store, "calls").unwrap();
    assert_eq!(calls.call(&mut store, ()).unwrap(), 0);
}

#[test]
fn s5_typed_functions_are_checked_when_they_are_made() {
    let (store, instance) =
        instance(r#"(module (func (export "f") (param i32 f32) (result i64) i64.const 0))"#);
    instance
        .get_typed_func::<(i32, f32), i64>(&store, "f")
        .unwrap();
    for error in [
        instance
            .get_typed_func::<i32, i64>(&store, "f")
            .unwrap_err(),
        instance
            .get_typed_func::<(i64, f32), i64>(&store, "f")
            .unwrap_err(),
        instance
            .get_typed_func::<(i32, f32), ()>(&store, "f")
            .unwrap_err(),
        instance
            .get_typed_func::<(i32, f32), (i64, i64)>(&store, "f")
            .unwrap_err(),
    ] {
        assert!(
            matches!(error.kind(), ErrorKind::Signature { .. }),
            "{error}"
        );
    }
}

#[test]
fn s5_values_are_read_by_the_bits_of_their_type_alone() {
    // Below 0.14 the library leaves the upper bits of a v128 in the cell that an i32 is put in.
    let mut vm = Vm::new(()).unwrap();
    let mut env = wasmedge::HostModule::new("env");
    env.func_wrap("same", |a: i32, b: f32| (a, b)).unwrap();
    vm.register_host(&env).unwrap();
    let text = r#"(module
        (import "env" "same" (func $same (param i32 f32) (result i32 f32)))
        (func (export "f") (param v128) (result i32 f32)
            (call $same
                (i32x4.extract_lane 0 (local.get 0))
                (f32x4.extract_lane 1 (local.get 0)))))"#;
    let bits = u128::from(u32::MAX) << 96 | u128::from(1.5f32.to_bits()) << 32 | 5;
    let result = vm.run_bytes::<u128, (i32, f32)>(wasm(text), "f", bits);
    assert_eq!(result.unwrap(), (5, 1.5));
    let result = vm.call_values("f", &[Val::V128(bits)]).unwrap();
    assert_eq!(result, [Val::I32(5), Val::from(1.5f32)]);
}

#[test]
fn traps_are_named_and_the_store_goes_on() {
    let (mut store, instance) = instance(
        r#"(module
            (memory 1)
            (table 2 funcref)
            (type $i32 (func (result i32)))
            (elem (i32.const 0) $i64)
            (func $i64 (result i64) i64.const 0)
            (func (export "unreachable") unreachable)
            (func (export "load") i32.const -1 i32.load drop)
            (func (export "div") i32.const 1 i32.const 0 i32.div_s drop)
            (func (export "overflow") i32.const 0x80000000 i32.const -1 i32.div_s drop)
            (func (export "convert") f32.const nan i32.trunc_f32_s drop)
            (func (export "undefined") i32.const 9 call_indirect (type $i32) drop)
            (func (export "null") i32.const 1 call_indirect (type $i32) drop)
            (func (export "mismatch") i32.const 0 call_indirect (type $i32) drop)
            (func (export "table") i32.const 7 table.get 0 drop)
            (func (export "fine")))"#,
    );
    for (name, trap) in [
        ("unreachable", Trap::Unreachable),
        ("load", Trap::MemoryOutOfBounds),
        ("div", Trap::DivideByZero),
        ("overflow", Trap::IntegerOverflow),
        ("convert", Trap::InvalidConversionToInteger),
        ("undefined", Trap::UndefinedElement),
        ("null", Trap::UninitializedElement),
        ("mismatch", Trap::IndirectCallTypeMismatch),
        ("table", Trap::TableOutOfBounds),
    ] {
        let func = instance.get_typed_func::<(), ()>(&store, name).unwrap();
        let error = func.call(&mut store, ()).unwrap_err();
        assert_eq!(error.trap(), Some(trap), "{name}: {error}");
        let fine = instance.get_typed_func::<(), ()>(&store, "fine").unwrap();
        fine.call(&mut store, ()).unwrap();
    }
}

#[test]
fn a_missing_export_is_named_beside_those_there_are() {
    let (store, instance) = instance(r#"(module (func (export "fib")) (func (export "fab")))"#);
    assert!(instance.get_func(&store, "fob").is_none());
    let error = instance
        .get_typed_func::<(), ()>(&store, "fob")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no exported function `fob`; the instance exports `fab`, `fib`"
    );
    assert_eq!(
        instance.func_names(&store),
        ["fab".into(), "fib".into()] as [Box<str>; 2]
    );
}
