//! The store is used by the thread that the wasm runs on, and by no other.
use wasmedge::{Caller, HostModule};

fn main() {
    let mut env = HostModule::new("env");
    let _ = env.func_wrap("f", |mut caller: Caller<'_, i32>| {
        std::thread::scope(|scope| {
            scope.spawn(|| *caller.data_mut() += 1);
        });
    });
}
