//! Linking: imports are compared in Rust before the library sees them (S2).
//!
//! The library lets imports of the name `wasi_snapshot_preview1` through whatever their type is,
//! and calls them with the wrong arguments then.

use super::contents::Failed;
use super::{AsStoreMut, StoreCore, context, memory_probe};
use crate::module::{Import, Module};
use crate::runtime::instance::Instance;
use crate::vocabulary::{Error, ErrorKind, Limits, LinkFound, MemoryType, Result};
use crate::{compat, native};

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
    let counted = core.counted();
    make(store, module, name, &memories).map_err(|failed| match failed {
        Failed::Within(error) => error,
        Failed::Before(error) => {
            context::core_mut(store).uncount(counted);
            error
        }
    })
}

/// Sees to it that there is what an instance needs, and makes it.
fn make(
    store: &mut impl AsStoreMut,
    module: &Module,
    name: Option<&str>,
    memories: &[Limits],
) -> Result<Instance, Failed> {
    let core = context::core_mut(store);
    core.charge(memories.iter().filter_map(Limits::max))?;
    if let Some(compiled) = module.compiled() {
        core.admit(compiled)?;
        native::prepare_instance();
    }
    let sizes: Vec<u64> = memories.iter().map(Limits::min).collect();
    let _expected = memory_probe::check_room(&sizes)?;
    store.store_mut().erase().instantiate(module, name)
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
