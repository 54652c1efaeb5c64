//! A folder of links to the shared library, inside the target folder.
//!
//! Cargo puts a search path on the loader's path (for `cargo run`, `cargo test` and doc tests, here and in
//! packages that depend on this one) only when it lies inside the target folder.

use std::fs;
use std::io;
#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(windows)]
use std::os::windows::fs::symlink_file as symlink;
use std::path::{Path, PathBuf};

use super::library::Library;
use super::message::Message;
use super::place::Installation;
use super::plugins;

/// Makes the folder anew and returns it.
pub(crate) fn make(out_dir: &Path, installation: &Installation) -> Result<PathBuf, Message> {
    let folder = out_dir.join("lib");
    let filled = fill(&folder, &installation.files, installation.library)
        .and_then(|()| plugins::link(out_dir, &installation.lib));
    filled.map_err(|error| {
        Message::new(format_args!(
            "cannot link the WasmEdge library into {}: {error}.",
            folder.display()
        ))
        .about_target_folder()
    })?;
    Ok(folder)
}

/// Links each file, and adds the linker's and the loader's names where no file has them.
fn fill(folder: &Path, files: &[PathBuf], library: Library) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for file in files {
        if let Some(name) = file.file_name() {
            link(file, &folder.join(name))?;
        }
    }
    let Some(any) = files.first() else {
        return Ok(());
    };
    for name in [Some(library.link_name()), library.loader_name()]
        .into_iter()
        .flatten()
    {
        let missing = folder.join(name);
        if !missing.exists() {
            link(any, &missing)?;
        }
    }
    Ok(())
}

/// A symbolic link, or a copy where there is no such thing.
fn link(file: &Path, to: &Path) -> io::Result<()> {
    symlink(file, to).or_else(|_| fs::copy(file, to).map(drop))
}
