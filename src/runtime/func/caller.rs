//! What a host function sees of its caller.

use std::fmt;
use std::ptr::NonNull;

use super::Func;
use crate::runtime::executor::Executor;
use crate::runtime::export::Extern;
use crate::runtime::instance::Instance;
use crate::runtime::memory::Memory;
use crate::runtime::store::{self, AsStore, AsStoreMut, Sealed, SealedMut, StoreInner, StoreMut};
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, Result};

/// The store as a host function sees it while it is called, and the instance that called it.
///
/// A host function that takes a `Caller` as first parameter reaches the program's own value through
/// it, and may call back into WebAssembly: `&mut caller` stands wherever `&mut store` does. It is
/// gone when the call returns.
///
/// C: `WasmEdge_CallingFrameContext`. Go: `CallingFrame`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Caller, HostModule, Vm};
///
/// let mut env = HostModule::new("env");
/// env.func_wrap("log", |mut caller: Caller<'_, Vec<i32>>, value: i32| {
///     caller.data_mut().push(value);
/// })?;
/// let mut vm = Vm::new(Vec::new())?;
/// vm.register_host(&env)?;
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "env" "log" (func $log (param i32)))
///          (func (export "f") (call $log (i32.const 7)) (call $log (i32.const 8))))"#,
/// )?;
/// vm.run_bytes::<(), ()>(&wasm, "f", ())?;
/// assert_eq!(vm.data(), &[7, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_CallingFrameContext")]
#[doc(alias = "CallingFrame")]
pub struct Caller<'a, T: 'static> {
    store: StoreMut<'a, T>,
    frame: NonNull<sys::WasmEdge_CallingFrameContext>,
}

impl<'a, T: 'static> Caller<'a, T> {
    /// The view of one call.
    ///
    /// # Safety
    ///
    /// `frame` is the frame of a call that the store runs, for as long as the lifetime says.
    #[inline]
    pub(super) const unsafe fn new(
        store: StoreMut<'a, T>,
        frame: NonNull<sys::WasmEdge_CallingFrameContext>,
    ) -> Self {
        Self { store, frame }
    }

    /// Returns the program's own value.
    ///
    /// Go: `GetData`.
    #[doc(alias = "GetData")]
    pub fn data(&self) -> &T {
        &self.store.get().data
    }

    /// Returns the program's own value, to change.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.store.get_mut().data
    }

    /// Returns the executor that runs the code, with what it counted so far. Functions are called
    /// with the caller itself in place of a store: `func.call(&mut caller, …)`.
    ///
    /// C: `WasmEdge_CallingFrameGetExecutor`. Go: `GetExecutor`.
    #[doc(alias = "WasmEdge_CallingFrameGetExecutor")]
    #[doc(alias = "GetExecutor")]
    pub fn executor(&self) -> &Executor {
        &store::core(self).executor
    }

    /// Returns the instance whose code called the host function. When the program called the host
    /// function itself, that is the host module's own instance, or none.
    ///
    /// C: `WasmEdge_CallingFrameGetModuleInstance`. Go: `GetModule`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("remember", |mut caller: Caller<'_, Vec<String>>| {
    ///     let guest = caller.instance().ok_or("called by the program itself")?;
    ///     let names = guest.func_names(&caller);
    ///     caller.data_mut().extend(names.into_iter().map(String::from));
    ///     Ok::<(), &str>(())
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "remember" (func $remember))
    ///          (func (export "run") call $remember))"#,
    /// )?;
    /// let mut vm = Vm::new(Vec::new())?;
    /// vm.register_host(&env)?;
    /// vm.run_bytes::<(), ()>(&wasm, "run", ())?;
    /// assert_eq!(vm.data(), &["run"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_CallingFrameGetModuleInstance")]
    #[doc(alias = "GetModule")]
    pub fn instance(&self) -> Option<Instance> {
        // SAFETY: the frame lives during the call.
        let instance = unsafe { sys::WasmEdge_CallingFrameGetModuleInstance(self.frame.as_ptr()) };
        let instance = NonNull::new(instance.cast_mut())?;
        Some(Instance::new(store::core(self).handle(instance)))
    }

    /// Returns the name under which the calling instance is registered; empty for one that is not.
    ///
    /// C: `WasmEdge_ModuleInstanceGetModuleName`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("log", |mut caller: Caller<'_, Vec<String>>| {
    ///     let name = caller.module_name();
    ///     caller.data_mut().push(name);
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "log" (func $log))
    ///          (func (export "run") call $log))"#,
    /// )?;
    /// let mut vm = Vm::new(Vec::new())?;
    /// vm.register_host(&env)?;
    /// vm.register_bytes("guest", &wasm)?;
    /// vm.call_registered::<(), ()>("guest", "run", ())?;
    /// assert_eq!(vm.data(), &["guest"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceGetModuleName")]
    pub fn module_name(&self) -> String {
        self.instance()
            .map_or_else(String::new, |instance| instance.name(self))
    }

    /// Returns something that the calling instance exports.
    pub fn get_export(&self, name: &str) -> Option<Extern> {
        self.instance()?.get_export(self, name)
    }

    /// Returns a function that the calling instance exports.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, Error, HostModule, Vm};
    ///
    /// let mut env = HostModule::<()>::new("env");
    /// // The guest's own `compare` decides.
    /// env.func_wrap("max", |mut caller: Caller<'_, ()>, a: i32, b: i32| {
    ///     let compare = caller.get_func("compare").ok_or_else(|| Error::host("no `compare`"))?;
    ///     let is_less = compare.typed::<(i32, i32), i32>(&caller)?.call(&mut caller, (a, b))?;
    ///     Ok::<i32, Error>(if is_less == 0 { a } else { b })
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "max" (func $max (param i32 i32) (result i32)))
    ///          (func (export "compare") (param i32 i32) (result i32)
    ///            (i32.lt_s (local.get 0) (local.get 1)))
    ///          (func (export "run") (result i32) (call $max (i32.const 3) (i32.const 5))))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_host(&env)?;
    /// assert_eq!(vm.run_bytes::<(), i32>(&wasm, "run", ())?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_func(&self, name: &str) -> Option<Func> {
        self.instance()?.get_func(self, name)
    }

    /// Returns a memory that the calling instance exports.
    pub fn get_memory(&self, name: &str) -> Option<Memory> {
        self.instance()?.get_memory(self, name)
    }

    /// Returns the first memory of the calling instance, which is the only one of most modules,
    /// exported or not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoMemoryInCaller`] when it has none, or
    /// when the program called the host function itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, Error, HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("print", |mut caller: Caller<'_, String>, at: u32, len: u32| {
    ///     let text = caller.default_memory()?.read_string(&caller, at, len)?;
    ///     caller.data_mut().push_str(&text);
    ///     Ok::<(), Error>(())
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "print" (func $print (param i32 i32)))
    ///          (memory 1)
    ///          (data (i32.const 8) "hello")
    ///          (func (export "run") (call $print (i32.const 8) (i32.const 5))))"#,
    /// )?;
    /// let mut vm = Vm::new(String::new())?;
    /// vm.register_host(&env)?;
    /// vm.run_bytes::<(), ()>(&wasm, "run", ())?;
    /// assert_eq!(vm.data(), "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn default_memory(&self) -> Result<Memory> {
        self.memory(0)
            .ok_or_else(|| Error::from(ErrorKind::NoMemoryInCaller))
    }

    /// Returns a memory of the calling instance by its index, which is 0 in most modules; exported
    /// or not.
    ///
    /// C: `WasmEdge_CallingFrameGetMemoryInstance`. Go: `GetMemoryByIndex`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("say", |mut caller: Caller<'_, String>, at: u32, len: u32| {
    ///     let memory = caller.memory(0).ok_or_else(|| wasmedge::Error::host("no memory"))?;
    ///     let text = memory.read_string(&caller, at, len)?;
    ///     caller.data_mut().push_str(&text);
    ///     Ok::<(), wasmedge::Error>(())
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "say" (func $say (param i32 i32)))
    ///          (memory 1)
    ///          (data (i32.const 8) "hello")
    ///          (func (export "run") (call $say (i32.const 8) (i32.const 5))))"#,
    /// )?;
    /// let mut vm = Vm::new(String::new())?;
    /// vm.register_host(&env)?;
    /// vm.run_bytes::<(), ()>(&wasm, "run", ())?;
    /// assert_eq!(vm.data(), "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_CallingFrameGetMemoryInstance")]
    #[doc(alias = "GetMemoryByIndex")]
    pub fn memory(&self, index: u32) -> Option<Memory> {
        // SAFETY: the frame lives during the call; C looks whether there is such an index.
        let memory =
            unsafe { sys::WasmEdge_CallingFrameGetMemoryInstance(self.frame.as_ptr(), index) };
        let memory = NonNull::new(memory)?;
        // SAFETY: the store keeps the memories of its instances.
        Some(unsafe { Memory::from_raw(store::core(self), memory) })
    }
}

impl<T: 'static> Sealed for Caller<'_, T> {
    type Data = T;

    #[inline]
    fn inner(&self) -> &StoreInner<T> {
        self.store.get()
    }
}

impl<T: 'static> SealedMut for Caller<'_, T> {
    #[inline]
    fn store_mut(&mut self) -> StoreMut<'_, T> {
        self.store.reborrow()
    }
}

impl<T: 'static> AsStore for Caller<'_, T> {}
impl<T: 'static> AsStoreMut for Caller<'_, T> {}

impl<T: fmt::Debug + 'static> fmt::Debug for Caller<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("data", self.data())
            .finish_non_exhaustive()
    }
}
