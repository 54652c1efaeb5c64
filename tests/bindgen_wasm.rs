//! The calling convention of the crate `wasm-bindgen`, in its three forms, with guests that its macro
//! and its tool made, and with guests that mean harm.

use support::counting::{counted, leaving_nothing};
use wasmedge::bindgen::{FromGuest, OneResult, Params, ToGuest, Type, Value, WasmBindgen};
use wasmedge::{Config, Error, ErrorKind, HostModule, Module, Store, Trap, Vm};

/// Built from testdata/guests by scripts/build-guests; their allocator counts. The first returns a
/// string as two values, the second through its stack.
const GUEST: &[u8] = include_bytes!("../testdata/wasm_bindgen.wasm");
const STRIPPED: &[u8] = include_bytes!("../testdata/wasm_bindgen_stripped.wasm");

/// A guest of the old form.
const OLD: &str = include_str!("../testdata/wasm_bindgen_old.wat");

fn guest_of(config: &Config, wasm: &[u8]) -> (Store<()>, WasmBindgen) {
    let mut store = Store::with_config(config, ()).unwrap();
    let module = Module::new(config, wasm).unwrap();
    for glue in WasmBindgen::glue(&module).unwrap() {
        store.register_host(&glue).unwrap();
    }
    let instance = store.instantiate(&module).unwrap();
    let guest = WasmBindgen::new(&store, instance).unwrap();
    (store, guest)
}

/// A guest of each of the two forms of today.
fn guests() -> [(Store<()>, WasmBindgen); 2] {
    [GUEST, STRIPPED].map(|wasm| guest_of(&Config::new().unwrap(), wasm))
}

fn old_guest() -> (Store<()>, WasmBindgen) {
    guest_of(&Config::new().unwrap(), &support::wasm(OLD))
}

/// Calls, and checks that it left nothing in the guest.
fn call<P: Params + Clone, R: OneResult>(
    store: &mut Store<()>,
    guest: WasmBindgen,
    name: &str,
    params: P,
) -> Result<R, Error> {
    leaving_nothing(store, guest.instance(), name, |store| {
        guest.call(store, name, params.clone())
    })
}

#[test]
fn strings() {
    for (mut store, guest) in guests() {
        for text in ["world", "", "wörld \u{10ffff}\0", &"x".repeat(70_000)] {
            let said: String = call(&mut store, guest, "say", text).unwrap();
            assert_eq!(said, format!("hello {text}"));
            let echo: String = call(&mut store, guest, "echo_string", text.to_owned()).unwrap();
            assert_eq!(echo, text);
        }
        let params = (", ", &[1.5, -2.0][..], "!");
        let text: String = call(&mut store, guest, "join", params).unwrap();
        assert_eq!(text, "1.5, -2!");
        call::<_, ()>(&mut store, guest, "nothing", ()).unwrap();
    }
}

fn echo<V>(store: &mut Store<()>, guest: WasmBindgen, name: &str, value: V) -> V
where
    V: ToGuest + FromGuest + Clone,
{
    call(store, guest, name, value).unwrap()
}

#[test]
fn values_of_every_type() {
    for (mut store, guest) in guests() {
        macro_rules! echo {
            ($($name:literal: $($value:expr),+;)*) => {$($(
                let value = $value;
                assert_eq!(echo(&mut store, guest, $name, value.clone()), value, $name);
            )+)*};
        }
        echo! {
            "echo_bool": true, false;
            "echo_char": 'a', '\u{10ffff}', '\0';
            "echo_u8": 0u8, u8::MAX;
            "echo_i8": -1i8, i8::MIN, i8::MAX;
            "echo_u16": 0u16, u16::MAX;
            "echo_i16": -1i16, i16::MIN, i16::MAX;
            "echo_u32": 0u32, u32::MAX;
            "echo_i32": -1i32, i32::MIN, i32::MAX;
            "echo_u64": 0u64, u64::MAX, 1u64 << 32;
            "echo_i64": -1i64, i64::MIN, i64::MAX;
            "echo_f32": -0.5f32, f32::INFINITY;
            "echo_f64": -0.5f64, f64::MAX;
            "echo_u8s": vec![0u8, u8::MAX], Vec::<u8>::new();
            "echo_i8s": vec![-1i8, i8::MIN];
            "echo_u16s": vec![0u16, u16::MAX];
            "echo_i16s": vec![-1i16, i16::MIN, 3];
            "echo_u32s": vec![0u32, u32::MAX], Vec::<u32>::new();
            "echo_i32s": vec![-1i32, i32::MIN];
            "echo_u64s": vec![0u64, u64::MAX];
            "echo_i64s": vec![-1i64, i64::MIN], Vec::<i64>::new();
            "echo_f32s": vec![-0.5f32, f32::INFINITY, 0.0];
            "echo_f64s": vec![-0.5f64, f64::MAX];
        }
        let params = (
            true, 'ß', 1u8, -2i8, 3u16, -4i16, 5u32, -6i32, 7u64, -8i64, 0.5f32, -0.25,
        );
        let text: String = call(&mut store, guest, "describe", params).unwrap();
        assert_eq!(text, "true ß 1 -2 3 -4 5 -6 7 -8 0.5 -0.25");
    }
}

#[test]
fn large_parameters_for_which_the_memory_grows() {
    for (mut store, guest) in guests() {
        let memory = guest.instance().get_memory(&store, "memory").unwrap();
        let before = memory.size(&store);
        let bytes: Vec<u8> = (0..3 << 20).map(|n: u32| (n % 251) as u8).collect();
        let mut reversed: Vec<u8> = call(&mut store, guest, "reverse", &bytes).unwrap();
        reversed.reverse();
        assert_eq!(reversed, bytes);
        assert!(memory.size(&store) >= before + 48);
    }
}

#[test]
fn a_thousand_calls_leave_nothing_behind() {
    for (mut store, guest) in guests() {
        let once = |store: &mut Store<()>| {
            let _: String = guest.call(&mut *store, "say", "world").unwrap();
            let _: Vec<u64> = guest.call(&mut *store, "echo_u64s", [1u64, 2]).unwrap();
        };
        once(&mut store);
        let before = counted(&mut store, guest.instance(), "live_blocks");
        let memory = guest.instance().get_memory(&store, "memory").unwrap();
        let size = memory.size(&store);
        // The guest's stack has a megabyte: 16 bytes left by each call would be seen.
        for _ in 0..1000 {
            once(&mut store);
        }
        assert_eq!(counted(&mut store, guest.instance(), "live_blocks"), before);
        assert_eq!(counted(&mut store, guest.instance(), "bad_frees"), 0);
        assert_eq!(memory.size(&store), size);
        if let Some(stack) = guest
            .instance()
            .get_func(&store, "__wbindgen_add_to_stack_pointer")
        {
            let stack = stack.typed::<i32, i32>(&store).unwrap();
            assert_eq!(stack.call(&mut store, 0).unwrap(), 1 << 20);
        }
    }
}

#[test]
fn the_old_form() {
    let (mut store, guest) = old_guest();
    for text in ["world", "", &"x".repeat(3 << 20)] {
        let said: String = guest.call(&mut store, "say", text).unwrap();
        assert_eq!(said, format!("hello {text}"));
        // The result did not go over the first bytes, as it does with the Go SDK.
        assert!(counted(&mut store, guest.instance(), "last_return_pointer") >= 1024);
        assert_eq!(counted(&mut store, guest.instance(), "live_blocks"), 0);
    }
    let bytes: Vec<u8> = guest.call(&mut store, "say", b"bytes").unwrap();
    assert_eq!(bytes, b"hello bytes");
    let sum: i64 = guest.call(&mut store, "add64", (i64::MAX, -2i64)).unwrap();
    assert_eq!(sum, i64::MAX - 2);
    let sum: u64 = guest.call(&mut store, "add64", (1u64 << 63, 1u64)).unwrap();
    assert_eq!(sum, (1 << 63) + 1);
    assert!(counted(&mut store, guest.instance(), "last_return_pointer") >= 1024);
    let sum: i32 = guest.call(&mut store, "add", (1, -2)).unwrap();
    assert_eq!(sum, -1);
    let len: u32 = guest.call(&mut store, "len", "four").unwrap();
    assert_eq!(len, 4);
    let () = guest.call(&mut store, "nothing", ()).unwrap();
    for _ in 0..1000 {
        let _: String = guest.call(&mut store, "say", "world").unwrap();
    }
    assert_eq!(counted(&mut store, guest.instance(), "live_blocks"), 0);
}

#[test]
fn a_guest_without_an_allocator_has_its_result_at_the_fixed_place() {
    let (mut store, instance) = support::instance(
        r#"(module
             (memory (export "memory") 1)
             (global $last (export "last") (mut i32) (i32.const -1))
             (func (export "two") (param $ret i32)
               (global.set $last (local.get $ret))
               (i64.store (local.get $ret) (i64.const -2)))
             (func (export "len") (param i32 i32) (result i32) (local.get 1)))"#,
    );
    let guest = WasmBindgen::new(&store, instance).unwrap();
    let two: i64 = guest.call(&mut store, "two", ()).unwrap();
    assert_eq!(two, -2);
    let last = instance.get_global(&store, "last").unwrap();
    assert_eq!(last.get(&store).unwrap().i32(), Some(8));
    let error = guest.call::<_, u32>(&mut store, "len", "x").unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoSuchExport { name, .. } if &**name == "__wbindgen_malloc"),
        "{error}"
    );
}

#[test]
fn values_whose_types_are_known_at_run_time() {
    for (mut store, guest) in guests() {
        let params = [Value::from("you")];
        let said = guest
            .call_values(&mut store, "say", &params, Some(Type::String))
            .unwrap();
        assert_eq!(said, Some(Value::from("hello you")));
        let nothing = guest.call_values(&mut store, "nothing", &[], None).unwrap();
        assert_eq!(nothing, None);
    }
}

#[test]
fn a_function_of_another_type_is_told_before_the_call() {
    for (mut store, guest) in guests() {
        let before = counted(&mut store, guest.instance(), "live_blocks");
        let errors = [
            guest.call::<_, String>(&mut store, "say", 1).unwrap_err(),
            guest.call::<_, ()>(&mut store, "say", "x").unwrap_err(),
            guest.call::<_, i32>(&mut store, "nothing", ()).unwrap_err(),
            guest
                .call::<_, f32>(&mut store, "echo_f64", 1.5f32)
                .unwrap_err(),
            guest.call::<_, ()>(&mut store, "echo_u8", 1u8).unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(error.kind(), ErrorKind::Signature { .. }),
                "{error}"
            );
        }
        let error = guest.call::<_, ()>(&mut store, "nope", "x").unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::NoSuchExport { .. }),
            "{error}"
        );
        assert_eq!(counted(&mut store, guest.instance(), "live_blocks"), before);
        // Within one type of WebAssembly, the value has to fit.
        let error = guest
            .call::<_, bool>(&mut store, "echo_u8", 2u8)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the guest breaks its calling convention: it returned 2, which is no bool"
        );
        assert!(guest.call::<_, u8>(&mut store, "echo_i32", 256).is_err());
        assert!(
            guest
                .call::<_, char>(&mut store, "echo_i32", 0xd800)
                .is_err()
        );
    }
}

#[test]
fn what_the_guest_throws_is_an_error() {
    for (mut store, guest) in guests() {
        let error = guest
            .call::<_, ()>(&mut store, "throws", "a text")
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Guest(text) if text == "a text"),
            "{error}"
        );
        let error = guest
            .call::<_, String>(&mut store, "panics", "x")
            .unwrap_err();
        assert_eq!(error.trap(), Some(Trap::Unreachable));
        let said: String = guest.call(&mut store, "say", "again").unwrap();
        assert_eq!(said, "hello again");
    }
}

#[test]
fn options_of_strings_and_arrays() {
    for (mut store, guest) in guests() {
        let some: Option<String> = call(&mut store, guest, "none", true).unwrap();
        assert_eq!(some.as_deref(), Some("some"));
        let none: Option<String> = call(&mut store, guest, "none", false).unwrap();
        assert_eq!(none, None);
        let some: String = call(&mut store, guest, "none", true).unwrap();
        assert_eq!(some, "some");
        let error = call::<_, String>(&mut store, guest, "none", false).unwrap_err();
        assert!(error.to_string().contains("null pointer"), "{error}");
        let ty = Some(Type::String);
        let none = guest.call_values(&mut store, "none", &[false.into()], ty);
        assert_eq!(none.unwrap(), None);
        // What is there is no more than what it is.
        let echo: String = call(&mut store, guest, "echo_string", Some("x")).unwrap();
        assert_eq!(echo, "x");
    }
    // A parameter that is none is a null pointer.
    let (mut store, guest) = hostile("i32.const 1024", "(i32.const 0) (i32.const 0)");
    let params = ("x", None::<&str>, Some(""), None::<Vec<u16>>);
    let sum: u32 = guest.call(&mut store, "pointers", params).unwrap();
    assert_eq!(sum, 1024 + 1024);
}

#[test]
fn glue_that_is_not_there_says_so_when_it_is_called() {
    let module = support::module(
        r#"(module
             (import "./x_bg.js" "__wbg_now_0123456789abcdef" (func $now (result f64)))
             (import "./x_bg.js" "__wbg_now_0123456789abcdef" (func (result f64)))
             (import "./x_bg.js" "__wbindgen_throw" (func $throw (param i32 i32)))
             (import "./y_bg.js" "__wbindgen_init_externref_table" (func $init))
             (memory 1)
             (func (export "now") (result f64) (call $now))
             (func (export "throw") (call $throw (i32.const -1) (i32.const 1)))
             (func (export "init") (call $init)))"#,
    );
    let glue: Vec<HostModule<()>> = WasmBindgen::glue(&module).unwrap();
    let names: Vec<_> = glue.iter().map(HostModule::name).collect();
    assert_eq!(names, ["./x_bg.js", "./y_bg.js"]);
    let mut store = Store::new(()).unwrap();
    for glue in &glue {
        store.register_host(glue).unwrap();
    }
    let instance = store.instantiate(&module).unwrap();
    let guest = WasmBindgen::new(&store, instance).unwrap();
    let error = guest.call::<_, f64>(&mut store, "now", ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unsupported: the function `__wbg_now_0123456789abcdef` of the guest's JavaScript glue \
         (there is no JavaScript here; have the guest do without, or define it in a host module)"
    );
    let error = guest.call::<_, ()>(&mut store, "throw", ()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::MemoryAccess { .. }),
        "{error}"
    );
    let () = guest.call(&mut store, "init", ()).unwrap();
    // A guest of nothing but WebAssembly needs none.
    assert!(
        WasmBindgen::glue::<()>(&support::module(OLD))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_active_instance_of_a_vm_and_a_registered_one() {
    let module = Module::new(&Config::new().unwrap(), GUEST).unwrap();
    let mut vm = Vm::new(()).unwrap();
    let error = vm.call_wasm_bindgen::<_, String>("say", "x").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Order { .. }), "{error}");
    for glue in WasmBindgen::glue(&module).unwrap() {
        vm.register_host(&glue).unwrap();
    }
    vm.register_module("guest", &module).unwrap();
    // The Go SDK asks the active instance, here none, for the type of the registered one's function.
    let answer: i32 = vm
        .call_registered_wasm_bindgen("guest", "echo_i32", 42)
        .unwrap();
    assert_eq!(answer, 42);
    let said: String = vm
        .call_registered_wasm_bindgen("guest", "say", "registered")
        .unwrap();
    assert_eq!(said, "hello registered");
    let error = vm
        .call_registered_wasm_bindgen::<_, String>("nobody", "say", "x")
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoSuchInstance { .. }),
        "{error}"
    );

    vm.load_bytes(support::wasm(OLD)).unwrap();
    vm.validate().unwrap();
    vm.instantiate().unwrap();
    let said: String = vm.call_wasm_bindgen("say", "active").unwrap();
    assert_eq!(said, "hello active");
}

#[test]
fn fuel_may_end_at_any_step() {
    let mut config = Config::new().unwrap();
    config.measure_cost(true);
    for wasm in [GUEST, STRIPPED, &support::wasm(OLD)] {
        let (mut store, guest) = guest_of(&config, wasm);
        store.set_fuel(u64::MAX).unwrap();
        let before = store.statistics().total_cost();
        let _: String = guest.call(&mut store, "say", "world").unwrap();
        let whole = store.statistics().total_cost() - before;
        assert!(whole > 60, "{whole}");
        for fuel in (0..whole).step_by(whole as usize / 30) {
            // A fresh guest: one that was stopped within its allocator is not to be called again.
            let (mut store, guest) = guest_of(&config, wasm);
            store.set_fuel(fuel).unwrap();
            let error = guest
                .call::<_, String>(&mut store, "say", "world")
                .unwrap_err();
            assert_eq!(error.trap(), Some(Trap::OutOfFuel), "{fuel}");
        }
    }
}

/// A guest with these functions, whose `f` takes what it needs and gives two values.
fn hostile(malloc: &str, results: &str) -> (Store<()>, WasmBindgen) {
    let (store, instance) = support::instance(&format!(
        r#"(module
             (memory (export "memory") 1 2)
             (func (export "__wbindgen_malloc") (param i32 i32) (result i32) {malloc})
             (func (export "__wbindgen_free") (param i32 i32 i32))
             (func (export "take") (param i32 i32))
             (func (export "pointers") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
               (i32.add
                 (i32.add (local.get 0) (local.get 2))
                 (i32.add (local.get 4) (local.get 6))))
             (func (export "f") (result i32 i32) {results})
             (data (i32.const 64) "\ff\20"))"#,
    ));
    let guest = WasmBindgen::new(&store, instance).unwrap();
    (store, guest)
}

#[test]
fn s9_pointers_and_lengths_of_a_guest_are_checked() {
    for results in [
        "(i32.const -1) (i32.const 1)",
        "(i32.const 65530) (i32.const 100)",
        "(i32.const 1) (i32.const -1)",
        "(i32.const 65537) (i32.const 0)",
    ] {
        let (mut store, guest) = hostile("i32.const 1024", results);
        let errors = [
            guest.call::<_, String>(&mut store, "f", ()).unwrap_err(),
            guest.call::<_, Vec<u64>>(&mut store, "f", ()).unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(error.kind(), ErrorKind::MemoryAccess { .. }),
                "{results}: {error}"
            );
        }
    }
    let (mut store, guest) = hostile("i32.const 1024", "(i32.const 64) (i32.const 2)");
    let error = guest.call::<_, String>(&mut store, "f", ()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::MemoryString { .. }),
        "{error}"
    );
    let bytes: Vec<u8> = guest.call(&mut store, "f", ()).unwrap();
    assert_eq!(bytes, [0xff, 0x20]);
}

#[test]
fn s9_a_place_for_results_that_is_none_is_an_error() {
    for (stack, good) in [(64, true), (65528, true), (65529, false), (-1, false)] {
        let (mut store, instance) = support::instance(&format!(
            r#"(module
                 (memory (export "memory") 1)
                 (func (export "__wbindgen_add_to_stack_pointer") (param i32) (result i32)
                   (i32.const {stack}))
                 (func (export "f") (param i32)))"#,
        ));
        let guest = WasmBindgen::new(&store, instance).unwrap();
        let result = guest.call::<_, Vec<u8>>(&mut store, "f", ());
        let error = result.unwrap_err();
        let out = matches!(error.kind(), ErrorKind::MemoryAccess { .. });
        assert_eq!(out, !good, "{error}");
    }
}

#[test]
fn an_allocation_that_fails_ends_the_call() {
    let results = "(i32.const 1) (i32.const 0)";
    let (mut store, guest) = hostile("i32.const 0", results);
    let error = guest.call::<_, ()>(&mut store, "take", "x").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::GuestAbi(_)), "{error}");
    let (mut store, guest) = hostile("i32.const 65535", results);
    let error = guest.call::<_, ()>(&mut store, "take", "xx").unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::MemoryAccess { .. }),
        "{error}"
    );
    let () = guest.call(&mut store, "take", "x").unwrap();
    let (mut store, guest) = hostile("unreachable", results);
    let error = guest.call::<_, ()>(&mut store, "take", "x").unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
}

#[test]
fn functions_of_wrong_types_are_told_at_once() {
    for text in [
        r#"(func (export "__wbindgen_malloc") (param i64) (result i32) i32.const 64)"#,
        r#"(func (export "__wbindgen_free") (param i32))"#,
        r#"(func (export "__wbindgen_add_to_stack_pointer") (param i32))"#,
    ] {
        let (store, instance) = support::instance(&format!("(module {text})"));
        let error = WasmBindgen::new(&store, instance).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Signature { .. }),
            "{error}"
        );
    }
    // Numbers need no memory and no allocator.
    let (mut store, instance) = support::instance(
        r#"(module (func (export "neg") (param f64) (result f64) (f64.neg (local.get 0))))"#,
    );
    let guest = WasmBindgen::new(&store, instance).unwrap();
    assert_eq!(guest.call::<_, f64>(&mut store, "neg", 1.5).unwrap(), -1.5);
}
