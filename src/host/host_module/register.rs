//! Host modules in stores.

use super::{HostModule, reexport};
use crate::runtime::instance::Instance;
use crate::runtime::memory::SharedMemory;
use crate::runtime::store::{self, Store, StorePtr};
use crate::vocabulary::Result;

impl<T: 'static> Store<T> {
    /// Makes an instance of a host module, for wasm modules to import from. The host module may be
    /// registered in other stores as well.
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
    let place = store::exclusive(store);
    store::core(store).check_name_is_free(module.name())?;
    let memories: Vec<_> = module.shared_memories().collect();
    let max_pages = store::core(store).executor.max_memory_pages();
    store::core_mut(store).charge(module.memory_maxima(max_pages))?;
    if !memories.is_empty() {
        return register_joined(place, module, &memories);
    }
    let instance = module.build(module.name(), place, store::core(store))?;

    // SAFETY: `store` is borrowed mutably, and nothing below runs code.
    let store = unsafe { &mut *place.inner().as_ptr() };
    store.core.link(&instance)?;
    let (tank, statistics) = store.core.executor.fuel();
    tank.allow_cost(module.highest_cost(), statistics);
    // The instance points to the closures from here on, so keep both or neither.
    store.host_functions.extend(module.functions().cloned());
    Ok(store.core.keep(instance, Some(module.name())))
}

/// Registers a host module of which some exports belong to no store.
fn register_joined<T: 'static>(
    place: StorePtr<T>,
    module: &HostModule<T>,
    memories: &[(&str, &SharedMemory)],
) -> Result<Instance> {
    let name = reexport::host_name(module.name());
    // SAFETY: `store` is borrowed mutably by the caller, and this borrow ends with `build`.
    let core = unsafe { place.core().as_ref() };
    let host = module.build(&name, place, core)?;

    // SAFETY: `store` is borrowed mutably by the caller, and nothing below runs code.
    let store = unsafe { &mut *place.inner().as_ptr() };
    // First everything that the joint will point to.
    store.host_functions.extend(module.functions().cloned());
    let host = store.core.keep(host, None);
    store.core.keep_shared(memories);
    let items: Vec<_> = module.own_items().collect();
    let joint = reexport::join(&store.core, module.name(), (&name, host), &items, memories)?;
    store.core.link(&joint)?;
    Ok(store.core.keep(joint, Some(module.name())))
}
