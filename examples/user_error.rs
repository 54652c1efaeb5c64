//! Ends the guest from a host function, with a number that the caller gets.
//!
//! ```text
//! cargo run --example user_error
//! ```
//!
//! prints
//!
//! ```text
//! the error code: 5566
//! ```

use anyhow::Result;
use wasmedge::{Error, HostModule, Vm};

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/trap.wat"))?;

    // A code has 24 bits. Any error type of the program's own would come back as well.
    let mut host = HostModule::new("extern");
    host.func_wrap("trap", |code: u32| -> Result<(), Error> {
        Err(Error::user(code & 0xFF_FFFF))
    })?;

    let mut vm = Vm::new(())?;
    vm.register_host(&host)?;
    match vm.run_bytes::<u32, ()>(&wasm, "trap", 5566) {
        Err(error) if error.user_code().is_some() => {
            println!("the error code: {}", error.user_code().unwrap_or_default());
        }
        other => other?,
    }
    Ok(())
}
