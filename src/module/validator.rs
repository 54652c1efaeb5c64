//! [`Ast`] to [`Module`].

use core::fmt;

use super::loader::refused;
use super::{Ast, Module};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::sys::{self, compat::Code, library, owned::Owned};

/// Checks modules against the rules of WebAssembly.
#[doc(alias = "WasmEdge_ValidatorContext")]
pub struct Validator {
    raw: Owned<sys::WasmEdge_ValidatorContext>,
}

impl Validator {
    /// A validator with a copy of the configuration, which says what proposals count as valid.
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
        let raw = unsafe { Owned::new(sys::WasmEdge_ValidatorCreate(config.as_ptr())) }?;
        Ok(Self { raw })
    }

    /// Validates a module.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Validate`] when the module breaks a rule, and
    /// [`ErrorKind::Unsupported`] when it imports or exports something of a type that this crate
    /// cannot pass; [`ErrorKind::Load`] when the bounds that it was loaded with cannot be put into it.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Loader, Validator};
    ///
    /// let config = Config::new()?;
    /// // A function that promises a result and gives none.
    /// let wasm = wat::parse_str("(module (func (result i32)))")?;
    /// let ast = Loader::new(&config)?.load_bytes(&wasm)?;
    /// let error = Validator::new(&config)?.validate(ast).unwrap_err();
    /// assert!(error.to_string().starts_with("the module is not valid: type mismatch"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ValidatorValidate")]
    #[doc(alias = "Validate")]
    pub fn validate(&self, ast: Ast) -> Result<Module> {
        let mut ast = ast;
        let path = ast.path.take();
        self.make_module(ast).map_err(|error| match &path {
            Some(path) => error.in_file(path),
            None => error,
        })
    }

    fn make_module(&self, mut ast: Ast) -> Result<Module> {
        self.check(&ast.raw)?;
        let compiled = ast.compiled;
        let bounded = match ast.bounded.take() {
            None => None,
            Some(Ok(bounded)) => {
                // Valid as the module is, where the proposals allow what was put into it.
                self.check(&bounded.raw)?;
                Some(bounded)
            }
            Some(Err(why)) => {
                return Err(refused(format!("no bounds can be put into it: {why}")));
            }
        };
        let (raw, interface) = ast.into_parts()?;
        Ok(Module::validated(raw, interface, compiled, bounded))
    }

    fn check(&self, ast: &Owned<sys::WasmEdge_ASTModuleContext>) -> Result<()> {
        // SAFETY: both contexts are alive. The validator is used by one thread, since it is not
        // `Sync`; the AST, which this writes to behind its `const`, is our caller's alone.
        let result = unsafe { sys::WasmEdge_ValidatorValidate(self.raw.as_ptr(), ast.as_ptr()) };
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
