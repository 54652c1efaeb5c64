//! A nested call may change the state, so no borrow of it lives across one.
use wasmedge::{Caller, HostModule};

fn main() {
    let mut env = HostModule::new("env");
    let _ = env.func_wrap("f", |mut caller: Caller<'_, Vec<i32>>| {
        let inner = caller.get_func("inner").unwrap().typed::<(), ()>(&caller).unwrap();
        let first = caller.data_mut().first_mut().unwrap();
        inner.call(&mut caller, ()).unwrap();
        *first = 1;
    });
}
