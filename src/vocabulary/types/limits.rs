//! Sizes of memories and tables.

use std::fmt;

use crate::vocabulary::{Error, Result};

/// The smallest and the largest size of a memory (in pages of 64 KiB) or a table (in elements).
///
/// C: `WasmEdge_Limit`. Go: `Limit`.
///
/// # Examples
///
/// ```
/// use wasmedge::Limits;
///
/// assert_eq!(Limits::new(1, Some(4))?.to_string(), "1..=4");
/// assert!(Limits::new(4, Some(1)).is_err());
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_Limit")]
#[doc(alias = "Limit")]
pub struct Limits {
    min: u64,
    max: Option<u64>,
}

impl Limits {
    /// Limits from `min` to `max`, or without an upper end.
    ///
    /// C: `WasmEdge_LimitCreate`, `WasmEdge_LimitCreateWithMax`. Go: `NewLimit`, `NewLimitWithMax`.
    ///
    /// # Errors
    ///
    /// When `max` is smaller than `min`.
    #[doc(alias = "NewLimit")]
    #[doc(alias = "NewLimitWithMax")]
    #[doc(alias = "WasmEdge_LimitCreate")]
    #[doc(alias = "WasmEdge_LimitCreateWithMax")]
    pub fn new(min: u64, max: Option<u64>) -> Result<Self> {
        match max {
            Some(max) if max < min => Err(Error::invalid(format!(
                "the maximum of {max} is below the minimum of {min}"
            ))),
            _ => Ok(Self { min, max }),
        }
    }

    /// Returns the smallest size.
    ///
    /// C: `WasmEdge_LimitGetMin`. Go: `GetMin`.
    #[doc(alias = "GetMin")]
    #[doc(alias = "WasmEdge_LimitGetMin")]
    pub const fn min(&self) -> u64 {
        self.min
    }

    /// Returns the largest size, if there is one.
    ///
    /// C: `WasmEdge_LimitGetMax`, `WasmEdge_LimitHasMax`. Go: `GetMax`, `HasMax`.
    #[doc(alias = "GetMax")]
    #[doc(alias = "HasMax")]
    #[doc(alias = "WasmEdge_LimitGetMax")]
    #[doc(alias = "WasmEdge_LimitHasMax")]
    pub const fn max(&self) -> Option<u64> {
        self.max
    }

    /// Whether an object with these limits may stand for an import with the limits `wanted`: the
    /// matching rule of the specification.
    pub(crate) fn matches(&self, wanted: &Self) -> bool {
        let max_fits = match (self.max, wanted.max) {
            (_, None) => true,
            (Some(own), Some(wanted)) => own <= wanted,
            (None, Some(_)) => false,
        };
        self.min >= wanted.min && max_fits
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) => write!(f, "{}..={max}", self.min),
            None => write!(f, "{}..", self.min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_follows_the_specification() {
        let limits = |min, max| Limits::new(min, max).unwrap();
        assert!(limits(2, Some(3)).matches(&limits(1, Some(3))));
        assert!(limits(2, None).matches(&limits(2, None)));
        assert!(limits(2, Some(3)).matches(&limits(1, None)));
        assert!(!limits(1, None).matches(&limits(2, None)));
        assert!(!limits(2, None).matches(&limits(1, Some(9))));
        assert!(!limits(2, Some(4)).matches(&limits(1, Some(3))));
    }
}
