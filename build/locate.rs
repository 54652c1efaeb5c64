//! Where WasmEdge is: what the variables name, else the first whole installation in the usual places.

use std::path::PathBuf;

use super::host::{Host, Scope, Variable};
use super::library::Library;
use super::message::Message;
use super::place::{HEADER, Installation, Place};
use super::report;

pub(crate) const LIB_DIR: &str = "WASMEDGE_LIB_DIR";
const INCLUDE_DIR: &str = "WASMEDGE_INCLUDE_DIR";
const DIR: &str = "WASMEDGE_DIR";

/// The variables that name an installation, strongest first.
pub(crate) const VARIABLES: [&str; 3] = [LIB_DIR, INCLUDE_DIR, DIR];

/// Finds the installation. A variable that is set and wrong is an error; it is never passed over.
pub(crate) fn locate(host: &Host) -> Result<Installation, Message> {
    let library = Library::wanted(host)?;
    for scope in [Scope::Target, Scope::Plain] {
        if let Some((place, variables)) = named(host, scope)? {
            return place
                .inspect(library, &host.target)
                .map_err(|gap| report::wrong_variables(&variables, &gap));
        }
    }
    search(host, library)
}

/// The place that the variables of one scope name, and those variables.
///
/// `WASMEDGE_LIB_DIR` may stand alone, and then yields to `WASMEDGE_DIR`: the official installer sets it, and it
/// alone, in every shell that reads its `env` file.
fn named(host: &Host, scope: Scope) -> Result<Option<(Place, Vec<Variable>)>, Message> {
    let lib = host.scoped(scope, LIB_DIR);
    let include = host.scoped(scope, INCLUDE_DIR);
    let dir = host.scoped(scope, DIR);
    match (lib, include, dir) {
        (Some(lib), Some(include), _) => Ok(Some(pair(lib, include))),
        (_, None, Some(dir)) => {
            let place = Place::prefix(&dir.path(), &host.target);
            Ok(Some((place, vec![dir])))
        }
        (Some(lib), None, None) => match beside(&lib) {
            Some(place) => Ok(Some((place, vec![lib]))),
            None => Err(report::half_pair(
                &lib,
                &host.name_in(scope, INCLUDE_DIR),
                &host.name_in(scope, DIR),
            )),
        },
        (None, Some(include), _) => Err(report::half_pair(
            &include,
            &host.name_in(scope, LIB_DIR),
            &host.name_in(scope, DIR),
        )),
        (None, None, None) => Ok(None),
    }
}

/// The place that `WASMEDGE_LIB_DIR` and `WASMEDGE_INCLUDE_DIR` name together.
fn pair(lib: Variable, include: Variable) -> (Place, Vec<Variable>) {
    let place = Place {
        name: format!("{} and {}", lib.name, include.name),
        root: None,
        include_dirs: vec![include.path()],
        lib_dirs: vec![lib.path()],
    };
    (place, vec![lib, include])
}

/// The installation round a library folder, when its headers lie in `include` beside it.
fn beside(lib: &Variable) -> Option<Place> {
    let lib_dir = lib.path();
    let root = lib_dir.parent()?.to_owned();
    let include = root.join("include");
    include.join(HEADER).is_file().then(|| Place {
        name: lib.name.clone(),
        root: Some(root),
        include_dirs: vec![include],
        lib_dirs: vec![lib_dir],
    })
}

/// Goes through the usual places.
fn search(host: &Host, library: Library) -> Result<Installation, Message> {
    let mut looked_at = Vec::new();
    for place in usual_places(host) {
        match place.inspect(library, &host.target) {
            Ok(installation) => return Ok(installation),
            Err(gap) => looked_at.push((place.name, gap)),
        }
    }
    Err(report::nothing_found(host, library, &looked_at))
}

/// What pkg-config knows, and the usual prefixes. Empty when building for another platform: what lies there is
/// for this one.
fn usual_places(host: &Host) -> Vec<Place> {
    if !host.target.native {
        return Vec::new();
    }
    let mut places = vec![from_pkg_config(host)];
    places.extend(
        prefixes(host)
            .iter()
            .map(|prefix| Place::prefix(prefix, &host.target)),
    );
    places
}

/// The prefixes WasmEdge is usually installed to.
fn prefixes(host: &Host) -> Vec<PathBuf> {
    let homebrew = match host.target.os.as_str() {
        "macos" => "opt/homebrew",
        _ => "home/linuxbrew/.linuxbrew",
    };
    let home = host.var("HOME").map(PathBuf::from);
    let in_home = home
        .iter()
        .flat_map(|home| [home.join(".wasmedge"), home.join(".local")]);
    in_home
        .chain(["usr/local", homebrew, "usr"].map(|folder| host.root.join(folder)))
        .collect()
}

/// The place pkg-config names; one without folders when `wasmedge` is unknown to it.
fn from_pkg_config(host: &Host) -> Place {
    for name in [
        "PKG_CONFIG",
        "PKG_CONFIG_PATH",
        "PKG_CONFIG_LIBDIR",
        "PKG_CONFIG_SYSROOT_DIR",
    ] {
        host.var(name);
    }
    let (include_dirs, lib_dirs) = (host.pkg_config)()
        .map(|found| (found.include_dirs, found.lib_dirs))
        .unwrap_or_default();
    Place {
        name: "pkg-config".to_owned(),
        root: None,
        include_dirs,
        lib_dirs,
    }
}
