//! Folders that this user alone writes to, and the files in them.

use crate::vocabulary::Quoted;
use std::fs;
use std::io;
use std::path::Path;

/// Makes a folder that is this user's alone, and new.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file to read: neither another place's, nor one that another end has to be opened for first.
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK,
    );
    options.open(path)
}

/// Makes sure that nobody else can put another folder in the place of this one, whose path has no
/// symbolic links in it.
///
/// # Errors
///
/// The first folder above it in which others may.
pub(crate) fn is_out_of_reach(folder: &Path) -> io::Result<()> {
    for above in folder.ancestors().skip(1) {
        if !is_safe(&fs::metadata(above)?) {
            let text = format!(
                "others may put another folder in its place, since they may write to {}; take one \
                 below a folder that is yours",
                Quoted::path(above)
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
    }
    Ok(())
}

/// Whether this user alone may have written it.
#[cfg(unix)]
pub(crate) fn is_own(metadata: &fs::Metadata) -> bool {
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
pub(crate) fn is_own(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_safe(_: &fs::Metadata) -> bool {
    false
}
