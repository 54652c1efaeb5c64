//! A module that was made to run.

use core::ptr;

use crate::error::{Error, ErrorKind, Result};
use crate::func::{Func, TypedFunc, WasmParams, WasmResults};
use crate::global::Global;
use crate::memory::Memory;
use crate::store::{self, AsStore, Handle, StoreCore};
use crate::sys::{self, compat, string};
use crate::table::Table;
use crate::types::ExternType;

/// An instance of a module, in a [`Store`](crate::Store) that owns it.
///
/// A small handle: copy it, keep it, send it to another thread; it does nothing without its store.
///
/// # Panics
///
/// Every method panics when the handle is used with another store than its own. That is a mistake
/// in the program, not something that input can cause.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module (func (export "double") (param i32) (result i32)
///          local.get 0 i32.const 2 i32.mul))"#,
/// )?;
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
/// let double = instance.get_typed_func::<i32, i32>(&store, "double")?;
/// assert_eq!(double.call(&mut store, 21)?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_ModuleInstanceContext")]
pub struct Instance {
    handle: Handle<sys::WasmEdge_ModuleInstanceContext>,
}

impl Instance {
    pub(crate) const fn new(handle: Handle<sys::WasmEdge_ModuleInstanceContext>) -> Self {
        Self { handle }
    }

    pub(crate) const fn handle(self) -> Handle<sys::WasmEdge_ModuleInstanceContext> {
        self.handle
    }

    /// The name under which the instance is registered; empty for one that is not.
    #[doc(alias = "WasmEdge_ModuleInstanceGetModuleName")]
    #[doc(alias = "GetName")]
    pub fn name(self, store: impl AsStore) -> String {
        let instance = self.handle.get(store::core(&store));
        // SAFETY: the instance lives in `store`; the name is a view into it, copied at once.
        unsafe { string::to_owned(sys::WasmEdge_ModuleInstanceGetModuleName(instance.as_ptr())) }
            .into_string()
    }

    /// The exported function of this name.
    #[doc(alias = "WasmEdge_ModuleInstanceFindFunction")]
    #[doc(alias = "FindFunction")]
    pub fn get_func(self, store: impl AsStore, name: &str) -> Option<Func> {
        self.find_func(store::core(&store), name)
    }

    /// The exported function of this name, with its type checked once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchExport`] when there is none,
    /// and [`ErrorKind::Signature`] when it has another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "f") (param i64)))"#)?;
    /// let mut store = Store::new(())?;
    /// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
    /// let error = instance.get_typed_func::<i32, ()>(&store, "f").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "function type mismatch: the function is (i64) -> (), used as (i32) -> ()"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceFindFunction")]
    #[doc(alias = "FindFunction")]
    pub fn get_typed_func<P: WasmParams, R: WasmResults>(
        self,
        store: impl AsStore,
        name: &str,
    ) -> Result<TypedFunc<P, R>> {
        self.require_func(store::core(&store), name)?.typed(store)
    }

    /// The exported table of this name.
    #[doc(alias = "WasmEdge_ModuleInstanceFindTable")]
    #[doc(alias = "FindTable")]
    pub fn get_table(self, store: impl AsStore, name: &str) -> Option<Table> {
        let core = store::core(&store);
        let (instance, name) = (self.handle.get(core), StoreCore::c_name(name).ok()?);
        // SAFETY: the instance lives in the store; the name is only read.
        let table = unsafe { sys::WasmEdge_ModuleInstanceFindTable(instance.as_ptr(), name) };
        Some(Table::of(core.handle(ptr::NonNull::new(table)?)))
    }

    /// The exported global of this name.
    #[doc(alias = "WasmEdge_ModuleInstanceFindGlobal")]
    #[doc(alias = "FindGlobal")]
    pub fn get_global(self, store: impl AsStore, name: &str) -> Option<Global> {
        let core = store::core(&store);
        let (instance, name) = (self.handle.get(core), StoreCore::c_name(name).ok()?);
        // SAFETY: the instance lives in the store; the name is only read.
        let global = unsafe { sys::WasmEdge_ModuleInstanceFindGlobal(instance.as_ptr(), name) };
        Some(Global::of(core.handle(ptr::NonNull::new(global)?)))
    }

    /// The names of the exported functions, in alphabetical order.
    #[doc(alias = "WasmEdge_ModuleInstanceListFunction")]
    #[doc(alias = "WasmEdge_ModuleInstanceListFunctionLength")]
    #[doc(alias = "ListFunction")]
    pub fn func_names(self, store: impl AsStore) -> Vec<Box<str>> {
        self.list_funcs(store::core(&store))
    }

    /// The exported memory of this name.
    #[doc(alias = "WasmEdge_ModuleInstanceFindMemory")]
    #[doc(alias = "FindMemory")]
    pub fn get_memory(self, store: impl AsStore, name: &str) -> Option<Memory> {
        let core = store::core(&store);
        let instance = self.handle.get(core);
        let name = StoreCore::c_name(name).ok()?;
        // SAFETY: the instance lives in the store; the name is only read.
        let memory = unsafe { sys::WasmEdge_ModuleInstanceFindMemory(instance.as_ptr(), name) };
        // What it found may belong to another instance, of the same store.
        let memory = ptr::NonNull::new(memory)?;
        // SAFETY: the store keeps what its instances export.
        Some(unsafe { Memory::from_raw(core, memory) })
    }

    /// The names of the exported memories, in alphabetical order.
    #[doc(alias = "WasmEdge_ModuleInstanceListMemory")]
    #[doc(alias = "WasmEdge_ModuleInstanceListMemoryLength")]
    #[doc(alias = "ListMemory")]
    pub fn memory_names(self, store: impl AsStore) -> Vec<Box<str>> {
        let instance = self.handle.get(store::core(&store));
        // SAFETY: the instance lives in the store; the two functions belong together.
        unsafe {
            list_names(
                instance,
                sys::WasmEdge_ModuleInstanceListMemoryLength,
                sys::WasmEdge_ModuleInstanceListMemory,
            )
        }
    }

    /// The exported function of this name, or an error that lists those there are.
    pub(crate) fn require_func(self, core: &StoreCore, name: &str) -> Result<Func> {
        self.find_func(core, name).ok_or_else(|| {
            Error::from(ErrorKind::NoSuchExport {
                kind: "function",
                name: name.into(),
                available: self.list_funcs(core),
            })
        })
    }

    fn find_func(self, core: &StoreCore, name: &str) -> Option<Func> {
        let instance = self.handle.get(core);
        let name = StoreCore::c_name(name).ok()?;
        // SAFETY: the instance lives in the store; the name is only read.
        let func = unsafe { sys::WasmEdge_ModuleInstanceFindFunction(instance.as_ptr(), name) };
        // What it found may belong to another instance, of the same store.
        Some(Func::of(core.handle(ptr::NonNull::new(func)?)))
    }

    fn list_funcs(self, core: &StoreCore) -> Vec<Box<str>> {
        let instance = self.handle.get(core);
        // SAFETY: the instance lives in the store; the two functions belong together.
        unsafe {
            list_names(
                instance,
                sys::WasmEdge_ModuleInstanceListFunctionLength,
                sys::WasmEdge_ModuleInstanceListFunction,
            )
        }
    }

    /// The type of the export of this name, as it is now: a memory or table that grew has its
    /// present size as minimum.
    pub(crate) fn export_type(self, core: &StoreCore, name: &str) -> Option<Result<ExternType>> {
        let instance = self.handle.get(core).as_ptr();
        let name = StoreCore::c_name(name).ok()?;
        // SAFETY: the instance lives in the store, the name is only read, and what is found lives
        // in the store as well; the types are views into it.
        unsafe {
            let func = sys::WasmEdge_ModuleInstanceFindFunction(instance, name);
            if !func.is_null() {
                let ty = sys::WasmEdge_FunctionInstanceGetFunctionType(func);
                return Some(compat::func_type(ty).map(ExternType::Func));
            }
            let table = sys::WasmEdge_ModuleInstanceFindTable(instance, name);
            if !table.is_null() {
                let ty = sys::WasmEdge_TableInstanceGetTableType(table);
                return Some(compat::table_type(ty).map(ExternType::Table));
            }
            let memory = sys::WasmEdge_ModuleInstanceFindMemory(instance, name);
            if !memory.is_null() {
                let ty = sys::WasmEdge_MemoryInstanceGetMemoryType(memory);
                return Some(Ok(ExternType::Memory(compat::memory_type(ty))));
            }
            let global = sys::WasmEdge_ModuleInstanceFindGlobal(instance, name);
            if !global.is_null() {
                let ty = sys::WasmEdge_GlobalInstanceGetGlobalType(global);
                return Some(compat::global_type(ty).map(ExternType::Global));
            }
            let tag = compat::instance_tag_type(instance, name)?;
            Some(tag.map(ExternType::Tag))
        }
    }
}

/// The names of one kind of export, from the two C functions for that kind.
///
/// # Safety
///
/// `instance` is alive, and `names` writes as many names as `len` counts.
unsafe fn list_names(
    instance: ptr::NonNull<sys::WasmEdge_ModuleInstanceContext>,
    len: unsafe extern "C-unwind" fn(*const sys::WasmEdge_ModuleInstanceContext) -> u32,
    names: unsafe extern "C-unwind" fn(
        *const sys::WasmEdge_ModuleInstanceContext,
        *mut sys::WasmEdge_String,
        u32,
    ) -> u32,
) -> Vec<Box<str>> {
    // SAFETY: promised by the caller.
    let len = unsafe { len(instance.as_ptr()) };
    let empty = sys::WasmEdge_String {
        Length: 0,
        Buf: ptr::null(),
    };
    let mut list = vec![empty; len as usize];
    // SAFETY: as above, and `list` has room for `len` names.
    unsafe { names(instance.as_ptr(), list.as_mut_ptr(), len) };
    list.into_iter()
        // SAFETY: views into the instance, which does not change its exports.
        .map(|name| unsafe { string::to_owned(name) })
        .collect()
}
