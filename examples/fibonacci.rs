//! Runs a function of a WebAssembly module, in one step.
//!
//! ```text
//! cargo run --example fibonacci
//! ```
//!
//! prints
//!
//! ```text
//! fib(21) = 17711
//! ```

use anyhow::Result;
use wasmedge::Vm;

fn main() -> Result<()> {
    // A module in the text format; `vm.run_file` takes the path of a binary one as it is.
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;

    let mut vm = Vm::new(())?;
    let fib: i32 = vm.run_bytes(&wasm, "fib", 21)?;
    println!("fib(21) = {fib}");
    Ok(())
}
