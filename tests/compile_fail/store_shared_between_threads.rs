//! A store is used by one thread at a time.
use wasmedge::Store;

fn main() {
    let store = Store::new(()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| store.instance_names().len());
    });
}
