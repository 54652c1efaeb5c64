//! Compiles a module to native code, into a file, and runs that.
//!
//! ```text
//! cargo run --example compiled
//! ```
//!
//! prints
//!
//! ```text
//! fib(30) = 1346269
//! ```

use anyhow::Result;
use wasmedge::{Compiler, Config, Module, OptLevel, Vm};

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("fibonacci.aot.wasm");

    // `compile_file` takes the path of a binary module. The outcome is a module as well, with the
    // native code beside it, and runs on every machine like this one.
    let mut config = Config::new()?;
    config.optimization_level(OptLevel::O2);
    Compiler::new(&config)?.compile_bytes(&wasm, &file)?;

    // SAFETY: this program wrote the file, with this configuration, where nobody else can. The module
    // shares no tables, and its recursion is not deep.
    let module = unsafe { Module::from_compiled_file(&config, &file) }?;
    let fib: i32 = Vm::with_config(&config, ())?.run_module(&module, "fib", 30)?;
    println!("fib(30) = {fib}");
    Ok(())
}
