//! What is done with the bytes that the fuzzer makes up, one module for each target. The programs in
//! `fuzz/` and the test beside this folder call the same functions, so that a find is a test.
#![allow(dead_code, reason = "each fuzzing program uses a part of it")]

mod determined;
pub(crate) mod guest;
pub(crate) mod source;

pub(crate) mod host_functions;
pub(crate) mod module_bytes;
pub(crate) mod module_smith;
pub(crate) mod proposals;
pub(crate) mod wasi_config;
