//! What stands where an import should.

use std::fmt;

use super::names::write_names;
use crate::vocabulary::ExternType;

/// What a store has in place of an import; part of [`ErrorKind::Link`](super::ErrorKind::Link).
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, ErrorKind, LinkFound, Module, Store};
///
/// let wasm = wat::parse_str(r#"(module (import "env" "f" (func)))"#)?;
/// let module = Module::new(&Config::new()?, &wasm)?;
/// let error = Store::new(())?.instantiate(&module).unwrap_err();
/// match error.kind() {
///     ErrorKind::Link { module, found: LinkFound::NoModule(there_are), .. } => {
///         assert_eq!(&**module, "env");
///         assert!(there_are.is_empty());
///     }
///     _ => unreachable!(),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkFound {
    /// No module of that name is registered; these are.
    NoModule(Vec<Box<str>>),
    /// The module is there, and has no such export; these it has.
    NoItem(Vec<Box<str>>),
    /// The export is there, with this type.
    Item(ExternType),
    /// The export is there, with a type that this crate has no name for.
    UnknownType,
}

impl fmt::Display for LinkFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoModule(registered) if registered.is_empty() => {
                f.write_str("no module is registered in the store")
            }
            Self::NoModule(registered) => {
                f.write_str("no module of that name is registered, only ")?;
                write_names(f, registered)
            }
            Self::NoItem(exports) if exports.is_empty() => {
                f.write_str("the module exports nothing")
            }
            Self::NoItem(exports) => {
                f.write_str("the module has no such export, only ")?;
                write_names(f, exports)
            }
            Self::Item(found) => write!(f, "found {found}"),
            Self::UnknownType => {
                f.write_str("found an export of a type that this crate does not know")
            }
        }
    }
}
