//! Modules that come as shared libraries.
//!
//! The library has one list of plug-ins for the whole process. Loading adds to it and runs code;
//! nothing is ever taken out of it again.

use std::env;
use std::ffi::CString;
use std::fmt;
use std::fs;
use std::path::{self, Path};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

mod mock;
pub mod process;
mod register;

use mock::Mocks;

use crate::compat::{self, string};
use crate::library;
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::runtime::store::StoreCore;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, Quoted, Result};

/// The plug-in whose modules some versions of the library cannot free.
pub(crate) const WASI_LOGGING: &str = "wasi_logging";

/// A plug-in that is loaded in this process.
///
/// Just its name: the library moves its list of plug-ins when it grows, so this is looked up at
/// each use. The C API tells a plug-in's name and its modules; a description and a version, which
/// plug-ins have too, it does not tell.
///
/// C: `WasmEdge_PluginContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::Store;
/// use wasmedge::plugin::Plugin;
///
/// let mut store = Store::new(())?;
/// if let Some(plugin) = Plugin::find("wasi_logging") {
///     for module in plugin.modules() {
///         store.register_plugin(&plugin, &module)?;
///     }
/// }
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_PluginContext")]
pub struct Plugin {
    name: Box<str>,
}

impl Plugin {
    /// Returns the loaded plug-in of this name.
    ///
    /// C: `WasmEdge_PluginFind`. Go: `FindPlugin`.
    #[doc(alias = "WasmEdge_PluginFind")]
    #[doc(alias = "FindPlugin")]
    pub fn find(name: &str) -> Option<Self> {
        library::ready().ok()?;
        let plugin = Self { name: name.into() };
        plugin.with(|_| ()).map(|()| plugin)
    }

    /// Returns the name.
    ///
    /// C: `WasmEdge_PluginGetPluginName`.
    #[doc(alias = "WasmEdge_PluginGetPluginName")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the names of its modules, for
    /// [`Store::register_plugin`](crate::Store::register_plugin).
    ///
    /// C: `WasmEdge_PluginListModule`, `WasmEdge_PluginListModuleLength`. Go: `ListModule`.
    #[doc(alias = "WasmEdge_PluginListModule")]
    #[doc(alias = "WasmEdge_PluginListModuleLength")]
    #[doc(alias = "ListModule")]
    pub fn modules(&self) -> Vec<Box<str>> {
        let modules = self.with(|plugin| {
            // SAFETY: `with` keeps the plug-in where it is; the names are constants of it.
            unsafe {
                let len = sys::WasmEdge_PluginListModuleLength(plugin);
                string::names(len, |list, len| {
                    sys::WasmEdge_PluginListModule(plugin, list, len)
                })
            }
        });
        modules.unwrap_or_default()
    }

    /// Whether its modules may be freed.
    pub(crate) fn can_be_freed(&self) -> bool {
        compat::WASI_LOGGING_CAN_BE_FREED || &*self.name != WASI_LOGGING
    }

    /// Makes an instance of one of its modules.
    pub(crate) fn create(
        &self,
        module: &str,
    ) -> Result<Owned<sys::WasmEdge_ModuleInstanceContext>> {
        let raw_name = StoreCore::c_name(module)?;
        let _inside = door::open(Purpose::Tool, "plug-ins")?;
        let created = self.with(|plugin| {
            // SAFETY: `with` keeps the plug-in where it is; nobody else owns what it makes. Its
            // code is what the caller of `load` vouched for.
            unsafe { Owned::new(sys::WasmEdge_PluginCreateModule(plugin, raw_name)) }
        });
        match created {
            Some(Ok(instance)) => Ok(instance),
            _ => Err(Error::from(ErrorKind::NoSuchPluginModule {
                plugin: self.name.clone(),
                module: module.into(),
                available: self.modules(),
            })),
        }
    }

    /// Looks the plug-in up and keeps the list of plug-ins as it is during `f`.
    fn with<R>(&self, f: impl FnOnce(*const sys::WasmEdge_PluginContext) -> R) -> Option<R> {
        let name = StoreCore::c_name(&self.name).ok()?;
        let _unchanged = reading();
        // SAFETY: the list does not change while we hold the lock; the name is only read.
        let plugin = unsafe { sys::WasmEdge_PluginFind(name) };
        (!plugin.is_null()).then(|| f(plugin))
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plugin").field(&self.name).finish()
    }
}

/// The plug-ins that are loaded, in the order in which they were.
///
/// C: `WasmEdge_PluginListPlugins`, `WasmEdge_PluginListPluginsLength`. Go: `ListPlugins`.
///
/// # Examples
///
/// ```
/// use wasmedge::plugin;
///
/// for plugin in plugin::plugins() {
///     println!("{}: {}", plugin.name(), plugin.modules().join(", "));
/// }
/// ```
#[doc(alias = "WasmEdge_PluginListPlugins")]
#[doc(alias = "WasmEdge_PluginListPluginsLength")]
#[doc(alias = "ListPlugins")]
pub fn plugins() -> Vec<Plugin> {
    if library::ready().is_err() {
        return Vec::new();
    }
    let _unchanged = reading();
    list()
}

/// Loads the plug-ins in the folders that the variable `WASMEDGE_PLUGIN_PATH` names, separated by
/// colons, and in the one beside the library. From 0.14.1 on this also makes those known that are
/// built into the library.
///
/// [`plugins`] tells what there is afterwards; that there are none is no error.
///
/// C: `WasmEdge_PluginLoadWithDefaultPaths`. Go: `LoadPluginDefaultPaths`.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] when the variable ends in a colon, at which the library would abort.
///
/// # Safety
///
/// Same as [`load`], for every file in these folders.
///
/// # Examples
///
/// ```no_run
/// use wasmedge::{Vm, plugin};
///
/// // SAFETY: the plug-ins in these folders came with the library.
/// unsafe { plugin::load_default_paths() }?;
/// let vm = Vm::new(())?; // Its guests may import from their modules.
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_PluginLoadWithDefaultPaths")]
#[doc(alias = "LoadPluginDefaultPaths")]
pub unsafe fn load_default_paths() -> Result<()> {
    library::ready()?;
    check_variable()?;
    let _alone = writing();
    let _inside = door::open(Purpose::Tool, "plug-ins")?;
    // SAFETY: we have the list of plug-ins for ourselves; the caller vouches for the files.
    unsafe { sys::WasmEdge_PluginLoadWithDefaultPaths() };
    Ok(())
}

/// Loads a plug-in from a file, or all plug-ins in a folder and the folders in it, and returns
/// those that are new.
///
/// C: `WasmEdge_PluginLoadFromPath`. Go: `LoadPluginFromPath`.
///
/// # Errors
///
/// [`ErrorKind::Read`] when there is nothing at the path, [`ErrorKind::PluginNotLoaded`] when no
/// plug-in is known afterwards that was not before, and [`ErrorKind::Invalid`] for a path that is
/// empty or has a NUL in it.
///
/// # Safety
///
/// Loading runs code of the shared library, and so does every use of its modules. It must be a
/// plug-in that does nothing undefined, and that was built for this version of WasmEdge: with one
/// for another version, or with a library that is no plug-in, the library may write to a plug-in
/// that is not there. No other thread may load plug-ins by other means than this crate.
///
/// # Examples
///
/// ```no_run
/// use wasmedge::plugin;
///
/// // SAFETY: a plug-in of WasmEdge itself, of the version of the library.
/// let loaded = unsafe { plugin::load("plugins/libwasmedgePluginWasiLogging.so") }?;
/// assert_eq!(loaded[0].name(), "wasi_logging");
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_PluginLoadFromPath")]
#[doc(alias = "LoadPluginFromPath")]
pub unsafe fn load(path: impl AsRef<Path>) -> Result<Vec<Plugin>> {
    library::ready()?;
    let path = path.as_ref();
    if path.as_os_str().is_empty() {
        return Err(Error::invalid(
            "the path of a plug-in is empty; name its file, or a folder of plug-ins",
        ));
    }
    let unreadable = |source| {
        let path = path.to_owned();
        Error::from(ErrorKind::Read { path, source })
    };
    // The dynamic linker looks for a name without a slash in other places.
    let absolute = path::absolute(path).map_err(unreadable)?;
    let raw = CString::new(absolute.as_os_str().as_encoded_bytes()).map_err(|_| {
        Error::invalid(format!(
            "the path {} of a plug-in has a NUL in it, where C would cut it off",
            Quoted::path(path)
        ))
    })?;
    fs::metadata(path).map_err(unreadable)?;

    let _alone = writing();
    let before = list();
    let _inside = door::open(Purpose::Tool, "plug-ins")?;
    // SAFETY: we have the list of plug-ins for ourselves, the path ends in NUL, and the caller
    // vouches for the files.
    unsafe { sys::WasmEdge_PluginLoadFromPath(raw.as_ptr()) };
    let mut loaded = list();
    loaded.retain(|plugin| !before.contains(plugin));
    if loaded.is_empty() {
        let path = path.to_owned();
        return Err(Error::from(ErrorKind::PluginNotLoaded { path }));
    }
    Ok(loaded)
}

/// The library's list, and the options of plug-ins, which are as global: whoever reads or iterates
/// it, in Rust or in C, holds this for reading, and whoever changes it for writing.
static LIST: RwLock<()> = RwLock::new(());

/// Keeps the list as it is.
pub(crate) fn reading() -> RwLockReadGuard<'static, ()> {
    LIST.read().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps everybody else away from the list.
pub(crate) fn writing() -> RwLockWriteGuard<'static, ()> {
    LIST.write().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses what the library aborts on when it reads the variable: all of its versions skip the
/// colons after a folder and expect another folder there.
pub(crate) fn check_variable() -> Result<()> {
    const NAME: &str = "WASMEDGE_PLUGIN_PATH";
    match env::var_os(NAME) {
        Some(value) if value.as_encoded_bytes().ends_with(b":") => Err(Error::invalid(format!(
            "the variable {NAME} ends in a colon, at which the library would abort; take it away"
        ))),
        _ => Ok(()),
    }
}

/// The plug-ins, for one who holds the lock.
fn list() -> Vec<Plugin> {
    // SAFETY: the list does not change meanwhile; the names are constants of the plug-ins, whose
    // libraries stay loaded.
    let names = unsafe {
        let len = sys::WasmEdge_PluginListPluginsLength();
        string::names(len, |list, len| sys::WasmEdge_PluginListPlugins(list, len))
    };
    names.into_iter().map(|name| Plugin { name }).collect()
}
