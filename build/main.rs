//! The build script. Four steps, one file each; nothing is downloaded. Whatever goes wrong ends in one message on
//! stderr and exit code 1. Cargo is told everything at the end, so that a failure shows its message and little else; it
//! runs a failed build script again in any case.

mod bindings;
mod docs_rs;
mod emit;
mod environment;
mod host;
mod libclang;
mod library;
mod loader_path;
mod locate;
mod message;
mod place;
mod platform;
mod plugins;
mod report;
mod version;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use host::Host;
use message::Message;

pub(crate) fn main() -> ExitCode {
    match run(&environment::host()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}

/// The four steps; on docs.rs, where there is no library, committed bindings take their place.
fn run(host: &Host) -> Result<(), Message> {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    if docs_rs::is_here(host) {
        return docs_rs::stand_in(host, Path::new(""), &out_dir);
    }
    // Both are looked for before one is reported missing, so that who lacks both is told so at once.
    let installation = locate::locate(host);
    let libclang = bindings::load_libclang(host);
    let installation = match (installation, libclang) {
        (Ok(installation), Ok(())) => installation,
        (Err(library), Err(libclang)) => return Err(library.and(libclang)),
        (Err(one), Ok(())) | (Ok(_), Err(one)) => return Err(one),
    };
    let version = version::read(&installation.include)?;
    bindings::generate(&installation.include, &out_dir)?;
    emit::emit(host, &installation, &version, &out_dir)
}
