//! Code that runs may change the memory, so no slice of it lives across a call.
use wasmedge::{Memory, Store, TypedFunc};

fn run(store: &mut Store<()>, memory: Memory, f: TypedFunc<(), ()>) {
    let bytes = memory.data(store);
    f.call(&mut *store, ()).unwrap();
    println!("{}", bytes[0]);
}

fn main() {}
