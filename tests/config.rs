//! Settings that are more than numbers.

use support::{module, wasm};
use wasmedge::{Config, ErrorKind, Module, Proposal, Standard, Store, Wasi};

/// Asks WASI for a stream socket of an address family, and gives the error number.
fn open_socket(config: &Config, family: i32) -> i32 {
    let wasm = wasm(
        r#"(module
             (import "wasi_snapshot_preview1" "sock_open"
               (func $open (param i32 i32 i32) (result i32)))
             (memory (export "memory") 1)
             (func (export "open") (param i32) (result i32)
               (call $open (local.get 0) (i32.const 2) (i32.const 0))))"#,
    );
    let mut store = Store::with_config(config, ()).unwrap();
    store.register_wasi(&Wasi::new()).unwrap();
    let instance = store
        .instantiate(&Module::new(config, wasm).unwrap())
        .unwrap();
    let open = instance.get_typed_func::<i32, i32>(&store, "open").unwrap();
    open.call(&mut store, family).unwrap()
}

#[cfg(unix)]
#[test]
fn guests_make_unix_sockets_only_where_they_may() {
    const INTERNET: i32 = 1;
    const UNIX: i32 = 3;
    const NOT_SUPPORTED: i32 = 52;

    let mut config = Config::new().unwrap();
    assert!(!config.allows_af_unix());
    assert_eq!(open_socket(&config, UNIX), NOT_SUPPORTED);
    assert_eq!(open_socket(&config, INTERNET), 0);

    config.allow_af_unix(true);
    assert!(config.allows_af_unix());
    assert_eq!(open_socket(&config, UNIX), 0);

    config.allow_af_unix(false);
    assert_eq!(open_socket(&config, UNIX), NOT_SUPPORTED);
}

const ALL: [Proposal; 17] = [
    Proposal::ImportExportMutGlobals,
    Proposal::NonTrapFloatToIntConversions,
    Proposal::SignExtensionOperators,
    Proposal::MultiValue,
    Proposal::BulkMemoryOperations,
    Proposal::ReferenceTypes,
    Proposal::Simd,
    Proposal::TailCall,
    Proposal::MultiMemories,
    Proposal::Annotations,
    Proposal::Memory64,
    Proposal::ExceptionHandling,
    Proposal::ExtendedConst,
    Proposal::Threads,
    Proposal::FunctionReferences,
    Proposal::Gc,
    Proposal::RelaxedSimd,
];

fn proposals(config: &Config) -> Vec<Proposal> {
    ALL.into_iter()
        .filter(|&proposal| config.has_proposal(proposal))
        .collect()
}

/// The proposals beyond WebAssembly 2.0 that safe code can enable on this version of the library.
fn proven() -> Vec<Proposal> {
    let minor = wasmedge::version::headers().minor;
    let mut proven = vec![
        Proposal::MultiMemories,
        Proposal::Annotations,
        Proposal::ExtendedConst,
        Proposal::Threads,
    ];
    if minor >= 17 {
        proven.extend([Proposal::RelaxedSimd, Proposal::Memory64]);
    }
    proven
}

#[test]
fn d3_a_new_configuration_is_webassembly_2_on_every_version() {
    assert_eq!(proposals(&Config::new().unwrap()), ALL[..7]);
    assert_eq!(proposals(&Config::untrusted().unwrap()), ALL[..7]);
}

#[test]
fn d3_safe_code_enables_what_is_proven_and_nothing_else() {
    for proposal in ALL {
        let mut config = Config::new().unwrap();
        let enabled = config.proposal(proposal, true).map(drop);
        if ALL[..7].contains(&proposal) || proven().contains(&proposal) {
            enabled.unwrap();
            assert!(config.has_proposal(proposal), "{proposal:?}");
            config.proposal(proposal, false).unwrap();
        } else {
            let error = enabled.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
        }
        assert!(!config.has_proposal(proposal), "{proposal:?}");
        // What is off can be disabled, whatever it is.
        config.proposal(proposal, false).unwrap();
    }
    let mut config = Config::new().unwrap();
    let error = config.proposal(Proposal::Component, true).unwrap_err();
    assert!(error.to_string().contains("not components"), "{error}");
}

#[test]
fn a_configuration_is_a_value() {
    let mut one = Config::new().unwrap();
    one.max_memory_pages(3).unwrap().count_instructions(true);
    Store::with_config(&one, ()).unwrap();
    let mut other = one.clone();
    other.max_memory_pages(4).unwrap().measure_cost(true);
    other.proposal(Proposal::Threads, true).unwrap();
    assert_eq!(one.get_max_memory_pages(), 3);
    assert!(!one.measures_cost());
    assert!(!one.has_proposal(Proposal::Threads));
    assert!(other.counts_instructions());

    // Each is what its stores and modules go by, in the library, too.
    let grows = wasm(
        r#"(module (memory 3)
             (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#,
    );
    for (config, grown) in [(&one, -1), (&other, 3), (&one, -1)] {
        let mut store = Store::with_config(config, ()).unwrap();
        let module = Module::new(config, &grows).unwrap();
        let instance = store.instantiate(&module).unwrap();
        let grow = instance.get_typed_func::<(), i32>(&store, "grow").unwrap();
        assert_eq!(grow.call(&mut store, ()).unwrap(), grown);
    }
    // A setting that is changed after it was used counts from then on.
    let shared = wasm("(module (memory 1 1 shared))");
    Module::new(&other, &shared).unwrap();
    other.proposal(Proposal::Threads, false).unwrap();
    Module::new(&other, &shared).unwrap_err();
}

#[test]
fn a_standard_is_a_set_of_proposals() {
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Threads, true).unwrap();
    config.standard(Standard::Wasm1);
    assert_eq!(proposals(&config), [Proposal::ImportExportMutGlobals]);
    config.standard(Standard::Wasm2);
    assert_eq!(proposals(&config), ALL[..7]);
    config.standard(Standard::Wasm3);
    for proposal in proven() {
        let is_of_it = !matches!(proposal, Proposal::Threads | Proposal::Annotations);
        assert_eq!(config.has_proposal(proposal), is_of_it, "{proposal:?}");
    }

    let vectors = wasm("(module (func (drop (v128.const i64x2 1 2))))");
    Module::new(&config, &vectors).unwrap();
    config.standard(Standard::Wasm1);
    Module::new(&config, &vectors).unwrap_err();
}

#[test]
fn s13_the_library_enables_what_the_configuration_does() {
    let run = |config: &Config, text: &str| {
        let mut store = Store::with_config(config, ()).unwrap();
        let module = Module::new(config, wasm(text)).unwrap();
        let instance = store.instantiate(&module).unwrap();
        let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
        f.call(&mut store, ()).unwrap()
    };
    // Nothing is on that is off, of which the library tells by its own list alone.
    let mut config = Config::new().unwrap();
    config.standard(Standard::Wasm1);
    assert_eq!(
        run(
            &config,
            r#"(module (func (export "f") (result i32) (i32.const 7)))"#
        ),
        7
    );
    // What is on is on in the library, which refuses all of this by itself.
    for proposal in proven() {
        config.proposal(proposal, true).unwrap();
    }
    let text = r#"(module (memory 1) (memory $two 1 1 shared)
        (global $g i32 (i32.add (i32.const 3) (i32.const 4)))
        (func (export "f") (result i32)
          (i32.atomic.store $two (i32.const 8) (global.get $g))
          (i32.load $two (i32.const 8))))"#;
    assert_eq!(run(&config, text), 7);
}

#[test]
fn s13_a_proposal_that_another_one_needs_is_not_left_on_silently() {
    let mut config = Config::new().unwrap();
    // SAFETY: nothing is run.
    if unsafe { config.enable_unchecked(Proposal::Gc) }.is_err() {
        assert!(wasmedge::version::headers().minor < 14);
        return;
    }
    let needed = [Proposal::FunctionReferences, Proposal::ReferenceTypes];
    for proposal in needed {
        // One brings what it needs, and keeps it.
        assert!(config.has_proposal(proposal));
        let error = config.proposal(proposal, false).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    }
    // The library agrees.
    Store::with_config(&config, ()).unwrap();
    config.proposal(Proposal::Gc, false).unwrap();
    for proposal in needed {
        config.proposal(proposal, false).unwrap();
        assert!(!config.has_proposal(proposal));
    }
    Store::with_config(&config, ()).unwrap();
}

#[test]
fn s13_no_standard_turns_on_what_is_unsound() {
    let unsound = [
        Proposal::TailCall,
        Proposal::ExceptionHandling,
        Proposal::FunctionReferences,
        Proposal::Gc,
    ];
    let mut config = Config::new().unwrap();
    for standard in [Standard::Wasm1, Standard::Wasm2, Standard::Wasm3] {
        // What was vouched for goes as well: the setter is safe, whatever came before.
        // SAFETY: nothing is run.
        unsafe { config.enable_unchecked(Proposal::TailCall) }.unwrap();
        config.standard(standard);
        for proposal in unsound {
            assert!(!config.has_proposal(proposal), "{standard:?} {proposal:?}");
        }
    }
    let tail = wasm("(module (func $f (return_call $f)))");
    Module::new(&config, tail).unwrap_err();
}

#[test]
fn s2_memories_and_tables_with_64_bit_addresses_are_types_of_their_own() {
    let mut config = Config::new().unwrap();
    let wide = wasm(r#"(module (memory (export "m") i64 1 2) (table (export "t") i64 1 funcref))"#);
    if config.proposal(Proposal::Memory64, true).is_err() {
        assert!(wasmedge::version::headers().minor < 17);
        Module::new(&config, wide).unwrap_err();
        return;
    }
    let wide = Module::new(&config, wide).unwrap();
    let exports: Vec<_> = wide.exports().map(|export| export.to_string()).collect();
    assert_eq!(
        exports,
        ["`m`: memory i64 1..=2", "`t`: table of funcref i64 1.."]
    );

    let mut store = Store::with_config(&config, ()).unwrap();
    let wide = store.register("wide", &wide).unwrap();
    let narrow = r#"(module (memory (export "m") 1 2) (table (export "t") 1 funcref))"#;
    let narrow = store.register("narrow", &module(narrow)).unwrap();
    let memory = |instance: wasmedge::Instance, store: &Store<()>| {
        instance.get_memory(store, "m").unwrap().ty(store)
    };
    assert!(memory(wide, &store).is_64());
    assert!(!memory(narrow, &store).is_64());

    for (from, import, fits) in [
        ("wide", r#""m" (memory i64 1 2)"#, true),
        ("wide", r#""m" (memory 1 2)"#, false),
        ("narrow", r#""m" (memory i64 1 2)"#, false),
        ("narrow", r#""m" (memory 1 2)"#, true),
        ("wide", r#""t" (table i64 1 funcref)"#, true),
        ("wide", r#""t" (table 1 funcref)"#, false),
        ("narrow", r#""t" (table i64 1 funcref)"#, false),
        ("narrow", r#""t" (table 1 funcref)"#, true),
    ] {
        let text = format!(r#"(module (import "{from}" {import}))"#);
        let importer = Module::new(&config, wasm(&text)).unwrap();
        match store.instantiate(&importer) {
            Ok(_) => assert!(fits, "{text}"),
            Err(error) => {
                assert!(!fits, "{text}: {error}");
                assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
            }
        }
    }
}

#[test]
fn a_host_module_may_have_a_memory_of_a_wide_type() {
    let mut config = Config::new().unwrap();
    let text = r#"(module (import "host" "m" (memory i64 1 2))
                    (func (export "get") (result i32) (i32.load8_u (i64.const 65535))))"#;
    if config.proposal(Proposal::Memory64, true).is_err() {
        return;
    }
    let importer = Module::new(&config, wasm(text)).unwrap();
    let ty = *importer.imports().next().unwrap().ty().memory().unwrap();
    let mut host = wasmedge::HostModule::new("host");
    host.memory("m", ty).unwrap();
    let mut store = Store::with_config(&config, ()).unwrap();
    let host = store.register_host(&host).unwrap();
    let memory = host.get_memory(&store, "m").unwrap();
    memory.write(&mut store, 65535, &[7]).unwrap();
    let instance = store.instantiate(&importer).unwrap();
    let get = instance.get_typed_func::<(), i32>(&store, "get").unwrap();
    assert_eq!(get.call(&mut store, ()).unwrap(), 7);
}

#[test]
fn untrusted_tells_the_bounds_that_its_table_has() {
    let mut config = Config::untrusted().unwrap();
    assert_eq!(config.get_fuel(), Some(1_000_000_000));
    assert!(config.measures_cost());
    assert_eq!(config.get_max_memory_pages(), 4096);
    assert_eq!(config.get_max_instances_memory(), Some(1 << 30));
    assert_eq!(config.get_max_call_depth(), Some(10_000));
    assert_eq!(config.get_max_table_elements(), Some(1_000_000));
    assert!(config.confines_wasi());
    // Each can be set anew.
    config.fuel(5).max_instances_memory(6).confine_wasi(false);
    assert_eq!(config.get_fuel(), Some(5));
    assert_eq!(config.get_max_instances_memory(), Some(6));
    assert!(!config.confines_wasi());

    let config = Config::new().unwrap();
    assert_eq!(config.get_fuel(), None);
    assert_eq!(config.get_max_instances_memory(), None);
    assert_eq!(config.get_max_call_depth(), None);
    assert_eq!(config.get_max_table_elements(), None);
    assert!(!config.confines_wasi());
}
