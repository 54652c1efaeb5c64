//! A private folder for one file that is being made.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use super::absolute;

/// What the names of such folders begin with.
pub(super) const PREFIX: &str = ".wasmedge-";

/// A folder that this process alone uses, removed with all in it when dropped. The library puts its
/// object files there too.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    file: PathBuf,
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
        const ATTEMPTS: u32 = 16;
        let mut attempt = 0;
        loop {
            // Seeded by the system; and what is there already is left alone, not used.
            let number = RandomState::new().hash_one(attempt);
            let folder = parent.join(format!("{PREFIX}{number:016x}"));
            match create_private(&folder) {
                Ok(()) => {
                    let file = folder.join("module.wasm");
                    return Ok(Self { folder, file });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    attempt += 1;
                    if attempt == ATTEMPTS {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file to be made.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Gives the file its place, at once and as a whole.
    pub(crate) fn publish(self, output: &Path) -> io::Result<()> {
        fs::rename(&self.file, absolute(output)?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing depends on it, and there is nobody to tell.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder that is this user's alone, and new.
pub(super) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
