//! Only types that WebAssembly has go in and out.
use wasmedge::{Instance, Store};

fn get(store: &Store<()>, instance: Instance) {
    let _ = instance.get_typed_func::<char, bool>(store, "f");
}

fn main() {}
