//! Calls by the conventions of guests in Rust.

use super::Vm;
use crate::host::bindgen::{OneResult, Params, Results, WasmBindgen, WasmEdgeBindgen};
use crate::vocabulary::Result;

impl<T: 'static> Vm<T> {
    /// Calls a function of the active instance, which follows the convention of the crate
    /// `wasm-bindgen`; see [`WasmBindgen`], which also has the form for types that are known only
    /// at run time.
    ///
    /// Go: `ExecuteBindgen`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Order`](crate::ErrorKind::Order) when there is no active instance, else as
    /// [`WasmBindgen::new`] and [`WasmBindgen::call`].
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::bindgen::WasmBindgen;
    /// use wasmedge::{Config, Module, Vm};
    ///
    /// let module = Module::from_file(&Config::new()?, "testdata/wasm_bindgen.wasm")?;
    /// let mut vm = Vm::new(())?;
    /// for glue in WasmBindgen::glue(&module)? {
    ///     vm.register_host(&glue)?;
    /// }
    /// vm.load_file("testdata/wasm_bindgen.wasm")?;
    /// vm.validate()?;
    /// vm.instantiate()?;
    /// let text: String = vm.call_wasm_bindgen("say", "world")?;
    /// assert_eq!(text, "hello world");
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "ExecuteBindgen")]
    pub fn call_wasm_bindgen<P: Params, R: OneResult>(
        &mut self,
        name: &str,
        params: P,
    ) -> Result<R> {
        let guest = WasmBindgen::new(&*self, self.active()?)?;
        guest.call(self, name, params)
    }

    /// Same as [`call_wasm_bindgen`](Self::call_wasm_bindgen), for a registered instance.
    ///
    /// Go: `ExecuteBindgenRegistered`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchInstance`](crate::ErrorKind::NoSuchInstance) when no instance of that
    /// name is registered, else the same as [`call_wasm_bindgen`](Self::call_wasm_bindgen).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    #[doc(alias = "ExecuteBindgenRegistered")]
    pub fn call_registered_wasm_bindgen<P: Params, R: OneResult>(
        &mut self,
        instance: &str,
        name: &str,
        params: P,
    ) -> Result<R> {
        let guest = WasmBindgen::new(&*self, self.registered(instance)?)?;
        guest.call(self, name, params)
    }

    /// Calls a function of the active instance, which follows the convention of the crate
    /// `wasmedge-bindgen`; see [`WasmEdgeBindgen`], which also has the form for types that are
    /// known only at run time.
    ///
    /// Go: `Bindgen`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Order`](crate::ErrorKind::Order) when there is no active instance, else as
    /// [`WasmEdgeBindgen::new`] and [`WasmEdgeBindgen::call`].
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
    /// let mut vm = Vm::new(())?;
    /// vm.load_file("testdata/wasmedge_bindgen.wasm")?;
    /// vm.validate()?;
    /// vm.instantiate()?;
    /// let text: String = vm.call_wasmedge_bindgen("say", "world")?;
    /// assert_eq!(text, "hello world");
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "Bindgen")]
    pub fn call_wasmedge_bindgen<P: Params, R: Results>(
        &mut self,
        name: &str,
        params: P,
    ) -> Result<R> {
        let guest = WasmEdgeBindgen::new(&*self, self.active()?)?;
        guest.call(self, name, params)
    }

    /// Same as [`call_wasmedge_bindgen`](Self::call_wasmedge_bindgen), for a registered instance.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchInstance`](crate::ErrorKind::NoSuchInstance) when no instance of that
    /// name is registered, else the same as [`call_wasmedge_bindgen`](Self::call_wasmedge_bindgen).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    pub fn call_registered_wasmedge_bindgen<P: Params, R: Results>(
        &mut self,
        instance: &str,
        name: &str,
        params: P,
    ) -> Result<R> {
        let guest = WasmEdgeBindgen::new(&*self, self.registered(instance)?)?;
        guest.call(self, name, params)
    }
}
