//! Passes strings and arrays to a guest in C and back: in its memory, in room that it allocates.
//!
//! ```text
//! cargo run --example c_guest
//! ```
//!
//! prints
//!
//! ```text
//! greet("WasmEdge") = "hello, WasmEdge"
//! sort([3, -1, 2]) = [-1, 2, 3]
//! primes(8) = [2, 3, 5, 7, 11, 13, 17, 19]
//! ```

use anyhow::{Context, Result, ensure};
use wasmedge::{Config, Memory, Module, Store, TypedFunc};

/// The guest, with what every call needs of it. Its source is examples/guests/text.c.
struct Guest {
    store: Store<()>,
    memory: Memory,
    malloc: TypedFunc<u32, u32>,
    free: TypedFunc<u32, ()>,
    greet: TypedFunc<u32, u32>,
    sort: TypedFunc<(u32, u32), ()>,
    primes: TypedFunc<u32, u32>,
}

impl Guest {
    fn new() -> Result<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/guests/text.wasm");
        let module = Module::from_file(&Config::new()?, path)?;
        let mut store = Store::new(())?;
        let guest = store.instantiate(&module)?;
        Ok(Self {
            memory: guest.get_memory(&store, "memory").context("no memory")?,
            malloc: guest.get_typed_func(&store, "malloc")?,
            free: guest.get_typed_func(&store, "free")?,
            greet: guest.get_typed_func(&store, "greet")?,
            sort: guest.get_typed_func(&store, "sort")?,
            primes: guest.get_typed_func(&store, "primes")?,
            store,
        })
    }

    /// Copies bytes into the guest; the address where they are now.
    fn put(&mut self, bytes: &[u8]) -> Result<u32> {
        let at = self
            .malloc
            .call(&mut self.store, u32::try_from(bytes.len())?)?;
        ensure!(at != 0, "the guest has no room for {} bytes", bytes.len());
        self.memory.write(&mut self.store, at, bytes)?;
        Ok(at)
    }

    /// The numbers at an address, which are little-endian in every guest.
    fn numbers(&self, at: u32, count: usize) -> Result<Vec<i32>> {
        let bytes = self.memory.read_vec(&self.store, at, count as u64 * 4)?;
        let numbers = bytes.chunks_exact(4);
        Ok(numbers
            .map(|four| i32::from_le_bytes(four.try_into().expect("four")))
            .collect())
    }

    fn greet(&mut self, name: &str) -> Result<String> {
        let name = self.put(&[name.as_bytes(), b"\0"].concat())?;
        let greeting = self.greet.call(&mut self.store, name)?;
        // All of the memory as a slice; it borrows the store, so no code runs meanwhile.
        let text = self.memory.data(&self.store).get(greeting as usize..);
        let text = text.and_then(|rest| rest.split(|byte| *byte == 0).next());
        let text = std::str::from_utf8(text.context("no string")?)?.to_owned();
        self.free.call(&mut self.store, name)?;
        self.free.call(&mut self.store, greeting)?;
        Ok(text)
    }

    fn sort(&mut self, numbers: &[i32]) -> Result<Vec<i32>> {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        let at = self.put(&bytes)?;
        self.sort
            .call(&mut self.store, (at, numbers.len() as u32))?;
        let sorted = self.numbers(at, numbers.len())?;
        self.free.call(&mut self.store, at)?;
        Ok(sorted)
    }

    fn primes(&mut self, count: u32) -> Result<Vec<i32>> {
        let at = self.primes.call(&mut self.store, count)?;
        let primes = self.numbers(at, count as usize)?;
        self.free.call(&mut self.store, at)?;
        Ok(primes)
    }
}

fn main() -> Result<()> {
    let mut guest = Guest::new()?;
    println!("greet(\"WasmEdge\") = {:?}", guest.greet("WasmEdge")?);
    println!("sort([3, -1, 2]) = {:?}", guest.sort(&[3, -1, 2])?);
    println!("primes(8) = {:?}", guest.primes(8)?);
    Ok(())
}
