//! Registers a module under a name, by which others can import its functions and the program can call
//! them.
//!
//! ```text
//! cargo run --example registered_module
//! ```
//!
//! prints
//!
//! ```text
//! registered: mod
//! fib(25) = 121393
//! ```

use anyhow::Result;
use wasmedge::Vm;

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;

    // `register_file` takes the path of a binary module, `register_module` one that is loaded.
    let mut vm = Vm::new(())?;
    vm.register_bytes("mod", &wasm)?;
    for name in vm.instance_names() {
        println!("registered: {name}");
    }

    // It was instantiated when it was registered.
    let fib: i32 = vm.call_registered("mod", "fib", 25)?;
    println!("fib(25) = {fib}");
    Ok(())
}
