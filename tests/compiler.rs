//! Compiling: what is written, what is refused, and that it is safe from several threads (S10).

mod support;

use std::fs;
use std::path::Path;

use support::wasm;
use wasmedge::{Compiler, Config, Error, ErrorKind, Loader, OptLevel, OutputFormat};

const ADD: &str = r#"(module (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))"#;

fn compiler() -> Compiler {
    Compiler::new(&Config::new().unwrap()).expect("a library with the compiler")
}

fn compile_error(wasm: impl AsRef<[u8]>, output: impl AsRef<Path>) -> Error {
    let compiled = compiler().compile_bytes(wasm, output);
    compiled.expect_err("nothing that can be compiled")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn options_are_what_was_set() {
    let mut config = Config::new().unwrap();
    assert_eq!(config.get_optimization_level(), OptLevel::O3);
    assert_eq!(config.get_output_format(), OutputFormat::Wasm);
    assert!(!config.dumps_ir());
    assert!(!config.is_generic_binary());
    assert!(!config.is_interruptible());
    for level in [
        OptLevel::O0,
        OptLevel::O1,
        OptLevel::O2,
        OptLevel::O3,
        OptLevel::Os,
        OptLevel::Oz,
    ] {
        assert_eq!(
            config.optimization_level(level).get_optimization_level(),
            level
        );
    }
    config.output_format(OutputFormat::Native);
    assert_eq!(config.get_output_format(), OutputFormat::Native);
    config.output_format(OutputFormat::Wasm);
    assert_eq!(config.get_output_format(), OutputFormat::Wasm);
    assert!(config.dump_ir(true).dumps_ir());
    assert!(config.generic_binary(true).is_generic_binary());
    assert!(config.interruptible(true).is_interruptible());
    assert!(!config.interruptible(false).is_interruptible());
}

#[test]
fn files_and_bytes_compile_to_one_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("add.wasm");
    fs::write(&input, wasm(ADD)).unwrap();
    let output = folder.path().join("add.aot.wasm");
    compiler().compile_file(&input, &output).unwrap();
    let first = fs::read(&output).unwrap();
    assert!(first.starts_with(b"\0asm"));

    compiler().compile_bytes(wasm(ADD), &output).unwrap();
    assert!(fs::read(&output).unwrap().starts_with(b"\0asm"));

    let mut names = names(folder.path());
    names.sort();
    assert_eq!(names, ["add.aot.wasm", "add.wasm"]);

    // Still a module for everyone else; its native code is not looked at (S4).
    let loader = Loader::new(&Config::new().unwrap()).unwrap();
    loader.load_file(&output).unwrap();

    // In place, too.
    compiler().compile_file(&input, &input).unwrap();
    assert!(fs::read(&input).unwrap().len() > wasm(ADD).len());
}

#[test]
fn native_output_is_a_shared_library_that_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("add.so");
    let mut config = Config::new().unwrap();
    config.output_format(OutputFormat::Native);
    let compiler = Compiler::new(&config).unwrap();
    compiler.compile_bytes(wasm(ADD), &output).unwrap();
    assert_eq!(names(folder.path()), ["add.so"]);
    let loader = Loader::new(&Config::new().unwrap()).unwrap();
    let error = loader.load_file(&output).unwrap_err();
    assert!(error.to_string().contains("native"), "{error}");
}

#[test]
fn every_level_and_option_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("add.wasm");
    for level in [
        OptLevel::O0,
        OptLevel::O1,
        OptLevel::O2,
        OptLevel::Os,
        OptLevel::Oz,
    ] {
        let mut config = Config::new().unwrap();
        config
            .optimization_level(level)
            .generic_binary(true)
            .interruptible(true)
            .count_instructions(true)
            .measure_cost(true);
        let compiler = Compiler::new(&config).unwrap();
        compiler.compile_bytes(wasm(ADD), &output).unwrap();
    }
}

#[test]
fn what_is_no_module_is_refused_and_leaves_the_old_output() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wasm");
    fs::write(&output, "before").unwrap();
    let not_valid = wat::parse_str("(module (func (result i32)))").unwrap();
    for (bytes, part) in [
        (&b""[..], "unexpected end"),
        (b"\0asn\x01\0\0\0", "magic header"),
        (b"\x7fELF\x02\x01\x01\0", "native shared library"),
        (&not_valid, "type mismatch"),
    ] {
        let error = compile_error(bytes, &output);
        assert!(matches!(error.kind(), ErrorKind::Compile { .. }), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("cannot compile to `"), "{text}");
        assert!(text.contains("out.wasm"), "{text}");
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(fs::read(&output).unwrap(), b"before");
    assert_eq!(names(folder.path()), ["out.wasm"]);
}

#[test]
fn outputs_that_cannot_be_written_are_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no such folder").join("out.wasm");
    // C aborts the process for the empty path, and cuts the other at the NUL.
    for (output, part) in [
        (missing.as_path(), "No such file"),
        (folder.path(), "it is a folder"),
        (Path::new(""), "the path names no file"),
        (Path::new("/"), "the path names no file"),
        (&folder.path().join("with\0nul/out"), "nul"),
    ] {
        let error = compile_error(wasm(ADD), output);
        assert!(matches!(error.kind(), ErrorKind::Write { .. }), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("cannot write `"), "{text}");
        assert!(text.contains(part), "{text}");
    }
    assert!(names(folder.path()).is_empty());

    let input = folder.path().join("missing.wasm");
    let output = folder.path().join("out.wasm");
    let error = compiler().compile_file(&input, &output).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Read { .. }), "{error}");
    assert!(error.to_string().contains("missing.wasm"), "{error}");
}

#[test]
fn s10_several_threads_compile_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let folder = folder.path();
            scope.spawn(move || {
                let compiler = compiler();
                for round in 0..5 {
                    let output = folder.join(format!("{thread}-{round}.wasm"));
                    compiler.compile_bytes(wasm(ADD), &output).unwrap();
                }
            });
        }
    });
    assert_eq!(names(folder.path()).len(), 20);
}

#[test]
fn a_reader_never_sees_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wasm");
    compiler().compile_bytes(wasm(ADD), &output).unwrap();
    let len = fs::read(&output).unwrap().len();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let compiler = compiler();
            for _ in 0..10 {
                compiler.compile_bytes(wasm(ADD), &output).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Release);
        });
        while !done.load(std::sync::atomic::Ordering::Acquire) {
            let read = fs::read(&output).unwrap();
            assert!(read.starts_with(b"\0asm"));
            assert!(read.len().abs_diff(len) < 64, "{} and {len}", read.len());
        }
    });
}
