//! Loads plug-ins, from the folders where the library looks or from a path, and lists their modules.
//!
//! ```text
//! cargo run --example plugins
//! cargo run --example plugins -- ~/.wasmedge/plugin/libwasmedgePluginWasiLogging.so
//! ```
//!
//! prints, where this one is installed,
//!
//! ```text
//! wasi_logging: wasi:logging/logging with 1 functions
//! ```

use anyhow::Result;
use wasmedge::{Store, plugin};

fn main() -> Result<()> {
    // SAFETY: the user of this program trusts these plug-ins, whose code runs from now on.
    unsafe {
        match std::env::args_os().nth(1) {
            Some(path) => drop(plugin::load(path)?),
            None => plugin::load_default_paths()?,
        }
    }
    for plugin in plugin::plugins() {
        for module in plugin.modules() {
            // A `Vm` does this by itself, when a guest imports from the module.
            let mut store = Store::new(())?;
            let instance = store.register_plugin(&plugin, &module)?;
            let functions = instance.func_names(&store).len();
            println!("{}: {module} with {functions} functions", plugin.name());
        }
    }
    Ok(())
}
