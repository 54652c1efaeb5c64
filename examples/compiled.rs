//! Compiles a module to native code, into a file, runs that, and compares how long it takes.
//!
//! ```text
//! cargo run --example compiled
//! ```
//!
//! prints, with times of its own,
//!
//! ```text
//! interpreted: fib(30) = 1346269 in 405 ms
//! compiled in 31 ms
//! compiled: fib(30) = 1346269 in 6 ms
//! ```

use std::time::Instant;

use anyhow::Result;
use wasmedge::{Compiler, Config, Module, OptLevel, Vm};

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("fibonacci.aot.wasm");

    let mut config = Config::new()?;
    config.optimization_level(OptLevel::O2);
    run("interpreted", &config, &Module::new(&config, &wasm)?)?;

    // `compile_file` takes the path of a binary module. The outcome is a module as well, with the
    // native code beside it, and runs on every machine like this one.
    let start = Instant::now();
    Compiler::new(&config)?.compile_bytes(&wasm, &file)?;
    println!("compiled in {} ms", start.elapsed().as_millis());

    // SAFETY: this program wrote the file, with this configuration, where nobody else can. The module
    // shares no tables, and its recursion is not deep.
    let module = unsafe { Module::from_compiled_file(&config, &file) }?;
    run("compiled", &config, &module)
}

fn run(how: &str, config: &Config, module: &Module) -> Result<()> {
    let mut vm = Vm::with_config(config, ())?;
    let start = Instant::now();
    let fib: i32 = vm.run_module(module, "fib", 30)?;
    println!(
        "{how}: fib(30) = {fib} in {} ms",
        start.elapsed().as_millis()
    );
    Ok(())
}
