//! Gives a WebAssembly module a function written in Rust.
//!
//! ```text
//! cargo run --example host_function
//! ```
//!
//! prints
//!
//! ```text
//! addTwo(1234, 5678) = 6912
//! ```

use anyhow::Result;
use wasmedge::{HostModule, Vm};

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/add_two.wat"))?;

    // The guest imports `add` from `extern`; its WebAssembly type follows from the closure's.
    let mut host = HostModule::new("extern");
    host.func_wrap("add", |a: i32, b: i32| a.wrapping_add(b))?;

    let mut vm = Vm::new(())?;
    vm.register_host(&host)?;
    let sum: i32 = vm.run_bytes(&wasm, "addTwo", (1234, 5678))?;
    println!("addTwo(1234, 5678) = {sum}");
    Ok(())
}
