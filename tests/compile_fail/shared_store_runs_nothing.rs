//! A shared borrow of the store is not enough to run code.
use wasmedge::{Store, TypedFunc};

fn run(store: &Store<()>, f: TypedFunc<(), ()>) {
    f.call(store, ()).unwrap();
}

fn main() {}
