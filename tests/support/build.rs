//! Tells tests and benchmarks where the crate was built, with which headers, and of which version they are.

use std::env;

fn main() {
    let told = |name: &str| env::var(name).expect("the crate's build script says so");
    for (theirs, ours) in [
        ("DEP_WASMEDGE_INCLUDE", "WASMEDGE_SAFE_HEADERS"),
        ("DEP_WASMEDGE_BINDINGS", "WASMEDGE_SAFE_BINDINGS"),
    ] {
        println!("cargo::rustc-env={ours}={}", told(theirs));
    }
    // What C programs, to which the crate is compared, have to know of it.
    println!("cargo::rustc-check-cfg=cfg(wasmedge_0_17)");
    let version: u32 = told("DEP_WASMEDGE_VERSION_NUMBER").parse().unwrap();
    if version >= 17_000 {
        println!("cargo::rustc-cfg=wasmedge_0_17");
    }
    let package = told("CARGO_MANIFEST_DIR");
    println!("cargo::rerun-if-changed={package}/../tests/support/build.rs");
}
