//! The test files that need no program of their own, in one: that is a tenth of the disk and of the time to link.
//!
//! `cargo test --test NAME` builds and runs one file by itself, and `cargo test --test all NAME::` its part of this
//! program.

mod aliases;
mod aot;
mod async_call;
mod bindgen_wasm;
mod bindgen_wasmedge;
mod build_script;
mod c_api_coverage;
mod calling;
mod cli;
mod compile_cache;
mod compiler;
mod config;
mod documentation;
mod doors;
mod examples;
mod failures;
mod faults;
mod fork;
mod fuel;
#[path = "go_to_rust/main.rs"]
mod go_to_rust;
mod guide;
mod host_functions;
mod hostile;
mod interrupt;
mod keeper;
mod linking;
mod loading;
mod log;
mod memory;
mod memory_model;
mod messages;
mod mocks;
mod names;
mod native_files;
mod plugin;
mod quiet;
mod references;
mod repository;
mod shared_memory;
mod signals;
mod signatures;
mod soundness_ownership;
mod stack;
mod table_model;
mod tags;
mod version;
mod vm;
mod wasi;
