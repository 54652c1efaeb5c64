//! Compiled modules: the way of bytes into native code that runs.

use std::env;
use std::path::Path;
use std::ptr;

use crate::config::Config;
use crate::library::door::{self, Purpose};
use crate::library::owned;
use crate::module::{
    Ast, Binary, Compiled, Module, Rules, Validator, has_compiled_code, native_format, read_file,
    refused,
};
use crate::native::compiler::{self, c_path};
use crate::native::memfile::MemFile;
use crate::vocabulary::{Error, ErrorKind, Result};
use crate::{compat, sys};

impl Module {
    /// Loads and validates a module that [`Compiler`](crate::Compiler) has compiled, with its
    /// native code.
    ///
    /// The configuration is the one that the module was compiled with. A module without native code
    /// in it is refused; so is a shared library
    /// ([`OutputFormat::Native`](crate::OutputFormat::Native)), because its code would run before
    /// its module could be looked at.
    ///
    /// C: `WasmEdge_LoaderParseFromFile`.
    ///
    /// # Errors
    ///
    /// Same as [`from_file`](Self::from_file), and [`ErrorKind::Load`] when there is no native code
    /// in the module.
    ///
    /// # Safety
    ///
    /// The native code runs with all the rights of the program, and the library checks neither
    /// where it comes from nor what it does. So:
    ///
    /// * The file was written by [`Compiler`](crate::Compiler), or by the compiler of the same
    ///   version of the library on a machine with the same processor features, and nobody has
    ///   changed it since.
    /// * `config` has the settings of [`count_instructions`](Config::count_instructions) and
    ///   [`measure_cost`](Config::measure_cost) that the module was compiled with. The store
    ///   compares them with its executor.
    /// * No reference to a function of another compiled instance reaches the module: by a table, a
    ///   global or a parameter. An indirect call from compiled code to compiled code of another
    ///   instance runs with the memory of the caller, in all versions.
    /// * The guest is trusted not to attack the stack. Compiled functions do not probe it: one with
    ///   many locals steps over the guard page, and writes to what lies beyond.
    /// * The program can live with what the library does to signals: see
    ///   [`keeper`](crate::keeper).
    ///
    /// These hold for every store that the module is instantiated in.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Compiler, Config, Module, Store};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("one.aot.wasm");
    /// let config = Config::new()?;
    /// # if Compiler::new(&config).is_err() { return Ok(()) }
    /// Compiler::new(&config)?.compile_bytes(&wasm, &path)?;
    ///
    /// // SAFETY: compiled above, with the same configuration; it has no tables, and little stack.
    /// let module = unsafe { Module::from_compiled_file(&config, &path) }?;
    /// let mut store = Store::with_config(&config, ())?;
    /// let instance = store.instantiate(&module)?;
    /// let one = instance.get_typed_func::<(), i32>(&store, "one")?;
    /// assert_eq!(one.call(&mut store, ())?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_LoaderParseFromFile")]
    pub unsafe fn from_compiled_file(config: &Config, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let wasm = read_file(path)?;
        // SAFETY: the caller vouches for the native code in the file.
        unsafe { Self::from_compiled_bytes(config, wasm) }.map_err(|error| error.in_file(path))
    }

    /// Loads and validates a module that [`Compiler`](crate::Compiler) has compiled, from the bytes
    /// of its output.
    ///
    /// Before 0.14 the library reads compiled modules from files alone; there it gets one in
    /// memory, which nobody can change.
    ///
    /// C: `WasmEdge_LoaderParseFromBuffer`, `WasmEdge_LoaderParseFromBytes`.
    ///
    /// # Errors
    ///
    /// Same as [`from_compiled_file`](Self::from_compiled_file).
    ///
    /// # Safety
    ///
    /// That of [`from_compiled_file`](Self::from_compiled_file), with the bytes in place of the
    /// file.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, ErrorKind, Module};
    ///
    /// // SAFETY: there is no native code in it.
    /// let loaded = unsafe { Module::from_compiled_bytes(&Config::new()?, b"\0asm\x01\0\0\0") };
    /// assert!(matches!(loaded.unwrap_err().kind(), ErrorKind::Load { .. }));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_LoaderParseFromBuffer")]
    #[doc(alias = "WasmEdge_LoaderParseFromBytes")]
    pub unsafe fn from_compiled_bytes(config: &Config, wasm: impl AsRef<[u8]>) -> Result<Self> {
        // SAFETY: the caller vouches for the native code in the bytes.
        let ast = unsafe { load(config, wasm.as_ref()) }?;
        Validator::new(config)?.validate(ast)
    }

    /// Compiles a module and loads the outcome, through a private folder in the system's folder for
    /// temporary files, [`std::env::temp_dir`].
    ///
    /// That folder may be one that others write to. Where `/proc` is not mounted, and on systems
    /// other than Linux, nobody else may write to it or to a folder above it, unless it is sticky.
    ///
    /// # Errors
    ///
    /// Same as [`Compiler::new`](crate::Compiler::new) and
    /// [`Compiler::compile_bytes`](crate::Compiler::compile_bytes); and [`ErrorKind::Write`] when
    /// others can, or did, put another folder in the place of the private one.
    ///
    /// # Safety
    ///
    /// That the code comes from the right compiler is sure here. What remains of the contract of
    /// [`from_compiled_file`](Self::from_compiled_file) is what the guest may do: no function of
    /// another compiled instance reaches it, it is trusted not to attack the stack, and the program
    /// can live with what the library does to signals.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (func (export "double") (param i32) (result i32)
    ///          (i32.mul (local.get 0) (i32.const 2))))"#,
    /// )?;
    /// let config = Config::new()?;
    /// # if wasmedge::Compiler::new(&config).is_err() { return Ok(()) }
    /// // SAFETY: the module has no tables, and next to no stack.
    /// let module = unsafe { Module::compile(&config, &wasm) }?;
    /// let mut store = Store::new(())?;
    /// let instance = store.instantiate(&module)?;
    /// let double = instance.get_typed_func::<i32, i32>(&store, "double")?;
    /// assert_eq!(double.call(&mut store, 21)?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub unsafe fn compile(config: &Config, wasm: impl AsRef<[u8]>) -> Result<Self> {
        let compiled =
            compiler::compile(config, wasm.as_ref(), &env::temp_dir().join("module.wasm"))?;
        // SAFETY: written just now, by the library's own compiler with this configuration, to a
        // folder that is this user's alone; the rest is promised by the caller.
        unsafe { Self::from_compiled_bytes(config, compiled) }
    }
}

/// Loads a module with its native code.
///
/// # Safety
///
/// That of [`Module::from_compiled_bytes`].
unsafe fn load(config: &Config, wasm: &[u8]) -> Result<Ast> {
    if let Some(format) = native_format(wasm) {
        return Err(refused(format!(
            "it is a native {format}, whose code would run before the module in it could be looked \
             at; compile to `OutputFormat::Wasm`"
        )));
    }
    if !has_compiled_code(wasm) {
        return Err(refused(
            "it carries no native code; `Compiler` makes some, or `Module::new` interprets it"
                .to_owned(),
        ));
    }
    if config.bounds.rewrites() {
        return Err(Error::unsupported(
            "a compiled module under `Config::max_call_depth` or `max_table_elements`",
            "these bounds are put into modules, and native code cannot be changed; interpret it, \
             with `Module::new`, or leave them out",
        ));
    }
    let binary = Binary::read(&Rules::new(config), wasm)?;
    // What was looked at is what the library reads: no file of others, which may change.
    let file = compat::COMPILED_NEEDS_FILE
        .then(|| MemFile::new(wasm))
        .transpose();
    let (file, path) = file
        .and_then(|file| {
            let path = file.as_ref().map(|file| c_path(file.path())).transpose()?;
            Ok((file, path.unwrap_or_default()))
        })
        .map_err(|error| refused(format!("there is no room for a copy of it: {error}")))?;

    let trusting = config.make_raw()?;
    // SAFETY: it is ours alone. What it lets the loader below run is what our caller vouches
    // for.
    unsafe { compat::allow_compiled(trusting.as_mut_ptr()) };
    // SAFETY: the configuration is alive and copied.
    let loader = unsafe { owned::Owned::new(sys::WasmEdge_LoaderCreate(trusting.as_ptr())) }?;
    let mut module = ptr::null_mut();
    let _inside = door::open(Purpose::Library, "loading")?;
    // SAFETY: the loader is ours; the length was looked at; the file, where one is needed, holds
    // these bytes and is ours alone. On success `module` is owned by us alone. Native code in it is
    // the compiler's.
    let raw = unsafe {
        let result = compat::parse_compiled(loader.as_mut_ptr(), &mut module, wasm, path.as_ptr());
        owned::from_out_pointer(module, result, |code| {
            Error::from(ErrorKind::Load {
                path: None,
                reason: code.into(),
            })
        })
    }?;
    drop(file);
    let counts = config.counts_instructions() || config.measures_cost();
    Ok(Ast::of_compiled(raw, binary.interface, Compiled { counts }))
}
