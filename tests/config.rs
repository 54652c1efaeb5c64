//! Settings that are more than numbers.

mod support;

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

/// Whether the library has standards; where it has none, it is said so.
fn has_standards() -> bool {
    let mut config = Config::new().unwrap();
    let before = proposals(&config);
    match config.standard(Standard::Wasm1) {
        Ok(_) => true,
        Err(error) => {
            assert!(wasmedge::version::headers().minor < 16, "{error}");
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
            drop(error);
            assert_eq!(proposals(&config), before);
            false
        }
    }
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

#[test]
fn a_standard_is_a_set_of_proposals() {
    if !has_standards() {
        return;
    }
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Threads, true).unwrap();
    config.standard(Standard::Wasm1).unwrap();
    assert_eq!(proposals(&config), [Proposal::ImportExportMutGlobals]);
    config.standard(Standard::Wasm2).unwrap();
    assert_eq!(proposals(&config), ALL[..7]);
    config.standard(Standard::Wasm3).unwrap();
    assert!(config.has_proposal(Proposal::MultiMemories));
    assert!(config.has_proposal(Proposal::ExceptionHandling));
    assert!(!config.has_proposal(Proposal::Threads));

    let vectors = wasm("(module (func (drop (v128.const i64x2 1 2))))");
    Module::new(&config, &vectors).unwrap();
    config.standard(Standard::Wasm1).unwrap();
    Module::new(&config, &vectors).unwrap_err();
}

#[test]
fn s13_a_proposal_that_another_one_needs_is_not_left_on_silently() {
    let mut config = Config::new().unwrap();
    if !config.has_proposal(Proposal::Gc) {
        // Where it is unsound, it is off, and so are the typed references that it needs.
        assert!(!config.has_proposal(Proposal::FunctionReferences));
        return;
    }
    let needed = [Proposal::FunctionReferences, Proposal::ReferenceTypes];
    for proposal in needed {
        let error = config.proposal(proposal, false).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    }
    config.proposal(Proposal::Gc, false).unwrap();
    for proposal in needed {
        config.proposal(proposal, false).unwrap();
        assert!(!config.has_proposal(proposal));
    }
    // One brings what it needs.
    config.proposal(Proposal::Gc, true).unwrap();
    assert!(
        needed
            .into_iter()
            .all(|proposal| config.has_proposal(proposal))
    );
}

#[test]
fn s13_no_standard_turns_on_what_is_unsound() {
    if !has_standards() {
        return;
    }
    let patch = wasmedge::version::headers();
    let typed_references = (patch.minor, patch.patch) >= (17, 1);
    for standard in [Standard::Wasm1, Standard::Wasm2, Standard::Wasm3] {
        let mut config = Config::new().unwrap();
        config.standard(standard).unwrap();
        assert!(!config.has_proposal(Proposal::TailCall), "{standard:?}");
        if !typed_references {
            assert!(!config.has_proposal(Proposal::Gc), "{standard:?}");
            assert!(
                !config.has_proposal(Proposal::FunctionReferences),
                "{standard:?}"
            );
        }
    }
    let mut config = Config::new().unwrap();
    config.standard(Standard::Wasm3).unwrap();
    let tail = wasm("(module (func $f (return_call $f)))");
    Module::new(&config, tail).unwrap_err();

    // What was vouched for is gone as well: the setter is safe, whatever came before.
    // SAFETY: nothing is run.
    unsafe { config.enable_unchecked(Proposal::TailCall) }.unwrap();
    config.standard(Standard::Wasm3).unwrap();
    assert!(!config.has_proposal(Proposal::TailCall));
}

#[test]
fn s2_memories_and_tables_with_64_bit_addresses_are_types_of_their_own() {
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Memory64, true).unwrap();
    let wide = wasm(r#"(module (memory (export "m") i64 1 2) (table (export "t") i64 1 funcref))"#);
    let Ok(wide) = Module::new(&config, wide) else {
        assert!(wasmedge::version::headers().minor < 17);
        return;
    };
    if wasmedge::version::headers().minor < 17 {
        return;
    }
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
    config.proposal(Proposal::Memory64, true).unwrap();
    let text = r#"(module (import "host" "m" (memory i64 1 2))
                    (func (export "get") (result i32) (i32.load8_u (i64.const 65535))))"#;
    let Ok(importer) = Module::new(&config, wasm(text)) else {
        return;
    };
    if wasmedge::version::headers().minor < 17 {
        return;
    }
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
    if has_standards() {
        let mut standard = Config::new().unwrap();
        standard.standard(Standard::Wasm2).unwrap();
        assert_eq!(proposals(&config), proposals(&standard));
    }
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
