//! Modules under a name, for others to import from.

use std::path::Path;

use super::Vm;
use crate::host::host_module::HostModule;
use crate::host::wasi::Wasi;
use crate::module::Module;
use crate::runtime::instance::Instance;
use crate::vocabulary::{Error, ErrorKind, Result};

impl<T: 'static> Vm<T> {
    /// Loads, validates and instantiates the module in a file, and registers it under a name. The
    /// active instance stays.
    ///
    /// C: `WasmEdge_VMRegisterModuleFromFile`. Go: `RegisterWasmFile`.
    ///
    /// # Errors
    ///
    /// Same as [`Loader::load_file`](crate::Loader::load_file),
    /// [`Validator::validate`](crate::Validator::validate) and
    /// [`Store::register`](crate::Store::register).
    ///
    /// # Panics
    ///
    /// Same as [`Store::register`](crate::Store::register).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_file("guest", "testdata/wasmedge_bindgen.wasm")?;
    /// assert_eq!(guest.name(&vm), "guest");
    /// let error = vm.register_file("other", "no-such-file.wasm").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read `no-such-file.wasm`: "));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_VMRegisterModuleFromFile")]
    #[doc(alias = "RegisterWasmFile")]
    pub fn register_file(&mut self, name: &str, path: impl AsRef<Path>) -> Result<Instance> {
        let ast = self.loader.load_file(path)?;
        let module = self.validator.validate(ast)?;
        self.register_module(name, &module)
    }

    /// Loads, validates and instantiates a module from bytes, and registers it under a name. The
    /// active instance stays.
    ///
    /// C: `WasmEdge_VMRegisterModuleFromBuffer`, `WasmEdge_VMRegisterModuleFromBytes`. Go:
    /// `RegisterWasmBuffer`.
    ///
    /// # Errors
    ///
    /// Same as [`register_file`](Self::register_file).
    ///
    /// # Panics
    ///
    /// Same as [`register_file`](Self::register_file).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let math = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let user = wat::parse_str(
    ///     r#"(module
    ///          (import "math" "one" (func $one (result i32)))
    ///          (func (export "two") (result i32) (i32.add (call $one) (call $one))))"#,
    /// )?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_bytes("math", &math)?;
    /// assert_eq!(vm.run_bytes::<(), i32>(&user, "two", ())?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMRegisterModuleFromBuffer")]
    #[doc(alias = "WasmEdge_VMRegisterModuleFromBytes")]
    #[doc(alias = "RegisterWasmBuffer")]
    pub fn register_bytes(&mut self, name: &str, wasm: impl AsRef<[u8]>) -> Result<Instance> {
        let ast = self.loader.load_bytes(wasm)?;
        let module = self.validator.validate(ast)?;
        self.register_module(name, &module)
    }

    /// Instantiates a module, and registers it under a name. The active instance stays.
    ///
    /// C: `WasmEdge_VMRegisterModuleFromASTModule`. Go: `RegisterAST`.
    ///
    /// # Errors
    ///
    /// Same as [`Store::register`](crate::Store::register).
    ///
    /// # Panics
    ///
    /// Same as [`Store::register`](crate::Store::register).
    #[doc(alias = "WasmEdge_VMRegisterModuleFromASTModule")]
    #[doc(alias = "RegisterAST")]
    pub fn register_module(&mut self, name: &str, module: &Module) -> Result<Instance> {
        self.store.register_mocks(module)?;
        self.store.register(name, module)
    }

    /// Makes an instance of a host module, for the modules that are loaded to import from.
    ///
    /// C: `WasmEdge_VMRegisterModuleFromImport`. Go: `RegisterModule`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NameTaken`] when its name is in use.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("next", |n: i32| n.wrapping_add(1))?;
    /// let mut vm = Vm::new(())?;
    /// vm.register_host(&env)?;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "next" (func $next (param i32) (result i32)))
    ///          (func (export "run") (result i32) (call $next (i32.const 41))))"#,
    /// )?;
    /// assert_eq!(vm.run_bytes::<(), i32>(&wasm, "run", ())?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMRegisterModuleFromImport")]
    #[doc(alias = "RegisterModule")]
    pub fn register_host(&mut self, module: &HostModule<T>) -> Result<Instance> {
        self.store.register_host(module)
    }

    /// Registers an instance under a name, for the modules that are loaded to import from: the
    /// active one, or one more name for one that has a name.
    ///
    /// C: `WasmEdge_VMRegisterModuleFromImportWithAlias`.
    ///
    /// # Errors
    ///
    /// Same as [`Store::register_instance`](crate::Store::register_instance).
    ///
    /// # Panics
    ///
    /// Same as [`Store::register_instance`](crate::Store::register_instance).
    #[doc(alias = "WasmEdge_VMRegisterModuleFromImportWithAlias")]
    pub fn register_instance(&mut self, name: &str, instance: Instance) -> Result<()> {
        self.store.register_instance(name, instance)
    }

    /// Makes an instance of WASI, for the modules that are loaded to import from.
    ///
    /// C: `WasmEdge_VMGetImportModuleContext`, `WasmEdge_ModuleInstanceInitWASI`. Go:
    /// `GetImportModule`, `InitWasi`, `NewWasiModule`.
    ///
    /// # Errors
    ///
    /// Same as [`Store::register_wasi`](crate::Store::register_wasi): [`ErrorKind::NameTaken`] also
    /// when the `Vm` was made with [`Config::wasi`](crate::Config::wasi).
    #[doc(alias = "WasmEdge_VMGetImportModuleContext")]
    #[doc(alias = "WasmEdge_ModuleInstanceInitWASI")]
    #[doc(alias = "GetImportModule")]
    #[doc(alias = "InitWasi")]
    #[doc(alias = "NewWasiModule")]
    pub fn register_wasi(&mut self, wasi: &Wasi) -> Result<Instance> {
        self.store.register_wasi(wasi)
    }

    /// Returns the registered instance of a name, or the library's stand-in for a plug-in that is
    /// not loaded.
    ///
    /// C: `WasmEdge_VMGetRegisteredModule`. Go: `GetRegisteredModule`, `GetImportModule`.
    #[doc(alias = "WasmEdge_VMGetRegisteredModule")]
    #[doc(alias = "GetRegisteredModule")]
    #[doc(alias = "GetImportModule")]
    pub fn find_instance(&self, name: &str) -> Option<Instance> {
        self.store.find_or_mock(name)
    }

    /// Returns the names under which instances are registered, in the order of registration; of the
    /// library's stand-ins for plug-ins, those that were imported.
    ///
    /// C: `WasmEdge_VMListRegisteredModule`, `WasmEdge_VMListRegisteredModuleLength`. Go:
    /// `ListRegisteredModule`.
    #[doc(alias = "WasmEdge_VMListRegisteredModule")]
    #[doc(alias = "WasmEdge_VMListRegisteredModuleLength")]
    #[doc(alias = "ListRegisteredModule")]
    pub fn instance_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.store.instance_names()
    }

    /// The registered instance of a name, or an error that lists those there are.
    pub(super) fn registered(&self, name: &str) -> Result<Instance> {
        self.find_instance(name).ok_or_else(|| {
            Error::from(ErrorKind::NoSuchInstance {
                name: name.into(),
                registered: self.instance_names().map(Into::into).collect(),
            })
        })
    }
}
