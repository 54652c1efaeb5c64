//! The inputs that fuzzing began with, with the reference, on stable Rust.

use std::fs;
use std::path::Path;

#[test]
fn the_library_does_what_the_reference_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds/proposals");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("inputs of this target") {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        wasmedge_safe_fuzz_reference::run(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 0);
}
