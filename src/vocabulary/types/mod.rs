//! The types of WebAssembly, as plain values that are checked when they are made.

mod func;
mod global;
mod import_export;
mod limits;
mod memory;
mod table;
mod val;

pub use func::FuncType;
pub(crate) use func::Types;
pub use global::{GlobalType, Mutability};
pub use import_export::{ExportType, ExternType, ImportType};
pub use limits::Limits;
pub use memory::MemoryType;
pub use table::TableType;
pub use val::{RefType, ValType};
