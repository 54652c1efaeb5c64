//! The owner of everything that runs.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

mod attachments;
mod contents;
mod context;
mod depth;
mod exclusive;
mod handle;
mod link;
pub(crate) mod memory_probe;
mod run;

pub(crate) use attachments::Attachment;
pub(crate) use contents::{StoreCore, StoreInner, new_linker};
pub use context::{AsStore, AsStoreMut};
pub(crate) use context::{CoreMut, Sealed, SealedMut, StoreMut, core, core_mut};
pub(crate) use exclusive::Exclusive;
pub(crate) use handle::{Handle, StoreId};

use crate::config::Config;
use crate::module::Module;
use crate::runtime::executor::Executor;
use crate::runtime::instance::Instance;
use crate::runtime::statistics::Statistics;
use crate::vocabulary::Result;

/// Owns everything that can be linked together: the executor, every instance ever made, the
/// closures behind host functions, and a value of the program's own, the `T`.
///
/// In WebAssembly, functions travel: through tables, globals and parameters, wherever the guest
/// sends them. The library follows none of this, it keeps raw pointers. So the crate frees nothing
/// that wasm could still reach: instances live as long as their store, and
/// [`Instance`], [`Func`](crate::Func) and their like are small copies of a pointer that work only
/// together with `&store` or `&mut store`. Drop the store to free all of it at once; for many
/// independent guests make many stores.
///
/// Code runs only through `&mut Store`, hence never twice at once. A store may move to another
/// thread when `T` may.
///
/// C: `WasmEdge_StoreContext`.
///
/// # Panics
///
/// Every method that takes a handle panics when the handle belongs to another store; see
/// [`Instance`].
///
/// # Examples
///
/// ```
/// use wasmedge::{Caller, Config, HostModule, Module, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "env" "tick" (func $tick))
///          (func (export "run") call $tick call $tick))"#,
/// )?;
/// let module = Module::new(&Config::new()?, &wasm)?;
///
/// let mut env = HostModule::new("env");
/// env.func_wrap("tick", |mut caller: Caller<'_, u32>| *caller.data_mut() += 1)?;
///
/// let mut store = Store::new(0)?;
/// store.register_host(&env)?;
/// let instance = store.instantiate(&module)?;
/// instance.get_typed_func::<(), ()>(&store, "run")?.call(&mut store, ())?;
/// assert_eq!(*store.data(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_StoreContext")]
pub struct Store<T: 'static> {
    /// From `Box::into_raw`. A raw pointer, because host functions reach the same place during a
    /// call: no reference to it may be alive then.
    inner: NonNull<StoreInner<T>>,
    /// Owns a `T`, and is invariant in it; `*mut` makes it neither `Send` nor `Sync` by itself.
    _owner: PhantomData<*mut StoreInner<T>>,
}

// SAFETY: the store is the only way to what it points to, so moving the one moves the other. All of
// it may move when `T` may: C contexts (see `Owned`), and closures, errors and payloads, which are
// `Send` by their bounds; the compiler checks that of the type named here.
unsafe impl<T: 'static> Send for Store<T> where StoreInner<T>: Send {}

impl<T: 'static> Store<T> {
    /// Creates a store with the default configuration.
    ///
    /// C: `WasmEdge_StoreCreate`. Go: `NewStore`.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_StoreCreate")]
    #[doc(alias = "NewStore")]
    pub fn new(data: T) -> Result<Self> {
        Self::with_config(&Config::new()?, data)
    }

    /// Creates a store whose executor has this configuration.
    ///
    /// # Errors
    ///
    /// Same as [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Store};
    ///
    /// let mut config = Config::new()?;
    /// config.max_memory_pages(16)?.measure_cost(true);
    /// let mut store = Store::with_config(&config, ())?;
    /// store.set_fuel(1_000)?;
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn with_config(config: &Config, data: T) -> Result<Self> {
        Self::with_executor(Executor::new(config)?, data)
    }

    /// Creates a store that runs code with this executor.
    ///
    /// # Errors
    ///
    /// When the library is out of memory.
    pub fn with_executor(executor: Executor, data: T) -> Result<Self> {
        let inner = Box::new(StoreInner::new(executor, data)?);
        Ok(Self {
            inner: NonNull::from(Box::leak(inner)),
            _owner: PhantomData,
        })
    }

    /// Frees everything but the executor and the data; see [`Vm::cleanup`](crate::Vm::cleanup).
    pub(crate) fn clear(&mut self) -> Result<()> {
        // SAFETY: alive as long as `self`, and `&mut self` rules out any other reference: no code
        // runs, and the handles that there are do not work with the new id.
        unsafe { self.inner.as_mut() }.clear()
    }

    pub(crate) const fn store_mut(&mut self) -> StoreMut<'_, T> {
        // SAFETY: alive as long as `self`, which is borrowed exclusively.
        unsafe { StoreMut::from_raw(self.inner) }
    }

    fn inner(&self) -> &StoreInner<T> {
        // SAFETY: alive as long as `self`. No `&mut` to it exists: such references are made from
        // `&mut self` or inside a call, which borrows `self` mutably.
        unsafe { self.inner.as_ref() }
    }

    /// Makes an instance of a module, links its imports to what is registered in the store, and
    /// runs its start function.
    ///
    /// C: `WasmEdge_ExecutorInstantiate`. Go: `Instantiate`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Link`](crate::ErrorKind::Link) when an import is missing or has another type
    /// (nothing was made then), else what the start function or a segment that does not fit ended
    /// with.
    ///
    /// # Panics
    ///
    /// When a host function that the start function called panics: with the same panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, ErrorKind, HostModule, Module, Store};
    ///
    /// let wasm = wat::parse_str(r#"(module (import "env" "f" (func (param i32))))"#)?;
    /// let module = Module::new(&Config::new()?, &wasm)?;
    /// let mut store = Store::new(())?;
    /// store.instantiate(&module).unwrap_err(); // There is no `env`.
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("f", |_: i64| {})?;
    /// store.register_host(&env)?;
    /// let error = store.instantiate(&module).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Link { name, .. } if &**name == "f"));
    /// assert_eq!(
    ///     error.to_string(),
    ///     "cannot link import `env` `f` (function (i32) -> ()): found function (i64) -> ()"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ExecutorInstantiate")]
    #[doc(alias = "Instantiate")]
    pub fn instantiate(&mut self, module: &Module) -> Result<Instance> {
        link::instantiate(self, module, None)
    }

    /// Makes an instance under a name, for other modules to import from.
    ///
    /// C: `WasmEdge_ExecutorRegister`. Go: `Register`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken) when the name is in use, else as
    /// [`instantiate`](Self::instantiate).
    ///
    /// # Panics
    ///
    /// Same as [`instantiate`](Self::instantiate).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store};
    ///
    /// let config = Config::new()?;
    /// let library = wat::parse_str(
    ///     r#"(module
    ///          (memory (export "memory") 1)
    ///          (data (i32.const 0) "\2a"))"#,
    /// )?;
    /// let program = wat::parse_str(
    ///     r#"(module
    ///          (import "library" "memory" (memory 1))
    ///          (func (export "first") (result i32) (i32.load8_u (i32.const 0))))"#,
    /// )?;
    /// let mut store = Store::new(())?;
    /// store.register("library", &Module::new(&config, &library)?)?;
    /// let program = store.instantiate(&Module::new(&config, &program)?)?;
    /// let first = program.get_typed_func::<(), i32>(&store, "first")?;
    /// assert_eq!(first.call(&mut store, ())?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ExecutorRegister")]
    #[doc(alias = "Register")]
    pub fn register(&mut self, name: &str, module: &Module) -> Result<Instance> {
        link::instantiate(self, module, Some(name))
    }

    /// Registers an instance of this store under a name, for other modules to import from: one that
    /// has no name, or one more for one that has; from 0.17 on. Both names are of the same
    /// instance.
    ///
    /// C: `WasmEdge_ExecutorRegisterImportWithAlias`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken) when the name is in use, and
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) before 0.17, where each module is
    /// [registered](Self::register) under its name as it is instantiated.
    ///
    /// # Panics
    ///
    /// When the instance is one of another store.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store};
    ///
    /// let config = Config::new()?;
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let mut store = Store::new(())?;
    /// let instance = store.instantiate(&Module::new(&config, &wasm)?)?;
    /// match store.register_instance("numbers", instance) {
    ///     Ok(()) => assert_eq!(store.find_instance("numbers"), Some(instance)),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ExecutorRegisterImportWithAlias")]
    pub fn register_instance(&mut self, name: &str, instance: Instance) -> Result<()> {
        link::register_instance(self, name, instance)
    }

    /// Returns the registered instance of a name.
    ///
    /// C: `WasmEdge_StoreFindModule`. Go: `FindModule`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{HostModule, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let env = store.register_host(&HostModule::new("env"))?;
    /// assert_eq!(store.find_instance("env"), Some(env));
    /// assert_eq!(store.find_instance("other"), None);
    /// assert_eq!(store.instance_names().collect::<Vec<_>>(), ["env"]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_StoreFindModule")]
    #[doc(alias = "FindModule")]
    pub fn find_instance(&self, name: &str) -> Option<Instance> {
        self.inner().core.find(name)
    }

    /// Returns the names under which instances are registered, in the order of registration.
    ///
    /// C: `WasmEdge_StoreListModule`, `WasmEdge_StoreListModuleLength`. Go: `ListModule`.
    #[doc(alias = "WasmEdge_StoreListModule")]
    #[doc(alias = "WasmEdge_StoreListModuleLength")]
    #[doc(alias = "ListModule")]
    pub fn instance_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.inner().core.names()
    }

    /// Returns the program's own value.
    pub fn data(&self) -> &T {
        &self.inner().data
    }

    /// Returns the program's own value, to change.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Store;
    ///
    /// let mut store = Store::new(vec![1])?;
    /// store.data_mut().push(2);
    /// assert_eq!(store.data(), &[1, 2]);
    /// assert_eq!(store.into_data(), [1, 2]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn data_mut(&mut self) -> &mut T {
        // SAFETY: alive as long as `self`, and `&mut self` rules out any other reference.
        unsafe { &mut self.inner.as_mut().data }
    }

    /// Ends the store and gives the program's own value back.
    pub fn into_data(self) -> T {
        let inner = self.inner;
        std::mem::forget(self);
        // SAFETY: the pointer came from a box, and `forget` left us its only owner.
        let inner = unsafe { Box::from_raw(inner.as_ptr()) };
        inner.into_data()
    }

    /// Returns what runs the code.
    ///
    /// Go: `GetExecutor`.
    #[doc(alias = "GetExecutor")]
    pub fn executor(&self) -> &Executor {
        &self.inner().core.executor
    }

    /// Returns what the executor counted.
    ///
    /// Go: `GetStatistics`.
    #[doc(alias = "GetStatistics")]
    pub fn statistics(&self) -> &Statistics {
        self.executor().statistics()
    }
}

impl<T: 'static> Drop for Store<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box, and `self` is its only owner.
        drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("data", self.data())
            .field("instances", &self.instance_names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
