//! Shows that a guest keeps its state from call to call, and each instance its own.
//!
//! ```text
//! cargo run --example guest_state
//! ```
//!
//! prints
//!
//! ```text
//! one: 5, 12, 13
//! other: 100
//! one, set to 40 by the host: 42
//! ```

use anyhow::{Context, Result};
use wasmedge::{Config, Module, Store, Val};

const GUEST: &str = r#"(module
  (global $sum (export "sum") (mut i32) (i32.const 0))
  (func (export "add") (param i32) (result i32)
    (global.set $sum (i32.add (global.get $sum) (local.get 0)))
    (global.get $sum)))"#;

fn main() -> Result<()> {
    // The module is code alone; its memories, tables and globals are those of its instances.
    let module = Module::new(&Config::new()?, wat::parse_str(GUEST)?)?;
    let mut store = Store::new(())?;
    let one = store.instantiate(&module)?;
    let other = store.instantiate(&module)?;

    let add = one.get_typed_func::<i32, i32>(&store, "add")?;
    let sums = [5, 7, 1].map(|number| add.call(&mut store, number));
    let [a, b, c] = sums;
    println!("one: {}, {}, {}", a?, b?, c?);

    let add_other = other.get_typed_func::<i32, i32>(&store, "add")?;
    println!("other: {}", add_other.call(&mut store, 100)?);

    let sum = one.get_global(&store, "sum").context("no global")?;
    sum.set(&mut store, Val::I32(40))?;
    println!("one, set to 40 by the host: {}", add.call(&mut store, 2)?);
    Ok(())
}
