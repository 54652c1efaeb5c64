//! What guests may run through the plug-in `wasmedge_process`.
//!
//! The plug-in has one list for the whole process, which a module of it copies when it is made: set
//! it before [`Store::register_plugin`](crate::Store::register_plugin). At first it is empty.

use std::ffi::CString;

use super::{Plugin, plugins, writing};
use crate::vocabulary::{Error, ErrorKind, Quoted, Result};
use crate::{compat, sys};

const NAME: &str = "wasmedge_process";

/// Sets the commands that guests may run, in place of those set before.
///
/// Where [`allow_all`] was called, it stays in force.
///
/// C: `WasmEdge_ModuleInstanceInitWasmEdgeProcess`. Go: `InitWasmEdgeProcess`.
///
/// # Errors
///
/// [`ErrorKind::NoSuchPlugin`] when the plug-in is not loaded, and [`ErrorKind::Invalid`] for a
/// command with a NUL in it.
///
/// # Examples
///
/// ```
/// use wasmedge::{ErrorKind, plugin};
///
/// match plugin::process::allow(["ls", "cat"]) {
///     Ok(()) => println!("guests may list files, and show them"),
///     Err(error) => assert!(matches!(error.kind(), ErrorKind::NoSuchPlugin { .. })),
/// }
/// ```
#[doc(alias = "WasmEdge_ModuleInstanceInitWasmEdgeProcess")]
#[doc(alias = "InitWasmEdgeProcess")]
pub fn allow(commands: impl IntoIterator<Item = impl AsRef<str>>) -> Result<()> {
    let commands = commands
        .into_iter()
        .map(|command| {
            let command = command.as_ref();
            CString::new(command).map_err(|_| {
                Error::invalid(format!(
                    "the command {} has a NUL in it, where C would cut it off",
                    Quoted::name(command)
                ))
            })
        })
        .collect::<Result<Vec<_>>>()?;
    set(&commands, false)
}

/// Lets guests run any command, from now on until this process ends.
///
/// C: `WasmEdge_ModuleInstanceInitWasmEdgeProcess`. Go: `InitWasmEdgeProcess`.
///
/// # Errors
///
/// [`ErrorKind::NoSuchPlugin`] when the plug-in is not loaded, and [`ErrorKind::Unsupported`] below
/// 0.14, where the library takes the request and does nothing.
#[doc(alias = "WasmEdge_ModuleInstanceInitWasmEdgeProcess")]
#[doc(alias = "InitWasmEdgeProcess")]
pub fn allow_all() -> Result<()> {
    if !compat::PROCESS_CAN_ALLOW_ALL {
        return Err(Error::unsupported(
            "allowing all commands",
            "below 0.14 the library forgets it; name the commands with `allow`",
        ));
    }
    set(&[], true)
}

fn set(commands: &[CString], all: bool) -> Result<()> {
    if Plugin::find(NAME).is_none() {
        return Err(Error::from(ErrorKind::NoSuchPlugin {
            name: NAME.into(),
            loaded: plugins().into_iter().map(|plugin| plugin.name).collect(),
        }));
    }
    let pointers: Vec<_> = commands.iter().map(|command| command.as_ptr()).collect();
    let len = u32::try_from(pointers.len()).unwrap_or(u32::MAX);
    let _alone = writing();
    // SAFETY: the strings end in NUL and are copied. The options of the plug-in are plain statics,
    // which are read when a module is made; that happens under the lock that we hold.
    unsafe { sys::WasmEdge_ModuleInstanceInitWasmEdgeProcess(pointers.as_ptr(), len, all) };
    Ok(())
}
