//! The calling convention of the crate `wasmedge-bindgen`, with a guest that its macro made, and with
//! guests that mean harm.

use core::fmt::Write;
use core::time::Duration;

use support::counting::{counted, leaving_nothing};
use support::wasm;
use wasmedge::bindgen::{Params, Results, Type, Value, WasmEdgeBindgen};
use wasmedge::{Config, Error, ErrorKind, Module, Store, Trap, Vm};

/// Built from testdata/guests by scripts/build-guests; its allocator counts.
const GUEST: &[u8] = include_bytes!("../testdata/wasmedge_bindgen.wasm");

fn guest_with(config: &Config) -> (Store<()>, WasmEdgeBindgen) {
    let mut store = Store::with_config(config, ()).unwrap();
    let module = Module::new(config, GUEST).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let guest = WasmEdgeBindgen::new(&store, instance).unwrap();
    (store, guest)
}

fn guest() -> (Store<()>, WasmEdgeBindgen) {
    guest_with(&Config::new().unwrap())
}

/// Calls, and checks that it left nothing in the guest.
fn call<P: Params + Clone, R: Results>(
    store: &mut Store<()>,
    guest: WasmEdgeBindgen,
    name: &str,
    params: P,
) -> Result<R, Error> {
    leaving_nothing(store, guest.instance(), name, |store| {
        guest.call(store, name, params.clone())
    })
}

#[test]
fn strings() {
    let (mut store, guest) = guest();
    for text in ["world", "", "wörld \u{10ffff}\0", &"x".repeat(70_000)] {
        let said: String = call(&mut store, guest, "say", text).unwrap();
        assert_eq!(said, format!("hello {text}"));
        let echo: String = call(&mut store, guest, "echo_string", text.to_owned()).unwrap();
        assert_eq!(echo, text);
    }
}

#[test]
fn scalars_of_every_type() {
    let (mut store, guest) = guest();
    type All = (u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);
    let all: [All; 3] = [
        (1, -2, 3, -4, 5, -6, 7, -8, 0.5, -0.25),
        (
            u8::MAX,
            i8::MIN,
            u16::MAX,
            i16::MIN,
            u32::MAX,
            i32::MIN,
            u64::MAX,
            i64::MIN,
            f32::INFINITY,
            f64::MIN,
        ),
        Default::default(),
    ];
    for each in all {
        let echo: All = call(&mut store, guest, "scalars", each).unwrap();
        assert_eq!(echo, each);
    }
    let params = (true, 'ß', 1.5f32);
    let text: String = call(&mut store, guest, "describe", params).unwrap();
    assert_eq!(text, "true ß 1.5");
    let params = (false, '\u{10ffff}', -0.0f32);
    let text: String = call(&mut store, guest, "describe", params).unwrap();
    assert_eq!(text, "false \u{10ffff} -0");
}

#[test]
fn arrays_of_every_type() {
    let (mut store, guest) = guest();
    type All = (
        Vec<u8>,
        Vec<i8>,
        Vec<u16>,
        Vec<i16>,
        Vec<u32>,
        Vec<i32>,
        Vec<u64>,
        Vec<i64>,
    );
    let all: [All; 3] = [
        (
            vec![1, 255],
            vec![-1, 2],
            vec![1, 65535],
            vec![-1, 2],
            vec![1, u32::MAX],
            vec![-1, 2, 3],
            vec![1, u64::MAX],
            vec![-1],
        ),
        Default::default(),
        (
            vec![7; 1000],
            vec![7; 1001],
            vec![7; 1002],
            vec![7; 1003],
            vec![7; 1004],
            vec![7; 1005],
            vec![7; 1006],
            vec![7; 1007],
        ),
    ];
    for each in all {
        let echo: All = call(&mut store, guest, "arrays", each.clone()).unwrap();
        assert_eq!(echo, each);
    }
    // Slices and arrays go as well as vectors.
    let sum: i64 = call(&mut store, guest, "sum", &[1i64, -2, 3]).unwrap();
    assert_eq!(sum, 2);
    let bytes: Vec<u8> = call(&mut store, guest, "reverse", &b"abc"[..]).unwrap();
    assert_eq!(bytes, b"cba");
}

#[test]
fn results_none_and_several() {
    let (mut store, guest) = guest();
    call::<_, ()>(&mut store, guest, "nothing", ()).unwrap();
    let results: (i32, i32) = call(&mut store, guest, "divide", (17, 5)).unwrap();
    assert_eq!(results, (3, 2));
}

#[test]
fn an_error_of_the_guest_is_told() {
    let (mut store, guest) = guest();
    let error = call::<_, (i32, i32)>(&mut store, guest, "divide", (1, 0)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Guest(text) if text == "division by zero"));
    assert_eq!(
        error.to_string(),
        "the guest function failed: division by zero"
    );
    // One that is not in the guest's heap is not freed.
    let error = call::<_, u8>(&mut store, guest, "constant_error", ()).unwrap_err();
    assert_eq!(error.to_string(), "the guest function failed: constant");
}

#[test]
fn another_number_of_parameters_is_an_error_of_the_guest() {
    let (mut store, guest) = guest();
    let error = guest
        .call::<_, String>(&mut store, "say", ("a", "b"))
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Guest(_)), "{error}");
    assert_eq!(
        error.to_string(),
        "the guest function failed: Invalid params count, expect 1, got 2"
    );
}

#[test]
fn other_results_than_the_program_asked_for() {
    let (mut store, guest) = guest();
    let error = call::<_, u32>(&mut store, guest, "say", "a").unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::GuestResults { .. }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "the guest function returns (string), used as (u32)"
    );
    let error = call::<_, ()>(&mut store, guest, "divide", (17, 5)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the guest function returns (i32, i32), used as ()"
    );
    assert!(call::<_, (i32, i32, i32)>(&mut store, guest, "divide", (17, 5)).is_err());
}

#[test]
fn values_whose_types_are_known_at_run_time() {
    let (mut store, guest) = guest();
    let params = [Value::I32(17), Value::I32(5)];
    let results = guest.call_values(&mut store, "divide", &params).unwrap();
    assert_eq!(results, [Value::I32(3), Value::I32(2)]);
    assert_eq!(results[0].ty(), Type::I32);
    let results = guest.call_values(&mut store, "nothing", &[]).unwrap();
    assert_eq!(results, []);
    // A `Value` goes in the typed form, too.
    let text: String = guest.call(&mut store, "say", Value::from("you")).unwrap();
    assert_eq!(text, "hello you");
}

#[test]
fn what_the_convention_has_not_is_refused_before_the_call() {
    let (mut store, guest) = guest();
    let before = counted(&mut store, guest.instance(), "live_blocks");
    let error = guest
        .call::<_, i64>(&mut store, "sum", &[1.5f64])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "unsupported: a parameter that is an array of f64 (wasmedge-bindgen has arrays of integers alone; pass the bits as integers)"
    );
    let error = guest
        .call::<_, String>(&mut store, "say", None::<String>)
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unsupported { .. }),
        "{error}"
    );
    let error = guest.call::<_, ()>(&mut store, "nope", "x").unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoSuchExport { .. }),
        "{error}"
    );
    let error = guest
        .call::<_, ()>(&mut store, "live_blocks", "x")
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Signature { .. }),
        "{error}"
    );
    assert_eq!(counted(&mut store, guest.instance(), "live_blocks"), before);
}

#[test]
fn large_parameters_for_which_the_memory_grows() {
    let (mut store, guest) = guest();
    let memory = guest.instance().get_memory(&store, "memory").unwrap();
    let before = memory.size(&store);
    let bytes: Vec<u8> = (0..3 << 20).map(|n: u32| (n % 251) as u8).collect();
    let mut reversed: Vec<u8> = call(&mut store, guest, "reverse", &bytes).unwrap();
    reversed.reverse();
    assert_eq!(reversed, bytes);
    assert!(memory.size(&store) >= before + 48);
    let text = "é".repeat(1 << 20);
    let said: String = call(&mut store, guest, "say", &text).unwrap();
    assert_eq!(said.len(), text.len() + 6);
}

#[test]
fn a_thousand_calls_leave_nothing_behind() {
    let (mut store, guest) = guest();
    let once = |store: &mut Store<()>| {
        let _: String = guest.call(&mut *store, "say", "world").unwrap();
        let _: (i32, i32) = guest.call(&mut *store, "divide", (17, 5)).unwrap();
        guest
            .call::<_, (i32, i32)>(&mut *store, "divide", (1, 0))
            .unwrap_err();
        let _: () = guest.call(&mut *store, "nothing", ()).unwrap();
        let _: String = guest.call(&mut *store, "spare", ()).unwrap();
    };
    once(&mut store);
    let before = counted(&mut store, guest.instance(), "live_blocks");
    let memory = guest.instance().get_memory(&store, "memory").unwrap();
    let size = memory.size(&store);
    for _ in 0..1000 {
        once(&mut store);
    }
    assert_eq!(counted(&mut store, guest.instance(), "live_blocks"), before);
    assert_eq!(counted(&mut store, guest.instance(), "bad_frees"), 0);
    assert_eq!(memory.size(&store), size);
}

#[test]
fn results_stay_in_the_guest_where_the_program_says_so() {
    let (mut store, guest) = guest();
    let _: String = guest.call(&mut store, "spare", ()).unwrap();
    // The room is larger than the string, which the guest's allocator takes.
    assert_eq!(counted(&mut store, guest.instance(), "wrong_sizes"), 1);
    let before = counted(&mut store, guest.instance(), "live_blocks");
    let keeping = guest.free_results(false);
    let _: String = keeping.call(&mut store, "spare", ()).unwrap();
    keeping
        .call::<_, (i32, i32)>(&mut store, "divide", (1, 0))
        .unwrap_err();
    assert_eq!(counted(&mut store, guest.instance(), "wrong_sizes"), 1);
    assert_eq!(
        counted(&mut store, guest.instance(), "live_blocks"),
        before + 2
    );
}

#[test]
fn a_guest_that_does_not_say_where_its_heap_starts() {
    // The real guest, its `__heap_base` under another name of the same length.
    let mut wasm = GUEST.to_vec();
    let name = b"__heap_base";
    let at = wasm
        .windows(name.len())
        .position(|bytes| bytes == name)
        .unwrap();
    wasm[at] = b'-';
    let config = Config::new().unwrap();
    let mut store = Store::new(()).unwrap();
    let module = Module::new(&config, wasm).unwrap();
    let instance = store.instantiate(&module).unwrap();
    assert!(instance.get_global(&store, "__heap_base").is_none());
    let guest = WasmEdgeBindgen::new(&store, instance).unwrap();
    let said: String = call(&mut store, guest, "say", "world").unwrap();
    assert_eq!(said, "hello world");
    call::<_, u8>(&mut store, guest, "constant_error", ()).unwrap_err();
    call::<_, ()>(&mut store, guest, "nothing", ()).unwrap();
}

#[test]
fn a_guest_that_panics_ends_the_call() {
    let (mut store, guest) = guest();
    let error = guest
        .call::<_, String>(&mut store, "panics", "x")
        .unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    let said: String = guest.call(&mut store, "say", "again").unwrap();
    assert_eq!(said, "hello again");
}

#[test]
fn fuel_may_end_at_any_step() {
    let mut config = Config::new().unwrap();
    config.measure_cost(true);
    let (mut store, guest) = guest_with(&config);
    store.set_fuel(u64::MAX).unwrap();
    let before = store.statistics().total_cost();
    let _: String = guest.call(&mut store, "say", "world").unwrap();
    let whole = store.statistics().total_cost() - before;
    assert!(whole > 100, "{whole}");
    let mut ended = 0;
    for fuel in (0..whole).step_by(whole as usize / 60) {
        // A fresh guest: one that was stopped within its allocator is not to be called again.
        let (mut store, guest) = guest_with(&config);
        store.set_fuel(fuel).unwrap();
        let error = guest
            .call::<_, String>(&mut store, "say", "world")
            .unwrap_err();
        assert_eq!(error.trap(), Some(Trap::OutOfFuel), "{fuel}");
        ended += 1;
    }
    assert!(ended >= 60);
}

#[test]
fn the_active_instance_of_a_vm_and_a_registered_one() {
    let mut vm = Vm::new(()).unwrap();
    let error = vm
        .call_wasmedge_bindgen::<_, String>("say", "x")
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Order { .. }), "{error}");
    vm.load_bytes(GUEST).unwrap();
    vm.validate().unwrap();
    vm.instantiate().unwrap();
    let said: String = vm.call_wasmedge_bindgen("say", "active").unwrap();
    assert_eq!(said, "hello active");

    vm.register_bytes("guest", GUEST).unwrap();
    let said: String = vm
        .call_registered_wasmedge_bindgen("guest", "say", "registered")
        .unwrap();
    assert_eq!(said, "hello registered");
    let error = vm
        .call_registered_wasmedge_bindgen::<_, String>("nobody", "say", "x")
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoSuchInstance { .. }),
        "{error}"
    );
}

/// The text of a guest whose function `f` gives the address `answer`, and whose memory has these bytes.
fn hostile(allocate: &str, answer: u32, data: &[(u32, &[u8])]) -> String {
    let mut segments = String::new();
    for (at, bytes) in data {
        write!(segments, "(data (i32.const {at}) \"").unwrap();
        for byte in *bytes {
            write!(segments, "\\{byte:02x}").unwrap();
        }
        segments += "\")";
    }
    format!(
        r#"(module
             (memory (export "memory") 1 2)
             (func (export "allocate") (param i32) (result i32) {allocate})
             (func (export "deallocate") (param i32 i32))
             (func (export "f") (param i32 i32) (result i32) (i32.const {answer}))
             {segments})"#,
    )
}

/// Such a guest in a store of its own.
fn ready(text: &str) -> (Store<()>, WasmEdgeBindgen) {
    let (store, instance) = support::instance(text);
    let guest = WasmEdgeBindgen::new(&store, instance).unwrap();
    (store, guest)
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A guest that answers with a flag, a pointer and a length, and has this table at 128.
fn answering(flag: u8, at: u32, len: u32, table: &[u32]) -> String {
    let answer = [&[flag][..], &words(&[at, len])].concat();
    hostile("i32.const 1024", 64, &[(64, &answer), (128, &words(table))])
}

#[test]
fn s9_pointers_and_lengths_of_a_guest_are_checked() {
    let out_of_bounds = [
        hostile("i32.const 1024", u32::MAX, &[]),
        hostile("i32.const 1024", 65536 - 8, &[]),
        answering(0, 65530, 1000, &[]),
        answering(0, u32::MAX, 1, &[]),
        answering(0, 65530, 1, &[]),
        answering(1, 65530, 100, &[]),
        answering(1, 0, u32::MAX, &[]),
        answering(1, u32::MAX, u32::MAX, &[]),
        answering(0, 128, 1, &[65530, 31, 100]),
        answering(0, 128, 1, &[u32::MAX, 21, 1]),
        answering(0, 128, 1, &[u32::MAX - 3, 6, 4]),
    ];
    for (index, text) in out_of_bounds.iter().enumerate() {
        let (mut store, guest) = ready(text);
        let error = guest.call_values(&mut store, "f", &[]).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::MemoryAccess { .. }),
            "{index}: {error}"
        );
    }
}

#[test]
fn s15_what_a_guest_says_is_not_allocated() {
    // A thousand results, each of which is the whole memory; and one that is larger.
    let table = [0, 21, 65536].repeat(1000);
    for text in [
        answering(0, 128, 1000, &table),
        answering(0, 128, 2, &[0, 21, 65536, 0, 21, 1]),
    ] {
        let (mut store, guest) = ready(&text);
        let error = guest.call_values(&mut store, "f", &[]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::GuestAbi(_)), "{error}");
        assert!(
            error.to_string().ends_with("more than its memory"),
            "{error}"
        );
    }
    let (mut store, guest) = ready(&answering(0, 128, 1, &[0, 31, u32::MAX]));
    guest.call_values(&mut store, "f", &[]).unwrap_err();
    for len in [1001, u32::MAX] {
        let (mut store, guest) = ready(&answering(0, 128, len, &[]));
        let error = guest.call_values(&mut store, "f", &[]).unwrap_err();
        assert!(error.to_string().ends_with("1000 are the most"), "{error}");
    }
}

#[test]
fn s5_values_of_a_guest_are_checked() {
    let mut bad = vec![
        answering(2, 128, 0, &[]),
        answering(255, 128, 0, &[]),
        answering(0, 128, 1, &[200, 6, 3]),
        answering(0, 128, 1, &[200, 6, 5]),
        answering(0, 128, 1, &[200, 6, 0]),
        answering(0, 128, 1, &[200, 25, 6]),
    ];
    for code in [0, 13, 20, 29, 30, 32, u32::MAX] {
        bad.push(answering(0, 128, 1, &[200, code, 4]));
    }
    for (index, text) in bad.iter().enumerate() {
        let (mut store, guest) = ready(text);
        let error = guest.call_values(&mut store, "f", &[]).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::GuestAbi(_)),
            "{index}: {error}"
        );
    }
    let answer = [&[0][..], &words(&[128, 1])].concat();
    let cases: [(u32, &[u8], bool); 6] = [
        (11, &[1], true),
        (11, &[2], false),
        (12, &[0x41, 0, 0, 0], true),
        (12, &[0, 0xd8, 0, 0], false),
        (12, &[0, 0, 0x11, 0], false),
        (12, &[0xff; 4], false),
    ];
    for (code, bytes, good) in cases {
        let table = words(&[200, code, bytes.len() as u32]);
        let data = [(64, &*answer), (128, &*table), (200, bytes)];
        let (mut store, guest) = ready(&hostile("i32.const 1024", 64, &data));
        let result = guest.call_values(&mut store, "f", &[]);
        assert_eq!(result.is_ok(), good, "{code} {bytes:?}");
    }
}

#[test]
fn bool_and_char_as_results() {
    let answer = [&[0][..], &words(&[128, 2])].concat();
    let table = words(&[200, 11, 1, 204, 12, 4]);
    let data: [(u32, &[u8]); 4] = [
        (64, &answer),
        (128, &table),
        (200, &[1]),
        (204, &[0xdf, 0, 0, 0]),
    ];
    let (mut store, guest) = ready(&hostile("i32.const 1024", 64, &data));
    let results: (bool, char) = guest.call(&mut store, "f", ()).unwrap();
    assert_eq!(results, (true, 'ß'));
}

#[test]
fn texts_of_a_guest_are_utf_8_or_an_error() {
    for (flag, at) in [(0, 128), (1, 200)] {
        let answer = [&[flag][..], &words(&[at, 1])].concat();
        let table = words(&[200, 31, 2]);
        let data: [(u32, &[u8]); 3] = [(64, &answer), (128, &table), (200, &[0xff, 0x20])];
        let (mut store, guest) = ready(&hostile("i32.const 1024", 64, &data));
        let error = guest.call_values(&mut store, "f", &[]).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::MemoryString { .. }),
            "{error}"
        );
    }
}

#[test]
fn an_allocation_that_fails_ends_the_call() {
    let (mut store, guest) = ready(&hostile("i32.const 0", 64, &[]));
    let error = guest
        .call_values(&mut store, "f", &[Value::from("x")])
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::GuestAbi(_)), "{error}");
    assert_eq!(
        error.to_string(),
        "the guest breaks its calling convention: it has no room for 8 bytes: its allocation function returned null"
    );
    for at in ["i32.const -1", "i32.const 65530", "i32.const 0x7fffffff"] {
        let (mut store, guest) = ready(&hostile(at, 64, &[]));
        let error = guest
            .call_values(&mut store, "f", &[Value::from("x")])
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::MemoryAccess { .. }),
            "{error}"
        );
    }
    let (mut store, guest) = ready(&hostile("unreachable", 64, &[]));
    let error = guest.call_values(&mut store, "f", &[]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
}

#[test]
fn a_time_limit_ends_any_step() {
    let spin = "(loop (br 0)) unreachable";
    let (mut store, guest) = ready(&hostile(spin, 64, &[]));
    let limit = Duration::from_millis(20);
    let error = store
        .with_timeout(limit, |store| guest.call_values(store, "f", &[]))
        .unwrap()
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout(_)), "{error}");
}

#[test]
fn on_a_thread_of_its_own() {
    let (store, guest) = guest();
    let call = store
        .spawn(move |store| guest.call::<_, String>(store, "say", "thread"))
        .unwrap();
    let (store, said) = call.wait();
    assert_eq!(said.unwrap(), "hello thread");
    drop(store);
}

#[test]
fn missing_exports_and_wrong_types_are_told_at_once() {
    let allocate = r#"(func (export "allocate") (param i32) (result i32) i32.const 64)"#;
    let deallocate = r#"(func (export "deallocate") (param i32 i32))"#;
    let memory = r#"(memory (export "memory") 1)"#;
    let old = r#"(func (export "f") (param i32 i32))"#;
    for (text, name) in [
        ([allocate, deallocate].concat(), "memory"),
        ([allocate, memory].concat(), "deallocate"),
        ([deallocate, memory].concat(), "allocate"),
    ] {
        let (store, instance) = support::instance(&format!("(module {text})"));
        let error = WasmEdgeBindgen::new(&store, instance).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::NoSuchExport { name: missing, .. } if **missing == *name),
            "{error}"
        );
    }
    let wrong = r#"(func (export "allocate") (param i64) (result i32) i32.const 64)"#;
    let text = [wrong, deallocate, memory].concat();
    let (store, instance) = support::instance(&format!("(module {text})"));
    let error = WasmEdgeBindgen::new(&store, instance).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Signature { .. }),
        "{error}"
    );

    // A guest of the versions below 0.4, which answered through an import.
    let text = [allocate, deallocate, memory, old].concat();
    let (mut store, instance) = support::instance(&format!("(module {text})"));
    let guest = WasmEdgeBindgen::new(&store, instance).unwrap();
    let error = guest.call::<_, ()>(&mut store, "f", ()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Signature { .. }),
        "{error}"
    );
}

#[test]
fn from_a_host_function() {
    let mut env = wasmedge::HostModule::<Option<WasmEdgeBindgen>>::new("env");
    env.func_wrap(
        "ask",
        |mut caller: wasmedge::Caller<'_, Option<WasmEdgeBindgen>>| {
            let guest = caller.data().ok_or_else(|| Error::user(1))?;
            let said: String = guest.call(&mut caller, "say", "host")?;
            Ok::<_, Error>(said.len() as u32)
        },
    )
    .unwrap();
    let mut vm = Vm::new(None).unwrap();
    vm.register_host(&env).unwrap();
    let instance = vm.register_bytes("guest", GUEST).unwrap();
    *vm.data_mut() = Some(WasmEdgeBindgen::new(&vm, instance).unwrap());
    let asking = wasm(
        r#"(module (import "env" "ask" (func $ask (result i32))) (export "run" (func $ask)))"#,
    );
    let len: u32 = vm.run_bytes(asking, "run", ()).unwrap();
    assert_eq!(len, 10);
}
