//! Linking: imports are compared in Rust before the library sees them (S2).
//!
//! The library lets imports of the name `wasi_snapshot_preview1` through whatever their type is,
//! and calls them with the wrong arguments then (H4).

use super::inner::{self, StoreCore};
use super::{AsStoreMut, StorePtr, bundle, context, memory_budget};
use crate::error::{Error, ErrorKind, LinkFound, Result};
use crate::host_module::HostModule;
use crate::instance::Instance;
use crate::keeper;
use crate::memory::SharedMemory;
use crate::module::{Import, Module};
use crate::plugin::Plugin;
use crate::sys::{self, compat, string};
use crate::types::{Limits, MemoryType};
use crate::wasi::{Registered, Wasi};

/// Links, instantiates and keeps a module.
pub(crate) fn instantiate(
    store: &mut impl AsStoreMut,
    module: &Module,
    name: Option<&str>,
) -> Result<Instance> {
    let core = context::core(store);
    if let Some(name) = name {
        core.check_name_is_free(name)?;
    }
    for import in module.raw_imports() {
        check(core, import)?;
    }
    // The module was loaded under a limit, which need not be that of this store.
    let max_pages = core.executor.max_memory_pages();
    let within = |ty: &MemoryType| Ok(ty.within(max_pages)?.limits());
    let memories = module.memories().iter().map(within);
    let memories = memories.collect::<Result<Vec<Limits>>>()?;
    let core = context::core_mut(store);
    core.bound(module)?;
    let maxima = memories.iter().filter_map(Limits::max);
    core.charge(maxima)?;
    if let Some(compiled) = module.compiled() {
        context::core_mut(store).admit(compiled)?;
        keeper::prepare();
    }
    let sizes: Vec<u64> = memories.iter().map(Limits::min).collect();
    let _room = memory_budget::reserve(&sizes)?;
    // SAFETY: `store` is borrowed mutably, and no reference to its core is held.
    unsafe { inner::instantiate(context::exclusive(store).core(), module, name) }
}

/// Makes an instance of a host module and keeps it with its closures.
pub(crate) fn register_host<S: AsStoreMut>(
    store: &mut S,
    module: &HostModule<S::Data>,
) -> Result<Instance> {
    let place = context::exclusive(store);
    context::core(store).check_name_is_free(module.name())?;
    let memories: Vec<_> = module.shared_memories().collect();
    let max_pages = context::core(store).executor.max_memory_pages();
    context::core_mut(store).charge(module.memory_maxima(max_pages))?;
    if !memories.is_empty() {
        return register_joined(place, module, &memories);
    }
    let instance = module.build(module.name(), place, context::core(store))?;

    // SAFETY: `store` is borrowed mutably, and nothing below runs code.
    let store = unsafe { &mut *place.inner().as_ptr() };
    store.core.link(&instance)?;
    let (tank, statistics) = store.core.executor.fuel();
    tank.expect(module.highest_cost(), statistics);
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
    let name = bundle::host_name(module.name());
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
    let joint = bundle::join(&store.core, module.name(), (&name, host), &items, memories)?;
    store.core.link(&joint)?;
    Ok(store.core.keep(joint, Some(module.name())))
}

/// Registers an instance of the store under a name, which may be one more.
pub(crate) fn register_instance(
    store: &mut impl AsStoreMut,
    name: &str,
    instance: Instance,
) -> Result<()> {
    let core = context::core_mut(store);
    // First of all, so that a handle of another store panics in all versions.
    instance.handle().get(core);
    if !compat::INSTANCES_HAVE_ALIASES {
        return Err(Error::unsupported(
            "to register an instance under another name than its own",
            "below 0.17 the library cannot; instantiate the module under the name",
        ));
    }
    core.check_name_is_free(name)?;
    core.add_name(name, instance)
}

/// Makes the store's instance of WASI and keeps it with the descriptors that it uses.
pub(crate) fn register_wasi(store: &mut impl AsStoreMut, wasi: &Wasi) -> Result<Instance> {
    let place = context::exclusive(store);
    let core = context::core(store);
    core.check_name_is_free(Wasi::MODULE)?;
    let instance = wasi.build()?;
    let front = wasi.front(Instance::new(core.handle(instance.as_non_null())), core)?;
    front.replace_in(&instance, place)?;

    // SAFETY: `store` is borrowed mutably, and nothing below runs code.
    let store = unsafe { &mut *place.inner().as_ptr() };
    // The instance points to the closures, so keep both or neither.
    store.core.link(&instance)?;
    store.host_functions.extend(front.functions().cloned());
    let instance = store.core.keep(instance, Some(Wasi::MODULE));
    store.core.wasi = Some(Registered::new(instance, wasi));
    Ok(instance)
}

/// Has a plug-in make an instance of one of its modules, and keeps it under the name that it has.
pub(crate) fn register_plugin(
    store: &mut impl AsStoreMut,
    plugin: &Plugin,
    module: &str,
) -> Result<Instance> {
    let core = context::core_mut(store);
    let instance = plugin.create(module)?;
    // SAFETY: the instance is alive; its name is copied.
    let name =
        unsafe { string::to_owned(sys::WasmEdge_ModuleInstanceGetModuleName(instance.as_ptr())) };
    let linked = core
        .check_name_is_free(&name)
        .and_then(|()| core.link(&instance));
    match linked {
        Ok(()) if plugin.can_be_freed() => Ok(core.keep(instance, Some(&name))),
        Ok(()) => Ok(core.keep_unfreed(instance, &name)),
        Err(error) => {
            if !plugin.can_be_freed() {
                let _leaked = instance.into_raw();
            }
            Err(error)
        }
    }
}

/// Compares an import with what the store has in its place.
fn check(core: &StoreCore, import: &Import) -> Result<()> {
    let found = match core.find(&import.module) {
        None => LinkFound::NoModule(core.names().map(Into::into).collect()),
        Some(instance) => match instance.export_type(core, &import.name) {
            None => LinkFound::NoItem(instance.export_names(core)),
            Some(Err(_)) => LinkFound::UnknownType,
            Some(Ok(found)) if found.matches(&import.ty) => return Ok(()),
            Some(Ok(found)) => LinkFound::Item(found),
        },
    };
    Err(Error::from(ErrorKind::Link {
        module: import.module.clone(),
        name: import.name.clone(),
        expected: import.ty.clone(),
        found,
    }))
}
