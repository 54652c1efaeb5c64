//! A function gives values of fixed types.
use wasmedge::{Instance, Store};

fn get(store: &Store<()>, instance: Instance) {
    let _ = instance.get_typed_func::<(), Vec<u8>>(store, "f");
}

fn main() {}
