//! A file with given bytes in it that nobody can change, for a library that reads files alone.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::native::compiler::Scratch;

/// A file that is gone with this.
pub(super) struct MemFile {
    path: PathBuf,
    _kept: Kept,
}

#[allow(dead_code, reason = "kept until they are dropped")]
enum Kept {
    Memory(File),
    Scratch(Scratch),
}

impl MemFile {
    /// A file in memory where the system has such files, else one in a private folder.
    pub(super) fn new(bytes: &[u8]) -> io::Result<Self> {
        in_memory(bytes).or_else(|_| {
            let scratch = Scratch::within(&env::temp_dir())?;
            scratch.is_private()?;
            fs::write(scratch.file(), bytes)?;
            Ok(Self {
                path: scratch.file().to_owned(),
                _kept: Kept::Scratch(scratch),
            })
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The kernel lets nobody write to it any more, this process included.
#[cfg(target_os = "linux")]
fn in_memory(bytes: &[u8]) -> io::Result<MemFile> {
    use std::os::fd::{AsRawFd, FromRawFd};

    // SAFETY: the name ends in NUL, the flags are flags.
    let fd = unsafe {
        libc::memfd_create(
            c"wasmedge".as_ptr(),
            libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING,
        )
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: opened just now, and nobody else's.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(bytes)?;
    let seals = libc::F_SEAL_WRITE | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
    // SAFETY: the descriptor is open, and the command takes a number.
    if unsafe { libc::fcntl(fd, libc::F_ADD_SEALS, seals) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    // Where /proc is not mounted, it has no path.
    fs::metadata(&path)?;
    Ok(MemFile {
        path,
        _kept: Kept::Memory(file),
    })
}

#[cfg(not(target_os = "linux"))]
fn in_memory(_: &[u8]) -> io::Result<MemFile> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_the_bytes_are_there_and_stay_as_they_are() {
        let file = MemFile::new(b"bytes").unwrap();
        assert_eq!(fs::read(file.path()).unwrap(), b"bytes");
        if matches!(file._kept, Kept::Memory(_)) {
            let write = File::options().write(true).open(file.path());
            write.and_then(|mut file| file.write_all(b"x")).unwrap_err();
            assert_eq!(fs::read(file.path()).unwrap(), b"bytes");
        }
        let path = file.path().to_owned();
        drop(file);
        assert!(!path.exists());
    }
}
