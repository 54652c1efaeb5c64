//! How much memory an instance holds that nobody is using.

use std::ptr;

use wasmedge::{Config, Module, Store, sys};

use crate::make::{Instances, small};
use crate::raw::{Guest, ok};

/// How many instances, in stores that have one already.
const N: usize = 100;

/// The bytes of heap that an instance holds, through the crate and through C, and what it is.
pub(crate) fn per_instance() -> [(&'static str, [usize; 2]); 3] {
    let module = Module::new(&Config::new().unwrap(), small()).unwrap();
    let guest = Guest::new(&small(), &[]);
    [
        ("an instance more in a store", one_more(&module, &guest)),
        (
            "an instance with a store and statistics of its own",
            with_store(&module, &guest, true),
        ),
        (
            "the same, in C without statistics",
            with_store(&module, &guest, false),
        ),
    ]
}

fn one_more(module: &Module, guest: &Guest) -> [usize; 2] {
    let mut store = Store::new(()).unwrap();
    store.instantiate(module).unwrap();
    let before = in_use();
    for _ in 0..N {
        store.instantiate(module).unwrap();
    }
    let safe = in_use() - before;

    let mut instances = Instances::room_for(N as u64);
    let before = in_use();
    instances.fill(guest);
    [safe, in_use() - before].map(|bytes| bytes / N)
}

fn with_store(module: &Module, guest: &Guest, statistics: bool) -> [usize; 2] {
    let mut stores = Vec::with_capacity(N);
    let before = in_use();
    for _ in 0..N {
        let mut store = Store::new(()).unwrap();
        store.instantiate(module).unwrap();
        stores.push(store);
    }
    let safe = in_use() - before;

    let mut raw = Vec::with_capacity(N);
    let before = in_use();
    for _ in 0..N {
        // SAFETY: made in order, and freed below, importers first.
        unsafe {
            let statistics = if statistics {
                sys::WasmEdge_StatisticsCreate()
            } else {
                ptr::null_mut()
            };
            let executor = sys::WasmEdge_ExecutorCreate(ptr::null(), statistics);
            let store = sys::WasmEdge_StoreCreate();
            let mut instance = ptr::null_mut();
            let made = &raw mut instance;
            ok(sys::WasmEdge_ExecutorInstantiate(
                executor,
                made,
                store,
                guest.ast(),
            ));
            raw.push((statistics, executor, store, instance));
        }
    }
    let held = [safe, in_use() - before].map(|bytes| bytes / N);
    for (statistics, executor, store, instance) in raw {
        // SAFETY: as above.
        unsafe {
            sys::WasmEdge_ModuleInstanceDelete(instance);
            sys::WasmEdge_StoreDelete(store);
            sys::WasmEdge_ExecutorDelete(executor);
            sys::WasmEdge_StatisticsDelete(statistics);
        }
    }
    held
}

/// The bytes that `malloc` has given out.
fn in_use() -> usize {
    // SAFETY: asks, and changes nothing.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}
