//! The inputs that fuzzing began with and what it found, through the functions that the fuzzer calls.

mod targets;

use std::path::Path;
use std::{fs, panic};

/// Runs all inputs of a target.
fn run_all(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/seeds")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("inputs of this target") {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        if let Err(payload) = panic::catch_unwind(|| run(&input)) {
            eprintln!("with the input {}", path.display());
            panic::resume_unwind(payload);
        }
        count += 1;
    }
    assert!(count > 0, "no inputs in {}", folder.display());
    println!("{target}: {count} inputs");
}

macro_rules! targets {
    ($($target:ident)*) => {$(
        #[test]
        fn $target() {
            run_all(stringify!($target), targets::$target::run);
        }
    )*};
}

targets! { module_bytes module_smith host_functions wasi_config }
