//! The folder that this user alone writes to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::native::compiler::{absolute, private, scratch};

/// How old what a killed program left behind has to be before it is removed: older than any
/// compiler that still runs.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes the folder if it is not there, and makes sure that nobody else can write to it or put
/// another one in its place. Returns its path without symbolic links.
pub(super) fn open(folder: &Path) -> io::Result<PathBuf> {
    let folder = absolute(folder)?;
    match private::create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let folder = fs::canonicalize(folder)?;
    let metadata = fs::metadata(&folder)?;
    if !metadata.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if !private::is_own(&metadata) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is another user's, or others may write to it; take a folder of your own, with the mode \
             700",
        ));
    }
    private::is_out_of_reach(&folder)?;
    Ok(folder)
}

/// Removes what programs left behind that were killed while they compiled or wrote.
pub(super) fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_scratch = name
            .as_encoded_bytes()
            .starts_with(scratch::PREFIX.as_bytes());
        let is_old = || {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > OLD))
        };
        if is_scratch && is_old() {
            // Nothing depends on it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
