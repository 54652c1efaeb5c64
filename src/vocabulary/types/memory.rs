//! Types of memories.

use std::fmt;

use super::Limits;
use crate::vocabulary::{Error, Result};

/// The type of a memory: its size in pages of 64 KiB, and whether threads share it.
///
/// C: `WasmEdge_MemoryTypeContext`.
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

    /// The largest number of pages that 64-bit addresses reach.
    const MAX_PAGES_64: u64 = 1 << 48;

    /// Creates the type of a memory of at least `min` pages, that may grow to `max`.
    ///
    /// C: `WasmEdge_MemoryTypeCreate`. Go: `NewMemoryType`.
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
        Self::checked(Limits::new(min, max)?, false, false)
    }

    /// A type of any kind, as modules have them.
    ///
    /// # Errors
    ///
    /// When a size is more than the addresses reach, or a shared memory has no maximum.
    pub(crate) fn checked(limits: Limits, shared: bool, is_64: bool) -> Result<Self> {
        let (most, bits) = if is_64 {
            (Self::MAX_PAGES_64, 64)
        } else {
            (Self::MAX_PAGES, 32)
        };
        let largest = limits.max().unwrap_or(limits.min());
        if largest > most {
            return Err(Error::invalid(format!(
                "a memory of {largest} pages is larger than the {most} that {bits}-bit addresses reach"
            )));
        }
        if shared && limits.max().is_none() {
            return Err(Error::invalid("a shared memory needs a maximum"));
        }
        Ok(Self {
            limits,
            shared,
            is_64,
        })
    }

    /// Creates the type of a memory that several threads use at once (threads proposal); it always
    /// has a maximum.
    ///
    /// Go: `NewLimitShared`, `NewLimitSharedWithMax`.
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
        Self::checked(Limits::new(min, Some(max))?, true, false)
    }

    /// This type with a maximum that is within the configured limit. A memory that the host makes
    /// gets no other limit in the library, which has none of its own for 64-bit addresses: it would
    /// map pages beyond what it reserved.
    pub(crate) fn within(self, pages: u64) -> Result<Self> {
        let (min, max) = (self.limits.min(), self.limits.max());
        if min > pages {
            return Err(Error::invalid(format!(
                "a memory of {min} pages is larger than the {pages} that the configuration allows, see \
                 `Config::max_memory_pages`"
            )));
        }
        Ok(Self {
            limits: Limits::new(min, Some(max.map_or(pages, |max| max.min(pages))))?,
            ..self
        })
    }

    /// Returns the size in pages.
    ///
    /// C: `WasmEdge_MemoryTypeGetLimit`. Go: `GetLimit`.
    #[doc(alias = "WasmEdge_MemoryTypeGetLimit")]
    #[doc(alias = "GetLimit")]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether threads share the memory.
    ///
    /// C: `WasmEdge_LimitIsShared`. Go: `IsShared`.
    #[doc(alias = "IsShared")]
    #[doc(alias = "WasmEdge_LimitIsShared")]
    pub const fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether addresses have 64 bits (library 0.17 on). Such a type comes from a module; it is
    /// another one than that of a memory with 32-bit addresses, whatever its size.
    ///
    /// C: `WasmEdge_LimitIs64Bit`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_every_type_is_checked() {
        let limits = |min, max| Limits::new(min, max).unwrap();
        let most = MemoryType::MAX_PAGES;
        MemoryType::checked(limits(most, Some(most)), true, false).unwrap();
        MemoryType::checked(limits(1, Some(most + 1)), false, false).unwrap_err();
        MemoryType::checked(limits(most + 1, None), false, false).unwrap_err();
        MemoryType::checked(limits(1, None), true, false).unwrap_err();
        MemoryType::checked(limits(most + 1, Some(1 << 48)), false, true).unwrap();
        MemoryType::checked(limits(1, Some((1 << 48) + 1)), false, true).unwrap_err();
        MemoryType::checked(limits(u64::MAX, None), false, true).unwrap_err();
    }

    #[test]
    fn s3_a_memory_of_the_host_always_has_a_maximum() {
        let within = |min, max, is_64, pages| {
            let ty = MemoryType::checked(Limits::new(min, max).unwrap(), false, is_64).unwrap();
            ty.within(pages).map(|ty| ty.limits().max())
        };
        for is_64 in [false, true] {
            assert_eq!(within(1, None, is_64, 65536).unwrap(), Some(65536));
            assert_eq!(within(1, None, is_64, 10).unwrap(), Some(10));
            assert_eq!(within(1, Some(20), is_64, 10).unwrap(), Some(10));
            assert_eq!(within(1, Some(9), is_64, 10).unwrap(), Some(9));
            within(11, None, is_64, 10).unwrap_err();
        }
        assert_eq!(within(1, Some(1 << 48), true, 65536).unwrap(), Some(65536));
        within(65537, None, true, 65536).unwrap_err();
    }
}
