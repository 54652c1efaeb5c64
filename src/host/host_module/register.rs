//! Host modules in stores.

use super::{HostModule, reexport};
use crate::runtime::instance::Instance;
use crate::runtime::memory::SharedMemory;
use crate::runtime::store::{Store, StoreMut};
use crate::vocabulary::Result;

impl<T: 'static> Store<T> {
    /// Makes an instance of a host module, for wasm modules to import from. The host module may be
    /// registered in other stores as well.
    ///
    /// C: `WasmEdge_ExecutorRegisterImport`. Go: `RegisterImport`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken) when its name is in use.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, HostModule, Store};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("data", |caller: Caller<'_, i32>| *caller.data())?;
    ///
    /// // One description, two stores.
    /// for data in [1, 2] {
    ///     let mut store = Store::new(data)?;
    ///     let env = store.register_host(&env)?;
    ///     let function = env.get_typed_func::<(), i32>(&store, "data")?;
    ///     assert_eq!(function.call(&mut store, ())?, data);
    /// }
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ExecutorRegisterImport")]
    #[doc(alias = "RegisterImport")]
    pub fn register_host(&mut self, module: &HostModule<T>) -> Result<Instance> {
        register(self, module)
    }
}

/// Makes an instance of a host module and keeps it with its closures.
fn register<T: 'static>(store: &mut Store<T>, module: &HostModule<T>) -> Result<Instance> {
    let mut store = store.store_mut();
    let core = store.core_mut();
    core.check_name_is_free(module.name())?;
    let max_pages = core.executor.max_memory_pages();
    let counted = core.counted();
    core.charge(module.memory_maxima(max_pages))?;
    let memories: Vec<_> = module.shared_memories().collect();
    let registered = if memories.is_empty() {
        register_own(store.reborrow(), module)
    } else {
        register_with_shared(store.reborrow(), module, &memories)
    };
    let core = store.core_mut();
    match registered {
        Ok(_) => {
            let (tank, statistics) = core.executor.fuel();
            tank.allow_cost(module.highest_cost(), statistics);
        }
        Err(_) => core.uncount(counted),
    }
    registered
}

/// Registers a host module of which all exports belong to the store.
fn register_own<T: 'static>(
    mut store: StoreMut<'_, T>,
    module: &HostModule<T>,
) -> Result<Instance> {
    let instance = module.build(module.name(), &store)?;
    let inner = store.get_mut();
    inner.core.link(&instance)?;
    // The instance points to the closures from here on, so keep both or neither.
    inner.host_functions.extend(module.functions().cloned());
    Ok(inner.core.keep(instance, Some(module.name())))
}

/// Registers a host module of which some exports belong to no store.
fn register_with_shared<T: 'static>(
    mut store: StoreMut<'_, T>,
    module: &HostModule<T>,
    memories: &[(&str, &SharedMemory)],
) -> Result<Instance> {
    let name = reexport::host_name(module.name());
    let host = module.build(&name, &store)?;
    let inner = store.get_mut();
    let core = &mut inner.core;
    let items: Vec<_> = module.own_items().collect();
    let own = Instance::new(core.handle(host.as_non_null()));
    // It points to the other, and goes first if it cannot be linked.
    let reexported = reexport::instance(core, module.name(), (&name, own), &items, memories)?;
    core.link(&reexported)?;
    // They point to the closures and the memories from here on, so keep all or none.
    inner.host_functions.extend(module.functions().cloned());
    core.keep_shared(memories);
    core.keep(host, None);
    Ok(core.keep(reexported, Some(module.name())))
}
