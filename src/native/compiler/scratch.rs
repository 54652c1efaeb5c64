//! A private folder for one file that is being made.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{absolute, private};
use crate::vocabulary::Quoted;

/// What the names of such folders begin with.
pub(super) const PREFIX: &str = ".wasmedge-";

/// A folder that this process alone uses, removed with all in it when dropped. The library puts its
/// object files there too.
///
/// It is held open, and its files are named by way of the descriptor: so whoever may rename the
/// folder, or a folder above it, still cannot put another one in its place. That takes `/proc`;
/// without it the folders above have to be safe, see [`is_private`](Self::is_private).
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Where it was made.
    folder: PathBuf,
    file: PathBuf,
    /// Keeps the descriptor, and a lock on the folder, which no other one of this kind has.
    _held: Option<File>,
    by_descriptor: bool,
}

impl Scratch {
    /// Makes a folder beside `output`, so that a file in it can be renamed to `output`.
    pub(crate) fn beside(output: &Path) -> io::Result<Self> {
        let output = absolute(output)?;
        if output.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder; name a file in it",
            ));
        }
        match output.parent() {
            Some(parent) => Self::within(parent),
            None => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Makes a folder within another one.
    pub(crate) fn within(parent: &Path) -> io::Result<Self> {
        // Seeded by the system; and what is there already is left alone, not used.
        let number = RandomState::new().hash_one(());
        let folder = parent.join(format!("{PREFIX}{number:016x}"));
        private::create(&folder)?;
        Self::hold(folder)
    }

    /// Takes a folder that was made just now.
    fn hold(folder: PathBuf) -> io::Result<Self> {
        let held = hold(&folder)?;
        let through = held.as_ref().and_then(by_descriptor);
        let by_descriptor = through.is_some();
        let file = through
            .unwrap_or_else(|| folder.clone())
            .join("module.wasm");
        Ok(Self {
            folder,
            file,
            _held: held,
            by_descriptor,
        })
    }

    /// Whether no other user can change what is in it, or put another one in its place.
    ///
    /// # Errors
    ///
    /// The folder that others may rename, or replace, and why.
    pub(crate) fn is_private(&self) -> io::Result<()> {
        if let Some(held) = &self._held {
            if !private::is_own(&held.metadata()?) {
                return Err(refused(&self.folder, "it is not this user's alone"));
            }
            if self.by_descriptor {
                return Ok(());
            }
        }
        private::is_out_of_reach(&fs::canonicalize(&self.folder)?)
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(&self.folder)
    }

    /// The file to be made.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// What the file holds.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let mut file = private::open(&self.file)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Gives the file its place, at once and as a whole.
    pub(crate) fn publish(self, output: &Path) -> io::Result<()> {
        fs::rename(&self.file, absolute(output)?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing depends on it, and there is nobody to tell. What is in it are files.
        for entry in fs::read_dir(self.folder()).into_iter().flatten().flatten() {
            let _ = fs::remove_file(entry.path());
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

fn refused(folder: &Path, why: &str) -> io::Error {
    let text = format!(
        "{} was replaced while it was made: {why}; take a folder that others cannot write to",
        Quoted::path(folder)
    );
    io::Error::new(io::ErrorKind::PermissionDenied, text)
}

/// Opens a folder that was made just now, and makes sure that it is the one.
#[cfg(unix)]
fn hold(folder: &Path) -> io::Result<Option<File>> {
    use std::os::fd::AsRawFd;

    let mut options = OpenOptions::new();
    options.read(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_DIRECTORY | libc::O_NOFOLLOW,
    );
    let held = options
        .open(folder)
        .map_err(|error| match error.raw_os_error() {
            // Somebody has renamed it, or put something else there.
            Some(libc::ENOENT | libc::ENOTDIR | libc::ELOOP | libc::EACCES) => {
                refused(folder, "it is gone")
            }
            _ => error,
        })?;
    // SAFETY: the descriptor is open.
    let is_locked = unsafe { libc::flock(held.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0;
    if !is_locked && io::Error::last_os_error().kind() == io::ErrorKind::WouldBlock {
        return Err(refused(folder, "another compiler uses it"));
    }
    let listed = by_descriptor(&held).unwrap_or_else(|| folder.to_owned());
    if fs::read_dir(listed)?.next().is_some() {
        return Err(refused(folder, "there is something in it"));
    }
    Ok(Some(held))
}

#[cfg(not(unix))]
fn hold(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// The path of a folder by its descriptor, where the system has such paths.
#[cfg(target_os = "linux")]
fn by_descriptor(held: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::MetadataExt;

    let path = PathBuf::from(format!("/proc/self/fd/{}", held.as_raw_fd()));
    let (there, own) = (fs::metadata(&path).ok()?, held.metadata().ok()?);
    (there.dev() == own.dev() && there.ino() == own.ino()).then_some(path)
}

#[cfg(not(target_os = "linux"))]
fn by_descriptor(_: &File) -> Option<PathBuf> {
    None
}
