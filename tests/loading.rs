//! From bytes and files to modules, and what is refused on the way.

use std::fs;

use support::wasm;
use wasmedge::{Config, Error, ErrorCode, ErrorKind, Loader, Module, Proposal, Validator, Vm};

fn loader() -> Loader {
    Loader::new(&Config::new().unwrap()).unwrap()
}

fn load_error(bytes: &[u8]) -> Error {
    let error = loader().load_bytes(bytes).expect_err("not a module");
    assert!(matches!(error.kind(), ErrorKind::Load { .. }), "{error}");
    error
}

#[test]
fn a_file_is_loaded_and_lists_what_it_wants_and_gives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("module.wasm");
    let text = r#"(module
        (import "env" "f" (func (param i32 f64) (result i64)))
        (import "env" "t" (table 1 2 externref))
        (import "env" "m" (memory 1 5))
        (import "env" "g" (global (mut v128)))
        (func (export "own") (result f32) f32.const 1)
        (export "passed on" (func 0))
        (export "table" (table 0))
        (export "memory" (memory 0))
        (export "global" (global 0)))"#;
    fs::write(&path, wasm(text)).unwrap();
    let module = Module::from_file(&Config::new().unwrap(), &path).unwrap();

    let imports: Vec<_> = module.imports().map(|import| import.to_string()).collect();
    assert_eq!(
        imports,
        [
            "`env` `f`: function (i32, f64) -> (i64)",
            "`env` `t`: table of externref 1..=2",
            "`env` `m`: memory 1..=5",
            "`env` `g`: global mut v128",
        ]
    );
    // The types of imports that are passed on are not to be had from the library below 0.14.
    let exports: Vec<_> = module.exports().map(|export| export.to_string()).collect();
    assert_eq!(
        exports,
        [
            "`own`: function () -> (f32)",
            "`passed on`: function (i32, f64) -> (i64)",
            "`table`: table of externref 1..=2",
            "`memory`: memory 1..=5",
            "`global`: global mut v128",
        ]
    );
}

#[test]
fn a_module_can_be_looked_at_before_it_is_validated() {
    let ast = loader()
        .load_bytes(wasm(
            r#"(module (import "a" "b" (memory 1)) (export "c" (memory 0)))"#,
        ))
        .unwrap();
    let imports: Vec<_> = ast.imports().map(|import| import.to_string()).collect();
    assert_eq!(imports, ["`a` `b`: memory 1.."]);
    assert_eq!(ast.exports().len(), 1);
    Validator::new(&Config::new().unwrap())
        .unwrap()
        .validate(ast)
        .unwrap();
}

#[test]
fn names_may_be_any_utf_8() {
    let module =
        support::module(r#"(module (func (export "a\00b \u{1f980}")) (func (export "")))"#);
    let names: Vec<_> = module.exports().map(|export| export.name()).collect();
    assert_eq!(names, ["a\0b 🦀", ""]);
}

#[test]
fn files_that_cannot_be_read_are_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let read_error = |path: &std::path::Path| {
        let error = loader().load_file(path).expect_err("no such file");
        assert!(matches!(error.kind(), ErrorKind::Read { .. }), "{error}");
        error.to_string()
    };

    let missing = folder.path().join("missing.wasm");
    let text = read_error(&missing);
    assert!(text.contains("missing.wasm"), "{text}");
    assert!(text.contains("No such file"), "{text}");

    let text = read_error(folder.path());
    assert!(
        text.ends_with("it is a directory; name a file in it"),
        "{text}"
    );

    // C aborts the process for these two.
    let text = read_error("".as_ref());
    assert!(text.starts_with("cannot read ``: "), "{text}");
    let text = read_error("with\0nul".as_ref());
    assert!(text.contains("nul"), "{text}");
}

#[cfg(unix)]
#[test]
fn devices_are_not_read_for_ever() {
    let error = loader().load_file("/dev/zero").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read `/dev/zero`: it is not a regular file; read it, and load the bytes"
    );
}

#[test]
fn bytes_that_are_not_wasm_are_errors() {
    let whole = wasm(r#"(module (func (export "f") (result i32) i32.const 7))"#);

    let text = load_error(&[]).to_string();
    assert!(
        text.starts_with("cannot load the module: unexpected end"),
        "{text}"
    );
    let text = load_error(b"\0asn\x01\0\0\0").to_string();
    assert!(text.contains("a module begins with the bytes"), "{text}");
    let text = load_error(b"\0asm\x02\0\0\0").to_string();
    assert!(text.contains("version"), "{text}");
    for length in 0..whole.len() {
        let truncated = loader().load_bytes(&whole[..length]);
        // Cut after a section, it is a shorter module; that it is valid is another question.
        if let Err(error) = truncated {
            assert!(matches!(error.kind(), ErrorKind::Load { .. }), "{error}");
        }
    }
    for flipped in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[flipped] ^= 0xff;
        if let Ok(ast) = loader().load_bytes(&bytes) {
            let validator = Validator::new(&Config::new().unwrap()).unwrap();
            validator.validate(ast).expect("valid, as Rust found");
        }
    }
}

#[test]
fn errors_of_the_library_have_its_code_by_name() {
    // Valid by the loader's proposals, and not by the validator's.
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::MultiMemories, true).unwrap();
    let loader = Loader::new(&config).unwrap();
    let ast = loader
        .load_bytes(wasm("(module (memory 1) (memory 1))"))
        .unwrap();
    let error = Validator::new(&Config::new().unwrap())
        .unwrap()
        .validate(ast)
        .unwrap_err();
    let ErrorKind::Validate { reason, .. } = error.kind() else {
        panic!("{error}")
    };
    let code = reason.code().expect("found by the library");
    assert_eq!(code.name(), Some("MultiMemories"));
    assert_eq!(reason.message(), code.message());
    assert_eq!(
        error.to_string(),
        "the module is not valid: multiple memories (MultiMemories)"
    );
    // What Rust found has none.
    let error = load_error(b"not wasm");
    let ErrorKind::Load { reason, .. } = error.kind() else {
        unreachable!()
    };
    assert_eq!(reason.code(), None);
}

#[test]
fn a_file_that_is_no_module_is_named_by_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let config = Config::new().unwrap();
    let torn = write("torn.wasm", b"\0asm\x01\0");
    let named = format!("cannot load `{}`: unexpected end", torn.display());
    let expect_named = |error: Error| {
        assert!(error.to_string().starts_with(&named), "{error}");
        let ErrorKind::Load { path, .. } = error.kind() else {
            panic!("{error}")
        };
        assert_eq!(path.as_ref(), Some(&torn));
    };
    expect_named(loader().load_file(&torn).unwrap_err());
    let mut vm = Vm::new(()).unwrap();
    expect_named(vm.register_file("a", &torn).unwrap_err());
    expect_named(vm.run_file::<(), ()>(&torn, "f", ()).unwrap_err());

    let invalid = write("invalid.wasm", &wasm("(module (func (result i32)))"));
    let named = format!("`{}` is not valid: type mismatch", invalid.display());
    let error = vm.load_file(&invalid).unwrap_err();
    assert!(error.to_string().starts_with(&named), "{error}");
    assert!(
        matches!(error.kind(), ErrorKind::Validate { path: Some(path), .. } if *path == invalid),
        "{error:?}"
    );

    // The step after the one that saw the file.
    let two = write("two.wasm", &wasm("(module (memory 1) (memory 1))"));
    let mut more = Config::new().unwrap();
    more.proposal(Proposal::MultiMemories, true).unwrap();
    let ast = Loader::new(&more).unwrap().load_file(&two).unwrap();
    let error = Validator::new(&config).unwrap().validate(ast).unwrap_err();
    let named = format!("`{}` is not valid: multiple memories", two.display());
    assert!(error.to_string().starts_with(&named), "{error}");

    let plain = write("plain.wasm", &wasm("(module)"));
    // SAFETY: there is no native code in it.
    let error = unsafe { Module::from_compiled_file(&config, &plain) }.unwrap_err();
    let named = format!("cannot load `{}`: it carries no native", plain.display());
    assert!(error.to_string().starts_with(&named), "{error}");
}

#[test]
fn all_codes_have_a_name_and_a_text() {
    let codes: Vec<_> = ErrorCode::all().collect();
    assert!(codes.len() >= 70, "{}", codes.len());
    for code in &codes {
        assert!(code.name().is_some_and(|name| !name.is_empty()), "{code:?}");
        assert_ne!(code.message(), "unknown error", "{code:?}");
    }
    let names: std::collections::HashSet<_> = codes.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), codes.len());
}

#[test]
fn modules_that_break_a_rule_are_not_valid() {
    let error = loader()
        .load_bytes(wasm("(module (func (result i32) i64.const 0))"))
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Validate { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("type mismatch"), "{error}");
    assert!(error.to_string().contains("(at offset 0x"), "{error}");
}

#[test]
fn s4_native_libraries_are_refused() {
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.resize(4096, 0);
    let text = load_error(&elf).to_string();
    assert!(
        text.contains("native shared library or program (ELF)"),
        "{text}"
    );
    assert!(load_error(b"MZ\x90\0").to_string().contains("PE"));
    assert!(
        load_error(b"\xcf\xfa\xed\xfe\0")
            .to_string()
            .contains("Mach-O")
    );

    // By path as well, where C would run its constructors.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("looks-like.wasm");
    fs::write(&path, &elf).unwrap();
    let error = loader().load_file(&path).unwrap_err();
    assert!(error.to_string().contains("ELF"), "{error}");
}

#[test]
fn s4_native_code_inside_a_module_is_not_looked_at() {
    // The section that the library's compiler writes. C takes the numbers in it for addresses and
    // sizes while parsing, and writes out of bounds for these (unless told to interpret).
    let mut bytes = wasm(r#"(module (func (export "f") (result i32) i32.const 7))"#);
    let name = b"\x08wasmedge";
    let junk = [0x7f; 90];
    bytes.push(0);
    bytes.push(u8::try_from(name.len() + junk.len()).unwrap());
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&junk);

    let mut vm = Vm::new(()).unwrap();
    assert_eq!(vm.run_bytes::<(), i32>(&bytes, "f", ()).unwrap(), 7);
}

#[test]
fn s15_sizes_beyond_the_limits_are_refused() {
    let mut config = Config::new().unwrap();
    config.max_memory_pages(10).unwrap();
    let loader = Loader::new(&config).unwrap();

    loader.load_bytes(wasm("(module (memory 10))")).unwrap();
    let error = loader.load_bytes(wasm("(module (memory 11))")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("declares a memory of 11 pages; the configuration allows 10"),
        "{error}"
    );
    let error = loader
        .load_bytes(wasm(r#"(module (import "env" "m" (memory 12)))"#))
        .unwrap_err();
    assert!(error.to_string().contains("12 pages"), "{error}");

    // C reserves 34 GB for this one and aborts.
    let error = loader
        .load_bytes(wasm("(module (table 0xffffffff funcref))"))
        .unwrap_err();
    assert!(
        error.to_string().contains("table of 4294967295 elements"),
        "{error}"
    );
}

#[test]
fn s15_configurations_beyond_the_limits_are_refused() {
    let mut config = Config::new().unwrap();
    let error = config.max_memory_pages(65537).unwrap_err();
    assert!(error.to_string().contains("65537"), "{error}");
    assert_eq!(config.get_max_memory_pages(), 65536);
    assert!(config.max_memory_pages(u64::MAX).is_err());
}

#[test]
fn what_is_shared_is_refused_without_the_proposal() {
    let mut config = Config::new().unwrap();
    let memories = [
        "(module (memory 1 1 shared))",
        r#"(module (import "env" "m" (memory 0 0 shared)))"#,
    ];
    for threads in [false, true] {
        config.proposal(Proposal::Threads, threads).unwrap();
        let loader = Loader::new(&config).unwrap();
        for text in memories {
            let loaded = loader.load_bytes(wasm(text));
            assert_eq!(loaded.is_ok(), threads, "{text}: {loaded:?}");
        }
    }
    // Tables are not shared in any version.
    let table = b"\0asm\x01\0\0\0\x04\x05\x01\x70\x03\x01\x01";
    let error = Loader::new(&config).unwrap().load_bytes(table).unwrap_err();
    assert!(error.to_string().contains("shared tables"), "{error}");
}

#[test]
fn s13_proposals_that_break_the_rules_stay_off() {
    let mut config = Config::new().unwrap();
    assert!(!config.has_proposal(Proposal::TailCall));
    let error = config.proposal(Proposal::TailCall, true).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unsupported { .. }),
        "{error}"
    );
    assert!(!config.has_proposal(Proposal::TailCall));

    let tail_call = wasm("(module (func $f return_call $f))");
    assert!(Module::new(&config, &tail_call).is_err());
}

#[test]
fn proposals_turned_off_make_modules_invalid() {
    let simd = wasm("(module (func (result v128) v128.const i64x2 0 0))");
    let mut config = Config::new().unwrap();
    Module::new(&config, &simd).unwrap();
    config.proposal(Proposal::Simd, false).unwrap();
    assert!(Module::new(&config, &simd).is_err());
}
