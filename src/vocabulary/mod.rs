//! What everything else speaks of: types, errors and names, as plain values.

mod by_name;
mod error;
mod level;
mod proposal;
mod types;
mod version;

pub(crate) use by_name::Names;
pub(crate) use error::{BoxedError, Escaped, Pending, Quoted, WASI};
pub use error::{Error, ErrorCode, ErrorKind, LinkFound, Reason, Result, Trap};
pub use level::Level;
pub use proposal::Proposal;
pub(crate) use types::Types;
pub use types::{
    ExportType, ExternType, FuncType, GlobalType, ImportType, Limits, MemoryType, Mutability,
    RefType, TableType, ValType,
};
pub use version::Version;
