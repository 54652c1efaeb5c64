//! Calls with strings, arrays and more: the calling conventions of `wasm-bindgen` and
//! `wasmedge-bindgen`.
//!
//! A function of WebAssembly takes and gives numbers. Two crates for guests in Rust agree with the
//! host on how strings and arrays go through the memory of the guest; which one a guest follows is
//! to be seen in its source, or in its exports:
//!
//! | | [`WasmBindgen`] | [`WasmEdgeBindgen`] |
//! |---|---|---|
//! | the guest's attribute | `#[wasm_bindgen]` | `#[wasmedge_bindgen]` |
//! | what it exports | `__wbindgen_malloc`, `__wbindgen_free` | `allocate`, `deallocate` |
//! | numbers of 8 to 64 bits, `bool`, `char`, strings | yes | yes |
//! | arrays | of all numbers | of integers |
//! | results | one or none | any number |
//! | a function that fails | traps, or throws a text | returns a text |
//! | the Go SDK's name | `ExecuteBindgen` | `bindgen.Execute`, of a package of its own |
//!
//! Neither has arrays of strings. Both are used in the same way: make one from an instance, once,
//! then call.
//!
//! ```
//! use wasmedge::Vm;
//! use wasmedge::bindgen::WasmEdgeBindgen;
//!
//! let mut vm = Vm::new(())?;
//! let guest = vm.register_file("guest", "testdata/wasmedge_bindgen.wasm")?;
//! let guest = WasmEdgeBindgen::new(&vm, guest)?;
//! let text: String = guest.call(&mut vm, "say", "world")?;
//! assert_eq!(text, "hello world");
//! # Ok::<(), wasmedge::Error>(())
//! ```
//!
//! [`Vm`](crate::Vm) has a method for each convention that does both, for the active instance and
//! for registered ones.
//!
//! A call is several: to make room for each parameter, to run the function, to free what it gave.
//! Fuel, time limits and interrupts end each of them. Nothing that a guest says is believed: a
//! pointer, a length, a type or a text that is wrong is an error, and nothing larger than the
//! guest's memory is allocated.

mod convert;
mod glue;
mod heap;
mod value;
mod wasm_bindgen;
mod wasmedge_bindgen;

pub use convert::{FromGuest, OneResult, Params, Results, ToGuest};
pub use value::{Type, Value};
pub use wasm_bindgen::WasmBindgen;
pub use wasmedge_bindgen::WasmEdgeBindgen;
