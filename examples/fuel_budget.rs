//! Gives each tenant a budget of instructions, which its requests use up.
//!
//! ```text
//! cargo run --example fuel_budget
//! ```
//!
//! prints
//!
//! ```text
//! ada: fib(20) = 10946, 770149 left
//! bob: fib(15) = 987, 29288 left
//! bob: fib(15) = 987, 8576 left
//! bob: the budget is used up, 0 left
//! ada: fib(15) = 987, 749437 left
//! bob, with a new budget: fib(15) = Some(987)
//! ```

use std::collections::BTreeMap;

use anyhow::Result;
use wasmedge::{Config, Instance, Module, Store, Trap};

/// A tenant: a store with the tenant's guest, and what is left of the budget.
struct Tenant {
    store: Store<()>,
    guest: Instance,
}

impl Tenant {
    fn new(config: &Config, module: &Module, budget: u64) -> Result<Self> {
        let mut store = Store::with_config(config, ())?;
        store.set_fuel(budget)?;
        let guest = store.instantiate(module)?;
        Ok(Self { store, guest })
    }

    /// Serves a request; `None` when the budget is used up.
    fn request(&mut self, number: i32) -> Result<Option<i32>> {
        let fib = self.guest.get_typed_func::<i32, i32>(&self.store, "fib")?;
        match fib.call(&mut self.store, number) {
            Ok(fib) => Ok(Some(fib)),
            Err(error) if error.trap() == Some(Trap::OutOfFuel) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn main() -> Result<()> {
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/fibonacci.wat"
    ))?;
    let mut config = Config::new()?;
    config.measure_cost(true);
    let module = Module::new(&config, &wasm)?;

    let mut tenants = BTreeMap::new();
    for (name, budget) in [("ada", 1_000_000), ("bob", 50_000)] {
        tenants.insert(name, Tenant::new(&config, &module, budget)?);
    }
    for (name, number) in [
        ("ada", 20),
        ("bob", 15),
        ("bob", 15),
        ("bob", 15),
        ("ada", 15),
    ] {
        let tenant = tenants.get_mut(name).expect("a tenant");
        let outcome = match tenant.request(number)? {
            Some(fib) => format!("fib({number}) = {fib}"),
            None => "the budget is used up".to_owned(),
        };
        println!("{name}: {outcome}, {} left", tenant.store.fuel()?);
    }

    // What is paid for anew goes on where it was: instances and their state are as before.
    let bob = tenants.get_mut("bob").expect("a tenant");
    bob.store.set_fuel(50_000)?;
    println!("bob, with a new budget: fib(15) = {:?}", bob.request(15)?);
    Ok(())
}
