//! Running code needs the store alone.
use wasmedge::{Store, TypedFunc};

fn run(store: &mut Store<Vec<i32>>, f: TypedFunc<(), ()>) {
    let data = store.data();
    f.call(store, ()).unwrap();
    println!("{data:?}");
}

fn main() {}
