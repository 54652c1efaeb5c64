//! Limits of tables and memories.

use crate::sys;
#[cfg(not(wasmedge_0_17))]
use crate::vocabulary::Error;
use crate::vocabulary::{Limits, Result};

/// What C keeps with the limits besides them.
#[derive(Clone, Copy)]
pub(super) struct Flags {
    /// Several threads use it.
    pub(super) shared: bool,
    /// Addresses and indices have 64 bits: from 0.17 on, where nobody turns it off.
    pub(super) is_64: bool,
}

#[cfg(not(wasmedge_0_17))]
mod raw {
    use super::Flags;
    use crate::sys::WasmEdge_Limit;
    use crate::vocabulary::{Limits, Result};

    /// Before 0.17 a limit is a struct, and comes by value.
    ///
    /// # Safety
    ///
    /// None here; see that of 0.17.
    pub(in super::super) unsafe fn read(raw: WasmEdge_Limit) -> Result<(Limits, Flags)> {
        let max = raw.HasMax.then(|| u64::from(raw.Max));
        // Making a shared limit leaves `HasMax` unset and `Max` filled.
        let max = if raw.Shared {
            Some(u64::from(raw.Max))
        } else {
            max
        };
        let flags = Flags {
            shared: raw.Shared,
            is_64: false,
        };
        Ok((Limits::new(u64::from(raw.Min), max)?, flags))
    }
}

#[cfg(wasmedge_0_17)]
mod raw {
    use super::Flags;
    use crate::sys;
    use crate::vocabulary::{Limits, Result};

    /// From 0.17 on a limit is an object inside the type that it belongs to.
    ///
    /// # Safety
    ///
    /// It is null, or the type lives during the call.
    pub(in super::super) unsafe fn read(
        raw: *const sys::WasmEdge_LimitContext,
    ) -> Result<(Limits, Flags)> {
        // SAFETY: `raw` is null, which the getters accept, or a part of a type that lives during
        // the call.
        let (min, has_max, max, flags) = unsafe {
            (
                sys::WasmEdge_LimitGetMin(raw),
                sys::WasmEdge_LimitHasMax(raw),
                sys::WasmEdge_LimitGetMax(raw),
                Flags {
                    shared: sys::WasmEdge_LimitIsShared(raw),
                    is_64: sys::WasmEdge_LimitIs64Bit(raw),
                },
            )
        };
        Ok((Limits::new(min, has_max.then_some(max))?, flags))
    }
}

/// C's limits for a type that is being made.
#[cfg(not(wasmedge_0_17))]
pub(super) fn with_limits<R>(
    limits: Limits,
    flags: Flags,
    make: impl FnOnce(RawLimits) -> R,
) -> Result<R> {
    let fits = |size| {
        u32::try_from(size)
            .map_err(|_| Error::invalid(format!("a size of {size} does not fit in 32 bits")))
    };
    debug_assert!(!flags.is_64);
    Ok(make(sys::WasmEdge_Limit {
        HasMax: limits.max().is_some(),
        Shared: flags.shared,
        Min: fits(limits.min())?,
        Max: fits(limits.max().unwrap_or(limits.min()))?,
    }))
}

/// C's limits for a type that is being made; it copies them.
#[cfg(wasmedge_0_17)]
pub(super) fn with_limits<R>(
    limits: Limits,
    flags: Flags,
    make: impl FnOnce(RawLimits) -> R,
) -> Result<R> {
    let Flags { shared, is_64 } = flags;
    // SAFETY: plain numbers in, a context of our own out; `LimitDelete` accepts it, null included.
    let raw = unsafe {
        match limits.max() {
            Some(max) => sys::WasmEdge_LimitCreateWithMax(limits.min(), max, is_64, shared),
            None => sys::WasmEdge_LimitCreate(limits.min(), is_64),
        }
    };
    let made = make(raw);
    // SAFETY: made above, and no longer used.
    unsafe { sys::WasmEdge_LimitDelete(raw) };
    Ok(made)
}

#[cfg(not(wasmedge_0_17))]
pub(super) type RawLimits = sys::WasmEdge_Limit;
#[cfg(wasmedge_0_17)]
pub(super) type RawLimits = *const sys::WasmEdge_LimitContext;

pub(super) use raw::read;
