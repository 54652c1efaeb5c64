//! Compiled modules kept for the next time.

use std::path::{Path, PathBuf};

mod entry;
mod folder;
mod key;

use super::not_written;
use super::scratch::Scratch;
use crate::config::Config;
use crate::module::Module;
use crate::native::compiler;
use crate::vocabulary::{Error, Result};
use key::Key;

/// A folder of compiled modules, so that each is compiled once: for these bytes, these options,
/// this version of the library and this processor.
///
/// The folder is this user's, and nobody else may write to it. An entry of another user, one that
/// others may write to, and one that is damaged are not loaded, but made anew. Any number of
/// threads and programs may use a folder at once; two that miss the same entry both compile.
///
/// Entries are never removed here. A program that wants the room back removes files in the folder,
/// at any time; or the folder, which is made again.
///
/// # Examples
///
/// ```
/// use wasmedge::{CompileCache, Config, Store};
///
/// let wasm = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#)?;
/// let folder = tempfile::tempdir()?;
/// let cache = CompileCache::new(folder.path().join("compiled"))?;
/// let config = Config::new()?;
/// # if wasmedge::Compiler::new(&config).is_err() { return Ok(()) }
/// // SAFETY: the module has no tables, and next to no stack.
/// let module = unsafe { cache.compile(&config, &wasm) }?;
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&module)?;
/// let one = instance.get_typed_func::<(), i32>(&store, "one")?;
/// assert_eq!(one.call(&mut store, ())?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CompileCache {
    folder: PathBuf,
}

impl CompileCache {
    /// Creates a cache in a folder, which is made when it is not there; the one that it is in has
    /// to be.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Write`](crate::ErrorKind::Write) when the folder cannot be made, is another
    /// user's, or others may write to it or put another one in its place: each folder above it has
    /// to be this user's or the system administrator's, and writable by its owner alone or sticky,
    /// as `/tmp` is. [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) where there are no
    /// Unix users to tell apart.
    pub fn new(folder: impl AsRef<Path>) -> Result<Self> {
        if !cfg!(unix) {
            return Err(Error::unsupported(
                "a cache of compiled modules",
                "it is safe by the owners and modes of Unix alone",
            ));
        }
        let folder = folder.as_ref();
        let folder = folder::open(folder).map_err(|source| not_written(folder, source))?;
        Ok(Self { folder })
    }

    /// Returns the folder, as an absolute path without symbolic links.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Compiles a module, or takes the outcome of the last time, and loads it.
    ///
    /// Where the outcome cannot be kept, because the disk is full perhaps, the module is loaded all
    /// the same; [`fill`](Self::fill) reports that.
    ///
    /// # Errors
    ///
    /// Same as [`Module::compile`]; as [`new`](Self::new), when the folder is no longer what it
    /// was; [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when this processor cannot be
    /// told from others, without [`Config::generic_binary`].
    ///
    /// # Safety
    ///
    /// That of [`Module::compile`]. In addition, no program of this user has forged entries: they
    /// are guarded against damage and other users, not against their owner.
    pub unsafe fn compile(&self, config: &Config, wasm: impl AsRef<[u8]>) -> Result<Module> {
        let wasm = wasm.as_ref();
        let key = Key::new(config, wasm)?;
        let folder = self.open()?;
        let compiled = match kept(config, &folder, &key) {
            Some(compiled) => compiled,
            None => {
                let compiled = compile(config, wasm, &folder, &key)?;
                // What was compiled is at hand, kept or not.
                let _ = keep(&folder, &key, &compiled);
                compiled
            }
        };
        // SAFETY: the library's own compiler made these bytes, of this module with these options
        // for this processor: just now, or so says the digest that was compared with these very
        // bytes, in a file of this user's that nobody else may write to. The rest is promised by
        // the caller.
        unsafe { Module::from_compiled_bytes(config, compiled) }
    }

    /// Makes sure that a module is kept, and loads nothing: for an installation, or before there is
    /// work to do.
    ///
    /// # Errors
    ///
    /// Same as [`compile`](Self::compile), and [`ErrorKind::Write`](crate::ErrorKind::Write) when
    /// the outcome cannot be kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{CompileCache, Config};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let cache = CompileCache::new(folder.path())?;
    /// # if wasmedge::Compiler::new(&Config::new()?).is_err() { return Ok(()) }
    /// cache.fill(&Config::new()?, b"\0asm\x01\0\0\0")?;
    /// assert_eq!(cache.folder().read_dir()?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fill(&self, config: &Config, wasm: impl AsRef<[u8]>) -> Result<()> {
        let wasm = wasm.as_ref();
        let key = Key::new(config, wasm)?;
        let folder = self.open()?;
        if kept(config, &folder, &key).is_some() {
            return Ok(());
        }
        let compiled = compile(config, wasm, &folder, &key)?;
        keep(&folder, &key, &compiled)
    }

    /// The folder, made again when it is gone, and looked at again.
    fn open(&self) -> Result<PathBuf> {
        folder::open(&self.folder).map_err(|source| not_written(&self.folder, source))
    }
}

/// The outcome of the last time, if there is one.
fn kept(config: &Config, folder: &Path, key: &Key) -> Option<Vec<u8>> {
    // Who wants the intermediate code gets it from the compiler alone.
    if config.dumps_ir() {
        return None;
    }
    entry::read(&folder.join(key.name()), key).ok()
}

fn compile(config: &Config, wasm: &[u8], folder: &Path, key: &Key) -> Result<Vec<u8>> {
    // Not the name of the entry, which something else may have taken.
    let output = folder.join(key.name()).with_extension("wasm");
    compiler::compile(config, wasm, &output)
}

fn keep(folder: &Path, key: &Key, compiled: &[u8]) -> Result<()> {
    folder::remove_leftovers(folder);
    let entry = folder.join(key.name());
    Scratch::within(folder)
        .and_then(|scratch| {
            entry::write(scratch.file(), key, compiled)?;
            scratch.publish(&entry)
        })
        .map_err(|source| not_written(&entry, source))
}
