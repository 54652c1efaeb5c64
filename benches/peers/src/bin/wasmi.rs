//! wasmi, an interpreter.

#[macro_use]
#[path = "../calls.rs"]
mod calls;
#[macro_use]
#[path = "../like_wasmtime.rs"]
mod like_wasmtime;

like_wasmtime!(
    wasmi,
    "wasmi 2.0.0",
    instantiate_and_start,
    |element| matches!(element, Ref::Func(func) if !func.is_null())
);
