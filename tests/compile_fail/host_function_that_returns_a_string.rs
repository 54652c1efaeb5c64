//! Nor are they results.
use wasmedge::HostModule;

fn main() {
    let mut env = HostModule::<()>::new("env");
    let _ = env.func_wrap("name", || String::from("host"));
}
