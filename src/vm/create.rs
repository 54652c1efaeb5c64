//! The constructors of a [`Vm`].

use super::{State, Vm};
use crate::config::Config;
use crate::module::{Loader, Validator};
use crate::runtime::store::Store;
use crate::vocabulary::Result;

impl<T: 'static> Vm<T> {
    /// Creates a `Vm` with the default configuration.
    ///
    /// C: `WasmEdge_VMCreate`. Go: `NewVM`.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_VMCreate")]
    #[doc(alias = "NewVM")]
    pub fn new(data: T) -> Result<Self> {
        Self::with_config(&Config::new()?, data)
    }

    /// Creates a `Vm` with this configuration. Where [`Config::wasi`] is on, it has WASI built in.
    ///
    /// C: `WasmEdge_VMCreate`. Go: `NewVMWithConfig`.
    ///
    /// # Errors
    ///
    /// Same as [`new`](Self::new), and when a plug-in that is loaded cannot make its modules.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Vm};
    ///
    /// let vm = Vm::with_config(Config::new()?.wasi(true), ())?;
    /// assert_eq!(vm.instance_names().collect::<Vec<_>>(), ["wasi_snapshot_preview1"]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_VMCreate")]
    #[doc(alias = "NewVMWithConfig")]
    pub fn with_config(config: &Config, data: T) -> Result<Self> {
        Self::with_store(config, Store::with_config(config, data)?)
    }

    /// Creates a `Vm` over a store with what is in it; its loader and its validator have this
    /// configuration.
    ///
    /// Where [`Config::wasi`] is on and the store has no module of that name, it gets one; so it
    /// does with the modules of the plug-ins that are loaded. [`into_store`](Self::into_store)
    /// gives the store back.
    ///
    /// C: `WasmEdge_VMCreate`. Go: `NewVMWithStore`, `NewVMWithConfigAndStore`.
    ///
    /// # Errors
    ///
    /// Same as [`with_config`](Self::with_config).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, HostModule, Store, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("answer", || 42)?;
    /// let mut store = Store::new(())?;
    /// store.register_host(&env)?;
    ///
    /// let mut vm = Vm::with_store(&Config::new()?, store)?;
    /// assert_eq!(vm.call_registered::<(), i32>("env", "answer", ())?, 42);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_VMCreate")]
    #[doc(alias = "NewVMWithStore")]
    #[doc(alias = "NewVMWithConfigAndStore")]
    pub fn with_store(config: &Config, store: Store<T>) -> Result<Self> {
        let mut vm = Self {
            store,
            loader: Loader::new(config)?,
            validator: Validator::new(config)?,
            state: State::default(),
            wasi: config.has_wasi(),
        };
        vm.build_in()?;
        Ok(vm)
    }
}
