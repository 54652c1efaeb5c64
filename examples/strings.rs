//! Calls functions of a guest in Rust with strings and arrays, by the convention of the crate
//! `wasmedge-bindgen`.
//!
//! ```text
//! cargo run --example strings
//! ```
//!
//! prints
//!
//! ```text
//! say("WasmEdge") = "hello WasmEdge"
//! sum([1, 2, 39]) = 42
//! divide(17, 5) = (3, 2)
//! divide(17, 0): the guest function failed: division by zero
//! ```

use anyhow::Result;
use wasmedge::Vm;
use wasmedge::bindgen::WasmEdgeBindgen;

fn main() -> Result<()> {
    // Its source is in testdata/guests/wasmedge_bindgen.
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/wasmedge_bindgen.wasm"
    );
    let mut vm = Vm::new(())?;
    let instance = vm.register_file("guest", path)?;

    // Finds what the convention needs, once; then each function takes and gives Rust's own types.
    let guest = WasmEdgeBindgen::new(&vm, instance)?;
    let text: String = guest.call(&mut vm, "say", "WasmEdge")?;
    println!("say(\"WasmEdge\") = {text:?}");

    let numbers = [1i64, 2, 39];
    let sum: i64 = guest.call(&mut vm, "sum", numbers)?;
    println!("sum({numbers:?}) = {sum}");

    // Several results, or an error of the guest's own.
    for divisor in [5, 0] {
        match guest.call::<_, (i32, i32)>(&mut vm, "divide", (17, divisor)) {
            Ok(results) => println!("divide(17, {divisor}) = {results:?}"),
            Err(error) => println!("divide(17, {divisor}): {error}"),
        }
    }
    Ok(())
}
