//! Types of tables.

use std::fmt;

use super::{Limits, RefType};
use crate::vocabulary::{Error, Result};

/// The type of a table: what it holds, and its size in elements.
///
/// C: `WasmEdge_TableTypeContext`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_TableTypeContext")]
pub struct TableType {
    element: RefType,
    limits: Limits,
    is_64: bool,
}

impl TableType {
    /// The most elements that a table may have that this crate makes, or that a module declares:
    /// the limit of web browsers.
    pub(crate) const MAX_ELEMENTS: u64 = 10_000_000;

    /// Creates the type of a table of at least `min` elements, that may grow to `max`.
    ///
    /// C: `WasmEdge_TableTypeCreate`. Go: `NewTableType`.
    ///
    /// # Errors
    ///
    /// When `max` is below `min`, or either does not fit in 32 bits.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{RefType, TableType};
    ///
    /// let ty = TableType::new(RefType::FuncRef, 10, Some(20))?;
    /// assert_eq!(ty.to_string(), "table of funcref 10..=20");
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_TableTypeCreate")]
    #[doc(alias = "NewTableType")]
    pub fn new(element: RefType, min: u64, max: Option<u64>) -> Result<Self> {
        Self::checked(element, Limits::new(min, max)?, false)
    }

    /// A type of any kind, as modules have them.
    ///
    /// # Errors
    ///
    /// When a size is more than the indices reach.
    pub(crate) fn checked(element: RefType, limits: Limits, is_64: bool) -> Result<Self> {
        let largest = limits.max().unwrap_or(limits.min());
        if !is_64 && u32::try_from(largest).is_err() {
            return Err(Error::invalid(format!(
                "a table of {largest} elements is larger than 32-bit indices reach"
            )));
        }
        Ok(Self {
            element,
            limits,
            is_64,
        })
    }

    /// Returns what the table holds.
    ///
    /// C: `WasmEdge_TableTypeGetRefType`. Go: `GetRefType`.
    #[doc(alias = "WasmEdge_TableTypeGetRefType")]
    #[doc(alias = "GetRefType")]
    pub const fn element(&self) -> RefType {
        self.element
    }

    /// Returns the size in elements.
    ///
    /// C: `WasmEdge_TableTypeGetLimit`. Go: `GetLimit`.
    #[doc(alias = "WasmEdge_TableTypeGetLimit")]
    #[doc(alias = "GetLimit")]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether indices have 64 bits (library 0.17 on). Such a type comes from a module; it is
    /// another one than that of a table with 32-bit indices, whatever its size.
    ///
    /// C: `WasmEdge_LimitIs64Bit`.
    #[doc(alias = "WasmEdge_LimitIs64Bit")]
    pub const fn is_64(&self) -> bool {
        self.is_64
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = if self.is_64 { "i64 " } else { "" };
        write!(f, "table of {} {wide}{}", self.element, self.limits)
    }
}
