//! Compiled code.

use std::ffi::c_char;

#[cfg(wasmedge_0_14)]
use super::parse;
use crate::sys::{self, WasmEdge_Result};

/// Whether the library's linker has state of the process; 0.17 locks it itself.
pub(crate) const ONE_COMPILER_AT_A_TIME: bool = cfg!(not(wasmedge_0_17));

/// Whether compiled code may be called while compiled code runs: from 0.15 on the library puts back
/// what the outer call ran with.
pub(crate) const COMPILED_CODE_NESTS: bool = cfg!(wasmedge_0_15);

/// Whether the compiler knows what it cannot do with exceptions. Where the loader takes them and
/// the compiler does not, it runs into what it holds for unreachable: an assertion, or worse.
pub(crate) const EXCEPTIONS_COMPILE_OR_FAIL: bool = cfg!(not(wasmedge_0_14)) || cfg!(wasmedge_0_16);

/// Lets loaders look at compiled code.
///
/// # Safety
///
/// `config` is alive, and nobody else makes a loader with it who does not vouch for what is loaded.
pub(crate) unsafe fn allow_compiled(config: *mut sys::WasmEdge_ConfigureContext) {
    #[cfg(not(wasmedge_0_17))]
    // SAFETY: `config` is alive, and whoever loads with it vouches for what is loaded.
    unsafe {
        sys::WasmEdge_ConfigureSetForceInterpreter(config, false);
    }
    #[cfg(wasmedge_0_17)]
    // SAFETY: `config` is alive, and whoever loads with it vouches for what is loaded.
    unsafe {
        sys::WasmEdge_ConfigureSetRunMode(config, sys::WasmEdge_RunMode_AOT);
    }
}

/// Whether compiled modules are loaded from a file: before 0.14 the library gives native code that
/// comes from a buffer no functions to call.
pub(crate) const COMPILED_NEEDS_FILE: bool = cfg!(not(wasmedge_0_14));

/// Parses a compiled module: where [`COMPILED_NEEDS_FILE`] from the file at `path`, else from
/// bytes.
///
/// # Safety
///
/// `loader` lives during the call and is used by this thread alone; `module` may be written. Where
/// it is needed, the file at `path`, which ends in NUL, holds `wasm`, and does not change. There
/// are at most `u32::MAX` bytes. Any native code in it was made by the library's compiler.
pub(crate) unsafe fn parse_compiled(
    loader: *mut sys::WasmEdge_LoaderContext,
    module: &mut *mut sys::WasmEdge_ASTModuleContext,
    wasm: &[u8],
    path: *const c_char,
) -> WasmEdge_Result {
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: `loader` is alive and this thread's alone, `path` ends in NUL, and the file stays as
    // it is.
    let result = unsafe {
        let _ = wasm;
        sys::WasmEdge_LoaderParseFromFile(loader, module, path)
    };
    #[cfg(wasmedge_0_14)]
    // SAFETY: `loader` is alive and this thread's alone, and there are fewer than 4 GiB.
    let result = unsafe {
        let _ = path;
        parse(loader, module, wasm)
    };
    result
}

/// Compiles a module from bytes: from a buffer before 0.14, from `Bytes` from then on.
///
/// # Safety
///
/// `compiler` lives during the call and is used by this thread alone; `output` is an absolute path
/// that ends in NUL; where [`ONE_COMPILER_AT_A_TIME`], no other one compiles. There are at most
/// `u32::MAX` bytes.
pub(crate) unsafe fn compile(
    compiler: *mut sys::WasmEdge_CompilerContext,
    wasm: &[u8],
    output: *const c_char,
) -> WasmEdge_Result {
    #[cfg(not(wasmedge_0_14))]
    // SAFETY: `compiler` is alive and this thread's alone, `output` ends in NUL; the buffer is
    // copied.
    unsafe {
        sys::WasmEdge_CompilerCompileFromBuffer(compiler, wasm.as_ptr(), wasm.len() as u64, output)
    }
    #[cfg(wasmedge_0_14)]
    // SAFETY: `compiler` is alive and this thread's alone, `output` ends in NUL; the bytes are only
    // read during the call.
    unsafe {
        #[allow(clippy::cast_possible_truncation, reason = "promised by the caller")]
        let bytes = sys::WasmEdge_Bytes {
            Length: wasm.len() as u32,
            Buf: wasm.as_ptr(),
        };
        sys::WasmEdge_CompilerCompileFromBytes(compiler, bytes, output)
    }
}
