//! Running a [`Vm`] on a thread of its own.

use std::path::Path;

use super::Vm;
use crate::control::async_call::{Started, start};
use crate::module::Module;
use crate::runtime::func::{WasmParams, WasmResults};
use crate::runtime::value::Val;
use crate::vocabulary::Result;

impl<T: Send + 'static> Vm<T> {
    /// Same as [`call`](Self::call), on a thread of its own, which owns the `Vm` until then.
    ///
    /// C: `WasmEdge_VMAsyncExecute`. Go: `AsyncExecute`.
    ///
    /// # Errors
    ///
    /// When no thread can be started; [`NotStarted`](crate::NotStarted) has the `Vm`. All else is
    /// in the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let call = Vm::new(())?.run_bytes_async::<(), i32>(wasm, "one", ())?;
    /// let (vm, one) = call.wait();
    /// assert_eq!(one?, 1);
    /// let (_, one) = vm.call_async::<(), i32>("one", ())?.wait();
    /// assert_eq!(one?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMAsyncExecute")]
    #[doc(alias = "AsyncExecute")]
    pub fn call_async<P: WasmParams, R: WasmResults>(
        self,
        name: &str,
        params: P,
    ) -> Started<Self, Result<R>> {
        let name: Box<str> = name.into();
        start(self, move |vm| vm.call(&name, params))
    }

    /// Same as [`call_async`](Self::call_async), with values whose types are checked at run time.
    ///
    /// C: `WasmEdge_VMAsyncExecute`. Go: `AsyncExecute`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncExecute")]
    #[doc(alias = "AsyncExecute")]
    pub fn call_values_async(
        self,
        name: &str,
        params: impl Into<Vec<Val>>,
    ) -> Started<Self, Result<Vec<Val>>> {
        let (name, params): (Box<str>, _) = (name.into(), params.into());
        start(self, move |vm| vm.call_values(&name, &params))
    }

    /// Same as [`run_file`](Self::run_file), on a thread of its own, which owns the `Vm` until
    /// then.
    ///
    /// C: `WasmEdge_VMAsyncRunWasmFromFile`. Go: `AsyncRunWasmFile`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromFile")]
    #[doc(alias = "AsyncRunWasmFile")]
    pub fn run_file_async<P: WasmParams, R: WasmResults>(
        self,
        path: impl AsRef<Path>,
        name: &str,
        params: P,
    ) -> Started<Self, Result<R>> {
        let (path, name): (Box<Path>, Box<str>) = (path.as_ref().into(), name.into());
        start(self, move |vm| vm.run_file(path, &name, params))
    }

    /// Same as [`run_file_async`](Self::run_file_async), with values whose types are checked at run
    /// time.
    ///
    /// C: `WasmEdge_VMAsyncRunWasmFromFile`. Go: `AsyncRunWasmFile`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromFile")]
    #[doc(alias = "AsyncRunWasmFile")]
    pub fn run_file_values_async(
        self,
        path: impl AsRef<Path>,
        name: &str,
        params: impl Into<Vec<Val>>,
    ) -> Started<Self, Result<Vec<Val>>> {
        let (path, name): (Box<Path>, Box<str>) = (path.as_ref().into(), name.into());
        let params = params.into();
        start(self, move |vm| vm.run_file_values(path, &name, &params))
    }

    /// Same as [`run_bytes`](Self::run_bytes), on a thread of its own, which owns the `Vm` and the
    /// bytes until then.
    ///
    /// C: `WasmEdge_VMAsyncRunWasmFromBuffer`, `WasmEdge_VMAsyncRunWasmFromBytes`. Go:
    /// `AsyncRunWasmBuffer`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromBuffer")]
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromBytes")]
    #[doc(alias = "AsyncRunWasmBuffer")]
    pub fn run_bytes_async<P: WasmParams, R: WasmResults>(
        self,
        wasm: impl AsRef<[u8]> + Send + 'static,
        name: &str,
        params: P,
    ) -> Started<Self, Result<R>> {
        let name: Box<str> = name.into();
        start(self, move |vm| vm.run_bytes(wasm, &name, params))
    }

    /// Same as [`run_bytes_async`](Self::run_bytes_async), with values whose types are checked at
    /// run time.
    ///
    /// C: `WasmEdge_VMAsyncRunWasmFromBuffer`, `WasmEdge_VMAsyncRunWasmFromBytes`. Go:
    /// `AsyncRunWasmBuffer`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromBuffer")]
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromBytes")]
    #[doc(alias = "AsyncRunWasmBuffer")]
    pub fn run_bytes_values_async(
        self,
        wasm: impl AsRef<[u8]> + Send + 'static,
        name: &str,
        params: impl Into<Vec<Val>>,
    ) -> Started<Self, Result<Vec<Val>>> {
        let (name, params): (Box<str>, _) = (name.into(), params.into());
        start(self, move |vm| vm.run_bytes_values(wasm, &name, &params))
    }

    /// Same as [`run_module`](Self::run_module), on a thread of its own, which owns the `Vm` until
    /// then.
    ///
    /// C: `WasmEdge_VMAsyncRunWasmFromASTModule`. Go: `AsyncRunWasmAST`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromASTModule")]
    #[doc(alias = "AsyncRunWasmAST")]
    pub fn run_module_async<P: WasmParams, R: WasmResults>(
        self,
        module: &Module,
        name: &str,
        params: P,
    ) -> Started<Self, Result<R>> {
        let (module, name): (_, Box<str>) = (module.clone(), name.into());
        start(self, move |vm| vm.run_module(&module, &name, params))
    }

    /// Same as [`run_module_async`](Self::run_module_async), with values whose types are checked at
    /// run time.
    ///
    /// C: `WasmEdge_VMAsyncRunWasmFromASTModule`. Go: `AsyncRunWasmAST`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncRunWasmFromASTModule")]
    #[doc(alias = "AsyncRunWasmAST")]
    pub fn run_module_values_async(
        self,
        module: &Module,
        name: &str,
        params: impl Into<Vec<Val>>,
    ) -> Started<Self, Result<Vec<Val>>> {
        let (module, name): (_, Box<str>) = (module.clone(), name.into());
        let params = params.into();
        start(self, move |vm| {
            vm.run_module_values(&module, &name, &params)
        })
    }

    /// Same as [`call_registered`](Self::call_registered), on a thread of its own, which owns the
    /// `Vm` until then.
    ///
    /// C: `WasmEdge_VMAsyncExecuteRegistered`. Go: `AsyncExecuteRegistered`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncExecuteRegistered")]
    #[doc(alias = "AsyncExecuteRegistered")]
    pub fn call_registered_async<P: WasmParams, R: WasmResults>(
        self,
        instance: &str,
        name: &str,
        params: P,
    ) -> Started<Self, Result<R>> {
        let (instance, name): (Box<str>, Box<str>) = (instance.into(), name.into());
        start(self, move |vm| vm.call_registered(&instance, &name, params))
    }

    /// Same as [`call_registered_async`](Self::call_registered_async), with values whose types are
    /// checked at run time.
    ///
    /// C: `WasmEdge_VMAsyncExecuteRegistered`. Go: `AsyncExecuteRegistered`.
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async).
    #[doc(alias = "WasmEdge_VMAsyncExecuteRegistered")]
    #[doc(alias = "AsyncExecuteRegistered")]
    pub fn call_registered_values_async(
        self,
        instance: &str,
        name: &str,
        params: impl Into<Vec<Val>>,
    ) -> Started<Self, Result<Vec<Val>>> {
        let (instance, name): (Box<str>, Box<str>) = (instance.into(), name.into());
        let params = params.into();
        start(self, move |vm| {
            vm.call_registered_values(&instance, &name, &params)
        })
    }

    /// Does anything with the `Vm` on a thread of its own, as
    /// [`Store::spawn`](crate::Store::spawn).
    ///
    /// # Errors
    ///
    /// Same as [`call_async`](Self::call_async); `body` is lost then.
    pub fn spawn<R: Send + 'static>(
        self,
        body: impl FnOnce(&mut Self) -> R + Send + 'static,
    ) -> Started<Self, R> {
        start(self, body)
    }
}
