//! Compiling: what is written, what is refused, and that it is safe from several threads (S10).

use std::fs;
use std::path::Path;

use support::wasm;
use wasmedge::{
    CompilePhase, Compiler, Config, Error, ErrorKind, Loader, OptLevel, OutputFormat, Proposal,
    cli, log,
};

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
fn s15_exceptions_are_compiled_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wasm");
    let mut config = Config::new().unwrap();
    // SAFETY: nothing is run.
    let _ = unsafe { config.enable_unchecked(Proposal::ExceptionHandling) };
    let text = "(module (func (result exnref) (ref.null exn)))";
    let refused = match Compiler::new(&config) {
        Ok(compiler) => compiler.compile_bytes(wasm(text), &output),
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
            Err(error)
        }
    };
    // Below 0.14 there are none to compile.
    let version = wasmedge::version::library();
    let compiles = (version.major, version.minor) >= (0, 16);
    assert_eq!(refused.is_ok(), compiles, "{refused:?}");
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
        assert!(text.starts_with("cannot compile the module to `"), "{text}");
        assert!(text.contains("out.wasm"), "{text}");
        assert!(text.contains(part), "{text}");
    }
    let input = folder.path().join("in.wasm");
    fs::write(&input, &not_valid).unwrap();
    let error = compiler().compile_file(&input, &output).unwrap_err();
    let named = format!(
        "cannot compile `{}` to `{}`: type mismatch",
        input.display(),
        output.display()
    );
    assert!(error.to_string().starts_with(&named), "{error}");
    fs::remove_file(input).unwrap();
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

/// What the tests below start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("phases") => phases(),
        Some("tool") => tool_beside_compilers(),
        Some("random") => random(),
        Some(other) => panic!("no part {other}"),
    }
}

fn phases() {
    let version = wasmedge::version::library();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wasm");
    let mut compiler = compiler();
    let mut seen = Vec::new();
    let compiled = compiler.compile_bytes_with_progress(wasm(ADD), &output, |p| seen.push(p));
    if (version.major, version.minor) < (0, 15) {
        let error = compiled.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unsupported { .. }),
            "{error}"
        );
        assert!(seen.is_empty() && !output.exists());
        return;
    }
    compiled.unwrap();
    let all = [
        CompilePhase::Translate,
        CompilePhase::Verify,
        CompilePhase::Optimize,
        CompilePhase::Generate,
        CompilePhase::Output,
    ];
    assert_eq!(seen, all);
    assert!(output.exists());

    // To native code and from a file, with the log off, while another one compiles and logs.
    log::set_level(log::Level::Off).unwrap();
    let input = folder.path().join("in.wasm");
    fs::write(&input, wasm(ADD)).unwrap();
    let mut native = Config::new().unwrap();
    native.output_format(OutputFormat::Native);
    let mut native = Compiler::new(&native).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let compiler = self::compiler();
            for _ in 0..5 {
                let output = folder.path().join("other.wasm");
                compiler.compile_bytes(wasm(ADD), output).unwrap();
            }
        });
        for _ in 0..5 {
            let mut seen = Vec::new();
            let output = folder.path().join("out.so");
            let compiled = native.compile_file_with_progress(&input, output, |p| seen.push(p));
            compiled.unwrap();
            assert_eq!(seen, all);
        }
    });

    // What is no module has no phases; nor does it take the listener away.
    let mut seen = Vec::new();
    let failed = compiler.compile_bytes_with_progress(b"no", &output, |p| seen.push(p));
    assert!(matches!(
        failed.unwrap_err().kind(),
        ErrorKind::Compile { .. }
    ));
    assert!(seen.is_empty());

    // The callback may compile, and fail to; and its panic comes when the compiler is done.
    let mut inner = self::compiler();
    let nested = folder.path().join("nested.wasm");
    let mut phases = 0;
    let compiled = compiler.compile_bytes_with_progress(wasm(ADD), &output, |_| {
        inner.compile_bytes(b"no", &nested).unwrap_err();
        inner
            .compile_bytes_with_progress(wasm(ADD), &nested, |_| phases += 1)
            .unwrap();
    });
    compiled.unwrap();
    assert_eq!(phases, all.len() * all.len());
    fs::remove_file(&output).unwrap();
    let panic = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
        compiler.compile_bytes_with_progress(wasm(ADD), &output, |phase| panic!("at {phase:?}"))
    }));
    let panic = panic.unwrap_err();
    assert_eq!(panic.downcast_ref::<String>().unwrap(), "at Translate");
    assert!(output.exists());
}

/// The command-line tool takes its turn among the compilers of the crate (S10).
fn tool_beside_compilers() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.wasm");
    fs::write(&input, wasm(ADD)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let folder = folder.path();
            scope.spawn(move || {
                let compiler = compiler();
                for round in 0..15 {
                    let output = folder.join(format!("{thread}-{round}.wasm"));
                    compiler.compile_bytes(wasm(ADD), &output).unwrap();
                }
            });
        }
        for command in [&["wasmedgec"][..], &["wasmedge", "compile"]] {
            for round in 0..10 {
                let output = folder
                    .path()
                    .join(format!("{}-{round}.wasm", command.len()));
                let paths = [&input, &output].map(|path| path.clone().into_os_string());
                let line = command.iter().map(Into::into).chain(paths);
                // SAFETY: nobody uses the streams of C++, and all who compile are of this crate. No
                // plug-ins are there, and the second command runs no module.
                let code = unsafe {
                    if command.len() == 1 {
                        cli::compiler(line)
                    } else {
                        cli::unified(line)
                    }
                };
                assert_eq!(code.unwrap(), 0);
                assert!(output.exists());
            }
        }
    });
}

#[test]
fn the_phases_of_the_compiler_are_told() {
    let output = support::run_part("phases");
    assert!(!output.contains("[info]"), "{output}");
}

#[test]
fn s10_the_tool_compiles_beside_others() {
    support::run_part("tool");
}

/// With all that safe code can enable.
fn everything() -> Config {
    let mut config = Config::new().unwrap();
    for proposal in [
        Proposal::Threads,
        Proposal::MultiMemories,
        Proposal::ExtendedConst,
        Proposal::Memory64,
        Proposal::RelaxedSimd,
    ] {
        // Some versions lack the last two.
        let _ = config.proposal(proposal, true);
    }
    config
}

#[test]
fn d1_what_has_no_other_words_is_refused() {
    let config = everything();
    let folder = tempfile::tempdir().unwrap();
    let compile = |text: &str| {
        let compiler = Compiler::new(&config).unwrap();
        compiler.compile_bytes(wasm(text), folder.path().join("out.wasm"))
    };
    let function = "(func (export \"f\") (result i32)";
    for (text, what) in [
        ("(memory.atomic.notify (I.const 0) (i32.const 1))", "notify"),
        (
            "(memory.atomic.wait32 (I.const 0) (i32.const 1) (i64.const 0))",
            "wait",
        ),
        (
            "(memory.atomic.wait64 (I.const 0) (i64.const 1) (i64.const 0))",
            "wait",
        ),
        ("(call_indirect (type 0) (I.const 0))", "indirect"),
    ] {
        let module = |wide: &str, index: &str| {
            let text = text.replace('I', index);
            format!(
                "(module (type (func (result i32))) (memory {wide} 1 1 shared) (table {wide} 1 funcref)
                    {function} (i32.add (i32.const 1) {text})))"
            )
        };
        compile(&module("", "i32")).unwrap();
        if config.has_proposal(Proposal::Memory64) {
            let error = compile(&module("i64", "i64")).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Compile { .. }), "{error}");
            assert!(error.to_string().contains(what), "{error}");
        }
    }
}

/// Modules that nobody wrote.
fn random() {
    use arbitrary::{Arbitrary, Unstructured};

    let mut config = everything();
    config.optimization_level(OptLevel::O1);
    let folder = tempfile::tempdir().unwrap();
    let mut compiled = 0;
    for seed in 1_u64..=60 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let bytes: Vec<u8> = (0..6000)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            })
            .collect();
        let mut u = Unstructured::new(&bytes);
        let mut smith = wasm_smith::Config::arbitrary(&mut u).unwrap();
        smith.threads_enabled = true;
        smith.simd_enabled = true;
        smith.reference_types_enabled = true;
        smith.bulk_memory_enabled = true;
        smith.extended_const_enabled = true;
        smith.relaxed_simd_enabled = config.has_proposal(Proposal::RelaxedSimd);
        smith.memory64_enabled = config.has_proposal(Proposal::Memory64);
        smith.tail_call_enabled = false;
        smith.exceptions_enabled = false;
        smith.gc_enabled = false;
        smith.custom_page_sizes_enabled = false;
        smith.wide_arithmetic_enabled = false;
        smith.shared_everything_threads_enabled = false;
        smith.max_memories = 3;
        smith.max_memory32_bytes = 1 << 20;
        smith.max_memory64_bytes = 1 << 20;
        smith.max_table_elements = 100;
        smith.min_funcs = 3;
        smith.max_instructions = 300;
        let module = wasm_smith::Module::new(smith, &mut u).unwrap().to_bytes();
        let compiler = Compiler::new(&config).unwrap();
        match compiler.compile_bytes(&module, folder.path().join("out.wasm")) {
            Ok(()) => compiled += 1,
            Err(error) => assert!(error.to_string().contains("64-bit"), "{error}"),
        }
    }
    assert!(compiled > 40, "{compiled}");
}

#[test]
fn d1_llvm_has_nothing_to_say_of_the_code_that_is_compiled() {
    let (_, said) = support::run_part_streams("random");
    // The verifier, after whose words the compiler goes on.
    assert_eq!(said, "");
}
