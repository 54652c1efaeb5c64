//! Lets a host function keep something: the data of the store, which it reaches through its caller.
//!
//! ```text
//! cargo run --example host_data
//! ```
//!
//! prints
//!
//! ```text
//! addTwo(1234, 5678) = 6912
//! the host kept: 6912
//! ```

use anyhow::Result;
use wasmedge::{Caller, HostModule, Vm};

/// What the program keeps in the store.
#[derive(Default)]
struct Host {
    last_sum: i32,
}

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/add_two.wat"))?;

    let mut host = HostModule::new("extern");
    host.func_wrap("add", |mut caller: Caller<'_, Host>, a: i32, b: i32| {
        let sum = a.wrapping_add(b);
        caller.data_mut().last_sum = sum;
        sum
    })?;

    let mut vm = Vm::new(Host::default())?;
    vm.register_host(&host)?;
    let sum: i32 = vm.run_bytes(&wasm, "addTwo", (1234, 5678))?;
    println!("addTwo(1234, 5678) = {sum}");
    println!("the host kept: {}", vm.data().last_sum);
    Ok(())
}
