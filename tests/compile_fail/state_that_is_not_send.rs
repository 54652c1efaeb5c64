//! A store moves to another thread when its data may.
use std::rc::Rc;
use wasmedge::Store;

fn main() {
    let store = Store::new(Rc::new(1)).unwrap();
    std::thread::spawn(move || drop(store));
}
