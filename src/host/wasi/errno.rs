//! The numbers of WASI's errors, as far as the crate's own functions answer them.

pub(super) const SUCCESS: u16 = 0;
pub(super) const BADF: u16 = 8;
pub(super) const FAULT: u16 = 21;
pub(super) const INVAL: u16 = 28;
pub(super) const IO: u16 = 29;
pub(super) const NOMEM: u16 = 48;
/// What a guest may not do.
pub(super) const NOTCAPABLE: u16 = 76;
