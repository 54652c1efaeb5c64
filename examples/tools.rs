//! The command-line tools of WasmEdge in one program: `run`, `compile`, and `wasmedge` with all of its
//! subcommands.
//!
//! ```text
//! cargo run --example tools -- wasmedge --version
//! ```
//!
//! prints
//!
//! ```text
//! wasmedge version 0.13.4
//! ```
//!
//! followed by the plug-ins that there are; and, with a module in the binary format, which these tools want,
//!
//! ```text
//! cargo run --example tools -- compile examples/guests/count.wasm target/count.wasm
//! cargo run --example tools -- run target/count.wasm - <testdata/fibonacci.wat
//! ```
//!
//! prints how the compiler gets on, and how many lines, words and bytes that file has.

use std::ffi::OsString;
use std::process::exit;

use anyhow::{Result, bail};
use wasmedge::cli;

fn main() -> Result<()> {
    // What follows the name of the tool is its command line; the name stands for the program's.
    let line: Vec<OsString> = std::env::args_os().skip(1).collect();
    // SAFETY: the user of this program trusts what is run. Nothing else uses the library, neither now
    // nor afterwards.
    let code = unsafe {
        match line.first().and_then(|tool| tool.to_str()) {
            Some("run") => cli::tool(line),
            Some("compile") => cli::compiler(line),
            Some("wasmedge") => cli::unified(line),
            _ => bail!("usage: tools run|compile|wasmedge ARGUMENT..."),
        }
    }?;
    exit(code)
}
