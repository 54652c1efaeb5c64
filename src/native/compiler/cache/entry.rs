//! A file in the cache: a compiled module, and the digest of it and its key.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::Path;

use super::key::Key;
use crate::native::compiler::private;

const SEAL: usize = 32;

/// The compiled module, in memory before it is looked at: nobody can change what was found good.
pub(super) fn read(path: &Path, key: &Key) -> io::Result<Vec<u8>> {
    let file = private::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || !private::is_own(&metadata) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    // The library takes no more than 4 GiB.
    let most = u64::from(u32::MAX) + SEAL as u64;
    if metadata.len() > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(most).read_to_end(&mut bytes)?;
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let end = bytes.len().checked_sub(SEAL).ok_or_else(damaged)?;
    if bytes[end..] != key.seal(&bytes[..end]) {
        return Err(damaged());
    }
    bytes.truncate(end);
    Ok(bytes)
}

/// Writes an entry to a new file, down to the disk.
pub(super) fn write(path: &Path, key: &Key, compiled: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(compiled)?;
    file.write_all(&key.seal(compiled))?;
    // Else a loss of power might leave the name with a file that is not whole; the digest would
    // tell.
    file.sync_all()
}
