//! S16: the library's log, which goes to the standard output, says errors alone unless the program
//! chose otherwise.
//!
//! The level belongs to the process, so each test starts this program again for one of the parts.

mod support;

use std::ffi::CString;
use std::path::Path;

use wasmedge::log::{self, Level};
use wasmedge::sys;

/// What the other tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("default") => {
            wasmedge::version::check().unwrap();
            compile();
            fail_to_load();
        }
        Some("off") => {
            log::set_level(Level::Off).unwrap();
            compile();
            fail_to_load();
        }
        Some("debug") => {
            log::set_level(Level::Debug).unwrap();
            // Would set the level, had the program not chosen one.
            wasmedge::Config::new().unwrap();
            compile();
        }
        Some(other) => panic!("no part {other}"),
    }
}

fn fail_to_load() {
    let config = wasmedge::Config::new().unwrap();
    let loader = wasmedge::Loader::new(&config).unwrap();
    loader.load_bytes(b"not wasm").unwrap_err();
}

/// Compiles a module: what the library reports most of.
fn compile() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in.wasm"), support::wasm("(module (func))")).unwrap();
    let c_path = |path: &Path| CString::new(path.to_str().unwrap()).unwrap();
    let (input, output) = (c_path(&path("in.wasm")), c_path(&path("out.wasm")));
    // SAFETY: contexts that are made here and freed here, and paths that end in NUL; tests that
    // compile run in processes of their own, so no two threads do.
    unsafe {
        let config = sys::WasmEdge_ConfigureCreate();
        let compiler = sys::WasmEdge_CompilerCreate(config);
        assert!(
            !compiler.is_null(),
            "the library was built without a compiler"
        );
        let result = sys::WasmEdge_CompilerCompile(compiler, input.as_ptr(), output.as_ptr());
        assert_eq!(result.Code, 0);
        sys::WasmEdge_CompilerDelete(compiler);
        sys::WasmEdge_ConfigureDelete(config);
    }
}

#[test]
fn s16_errors_alone_by_default() {
    let output = support::run_part("default");
    assert!(!output.contains("[info]"), "{output}");
    assert!(output.contains("[error]"), "{output}");
}

#[test]
fn s16_nothing_when_it_is_off() {
    let output = support::run_part("off");
    assert!(!output.contains("[info]"), "{output}");
    assert!(!output.contains("[error]"), "{output}");
}

#[test]
fn s16_a_level_that_the_program_chose_stays() {
    assert!(support::run_part("debug").contains("[info]"));
}
