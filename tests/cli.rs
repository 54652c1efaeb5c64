//! The command-line tools, in processes of their own: they change what belongs to the process.

use std::fs;
use std::path::PathBuf;

use support::wasm;
use wasmedge::log::{self, Level};
use wasmedge::{Error, ErrorKind, cli};

const FIB: &str = include_str!("../testdata/fibonacci.wat");

/// A folder with modules in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in [
            ("fib", FIB),
            (
                "exit",
                r#"(module
                     (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                     (memory (export "memory") 1)
                     (func (export "_start") (call $exit (i32.const 3))))"#,
            ),
            ("trap", r#"(module (func (export "_start") unreachable))"#),
            (
                "start",
                r#"(module (func (export "_start") (param i32) (result i32) local.get 0))"#,
            ),
            (
                "numbers",
                r#"(module (func (export "f") (param i32 i64 f32 f64) (result f64) local.get 3))"#,
            ),
        ] {
            fs::write(folder.0.path().join(format!("{name}.wasm")), wasm(text)).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(format!("{name}.wasm"))
    }

    /// Runs a module with options before its path and arguments after it.
    fn run(&self, options: &[&str], name: &str, args: &[&str]) -> wasmedge::Result<i32> {
        let mut line: Vec<_> = ["wasmedge"].iter().chain(options).map(Into::into).collect();
        line.push(self.path(name).into_os_string());
        line.extend(args.iter().map(Into::into));
        // SAFETY: modules of these tests, in a process where nothing else runs.
        unsafe { cli::tool(line) }
    }
}

/// Compares an exit code. Where the library can run one module in a process, the others are left out.
fn exits(result: wasmedge::Result<i32>, code: i32) {
    match result {
        Ok(found) => assert_eq!(found, code),
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
            println!("left out: {error}");
        }
    }
}

fn refused(result: wasmedge::Result<i32>) -> String {
    let error: Error = result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    error.to_string()
}

/// What the tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("run") => {
            let folder = Folder::new();
            exits(folder.run(&["--reactor"], "fib", &["fib", "21"]), 0);
            exits(folder.run(&[], "fib", &["fib", "-1"]), 0);
            let numbers = ["f", "1", "2", "1.5", "-2.25"];
            exits(folder.run(&[], "numbers", &numbers), 0);
            exits(folder.run(&[], "start", &["1"]), 0);
        }
        Some("codes") => {
            let folder = Folder::new();
            exits(folder.run(&[], "exit", &["not", "numbers"]), 3);
            exits(folder.run(&[], "trap", &[]), 134);
            exits(folder.run(&[], "no-such-file", &[]), 1);
            exits(folder.run(&["--no-such-option"], "fib", &[]), 1);
            // SAFETY: as in `run`.
            unsafe {
                exits(cli::unified(["wasmedge", "--version"]), 0);
                exits(cli::tool(Vec::<String>::new()), 1);
            }
        }
        Some("refused") => refusals(),
        Some("compile") => {
            let folder = Folder::new();
            let (input, output) = (folder.path("fib"), folder.path("compiled"));
            let line = |command: &[&str]| {
                let mut line: Vec<_> = command.iter().map(Into::into).collect();
                line.extend([
                    input.clone().into_os_string(),
                    output.clone().into_os_string(),
                ]);
                line
            };
            // SAFETY: as in `run`; nothing else compiles.
            unsafe {
                assert_eq!(cli::compiler(line(&["wasmedgec"])).unwrap(), 0);
                assert!(fs::read(&output).unwrap().len() > fs::read(&input).unwrap().len());
                let line = line(&["wasmedge", "compile", "--optimize", "0"]);
                assert_eq!(cli::unified(line).unwrap(), 0);
            }
            exits(folder.run(&[], "compiled", &["fib", "21"]), 0);
            assert!(folder.run(&[], "compiled", &["fib", "x"]).is_err());
        }
        Some("level") => {
            log::set_level(Level::Error).unwrap();
            let folder = Folder::new();
            folder.run(&[], "fib", &["fib", "3"]).unwrap();
            if folder.run(&[], "fib", &["fib", "3"]).is_err() {
                return println!("the library has no log any more");
            }
            support::compile();
        }
        Some(other) => panic!("no part {other}"),
    }
}

fn refusals() {
    let folder = Folder::new();
    // SAFETY: as in `run`; nothing of this runs.
    let tool = |args: &[&str]| refused(unsafe { cli::tool(args) });
    assert_eq!(
        tool(&["wasmedge", "a\0b"]),
        r"the argument `a\0b` has a NUL in it, where C would cut it off"
    );
    let empty = "a path on the command line is empty";
    assert_eq!(tool(&["wasmedge", ""]), empty);
    assert_eq!(tool(&["wasmedge", "--", ""]), empty);
    // SAFETY: as above.
    let compiler = refused(unsafe { cli::compiler(["wasmedgec", "a.wasm", ""]) });
    assert_eq!(compiler, empty);

    assert_eq!(
        refused(folder.run(&[], "fib", &["fib", "x"])),
        "the argument `x` is no i32, which the function `fib` takes"
    );
    refused(folder.run(&["--reactor"], "fib", &["fib", ""]));
    refused(folder.run(&["--dir", "."], "fib", &["fib", "9223372036854775808"]));
    // One too many is read as well, and so are those for a function that is not there.
    refused(folder.run(&[], "fib", &["fib", "1", "x"]));
    refused(folder.run(&[], "fib", &["no-such-function", "x"]));
    refused(folder.run(&[], "start", &["x"]));
    refused(folder.run(&["--reactor"], "exit", &["_start", "x"]));
    refused(folder.run(&[], "numbers", &["f", "1", "2", "1e39", "0"]));

    std::env::set_current_dir(&folder.0).unwrap();
    drop(folder);
    let text =
        "the path `a.wasm` is relative, and there is no current directory; give an absolute one";
    assert_eq!(tool(&["wasmedge", "a.wasm"]), text);
}

#[test]
fn a_function_of_a_module_is_run() {
    let output = support::run_part("run");
    assert!(output.contains("17711\n"), "{output}");
    let all = !output.contains("left out");
    assert!(!all || output.contains("-2.25\n"), "{output}");
}

#[test]
fn the_exit_code_comes_back() {
    support::run_part("codes");
}

#[test]
fn s15_what_c_aborts_at_is_refused() {
    support::run_part("refused");
}

#[test]
fn a_module_is_compiled() {
    support::run_part("compile");
}

#[test]
fn s16_the_log_level_is_put_back() {
    let output = support::run_part("level");
    assert!(!output.contains("[info]"), "{output}");
}
