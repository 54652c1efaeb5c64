//! Modules made of Rust closures.

use core::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::func::{HostFunction, IntoFunc};
use crate::memory::{self, SharedMemory};
use crate::store::{StoreCore, StorePtr};
use crate::sys::{self, compat, owned::Owned};
use crate::types::{FuncType, MemoryType, ValType};

/// A module of host functions and memories, for WebAssembly modules to import from.
///
/// It is a plain description in Rust: make it once, and
/// [register](crate::Store::register_host) it in as many stores with data `T` as there are, on any
/// thread. The closures are shared between the stores.
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
#[doc(alias = "NewModule")]
pub struct HostModule<T: 'static> {
    name: Box<str>,
    exports: Vec<(Box<str>, Export<T>)>,
}

/// Something that a host module exports.
enum Export<T: 'static> {
    Func(Arc<dyn HostFunction<T>>),
    Memory(MemoryType),
    SharedMemory(SharedMemory),
}

impl<T: 'static> HostModule<T> {
    /// An empty module of this name.
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            exports: Vec::new(),
        }
    }

    /// The name that wasm modules import it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a closure as a function; its WebAssembly type follows from its Rust type.
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
        self.export(name.into(), Export::Func(func))
    }

    /// Adds a memory. Each store that the module is registered in gets one of its own, filled with
    /// zeros; [`Instance::get_memory`](crate::Instance::get_memory) finds it there.
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
        self.export(name.into(), Export::Memory(ty))
    }

    /// Adds a memory that all stores share which the module is registered in; see [`SharedMemory`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateExport`] when the module has an export of this name.
    pub fn shared_memory(
        &mut self,
        name: impl Into<Box<str>>,
        memory: &SharedMemory,
    ) -> Result<&mut Self> {
        self.export(name.into(), Export::SharedMemory(memory.clone()))
    }

    fn export(&mut self, name: Box<str>, export: Export<T>) -> Result<&mut Self> {
        if self.exports.iter().any(|(own, _)| *own == name) {
            return Err(Error::from(ErrorKind::DuplicateExport {
                module: self.name.clone(),
                name,
            }));
        }
        self.exports.push((name, export));
        Ok(self)
    }

    /// What the C functions of [`build`](Self::build) point to.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<dyn HostFunction<T>>> {
        self.exports.iter().filter_map(|(_, export)| match export {
            Export::Func(func) => Some(func),
            Export::Memory(_) | Export::SharedMemory(_) => None,
        })
    }

    /// The memories that are not made for each store, and their names.
    pub(crate) fn shared_memories(&self) -> impl Iterator<Item = (&str, &SharedMemory)> {
        self.exports
            .iter()
            .filter_map(|(name, export)| match export {
                Export::SharedMemory(memory) => Some((&**name, memory)),
                _ => None,
            })
    }

    /// The names of what [`build`](Self::build) makes for each store.
    pub(crate) fn own_items(&self) -> impl Iterator<Item = &str> {
        self.exports
            .iter()
            .filter_map(|(name, export)| match export {
                Export::SharedMemory(_) => None,
                _ => Some(&**name),
            })
    }

    /// Makes the C module, whose functions point to the closures and to `store`: they and it must
    /// outlive it. Shared memories are not in it, they belong to another C module each.
    pub(crate) fn build(
        &self,
        name: &str,
        store: StorePtr<T>,
    ) -> Result<Owned<sys::WasmEdge_ModuleInstanceContext>> {
        // SAFETY: the store is alive, and its executor is only asked for a number.
        let max_pages = unsafe { store.core().as_ref() }.executor.max_memory_pages();
        let name = StoreCore::c_name(name)?;
        // SAFETY: makes a context that nobody else owns; the name is copied.
        let module = unsafe { Owned::new(sys::WasmEdge_ModuleInstanceCreate(name)) }?;
        for (name, export) in &self.exports {
            let name = StoreCore::c_name(name)?;
            match export {
                Export::Func(func) => {
                    let func = create_function(&**func, store)?.into_raw();
                    // SAFETY: the module is ours, and takes ownership; the name is copied.
                    unsafe { sys::WasmEdge_ModuleInstanceAddFunction(module.as_ptr(), name, func) };
                }
                Export::Memory(ty) => {
                    let memory = memory::create(ty.within(max_pages)?)?.into_raw();
                    // SAFETY: as above.
                    unsafe {
                        sys::WasmEdge_ModuleInstanceAddMemory(module.as_ptr(), name, memory);
                    }
                }
                Export::SharedMemory(memory) => {
                    // Not made here, but not too large for this store either.
                    memory.ty().within(max_pages)?;
                }
            }
        }
        Ok(module)
    }
}

fn create_function<T: 'static>(
    function: &dyn HostFunction<T>,
    store: StorePtr<T>,
) -> Result<Owned<sys::WasmEdge_FunctionInstanceContext>> {
    let ty = create_type(&function.ty())?;
    // SAFETY: the type is alive and copied. The entry belongs to the closure at the binding, and
    // to stores with data `T`; the store keeps both alive as long as the function.
    unsafe {
        Owned::new(sys::WasmEdge_FunctionInstanceCreateBinding(
            ty.as_ptr(),
            Some(function.wrap()),
            function.binding(),
            store.inner().as_ptr().cast(),
            0,
        ))
    }
}

fn create_type(ty: &FuncType) -> Result<Owned<sys::WasmEdge_FunctionTypeContext>> {
    let list = |types: &[ValType]| -> Vec<_> {
        types.iter().map(|&ty| compat::raw_val_type(ty)).collect()
    };
    let (params, results) = (list(ty.params()), list(ty.results()));
    // SAFETY: two arrays with their lengths, which are small, copied by C.
    unsafe {
        #[allow(clippy::cast_possible_truncation, reason = "at most 16 of each")]
        Owned::new(sys::WasmEdge_FunctionTypeCreate(
            params.as_ptr(),
            params.len() as u32,
            results.as_ptr(),
            results.len() as u32,
        ))
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
            Self::Func(func) => Self::Func(Arc::clone(func)),
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
            Self::Func(func) => func.ty().fmt(f),
            Self::Memory(ty) => ty.fmt(f),
            Self::SharedMemory(memory) => memory.ty().fmt(f),
        }
    }
}
