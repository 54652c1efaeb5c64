//! Modules of plug-ins, and their stand-ins, in stores.

use super::{Mocks, Plugin};
use crate::compat::string;
use crate::module::Module;
use crate::runtime::instance::Instance;
use crate::runtime::store::{self, Attachment, Store, StoreCore};
use crate::sys;
use crate::vocabulary::Result;

impl<T: 'static> Store<T> {
    /// Has a plug-in make an instance of one of its modules, for wasm modules to import from.
    ///
    /// C: `WasmEdge_PluginCreateModule`. Go: `CreateModule`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchPluginModule`](crate::ErrorKind::NoSuchPluginModule) when the plug-in has
    /// no such module, and [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken) when the name of
    /// the instance, which is mostly that of the module, is in use.
    #[doc(alias = "WasmEdge_PluginCreateModule")]
    #[doc(alias = "CreateModule")]
    pub fn register_plugin(&mut self, plugin: &Plugin, module: &str) -> Result<Instance> {
        register(self, plugin, module)
    }

    /// The registered instance of a name, or the library's stand-in for a plug-in.
    pub(crate) fn find_or_mock(&self, name: &str) -> Option<Instance> {
        let core = store::core(self);
        core.find(name).or_else(|| find_mock(core, name))
    }

    /// Registers the library's stand-ins for plug-ins that a module imports from and that are not
    /// there.
    pub(crate) fn register_mocks(&mut self, module: &Module) -> Result<()> {
        let core = store::core_mut(self);
        let imports = module.raw_imports().iter();
        imports
            .map(|import| &import.module)
            .try_for_each(|name| register_mock(core, name))
    }
}

/// Has a plug-in make an instance of one of its modules, and keeps it under the name that it has.
fn register<T: 'static>(store: &mut Store<T>, plugin: &Plugin, module: &str) -> Result<Instance> {
    let core = store::core_mut(store);
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

impl Attachment for Mocks {}

/// The library's stand-in for a module of a plug-in, whether it is registered or not.
fn find_mock(core: &StoreCore, name: &str) -> Option<Instance> {
    if !Mocks::may_have(name) {
        return None;
    }
    if core.contents.attachments.get::<Mocks>().is_none() {
        core.contents.attachments.add(Mocks::new().ok()?);
    }
    let mocks = core.contents.attachments.get::<Mocks>()?;
    let instance = mocks.find(name)?;
    Some(Instance::new(core.handle(instance)))
}

/// Registers the stand-in of a name, where there is one and the name is free.
fn register_mock(core: &mut StoreCore, name: &str) -> Result<()> {
    if core.find(name).is_some() {
        return Ok(());
    }
    let Some(instance) = find_mock(core, name) else {
        return Ok(());
    };
    let raw = instance.handle().get(core).as_ptr();
    core.link_raw(raw)?;
    core.register_name(name, instance);
    Ok(())
}
