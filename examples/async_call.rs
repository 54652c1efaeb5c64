//! Runs functions on a thread of their own and waits for them: in one step, then with the steps one by
//! one.
//!
//! ```text
//! cargo run --example async_call
//! ```
//!
//! prints
//!
//! ```text
//! fib(20) = 10946
//! fib(25) = 121393
//! ```

use wasmedge::Vm;

fn main() -> anyhow::Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;

    // The call owns the `Vm` as long as it runs, and gives it back with the result.
    let call = Vm::new(())?.run_bytes_async(wasm.clone(), "fib", 20)?;
    let (mut vm, fib) = call.wait();
    let fib: i32 = fib?;
    println!("fib(20) = {fib}");

    vm.load_bytes(&wasm)?;
    vm.validate()?;
    vm.instantiate()?;
    let (_vm, fib) = vm.call_async("fib", 25)?.wait();
    let fib: i32 = fib?;
    println!("fib(25) = {fib}");
    Ok(())
}
