//! Types of tables.

use core::fmt;

use super::{Limits, RefType};
use crate::error::{Error, Result};

/// The type of a table: what it holds, and its size in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_TableTypeContext")]
pub struct TableType {
    element: RefType,
    limits: Limits,
}

impl TableType {
    /// A table of at least `min` elements, that may grow to `max`.
    ///
    /// # Errors
    ///
    /// When `max` is below `min`, or `min` does not fit in 32 bits.
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
        let limits = Limits::new(min, max)?;
        let largest = max.unwrap_or(min);
        if u32::try_from(largest).is_err() {
            return Err(Error::invalid(format!(
                "a table of {largest} elements is larger than 32-bit indices reach"
            )));
        }
        Ok(Self { element, limits })
    }

    /// The type of a table that exists in the library.
    pub(crate) const fn existing(element: RefType, limits: Limits) -> Self {
        Self { element, limits }
    }

    /// What the table holds.
    #[doc(alias = "WasmEdge_TableTypeGetRefType")]
    #[doc(alias = "GetRefType")]
    pub const fn element(&self) -> RefType {
        self.element
    }

    /// The size in elements.
    #[doc(alias = "WasmEdge_TableTypeGetLimit")]
    #[doc(alias = "GetLimit")]
    pub const fn limits(&self) -> Limits {
        self.limits
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table of {} {}", self.element, self.limits)
    }
}
