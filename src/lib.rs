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
//! # The parts
//!
//! Bytes become a [`Module`] ([`Loader`] → [`Ast`] → [`Validator`]), which becomes an [`Instance`]
//! in a [`Store`], linked to other instances and to [`HostModule`]s of Rust closures. Its functions
//! are [`Func`]s, or [`TypedFunc`]s when their type is known at compile time; its data is in
//! [`Memory`], [`Table`] and [`Global`]. [`Vm`] does all of it in one object.
//!
//! Functions take and give numbers. Strings and arrays are bytes in the guest's [`Memory`], which
//! says how they get there and back; [`bindgen`] does it for guests in Rust.
//!
//! A guest gets at the system through [`Wasi`], and at more through [`plugin`]s. Fuel
//! ([`Store::set_fuel`]), time limits ([`TypedFunc::call_timeout`]) and an [`InterruptHandle`] stop
//! it, and [`Config::untrusted`] bounds whatever can be; an [`AsyncCall`] runs it on a thread of its
//! own. A [`Compiler`] makes native code of it, which a [`CompileCache`] keeps for the next time.
//!
//! What the library has to say goes to its [`log`]: a line on the standard output for each trap and
//! each module that does not load. An [`Error`] says the same, so programs may
//! [turn it off](log::set_level).
//!
//! Programs for all of this are in the folder `examples` of the repository, in reading order, and a
//! whole application in `examples/app`.
//!
//! # Ownership
//!
//! A [`Store`] owns all that can be linked together, and frees it all at once. Instances and
//! functions are small handles, which work only together with `&store` or `&mut store`; so nothing
//! dangles, and nothing runs twice at the same time.
//!
//! # Panics and errors in host functions
//!
//! A host function that returns an error, of [any type](IntoFunc), ends the wasm that called it, and
//! the outer call returns that very error. A panic does the same, and goes on as a panic when the
//! outer call is back.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod async_call;
pub mod bindgen;
mod bounds;
pub mod cli;
mod compiler;
mod config;
mod error;
mod executor;
mod export;
mod externref;
mod fuel;
mod func;
mod global;
#[cfg(doc)]
pub mod guide;
mod host_module;
mod instance;
mod interrupt;
pub mod keeper;
pub mod log;
mod memory;
mod module;
pub mod plugin;
mod statistics;
mod store;
pub mod sys;
mod table;
mod tag;
mod types;
mod value;
pub mod version;
mod vm;
mod wasi;

pub use async_call::{AsyncCall, NotStarted};
pub use compiler::{CompileCache, CompilePhase, Compiler, OptLevel, OutputFormat};
pub use config::{Config, Proposal, Standard};
pub use error::{Error, ErrorCode, ErrorKind, LinkFound, Reason, Result, Trap};
pub use executor::Executor;
pub use export::Extern;
pub use externref::ExternRef;
pub use fuel::CostTable;
pub use func::{Caller, Func, HostResults, IntoFunc, TypedFunc, WasmParams, WasmResults};
pub use global::Global;
pub use host_module::HostModule;
pub use instance::Instance;
pub use interrupt::InterruptHandle;
pub use memory::{Memory, MemoryValue, SharedMemory};
pub use module::{Ast, Loader, Module, Validator};
pub use statistics::Statistics;
pub use store::{AsStore, AsStoreMut, Store};
pub use table::Table;
pub use tag::Tag;
pub use types::{
    ExportType, ExternType, FuncType, GlobalType, ImportType, Limits, MemoryType, Mutability,
    RefType, TableType, ValType,
};
pub use value::{Ref, V128, Val, WasmTy};
pub use vm::Vm;
pub use wasi::{DirAccess, Wasi};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
