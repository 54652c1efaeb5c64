//! What guests get from outside.

pub mod bindgen;
pub(crate) mod host_module;
pub mod plugin;
pub(crate) mod wasi;
