//! What an external reference refers to belongs to the store, and may be released by code that runs.
use wasmedge::{ExternRef, Store, TypedFunc};

fn run(store: &mut Store<()>, value: ExternRef, f: TypedFunc<(), ()>) {
    let text = value.downcast_ref::<String>(store).unwrap();
    f.call(&mut *store, ()).unwrap();
    println!("{text}");
}

fn main() {}
