//! A module that was made to run.

use std::ptr;

use crate::compat;
use crate::compat::string::{self, BorrowedStr};
use crate::runtime::export::Extern;
use crate::runtime::func::{Func, TypedFunc, WasmParams, WasmResults};
use crate::runtime::global::Global;
use crate::runtime::memory::Memory;
use crate::runtime::store::{self, AsStore, Handle, StoreCore};
use crate::runtime::table::Table;
use crate::runtime::tag::Tag;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, ExternType, Result};

/// An instance of a module, in a [`Store`](crate::Store) that owns it.
///
/// A small handle: copy it, keep it, send it to another thread; it does nothing without its store.
///
/// C: `WasmEdge_ModuleInstanceContext`. Go: `Module`.
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
#[doc(alias = "Module")]
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

    /// Returns the name that the instance was registered under when it was made; empty for one that
    /// was not.
    ///
    /// C: `WasmEdge_ModuleInstanceGetModuleName`. Go: `GetName`.
    #[doc(alias = "WasmEdge_ModuleInstanceGetModuleName")]
    #[doc(alias = "GetName")]
    pub fn name(self, store: impl AsStore) -> String {
        let instance = self.handle.get(store::core(&store));
        // SAFETY: the instance lives in `store`; the name is a view into it, copied at once.
        unsafe { string::to_owned(sys::WasmEdge_ModuleInstanceGetModuleName(instance.as_ptr())) }
            .into_string()
    }

    /// Returns the export of this name, of whatever kind.
    pub fn get_export(self, store: impl AsStore, name: &str) -> Option<Extern> {
        self.find(store::core(&store), name)
    }

    /// Returns all exports: functions, tables, memories, globals, tags, each kind in alphabetical
    /// order.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (memory (export "memory") 1)
    ///          (func (export "run"))
    ///          (func (export "init")))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_bytes("guest", &wasm)?;
    /// let mut names = Vec::new();
    /// for (name, export) in guest.exports(&vm) {
    ///     names.push(format!("{name}: {}", export.ty(&vm)?));
    /// }
    /// let expected = ["init: function () -> ()", "run: function () -> ()", "memory: memory 1.."];
    /// assert_eq!(names, expected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exports(self, store: impl AsStore) -> Vec<(Box<str>, Extern)> {
        let core = store::core(&store);
        let names = self.export_names(core).into_iter();
        names
            .filter_map(|name| self.find(core, &name).map(|found| (name, found)))
            .collect()
    }

    /// Returns the exported function of this name.
    ///
    /// C: `WasmEdge_ModuleInstanceFindFunction`. Go: `FindFunction`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "f") (param i32 i64)))"#)?;
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_bytes("guest", &wasm)?;
    /// let f = guest.get_func(&vm, "f").expect("exported");
    /// assert_eq!(f.ty(&vm)?.to_string(), "(i32, i64) -> ()");
    /// assert_eq!(guest.get_func(&vm, "g"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceFindFunction")]
    #[doc(alias = "FindFunction")]
    #[inline]
    pub fn get_func(self, store: impl AsStore, name: &str) -> Option<Func> {
        self.find_func(store::core(&store), name)
    }

    /// Returns the exported function of this name, with its type checked once.
    ///
    /// C: `WasmEdge_ModuleInstanceFindFunction`. Go: `FindFunction`.
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

    /// Returns the exported table of this name.
    ///
    /// C: `WasmEdge_ModuleInstanceFindTable`. Go: `FindTable`.
    #[doc(alias = "WasmEdge_ModuleInstanceFindTable")]
    #[doc(alias = "FindTable")]
    pub fn get_table(self, store: impl AsStore, name: &str) -> Option<Table> {
        self.find_table(store::core(&store), name)
    }

    /// Returns the exported memory of this name.
    ///
    /// C: `WasmEdge_ModuleInstanceFindMemory`. Go: `FindMemory`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (memory (export "memory") 1)
    ///          (data (i32.const 0) "data"))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_bytes("guest", &wasm)?;
    /// let memory = guest.get_memory(&vm, "memory").expect("exported");
    /// assert!(memory.data(&vm).starts_with(b"data"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceFindMemory")]
    #[doc(alias = "FindMemory")]
    pub fn get_memory(self, store: impl AsStore, name: &str) -> Option<Memory> {
        self.find_memory(store::core(&store), name)
    }

    /// Returns the exported global of this name.
    ///
    /// C: `WasmEdge_ModuleInstanceFindGlobal`. Go: `FindGlobal`.
    #[doc(alias = "WasmEdge_ModuleInstanceFindGlobal")]
    #[doc(alias = "FindGlobal")]
    pub fn get_global(self, store: impl AsStore, name: &str) -> Option<Global> {
        self.find_global(store::core(&store), name)
    }

    /// Returns the exported exception tag of this name; none before 0.14.
    ///
    /// C: `WasmEdge_ModuleInstanceFindTag`.
    #[doc(alias = "WasmEdge_ModuleInstanceFindTag")]
    pub fn get_tag(self, store: impl AsStore, name: &str) -> Option<Tag> {
        self.find_tag(store::core(&store), name)
    }

    /// Returns the names of the exported functions, in alphabetical order.
    ///
    /// C: `WasmEdge_ModuleInstanceListFunction`, `WasmEdge_ModuleInstanceListFunctionLength`. Go:
    /// `ListFunction`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "b")) (func (export "a")))"#)?;
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_bytes("guest", &wasm)?;
    /// assert_eq!(guest.func_names(&vm), ["a".into(), "b".into()]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceListFunction")]
    #[doc(alias = "WasmEdge_ModuleInstanceListFunctionLength")]
    #[doc(alias = "ListFunction")]
    pub fn func_names(self, store: impl AsStore) -> Vec<Box<str>> {
        self.func_names_in(store::core(&store))
    }

    pub(crate) fn func_names_in(self, core: &StoreCore) -> Vec<Box<str>> {
        self.list(core, Kind::FUNC)
    }

    /// Returns the names of the exported tables, in alphabetical order.
    ///
    /// C: `WasmEdge_ModuleInstanceListTable`, `WasmEdge_ModuleInstanceListTableLength`. Go:
    /// `ListTable`.
    #[doc(alias = "WasmEdge_ModuleInstanceListTable")]
    #[doc(alias = "WasmEdge_ModuleInstanceListTableLength")]
    #[doc(alias = "ListTable")]
    pub fn table_names(self, store: impl AsStore) -> Vec<Box<str>> {
        self.list(store::core(&store), Kind::TABLE)
    }

    /// Returns the names of the exported memories, in alphabetical order.
    ///
    /// C: `WasmEdge_ModuleInstanceListMemory`, `WasmEdge_ModuleInstanceListMemoryLength`. Go:
    /// `ListMemory`.
    #[doc(alias = "WasmEdge_ModuleInstanceListMemory")]
    #[doc(alias = "WasmEdge_ModuleInstanceListMemoryLength")]
    #[doc(alias = "ListMemory")]
    pub fn memory_names(self, store: impl AsStore) -> Vec<Box<str>> {
        self.list(store::core(&store), Kind::MEMORY)
    }

    /// Returns the names of the exported globals, in alphabetical order.
    ///
    /// C: `WasmEdge_ModuleInstanceListGlobal`, `WasmEdge_ModuleInstanceListGlobalLength`. Go:
    /// `ListGlobal`.
    #[doc(alias = "WasmEdge_ModuleInstanceListGlobal")]
    #[doc(alias = "WasmEdge_ModuleInstanceListGlobalLength")]
    #[doc(alias = "ListGlobal")]
    pub fn global_names(self, store: impl AsStore) -> Vec<Box<str>> {
        self.list(store::core(&store), Kind::GLOBAL)
    }

    /// Returns the names of the exported exception tags, in alphabetical order; none before 0.14.
    ///
    /// C: `WasmEdge_ModuleInstanceListTag`, `WasmEdge_ModuleInstanceListTagLength`.
    #[doc(alias = "WasmEdge_ModuleInstanceListTag")]
    #[doc(alias = "WasmEdge_ModuleInstanceListTagLength")]
    pub fn tag_names(self, store: impl AsStore) -> Vec<Box<str>> {
        self.list_tags(store::core(&store))
    }

    /// The names of all exports, each kind in alphabetical order.
    pub(crate) fn export_names(self, core: &StoreCore) -> Vec<Box<str>> {
        let kinds = [Kind::FUNC, Kind::TABLE, Kind::MEMORY, Kind::GLOBAL];
        let names = kinds.into_iter().flat_map(|kind| self.list(core, kind));
        names.chain(self.list_tags(core)).collect()
    }

    /// The exported function of this name, or an error that lists those there are.
    pub(crate) fn require_func(self, core: &StoreCore, name: &str) -> Result<Func> {
        self.find_func(core, name).ok_or_else(|| {
            Error::from(ErrorKind::NoSuchExport {
                kind: "function",
                name: name.into(),
                available: self.list(core, Kind::FUNC),
            })
        })
    }

    /// The type of the export of this name, as it is now: a memory or table that grew has its
    /// present size as minimum.
    pub(crate) fn export_type(self, core: &StoreCore, name: &str) -> Option<Result<ExternType>> {
        Some(self.find(core, name)?.type_in(core))
    }

    fn find(self, core: &StoreCore, name: &str) -> Option<Extern> {
        let func = || self.find_func(core, name).map(Extern::Func);
        let table = || self.find_table(core, name).map(Extern::Table);
        let memory = || self.find_memory(core, name).map(Extern::Memory);
        let global = || self.find_global(core, name).map(Extern::Global);
        let tag = || self.find_tag(core, name).map(Extern::Tag);
        func()
            .or_else(table)
            .or_else(memory)
            .or_else(global)
            .or_else(tag)
    }

    // What these find may belong to another instance, of the same store.

    #[inline]
    fn find_func(self, core: &StoreCore, name: &str) -> Option<Func> {
        let (instance, name) = (self.handle.get(core), BorrowedStr::new(name)?.raw());
        // SAFETY: the instance lives in the store; the name is only read.
        let func = unsafe { sys::WasmEdge_ModuleInstanceFindFunction(instance.as_ptr(), name) };
        Some(Func::from_handle(core.handle(ptr::NonNull::new(func)?)))
    }

    fn find_table(self, core: &StoreCore, name: &str) -> Option<Table> {
        let (instance, name) = (self.handle.get(core), BorrowedStr::new(name)?.raw());
        // SAFETY: the instance lives in the store; the name is only read.
        let table = unsafe { sys::WasmEdge_ModuleInstanceFindTable(instance.as_ptr(), name) };
        let table = ptr::NonNull::new(table)?;
        // SAFETY: the store keeps what its instances export.
        Some(unsafe { Table::from_raw(core, table) })
    }

    fn find_memory(self, core: &StoreCore, name: &str) -> Option<Memory> {
        let (instance, name) = (self.handle.get(core), BorrowedStr::new(name)?.raw());
        // SAFETY: the instance lives in the store; the name is only read.
        let memory = unsafe { sys::WasmEdge_ModuleInstanceFindMemory(instance.as_ptr(), name) };
        let memory = ptr::NonNull::new(memory)?;
        // SAFETY: the store keeps what its instances export.
        Some(unsafe { Memory::from_raw(core, memory) })
    }

    fn find_global(self, core: &StoreCore, name: &str) -> Option<Global> {
        let (instance, name) = (self.handle.get(core), BorrowedStr::new(name)?.raw());
        // SAFETY: the instance lives in the store; the name is only read.
        let global = unsafe { sys::WasmEdge_ModuleInstanceFindGlobal(instance.as_ptr(), name) };
        let global = ptr::NonNull::new(global)?;
        // SAFETY: the store keeps what its instances export.
        Some(unsafe { Global::from_raw(core, global) })
    }

    fn find_tag(self, core: &StoreCore, name: &str) -> Option<Tag> {
        let (instance, name) = (self.handle.get(core), BorrowedStr::new(name)?.raw());
        // SAFETY: the instance lives in the store; the name is only read.
        let tag = unsafe { compat::find_tag(instance.as_ptr(), name) };
        Some(Tag::new(core.handle(tag?)))
    }

    fn list_tags(self, core: &StoreCore) -> Vec<Box<str>> {
        let instance = self.handle.get(core);
        // SAFETY: the instance lives in the store, and does not change its exports.
        unsafe { compat::tag_names(instance.as_ptr()) }
    }

    /// The names of one kind of export, as C lists them: in alphabetical order.
    fn list(self, core: &StoreCore, kind: Kind) -> Vec<Box<str>> {
        let instance = self.handle.get(core);
        // SAFETY: the instance lives in the store, and does not change its exports; the two
        // functions belong together.
        unsafe {
            let len = (kind.len)(instance.as_ptr());
            string::names(len, |list, len| (kind.names)(instance.as_ptr(), list, len))
        }
    }
}

/// The two C functions that list one kind of export.
#[derive(Clone, Copy)]
struct Kind {
    len: unsafe extern "C-unwind" fn(*const sys::WasmEdge_ModuleInstanceContext) -> u32,
    names: unsafe extern "C-unwind" fn(
        *const sys::WasmEdge_ModuleInstanceContext,
        *mut sys::WasmEdge_String,
        u32,
    ) -> u32,
}

impl Kind {
    const FUNC: Self = Self {
        len: sys::WasmEdge_ModuleInstanceListFunctionLength,
        names: sys::WasmEdge_ModuleInstanceListFunction,
    };
    const TABLE: Self = Self {
        len: sys::WasmEdge_ModuleInstanceListTableLength,
        names: sys::WasmEdge_ModuleInstanceListTable,
    };
    const MEMORY: Self = Self {
        len: sys::WasmEdge_ModuleInstanceListMemoryLength,
        names: sys::WasmEdge_ModuleInstanceListMemory,
    };
    const GLOBAL: Self = Self {
        len: sys::WasmEdge_ModuleInstanceListGlobalLength,
        names: sys::WasmEdge_ModuleInstanceListGlobal,
    };
}
