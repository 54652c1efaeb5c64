//! WASI's `fd_renumber`, for the versions of the library whose own one goes on with a descriptor
//! that it freed, when that is to become itself.

use super::errno;
use super::register::handle_of;
use crate::compat;
use crate::runtime::func::{Caller, Func};
use crate::runtime::instance::Instance;
use crate::runtime::store::{self, SealedMut, StoreCore};
use crate::runtime::value::WasmTy;
use crate::vocabulary::Result;

/// The library's own function, which does the rest. It touches no memory of the guest.
#[derive(Clone, Copy)]
pub(super) struct Own(Func);

impl Own {
    /// That of an instance of WASI, before it is replaced there; the instance keeps it.
    pub(super) fn new(instance: Instance, core: &StoreCore) -> Result<Self> {
        instance
            .require_func(core, super::overrides::RENUMBER)
            .map(Self)
    }

    pub(super) fn call<T>(self, caller: &mut Caller<'_, T>, fd: i32, to: i32) -> Result<u32> {
        if fd == to {
            let is_open = handle_of(store::core(caller), fd).is_some();
            let errno = if is_open { errno::SUCCESS } else { errno::BADF };
            return Ok(errno.into());
        }
        let mut store = caller.store_mut();
        let func = self.0.get(store.core());
        let params = [fd, to].map(|fd| fd.into_raw(store.core()));
        let mut results = [compat::EMPTY];
        // SAFETY: the function is the library's, and takes two numbers and gives one in all
        // versions.
        unsafe { store.erase().invoke_host(func, &params, &mut results) }?;
        // SAFETY: C wrote the result, a number.
        Ok(unsafe { u32::from_raw(&results[0], store.core()) })
    }
}
