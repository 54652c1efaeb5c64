//! A function takes values, not references to them.
use wasmedge::{Instance, Store};

fn get(store: &Store<()>, instance: Instance) {
    let _ = instance.get_typed_func::<(&str, i32), ()>(store, "f");
}

fn main() {}
