//! What stands at the door of the library: bytes that are not valid never come to it (D1), nothing is
//! asked of its own reading of a module (D2), and safe code enables no proposal that is not proven (D3).

use support::wasm;
use wasmedge::{
    Compiler, Config, Error, ErrorKind, HostModule, Loader, Memory, MemoryType, Module, Proposal,
    Store, Trap,
};

fn new() -> Config {
    Config::new().unwrap()
}

/// A configuration with all that safe code can enable on this version.
fn everything() -> Config {
    let mut config = new();
    for proposal in [
        Proposal::MultiMemories,
        Proposal::Annotations,
        Proposal::Memory64,
        Proposal::ExtendedConst,
        Proposal::Threads,
        Proposal::RelaxedSimd,
    ] {
        // Some are not there on each version.
        let _ = config.proposal(proposal, true);
    }
    config
}

fn refused(config: &Config, wasm: &[u8]) -> Error {
    let error = Loader::new(config)
        .unwrap()
        .load_bytes(wasm)
        .expect_err("not valid");
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Load { .. } | ErrorKind::Validate { .. }
        ),
        "{error}"
    );
    // Whatever the door of the compiler, it is the same.
    if let Ok(compiler) = Compiler::new(config) {
        let folder = tempfile::tempdir().unwrap();
        let compiled = compiler.compile_bytes(wasm, folder.path().join("o.wasm"));
        let compile_error = compiled.expect_err("not valid");
        let ErrorKind::Compile { reason, .. } = compile_error.kind() else {
            panic!("{compile_error}")
        };
        assert!(error.to_string().ends_with(&reason.to_string()), "{error}");
    }
    error
}

/// A module of sections by their numbers and contents.
fn sections(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    for (id, contents) in sections {
        wasm.push(*id);
        wasm.push(u8::try_from(contents.len()).unwrap());
        wasm.extend_from_slice(contents);
    }
    wasm
}

/// A module with one exported function `(i32) -> i32` of this code, and a memory.
fn function(code: &[u8]) -> Vec<u8> {
    let mut body = vec![1, u8::try_from(code.len() + 2).unwrap(), 0];
    body.extend_from_slice(code);
    body.push(0x0b);
    sections(&[
        (1, &[1, 0x60, 1, 0x7f, 1, 0x7f]),
        (3, &[1, 0]),
        (5, &[1, 0, 2]),
        (7, &[1, 1, b'f', 0, 0]),
        (10, &body),
    ])
}

#[test]
fn d1_other_spellings_of_an_instruction_are_none() {
    // Below 0.14 the library adds the second byte in 16 bits, and takes these for `memory.grow`.
    for hidden in [[0xfc, 0xc0, 0x08], [0xfd, 0xc0, 0x06], [0xfe, 0xc0, 0x04]] {
        let mut code = vec![0x20, 0];
        code.extend_from_slice(&hidden);
        code.push(0);
        refused(&everything(), &function(&code));
    }
    // The same trick with each instruction of one byte: 0xfc00 + n wraps to it.
    for opcode in 0..=0xff_u32 {
        for prefix in [0xfc_u32, 0xfd, 0xfe] {
            let mut code = vec![0x20, 0, u8::try_from(prefix).unwrap()];
            let mut number = (0x1_0000 - (prefix << 8)) + opcode;
            while number > 0x7f {
                code.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
                number >>= 7;
            }
            code.push(u8::try_from(number).unwrap());
            code.extend_from_slice(&[0, 0]);
            let wasm = function(&code);
            let loaded = Loader::new(&everything()).unwrap().load_bytes(&wasm);
            assert!(loaded.is_err(), "{prefix:x} {opcode:x}");
        }
    }
    // The right spelling, longer than it needs to be, is the instruction itself.
    let grow = function(&[0x20, 0, 0x40, 0]);
    Module::new(&new(), grow).unwrap();
}

#[test]
fn d1_types_are_looked_at_also_where_there_are_none_of_them() {
    // No local of type `(ref null 63)`: the library looks at types once for each local.
    for type_index in [0, 1, 63] {
        let wasm = sections(&[
            (1, &[1, 0x60, 0, 0]),
            (3, &[1, 0]),
            (7, &[1, 1, b'f', 0, 0]),
            (10, &[1, 5, 1, 0, 0x63, type_index, 0x0b]),
        ]);
        refused(&everything(), &wasm);
        refused(&Config::untrusted().unwrap(), &wasm);
    }
}

#[test]
fn d2_a_tag_of_a_type_that_is_not_there_is_refused() {
    let exported = sections(&[
        (1, &[1, 0x60, 0, 0]),
        (13, &[1, 0, 7]),
        (7, &[1, 1, b't', 4, 0]),
    ]);
    let imported = sections(&[(1, &[1, 0x60, 0, 0]), (2, &[1, 1, b'a', 1, b't', 4, 0, 7])]);
    let mut config = everything();
    // SAFETY: nothing is run.
    let _ = unsafe { config.enable_unchecked(Proposal::ExceptionHandling) };
    for wasm in [exported, imported] {
        refused(&config, &wasm);
        refused(&new(), &wasm);
    }
}

#[test]
fn d2_no_type_comes_from_a_module_that_is_not_valid() {
    // A memory and a table of at least five and at most two.
    let imports = sections(&[(
        2,
        &[
            2, 1, b'e', 1, b'm', 2, 1, 5, 2, 1, b'e', 1, b't', 1, 0x70, 1, 5, 2,
        ],
    )]);
    refused(&new(), &imports);
    refused(&new(), &sections(&[(5, &[1, 1, 5, 2])]));
    refused(&new(), &sections(&[(4, &[1, 0x70, 1, 5, 2])]));
    // A function of a type that is not there.
    refused(&new(), &sections(&[(2, &[1, 1, b'e', 1, b'f', 0, 9])]));
    refused(&new(), &sections(&[(3, &[1, 0]), (10, &[1, 2, 0, 0x0b])]));
    // An export of something that is not there.
    for kind in 0..5 {
        refused(&new(), &sections(&[(7, &[1, 1, b'x', kind, 0])]));
    }
}

#[test]
fn d2_imports_and_exports_are_told_in_order_and_with_their_types() {
    let text = r#"(module
        (import "b" "x" (func (param i32 i64 f32 f64 v128 funcref externref)))
        (import "a" "x" (global i32))
        (import "b" "x" (func (result i32)))
        (import "b" "t" (table 1 2 externref))
        (func $own (result externref) (ref.null extern))
        (memory 1 2)
        (global $g (mut f64) (f64.const 0))
        (export "one" (func $own))
        (export "two" (func 1))
        (export "three" (table 0))
        (export "" (memory 0))
        (export "five" (global $g))
        (export "six" (global 0)))"#;
    let ast = Loader::new(&new()).unwrap().load_bytes(wasm(text)).unwrap();
    let imports: Vec<_> = ast.imports().map(|import| import.to_string()).collect();
    assert_eq!(
        imports,
        [
            "`b` `x`: function (i32, i64, f32, f64, v128, funcref, externref) -> ()",
            "`a` `x`: global i32",
            "`b` `x`: function () -> (i32)",
            "`b` `t`: table of externref 1..=2",
        ]
    );
    let exports: Vec<_> = ast.exports().map(|export| export.to_string()).collect();
    assert_eq!(
        exports,
        [
            "`one`: function () -> (externref)",
            "`two`: function () -> (i32)",
            "`three`: table of externref 1..=2",
            "``: memory 1..=2",
            "`five`: global mut f64",
            "`six`: global i32",
        ]
    );
}

#[test]
fn s3_a_memory_with_64_bit_addresses_that_the_host_makes_has_a_maximum() {
    let config = everything();
    if !config.has_proposal(Proposal::Memory64) {
        return;
    }
    let guest = wasm(
        r#"(module
             (import "env" "m" (memory i64 1))
             (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
             (func (export "load") (param i64) (result i32) (i32.load8_u (local.get 0))))"#,
    );
    let guest = Module::new(&config, &guest).unwrap();
    let ty = *guest.imports().next().unwrap().ty().memory().unwrap();
    assert!(ty.is_64() && ty.limits().max().is_none());
    let mut env = HostModule::new("env");
    env.memory("m", ty).unwrap();
    let mut store = Store::with_config(&config, ()).unwrap();
    let env = store.register_host(&env).unwrap();
    let memory = env.get_memory(&store, "m").unwrap();
    assert_eq!(
        memory.ty(&store).limits().max(),
        Some(config.get_max_memory_pages())
    );
    let instance = store.instantiate(&guest).unwrap();
    let grow = instance.get_typed_func::<i64, i64>(&store, "grow").unwrap();
    let load = instance.get_typed_func::<i64, i32>(&store, "load").unwrap();
    for pages in [65_536, 1 << 20, 1 << 40, i64::MAX, -1] {
        assert_eq!(grow.call(&mut store, pages).unwrap(), -1, "{pages}");
    }
    assert_eq!(grow.call(&mut store, 1).unwrap(), 1);
    for place in [2 << 16, 8 << 30, 12 << 30, i64::MAX, -1] {
        let error = load.call(&mut store, place).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds), "{place}");
    }
    // Memories of all instances together are counted with it.
    let mut bounded = config.clone();
    bounded.max_instances_memory(1 << 20);
    let mut store = Store::with_config(&bounded, ()).unwrap();
    let error = Memory::new(&mut store, ty).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::StoreMemory { .. }),
        "{error}"
    );
    assert!(MemoryType::new(1 << 20, None).is_err());
}

#[test]
fn d3_what_lets_a_guest_make_up_references_cannot_be_enabled() {
    for proposal in [
        Proposal::ExceptionHandling,
        Proposal::TailCall,
        Proposal::FunctionReferences,
        Proposal::Gc,
        Proposal::Component,
    ] {
        let mut config = new();
        config.proposal(proposal, true).unwrap_err();
        assert!(!config.has_proposal(proposal));
    }
    // A branch out of `try_table` leaves its handler on the library's stack.
    let confuses = wasm(
        r#"(module (tag $e) (tag $o)
             (func (export "f") (result i32)
               (block $L
                 (block $x (try_table (catch $e $L) (br $x)))
                 (block $K (try_table (catch $o $K) (throw $e)))
                 (return (i32.const 0)))
               (i32.const 1)))"#,
    );
    for config in [new(), everything(), Config::untrusted().unwrap()] {
        let error = refused(&config, &confuses);
        assert!(error.to_string().contains("ExceptionHandling"), "{error}");
    }
}

#[test]
fn d1_a_missing_proposal_is_named() {
    let cases = [
        ("(module (memory 1) (memory 1))", "MultiMemories"),
        ("(module (memory 1 1 shared))", "Threads"),
        (
            "(module (func (drop (i32.atomic.load (i32.const 0)))) (memory 1))",
            "Threads",
        ),
        (
            "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
            "ExtendedConst",
        ),
        ("(module (memory i64 1))", "Memory64"),
        (
            "(module (func (param v128) (result v128)
               (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))",
            "RelaxedSimd",
        ),
        ("(module (func $f (return_call $f)))", "TailCall"),
        ("(module (tag))", "ExceptionHandling"),
        (
            "(module (type $t (func)) (func (param (ref null $t))))",
            "FunctionReferences",
        ),
        ("(module (type (struct)))", "Gc"),
    ];
    for (text, proposal) in cases {
        let error = refused(&new(), &wasm(text)).to_string();
        assert!(
            error.contains(&format!("it needs proposal {proposal}")),
            "{error}"
        );
    }
    // Two of them, and one that another one makes up for.
    let error = refused(
        &new(),
        &wasm("(module (memory 1 1 shared) (memory 1) (func (drop (memory.size 1))))"),
    );
    let text = error.to_string();
    assert!(
        text.contains("Threads") && text.contains("MultiMemories"),
        "{text}"
    );
    let mut config = new();
    config.proposal(Proposal::Simd, false).unwrap();
    let vectors = wasm("(module (func (drop (v128.const i64x2 1 2))))");
    let error = refused(&config, &vectors).to_string();
    assert!(
        error.ends_with("it needs proposal Simd; enable it with `Config::proposal`"),
        "{error}"
    );
    // What no proposal mends names none.
    let error = refused(&new(), &wasm("(module (func (result i32)))"));
    assert!(!error.to_string().contains("proposal"), "{error}");
}

#[test]
fn d1_what_is_no_module_is_named() {
    let component = b"\0asm\x0d\0\x01\0";
    let error = refused(&new(), component).to_string();
    assert!(error.contains("it is a component"), "{error}");
    let error = refused(&new(), b" (module)").to_string();
    assert!(error.contains("the text format"), "{error}");
    let error = refused(&new(), b"\0asm\x02\0\0\0").to_string();
    assert!(error.contains("version"), "{error}");
}

#[test]
fn d1_limits_of_web_browsers_are_limits_here() {
    let locals = sections(&[
        (1, &[1, 0x60, 0, 0]),
        (3, &[1, 0]),
        (10, &[1, 8, 1, 0x80, 0x80, 0x80, 0x80, 1, 0x7f, 0x0b]),
    ]);
    let error = refused(&new(), &locals).to_string();
    assert!(error.contains("locals"), "{error}");
    let memories = format!("(module {})", "(memory 0)".repeat(101));
    let error = refused(&everything(), &wasm(&memories)).to_string();
    assert!(error.contains("memories"), "{error}");
}

#[test]
fn s3_what_is_as_large_as_the_bounds_are_is_taken() {
    let mut config = new();
    config.max_memory_pages(3).unwrap();
    config.max_table_elements(20).unwrap();
    for (declares, over) in [
        ("(memory 3)", "(memory 4)"),
        (
            r#"(import "e" "m" (memory 3))"#,
            r#"(import "e" "m" (memory 4))"#,
        ),
        (
            "(table 12 funcref) (table 8 funcref)",
            "(table 12 funcref) (table 9 funcref)",
        ),
    ] {
        Module::new(&config, wasm(&format!("(module {declares})"))).unwrap();
        refused(&config, &wasm(&format!("(module {over})")));
    }
    for (declares, over) in [
        ("(table 10000000 funcref)", "(table 10000001 funcref)"),
        (
            r#"(import "e" "t" (table 10000000 funcref))"#,
            r#"(import "e" "t" (table 10000001 funcref))"#,
        ),
    ] {
        Module::new(&new(), wasm(&format!("(module {declares})"))).unwrap();
        refused(&new(), &wasm(&format!("(module {over})")));
    }
}

/// Every byte of a module, changed in each way: what is taken is what Rust's validator takes.
#[test]
fn d1_what_is_taken_is_valid() {
    let text = r#"(module
        (type (func (param i32) (result i32)))
        (import "e" "f" (func (type 0)))
        (table 2 4 funcref) (memory 1 2) (global (mut i32) (i32.const 1))
        (func (type 0)
          (block (result i32) (br_if 0 (local.get 0) (i32.const 1)) drop
            (call_indirect (type 0) (local.get 0) (i32.const 0))))
        (func (export "g") (param i32) (result i32) (memory.grow (local.get 0)))
        (elem (i32.const 0) 0 1) (data (i32.const 8) "abc"))"#;
    let whole = wasm(text);
    let (mut taken, mut left) = (0, 0);
    let config = everything();
    let loader = Loader::new(&config).unwrap();
    for place in 0..whole.len() {
        for byte in (0..=u8::MAX).step_by(3) {
            let mut bytes = whole.clone();
            bytes[place] = byte;
            if loader.load_bytes(&bytes).is_ok() {
                taken += 1;
                let features = wasmparser::WasmFeatures::WASM2
                    | wasmparser::WasmFeatures::MULTI_MEMORY
                    | wasmparser::WasmFeatures::THREADS
                    | wasmparser::WasmFeatures::EXTENDED_CONST
                    | wasmparser::WasmFeatures::RELAXED_SIMD
                    | wasmparser::WasmFeatures::MEMORY64;
                wasmparser::Validator::new_with_features(features)
                    .validate_all(&bytes)
                    .expect("what was taken");
            } else {
                left += 1;
            }
        }
    }
    assert!(taken > 100 && left > 1000, "{taken} taken, {left} not");
}
