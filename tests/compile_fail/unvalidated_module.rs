//! A module that was not validated cannot be run.
use wasmedge::{Config, Loader, Store};

fn main() {
    let ast = Loader::new(&Config::new().unwrap()).unwrap().load_bytes(b"").unwrap();
    let _ = Store::new(()).unwrap().instantiate(&ast);
}
