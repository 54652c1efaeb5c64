//! Runs a function of a WebAssembly module step by step: load, validate, instantiate, call; and
//! counts the instructions.
//!
//! ```text
//! cargo run --example fibonacci_steps
//! ```
//!
//! prints
//!
//! ```text
//! exports:
//!   `fib`: function (i32) -> (i32)
//! fib(30) = 1346269
//! instructions: 28271634
//! ```

use anyhow::Result;
use wasmedge::{Config, Executor, Loader, Store, Validator};

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;

    let mut config = Config::new()?;
    config.count_instructions(true);

    // Bytes become an AST, which a validator turns into a module that can be run.
    let ast = Loader::new(&config)?.load_bytes(&wasm)?;
    let module = Validator::new(&config)?.validate(ast)?;
    println!("exports:");
    for export in module.exports() {
        println!("  {export}");
    }

    // A store owns what runs; its executor runs it, and counts.
    let mut store = Store::with_executor(Executor::new(&config)?, ())?;
    let instance = store.instantiate(&module)?;
    let fib = instance.get_typed_func::<i32, i32>(&store, "fib")?;
    println!("fib(30) = {}", fib.call(&mut store, 30)?);
    println!("instructions: {}", store.statistics().instruction_count());
    Ok(())
}
