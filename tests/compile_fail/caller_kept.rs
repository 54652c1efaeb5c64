//! A caller is gone when its call is over.
use std::cell::RefCell;
use wasmedge::{Caller, HostModule};

thread_local! {
    static KEPT: RefCell<Option<Caller<'static, ()>>> = RefCell::new(None);
}

fn main() {
    let mut env = HostModule::new("env");
    let _ = env.func_wrap("f", |caller: Caller<'_, ()>| {
        KEPT.with(|kept| *kept.borrow_mut() = Some(caller));
    });
}
