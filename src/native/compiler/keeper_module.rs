//! The module of the [`keeper`](crate::keeper), which is compiled before any other.

use std::env;
use std::iter;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Compiler, Turn};
use crate::config::{Config, OptLevel, OutputFormat};

/// `(module (import "k" "w" (func)) (func (export "p") call 0))`
pub(crate) const PARK: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x04\x01\x60\0\0\
    \x02\x07\x01\x01k\x01w\0\0\
    \x03\x02\x01\0\
    \x07\x05\x01\x01p\0\x01\
    \x0a\x06\x01\x04\0\x10\0\x0b";

/// The module of the [`keeper`](crate::keeper), compiled before anything else is, and once in the
/// process.
///
/// LLVM installs its signal handlers with the first module that it compiles: so they are gone again
/// after a few milliseconds. And nobody who needs a keeper waits for another thread's compiler.
///
/// `None` where it cannot be compiled, for the moment perhaps: the next one tries again.
pub(crate) fn get() -> Option<&'static [u8]> {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    static MAKING: Mutex<()> = Mutex::new(());
    if MODULE.get().is_none() {
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if MODULE.get().is_none() {
            let _ = MODULE.set(make()?);
        }
    }
    MODULE.get().map(Vec::as_slice)
}

fn make() -> Option<Vec<u8>> {
    let mut config = Config::new().ok()?;
    config
        .optimization_level(OptLevel::O0)
        .output_format(OutputFormat::Wasm);
    let compiler = Compiler::new(&config).ok()?;
    // The keeper is needed where the folder for temporary files is of no use, too.
    let folders = ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from);
    iter::once(env::temp_dir())
        .chain(folders)
        .find_map(|folder| {
            let output = folder.join("module.wasm");
            let compiled = compiler.compile_in_private_when(PARK, &output, Turn::take);
            compiled.ok()
        })
}
