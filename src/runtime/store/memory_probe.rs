//! Room for memories, made sure of before the library needs it (S3).
//!
//! For each memory the library reserves 12 GiB of address space, in which it maps the pages that
//! are in use. Where that fails it says nothing: before 0.14.1 the memory keeps its size and a null
//! pointer, through which guest code then writes; from then on its size is zero, and growing it
//! maps pages at the address zero. A memory that the module does not export cannot be looked at
//! afterwards, and its start function runs before anything could be. So the same mappings are tried
//! here first, with one to spare for what other threads map meanwhile, and taken back.
//!
//! Nothing is counted that the system counts itself: address space, overcommit, resource limits.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::vocabulary::{Error, ErrorKind, Result};

/// The sizes, in pages, of memories that the library is about to make, on all threads.
static PENDING: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// Room for memories, until the library has made them.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    memories: &'a [u64],
}

/// Makes sure that the system has room for memories of these sizes in pages.
pub(crate) fn check_room(memories: &[u64]) -> Result<Expected<'_>> {
    if !memories.is_empty() {
        let mut pending = pending();
        let before = pending.len();
        pending.extend_from_slice(memories);
        if !system::has_room(&pending) {
            pending.truncate(before);
            let pages = memories
                .iter()
                .fold(0, |sum: u64, pages| sum.saturating_add(*pages));
            return Err(Error::from(ErrorKind::NoMemory { pages }));
        }
    }
    Ok(Expected { memories })
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        if self.memories.is_empty() {
            return;
        }
        let mut pending = pending();
        for memory in self.memories {
            if let Some(index) = pending.iter().position(|pages| pages == memory) {
                pending.swap_remove(index);
            }
        }
    }
}

/// A list of numbers is right after a panic, too.
fn pending() -> MutexGuard<'static, Vec<u64>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(unix, target_pointer_width = "64"))]
mod system {
    use std::ptr;

    /// What the library reserves for each memory; the pages start after the first third.
    const RESERVED: usize = 12 << 30;
    const BEFORE: usize = 4 << 30;
    const PAGE: u64 = 65536;

    /// Maps what the library would, and one memory more.
    pub(super) fn has_room(memories: &[u64]) -> bool {
        let Some(len) = memories
            .len()
            .checked_add(1)
            .and_then(|n| n.checked_mul(RESERVED))
        else {
            return false;
        };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, wherever there is room.
        let start = unsafe {
            let flags = flags | libc::MAP_NORESERVE;
            libc::mmap(ptr::null_mut(), len, libc::PROT_NONE, flags, -1, 0)
        };
        if start == libc::MAP_FAILED {
            return false;
        }
        let fits = memories.iter().enumerate().all(|(index, &pages)| {
            let bytes = pages
                .checked_mul(PAGE)
                .and_then(|bytes| usize::try_from(bytes).ok());
            match bytes {
                Some(0) => true,
                Some(bytes) if bytes <= RESERVED - BEFORE => {
                    let at = start.cast::<u8>().wrapping_add(index * RESERVED + BEFORE);
                    let access = libc::PROT_READ | libc::PROT_WRITE;
                    let flags = flags | libc::MAP_FIXED;
                    // SAFETY: replaces a part of the mapping above, which nobody knows of.
                    let pages = unsafe { libc::mmap(at.cast(), bytes, access, flags, -1, 0) };
                    pages != libc::MAP_FAILED
                }
                _ => false,
            }
        });
        // SAFETY: the whole of the mapping above; nothing points into it.
        let gone = unsafe { libc::munmap(start, len) };
        fits && gone == 0
    }
}

/// Elsewhere the library allocates memories like everything else.
#[cfg(not(all(unix, target_pointer_width = "64")))]
mod system {
    pub(super) const fn has_room(_: &[u64]) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_room_is_made_sure_of_and_given_back() {
        let room = check_room(&[1, 0, 7919]).unwrap();
        assert!(pending().contains(&7919));
        drop(room);
        assert!(!pending().contains(&7919));
        drop(check_room(&[]).unwrap());
    }

    #[test]
    fn s3_what_the_system_does_not_have_is_refused() {
        // 12 GiB each is more than 47 bits.
        let error = check_room(&[1; 11_000]).unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::NoMemory { pages: 11_000 }
        ));
        check_room(&[u64::MAX]).unwrap_err();
        check_room(&[1 << 40]).unwrap_err();
        assert!(!pending().contains(&(1 << 40)));
    }
}
