//! What a [`Vm`] is made of, and the data that it keeps for the program.

use super::{State, Vm};
use crate::module::{Loader, Validator};
use crate::runtime::executor::Executor;
use crate::runtime::statistics::Statistics;
use crate::runtime::store::Store;
use crate::vocabulary::Result;

impl<T: 'static> Vm<T> {
    /// Makes the `Vm` as it was at first, but for its data: frees all instances, host functions and
    /// external values, forgets the module that was loaded, and sets the statistics to zero. What
    /// the program registered is gone with the rest; WASI by [`Config::wasi`](crate::Config::wasi)
    /// is made anew.
    ///
    /// C frees the same objects while the program still has pointers to them. Here handles of
    /// before do nothing any more, as those of another store: see the panics of
    /// [`Instance`](crate::Instance).
    ///
    /// C: `WasmEdge_VMCleanup`. Go: `Cleanup`.
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

    /// Returns the program's own value.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// Returns the program's own value, to change.
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

    /// Returns the store that owns what the `Vm` made.
    ///
    /// C: `WasmEdge_VMGetStoreContext`. Go: `GetStore`.
    #[doc(alias = "WasmEdge_VMGetStoreContext")]
    #[doc(alias = "GetStore")]
    pub const fn store(&self) -> &Store<T> {
        &self.store
    }

    /// Returns the store, to register modules in it or to instantiate some beside the active one.
    ///
    /// Go: `GetStore`.
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

    /// Returns the loader.
    ///
    /// C: `WasmEdge_VMGetLoaderContext`. Go: `GetLoader`.
    #[doc(alias = "WasmEdge_VMGetLoaderContext")]
    #[doc(alias = "GetLoader")]
    pub const fn loader(&self) -> &Loader {
        &self.loader
    }

    /// Returns the validator.
    ///
    /// C: `WasmEdge_VMGetValidatorContext`. Go: `GetValidator`.
    #[doc(alias = "WasmEdge_VMGetValidatorContext")]
    #[doc(alias = "GetValidator")]
    pub const fn validator(&self) -> &Validator {
        &self.validator
    }

    /// Returns what runs the code.
    ///
    /// C: `WasmEdge_VMGetExecutorContext`. Go: `GetExecutor`.
    #[doc(alias = "WasmEdge_VMGetExecutorContext")]
    #[doc(alias = "GetExecutor")]
    pub fn executor(&self) -> &Executor {
        self.store.executor()
    }

    /// Returns what the executor counted.
    ///
    /// C: `WasmEdge_VMGetStatisticsContext`. Go: `GetStatistics`.
    #[doc(alias = "WasmEdge_VMGetStatisticsContext")]
    #[doc(alias = "GetStatistics")]
    pub fn statistics(&self) -> &Statistics {
        self.store.statistics()
    }
}
