//! [`Ast`] to [`Module`].

use std::fmt;

use super::{Ast, Module};
use crate::compat::Code;
use crate::config::Config;
use crate::library;
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, Result};

/// Checks modules against the rules of WebAssembly.
///
/// C: `WasmEdge_ValidatorContext`.
#[doc(alias = "WasmEdge_ValidatorContext")]
pub struct Validator {
    raw: Owned<sys::WasmEdge_ValidatorContext>,
}

impl Validator {
    /// Creates a validator with a copy of the configuration, which says what proposals count as
    /// valid.
    ///
    /// C: `WasmEdge_ValidatorCreate`. Go: `NewValidator`, `NewValidatorWithConfig`.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_ValidatorCreate")]
    #[doc(alias = "NewValidator")]
    #[doc(alias = "NewValidatorWithConfig")]
    pub fn new(config: &Config) -> Result<Self> {
        library::ready()?;
        // SAFETY: the configuration is alive and copied.
        let raw = unsafe { Owned::new(sys::WasmEdge_ValidatorCreate(config.raw()?.as_ptr())) }?;
        Ok(Self { raw })
    }

    /// Validates a module, by the library's own validator.
    ///
    /// [`Loader`](crate::Loader) has validated it already; what the library refuses beyond that is
    /// a module of proposals that this validator's configuration does not enable.
    ///
    /// C: `WasmEdge_ValidatorValidate`. Go: `Validate`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Validate`] when the library finds that the module breaks a rule.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Loader, Validator};
    ///
    /// let config = Config::new()?;
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let ast = Loader::new(&config)?.load_bytes(&wasm)?;
    /// let module = Validator::new(&config)?.validate(ast)?;
    /// assert_eq!(module.exports().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ValidatorValidate")]
    #[doc(alias = "Validate")]
    pub fn validate(&self, ast: Ast) -> Result<Module> {
        match self.check(&ast.loaded.raw) {
            Ok(()) => Ok(Module::validated(ast)),
            Err(error) => Err(match &ast.path {
                Some(path) => error.in_file(path),
                None => error,
            }),
        }
    }

    fn check(&self, ast: &Owned<sys::WasmEdge_ASTModuleContext>) -> Result<()> {
        let _inside = door::open(Purpose::Library, "validating")?;
        // SAFETY: both contexts are alive. The validator is used by one thread, since it is not
        // `Sync`; the AST, which this writes to behind its `const`, is our caller's alone.
        let result =
            unsafe { sys::WasmEdge_ValidatorValidate(self.raw.as_mut_ptr(), ast.as_ptr()) };
        let code = Code::new(result);
        if code.is_success() {
            return Ok(());
        }
        Err(Error::from(ErrorKind::Validate {
            path: None,
            reason: code.into(),
        }))
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}
