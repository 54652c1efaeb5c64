//! What bytes are, by how they begin and by their sections.

use wasmparser::{Parser, Payload};

/// What modules begin with.
pub(super) const MAGIC: &[u8] = b"\0asm";

/// Whether the bytes begin as a component does: with another layer than modules.
pub(super) fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(MAGIC) && wasm.get(6..8) == Some(&[1, 0])
}

/// The name of the native format the bytes start like, if they do.
pub(crate) fn native_format(bytes: &[u8]) -> Option<&'static str> {
    const MACH_O: [[u8; 4]; 3] = [
        [0xcf, 0xfa, 0xed, 0xfe],
        [0xce, 0xfa, 0xed, 0xfe],
        [0xca, 0xfe, 0xba, 0xbe],
    ];
    if bytes.starts_with(b"\x7fELF") {
        Some("shared library or program (ELF)")
    } else if bytes.starts_with(b"MZ") {
        Some("library or program (PE)")
    } else if MACH_O.iter().any(|magic| bytes.starts_with(magic)) {
        Some("library or program (Mach-O)")
    } else {
        None
    }
}

/// The custom section in which the library's compiler leaves native code.
const COMPILED_SECTION: &str = "wasmedge";

/// Whether a module carries native code of the library's compiler.
pub(crate) fn has_compiled_code(wasm: &[u8]) -> bool {
    let mut payloads = Parser::new(0).parse_all(wasm);
    payloads.any(|payload| {
        matches!(payload, Ok(Payload::CustomSection(section)) if section.name() == COMPILED_SECTION)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_format_is_known_by_how_it_begins() {
        for (begin, name) in [
            (&b"\x7fELF\x02\x01"[..], Some("(ELF)")),
            (b"MZ\x90", Some("(PE)")),
            (b"\xcf\xfa\xed\xfe\x07", Some("(Mach-O)")),
            (b"\xce\xfa\xed\xfe", Some("(Mach-O)")),
            (b"\xca\xfe\xba\xbe", Some("(Mach-O)")),
            (b"\0asm", None),
            (b"\x7fEL", None),
            (b"", None),
        ] {
            let format = native_format(begin);
            let ends = format
                .zip(name)
                .is_some_and(|(own, name)| own.ends_with(name));
            assert!(ends || format == name, "{begin:?}: {format:?}");
        }
    }
}
