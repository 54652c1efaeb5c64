//! The guide: one page for each concept, in the order in which one meets them.
//!
//! | page | what it is about |
//! |---|---|
//! | [first steps](first_steps) | bytes, modules, stores, instances, functions; [`Vm`] |
//! | [host functions](host_functions) | closures for guests to call, and what they keep |
//! | [strings and memory](strings_and_memory) | what is not a number |
//! | [ownership] | who owns what; handles; what panics; what is `unsafe` |
//! | [stopping a guest](stopping_guests) | fuel, time limits, interrupts, bounds |
//! | [native code](native_code) | compiling ahead of time, and what one promises |
//! | [WASI](wasi_programs) | guests that are programs |
//! | [plug-ins](plug_ins) | WasmEdge's own modules |
//! | [threads and async](threads_and_async) | many guests at once, calls on threads of their own |
//! | [errors] | what can go wrong, and how to act on it |
//! | [versions] | what is `Unsupported` where |
//! | [building] | features, and environment variables |
//! | [security] | each rule of safety with its test, and what the library leaves open |
//!
//! For those who know another API, with what differs and why: [from wasmtime](from_wasmtime), [from
//! the Go SDK](from_go), [from the official Rust SDK](from_official_sdk).
//!
//! The folder `examples` of the repository has whole programs; `examples/README.md` lists them.

// What the pages link to.
#[allow(
    clippy::wildcard_imports,
    unused_imports,
    reason = "the pages name most of the crate"
)]
use crate::*;

/// Modules with nothing but the text of files in `docs`, whose links are resolved here.
macro_rules! pages {
    ($($name:ident: $($file:literal),+;)+) => {$(
        $(#[doc = include_str!(concat!("../docs/", $file))])+
        pub mod $name {}
    )+};
}

pages! {
    first_steps: "guide/first-steps.md";
    host_functions: "guide/host-functions.md";
    strings_and_memory: "guide/strings-and-memory.md";
    ownership: "guide/ownership.md", "ownership.md";
    stopping_guests: "guide/stopping-guests.md";
    native_code: "guide/native-code.md";
    wasi_programs: "guide/wasi-programs.md";
    plug_ins: "guide/plug-ins.md";
    threads_and_async: "guide/threads-and-async.md";
    errors: "guide/errors.md";
    versions: "guide/versions.md";
    building: "guide/building.md";
    security: "security.md";
    from_wasmtime: "from-wasmtime.md";
    from_go: "go-to-rust.md";
    from_official_sdk: "from-official-sdk.md";
}
