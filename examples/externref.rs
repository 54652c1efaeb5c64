//! Hands Rust closures to a guest, which passes them back to be called.
//!
//! ```text
//! cargo run --example externref
//! ```
//!
//! prints
//!
//! ```text
//! twice(plus three, 4) = 10
//! twice(squared, 4) = 256
//! twice(null, 4): host function failed: the guest passed no operation
//! ```

use anyhow::Result;
use wasmedge::{Caller, ExternRef, HostModule, Vm};

/// What the references stand for. The guest sees a number that means nothing to it.
type Operation = Box<dyn Fn(i32) -> i32 + Send + Sync>;

const GUEST: &str = r#"(module
  (import "host" "apply" (func $apply (param externref i32) (result i32)))
  (func (export "twice") (param $operation externref) (param $value i32) (result i32)
    (call $apply (local.get $operation)
      (call $apply (local.get $operation) (local.get $value)))))"#;

fn main() -> Result<()> {
    let mut host = HostModule::new("host");
    host.func_wrap(
        "apply",
        |caller: Caller<'_, ()>, operation: Option<ExternRef>, value: i32| {
            let operation = operation.and_then(|it| it.downcast_ref::<Operation>(&caller));
            let operation = operation.ok_or("the guest passed no operation")?;
            Ok::<_, &str>(operation(value))
        },
    )?;

    let mut vm = Vm::new(())?;
    vm.register_host(&host)?;
    vm.load_bytes(wat::parse_str(GUEST)?)?;
    vm.validate()?;
    vm.instantiate()?;

    // A value lives in the store until it is released, or with the store.
    let three = 3;
    let plus: Operation = Box::new(move |value| value + three);
    let plus = ExternRef::new(&mut vm, plus)?;
    let result: i32 = vm.call("twice", (Some(plus), 4))?;
    println!("twice(plus three, 4) = {result}");
    plus.release(&mut vm);

    let squared: Operation = Box::new(|value| value * value);
    let squared = ExternRef::new(&mut vm, squared)?;
    let result: i32 = vm.call("twice", (Some(squared), 4))?;
    println!("twice(squared, 4) = {result}");

    if let Err(error) = vm.call::<_, i32>("twice", (None::<ExternRef>, 4)) {
        println!("twice(null, 4): {error}");
    }
    Ok(())
}
