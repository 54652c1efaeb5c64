//! WASI.

use std::ffi::{c_char, c_int};

use crate::sys;

/// Whether a guest can have other standard streams than the process has.
pub(crate) const WASI_HAS_STREAMS: bool = cfg!(wasmedge_0_16);

/// Whether `poll_oneoff` stays within the guest's memory: before 0.16 the size of its arrays is a
/// product of 32 bits, which wraps.
pub(crate) const POLL_ONEOFF_IS_SOUND: bool = cfg!(wasmedge_0_16);

/// Whether `fd_renumber` takes the same descriptor twice: before 0.14 it frees it, and goes on with
/// what was freed.
pub(crate) const FD_RENUMBER_IS_SOUND: bool = cfg!(wasmedge_0_14);

/// Strings in the shape that C wants.
pub(crate) type RawStrings<'a> = &'a [*const c_char];

/// How many there are; more than 32 bits can count are left out.
fn count(strings: RawStrings<'_>) -> u32 {
    u32::try_from(strings.len()).unwrap_or(u32::MAX)
}

/// Makes the module of WASI.
///
/// # Safety
///
/// All strings end in NUL and live during the call.
#[cfg(not(wasmedge_0_16))]
pub(crate) unsafe fn create_wasi(
    args: RawStrings<'_>,
    envs: RawStrings<'_>,
    dirs: RawStrings<'_>,
    streams: Option<[c_int; 3]>,
) -> *mut sys::WasmEdge_ModuleInstanceContext {
    debug_assert!(streams.is_none());
    // SAFETY: all strings end in NUL and live during the call; C copies all of it.
    unsafe {
        sys::WasmEdge_ModuleInstanceCreateWASI(
            args.as_ptr(),
            count(args),
            envs.as_ptr(),
            count(envs),
            dirs.as_ptr(),
            count(dirs),
        )
    }
}

/// Makes the module of WASI, with the standard streams of the process or others.
///
/// # Safety
///
/// All strings end in NUL and live during the call; the streams stay open as long as the module.
#[cfg(wasmedge_0_16)]
pub(crate) unsafe fn create_wasi(
    args: RawStrings<'_>,
    envs: RawStrings<'_>,
    dirs: RawStrings<'_>,
    streams: Option<[c_int; 3]>,
) -> *mut sys::WasmEdge_ModuleInstanceContext {
    let (args_len, envs_len, dirs_len) = (count(args), count(envs), count(dirs));
    let (args, envs, dirs) = (args.as_ptr(), envs.as_ptr(), dirs.as_ptr());
    // SAFETY: all strings end in NUL and live during the call; C copies them. The streams stay open
    // as long as the module.
    unsafe {
        match streams {
            None => sys::WasmEdge_ModuleInstanceCreateWASI(
                args, args_len, envs, envs_len, dirs, dirs_len,
            ),
            Some([stdin, stdout, stderr]) => sys::WasmEdge_ModuleInstanceCreateWASIWithFds(
                args, args_len, envs, envs_len, dirs, dirs_len, stdin, stdout, stderr,
            ),
        }
    }
}
