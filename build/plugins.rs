//! Keeps the library's plug-ins in reach.
//!
//! The library looks for plug-ins beside itself: in `wasmedge` within its folder where that lies below `/usr` or
//! `/lib`, else in `../plugin`. Loaded by way of the folder of links it would look there, so there are links, too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Links both folders the library may look in, seen from `out_dir/lib`, to the installation's. The installation
/// need not have one yet. Where there are no symbolic links, `WASMEDGE_PLUGIN_PATH` is left to the user.
pub(crate) fn link(out_dir: &Path, lib: &Path) -> io::Result<()> {
    let plugins = folder_of(lib);
    for link in [out_dir.join("plugin"), out_dir.join("lib/wasmedge")] {
        if link.is_symlink() {
            fs::remove_file(&link)?;
        }
        #[cfg(unix)]
        let _ = std::os::unix::fs::symlink(&plugins, &link);
    }
    Ok(())
}

/// Where a library in the folder `lib` looks for plug-ins (`Plugin::getDefaultPluginPaths` in WasmEdge).
pub(crate) fn folder_of(lib: &Path) -> PathBuf {
    let text = lib.to_string_lossy();
    if text.starts_with("/usr") || text.starts_with("/lib") {
        lib.join("wasmedge")
    } else {
        lib.join("../plugin")
    }
}
