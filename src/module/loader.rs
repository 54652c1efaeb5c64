//! Bytes to [`Ast`].

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::ptr;

use super::Ast;
use super::ast::Loaded;
use super::binary::{Binary, Rules};
use super::rewrite::{Rewritten, rewrite};
use crate::config::{Bounds, Config};
use crate::library::door::{self, Purpose};
use crate::library::{self, owned};
use crate::vocabulary::{Error, ErrorKind, Reason, Result};
use crate::{compat, sys};

/// Loads WebAssembly modules in the binary format.
///
/// A module is validated in Rust first, with exactly the [proposals](crate::Proposal) that the
/// configuration enables; the library gets nothing that is not valid.
///
/// What is loaded is data (S4): native code that a module carries along, as the library's compiler
/// leaves it, is not looked at, and native shared libraries are refused.
///
/// C: `WasmEdge_LoaderContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Loader, Validator};
///
/// let config = Config::new()?;
/// let wasm = wat::parse_str(r#"(module (import "env" "f" (func (param i32))))"#)?;
/// let ast = Loader::new(&config)?.load_bytes(&wasm)?;
/// let module = Validator::new(&config)?.validate(ast)?;
/// let import = module.imports().next().unwrap();
/// assert_eq!((import.module(), import.name()), ("env", "f"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_LoaderContext")]
pub struct Loader {
    raw: owned::Owned<sys::WasmEdge_LoaderContext>,
    rules: Rules,
    bounds: Bounds,
}

impl Loader {
    /// Creates a loader with a copy of the configuration.
    ///
    /// C: `WasmEdge_LoaderCreate`. Go: `NewLoader`, `NewLoaderWithConfig`.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_LoaderCreate")]
    #[doc(alias = "NewLoader")]
    #[doc(alias = "NewLoaderWithConfig")]
    pub fn new(config: &Config) -> Result<Self> {
        library::ready()?;
        // SAFETY: the configuration is alive and copied. It never lets native code run: it forces
        // the interpreter.
        let raw = unsafe { owned::Owned::new(sys::WasmEdge_LoaderCreate(config.raw()?.as_ptr())) }?;
        Ok(Self {
            raw,
            rules: Rules::new(config),
            bounds: config.bounds,
        })
    }

    /// Loads a module from a file.
    ///
    /// The file is read here, not by the library, which would map it (so that it could change while
    /// it is parsed) and would run code from it, were it a shared library.
    ///
    /// C: `WasmEdge_LoaderParseFromFile`. Go: `LoadFile`, `SetForceInterpreter`,
    /// `IsForceInterpreter`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`] when the file cannot be read or is no regular file, else as
    /// [`load_bytes`](Self::load_bytes), with the name of the file. The validator names it as well.
    #[doc(alias = "WasmEdge_LoaderParseFromFile")]
    #[doc(alias = "LoadFile")]
    #[doc(alias = "SetForceInterpreter")]
    #[doc(alias = "IsForceInterpreter")]
    pub fn load_file(&self, path: impl AsRef<Path>) -> Result<Ast> {
        let path = path.as_ref();
        let wasm = read_file(path)?;
        let mut ast = self.load_bytes(wasm).map_err(|error| error.in_file(path))?;
        ast.path = Some(path.into());
        Ok(ast)
    }

    /// Loads a module from bytes.
    ///
    /// C: `WasmEdge_LoaderParseFromBuffer`, `WasmEdge_LoaderParseFromBytes`. Go: `LoadBuffer`,
    /// `SetForceInterpreter`, `IsForceInterpreter`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Load`] when the bytes are not a module in the binary format, declare a memory
    /// or a table beyond the configured limits, or are native code, the text format or a component;
    /// [`ErrorKind::Validate`] when the module breaks a rule of WebAssembly, or of the limits that
    /// web browsers have as well: 50,000 locals and 7.6 MB of code in a function, 100 memories, 100
    /// tables. The text names the place, and the proposals that the module needs where these are
    /// missing. [`ErrorKind::Unsupported`] when the module imports or exports something of a type
    /// that this crate cannot pass.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Loader};
    ///
    /// let loader = Loader::new(&Config::new()?)?;
    /// loader.load_bytes(b"\0asm\x01\0\0\0")?;
    /// let error = loader.load_bytes(b"not wasm").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot load the module: "));
    ///
    /// let wasm = wat::parse_str("(module (memory 1 2 shared))")?;
    /// let error = loader.load_bytes(&wasm).unwrap_err();
    /// assert!(error.to_string().ends_with(
    ///     "it needs proposal Threads; enable it with `Config::proposal`"
    /// ));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_LoaderParseFromBuffer")]
    #[doc(alias = "WasmEdge_LoaderParseFromBytes")]
    #[doc(alias = "LoadBuffer")]
    #[doc(alias = "SetForceInterpreter")]
    #[doc(alias = "IsForceInterpreter")]
    pub fn load_bytes(&self, wasm: impl AsRef<[u8]>) -> Result<Ast> {
        let binary = Binary::read(&self.rules, wasm.as_ref())?;
        let wasm = binary.clamped();
        let loaded = if self.bounds.rewrites() {
            // It is valid, so what is in the way are proposals that the bounds are made of.
            let no_bounds = |why| refused(format!("no bounds can be put into it: {why}"));
            let Rewritten { wasm, counts } =
                rewrite(&binary, &wasm, &self.bounds).map_err(no_bounds)?;
            Loaded {
                raw: self
                    .parse(&wasm)
                    .map_err(|error| no_bounds(error.to_string()))?,
                bounds: self.bounds,
                counts,
            }
        } else {
            Loaded::as_given(self.parse(&wasm)?)
        };
        Ok(Ast::new(loaded, binary.interface, None))
    }

    /// Has the library parse a valid module of less than 4 GiB.
    fn parse(&self, wasm: &[u8]) -> Result<owned::Owned<sys::WasmEdge_ASTModuleContext>> {
        if u32::try_from(wasm.len()).is_err() {
            return Err(refused(format!(
                "{} bytes are more than the 4 GiB that the library takes",
                wasm.len()
            )));
        }
        let mut module = ptr::null_mut();
        let _inside = door::open(Purpose::Library, "loading")?;
        // SAFETY: the loader is alive, and used by one thread since it is not `Sync`; on success
        // `module` is owned by us alone.
        unsafe {
            let result = compat::parse(self.raw.as_mut_ptr(), &mut module, wasm);
            owned::from_out_pointer(module, result, |code| {
                Error::from(ErrorKind::Load {
                    path: None,
                    reason: code.into(),
                })
            })
        }
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

pub(crate) fn refused(text: String) -> Error {
    ErrorKind::Load {
        path: None,
        reason: Reason::from(text),
    }
    .into()
}

/// Reads a whole regular file; the error names it.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
    read(path).map_err(|source| {
        Error::from(ErrorKind::Read {
            path: path.to_owned(),
            source,
        })
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        // A device such as /dev/zero would never end.
        let kind = if metadata.is_dir() {
            "it is a directory; name a file in it"
        } else {
            "it is not a regular file; read it, and load the bytes"
        };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, kind));
    }
    let too_large = || {
        let text = "it is larger than the 4 GiB that the library takes";
        io::Error::new(io::ErrorKind::FileTooLarge, text)
    };
    let limit = u64::from(u32::MAX);
    if metadata.len() > limit {
        return Err(too_large());
    }
    // A file may say that it is larger than the memory; and it may have grown since.
    let mut wasm = Vec::new();
    wasm.try_reserve_exact(usize::try_from(metadata.len()).unwrap_or(0))?;
    file.take(limit + 1).read_to_end(&mut wasm)?;
    if u32::try_from(wasm.len()).is_err() {
        return Err(too_large());
    }
    Ok(wasm)
}
