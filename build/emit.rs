//! What cargo is told.

use std::path::{Path, PathBuf};

use super::host::Host;
use super::library::Library;
use super::loader_path;
use super::message::Message;
use super::place::Installation;
use super::version::{THRESHOLDS, VERSION_HEADER, Version};

/// Prints everything at once.
pub(crate) fn emit(
    host: &Host,
    installation: &Installation,
    version: &Version,
    out_dir: &Path,
) -> Result<(), Message> {
    let linking = match installation.library {
        Library::Static => link_static(host, installation),
        _ => link_shared(&loader_path::make(out_dir, installation)?),
    };
    let steps = [
        linking,
        cfgs(version),
        metadata(installation, version),
        bindings(out_dir),
        reruns(host, installation),
    ];
    print(&steps.concat());
    Ok(())
}

/// What cargo is told where nothing is linked.
pub(crate) fn without_library(host: &Host, version: &Version) -> Vec<String> {
    [cfgs(version), metadata_of(version), watched(host, &[])].concat()
}

pub(crate) fn print(lines: &[String]) {
    for line in lines {
        println!("cargo::{line}");
    }
}

/// Links the shared library by way of the folder that cargo puts on the loader's path.
pub(crate) fn link_shared(folder: &Path) -> Vec<String> {
    vec![
        format!("rustc-link-search=native={}", folder.display()),
        "rustc-link-lib=dylib=wasmedge".to_owned(),
    ]
}

/// Links the static library, what `WASMEDGE_STATIC_LIBS` names, and the system's libraries.
///
/// `libwasmedge.a` must hold the libraries it was built with (LLVM, spdlog, fmt), as WasmEdge's own static build
/// does; those it does not hold, such as `z` or `tinfo`, are named in `WASMEDGE_STATIC_LIBS`, separated by commas.
pub(crate) fn link_static(host: &Host, installation: &Installation) -> Vec<String> {
    let named = host
        .setting("WASMEDGE_STATIC_LIBS")
        .map(|variable| variable.value)
        .unwrap_or_default();
    let named = named.to_string_lossy().into_owned();
    let named = named
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let system: &[&str] = match host.target.os.as_str() {
        "linux" => &["stdc++", "pthread", "dl", "m", "rt"],
        _ => &["c++"],
    };
    let libraries = ["static=wasmedge"]
        .into_iter()
        .chain(named)
        .chain(system.iter().copied());
    let mut lines = vec![format!(
        "rustc-link-search=native={}",
        installation.lib.display()
    )];
    lines.extend(libraries.map(|library| format!("rustc-link-lib={library}")));
    lines
}

/// Declares every cfg and sets those of this version.
pub(crate) fn cfgs(version: &Version) -> Vec<String> {
    let declared = THRESHOLDS
        .iter()
        .map(|(cfg, _)| format!("rustc-check-cfg=cfg({cfg})"));
    declared
        .chain(version.number.cfgs().map(|cfg| format!("rustc-cfg={cfg}")))
        .collect()
}

/// What build scripts of dependent packages see as `DEP_WASMEDGE_ROOT` and so on.
pub(crate) fn metadata(installation: &Installation, version: &Version) -> Vec<String> {
    let root = installation
        .root
        .iter()
        .map(|root| format!("metadata=ROOT={}", root.display()));
    let folders = [
        format!("metadata=INCLUDE={}", installation.include.display()),
        format!("metadata=LIB={}", installation.lib.display()),
    ];
    root.chain(folders).chain(metadata_of(version)).collect()
}

fn metadata_of(version: &Version) -> Vec<String> {
    vec![
        format!("metadata=VERSION={}", version.text),
        format!("metadata=VERSION_NUMBER={}", version.number.as_integer()),
    ]
}

/// The folder of what bindgen made, and of the links to the library: the tests, a package of their own, look there.
pub(crate) fn bindings(out_dir: &Path) -> Vec<String> {
    vec![format!("metadata=BINDINGS={}", out_dir.display())]
}

/// What makes cargo run the build script again, besides the headers, which bindgen names.
pub(crate) fn reruns(host: &Host, installation: &Installation) -> Vec<String> {
    let version_header = installation.include.join(VERSION_HEADER);
    watched(host, &[&[version_header], &*installation.files].concat())
}

/// What cargo watches: the build script itself, these files, and all variables that were read.
fn watched(host: &Host, files: &[PathBuf]) -> Vec<String> {
    let own = ["build.rs", "build", "wrapper.h"].map(PathBuf::from);
    let variables = host.asked().into_iter();
    own.iter()
        .chain(files)
        .map(|file| format!("rerun-if-changed={}", file.display()))
        .chain(variables.map(|name| format!("rerun-if-env-changed={name}")))
        .collect()
}
