//! The folder that this user alone writes to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::compiler::absolute;
use crate::compiler::scratch::{self, create_private};
use crate::error::Quoted;

/// How old what a killed program left behind has to be before it is removed: older than any compiler
/// that still runs.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes the folder if it is not there, and makes sure that nobody else can write to it or put
/// another one in its place. Returns its path without symbolic links.
pub(super) fn open(folder: &Path) -> io::Result<PathBuf> {
    let folder = absolute(folder)?;
    match create_private(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let folder = fs::canonicalize(folder)?;
    let metadata = fs::metadata(&folder)?;
    if !metadata.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let refused = |text: String| Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    if !is_own(&metadata) {
        return refused("it is another user's, or others may write to it; take a folder of your own, with the mode \
             700".to_owned());
    }
    for above in folder.ancestors().skip(1) {
        if !is_safe(&fs::metadata(above)?) {
            return refused(format!(
                "others may put another folder in its place, since they may write to {}; take one \
                 below a folder that is yours",
                Quoted::path(above)
            ));
        }
    }
    Ok(folder)
}

/// Whether this user alone may have written it.
#[cfg(unix)]
pub(super) fn is_own(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    metadata.uid() == user() && metadata.mode() & 0o022 == 0
}

/// Whether nobody but this user and the system administrator can rename what others own in it.
#[cfg(unix)]
fn is_safe(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    let sticky = metadata.mode() & 0o1000 != 0;
    (metadata.uid() == user() || metadata.uid() == 0) && (sticky || metadata.mode() & 0o022 == 0)
}

#[cfg(unix)]
fn user() -> u32 {
    // SAFETY: asks for a number, and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(not(unix))]
pub(super) fn is_own(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_safe(_: &fs::Metadata) -> bool {
    false
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
