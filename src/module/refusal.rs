//! Why a module is not handed to the library, in words that say what, where, and what to do.

use wasmparser::{BinaryReaderError, Parser, Payload};

use super::binary::validate;
use super::format::{MAGIC, is_component, native_format};
use crate::compat::{self, Support};
use crate::config::Proposals;
use crate::vocabulary::{Error, ErrorKind, Proposal, Reason};

/// A module that is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The bytes are no module, or none that the configuration lets be as large.
    Malformed(String),
    /// The module breaks a rule.
    Invalid(String),
    /// It imports or exports something that this crate cannot pass.
    Unsupported(Error),
}

impl Refusal {
    /// A size that is beyond the configuration.
    pub(super) fn beyond(text: String) -> Self {
        Self::Malformed(text)
    }

    /// What is wrong with the module, for an error of another kind.
    pub(crate) fn into_reason(self) -> Result<Reason, Error> {
        match self {
            Self::Malformed(text) | Self::Invalid(text) => Ok(Reason::from(text)),
            Self::Unsupported(error) => Err(error),
        }
    }

    /// Refuses bytes that are of another format by how they begin.
    pub(super) fn of_another_format(wasm: &[u8]) -> Result<(), Self> {
        let text = if let Some(format) = native_format(wasm) {
            format!("it is a native {format}, not WebAssembly; load what it was compiled from")
        } else if wasm.trim_ascii_start().starts_with(b"(") {
            "it is no binary module; it looks like the text format, which the crate `wat` translates"
                .to_owned()
        } else if !wasm.starts_with(&MAGIC[..wasm.len().min(MAGIC.len())]) {
            "magic header not detected; a module begins with the bytes `\\0asm`".to_owned()
        } else if is_component(wasm) {
            "it is a component, and WasmEdge runs modules alone; build the guest for \
             `wasm32-wasip1`, or take the module out of the component"
                .to_owned()
        } else if u32::try_from(wasm.len()).is_err() {
            format!(
                "{} bytes are more than the 4 GiB that the library takes",
                wasm.len()
            )
        } else {
            return Ok(());
        };
        Err(Self::Malformed(text))
    }

    /// What the validator found, with the proposals that the module needs where these are missing.
    pub(super) fn explain(error: &BinaryReaderError, on: Proposals, wasm: &[u8]) -> Self {
        let place = format!("{} (at offset {:#x})", error.message(), error.offset());
        if !wasm.starts_with(b"\0asm") {
            return Self::Malformed(format!("{place}; a module begins with the bytes `\\0asm`"));
        }
        let text = match missing(on, wasm).as_slice() {
            [] => place,
            needed => format!("{place}; {}", advice(needed)),
        };
        if is_malformed(error, wasm) {
            Self::Malformed(text)
        } else {
            Self::Invalid(text)
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let (path, reason) = (None, Reason::from);
        match refusal {
            Refusal::Malformed(text) => ErrorKind::Load {
                path,
                reason: reason(text),
            }
            .into(),
            Refusal::Invalid(text) => ErrorKind::Validate {
                path,
                reason: reason(text),
            }
            .into(),
            Refusal::Unsupported(error) => error,
        }
    }
}

/// The proposals that are off and make the module valid together; none where they do not.
fn missing(on: Proposals, wasm: &[u8]) -> Vec<Proposal> {
    let mut enabled = on;
    for proposal in Proposal::ALL {
        enabled.insert(proposal);
    }
    if validate(enabled, wasm).is_err() {
        return Vec::new();
    }
    let mut needed = Vec::new();
    // Those that need others come after them, so they go first.
    for proposal in Proposal::ALL.into_iter().rev().filter(|&own| !on.has(own)) {
        let fewer = enabled.without(proposal);
        if validate(fewer, wasm).is_ok() {
            enabled = fewer;
        } else {
            needed.push(proposal);
        }
    }
    needed
}

fn advice(needed: &[Proposal]) -> String {
    let names: Vec<_> = needed.iter().map(|own| format!("{own:?}")).collect();
    let (names, plural) = match names.as_slice() {
        [one] => (format!("proposal {one}"), false),
        [most @ .., last] => (format!("proposals {} and {last}", most.join(", ")), true),
        [] => return String::new(),
    };
    let (is, it) = if plural {
        ("are", "them")
    } else {
        ("is", "it")
    };
    let why = |support| {
        needed
            .iter()
            .any(|&proposal| compat::support(proposal) == support)
    };
    if why(Support::Missing) {
        let version = crate::library::version::headers();
        format!("it needs {names}, which WasmEdge {version} does not have")
    } else if why(Support::Unproven) {
        format!(
            "it needs {names}, which {is} not available in safe code, see `Proposal` and \
             `Config::enable_unchecked`"
        )
    } else {
        format!("it needs {names}; enable {it} with `Config::proposal`")
    }
}

/// Whether a reader that does not validate ends at the same place.
fn is_malformed(error: &BinaryReaderError, wasm: &[u8]) -> bool {
    let read = || -> Result<(), BinaryReaderError> {
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::CodeSectionEntry(body) = payload? {
                let place = error.offset();
                if body.range().contains(&place) {
                    let mut operators = body.get_operators_reader()?;
                    while !operators.eof() {
                        operators.read()?;
                    }
                }
            }
        }
        Ok(())
    };
    read().is_err_and(|other| other.offset() <= error.offset())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::module::binary::{Binary, Rules};

    /// Whether the bytes are refused as no module, and not as one that breaks a rule.
    fn is_malformed(wasm: &[u8]) -> bool {
        let rules = Rules::new(&Config::new().unwrap());
        match Binary::read(&rules, wasm) {
            Err(Refusal::Malformed(_)) => true,
            Err(Refusal::Invalid(_)) => false,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_from_what_is_not_valid() {
        let module = |bodies: [&[u8]; 2]| {
            let mut wasm = wat::parse_str("(module (func nop) (func nop nop))").unwrap();
            let nop = |place: &usize| wasm[*place] == 1;
            let places: Vec<_> = (20..wasm.len()).filter(nop).collect();
            let [.., first, second, third] = places[..] else {
                panic!("{places:?}")
            };
            wasm[first..=first].copy_from_slice(bodies[0]);
            wasm[second..=third].copy_from_slice(bodies[1]);
            wasm
        };
        let (nop, two, drop, unknown) = ([1], [1, 1], [0x1a], [0x1, 0xff]);
        Binary::read(&Rules::new(&Config::new().unwrap()), &module([&nop, &two])).unwrap();
        // There is nothing to drop, and no such instruction.
        assert!(!is_malformed(&module([&drop, &two])));
        assert!(is_malformed(&module([&nop, &unknown])));
        // What comes first is told.
        assert!(!is_malformed(&module([&drop, &unknown])));
        assert!(is_malformed(&module([&[0xff], &[0x1a, 1]])));
        // The same outside of functions: a section that ends too early, and an export of nothing.
        assert!(is_malformed(b"\0asm\x01\0\0\0\x07\x05\x01\x01x"));
        assert!(!is_malformed(b"\0asm\x01\0\0\0\x07\x05\x01\x01x\0\0"));
    }
}
