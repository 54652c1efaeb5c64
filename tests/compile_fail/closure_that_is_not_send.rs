//! Closures are shared by stores on many threads.
use std::rc::Rc;
use wasmedge::HostModule;

fn main() {
    let counter = Rc::new(1);
    let mut env = HostModule::<()>::new("env");
    let _ = env.func_wrap("f", move || *counter);
}
