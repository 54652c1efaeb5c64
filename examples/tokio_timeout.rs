//! Awaits calls under tokio: two at a time, and one that is stopped when its time is over.
//!
//! ```text
//! cargo run --example tokio_timeout
//! ```
//!
//! prints
//!
//! ```text
//! fib(20) = 10946, fib(22) = 28657
//! after 50ms: wasm trap: interrupted
//! fib(5) = 8
//! ```

use std::time::Duration;

use anyhow::Result;
use tokio::time::timeout;
use wasmedge::{Config, Module, Vm};

#[tokio::main]
async fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;
    let module = Module::new(&Config::new()?, &wasm)?;

    // Each call runs on a thread of its own, so the runtime's threads are free.
    let one = Vm::new(())?.run_module_async::<_, i32>(&module, "fib", 20)?;
    let two = Vm::new(())?.run_module_async::<_, i32>(&module, "fib", 22)?;
    let ((vm, one), (_, two)) = tokio::join!(one, two);
    println!("fib(20) = {}, fib(22) = {}", one?, two?);

    // fib(60) would take days. To drop the call would stop it, too; so the `Vm` comes back.
    let mut call = vm.call_async::<_, i32>("fib", 60)?;
    let limit = Duration::from_millis(50);
    let (vm, fib) = match timeout(limit, &mut call).await {
        Ok(done) => done,
        Err(_) => {
            call.cancel();
            call.await
        }
    };
    match fib {
        Ok(fib) => println!("fib(60) = {fib}"),
        Err(error) => println!("after {limit:?}: {error}"),
    }

    let (_, fib) = vm.call_async::<_, i32>("fib", 5)?.await;
    println!("fib(5) = {}", fib?);
    Ok(())
}
