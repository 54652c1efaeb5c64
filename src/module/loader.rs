//! Bytes to [`Ast`].

use core::fmt;
use core::ptr;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Ast;
use super::ast::Bounded;
use super::growth;
use super::preflight::{Limit, Outline, Problem};
use super::rewrite::{Rewritten, rewrite};
use crate::bounds::Bounds;
use crate::config::Config;
use crate::error::{Error, ErrorCode, ErrorKind, Reason, Result};
use crate::sys::{self, compat, library, owned};

/// Loads WebAssembly modules in the binary format.
///
/// What is loaded is data (S4): native code that a module carries along, as the library's compiler
/// leaves it, is not looked at, and native shared libraries are refused.
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
    limit: Limit,
    bounds: Bounds,
}

impl Loader {
    /// A loader with a copy of the configuration.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_LoaderCreate")]
    #[doc(alias = "NewLoader")]
    #[doc(alias = "NewLoaderWithConfig")]
    pub fn new(config: &Config) -> Result<Self> {
        library::ready()?;
        // SAFETY: the configuration is alive and copied. It never lets native code run:
        // `Config::new` forces the interpreter.
        let raw = unsafe { owned::Owned::new(sys::WasmEdge_LoaderCreate(config.as_ptr())) }?;
        Ok(Self {
            raw,
            limit: Limit::of(config),
            bounds: config.bounds,
        })
    }

    /// Loads a module from a file.
    ///
    /// The file is read here, not by the library, which would map it (so that it could change while
    /// it is parsed) and would run code from it, were it a shared library.
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
    /// # Errors
    ///
    /// [`ErrorKind::Load`] when the bytes are not a module in the binary format, declare a memory
    /// or a table beyond the configured limits or a function with more than 50,000 locals, or are
    /// native code.
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
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_LoaderParseFromBuffer")]
    #[doc(alias = "WasmEdge_LoaderParseFromBytes")]
    #[doc(alias = "LoadBuffer")]
    #[doc(alias = "SetForceInterpreter")]
    #[doc(alias = "IsForceInterpreter")]
    pub fn load_bytes(&self, wasm: impl AsRef<[u8]>) -> Result<Ast> {
        let wasm = wasm.as_ref();
        if let Some(format) = native_format(wasm) {
            return Err(refused(format!(
                "it is a native {format}, not WebAssembly; load what it was compiled from"
            )));
        }
        // Sizes first, since the library would take what they say. What cannot be read is for the
        // library to name.
        let outline = match Outline::read(wasm, self.limit) {
            Err(Problem::Refused(text)) => return Err(refused(text)),
            other => other,
        };
        let clamped = match &outline {
            Ok(outline) if outline.may_grow => growth::clamp(wasm),
            _ => Ok(Cow::Borrowed(wasm)),
        };
        let raw = self.parse(clamped.as_deref().unwrap_or(wasm))?;
        let outline = outline.map_err(|problem| refused(problem.to_string()))?;
        let clamped = clamped
            .map_err(|error| refused(format!("its code cannot be read: {}", error.message())))?;
        let mut ast = Ast::new(raw, outline, None);
        if self.bounds.rewrites() {
            // What cannot be rewritten is not valid, most likely; the validator says so first.
            ast.bounded = Some(rewrite(&clamped, &self.bounds).and_then(
                |Rewritten { wasm, counts }| {
                    let raw = self.parse(&wasm).map_err(|error| error.to_string())?;
                    let bounds = self.bounds;
                    Ok(Bounded {
                        raw,
                        counts,
                        bounds,
                    })
                },
            ));
        }
        Ok(ast)
    }

    /// Has the library parse a module.
    fn parse(&self, wasm: &[u8]) -> Result<owned::Owned<sys::WasmEdge_ASTModuleContext>> {
        let Ok(len) = u32::try_from(wasm.len()) else {
            return Err(refused(format!(
                "{} bytes are more than the 4 GiB that the library takes",
                wasm.len()
            )));
        };
        let mut module = ptr::null_mut();
        // SAFETY: the loader is alive, and used by one thread since it is not `Sync`; on success
        // `module` is owned by us alone.
        unsafe {
            let result = compat::parse(self.raw.as_ptr(), &mut module, wasm, len);
            owned::from_out_pointer(module, result, |code| {
                let reason = Reason::from(code);
                let hint = hint(&reason, wasm);
                Error::from(ErrorKind::Load {
                    path: None,
                    reason: reason.with_hint(hint),
                })
            })
        }
    }
}

/// What those who see the library's reason for the first time may not know.
pub(crate) fn hint(reason: &Reason, wasm: &[u8]) -> &'static str {
    match reason.code().and_then(ErrorCode::name) {
        _ if wasm.trim_ascii_start().starts_with(b"(") => {
            "it looks like the text format, which the crate `wat` translates"
        }
        Some("MalformedMagic") => "a module begins with the bytes `\\0asm`",
        Some("IllegalOpCode") => {
            "an instruction of a proposal that is off is illegal, too, see `Config::proposal`"
        }
        _ => "",
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

pub(super) fn refused(text: String) -> Error {
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

/// The name of the native format the bytes start like, if they do.
pub(crate) fn native_format(bytes: &[u8]) -> Option<&'static str> {
    const MACH_O: [[u8; 4]; 3] = [
        [0xcf, 0xfa, 0xed, 0xfe],
        [0xce, 0xfa, 0xed, 0xfe],
        [0xca, 0xfe, 0xba, 0xbe],
    ];
    if bytes.starts_with(b"\x7fELF") {
        Some("shared library or program (ELF)")
    } else if bytes.starts_with(b"MZ") {
        Some("library or program (PE)")
    } else if MACH_O.iter().any(|magic| bytes.starts_with(magic)) {
        Some("library or program (Mach-O)")
    } else {
        None
    }
}
