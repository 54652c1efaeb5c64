//! Each example prints what its header says.

mod support;

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
