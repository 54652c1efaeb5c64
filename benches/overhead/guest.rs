//! The guest of the pairs, once in the crate's hands and once in those of the C API.

use std::cell::Cell;
use std::rc::Rc;

use wasmedge::{Caller, Config, HostModule, Instance, Module, Store};

use crate::raw::{self, Host};

/// The bytes of the guest.
pub(crate) fn wasm() -> Vec<u8> {
    wat::parse_str(include_str!("guest.wat")).unwrap()
}

/// The host functions of the guest, through the crate.
fn env() -> HostModule<u64> {
    let mut env = HostModule::new("env");
    env.func_wrap("add", |a: i32, b: i32| a.wrapping_add(b))
        .unwrap();
    env.func_wrap("state", |mut caller: Caller<'_, u64>, a: i32, b: i32| {
        *caller.data_mut() += 1;
        a.wrapping_add(b)
    })
    .unwrap();
    env
}

/// An instance in a store of its own.
pub(crate) fn safe() -> (Store<u64>, Instance) {
    let module = Module::new(&Config::new().unwrap(), wasm()).unwrap();
    let mut store = Store::new(0).unwrap();
    store.register_host(&env()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    (store, instance)
}

/// An instance through the C API alone, and what its host functions count.
pub(crate) struct Raw {
    pub(crate) guest: raw::Guest,
    _calls: Box<Cell<u64>>,
}

/// The guest with host functions in Rust.
pub(crate) fn raw() -> Rc<Raw> {
    with_hosts(crate::host::add, crate::host::state)
}

/// The guest with host functions in C.
pub(crate) fn c() -> Rc<Raw> {
    with_hosts(baseline::baseline_host_add, baseline::baseline_host_state)
}

fn with_hosts(add: raw::HostFn, state: raw::HostFn) -> Rc<Raw> {
    let calls = Box::new(Cell::new(0u64));
    let host = |name, call| Host {
        name,
        params: 2,
        results: 1,
        call,
        data: calls.as_ptr().cast(),
    };
    let guest = raw::Guest::new(&wasm(), &[host("add", add), host("state", state)]);
    Rc::new(Raw {
        guest,
        _calls: calls,
    })
}
