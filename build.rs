//! Finds the WasmEdge C library, reads its version, generates the raw bindings and tells cargo.
//!
//! Four steps, one file each in `build/`; nothing is downloaded. Whatever goes wrong ends in one message on
//! stderr and exit code 1. Cargo is told everything at the end, so that a failure shows its message and little
//! else; it runs a failed build script again in any case.

#[path = "build/bindings.rs"]
mod bindings;
#[path = "build/docs_rs.rs"]
mod docs_rs;
#[path = "build/emit.rs"]
mod emit;
#[path = "build/environment.rs"]
mod environment;
#[path = "build/host.rs"]
mod host;
#[path = "build/libclang.rs"]
mod libclang;
#[path = "build/library.rs"]
mod library;
#[path = "build/loader_path.rs"]
mod loader_path;
#[path = "build/locate.rs"]
mod locate;
#[path = "build/message.rs"]
mod message;
#[path = "build/place.rs"]
mod place;
#[path = "build/plugins.rs"]
mod plugins;
#[path = "build/report.rs"]
mod report;
#[path = "build/version.rs"]
mod version;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use host::Host;
use message::Message;

fn main() -> ExitCode {
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
    let installation = locate::locate(host)?;
    let version = version::read(&installation.include)?;
    bindings::generate(host, &installation.include, &out_dir)?;
    emit::emit(host, &installation, &version, &out_dir)
}
