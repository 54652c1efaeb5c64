//! Calls of random types with random values: typed, dynamic and through C they are the same.

#[path = "support/raw.rs"]
mod raw;

use proptest::collection::vec;
use proptest::prelude::*;
use support::wasm;
use wasmedge::{FuncType, HostModule, Val, ValType, Vm};

fn values() -> impl Strategy<Value = Val> {
    prop_oneof![
        any::<i32>().prop_map(Val::I32),
        any::<i64>().prop_map(Val::I64),
        // All bit patterns, those of signalling NaNs too, but for C, whose floats the processor may
        // make quiet on the way through its own registers: see `quiet`.
        any::<u32>().prop_map(Val::F32),
        any::<u64>().prop_map(Val::F64),
        any::<u128>().prop_map(Val::V128),
    ]
}

/// The same value, as it is after a float went through a C function by value.
fn quiet(val: Val) -> Val {
    match val {
        Val::F32(bits) if f32::from_bits(bits).is_nan() => Val::F32(bits | 0x0040_0000),
        Val::F64(bits) if f64::from_bits(bits).is_nan() => Val::F64(bits | 0x0008_0000_0000_0000),
        val => val,
    }
}

/// A list of the types of some values, in the text format.
fn text_of(keyword: &str, values: &[Val]) -> String {
    let types = values.iter().map(|val| format!(" {}", val.ty()));
    format!("({keyword}{})", types.collect::<String>())
}

/// A module whose `f` takes `params` and gives back those with the numbers `chosen`, in that order.
fn choose(params: &[Val], chosen: &[usize]) -> (Vec<u8>, Vec<Val>) {
    let results: Vec<_> = chosen.iter().map(|index| params[*index]).collect();
    let gets = chosen.iter().map(|index| format!("local.get {index} "));
    let text = format!(
        r#"(module (func (export "f") {} {} {}))"#,
        text_of("param", params),
        text_of("result", &results),
        gets.collect::<String>()
    );
    (wasm(&text), results)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn dynamic_calls_are_those_of_c(
        (params, chosen) in vec(values(), 1..30).prop_flat_map(|params| {
            let indices = vec(0..params.len(), 0..30);
            (Just(params), indices)
        })
    ) {
        let (wasm, expected) = choose(&params, &chosen);
        let mut vm = Vm::new(()).unwrap();
        let results = vm.run_bytes_values(&wasm, "f", &params).unwrap();
        prop_assert_eq!(&results, &expected);
        // What was learned of the function is true.
        prop_assert_eq!(vm.call_values("f", &params).unwrap(), results);
        prop_assert!(vm.call_values("f", &params[1..]).is_err());

        let types: Vec<_> = expected.iter().map(Val::ty).collect();
        let by_c = raw::call(&wasm, "f", &params, &types);
        let quiet_of = |values: Vec<Val>| values.into_iter().map(quiet).collect::<Vec<_>>();
        prop_assert_eq!(quiet_of(by_c), quiet_of(expected));
    }

    #[test]
    fn dynamic_host_functions_get_and_give_what_wasm_gives_and_gets(
        params in vec(values(), 0..20),
        results in vec(values(), 0..12),
    ) {
        let types = |values: &[Val]| values.iter().map(Val::ty).collect::<Vec<_>>();
        let ty = FuncType::new(types(&params), types(&results));
        let (expected, given) = (params.clone(), results.clone());
        let mut env = HostModule::new("env");
        env.func_new("f", ty, move |_, params, results| {
            assert_eq!(params, expected);
            results.copy_from_slice(&given);
            Ok::<_, wasmedge::Error>(())
        }).unwrap();
        let (param, result) = (text_of("param", &params), text_of("result", &results));
        let gets: String = (0..params.len()).map(|n| format!("local.get {n} ")).collect();
        let guest = wasm(&format!(
            r#"(module
                (import "env" "f" (func $f {param} {result}))
                (func (export "f") {param} {result} {gets} call $f))"#
        ));
        let mut vm = Vm::new(()).unwrap();
        vm.register_host(&env).unwrap();
        prop_assert_eq!(vm.run_bytes_values(&guest, "f", &params).unwrap(), results);
    }

    #[test]
    fn wrong_types_never_run(params in vec(values(), 0..6), given in vec(values(), 0..6)) {
        let types = |values: &[Val]| values.iter().map(Val::ty).collect::<Vec<ValType>>();
        let (wasm, _) = choose(&params, &[]);
        let outcome = Vm::new(()).unwrap().run_bytes_values(&wasm, "f", &given);
        prop_assert_eq!(outcome.is_ok(), types(&params) == types(&given));
    }
}

/// Typed calls cannot be of random types: each of these is compared with the dynamic one.
macro_rules! typed {
    ($($name:ident: ($($param:ident: $ty:ident),*);)*) => {
        proptest! {
            #![proptest_config(ProptestConfig {
                cases: 40,
                failure_persistence: None,
                ..ProptestConfig::default()
            })]
            $(#[test]
            fn $name($($param in any::<$ty>()),*) {
                let params = [$(Val::from($param)),*];
                let all: Vec<_> = (0..params.len()).collect();
                let (wasm, expected) = choose(&params, &all);
                let mut vm = Vm::new(()).unwrap();
                let ($($param,)*): ($($ty,)*) =
                    vm.run_bytes(&wasm, "f", ($($param,)*)).unwrap();
                prop_assert_eq!(&[$(Val::from($param)),*], &expected[..]);
                prop_assert_eq!(vm.call_values("f", &params).unwrap(), expected);
            })*
        }
    };
}

typed! {
    one_of_each: (a: i32, b: u32, c: i64, d: u64, e: f32, f: f64, g: u128);
    one_number: (a: i32);
    one_vector: (a: u128);
    two_floats: (a: f32, b: f64);
    sixteen: (a: i32, b: i64, c: f32, d: f64, e: u128, f: u32, g: u64, h: i32,
              i: i64, j: f32, k: f64, l: u128, m: u32, n: u64, o: i32, p: i64);
}
