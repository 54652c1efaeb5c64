//! What stands in front of the library's own WASI.
//!
//! Some of the library's functions let a guest do more than it should, and most cannot be called
//! with a look at the arguments before: a function of WASI works on the memory of the code that
//! called it. So those are replaced, in the library's own instance.

use super::{Wasi, errno, poll, renumber};
use crate::compat;
use crate::host::host_module::HostModule;
use crate::runtime::func::Caller;
use crate::runtime::instance::Instance;
use crate::runtime::store::StoreCore;
use crate::runtime::value::Val;
use crate::vocabulary::{Error, ExternType, Quoted, Result};

/// What a guest gets at this process and at its network with.
const ESCAPES: [&str; 2] = ["proc_raise", "sock_*"];

/// What the library's code writes past the end of the guest's memory with, in all versions.
///
/// `sock_getaddrinfo` copies an address of up to 26 bytes to where the guest has room for as many
/// as it says, one perhaps, and a name of any length likewise; `sock_getsockopt` takes it for
/// granted that there is room for four bytes.
const UNSOUND: [&str; 2] = ["sock_getaddrinfo", "sock_getsockopt"];

/// What reads and writes outside of the guest's memory before 0.16, where a product of 32 bits
/// wraps.
const POLL: [&str; 2] = ["poll_oneoff", "epoll_oneoff"];

/// What frees a descriptor and goes on with it before 0.14, where it is to become itself.
pub(super) const RENUMBER: &str = "fd_renumber";

impl Wasi {
    /// What the guest gets in place of functions of the library's instance.
    pub(crate) fn front<T: 'static>(
        &self,
        instance: Instance,
        core: &StoreCore,
    ) -> Result<HostModule<T>> {
        let names = instance.func_names_in(core);
        for pattern in &self.denied {
            if !names.iter().any(|name| matches(pattern, name)) {
                return Err(Error::invalid(format!(
                    "WASI has no function {} to deny, in this version of the library; a name \
                     ends in `*` for all that begin so",
                    Quoted::name(pattern)
                )));
            }
        }
        let confines = core.executor.bounds().confines_wasi;
        let is_denied = |name: &str| {
            let escapes = ESCAPES.iter().filter(|_| confines);
            let unsound = UNSOUND.iter().filter(|_| !self.is_unchecked);
            let mut builtin = escapes.chain(unsound);
            builtin.any(|pattern| matches(pattern, name))
                || self.denied.iter().any(|pattern| matches(pattern, name))
        };
        let polls = !compat::POLL_ONEOFF_IS_SOUND && !self.is_unchecked;
        let renumbers = !compat::FD_RENUMBER_IS_SOUND;

        let mut front = HostModule::new(Self::MODULE);
        for name in names {
            if is_denied(&name) {
                deny(&mut front, instance, &name, core)?;
            } else if polls && POLL.contains(&&*name) {
                front.func_wrap(
                    name,
                    |mut caller: Caller<'_, T>, input: u32, output: u32, count: u32, len: u32| {
                        poll::poll_oneoff(&mut caller, input, output, count, len)
                    },
                )?;
            } else if renumbers && *name == *RENUMBER {
                let own = renumber::Own::new(instance, core)?;
                front.func_wrap(name, move |mut caller: Caller<'_, T>, fd: i32, to: i32| {
                    own.call(&mut caller, fd, to)
                })?;
            }
        }
        Ok(front)
    }
}

/// Adds a function of the same type, which says that the guest may not.
fn deny<T: 'static>(
    front: &mut HostModule<T>,
    instance: Instance,
    name: &str,
    core: &StoreCore,
) -> Result<()> {
    let ty = match instance.export_type(core, name).transpose()? {
        Some(ExternType::Func(ty)) => ty,
        _ => {
            return Err(Error::invalid(format!(
                "WASI has no function {}",
                Quoted::name(name)
            )));
        }
    };
    front.func_new(name, ty, |_, _, results| {
        for result in results {
            *result = Val::from(u32::from(errno::NOTCAPABLE));
        }
        Ok::<(), Error>(())
    })?;
    Ok(())
}

/// Whether a name is meant by a pattern: the name itself, or how it begins and an asterisk.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_for_any_end() {
        assert!(matches("sock_*", "sock_open_v2"));
        assert!(matches("*", "proc_raise"));
        assert!(matches("fd_read", "fd_read"));
        assert!(!matches("fd_read", "fd_readdir"));
        assert!(!matches("sock_*", "proc_raise"));
    }
}
