//! Functions: WebAssembly's own, and the host's.

mod caller;
mod dynamic;
pub(crate) mod host;
mod signature;
mod trampoline;
mod typed;

pub use caller::Caller;
pub(crate) use host::HostFunction;
pub use host::{HostResults, IntoFunc};
use signature::Signature;
pub(crate) use signature::Signatures;
pub use typed::{TypedFunc, WasmParams, WasmResults};

use std::ptr::NonNull;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::compat::{self, FEW};
use crate::runtime::store::{self, AsStore, AsStoreMut, Handle, StoreCore};
use crate::runtime::value::Val;
use crate::sys;
use crate::vocabulary::{BoxedError, FuncType, Result};

/// A function in a [`Store`](crate::Store), of WebAssembly or of the host.
///
/// A small handle, as [`Instance`](crate::Instance) is; its methods panic with another store than
/// its own.
///
/// C: `WasmEdge_FunctionInstanceContext`. Go: `Function`, `FuncRef`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Func, Vm};
///
/// // Functions are values: this guest calls the one that it is given.
/// let wasm = wat::parse_str(
///     r#"(module
///          (table 1 funcref)
///          (func (export "apply") (param funcref i32) (result i32)
///            (table.set (i32.const 0) (local.get 0))
///            (call_indirect (param i32) (result i32) (local.get 1) (i32.const 0))))"#,
/// )?;
/// let mut vm = Vm::new(())?;
/// let negate = Func::wrap(&mut vm, |n: i32| -n)?;
/// assert_eq!(vm.run_bytes::<_, i32>(&wasm, "apply", (Some(negate), 5))?, -5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_FunctionInstanceContext")]
#[doc(alias = "Function")]
#[doc(alias = "FuncRef")]
pub struct Func {
    handle: Handle<sys::WasmEdge_FunctionInstanceContext>,
}

/// Few enough values to be kept on the stack, mostly.
pub(crate) type Few<V> = SmallVec<[V; FEW]>;

impl Func {
    pub(crate) const fn from_handle(handle: Handle<sys::WasmEdge_FunctionInstanceContext>) -> Self {
        Self { handle }
    }

    /// Creates a function of the store's own made of a closure; see [`IntoFunc`] for what may be
    /// one.
    ///
    /// It stands alone, in no module: for tables, globals and parameters of type `funcref`, and to
    /// be called. For functions that modules import there is [`HostModule`](crate::HostModule).
    ///
    /// C: `WasmEdge_FunctionInstanceCreateBinding`. Go: `NewFunction`.
    ///
    /// # Errors
    ///
    /// When the library is out of memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, Func, Store};
    ///
    /// let mut store = Store::new(vec![1, 2, 3])?;
    /// let len = Func::wrap(&mut store, |caller: Caller<'_, Vec<i32>>| caller.data().len() as u32)?;
    /// let len = len.typed::<(), u32>(&store)?;
    /// assert_eq!(len.call(&mut store, ())?, 3);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_FunctionInstanceCreateBinding")]
    #[doc(alias = "NewFunction")]
    pub fn wrap<S: AsStoreMut, Params, Results>(
        mut store: S,
        func: impl IntoFunc<S::Data, Params, Results>,
    ) -> Result<Self> {
        Self::adopt(&mut store, Arc::new(func.into_host_function()))
    }

    /// Creates a function of the store's own made of a closure and a type that is known only at run
    /// time; see [`HostModule::func_new`](crate::HostModule::func_new).
    ///
    /// C: `WasmEdge_FunctionInstanceCreate`. Go: `NewFunction`.
    ///
    /// # Errors
    ///
    /// When the library is out of memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Error, Func, FuncType, Store, Val, ValType};
    ///
    /// let mut store = Store::new(())?;
    /// let ty = FuncType::new([ValType::I64, ValType::I64], [ValType::I64]);
    /// let max = Func::new(&mut store, ty, |_caller, params, results| {
    ///     results[0] = Val::from(params.iter().filter_map(Val::i64).max().unwrap_or(0));
    ///     Ok::<(), Error>(())
    /// })?;
    /// let mut results = [Val::I64(0)];
    /// max.call(&mut store, &[Val::I64(3), Val::I64(5)], &mut results)?;
    /// assert_eq!(results, [Val::I64(5)]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_FunctionInstanceCreate")]
    #[doc(alias = "NewFunction")]
    pub fn new<S: AsStoreMut, E: Into<BoxedError> + 'static>(
        mut store: S,
        ty: FuncType,
        func: impl Fn(Caller<'_, S::Data>, &[Val], &mut [Val]) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::adopt(&mut store, Arc::new(host::Dynamic::new(ty, func)))
    }

    fn adopt<S: AsStoreMut>(store: &mut S, func: Arc<dyn HostFunction<S::Data>>) -> Result<Self> {
        let mut store = store.store_mut();
        let raw = host::create(&*func, 0, &store)?;
        let inner = store.get_mut();
        inner.host_functions.push(func);
        let func = Self::from_handle(inner.core.handle(raw.as_non_null()));
        inner.core.adopt(|owner, name| {
            // SAFETY: the module instance is alive and takes ownership of the function.
            unsafe { sys::WasmEdge_ModuleInstanceAddFunction(owner, name, raw.into_raw()) };
        })?;
        Ok(func)
    }

    /// The C object, if `core` is the store that owns it.
    pub(crate) fn get(self, core: &StoreCore) -> NonNull<sys::WasmEdge_FunctionInstanceContext> {
        self.handle.get(core)
    }

    /// Returns the function's type.
    ///
    /// C: `WasmEdge_FunctionInstanceGetFunctionType`. Go: `GetFunctionType`,
    /// `GetFunctionTypeRegistered`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the type has values that this
    /// crate cannot pass.
    #[doc(alias = "WasmEdge_FunctionInstanceGetFunctionType")]
    #[doc(alias = "GetFunctionType")]
    #[doc(alias = "GetFunctionTypeRegistered")]
    pub fn ty(self, store: impl AsStore) -> Result<FuncType> {
        self.type_in(store::core(&store))
    }

    pub(crate) fn type_in(self, core: &StoreCore) -> Result<FuncType> {
        let func = self.handle.get(core);
        // SAFETY: the function lives in the store; its type is a view into it or its module.
        unsafe { compat::func_type(sys::WasmEdge_FunctionInstanceGetFunctionType(func.as_ptr())) }
    }

    /// Calls the function with values whose types are checked at run time.
    ///
    /// C: `WasmEdge_ExecutorInvoke`. Go: `Invoke`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Signature`](crate::ErrorKind::Signature) when `params` are not what the
    /// function takes, [`ErrorKind::ResultCount`](crate::ErrorKind::ResultCount) when `results` has
    /// another length than the function has results; nothing was called then. Else what the
    /// execution ended with; `results` are as they were.
    ///
    /// # Panics
    ///
    /// When a host function that is called panics: with the same panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store, Val};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (func (export "swap") (param i32 i64) (result i64 i32)
    ///          local.get 1 local.get 0))"#,
    /// )?;
    /// let mut store = Store::new(())?;
    /// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
    /// let swap = instance.get_func(&store, "swap").unwrap();
    /// let mut results = [Val::I32(0); 2];
    /// swap.call(&mut store, &[Val::I32(1), Val::I64(2)], &mut results)?;
    /// assert_eq!(results, [Val::I64(2), Val::I32(1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ExecutorInvoke")]
    #[doc(alias = "Invoke")]
    pub fn call(
        self,
        mut store: impl AsStoreMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        dynamic::call(store.store_mut().erase(), self.handle, params, results)
    }

    /// Calls the function with values whose types are checked, and returns its results.
    ///
    /// # Errors
    ///
    /// Same as [`call`](Self::call), where the number of results is right by itself.
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Func, Store, Val};
    ///
    /// let mut store = Store::new(())?;
    /// let divide = Func::wrap(&mut store, |a: i32, b: i32| (a / b, a % b))?;
    /// let results = divide.call_values(&mut store, &[Val::I32(17), Val::I32(5)])?;
    /// assert_eq!(results, [Val::I32(3), Val::I32(2)]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn call_values(self, mut store: impl AsStoreMut, params: &[Val]) -> Result<Vec<Val>> {
        let mut results = vec![Val::I32(0); self.signature(&mut store)?.result_count()];
        self.call(store, params, &mut results)?;
        Ok(results)
    }

    /// The function's type, as a call compares it.
    #[inline]
    fn signature(self, store: &mut impl AsStoreMut) -> Result<Signature> {
        let core = store::core_mut(store);
        let func = self.handle.get(core);
        // SAFETY: the function lives as long as the store, or until it is cleared, and so do the
        // signatures.
        unsafe { core.contents.signatures.get_or_read(func) }
    }

    /// Returns the function as one of a fixed type, so that calls need no check.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Signature`](crate::ErrorKind::Signature) when it has another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ErrorKind, Func, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let add = Func::wrap(&mut store, |a: i32, b: i32| a + b)?;
    /// let typed = add.typed::<(i32, i32), i32>(&store)?;
    /// assert_eq!(typed.call(&mut store, (1, 2))?, 3);
    /// let error = add.typed::<i32, i32>(&store).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Signature { .. }));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn typed<P: WasmParams, R: WasmResults>(
        self,
        store: impl AsStore,
    ) -> Result<TypedFunc<P, R>> {
        let core = store::core(&store);
        // SAFETY: the function lives in the store.
        let signature = unsafe { Signature::read(self.handle.get(core)) }?;
        self.typed_as(core, &signature)
    }

    /// Same as [`typed`](Self::typed), for who asks for the same function again and again.
    #[inline]
    pub(crate) fn typed_again<P: WasmParams, R: WasmResults>(
        self,
        store: &mut impl AsStoreMut,
    ) -> Result<TypedFunc<P, R>> {
        let signature = self.signature(store)?;
        self.typed_as(store::core(store), &signature)
    }

    #[inline]
    fn typed_as<P: WasmParams, R: WasmResults>(
        self,
        core: &StoreCore,
        signature: &Signature,
    ) -> Result<TypedFunc<P, R>> {
        if *signature != Signature::new(P::TYPES, R::TYPES) {
            let func = self.handle.get(core);
            // SAFETY: the function lives in the store.
            return Err(unsafe { signature::mismatch(func, P::TYPES, Some(R::TYPES)) });
        }
        Ok(TypedFunc::new(self))
    }
}
