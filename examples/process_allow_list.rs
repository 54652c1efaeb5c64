//! Lets guests run commands of this machine through the plug-in `wasmedge_process`, but none that is not
//! in a list.
//!
//! ```text
//! cargo run --example process_allow_list -- ~/.wasmedge/plugin/libwasmedgePluginWasmEdgeProcess.so
//! ```
//!
//! prints
//!
//! ```text
//! allowed: nothing; the command exited with -1, after 0 bytes of output
//! allowed: echo; the command exited with 0, after 6 bytes of output
//! ```

use anyhow::{Context, Result};
use wasmedge::Vm;
use wasmedge::plugin::{self, process};

fn main() -> Result<()> {
    let path = std::env::args_os().nth(1);
    let path = path.context("usage: process_allow_list PLUGIN")?;
    // SAFETY: the user of this program trusts the plug-in, whose code runs from now on.
    unsafe { plugin::load(path) }?;

    // Runs `echo hello`, whatever else there is to run.
    let guest = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/process_echo.wat"
    ))?;
    for list in [&[][..], &["echo"]] {
        // A module of the plug-in copies the list when it is made, for a `Vm` with it.
        process::allow(list)?;
        let mut vm = Vm::new(())?;
        let (code, len): (i32, i32) = vm.run_bytes(&guest, "run", ())?;
        let allowed = if list.is_empty() { "nothing" } else { "echo" };
        println!("allowed: {allowed}; the command exited with {code}, after {len} bytes of output");
    }
    Ok(())
}
