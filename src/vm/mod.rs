//! The hall that joins the other rooms: a store, a loader and a validator in one.

use std::fmt;

mod async_run;
mod bindgen;
mod built_in;
mod control;
mod register;
mod run;
mod steps;

use steps::State;

use crate::config::Config;
use crate::module::{Loader, Validator};
use crate::runtime::executor::Executor;
use crate::runtime::statistics::Statistics;
use crate::runtime::store::{AsStore, AsStoreMut, Sealed, SealedMut, Store, StoreInner, StoreMut};
use crate::vocabulary::Result;

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
/// # Plug-ins
///
/// The modules of all [plug-ins](crate::plugin) that are loaded when the `Vm` is made are registered
/// in it. For those of WasmEdge's own plug-ins that are not, such as `wasi_ephemeral_nn`, the library
/// has stand-ins, whose functions log that the plug-in is missing, and return an error or trap. They
/// are there when a module imports them or [`find_instance`](Self::find_instance) asks for them, and
/// no other module has the name.
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
    /// Whether WASI is built in.
    wasi: bool,
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
    /// As [`new`](Self::new), and when a plug-in that is loaded cannot make its modules.
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

    /// A `Vm` over a store with what is in it; its loader and its validator have this configuration.
    ///
    /// Where [`Config::wasi`] is on and the store has no module of that name, it gets one; so it does
    /// with the modules of the plug-ins that are loaded. [`into_store`](Self::into_store) gives the
    /// store back.
    ///
    /// # Errors
    ///
    /// As [`with_config`](Self::with_config).
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

    /// Makes the `Vm` as it was at first, but for its data: frees all instances, host functions and
    /// external values, forgets the module that was loaded, and sets the statistics to zero. What
    /// the program registered is gone with the rest; WASI by [`Config::wasi`] is made anew.
    ///
    /// C frees the same objects while the program still has pointers to them. Here handles of before
    /// do nothing any more, as those of another store: see the panics of
    /// [`Instance`](crate::Instance).
    ///
    /// # Errors
    ///
    /// When the library is out of memory; nothing is freed then, or all.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_bytes("a", &wasm)?;
    /// vm.cleanup()?;
    /// assert!(vm.find_instance("a").is_none());
    /// vm.register_bytes("a", &wasm)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMCleanup")]
    #[doc(alias = "Cleanup")]
    pub fn cleanup(&mut self) -> Result<()> {
        self.state = State::default();
        self.store.clear()?;
        self.build_in()
    }

    /// The program's own value.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The program's own value, to change.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// Ends the `Vm` and gives its store back, with everything in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_bytes("guest", &wasm)?;
    /// let mut store = vm.into_store();
    /// // The handle is good for the store, which is the same.
    /// let one = guest.get_typed_func::<(), i32>(&store, "one")?;
    /// assert_eq!(one.call(&mut store, ())?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_store(self) -> Store<T> {
        self.store
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
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Vm};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let mut vm = Vm::new(())?;
    /// // An instance without a name beside the active one.
    /// let guest = vm.store_mut().instantiate(&Module::new(&Config::new()?, &wasm)?)?;
    /// let one = guest.get_typed_func::<(), i32>(&vm, "one")?;
    /// assert_eq!(one.call(&mut vm, ())?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "GetStore")]
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

    /// What runs the code.
    #[doc(alias = "WasmEdge_VMGetExecutorContext")]
    #[doc(alias = "GetExecutor")]
    pub fn executor(&self) -> &Executor {
        self.store.executor()
    }

    /// What the executor counted.
    #[doc(alias = "WasmEdge_VMGetStatisticsContext")]
    #[doc(alias = "GetStatistics")]
    pub fn statistics(&self) -> &Statistics {
        self.store.statistics()
    }
}

impl<T: 'static> Sealed for Vm<T> {
    type Data = T;

    #[inline]
    fn inner(&self) -> &StoreInner<T> {
        Sealed::inner(&self.store)
    }
}

impl<T: 'static> SealedMut for Vm<T> {
    #[inline]
    fn store_mut(&mut self) -> StoreMut<'_, T> {
        SealedMut::store_mut(&mut self.store)
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
