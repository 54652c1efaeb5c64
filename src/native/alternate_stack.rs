//! The alternate stack of a thread, on which signal handlers run.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// Changes the thread's alternate stack, or leaves it as it is; returns what it was. For signal
/// handlers.
pub(crate) fn alternate(new: Option<&libc::stack_t>) -> io::Result<libc::stack_t> {
    let mut before = MaybeUninit::zeroed();
    let new = new.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: null changes nothing, else the stack is mapped as long as it is the alternate one;
    // the former one is written on success, and zeroes are one.
    unsafe {
        if libc::sigaltstack(new, before.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(before.assume_init())
    }
}
