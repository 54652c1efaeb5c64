//! Names, lists of them, and counts, in messages.

use std::fmt;
use std::path::PathBuf;

use super::{LinkFound, Quoted};
use crate::vocabulary::Proposal;

/// The module of WASI, preview 1.
pub(crate) const WASI: &str = "wasi_snapshot_preview1";
/// A number of things: `1 byte`, `2 bytes`.
pub(super) struct Count(pub(super) u64, pub(super) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, what) = self;
        let plural = if *count == 1 { "" } else { "s" };
        write!(f, "{count} {what}{plural}")
    }
}

/// A module, by the name of its file if it came from one.
pub(super) struct WhichModule<'a>(pub(super) &'a Option<PathBuf>);

impl fmt::Display for WhichModule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => Quoted::path(path).fmt(f),
            None => f.write_str("the module"),
        }
    }
}

/// The end of the message for an import of a module that is not there: how it gets there.
pub(super) struct WhatToRegister<'a>(pub(super) &'a str, pub(super) &'a LinkFound);

impl fmt::Display for WhatToRegister<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(WASI, LinkFound::NoModule(_)) => {
                f.write_str("; `register_wasi` registers it, or `Config::wasi` for a `Vm`")
            }
            Self(_, LinkFound::NoModule(_)) => f.write_str("; register it first"),
            _ => Ok(()),
        }
    }
}

/// The end of the message for a missing export: what there is instead.
pub(super) struct Exported<'a>(pub(super) &'a [Box<str>]);

impl fmt::Display for Exported<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the instance exports none");
        }
        f.write_str("the instance exports ")?;
        write_names(f, self.0)
    }
}

/// What there is, or `none`.
pub(super) struct Listed<'a>(pub(super) &'a [Box<str>]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("none"),
            all => write_names(f, all),
        }
    }
}

/// The names of all proposals.
pub(super) struct Proposals;

impl fmt::Display for Proposals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, proposal) in Proposal::all().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{proposal}")?;
        }
        Ok(())
    }
}

/// A list of names that stays readable when there are many.
pub(super) fn write_names(f: &mut fmt::Formatter<'_>, all: &[Box<str>]) -> fmt::Result {
    const SHOWN: usize = 8;
    for (index, name) in all.iter().take(SHOWN).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{}", Quoted::name(name))?;
    }
    match all.len().checked_sub(SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, " and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_names_are_cut() {
        let all: Vec<Box<str>> = (0..10).map(|n| n.to_string().into()).collect();
        let text = Exported(&all).to_string();
        assert!(text.ends_with("`7` and 2 more"), "{text}");
    }
}
