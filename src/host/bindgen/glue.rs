//! What stands in for the JavaScript glue of `wasm-bindgen`.

use std::collections::HashSet;

use super::heap;
use super::wasm_bindgen::WasmBindgen;
use super::{Type, Value};
use crate::host::host_module::HostModule;
use crate::module::Module;
use crate::runtime::func::Caller;
use crate::runtime::value::Val;
use crate::vocabulary::{Error, ErrorKind, Names, Quoted, Result};

impl WasmBindgen {
    /// Host modules that stand in for the JavaScript glue that a module imports from: all functions
    /// whose name starts with `__wbindgen_` or `__wbg_`. Mostly one module, and none for a guest
    /// that imports nothing of the kind.
    ///
    /// A text that the guest throws ends the call with [`ErrorKind::Guest`]. The table of
    /// JavaScript values is left empty, since there are none. Every other function says, when it is
    /// called, that it is not there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateExport`] when the module imports one function with two types.
    pub fn glue<T: 'static>(module: &Module) -> Result<Vec<HostModule<T>>> {
        let mut all: Names<HostModule<T>> = Names::default();
        let mut known = HashSet::new();
        for import in module.imports() {
            let (from, name) = (import.module(), import.name());
            let Some(ty) = import.ty().func() else {
                continue;
            };
            if !name.starts_with("__wbindgen_") && !name.starts_with("__wbg_") {
                continue;
            }
            if !known.insert((from, name, ty)) {
                continue;
            }
            if all.get(from).is_none() {
                let _added = all.add(from.into(), HostModule::new(from));
            }
            let Some(host) = all.get_mut(from) else {
                continue;
            };
            let name: Box<str> = name.into();
            let what = What::from_name(&name);
            host.func_new(name.clone(), ty.clone(), move |caller, params, _| {
                what.run(&name, &caller, params)
            })?;
        }
        Ok(all.into_values().collect())
    }
}

/// What an imported function is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Throws a text.
    Throw,
    /// Fills the table of JavaScript values.
    InitTable,
    /// Something of JavaScript.
    Other,
}

impl What {
    /// Newer versions write a prefix and a hash round the name.
    fn from_name(name: &str) -> Self {
        if name.contains("__wbindgen_throw") {
            Self::Throw
        } else if name.contains("__wbindgen_init_externref_table") {
            Self::InitTable
        } else {
            Self::Other
        }
    }

    fn run<T>(self, name: &str, caller: &Caller<'_, T>, params: &[Val]) -> Result<()> {
        match (self, params) {
            (Self::InitTable, []) => Ok(()),
            (Self::Throw, &[Val::I32(at), Val::I32(len)]) => {
                let memory = caller.memory(0).ok_or_else(|| {
                    let text = format!("it called {} and has no memory", Quoted::name(name));
                    Error::from(ErrorKind::GuestAbi(text))
                })?;
                let (at, len) = (at as u32, len as u32);
                let text = heap::copy_out(memory, caller, at, len.into())?;
                match heap::parse(Type::String, at, text)? {
                    Value::String(text) => Err(Error::from(ErrorKind::Guest(text))),
                    _ => unreachable!("a string"),
                }
            }
            _ => Err(Error::unsupported(
                format!(
                    "the function {} of the guest's JavaScript glue",
                    Quoted::name(name)
                ),
                "there is no JavaScript here; have the guest do without, or define it in a host module",
            )),
        }
    }
}
