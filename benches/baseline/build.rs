//! Compiles the C program with the headers that the crate was built with.

fn main() {
    println!("cargo::rerun-if-changed=baseline.c");
    let include = std::env::var_os("DEP_WASMEDGE_INCLUDE").expect("the crate says where they are");
    cc::Build::new()
        .file("baseline.c")
        .include(include)
        .opt_level(2)
        .warnings_into_errors(true)
        .compile("baseline");
}
