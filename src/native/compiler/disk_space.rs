//! Checks that the disk has room for what the library will write.
//!
//! When the library's linker cannot write its files, it ends the process.

use std::io;
use std::path::Path;

use super::weight;

/// Refuses to compile a module in a folder that has no room for it.
pub(super) fn check(folder: &Path, wasm: &[u8], counts: bool) -> io::Result<()> {
    let needed = weight::weigh(wasm, counts);
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
    use std::mem::zeroed;

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
        check(&folder, b"\0asm\x01\0\0\0", true).unwrap();
        // A type of a thousand values each way, and calls of a function of that type.
        let values = "i32 ".repeat(1000);
        let calls = "call 0 ".repeat(50_000);
        let text =
            format!("(module (func (param {values}) (result {values}) (unreachable) {calls}))");
        let wasm = wat::parse_str(text).unwrap();
        let needed = weight::weigh(&wasm, false);
        assert!(needed > 50_000 * wasm.len() as u64, "{needed}");
    }
}
