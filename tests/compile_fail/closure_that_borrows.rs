//! Closures live as long as the store, so they own what they use.
use wasmedge::HostModule;

fn main() {
    let number = 1;
    let mut env = HostModule::<()>::new("env");
    let _ = env.func_wrap("f", || number);
}
