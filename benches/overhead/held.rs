//! How much memory an instance holds that nobody is using.

use wasmedge::{Config, Module, Store};

use crate::make::{Instances, SMALL};
use crate::raw::{self, ok};

/// How many instances, in stores that have one already.
const N: usize = 100;

/// The bytes that an instance holds on the heap, through the crate and through C: one in a store with
/// others, and one with a store of its own.
pub(crate) fn per_instance() -> [(&'static str, [usize; 2]); 2] {
    let wasm = wat::parse_str(SMALL).unwrap();
    let module = Module::new(&Config::new().unwrap(), &wasm).unwrap();
    let mut store = Store::new(()).unwrap();
    store.instantiate(&module).unwrap();
    let before = in_use();
    for _ in 0..N {
        store.instantiate(&module).unwrap();
    }
    let safe = (in_use() - before) / N;

    let guest = raw::Guest::new(&wasm, &[]);
    let mut instances = Instances::room_for(N as u64);
    let before = in_use();
    for instance in &mut instances.0 {
        // SAFETY: the guest is alive, and this thread's alone.
        unsafe {
            ok(wasmedge::sys::WasmEdge_ExecutorInstantiate(
                guest.executor,
                instance,
                guest.store,
                guest.ast,
            ));
        }
    }
    let raw = (in_use() - before) / N;
    [("instance", [safe, raw]), own(&module, &guest)]
}

/// The same with a store and an executor each.
fn own(module: &Module, guest: &raw::Guest) -> (&'static str, [usize; 2]) {
    let mut stores = Vec::with_capacity(N);
    let before = in_use();
    for _ in 0..N {
        let mut store = Store::new(()).unwrap();
        store.instantiate(module).unwrap();
        stores.push(store);
    }
    let safe = (in_use() - before) / N;
    drop(stores);

    let mut made = Vec::with_capacity(N);
    let before = in_use();
    for _ in 0..N {
        // SAFETY: as above; all of it is freed below, instances first.
        unsafe {
            let executor =
                wasmedge::sys::WasmEdge_ExecutorCreate(std::ptr::null(), std::ptr::null_mut());
            let store = wasmedge::sys::WasmEdge_StoreCreate();
            let mut instance = std::ptr::null_mut();
            ok(wasmedge::sys::WasmEdge_ExecutorInstantiate(
                executor,
                &raw mut instance,
                store,
                guest.ast,
            ));
            made.push((executor, store, instance));
        }
    }
    let raw = (in_use() - before) / N;
    for (executor, store, instance) in made {
        // SAFETY: as above.
        unsafe {
            wasmedge::sys::WasmEdge_ModuleInstanceDelete(instance);
            wasmedge::sys::WasmEdge_StoreDelete(store);
            wasmedge::sys::WasmEdge_ExecutorDelete(executor);
        }
    }
    ("instance, store and executor", [safe, raw])
}

/// The bytes that `malloc` has given out.
fn in_use() -> usize {
    // SAFETY: asks, and changes nothing.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}
