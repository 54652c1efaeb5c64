//! The list of what is known to fail.

use core::fmt;
use std::collections::BTreeSet;

use crate::script::Mode;

/// A directive that failed, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Failure {
    /// `<folder>/<file>`.
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Failure {
    fn folder(&self) -> &str {
        self.file.split_once('/').map_or("", |(folder, _)| folder)
    }
}

/// As in the list, without the versions and modes.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} | {}", self.file, self.line, self.text)
    }
}

/// Whose doing it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Library,
    /// A refusal that is meant.
    Crate,
}

/// The part of the list that is about this version of the library and one mode.
#[derive(Default)]
pub(crate) struct Known {
    library: BTreeSet<Failure>,
    this_crate: BTreeSet<Failure>,
}

impl Known {
    pub(crate) fn by(&self, by: By) -> &BTreeSet<Failure> {
        match by {
            By::Library => &self.library,
            By::Crate => &self.this_crate,
        }
    }

    /// Adds what the list says of one folder.
    pub(crate) fn extend(&mut self, folder: &str, mode: Mode) {
        let version = version();
        let mut by = None;
        for (number, line) in include_str!("known.txt").lines().enumerate() {
            match line {
                "[library]" => by = Some(By::Library),
                "[crate]" => by = Some(By::Crate),
                _ if line.is_empty() || line.starts_with('#') => {}
                _ => {
                    let (versions, modes, failure) = parse(line).unwrap_or_else(|| {
                        let number = number + 1;
                        panic!("known.txt:{number}: not `versions | modes | file:line | text`")
                    });
                    let applies = versions.split(' ').any(|own| own == version)
                        && modes.split(' ').any(|own| own == mode.name())
                        && failure.folder() == folder;
                    let of = match by.expect("a heading") {
                        By::Library => &mut self.library,
                        By::Crate => &mut self.this_crate,
                    };
                    of.extend(applies.then_some(failure));
                }
            }
        }
    }

    /// Forgets scripts that were not run.
    pub(crate) fn retain(&mut self, ran: &BTreeSet<String>) {
        for list in [&mut self.library, &mut self.this_crate] {
            list.retain(|failure| ran.contains(&failure.file));
        }
    }

    /// What is wrong with the list, in its own words; empty if nothing.
    pub(crate) fn differences(&self, failed: &BTreeSet<Failure>, mode: Mode) -> String {
        let line = |sign: &str, failure: &Failure| {
            format!("{sign} {} | {} | {failure}\n", version(), mode.name())
        };
        let listed = &self.library | &self.this_crate;
        let new = failed.difference(&listed).map(|failure| line("+", failure));
        let gone = listed.difference(failed).map(|failure| line("-", failure));
        new.chain(gone).collect()
    }
}

/// Versions, modes, and what fails there.
fn parse(line: &str) -> Option<(&str, &str, Failure)> {
    let mut parts = line.splitn(4, " | ");
    let (versions, modes) = (parts.next()?, parts.next()?);
    let (file, line) = parts.next()?.rsplit_once(':')?;
    let failure = Failure {
        file: file.to_owned(),
        line: line.parse().ok()?,
        text: parts.next()?.to_owned(),
    };
    Some((versions, modes, failure))
}

/// As the list names it: without the patch.
fn version() -> String {
    let version = wasmedge::version::library();
    format!("{}.{}", version.major, version.minor)
}
