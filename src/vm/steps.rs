//! The steps of a [`Vm`]: load, validate, instantiate.

use std::path::Path;

use super::Vm;
use crate::module::{Ast, Module};
use crate::runtime::instance::Instance;
use crate::vocabulary::{Error, ErrorKind, Result};

/// How far a [`Vm`] has come.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) module: Step,
    pub(super) active: Option<Instance>,
}

/// The module of the last load, and what was done with it.
#[derive(Debug, Default)]
pub(super) enum Step {
    #[default]
    Nothing,
    Loaded(Box<Ast>),
    Validated(Module),
}

impl<T: 'static> Vm<T> {
    /// Loads a module from a file, in place of the one loaded before.
    ///
    /// C: `WasmEdge_VMLoadWasmFromFile`. Go: `LoadWasmFile`.
    ///
    /// # Errors
    ///
    /// Same as [`Loader::load_file`](crate::Loader::load_file); the module loaded before stays
    /// then.
    #[doc(alias = "WasmEdge_VMLoadWasmFromFile")]
    #[doc(alias = "LoadWasmFile")]
    pub fn load_file(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.state.module = Step::Loaded(Box::new(self.loader.load_file(path)?));
        Ok(())
    }

    /// Loads a module from bytes, in place of the one loaded before.
    ///
    /// C: `WasmEdge_VMLoadWasmFromBuffer`, `WasmEdge_VMLoadWasmFromBytes`. Go: `LoadWasmBuffer`.
    ///
    /// # Errors
    ///
    /// Same as [`Loader::load_bytes`](crate::Loader::load_bytes); the module loaded before stays
    /// then.
    #[doc(alias = "WasmEdge_VMLoadWasmFromBuffer")]
    #[doc(alias = "WasmEdge_VMLoadWasmFromBytes")]
    #[doc(alias = "LoadWasmBuffer")]
    pub fn load_bytes(&mut self, wasm: impl AsRef<[u8]>) -> Result<()> {
        self.state.module = Step::Loaded(Box::new(self.loader.load_bytes(wasm)?));
        Ok(())
    }

    /// Takes a module that a [`Loader`](crate::Loader) loaded, in place of the one loaded before.
    ///
    /// One that is validated already needs no steps: see [`run_module`](Self::run_module).
    ///
    /// C: `WasmEdge_VMLoadWasmFromASTModule`. Go: `LoadWasmAST`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let mut vm = Vm::new(())?;
    /// let ast = vm.loader().load_bytes(&wasm)?;
    /// assert_eq!(ast.exports().len(), 1); // A look at it, before it is validated.
    /// vm.load_module(ast);
    /// vm.validate()?;
    /// vm.instantiate()?;
    /// assert_eq!(vm.call::<(), i32>("one", ())?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMLoadWasmFromASTModule")]
    #[doc(alias = "LoadWasmAST")]
    pub fn load_module(&mut self, ast: Ast) {
        self.state.module = Step::Loaded(Box::new(ast));
    }

    /// Validates the module that was loaded. One that was validated already is left as it is.
    ///
    /// C: `WasmEdge_VMValidate`. Go: `Validate`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Order`] when none was loaded, else as
    /// [`Validator::validate`](crate::Validator::validate). A module that is not valid is dropped.
    #[doc(alias = "WasmEdge_VMValidate")]
    #[doc(alias = "Validate")]
    pub fn validate(&mut self) -> Result<()> {
        match std::mem::take(&mut self.state.module) {
            Step::Nothing => Err(Error::from(ErrorKind::Order {
                action: "validate",
                missing: "no module is loaded; load one first, with `load_file` or `load_bytes`",
            })),
            Step::Loaded(ast) => {
                self.state.module = Step::Validated(self.validator.validate(*ast)?);
                Ok(())
            }
            validated @ Step::Validated(_) => {
                self.state.module = validated;
                Ok(())
            }
        }
    }

    /// Instantiates the module that was validated, as the active instance. The former one stays in
    /// the store.
    ///
    /// C: `WasmEdge_VMInstantiate`. Go: `Instantiate`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Order`] when no module was loaded and validated, else as
    /// [`Store::instantiate`](crate::Store::instantiate); the former active instance stays active
    /// then.
    ///
    /// # Panics
    ///
    /// Same as [`Store::instantiate`](crate::Store::instantiate).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ErrorKind, Vm};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let mut vm = Vm::new(())?;
    /// vm.load_bytes(&wasm)?;
    /// let error = vm.instantiate().unwrap_err();
    /// let text = "cannot instantiate: the loaded module is not validated; call `validate` first";
    /// assert_eq!(error.to_string(), text);
    /// vm.validate()?;
    /// vm.instantiate()?;
    /// assert_eq!(vm.call::<(), i32>("one", ())?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMInstantiate")]
    #[doc(alias = "Instantiate")]
    pub fn instantiate(&mut self) -> Result<Instance> {
        let missing = match &self.state.module {
            Step::Validated(module) => {
                let module = module.clone();
                return self.make_active(&module);
            }
            Step::Loaded(_) => "the loaded module is not validated; call `validate` first",
            Step::Nothing => {
                "no module is loaded; load and validate one first, or run it in one step"
            }
        };
        Err(Error::from(ErrorKind::Order {
            action: "instantiate",
            missing,
        }))
    }

    /// Returns the active instance: the one that was instantiated or run last.
    ///
    /// C: `WasmEdge_VMGetActiveModule`. Go: `GetActiveModule`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    ///
    /// let wasm = wat::parse_str(r#"(module (memory (export "memory") 3) (func (export "f")))"#)?;
    /// let mut vm = Vm::new(())?;
    /// assert_eq!(vm.active_instance(), None);
    /// vm.run_bytes::<(), ()>(&wasm, "f", ())?;
    /// let active = vm.active_instance().expect("the one that was run");
    /// assert_eq!(active.get_memory(&vm, "memory").expect("exported").size(&vm), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_VMGetActiveModule")]
    #[doc(alias = "GetActiveModule")]
    pub fn active_instance(&self) -> Option<Instance> {
        self.state.active
    }
}
