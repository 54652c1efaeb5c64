//! A closure may be called again while it runs; what it changes belongs in the store's data.
use wasmedge::HostModule;

fn main() {
    let mut count = 0;
    let mut env = HostModule::<()>::new("env");
    let _ = env.func_wrap("f", move || count += 1);
}
