//! Room on the disk, made sure of before the library needs it.
//!
//! When the library's linker cannot write its files, it ends the process.

use std::io;
use std::path::Path;

/// What the object file, the linked one and the output may take for each byte of the module. For one
/// of 224 KB they took 7 (`O3`) to 10 (`O0`) together.
const FACTOR: u64 = 24;
/// The same with code that counts: 16 (`O3`) to 63 (`O0`).
const COUNTING: u64 = 96;
/// And what they take whatever the module is.
const BASE: u64 = 1 << 20;

/// Refuses to compile a module of `len` bytes in a folder that has no room for it.
pub(super) fn check(folder: &Path, len: usize, counts: bool) -> io::Result<()> {
    let factor = if counts { COUNTING } else { FACTOR };
    let needed = BASE.saturating_add(factor.saturating_mul(len as u64));
    let available = available(folder)?;
    if available >= needed {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::StorageFull,
        format!(
            "the compiler may need {needed} bytes of disk space, and there are {available}; make room, or \
             compile to another disk"
        ),
    ))
}

/// How many bytes a file in the folder can have.
#[cfg(unix)]
fn available(folder: &Path) -> io::Result<u64> {
    use core::mem::zeroed;

    let path = super::c_path(folder)?;
    // SAFETY: numbers alone, for all of which zero is a value.
    let (mut disk, mut limit): (libc::statvfs, libc::rlimit) = unsafe { (zeroed(), zeroed()) };
    // SAFETY: the path ends in NUL, and both structures live during the calls.
    let failed = unsafe {
        libc::statvfs(path.as_ptr(), &mut disk) != 0
            || libc::getrlimit(libc::RLIMIT_FSIZE, &mut limit) != 0
    };
    if failed {
        return Err(io::Error::last_os_error());
    }
    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "32 bits wide on some systems"
    )]
    let (blocks, size, limit) = (
        u64::from(disk.f_bavail),
        u64::from(disk.f_frsize),
        limit.rlim_cur as u64,
    );
    Ok(blocks.saturating_mul(size).min(limit))
}

#[cfg(not(unix))]
fn available(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s15_what_cannot_fit_is_refused() {
        let folder = std::env::temp_dir();
        check(&folder, 1, true).unwrap();
        let error = check(&folder, usize::MAX, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
