//! The hall that joins the other rooms: a store, a loader and a validator in one.

use core::fmt;

mod run;
mod state;

use state::State;

use crate::config::Config;
use crate::error::Result;
use crate::host_module::HostModule;
use crate::instance::Instance;
use crate::module::{Loader, Validator};
use crate::statistics::Statistics;
use crate::store::{AsStore, AsStoreMut, Sealed, Store, StorePtr};
use crate::wasi::Wasi;

/// Loads, validates, instantiates and runs modules, in one object.
///
/// A `Vm` goes through the steps of the library's VM: [`load`](Self::load_file) a module,
/// [`validate`](Self::validate) it, [`instantiate`](Self::instantiate) it, then
/// [`call`](Self::call) the functions of what is now the active instance; or all of that at once
/// with [`run_file`](Self::run_file) and [`run_bytes`](Self::run_bytes). It owns a [`Store`], and
/// stands wherever a store does. An active instance that is replaced stays in the store, since
/// tables may hold its functions.
///
/// It is written in Rust over [`Loader`], [`Validator`] and [`Store`]; the library's own VM frees
/// what other modules still point to.
///
/// # Examples
///
/// ```
/// use wasmedge::Vm;
///
/// let wasm = wat::parse_str(
///     r#"(module (func (export "add") (param i32 i32) (result i32)
///          (i32.add (local.get 0) (local.get 1))))"#,
/// )?;
/// let mut vm = Vm::new(())?;
/// let sum: i32 = vm.run_bytes(&wasm, "add", (1234, 5678))?;
/// assert_eq!(sum, 6912);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_VMContext")]
#[doc(alias = "VM")]
pub struct Vm<T: 'static> {
    store: Store<T>,
    loader: Loader,
    validator: Validator,
    state: State,
}

impl<T: 'static> Vm<T> {
    /// A `Vm` with the default configuration.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_VMCreate")]
    #[doc(alias = "NewVM")]
    pub fn new(data: T) -> Result<Self> {
        Self::with_config(&Config::new()?, data)
    }

    /// A `Vm` with this configuration. Where [`Config::wasi`] is on, it has WASI built in.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    #[doc(alias = "WasmEdge_VMCreate")]
    #[doc(alias = "NewVMWithConfig")]
    pub fn with_config(config: &Config, data: T) -> Result<Self> {
        let mut vm = Self {
            store: Store::with_config(config, data)?,
            loader: Loader::new(config)?,
            validator: Validator::new(config)?,
            state: State::default(),
        };
        if config.has_wasi() {
            vm.register_wasi(&Wasi::new())?;
        }
        Ok(vm)
    }

    /// The program's own value.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The program's own value, to change.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// Ends the `Vm` and gives the program's own value back.
    pub fn into_data(self) -> T {
        self.store.into_data()
    }

    /// The store that owns what the `Vm` made.
    #[doc(alias = "WasmEdge_VMGetStoreContext")]
    #[doc(alias = "GetStore")]
    pub const fn store(&self) -> &Store<T> {
        &self.store
    }

    /// The store, to register modules in it or to instantiate some beside the active one.
    pub const fn store_mut(&mut self) -> &mut Store<T> {
        &mut self.store
    }

    /// The loader.
    #[doc(alias = "WasmEdge_VMGetLoaderContext")]
    #[doc(alias = "GetLoader")]
    pub const fn loader(&self) -> &Loader {
        &self.loader
    }

    /// The validator.
    #[doc(alias = "WasmEdge_VMGetValidatorContext")]
    #[doc(alias = "GetValidator")]
    pub const fn validator(&self) -> &Validator {
        &self.validator
    }

    /// What the executor counted.
    #[doc(alias = "WasmEdge_VMGetStatisticsContext")]
    #[doc(alias = "GetStatistics")]
    pub fn statistics(&self) -> &Statistics {
        self.store.statistics()
    }

    /// Makes an instance of a host module, for the modules that are loaded to import from.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken) when its name is in use.
    #[doc(alias = "WasmEdge_VMRegisterModuleFromImport")]
    #[doc(alias = "RegisterModule")]
    pub fn register_host(&mut self, module: &HostModule<T>) -> Result<Instance> {
        self.store.register_host(module)
    }

    /// Makes an instance of WASI, for the modules that are loaded to import from.
    ///
    /// # Errors
    ///
    /// As [`Store::register_wasi`]: [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken) also when
    /// the `Vm` was made with [`Config::wasi`].
    #[doc(alias = "WasmEdge_VMGetImportModuleContext")]
    #[doc(alias = "WasmEdge_ModuleInstanceInitWASI")]
    #[doc(alias = "GetImportModule")]
    #[doc(alias = "InitWasi")]
    pub fn register_wasi(&mut self, wasi: &Wasi) -> Result<Instance> {
        self.store.register_wasi(wasi)
    }
}

impl<T: 'static> Sealed for Vm<T> {
    type Data = T;

    #[inline]
    fn store_ptr(&self) -> StorePtr<T> {
        self.store.ptr()
    }
}

impl<T: 'static> AsStore for Vm<T> {}
impl<T: 'static> AsStoreMut for Vm<T> {}

impl<T: fmt::Debug + 'static> fmt::Debug for Vm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vm")
            .field("store", &self.store)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
