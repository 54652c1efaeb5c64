//! Modules made of Rust closures.

use std::fmt;
use std::sync::Arc;

mod reexport;
mod register;

use crate::control::fuel::CostTable;
use crate::library::owned::Owned;
use crate::runtime::func::{Caller, HostFunction, IntoFunc, host};
use crate::runtime::memory::{self, SharedMemory};
use crate::runtime::store::{StoreCore, StoreMut};
use crate::runtime::value::Val;
use crate::runtime::{global, table};
use crate::sys;
use crate::vocabulary::{
    BoxedError, Error, ErrorKind, FuncType, GlobalType, MemoryType, Names, Result, TableType,
};

/// A module of host functions and memories, for WebAssembly modules to import from.
///
/// It is a plain description in Rust: make it once, and
/// [register](crate::Store::register_host) it in as many stores with data `T` as there are, on any
/// thread. The closures are shared between the stores.
///
/// C: `WasmEdge_ModuleInstanceCreate`. Go: `ImportObject`, `Module`.
///
/// # Examples
///
/// ```
/// use wasmedge::{HostModule, Vm};
///
/// let mut math = HostModule::new("math");
/// math.func_wrap("add", |a: i32, b: i32| a.wrapping_add(b))?
///     .func_wrap("half", |value: i32| match value % 2 {
///         0 => Ok(value / 2),
///         _ => Err(format!("{value} is odd")),
///     })?;
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "math" "half" (func $half (param i32) (result i32)))
///          (export "half" (func $half)))"#,
/// )?;
/// let mut vm = Vm::new(())?;
/// vm.register_host(&math)?;
/// assert_eq!(vm.run_bytes::<i32, i32>(&wasm, "half", 8)?, 4);
/// let error = vm.call::<i32, i32>("half", 7).unwrap_err();
/// assert_eq!(error.to_string(), "host function failed: 7 is odd");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "ImportObject")]
#[doc(alias = "WasmEdge_ModuleInstanceCreate")]
#[doc(alias = "Module")]
pub struct HostModule<T: 'static> {
    name: Box<str>,
    exports: Names<Export<T>>,
}

/// Something that a host module exports.
enum Export<T: 'static> {
    Func {
        func: Arc<dyn HostFunction<T>>,
        cost: u64,
    },
    Table(TableType),
    Global(GlobalType, Val),
    Memory(MemoryType),
    SharedMemory(SharedMemory),
}

impl<T: 'static> HostModule<T> {
    /// Creates an empty module of this name.
    ///
    /// Go: `NewModule`.
    #[doc(alias = "NewModule")]
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            exports: Names::default(),
        }
    }

    /// Returns the name that wasm modules import it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a closure as a function; its WebAssembly type follows from its Rust type.
    ///
    /// C: `WasmEdge_FunctionInstanceCreateBinding`, `WasmEdge_FunctionInstanceCreate`,
    /// `WasmEdge_ModuleInstanceAddFunction`. Go: `NewFunction`, `AddFunction`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateExport`] when the module has an export of this name.
    #[doc(alias = "WasmEdge_FunctionInstanceCreateBinding")]
    #[doc(alias = "WasmEdge_FunctionInstanceCreate")]
    #[doc(alias = "WasmEdge_ModuleInstanceAddFunction")]
    #[doc(alias = "NewFunction")]
    #[doc(alias = "AddFunction")]
    pub fn func_wrap<Params, Results>(
        &mut self,
        name: impl Into<Box<str>>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<&mut Self> {
        let func = Arc::new(func.into_host_function());
        self.export(name.into(), Export::Func { func, cost: 0 })
    }

    /// Adds a closure as a function of a type that is known only at run time.
    ///
    /// The closure gets the parameters as they come, and fills in the results, which are zero and
    /// null at first. Results of other types than the function's end the wasm with
    /// [`ErrorKind::HostResults`].
    ///
    /// C: `WasmEdge_FunctionInstanceCreateBinding`, `WasmEdge_ModuleInstanceAddFunction`. Go:
    /// `NewFunction`, `AddFunction`.
    ///
    /// # Errors
    ///
    /// Same as [`func_wrap`](Self::func_wrap).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{FuncType, HostModule, Val, ValType, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// let ty = FuncType::new([ValType::I32, ValType::I32], [ValType::I32]);
    /// env.func_new("max", ty, |_, params, results| {
    ///     results[0] = Val::from(params.iter().filter_map(Val::i32).max().unwrap_or(0));
    ///     Ok::<(), wasmedge::Error>(())
    /// })?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_host(&env)?;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (import "env" "max" (func (param i32 i32) (result i32)))
    ///          (export "max" (func 0)))"#,
    /// )?;
    /// assert_eq!(vm.run_bytes::<_, i32>(&wasm, "max", (3, 5))?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_FunctionInstanceCreateBinding")]
    #[doc(alias = "WasmEdge_ModuleInstanceAddFunction")]
    #[doc(alias = "NewFunction")]
    #[doc(alias = "AddFunction")]
    pub fn func_new<E: Into<BoxedError> + 'static>(
        &mut self,
        name: impl Into<Box<str>>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        let func = Arc::new(host::Dynamic::new(ty, func));
        self.export(name.into(), Export::Func { func, cost: 0 })
    }

    /// Sets what a call of one of the functions costs, where cost is measured; 0 at first. As in a
    /// [`CostTable`], 2⁶³ − 1 is the highest.
    ///
    /// C: `WasmEdge_FunctionInstanceCreate`. Go: `NewFunction`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchExport`] when there is no function of this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, HostModule, Trap, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("query", || {})?.func_cost("query", 1_000)?;
    /// let mut vm = Vm::with_config(Config::new()?.measure_cost(true), ())?;
    /// vm.register_host(&env)?;
    /// vm.set_fuel(2_500)?;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "query" (func $query))
    ///          (func (export "run") (loop (call $query) (br 0))))"#,
    /// )?;
    /// let error = vm.run_bytes::<(), ()>(&wasm, "run", ()).unwrap_err();
    /// assert_eq!(error.trap(), Some(Trap::OutOfFuel));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_FunctionInstanceCreate")]
    #[doc(alias = "NewFunction")]
    pub fn func_cost(&mut self, name: &str, new: u64) -> Result<&mut Self> {
        if let Some(Export::Func { cost, .. }) = self.exports.get_mut(name) {
            *cost = new.min(CostTable::MAX);
            return Ok(self);
        }
        let functions = self
            .exports
            .iter()
            .filter_map(|(own, export)| match export {
                Export::Func { .. } => Some(own.into()),
                _ => None,
            });
        Err(Error::from(ErrorKind::NoSuchExport {
            kind: "function",
            name: name.into(),
            available: functions.collect(),
        }))
    }

    /// Adds a table, whose elements are null at first. Each store that the module is registered in
    /// gets one of its own.
    ///
    /// C: `WasmEdge_ModuleInstanceAddTable`. Go: `AddTable`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateExport`] when the module has an export of this name, and
    /// [`ErrorKind::Invalid`] when it has more than 10,000,000 elements at first.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Func, HostModule, RefType, Store, TableType};
    ///
    /// let mut env = HostModule::new("env");
    /// env.table("callbacks", TableType::new(RefType::FuncRef, 4, None)?)?;
    /// let mut store = Store::new(())?;
    /// let table = store.register_host(&env)?.get_table(&store, "callbacks").expect("its own");
    /// let callback = Func::wrap(&mut store, |n: i32| n + 1)?;
    /// table.set(&mut store, 0, callback)?;
    /// assert_eq!(table.size(&store), 4);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceAddTable")]
    #[doc(alias = "AddTable")]
    pub fn table(&mut self, name: impl Into<Box<str>>, ty: TableType) -> Result<&mut Self> {
        table::check_size(&ty)?;
        self.export(name.into(), Export::Table(ty))
    }

    /// Adds a global. Each store that the module is registered in gets one of its own.
    ///
    /// C: `WasmEdge_ModuleInstanceAddGlobal`. Go: `AddGlobal`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateExport`] when the module has an export of this name,
    /// [`ErrorKind::WrongType`] when `value` is not of the type, and [`ErrorKind::Invalid`] when it
    /// refers to something, which belongs to one store while the module is for many.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{GlobalType, HostModule, Mutability, Store, Val, ValType};
    ///
    /// let mut env = HostModule::new("env");
    /// env.global("answer", GlobalType::new(ValType::I32, Mutability::Const), 42)?;
    /// let mut store = Store::new(())?;
    /// let env = store.register_host(&env)?;
    /// let answer = env.get_global(&store, "answer").unwrap();
    /// assert_eq!(answer.get(&store)?, Val::I32(42));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceAddGlobal")]
    #[doc(alias = "AddGlobal")]
    pub fn global(
        &mut self,
        name: impl Into<Box<str>>,
        ty: GlobalType,
        value: impl Into<Val>,
    ) -> Result<&mut Self> {
        let value = value.into();
        global::check_content(&ty, value)?;
        if value.ty().is_ref() && !value.is_null_ref() {
            return Err(Error::invalid(
                "a host module's global starts as null: it is for many stores, and what the \
                 reference refers to belongs to one; set it there",
            ));
        }
        self.export(name.into(), Export::Global(ty, value))
    }

    /// Adds a memory. Each store that the module is registered in gets one of its own, filled with
    /// zeros; [`Instance::get_memory`](crate::Instance::get_memory) finds it there.
    ///
    /// C: `WasmEdge_ModuleInstanceAddMemory`. Go: `AddMemory`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateExport`] when the module has an export of this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, HostModule, MemoryType, Module, Store};
    ///
    /// let mut env = HostModule::new("env");
    /// env.memory("memory", MemoryType::new(1, Some(4))?)?;
    /// let mut store = Store::new(())?;
    /// let memory = store.register_host(&env)?.get_memory(&store, "memory").unwrap();
    /// memory.write(&mut store, 0, &[42])?;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "memory" (memory 1))
    ///          (func (export "get") (result i32) (i32.load8_u (i32.const 0))))"#,
    /// )?;
    /// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
    /// let get = instance.get_typed_func::<(), i32>(&store, "get")?;
    /// assert_eq!(get.call(&mut store, ())?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceAddMemory")]
    #[doc(alias = "AddMemory")]
    pub fn memory(&mut self, name: impl Into<Box<str>>, ty: MemoryType) -> Result<&mut Self> {
        // No store allows more, whatever its configuration.
        ty.within(MemoryType::MAX_PAGES)?;
        self.export(name.into(), Export::Memory(ty))
    }

    /// Adds a memory that all stores share which the module is registered in; see [`SharedMemory`].
    ///
    /// Go: `AddMemory`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateExport`] when the module has an export of this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{HostModule, SharedMemory, Store};
    ///
    /// let memory = SharedMemory::new(1)?;
    /// let mut env = HostModule::new("env");
    /// env.shared_memory("memory", &memory)?;
    /// for _ in 0..2 {
    ///     let mut store = Store::new(())?;
    ///     let same = store.register_host(&env)?.get_memory(&store, "memory").expect("exported");
    ///     let count: u8 = same.read_value(&store, 0)?;
    ///     same.write_value(&mut store, 0, count + 1)?;
    /// }
    /// assert_eq!(memory.read_value::<u8>(0)?, 2);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "AddMemory")]
    pub fn shared_memory(
        &mut self,
        name: impl Into<Box<str>>,
        memory: &SharedMemory,
    ) -> Result<&mut Self> {
        self.export(name.into(), Export::SharedMemory(memory.clone()))
    }

    fn export(&mut self, name: Box<str>, export: Export<T>) -> Result<&mut Self> {
        // C has to take it when the module is registered.
        StoreCore::c_name(&name)?;
        match self.exports.add(name, export) {
            Ok(_) => Ok(self),
            Err((name, _)) => Err(Error::from(ErrorKind::DuplicateExport {
                module: self.name.clone(),
                name,
            })),
        }
    }

    /// What the C functions of [`build`](Self::build) point to.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<dyn HostFunction<T>>> {
        self.exports.iter().filter_map(|(_, export)| match export {
            Export::Func { func, .. } => Some(func),
            _ => None,
        })
    }

    /// The memories that are not made for each store, and their names.
    pub(crate) fn shared_memories(&self) -> impl Iterator<Item = (&str, &SharedMemory)> {
        self.exports
            .iter()
            .filter_map(|(name, export)| match export {
                Export::SharedMemory(memory) => Some((name, memory)),
                _ => None,
            })
    }

    /// The names of what [`build`](Self::build) makes for each store.
    pub(crate) fn own_items(&self) -> impl Iterator<Item = &str> {
        self.exports
            .iter()
            .filter_map(|(name, export)| match export {
                Export::SharedMemory(_) => None,
                _ => Some(name),
            })
    }

    /// The sizes in pages that its memories may grow to in a store, shared ones included.
    pub(crate) fn memory_maxima(&self, max_pages: u64) -> impl Iterator<Item = u64> {
        self.exports
            .iter()
            .filter_map(move |(_, export)| match export {
                Export::Memory(ty) => Some(ty.limits().max().unwrap_or(max_pages).min(max_pages)),
                Export::SharedMemory(memory) => Some(memory.size()),
                _ => None,
            })
    }

    /// Puts the functions into a C module in place of those of the same names, which stay with it,
    /// and whose names lead to these then. They point to the closures and to `store`: both must
    /// outlive the C module. No code has been linked with it yet.
    pub(crate) fn replace_in(
        &self,
        module: &Owned<sys::WasmEdge_ModuleInstanceContext>,
        store: &StoreMut<'_, T>,
    ) -> Result<()> {
        for (name, export) in self.exports.iter() {
            let name = StoreCore::c_name(name)?;
            if let Export::Func { func, cost } = export {
                let func = host::create(&**func, *cost, store)?.into_raw();
                // SAFETY: the module is alive and takes ownership of the function; the name is
                // copied. In all versions `unsafeAddHostInstance` keeps what had the name before,
                // and assigns the name anew.
                unsafe { sys::WasmEdge_ModuleInstanceAddFunction(module.as_mut_ptr(), name, func) };
            }
        }
        Ok(())
    }

    /// The highest cost of a function.
    pub(crate) fn highest_cost(&self) -> u64 {
        let costs = self.exports.iter().map(|(_, export)| match export {
            Export::Func { cost, .. } => *cost,
            _ => 0,
        });
        costs.max().unwrap_or(0)
    }

    /// Makes the C module, whose functions point to the closures and to `store`: they and it must
    /// outlive it. Shared memories are not in it, they belong to another C module each.
    pub(crate) fn build(
        &self,
        name: &str,
        store: &StoreMut<'_, T>,
    ) -> Result<Owned<sys::WasmEdge_ModuleInstanceContext>> {
        let core = store.core();
        let max_pages = core.executor.max_memory_pages();
        let name = StoreCore::c_name(name)?;
        // SAFETY: makes a context that nobody else owns; the name is copied.
        let module = unsafe { Owned::new(sys::WasmEdge_ModuleInstanceCreate(name)) }?;
        for (name, export) in self.exports.iter() {
            let name = StoreCore::c_name(name)?;
            // SAFETY: the module is ours, and takes ownership of each object; names are copied.
            unsafe {
                match export {
                    Export::Func { func, cost } => {
                        let func = host::create(&**func, *cost, store)?.into_raw();
                        sys::WasmEdge_ModuleInstanceAddFunction(module.as_mut_ptr(), name, func);
                    }
                    Export::Table(ty) => {
                        let table = table::create(&table::within(ty, core)?)?.into_raw();
                        sys::WasmEdge_ModuleInstanceAddTable(module.as_mut_ptr(), name, table);
                    }
                    Export::Global(ty, value) => {
                        let global = global::create(ty, *value, core)?.into_raw();
                        sys::WasmEdge_ModuleInstanceAddGlobal(module.as_mut_ptr(), name, global);
                    }
                    Export::Memory(ty) => {
                        let memory = memory::create(ty.within(max_pages)?)?.into_raw();
                        sys::WasmEdge_ModuleInstanceAddMemory(module.as_mut_ptr(), name, memory);
                    }
                    Export::SharedMemory(memory) => {
                        // Not made here, but not too large for this store either.
                        memory.ty().within(max_pages)?;
                    }
                }
            }
        }
        Ok(module)
    }
}

impl<T: 'static> Clone for HostModule<T> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            exports: self.exports.clone(),
        }
    }
}

impl<T: 'static> Clone for Export<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Func { func, cost } => Self::Func {
                func: Arc::clone(func),
                cost: *cost,
            },
            Self::Table(ty) => Self::Table(*ty),
            Self::Global(ty, value) => Self::Global(*ty, *value),
            Self::Memory(ty) => Self::Memory(*ty),
            Self::SharedMemory(memory) => Self::SharedMemory(memory.clone()),
        }
    }
}

impl<T: 'static> fmt::Debug for HostModule<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostModule")
            .field("name", &self.name)
            .field("exports", &self.exports)
            .finish()
    }
}

impl<T: 'static> fmt::Debug for Export<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func { func, .. } => write!(f, "function {}", func.ty()),
            Self::Table(ty) => ty.fmt(f),
            Self::Global(ty, value) => write!(f, "{ty} = {value}"),
            Self::Memory(ty) => ty.fmt(f),
            Self::SharedMemory(memory) => memory.ty().fmt(f),
        }
    }
}
