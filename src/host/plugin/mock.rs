//! The library's stand-ins for modules of plug-ins that are not loaded.
//!
//! A guest that imports such a module can be instantiated with them; each of their functions logs
//! that the plug-in is missing, and returns an error of its interface or traps. Nothing of the C
//! API makes them but its VM.

use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use super::WASI_LOGGING;
use crate::compat::{self, string};
use crate::library;
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::native::thread_state;
use crate::sys;
use crate::vocabulary::Result;

/// The names of all stand-ins, from the first time that some are made.
static NAMES: OnceLock<Vec<Box<str>>> = OnceLock::new();

/// A VM of the library that is never run, with the stand-ins that it has. Where a plug-in is
/// loaded, it has the plug-in's module in their place.
pub(crate) struct Mocks {
    vm: ManuallyDrop<Owned<sys::WasmEdge_VMContext>>,
    can_be_freed: bool,
}

impl Mocks {
    /// Whether there may be one of this name: what is asked for by another one is nothing to make
    /// them for.
    pub(crate) fn may_have(name: &str) -> bool {
        let names = NAMES.get();
        names.is_none_or(|names| names.iter().any(|known| **known == *name))
    }

    pub(crate) fn new() -> Result<Self> {
        library::ready()?;
        let _unchanged = super::reading();
        let can_be_freed = compat::WASI_LOGGING_CAN_BE_FREED
            || !super::list()
                .iter()
                .any(|loaded| loaded.name() == WASI_LOGGING);
        let _inside = door::open(Purpose::Tool, "plug-ins")?;
        // SAFETY: without a configuration it takes the defaults, and without a store it makes its
        // own. Nobody else owns it. It walks the list of plug-ins, which does not change meanwhile.
        let vm = unsafe { Owned::new(sys::WasmEdge_VMCreate(ptr::null(), ptr::null_mut())) }?;
        NAMES.get_or_init(|| {
            // SAFETY: the VM is alive, and its names are those of the instances that it owns.
            unsafe {
                let len = sys::WasmEdge_VMListRegisteredModuleLength(vm.as_ptr());
                string::names(len, |list, len| {
                    sys::WasmEdge_VMListRegisteredModule(vm.as_ptr(), list, len)
                })
            }
        });
        Ok(Self {
            vm: ManuallyDrop::new(vm),
            can_be_freed,
        })
    }

    /// The one of this name, alive as long as `self`.
    pub(crate) fn find(&self, name: &str) -> Option<NonNull<sys::WasmEdge_ModuleInstanceContext>> {
        let name = string::BorrowedStr::new(name)?.raw();
        // SAFETY: the VM is alive; the name is only read.
        let found = unsafe { sys::WasmEdge_VMGetRegisteredModule(self.vm.as_ptr(), name) };
        NonNull::new(found.cast_mut())
    }
}

impl Drop for Mocks {
    fn drop(&mut self) {
        if self.can_be_freed {
            // SAFETY: taken once, here, and not used again.
            thread_state::free_executor(unsafe { ManuallyDrop::take(&mut self.vm) });
        }
    }
}
