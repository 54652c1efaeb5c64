//! A host module fits the stores whose data its functions were written for.
use wasmedge::{Caller, HostModule, Store};

fn main() {
    let mut env = HostModule::new("env");
    let _ = env.func_wrap("f", |caller: Caller<'_, i8>| i32::from(*caller.data()));
    let mut store = Store::new(7u64).unwrap();
    let _ = store.register_host(&env);
}
