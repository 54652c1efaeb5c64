//! docs.rs, which has neither a WasmEdge nor a network: committed bindings take their place there.
//!
//! They are of the newest supported version, whose API has everything, and are what bindgen makes of its headers:
//! `tests/build_script.rs` compares them where that version is installed. Nothing is linked, so no program can be built
//! in this way.

use std::fs;
use std::path::Path;

use super::emit;
use super::host::Host;
use super::message::Message;
use super::version::{Number, Version};

/// The version of the committed bindings.
pub(crate) const VERSION: Number = Number(0, 17, 1);
/// Where they are, seen from the package.
pub(crate) const FOLDER: &str = "build/docs_rs";
/// What `src/sys` includes from `OUT_DIR`.
pub(crate) const FILES: [&str; 2] = ["bindings.rs", "error_codes.rs"];

/// Whether this is docs.rs, which sets `DOCS_RS`.
pub(crate) fn is_here(host: &Host) -> bool {
    host.var("DOCS_RS").is_some()
}

/// Gives the bindings in the package to the crate, and tells cargo their version.
pub(crate) fn stand_in(host: &Host, package: &Path, out_dir: &Path) -> Result<(), Message> {
    for name in FILES {
        let file = package.join(FOLDER).join(name);
        fs::copy(&file, out_dir.join(name)).map_err(|error| {
            Message::new(format_args!(
                "cannot copy {} to {}: {error}.",
                file.display(),
                out_dir.display()
            ))
            .about_target_folder()
        })?;
    }
    let version = Version {
        number: VERSION,
        text: VERSION.to_string(),
    };
    emit::print(&emit::without_library(host, &version));
    Ok(())
}
