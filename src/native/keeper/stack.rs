//! The stack on which the library turns faults into traps: one for each thread that has entered a
//! store with compiled code.
//!
//! Up to 0.16 the library needs little. From then on it looks at the frames of the thread, as for a
//! backtrace, and takes more than the alternate stack of 8 KiB that `std` gives its threads.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::io;
use std::ptr;

use super::machine::{ABOVE, KEPT};
use crate::native::alternate_stack::alternate;

/// What the library may take: two pages were touched on 0.17.1, whose functions the dynamic linker
/// looked up late, and one before 0.16 (measured). The rest is for signals that come meanwhile.
const SIZE: usize = 128 << 10;
/// What lies above the place that threads are sent to.
const RESERVED: usize = ABOVE.next_multiple_of(64);

thread_local! {
    /// Where this thread's stack begins, for signal handlers; 0 where there is none.
    static TOP: Cell<usize> = const { Cell::new(0) };
    /// What this thread's alternate stack was before the library got this one, until it is put
    /// back.
    static LENT: Cell<Option<libc::stack_t>> = const { Cell::new(None) };
    /// Unmaps it at the end of the thread.
    static OWN: RefCell<Option<Stack>> = const { RefCell::new(None) };
}

/// Makes sure that this thread has a stack for its traps, and an alternate one at all.
///
/// The alternate stack that the thread has already stays: it may be the program's. Handlers of
/// signals begin on that one, and take little of it.
pub(super) fn prepare() -> io::Result<()> {
    if TOP.get() != 0 {
        return Ok(());
    }
    // What is left of a thread that ends has none.
    OWN.try_with(|own| {
        let stack = Stack::map()?;
        if is_disabled(&alternate(None)?) {
            alternate(Some(&stack.descriptor()))?;
        }
        TOP.set(stack.top());
        own.replace(Some(stack));
        Ok(())
    })
    .unwrap_or(Ok(()))
}

/// Where this thread's stack begins. For signal handlers.
pub(super) fn top() -> Option<usize> {
    Some(TOP.get()).filter(|top| *top != 0)
}

/// Makes the stack at `top`, on which this runs, the alternate one for the moment: the C library's
/// checks let nobody jump from an unknown stack to another one.
pub(super) fn lend(top: usize) {
    // It fails where it is the alternate one.
    if let Ok(before) = alternate(Some(&descriptor(top))) {
        LENT.set(Some(before));
    }
}

/// Puts back the alternate stack that was lent.
#[inline]
pub(super) fn take_back() {
    if LENT.get().is_some() {
        put_back();
    }
}

#[cold]
fn put_back() {
    if let Some(before) = LENT.take() {
        // It was there before, and nobody else has changed it.
        let _ = alternate(Some(&before));
    }
}

/// Whether there is none.
pub(super) fn is_disabled(stack: &libc::stack_t) -> bool {
    stack.ss_size == 0 || stack.ss_flags & libc::SS_DISABLE != 0
}

/// Whether an address is in it.
pub(super) fn contains(stack: &libc::stack_t, address: usize) -> bool {
    !is_disabled(stack) && address.wrapping_sub(stack.ss_sp.addr()) <= stack.ss_size
}

/// A mapping of its own, below which nothing can be touched.
struct Stack {
    base: *mut c_void,
    guard: usize,
}

impl Stack {
    fn map() -> io::Result<Self> {
        // SAFETY: takes a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let guard = usize::try_from(page).map_err(io::Error::other)?;
        let (access, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping, of which all but the guard can be written to.
        unsafe {
            let base = libc::mmap(ptr::null_mut(), guard + SIZE, access, flags, -1, 0);
            if base == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let stack = Self { base, guard };
            let access = libc::PROT_READ | libc::PROT_WRITE;
            if libc::mprotect(base.byte_add(guard), SIZE, access) != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(stack)
        }
    }

    /// Where functions begin; what is above is [`RESERVED`].
    fn top(&self) -> usize {
        self.base.expose_provenance() + self.guard + SIZE - RESERVED
    }

    fn descriptor(&self) -> libc::stack_t {
        descriptor(self.top())
    }
}

/// The stack at this top as an alternate one.
fn descriptor(top: usize) -> libc::stack_t {
    let size = SIZE - RESERVED;
    libc::stack_t {
        ss_sp: ptr::with_exposed_provenance_mut(top - size),
        ss_flags: 0,
        ss_size: size + KEPT,
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        TOP.set(0);
        let own = self.descriptor();
        let disabled = libc::stack_t {
            ss_sp: ptr::null_mut(),
            ss_flags: libc::SS_DISABLE,
            ss_size: own.ss_size,
        };
        let is_free = match alternate(None) {
            Ok(now) if !is_disabled(&now) && now.ss_sp == own.ss_sp => {
                alternate(Some(&disabled)).is_ok()
            }
            Ok(_) => true,
            Err(_) => false,
        };
        if is_free {
            // SAFETY: mapped by `map`, and neither the alternate stack nor in use: the thread runs
            // what remains to be done on its own stack.
            unsafe { libc::munmap(self.base, self.guard + SIZE) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d7_a_thread_keeps_the_alternate_stack_it_has() {
        let before = alternate(None).unwrap();
        assert!(!is_disabled(&before), "std gives its threads one");
        prepare().unwrap();
        assert_eq!(alternate(None).unwrap().ss_sp, before.ss_sp);
        let top = top().expect("a stack");
        assert!(contains(&descriptor(top), top));
        lend(top);
        assert_eq!(alternate(None).unwrap().ss_sp, descriptor(top).ss_sp);
        take_back();
        assert_eq!(alternate(None).unwrap().ss_sp, before.ss_sp);
    }

    #[test]
    fn d7_all_of_it_can_be_written_to_and_what_lies_below_cannot() {
        let stack = Stack::map().unwrap();
        let own = stack.descriptor();
        assert_eq!(stack.top() % 16, 0);
        // SAFETY: mapped above.
        unsafe {
            own.ss_sp
                .cast::<u8>()
                .write_bytes(1, own.ss_size + ABOVE - KEPT);
        };
        let end = own.ss_sp.addr() + own.ss_size + ABOVE - KEPT;
        assert!(end <= stack.base.addr() + stack.guard + SIZE);
    }
}
