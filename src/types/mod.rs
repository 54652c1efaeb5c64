//! The types of WebAssembly, as plain values that are checked when they are made.

mod func;
mod global;
mod import_export;
mod level;
mod limits;
mod memory;
mod proposal;
mod table;
mod val;
mod version;

pub use func::FuncType;
pub(crate) use func::Types;
pub use global::{GlobalType, Mutability};
pub use import_export::{ExportType, ExternType, ImportType};
pub use level::Level;
pub use limits::Limits;
pub use memory::MemoryType;
pub use proposal::Proposal;
pub use table::TableType;
pub use val::{RefType, ValType};
pub use version::Version;
