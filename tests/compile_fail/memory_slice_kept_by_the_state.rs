//! A slice of guest memory does not outlive the host call it was got in.
use wasmedge::{Caller, HostModule};

fn main() {
    let mut env = HostModule::new("env");
    let _ = env.func_wrap("f", |mut caller: Caller<'_, Option<&'static [u8]>>| {
        let memory = caller.memory(0).unwrap();
        let bytes = memory.data(&caller);
        *caller.data_mut() = Some(bytes);
    });
}
