//! wasmtime, which compiles with Cranelift.

#[macro_use]
#[path = "../calls.rs"]
mod calls;
#[macro_use]
#[path = "../like_wasmtime.rs"]
mod like_wasmtime;

like_wasmtime!(
    wasmtime,
    "wasmtime 48.0.8, Cranelift",
    instantiate,
    |element| matches!(element, Ref::Func(Some(_)))
);
