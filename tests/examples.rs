//! Each example prints what its header says.

mod support;

use std::path::Path;

/// Compares all of the output: nothing of the library's log is in it (S16).
fn prints(name: &str, expected: &str) {
    let output = support::command(support::example(name))
        .output()
        .expect("the example starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed: {stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(stderr, "");
}

#[test]
fn fibonacci() {
    prints("fibonacci", "fib(21) = 17711\n");
}

#[test]
fn fibonacci_steps() {
    prints(
        "fibonacci_steps",
        "exports:\n  `fib`: function (i32) -> (i32)\nfib(30) = 1346269\ninstructions: 28271634\n",
    );
}

#[test]
fn host_function() {
    prints("host_function", "addTwo(1234, 5678) = 6912\n");
}

#[test]
fn host_data() {
    prints(
        "host_data",
        "addTwo(1234, 5678) = 6912\nthe host kept: 6912\n",
    );
}

#[test]
fn strings() {
    prints(
        "strings",
        "say(\"WasmEdge\") = \"hello WasmEdge\"\nsum([1, 2, 39]) = 42\ndivide(17, 5) = (3, 2)\n\
         divide(17, 0): the guest function failed: division by zero\n",
    );
}

#[test]
fn vm_steps() {
    prints(
        "vm_steps",
        "exported function: fib (i32) -> (i32)\nfib(25) = 121393\n",
    );
}

#[test]
fn registered_module() {
    prints("registered_module", "registered: mod\nfib(25) = 121393\n");
}

#[test]
fn async_call() {
    prints("async_call", "fib(20) = 10946\nfib(25) = 121393\n");
}

#[test]
fn user_error() {
    prints("user_error", "the error code: 5566\n");
}

#[test]
fn compiled() {
    prints("compiled", "fib(30) = 1346269\n");
}

#[test]
fn plugins() {
    let Some(file) = support::plugin_file("WasiLogging") else {
        return println!("no plug-in here: nothing is tested");
    };
    let mut command = support::command(support::example("plugins"));
    let output = command.arg(file).output().expect("the example starts");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "wasi_logging: wasi:logging/logging with 1 functions\n"
    );
}

/// What the example `tools` prints, run in a folder.
fn tools(folder: &Path, args: &[&str]) -> String {
    let mut command = support::command(support::example("tools"));
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
    std::fs::write(folder.path().join("fibonacci.wasm"), wasm).unwrap();
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
