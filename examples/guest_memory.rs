//! Gives a guest a function that reads from its memory and writes to it.
//!
//! ```text
//! cargo run --example guest_memory
//! ```
//!
//! prints
//!
//! ```text
//! the guest was told: green
//! out of bounds: memory access out of bounds: 6 bytes at 65534, the memory has 65536 bytes
//! ```

use anyhow::Result;
use wasmedge::{Caller, Error, HostModule, Vm};

const GUEST: &str = r#"(module
  ;; Looks up the word of $len bytes at $key, writes at most $room bytes of what it means to $to, and
  ;; returns how many bytes that has.
  (import "host" "look_up" (func $look_up (param $key i32) (param $len i32) (param $to i32) (param $room i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "colour")

  (func (export "ask") (param $key i32) (result i32)
    (call $look_up (local.get $key) (i32.const 6) (i32.const 100) (i32.const 32))))"#;

fn main() -> Result<()> {
    let mut host = HostModule::new("host");
    host.func_wrap(
        "look_up",
        |mut caller: Caller<'_, ()>, key: u32, len: u32, to: u32, room: u32| {
            // The memory of whoever calls; it need not be exported.
            let memory = caller.memory(0).ok_or_else(|| Error::host("no memory"))?;
            // Addresses come from the guest: each access is checked, and what fails ends the guest.
            let word = memory.read_string(&caller, key, len)?;
            let meaning = match word.as_str() {
                "colour" => "green",
                _ => "",
            };
            let written = meaning.len().min(room as usize);
            memory.write(&mut caller, to, &meaning.as_bytes()[..written])?;
            Ok::<_, Error>(meaning.len() as u32)
        },
    )?;

    let mut vm = Vm::new(())?;
    vm.register_host(&host)?;
    let len: u32 = vm.run_bytes(wat::parse_str(GUEST)?, "ask", 0)?;

    // The program reads the same memory by its name, between calls.
    let guest = vm.active_instance().expect("the guest that just ran");
    let memory = guest
        .get_memory(&vm, "memory")
        .expect("its exported memory");
    println!("the guest was told: {}", memory.read_string(&vm, 100, len)?);

    if let Err(error) = vm.call::<u32, u32>("ask", 65534) {
        println!("out of bounds: {error}");
    }
    Ok(())
}
