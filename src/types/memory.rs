//! Types of memories.

use core::fmt;

use super::Limits;
use crate::error::{Error, Result};

/// The type of a memory: its size in pages of 64 KiB, and whether threads share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_MemoryTypeContext")]
pub struct MemoryType {
    limits: Limits,
    shared: bool,
    is_64: bool,
}

impl MemoryType {
    /// The largest number of pages that 32-bit addresses reach: 4 GiB.
    pub const MAX_PAGES: u64 = 65536;

    /// A memory of at least `min` pages, that may grow to `max`.
    ///
    /// # Errors
    ///
    /// When `max` is below `min`, or either above [`MAX_PAGES`](Self::MAX_PAGES).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::MemoryType;
    ///
    /// let ty = MemoryType::new(1, Some(16))?;
    /// assert_eq!(ty.to_string(), "memory 1..=16");
    /// assert!(MemoryType::new(65537, None).is_err());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_MemoryTypeCreate")]
    #[doc(alias = "NewMemoryType")]
    pub fn new(min: u64, max: Option<u64>) -> Result<Self> {
        let limits = Limits::new(min, max)?;
        let largest = max.unwrap_or(min);
        if largest > Self::MAX_PAGES {
            return Err(Error::invalid(format!(
                "a memory of {largest} pages is larger than the {} that 32-bit addresses reach",
                Self::MAX_PAGES
            )));
        }
        Ok(Self {
            limits,
            shared: false,
            is_64: false,
        })
    }

    /// A memory that several threads use at once (threads proposal); it always has a maximum.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::MemoryType;
    ///
    /// let ty = MemoryType::shared(1, 4)?;
    /// assert!(ty.is_shared());
    /// assert_eq!(ty.limits().max(), Some(4));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "NewLimitShared")]
    #[doc(alias = "NewLimitSharedWithMax")]
    pub fn shared(min: u64, max: u64) -> Result<Self> {
        Ok(Self {
            shared: true,
            ..Self::new(min, Some(max))?
        })
    }

    /// This type under a configured limit: what is above it cannot be reached.
    pub(crate) fn within(self, pages: u64) -> Result<Self> {
        let (min, max) = (self.limits.min(), self.limits.max());
        if min > pages {
            return Err(Error::invalid(format!(
                "a memory of {min} pages is larger than the {pages} that the configuration allows, see \
                 `Config::max_memory_pages`"
            )));
        }
        if max.unwrap_or(Self::MAX_PAGES) <= pages {
            return Ok(self);
        }
        Ok(Self {
            limits: Limits::existing(min, Some(pages)),
            ..self
        })
    }

    /// The type of a memory that exists in the library.
    pub(crate) const fn existing(limits: Limits, shared: bool, is_64: bool) -> Self {
        Self {
            limits,
            shared,
            is_64,
        }
    }

    /// The size in pages.
    #[doc(alias = "WasmEdge_MemoryTypeGetLimit")]
    #[doc(alias = "GetLimit")]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether threads share the memory.
    #[doc(alias = "IsShared")]
    #[doc(alias = "WasmEdge_LimitIsShared")]
    pub const fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether addresses have 64 bits (library 0.17 on). Such a type comes from a module; it is
    /// another one than that of a memory with 32-bit addresses, whatever its size.
    #[doc(alias = "WasmEdge_LimitIs64Bit")]
    pub const fn is_64(&self) -> bool {
        self.is_64
    }
}

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = if self.shared { "shared " } else { "" };
        let wide = if self.is_64 { " i64" } else { "" };
        write!(f, "{shared}memory{wide} {}", self.limits)
    }
}
