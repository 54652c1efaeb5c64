//! A `usize` is as wide as the host's addresses, not as the guest's.
use wasmedge::HostModule;

fn main() {
    let mut env = HostModule::<()>::new("env");
    let _ = env.func_wrap("seek", |offset: usize| drop(offset));
}
