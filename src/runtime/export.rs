//! What an instance exports, of whatever kind.

use crate::runtime::func::Func;
use crate::runtime::global::Global;
use crate::runtime::memory::Memory;
use crate::runtime::store::{self, AsStore, StoreCore};
use crate::runtime::table::Table;
use crate::runtime::tag::Tag;
use crate::vocabulary::{ExternType, Result};

/// Something that an [`Instance`](crate::Instance) exports.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Extern, Module, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (func (export "run"))
///          (memory (export "memory") 1)
///          (global (export "answer") i32 (i32.const 42)))"#,
/// )?;
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
/// for (name, export) in instance.exports(&store) {
///     println!("{name}: {}", export.ty(&store)?);
/// }
/// assert!(matches!(instance.get_export(&store, "run"), Some(Extern::Func(_))));
/// assert!(instance.get_export(&store, "walk").is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A global.
    Global(Global),
    /// An exception tag (library 0.14 on).
    Tag(Tag),
}

impl Extern {
    /// Returns the type, with the present size of a memory or a table as minimum.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when values of the type cannot be
    /// passed by this crate.
    pub fn ty(self, store: impl AsStore) -> Result<ExternType> {
        self.type_in(store::core(&store))
    }

    pub(crate) fn type_in(self, core: &StoreCore) -> Result<ExternType> {
        Ok(match self {
            Self::Func(func) => ExternType::Func(func.type_in(core)?),
            Self::Table(table) => ExternType::Table(table.type_in(core)?),
            Self::Memory(memory) => ExternType::Memory(memory.type_in(core)),
            Self::Global(global) => ExternType::Global(global.type_in(core)?),
            Self::Tag(tag) => ExternType::Tag(tag.type_in(core)?),
        })
    }

    /// Returns the function, if it is one.
    pub const fn func(self) -> Option<Func> {
        match self {
            Self::Func(func) => Some(func),
            _ => None,
        }
    }

    /// Returns the table, if it is one.
    pub const fn table(self) -> Option<Table> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Returns the memory, if it is one.
    pub const fn memory(self) -> Option<Memory> {
        match self {
            Self::Memory(memory) => Some(memory),
            _ => None,
        }
    }

    /// Returns the global, if it is one.
    pub const fn global(self) -> Option<Global> {
        match self {
            Self::Global(global) => Some(global),
            _ => None,
        }
    }

    /// Returns the exception tag, if it is one.
    pub const fn tag(self) -> Option<Tag> {
        match self {
            Self::Tag(tag) => Some(tag),
            _ => None,
        }
    }
}

macro_rules! externs {
    ($($ty:ident)*) => {$(
        impl From<$ty> for Extern {
            fn from(item: $ty) -> Self {
                Self::$ty(item)
            }
        }
    )*};
}

externs! { Func Table Memory Global Tag }
