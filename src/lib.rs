//! Idiomatic, sound and fast Rust bindings to [WasmEdge](https://wasmedge.org), the WebAssembly
//! runtime in C++.
//!
//! No program without `unsafe` can cause undefined behaviour through this crate, whatever the wasm
//! or the program does; a call costs what it costs in C; one crate works with WasmEdge 0.13.4 to
//! 0.17.
//!
//! ```
//! use wasmedge::{Caller, HostModule, Vm};
//!
//! let mut env = HostModule::new("env");
//! env.func_wrap("add_two", |mut caller: Caller<'_, i32>, a: i32, b: i32| {
//!     *caller.data_mut() = a + b;
//!     a + b
//! })?;
//!
//! let mut vm = Vm::new(0)?;
//! vm.register_host(&env)?;
//!
//! let wasm = wat::parse_str(
//!     r#"(module
//!          (import "env" "add_two" (func $add_two (param i32 i32) (result i32)))
//!          (func (export "run") (result i32)
//!            (call $add_two (i32.const 1234) (i32.const 5678))))"#,
//! )?;
//! let sum: i32 = vm.run_bytes(&wasm, "run", ())?;
//! assert_eq!(sum, 6912);
//! assert_eq!(*vm.data(), 6912);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to begin
//!
//! With the [`guide`]: a page for each concept, in the order in which one meets them, beginning
//! with the [first steps](guide::first_steps). Those who know another API find its words in [from
//! wasmtime](guide::from_wasmtime), [from the Go SDK](guide::from_go) and [from the official Rust
//! SDK](guide::from_official_sdk). The search of this documentation finds items by their names in C
//! and Go, too.
//!
//! | to | there is |
//! |---|---|
//! | run a function in one step | [`Vm`] |
//! | load and check a module | [`Module`] (in steps: [`Loader`], [`Ast`], [`Validator`]) |
//! | link and run it, many times | [`Store`], [`Instance`], [`TypedFunc`], [`Func`] |
//! | give a guest functions | [`HostModule`], [`Caller`] |
//! | exchange strings and arrays | [`Memory`], [`bindgen`] |
//! | look at its tables and globals | [`Table`], [`Global`], [`ExternRef`] |
//! | let it use the system | [`Wasi`], [`plugin`] |
//! | stop it | [`Store::set_fuel`], [`TypedFunc::call_timeout`], [`InterruptHandle`], [`Config::untrusted`] |
//! | run it beside other work | [`AsyncCall`], [`SharedMemory`] |
//! | make it fast | [`Compiler`], [`CompileCache`] |
//! | know what went wrong | [`Error`], [`ErrorKind`], [`log`] |
//!
//! # Ownership
//!
//! A [`Store`] owns all that can be linked together, and frees it all at once. Instances and
//! functions are small handles, which work only together with `&store` or `&mut store`; so nothing
//! dangles, and nothing runs twice at the same time. [More](guide::ownership)
//!
//! # Panics and errors in host functions
//!
//! A host function that returns an error, of [any type](IntoFunc), ends the wasm that called it,
//! and the outer call returns that very error. A panic does the same, and goes on as a panic when
//! the outer call is back. [More](guide::host_functions)

#![cfg_attr(docsrs, feature(doc_cfg))]

// From the ground up: each room imports from those before it alone (docs/architecture.md).
pub mod sys;
mod vocabulary;
mod compat;
mod library;
mod config;
mod module;
mod native;
mod runtime;
mod control;
mod host;
mod vm;
pub mod cli;
#[cfg(any(doc, doctest))]
pub mod guide;

pub use config::{Config, OptLevel, OutputFormat, Standard};
pub use control::async_call::{AsyncCall, NotStarted};
pub use control::fuel::CostTable;
pub use control::interrupt::InterruptHandle;
pub use host::host_module::HostModule;
pub use host::wasi::{DirAccess, Wasi};
pub use host::{bindgen, plugin};
pub use library::{log, version};
pub use module::{Ast, Loader, Module, Validator};
pub use native::compiler::{CompileCache, CompilePhase, Compiler};
pub use native::keeper;
pub use runtime::executor::Executor;
pub use runtime::export::Extern;
pub use runtime::externref::ExternRef;
pub use runtime::func::{Caller, Func, HostResults, IntoFunc, TypedFunc, WasmParams, WasmResults};
pub use runtime::global::Global;
pub use runtime::instance::Instance;
pub use runtime::memory::{Memory, MemoryValue, Offset, SharedMemory};
pub use runtime::statistics::Statistics;
pub use runtime::store::{AsStore, AsStoreMut, Store};
pub use runtime::table::Table;
pub use runtime::tag::Tag;
pub use runtime::value::{Ref, V128, Val, WasmTy};
pub use vm::Vm;
pub use vocabulary::{
    Error, ErrorCode, ErrorKind, ExportType, ExternType, FuncType, GlobalType, ImportType, Limits,
    LinkFound, MemoryType, Mutability, Proposal, Reason, RefType, Result, TableType, Trap, ValType,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
