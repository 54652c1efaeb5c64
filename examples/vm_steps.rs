//! Runs a function with a `Vm`, step by step: load, validate, instantiate, look at the functions,
//! call one.
//!
//! ```text
//! cargo run --example vm_steps
//! ```
//!
//! prints
//!
//! ```text
//! exported function: fib (i32) -> (i32)
//! fib(25) = 121393
//! ```

use anyhow::Result;
use wasmedge::Vm;

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;

    let mut vm = Vm::new(())?;
    vm.load_bytes(&wasm)?;
    vm.validate()?;
    vm.instantiate()?;
    for (name, ty) in vm.functions() {
        println!("exported function: {name} {ty}");
    }

    // What is instantiated can be called as often as one likes, until the next one replaces it.
    let fib: i32 = vm.call("fib", 25)?;
    println!("fib(25) = {fib}");
    Ok(())
}
