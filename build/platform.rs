//! The processor that a library is for, as the beginning of its file tells.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The processor of an ELF file (Linux) or a Mach-O file (macOS), by cargo's name, or else its number. Nothing where
/// the file is neither: an archive, a script for the linker, a file for several processors; the linker judges these.
pub(crate) fn of(file: &Path) -> Option<String> {
    let mut header = [0; 20];
    File::open(file).ok()?.read_exact(&mut header).ok()?;
    of_header(&header)
}

fn of_header(header: &[u8; 20]) -> Option<String> {
    let name = match header {
        [0x7f, b'E', b'L', b'F', class, order, ..] => {
            let number = [header[18], header[19]];
            let number = match order {
                2 => u16::from_be_bytes(number),
                _ => u16::from_le_bytes(number),
            };
            match (number, class) {
                (0x3e, 2) => "x86_64",
                (0xb7, _) => "aarch64",
                (0x03, _) => "x86",
                (0x28, _) => "arm",
                (0xf3, 2) => "riscv64",
                (0x16, _) => "s390x",
                (0x15, _) => "powerpc64",
                _ => return Some(format!("processor {number} of ELF")),
            }
        }
        [
            0xcf,
            0xfa,
            0xed,
            0xfe,
            processor @ ..,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] => match processor {
            [0x07, 0, 0, 0x01] => "x86_64",
            [0x0c, 0, 0, 0x01] => "aarch64",
            _ => return Some(format!("processor {processor:?} of Mach-O")),
        },
        _ => return None,
    };
    Some(name.to_owned())
}
