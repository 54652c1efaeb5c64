//! External values move between threads with their store.
use std::rc::Rc;
use wasmedge::{ExternRef, Store};

fn main() {
    let mut store = Store::new(()).unwrap();
    let _ = ExternRef::new(&mut store, Rc::new(1));
}
