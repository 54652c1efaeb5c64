//! Fuel: how much code may run, and what it costs.

use support::wasm;
use wasmedge::{
    Caller, Config, CostTable, ErrorKind, HostModule, Instance, Module, Store, Trap, TypedFunc, Vm,
};

const SPIN: &str = r#"(module
    (func (export "spin") (loop (br 0)))
    (func (export "nops") nop nop nop)
    (func (export "count") (param i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;

fn config() -> Config {
    let mut config = Config::new().unwrap();
    config.measure_cost(true);
    config
}

fn instance(text: &str) -> (Store<()>, Instance) {
    let mut store = Store::with_config(&config(), ()).unwrap();
    let instance = store.instantiate(&support::module(text)).unwrap();
    (store, instance)
}

fn spin() -> (Store<()>, TypedFunc<(), ()>, TypedFunc<(), ()>) {
    let (store, instance) = instance(SPIN);
    let spin = instance.get_typed_func(&store, "spin").unwrap();
    let nops = instance.get_typed_func(&store, "nops").unwrap();
    (store, spin, nops)
}

#[test]
fn an_endless_loop_ends_and_the_store_goes_on() {
    let (mut store, spin, nops) = spin();
    store.set_fuel(1000).unwrap();
    let error = spin.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
    assert_eq!(error.to_string(), "wasm trap: out of fuel");
    assert_eq!(store.fuel().unwrap(), 0);
    // Nothing is left for the next call either,
    let error = nops.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
    // until there is more.
    store.set_fuel(100).unwrap();
    nops.call(&mut store, ()).unwrap();
    assert!(store.fuel().unwrap() < 100);
    store.set_fuel(u64::MAX).unwrap();
    nops.call(&mut store, ()).unwrap();
}

#[test]
fn fuel_is_for_each_call_when_it_is_set_for_each() {
    let (mut store, _, nops) = spin();
    nops.call(&mut store, ()).unwrap();
    let cost = store.statistics().total_cost();
    assert!(cost >= 3);
    for _ in 0..10 {
        store.set_fuel(cost).unwrap();
        nops.call(&mut store, ()).unwrap();
        assert_eq!(store.fuel().unwrap(), 0);
        store.set_fuel(cost - 1).unwrap();
        nops.call(&mut store, ()).unwrap_err();
    }
}

#[test]
fn fuel_lasts_over_calls() {
    let (mut store, _, nops) = spin();
    nops.call(&mut store, ()).unwrap();
    let cost = store.statistics().total_cost();
    store.set_fuel(3 * cost).unwrap();
    for left in [2, 1, 0] {
        nops.call(&mut store, ()).unwrap();
        assert_eq!(store.fuel().unwrap(), left * cost);
    }
    let error = nops.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
}

#[test]
fn fuel_near_the_highest_number_does_not_wrap() {
    let (mut store, _, nops) = spin();
    nops.call(&mut store, ()).unwrap();
    for fuel in [u64::MAX, u64::MAX - 1, u64::MAX - 3, u64::MAX - 1000] {
        store.set_fuel(fuel).unwrap();
        assert!(store.fuel().unwrap() > u64::MAX - 10_000);
        nops.call(&mut store, ()).unwrap();
    }
    // A cost that would wrap the sum stops the code.
    store.set_cost_table(CostTable::uniform(0).set("nop", u64::MAX).unwrap());
    let error = nops.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
}

#[test]
fn a_host_function_that_costs_the_most_does_not_wrap_either() {
    let mut env = HostModule::new("env");
    env.func_wrap("dear", || ()).unwrap();
    env.func_cost("dear", u64::MAX).unwrap();
    let mut store = Store::with_config(&config(), ()).unwrap();
    store.register_host(&env).unwrap();
    let module = support::module(
        r#"(module (import "env" "dear" (func)) (func (export "f") call 0 call 0 call 0))"#,
    );
    let f = store.instantiate(&module).unwrap();
    let f = f.get_typed_func::<(), ()>(&store, "f").unwrap();
    let error = f.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
}

#[test]
fn without_measuring_there_is_no_fuel_and_the_error_says_so() {
    let mut store = Store::new(()).unwrap();
    for error in [store.set_fuel(5).unwrap_err(), store.fuel().unwrap_err()] {
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)));
        assert!(
            error.to_string().contains("Config::measure_cost"),
            "{error}"
        );
    }
    Vm::new(()).unwrap().set_fuel(5).unwrap_err();
}

#[test]
fn instructions_cost_what_the_table_says() {
    let text = r#"(module (memory 1) (global (mut i32) (i32.const 0)) (table 1 funcref)
        (func (export "add") (drop (i32.add (i32.const 1) (i32.const 2))))
        (func (export "store") (i32.store (i32.const 0) (i32.const 1)))
        (func (export "fill") (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)))
        (func (export "splat") (drop (i32x4.add (i32x4.splat (i32.const 1))
                                                (i32x4.splat (i32.const 1)))))
        (func (export "trunc") (drop (i32.trunc_sat_f64_s (f64.const 1))))
        (func (export "global") (global.set 0 (i32.const 1)))
        (func (export "select") (drop (select (i32.const 1) (i32.const 2) (i32.const 3)))
                                (drop (select (result i32) (i32.const 1) (i32.const 2)
                                                           (i32.const 3))))
        (func (export "null") (drop (ref.is_null (ref.null func))))
        (func (export "loop") (param i32)
          (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let (mut store, instance) = instance(text);
    for (func, instruction, times) in [
        ("add", "i32.add", 1),
        ("add", "i32.const", 2),
        ("add", "drop", 1),
        ("store", "i32.store", 1),
        ("fill", "memory.fill", 1),
        ("splat", "i32x4.splat", 2),
        ("splat", "i32x4.add", 1),
        ("trunc", "i32.trunc_sat_f64_s", 1),
        ("global", "global.set", 1),
        ("select", "select", 2),
        ("null", "ref.is_null", 1),
        ("add", "end", 1),
        ("add", "i32.sub", 0),
    ] {
        store.set_cost_table(CostTable::uniform(0).set(instruction, 7).unwrap());
        store.clear_statistics();
        let call = instance.get_typed_func::<(), ()>(&store, func).unwrap();
        call.call(&mut store, ()).unwrap();
        let cost = store.statistics().total_cost();
        assert_eq!(cost, 7 * times, "{instruction} in {func}");
    }
    store.set_cost_table(CostTable::uniform(0).set("br_if", 2).unwrap());
    store.clear_statistics();
    let call = instance.get_typed_func::<i32, ()>(&store, "loop").unwrap();
    call.call(&mut store, 50).unwrap();
    assert_eq!(store.statistics().total_cost(), 100);
}

#[test]
fn cost_tables_are_made_in_words_or_in_numbers() {
    let mut table = CostTable::uniform(1);
    table
        .set("i32.add", 3)
        .unwrap()
        .set("f64.nearest", 4)
        .unwrap();
    assert_eq!(table.get("i32.add").unwrap(), Some(3));
    assert_eq!(table.get("i32.sub").unwrap(), Some(1));
    let slot = CostTable::slots("i32.add").unwrap()[0];
    assert_eq!(table.as_slice()[slot], 3);
    assert_eq!(CostTable::from_slice(table.as_slice()).unwrap(), table);

    let short = CostTable::from_slice(&[5, 6]).unwrap();
    assert_eq!(short.get("unreachable").unwrap(), Some(5));
    assert_eq!(short.get("nop").unwrap(), Some(6));
    assert_eq!(short.get("i32.add").unwrap(), Some(0));
    CostTable::from_slice(&[0; 65537]).unwrap_err();

    let error = table.set("i32.plus", 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no instruction `i32.plus`; the names are those of the text format, such as `i32.add`"
    );
    // Known to the standard, whether or not this version runs it.
    table.set("struct.new", 9).unwrap();
    table.set("nop", u64::MAX).unwrap();
    assert_eq!(table.get("nop").unwrap(), Some(CostTable::MAX));
}

#[test]
fn clearing_keeps_the_fuel_that_is_left() {
    let (mut store, spin, nops) = spin();
    store.set_fuel(1000).unwrap();
    nops.call(&mut store, ()).unwrap();
    let left = store.fuel().unwrap();
    store.clear_statistics();
    assert_eq!(store.statistics().total_cost(), 0);
    assert_eq!(store.fuel().unwrap(), left);
    spin.call(&mut store, ()).unwrap_err();
    store.clear_statistics();
    nops.call(&mut store, ()).unwrap_err();
}

#[test]
fn a_host_function_gives_fuel() {
    let mut env = HostModule::new("env");
    env.func_wrap("refill", |mut caller: Caller<'_, u32>| {
        *caller.data_mut() += 1;
        if *caller.data() < 3 {
            caller.set_fuel(500)?;
        }
        assert!(caller.fuel()? <= 500);
        Ok::<(), wasmedge::Error>(())
    })
    .unwrap();
    let mut vm = Vm::with_config(&config(), 0).unwrap();
    vm.register_host(&env).unwrap();
    vm.set_fuel(500).unwrap();
    let text = r#"(module (import "env" "refill" (func $refill))
        (func (export "f") (local i32)
          (loop $outer
            (local.set 0 (i32.const 20))
            (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            call $refill
            (br $outer))))"#;
    let error = vm.run_bytes::<(), ()>(wasm(text), "f", ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
    assert!(*vm.data() > 2);
    vm.clear_statistics();
    vm.set_cost_table(&CostTable::uniform(0));
    assert_eq!(vm.fuel().unwrap(), 0);
}

#[test]
fn a_start_function_needs_fuel_too() {
    let mut store = Store::with_config(&config(), ()).unwrap();
    store.set_fuel(100).unwrap();
    let module = Module::new(
        &config(),
        wasm("(module (func $f (loop (br 0))) (start $f))"),
    );
    let error = store.instantiate(&module.unwrap()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
}
