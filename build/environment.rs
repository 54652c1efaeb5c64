//! The machine the build script really runs on.

use std::env;
use std::path::PathBuf;

use super::host::{Host, PkgConfig, Target};

/// Reads what cargo says of the build.
pub(crate) fn host() -> Host {
    let cargo = |name| env::var(name).unwrap_or_default();
    let target = Target {
        triple: cargo("TARGET"),
        arch: cargo("CARGO_CFG_TARGET_ARCH"),
        os: cargo("CARGO_CFG_TARGET_OS"),
        native: cargo("TARGET") == cargo("HOST"),
    };
    let mut host = Host::new(
        target,
        PathBuf::from("/"),
        Box::new(|name| env::var_os(name)),
    );
    host.static_feature = env::var_os("CARGO_FEATURE_STATIC").is_some();
    host.pkg_config = Box::new(ask_pkg_config);
    host
}

/// Asks pkg-config, which stays quiet when `wasmedge` is unknown to it and prints nothing for cargo.
fn ask_pkg_config() -> Option<PkgConfig> {
    let found = pkg_config::Config::new()
        .cargo_metadata(false)
        .env_metadata(false)
        .probe("wasmedge")
        .ok()?;
    Some(PkgConfig {
        include_dirs: found.include_paths,
        lib_dirs: found.link_paths,
    })
}
