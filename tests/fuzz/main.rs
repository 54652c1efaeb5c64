//! The inputs that fuzzing began with and what it found, through the functions that the fuzzer calls.

mod targets;

use std::path::PathBuf;
use std::{fs, panic};

use wasmedge::Config;

/// The inputs of a target.
fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = support::root().join("tests/fuzz/seeds").join(target);
    let entries = fs::read_dir(&folder).expect("inputs of this target");
    let paths = entries.map(|entry| entry.unwrap().path());
    let inputs: Vec<_> = paths
        .map(|path| {
            let input = fs::read(&path).unwrap();
            (path, input)
        })
        .collect();
    assert!(!inputs.is_empty(), "no inputs in {}", folder.display());
    inputs
}

/// Runs all inputs of a target.
fn run_all(target: &str, run: fn(&[u8])) {
    let inputs = inputs(target);
    for (path, input) in &inputs {
        if let Err(payload) = panic::catch_unwind(|| run(input)) {
            eprintln!("with the input {}", path.display());
            panic::resume_unwind(payload);
        }
    }
    println!("{target}: {} inputs", inputs.len());
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

/// Without the reference, which `fuzz/reference` compares with.
#[test]
fn proposals() {
    run_all("proposals", |data| targets::proposals::run(data, None));
}

#[test]
fn the_inputs_of_proposals_reach_each_of_them() {
    let inputs = inputs("proposals");
    let used: Vec<_> = inputs
        .iter()
        .map(|(_, input)| targets::proposals::used(input))
        .collect();
    for proposal in targets::proposals::ADDED {
        let is_safe = Config::new().unwrap().proposal(proposal, true).is_ok();
        let count = used.iter().filter(|used| used.contains(&proposal)).count();
        println!("{proposal:?}: {count} inputs");
        assert!(count >= 3 || !is_safe, "{proposal:?}");
    }
}
