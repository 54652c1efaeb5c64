//! Each example prints what its header says.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The folder of the examples.
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// What an example prints, as its header says.
fn header(name: &str) -> String {
    let source = fs::read_to_string(format!("{EXAMPLES}/{name}.rs")).expect("the source");
    let header = source.lines().map_while(|line| line.strip_prefix("//!"));
    let printed = header.skip_while(|line| !line.starts_with(" print"));
    let printed = printed.skip_while(|line| !line.starts_with(" ```")).skip(1);
    let printed = printed.take_while(|line| !line.starts_with(" ```"));
    let printed: String = printed.fold(String::new(), |text, line| {
        text + line.strip_prefix(' ').unwrap_or_default() + "\n"
    });
    assert_ne!(printed, "", "{name} does not say what it prints");
    printed
}

fn example(name: &str) -> Command {
    support::command(support::example(name))
}

/// Runs an example, which has to succeed; nothing of the library's log is in its output (S16).
fn run(name: &str, command: &mut Command) -> String {
    let output = command.output().expect("the example starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed: {stderr}");
    assert_eq!(stderr, "", "{name}");
    String::from_utf8(output.stdout).expect("text")
}

/// Compares all of the output with the header.
fn prints(name: &str) {
    assert_eq!(run(name, &mut example(name)), header(name), "{name}");
}

/// The text with each run of digits before ` ms` as a `#`.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_suffix(" ms") {
        Some(line) => {
            line.trim_end_matches(|last: char| last.is_ascii_digit())
                .to_owned()
                + "#\n"
        }
        None => line.to_owned() + "\n",
    });
    lines.collect()
}

#[test]
fn each_is_in_the_index_and_tested() {
    let index = fs::read_to_string(format!("{EXAMPLES}/README.md")).unwrap();
    let tests = include_str!("examples.rs");
    let mut count = 0;
    for entry in fs::read_dir(EXAMPLES).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            index.contains(&format!("[`{name}`]({name}.rs)")),
            "{name} is not in the index"
        );
        assert!(
            tests.contains(&format!("\"{name}\"")),
            "{name} is not tested"
        );
        count += 1;
    }
    assert_eq!(
        index.matches(".rs)").count(),
        count,
        "the index names what is not there"
    );
}

#[test]
fn those_that_print_the_same_every_time() {
    for name in [
        "fibonacci",
        "vm_steps",
        "fibonacci_steps",
        "registered_module",
        "host_function",
        "host_data",
        "guest_memory",
        "externref",
        "user_error",
        "guest_state",
        "strings",
        "c_guest",
        "fuel_budget",
        "store_pool",
        "async_call",
        "threads",
        "tokio_timeout",
        "tour",
    ] {
        prints(name);
    }
}

#[test]
fn compiled() {
    let printed = without_times(&run("compiled", &mut example("compiled")));
    assert_eq!(printed, without_times(&header("compiled")));
}

#[test]
fn capture_output() {
    let printed = run("capture_output", &mut example("capture_output"));
    let both = header("capture_output");
    let library = wasmedge::version::library();
    let expected = if (library.major, library.minor) < (0, 16) {
        both.split_inclusive('\n').nth(1).unwrap()
    } else {
        &both
    };
    assert_eq!(printed, expected);
}

/// Runs an example with a standard input.
fn with_input(command: &mut Command, input: &str) -> Output {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the example starts");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn wasi_command() {
    let output = with_input(&mut example("wasi_command"), "one two three\n");
    assert!(output.status.success(), "{output:?}");
    // The guest writes the line about the missing file to the standard error.
    let header = header("wasi_command");
    let (stderr, stdout): (Vec<_>, Vec<_>) = header
        .lines()
        .partition(|line| line.starts_with("/texts/none.txt"));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        stdout.join("\n") + "\n"
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        stderr.join("\n") + "\n"
    );
}

/// What the runner writes to its two outputs, and its exit code.
fn runner(args: &[&str], input: &str) -> (String, String, Option<i32>) {
    let mut command = example("wasmedge-run");
    let output = with_input(command.current_dir(support::root()).args(args), input);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

#[test]
fn the_runner_runs_what_it_is_told() {
    let run = |args: &[&str], input: &str| {
        let (stdout, stderr, code) = runner(args, input);
        assert_eq!((stderr.as_str(), code), ("", Some(0)), "{args:?}");
        stdout
    };
    let fib = "testdata/fibonacci.wat";
    assert_eq!(run(&[fib], ""), header("wasmedge-run"));
    assert_eq!(run(&[fib, "fib", "21"], ""), "17711\n");
    let count = "examples/guests/count.wasm";
    assert_eq!(
        run(&[count, "_start", "-", "/testdata/fibonacci.wat"], "a b\n")
            .lines()
            .next(),
        Some("standard input: 1 lines, 2 words, 4 bytes")
    );
    let (_, stderr, code) = runner(&[count, "_start", "/nothing"], "");
    assert_eq!(stderr, "/nothing: No such file or directory\n");
    assert_eq!(code, Some(1));
}

#[test]
fn the_runner_tells_how_it_is_used() {
    let usage = "usage: wasmedge-run [--compile] FILE [FUNCTION [ARGUMENT...]]\n";
    for help in ["--help", "-h"] {
        assert_eq!(runner(&[help], ""), (usage.into(), String::new(), Some(0)));
    }
}

#[test]
fn the_runner_shows_how_the_compiler_gets_on() {
    let args = ["--compile", "testdata/fibonacci.wat", "fib", "30"];
    let (stdout, stderr, code) = runner(&args, "");
    assert_eq!((stdout.as_str(), code), ("1346269\n", Some(0)), "{stderr}");
    let (first, last) = (stderr.split('\r').nth(1), stderr.split('\r').next_back());
    assert!(first.unwrap().starts_with("Load "), "{stderr:?}");
    assert!(last.unwrap().starts_with("compiled "), "{stderr:?}");
}

#[test]
fn the_runner_says_what_is_wrong() {
    let fib = "testdata/fibonacci.wat";
    for (args, expected) in [
        (
            &[][..],
            "usage: wasmedge-run [--compile] FILE [FUNCTION [ARGUMENT...]]",
        ),
        (
            &["nothing.wasm"],
            "failed to read from `nothing.wasm`: No such file or directory (os error 2)",
        ),
        (
            &[fib, "fob"],
            "`testdata/fibonacci.wat` has no function `fob`",
        ),
        (
            &[fib, "fib"],
            "the function is (i32) -> (i32), and takes 1 arguments, not 0",
        ),
        (
            &[fib, "fib", "x"],
            "\"x\" is no i32: invalid digit found in string",
        ),
        (
            &["testdata/trap.wat", "trap", "1"],
            "cannot link import `extern` `trap` (function (i32) -> ()): no module of that name is registered, only `wasi_snapshot_preview1`; register it first",
        ),
    ] {
        let (stdout, stderr, code) = runner(args, "");
        assert_eq!(stderr, format!("wasmedge-run: {expected}\n"), "{args:?}");
        assert_eq!((stdout.as_str(), code), ("", Some(1)), "{args:?}");
    }
}

#[test]
fn process_allow_list() {
    let Some(file) = support::plugin_file("WasmEdgeProcess") else {
        return println!("no plug-in here: nothing is tested");
    };
    let printed = run(
        "process_allow_list",
        example("process_allow_list").arg(file),
    );
    assert_eq!(printed, header("process_allow_list"));
}

#[test]
fn plugins() {
    let Some(file) = support::plugin_file("WasiLogging") else {
        return println!("no plug-in here: nothing is tested");
    };
    let printed = run("plugins", example("plugins").arg(file));
    assert_eq!(printed, header("plugins"));
}

/// What the example `tools` prints, run in a folder.
fn tools(folder: &Path, args: &[&str]) -> String {
    let mut command = example("tools");
    let output = command.current_dir(folder).args(args).output();
    let output = output.expect("the example starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{args:?} failed: {stdout} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}

#[test]
fn the_tools_compile_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let wasm = support::wasm(include_str!("../testdata/fibonacci.wat"));
    fs::write(folder.path().join("fibonacci.wasm"), wasm).unwrap();
    let tools = |args: &[&str]| tools(folder.path(), args);

    let version = tools(&["wasmedge", "--version"]);
    let library = wasmedge::version::library();
    // Plug-ins follow, where there are some.
    let first = format!("wasmedge version {library}\n");
    assert!(version.starts_with(&first), "{version}");

    let run = |file| tools(&["run", "--reactor", file, "fib", "21"]);
    assert!(run("fibonacci.wasm").ends_with("17711\n"));
    tools(&["compile", "fibonacci.wasm", "compiled.wasm"]);
    assert!(run("compiled.wasm").ends_with("17711\n"));
    let unified = tools(&["wasmedge", "run", "--reactor", "compiled.wasm", "fib", "21"]);
    assert!(unified.ends_with("17711\n"), "{unified}");
}
