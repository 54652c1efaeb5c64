//! Running functions by name.

use std::path::Path;

use super::Vm;
use crate::module::{Ast, Module};
use crate::runtime::func::{Func, WasmParams, WasmResults};
use crate::runtime::instance::Instance;
use crate::runtime::store;
use crate::runtime::value::Val;
use crate::vocabulary::{Error, ErrorKind, FuncType, Result};

impl<T: 'static> Vm<T> {
    /// Calls a function of the active instance.
    ///
    /// It is looked up and its type is checked at each call; for many calls, get a
    /// [`TypedFunc`](crate::TypedFunc) once.
    ///
    /// C: `WasmEdge_VMExecute`. Go: `Execute`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Order`] when there is no active instance, [`ErrorKind::NoSuchExport`] when it
    /// has no function of this name, [`ErrorKind::Signature`] when that has another type, else
    /// what the execution ended with.
    ///
    /// # Panics
    ///
    /// When a host function that is called panics: with the same panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ErrorKind, Vm};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (func (export "start"))
    ///          (func (export "add") (param i32 i32) (result i32)
    ///            (i32.add (local.get 0) (local.get 1))))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// vm.run_bytes::<(), ()>(&wasm, "start", ())?;
    /// assert_eq!(vm.call::<(i32, i32), i32>("add", (1, 2))?, 3);
    /// let error = vm.call::<i64, ()>("add", 1).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Signature { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMExecute")]
    #[doc(alias = "Execute")]
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R> {
        let func = self.find(name)?;
        func.typed_again::<P, R>(self)?.call(self, params)
    }

    /// Calls a function of the active instance with values whose types are checked at run time.
    ///
    /// C: `WasmEdge_VMExecute`. Go: `Execute`.
    ///
    /// # Errors
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Val, Vm};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (func (export "add") (param i32 i32) (result i32)
    ///          (i32.add (local.get 0) (local.get 1))))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// vm.load_bytes(&wasm)?;
    /// vm.validate()?;
    /// vm.instantiate()?;
    /// let sum = vm.call_values("add", &[Val::I32(1), Val::I32(2)])?;
    /// assert_eq!(sum, [Val::I32(3)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMExecute")]
    #[doc(alias = "Execute")]
    pub fn call_values(&mut self, name: &str, params: &[Val]) -> Result<Vec<Val>> {
        self.find(name)?.call_values(self, params)
    }

    /// Loads, validates and instantiates the module in a file, and calls a function of it. Its
    /// instance is the active one afterwards.
    ///
    /// C: `WasmEdge_VMRunWasmFromFile`. Go: `RunWasmFile`.
    ///
    /// # Errors
    ///
    /// As the four steps.
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("one.wasm");
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// std::fs::write(&path, wasm)?;
    /// let mut vm = Vm::new(())?;
    /// assert_eq!(vm.run_file::<(), i32>(&path, "one", ())?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMRunWasmFromFile")]
    #[doc(alias = "RunWasmFile")]
    pub fn run_file<P: WasmParams, R: WasmResults>(
        &mut self,
        path: impl AsRef<Path>,
        name: &str,
        params: P,
    ) -> Result<R> {
        let ast = self.loader.load_file(path)?;
        self.activate(ast)?;
        self.call(name, params)
    }

    /// Same as [`run_file`](Self::run_file), with values whose types are checked at run time.
    ///
    /// C: `WasmEdge_VMRunWasmFromFile`. Go: `RunWasmFile`.
    ///
    /// # Errors
    ///
    /// Same as [`run_file`](Self::run_file).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    #[doc(alias = "WasmEdge_VMRunWasmFromFile")]
    #[doc(alias = "RunWasmFile")]
    pub fn run_file_values(
        &mut self,
        path: impl AsRef<Path>,
        name: &str,
        params: &[Val],
    ) -> Result<Vec<Val>> {
        let ast = self.loader.load_file(path)?;
        self.activate(ast)?;
        self.call_values(name, params)
    }

    /// Loads, validates and instantiates a module from bytes, and calls a function of it. Its
    /// instance is the active one afterwards.
    ///
    /// C: `WasmEdge_VMRunWasmFromBuffer`, `WasmEdge_VMRunWasmFromBytes`. Go: `RunWasmBuffer`.
    ///
    /// # Errors
    ///
    /// As the four steps.
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (global $n (mut i32) (i32.const 0))
    ///          (func (export "next") (result i32)
    ///            (global.set $n (i32.add (global.get $n) (i32.const 1)))
    ///            (global.get $n)))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// assert_eq!(vm.run_bytes::<(), i32>(&wasm, "next", ())?, 1);
    /// assert_eq!(vm.call::<(), i32>("next", ())?, 2);
    /// // Another instance, which begins anew.
    /// assert_eq!(vm.run_bytes::<(), i32>(&wasm, "next", ())?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMRunWasmFromBuffer")]
    #[doc(alias = "WasmEdge_VMRunWasmFromBytes")]
    #[doc(alias = "RunWasmBuffer")]
    pub fn run_bytes<P: WasmParams, R: WasmResults>(
        &mut self,
        wasm: impl AsRef<[u8]>,
        name: &str,
        params: P,
    ) -> Result<R> {
        let ast = self.loader.load_bytes(wasm)?;
        self.activate(ast)?;
        self.call(name, params)
    }

    /// Same as [`run_bytes`](Self::run_bytes), with values whose types are checked at run time.
    ///
    /// C: `WasmEdge_VMRunWasmFromBuffer`, `WasmEdge_VMRunWasmFromBytes`. Go: `RunWasmBuffer`.
    ///
    /// # Errors
    ///
    /// Same as [`run_bytes`](Self::run_bytes).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Val, Vm};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (func (export "neg") (param f64) (result f64) (f64.neg (local.get 0))))"#,
    /// )?;
    /// let results = Vm::new(())?.run_bytes_values(&wasm, "neg", &[Val::from(1.5f64)])?;
    /// assert_eq!(results, [Val::from(-1.5f64)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMRunWasmFromBuffer")]
    #[doc(alias = "WasmEdge_VMRunWasmFromBytes")]
    #[doc(alias = "RunWasmBuffer")]
    pub fn run_bytes_values(
        &mut self,
        wasm: impl AsRef<[u8]>,
        name: &str,
        params: &[Val],
    ) -> Result<Vec<Val>> {
        let ast = self.loader.load_bytes(wasm)?;
        self.activate(ast)?;
        self.call_values(name, params)
    }

    /// Instantiates a module and calls a function of it. Its instance is the active one afterwards.
    ///
    /// C: `WasmEdge_VMRunWasmFromASTModule`. Go: `RunWasmAST`.
    ///
    /// # Errors
    ///
    /// Same as [`Store::instantiate`](crate::Store::instantiate) and [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Vm};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let module = Module::new(&Config::new()?, &wasm)?;
    /// // Loaded once, for any number of `Vm`s.
    /// for _ in 0..2 {
    ///     assert_eq!(Vm::new(())?.run_module::<(), i32>(&module, "one", ())?, 1);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMRunWasmFromASTModule")]
    #[doc(alias = "RunWasmAST")]
    pub fn run_module<P: WasmParams, R: WasmResults>(
        &mut self,
        module: &Module,
        name: &str,
        params: P,
    ) -> Result<R> {
        self.make_active(module)?;
        self.call(name, params)
    }

    /// Same as [`run_module`](Self::run_module), with values whose types are checked at run time.
    ///
    /// C: `WasmEdge_VMRunWasmFromASTModule`. Go: `RunWasmAST`.
    ///
    /// # Errors
    ///
    /// Same as [`run_module`](Self::run_module).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    #[doc(alias = "WasmEdge_VMRunWasmFromASTModule")]
    #[doc(alias = "RunWasmAST")]
    pub fn run_module_values(
        &mut self,
        module: &Module,
        name: &str,
        params: &[Val],
    ) -> Result<Vec<Val>> {
        self.make_active(module)?;
        self.call_values(name, params)
    }

    /// Calls a function of a registered instance.
    ///
    /// C: `WasmEdge_VMExecuteRegistered`. Go: `ExecuteRegistered`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchInstance`] when no instance of that name is registered, else as
    /// [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (func (export "neg") (param f64) (result f64) (f64.neg (local.get 0))))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_bytes("math", &wasm)?;
    /// assert_eq!(vm.call_registered::<f64, f64>("math", "neg", 1.5)?, -1.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMExecuteRegistered")]
    #[doc(alias = "ExecuteRegistered")]
    pub fn call_registered<P: WasmParams, R: WasmResults>(
        &mut self,
        instance: &str,
        name: &str,
        params: P,
    ) -> Result<R> {
        let func = self
            .registered(instance)?
            .require_func(store::core(self), name)?;
        func.typed_again::<P, R>(self)?.call(self, params)
    }

    /// Same as [`call_registered`](Self::call_registered), with values whose types are checked at
    /// run time.
    ///
    /// C: `WasmEdge_VMExecuteRegistered`. Go: `ExecuteRegistered`.
    ///
    /// # Errors
    ///
    /// Same as [`call_registered`](Self::call_registered).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    #[doc(alias = "WasmEdge_VMExecuteRegistered")]
    #[doc(alias = "ExecuteRegistered")]
    pub fn call_registered_values(
        &mut self,
        instance: &str,
        name: &str,
        params: &[Val],
    ) -> Result<Vec<Val>> {
        let func = self
            .registered(instance)?
            .require_func(store::core(self), name)?;
        func.call_values(self, params)
    }

    /// Returns the exported functions of the active instance and their types, in alphabetical
    /// order; none without an active instance. Functions of types that this crate cannot pass are
    /// left out.
    ///
    /// C: `WasmEdge_VMGetFunctionList`, `WasmEdge_VMGetFunctionListLength`,
    /// `WasmEdge_VMGetFunctionType`. Go: `GetFunctionList`, `GetFunctionType`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let mut vm = Vm::new(())?;
    /// vm.load_bytes(wat::parse_str(r#"(module (func (export "f") (param i32)))"#)?)?;
    /// vm.validate()?;
    /// vm.instantiate()?;
    /// let [(name, ty)] = &*vm.functions() else { unreachable!() };
    /// assert_eq!(format!("{name}: {ty}"), "f: (i32) -> ()");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMGetFunctionList")]
    #[doc(alias = "WasmEdge_VMGetFunctionListLength")]
    #[doc(alias = "WasmEdge_VMGetFunctionType")]
    #[doc(alias = "GetFunctionList")]
    #[doc(alias = "GetFunctionType")]
    pub fn functions(&self) -> Vec<(Box<str>, FuncType)> {
        let Some(active) = self.state.active else {
            return Vec::new();
        };
        let names = active.func_names(self).into_iter();
        names
            .filter_map(|name| {
                let ty = active.get_func(self, &name)?.ty(self).ok()?;
                Some((name, ty))
            })
            .collect()
    }

    /// Validates and instantiates a module beside the one that the steps work on.
    fn activate(&mut self, ast: Ast) -> Result<()> {
        let module = self.validator.validate(ast)?;
        self.make_active(&module).map(drop)
    }

    /// Makes an instance of a module the active one, with stand-ins for plug-ins that are not
    /// there.
    pub(super) fn make_active(&mut self, module: &Module) -> Result<Instance> {
        self.store.register_mocks(module)?;
        let instance = self.store.instantiate(module)?;
        self.state.active = Some(instance);
        Ok(instance)
    }

    /// The active instance, or an error that says that there is none.
    #[inline]
    pub(super) fn active(&self) -> Result<Instance> {
        match self.state.active {
            Some(instance) => Ok(instance),
            None => Err(none_is_active()),
        }
    }

    #[inline]
    fn find(&self, name: &str) -> Result<Func> {
        self.active()?.require_func(store::core(self), name)
    }
}

#[cold]
fn none_is_active() -> Error {
    Error::from(ErrorKind::Order {
        action: "call a function",
        missing: "no module is instantiated; run or instantiate one first",
    })
}
