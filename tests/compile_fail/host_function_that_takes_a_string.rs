//! Strings are in the memory of the guest, not among the parameters.
use wasmedge::HostModule;

fn print(text: String) {
    println!("{text}");
}

fn main() {
    let mut env = HostModule::<()>::new("env");
    let _ = env.func_wrap("print", print);
}
