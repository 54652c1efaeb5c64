//! The bytes of a guest memory, as a place and a length.

use std::ptr::{self, NonNull};

use super::words::Words;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, Result};

/// The size of a page, which lengths of memories are counted in.
pub(crate) const PAGE: u64 = 65536;

/// Where the bytes of a memory are, and how many; for as long as the memory does not grow.
#[derive(Clone, Copy)]
pub(super) struct Region {
    start: NonNull<u8>,
    len: usize,
}

impl Region {
    /// Asks C. A memory that C could not allocate is empty, whatever size it says it has.
    ///
    /// # Safety
    ///
    /// `memory` is alive, and nobody makes it grow during the call.
    #[inline]
    pub(super) unsafe fn from_memory(memory: NonNull<sys::WasmEdge_MemoryInstanceContext>) -> Self {
        // SAFETY: `memory` is alive and does not grow meanwhile. Length 0 is in bounds at offset 0
        // of every memory, so the answer is the base address itself (`&DataPtr[0]`); the whole
        // length would not do, since that of 65536 pages does not fit the 32 bits it has below
        // 0.17. The page count is what C compares its own accesses with.
        let (start, pages) = unsafe {
            (
                sys::WasmEdge_MemoryInstanceGetPointer(memory.as_ptr(), 0, 0),
                sys::WasmEdge_MemoryInstanceGetPageSize(memory.as_ptr()),
            )
        };
        #[allow(clippy::useless_conversion, reason = "32 bits wide below 0.17")]
        let bytes = u64::from(pages).saturating_mul(PAGE);
        match (NonNull::new(start), usize::try_from(bytes)) {
            (Some(start), Ok(len)) => Self { start, len },
            _ => Self {
                start: NonNull::dangling(),
                len: 0,
            },
        }
    }

    pub(super) const fn start(self) -> NonNull<u8> {
        self.start
    }

    pub(super) const fn len(self) -> usize {
        self.len
    }

    /// The place of `len` bytes at `offset`, if the memory has them.
    #[inline]
    pub(super) fn locate(self, offset: u64, len: usize) -> Result<NonNull<u8>> {
        match usize::try_from(offset) {
            Ok(start) if start.checked_add(len).is_some_and(|end| end <= self.len) => {
                // SAFETY: in bounds, or one past the end where `len` is 0.
                Ok(unsafe { self.start.add(start) })
            }
            _ => Err(self.out_of_bounds(offset, len as u64)),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn out_of_bounds(self, offset: u64, len: u64) -> Error {
        Error::from(ErrorKind::MemoryAccess {
            offset,
            len,
            size: self.len as u64,
        })
    }

    /// Copies bytes out of a memory that nobody writes to.
    ///
    /// # Safety
    ///
    /// The memory is alive, and nobody writes to it during the call.
    #[inline]
    pub(super) unsafe fn read(self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let from = self.locate(offset, buffer.len())?;
        // SAFETY: in bounds of a memory that is alive and that nobody writes to. Guest memory is
        // mapped by the library, so it does not overlap with a Rust slice other than one of
        // `data_mut`, which borrows the store mutably.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), buffer.as_mut_ptr(), buffer.len()) };
        Ok(())
    }

    /// Copies bytes into a memory that nobody else uses.
    ///
    /// # Safety
    ///
    /// The memory is alive, and nobody else reads from or writes to it during the call.
    #[inline]
    pub(super) unsafe fn write(self, offset: u64, bytes: &[u8]) -> Result<()> {
        let to = self.locate(offset, bytes.len())?;
        // SAFETY: in bounds of a memory that is alive and that nobody else uses; it is mapped by
        // the library, so it does not overlap with a slice of Rust's.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// The bytes of a memory that other threads may be using.
    ///
    /// # Safety
    ///
    /// The memory is a shared one, so all of the crate comes here for its bytes, and lives during
    /// `'a`, in which it does not move.
    pub(super) unsafe fn words<'a>(self) -> Words<'a> {
        // SAFETY: all of the crate comes here for the bytes of a shared memory, which does not move
        // during `'a`. The library maps memories, at a page of the system.
        unsafe { Words::new(self.start, self.len) }
    }

    /// Copies bytes out of a memory that other threads may be writing to: each byte is one that
    /// some thread wrote, in no order (S9).
    ///
    /// # Safety
    ///
    /// As for [`words`](Self::words).
    pub(super) unsafe fn read_shared(self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        // SAFETY: the memory is a shared one that lives during the call.
        let words = unsafe { self.words() };
        match usize::try_from(offset) {
            Ok(start) if words.read(start, buffer) => Ok(()),
            _ => Err(self.out_of_bounds(offset, buffer.len() as u64)),
        }
    }

    /// Copies bytes into a memory that other threads may be using (S9).
    ///
    /// # Safety
    ///
    /// As for [`words`](Self::words).
    pub(super) unsafe fn write_shared(self, offset: u64, bytes: &[u8]) -> Result<()> {
        // SAFETY: the memory is a shared one that lives during the call.
        let words = unsafe { self.words() };
        match usize::try_from(offset) {
            Ok(start) if words.write(start, bytes) => Ok(()),
            _ => Err(self.out_of_bounds(offset, bytes.len() as u64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(bytes: &mut [u8]) -> Region {
        Region {
            start: NonNull::from(&mut *bytes).cast(),
            len: bytes.len(),
        }
    }

    #[test]
    fn s9_bounds_hold_at_every_edge() {
        let mut bytes = [0; 8];
        let region = region(&mut bytes);
        for (offset, len) in [(0, 0), (0, 8), (8, 0), (7, 1), (3, 5)] {
            region.locate(offset, len).unwrap();
        }
        for (offset, len) in [
            (0, 9),
            (8, 1),
            (9, 0),
            (u64::MAX, 0),
            (u64::MAX, 1),
            (u64::MAX - 7, 8),
            (1 << 32, 1),
            (1, usize::MAX),
        ] {
            let error = region.locate(offset, len).unwrap_err();
            assert!(matches!(
                error.kind(),
                ErrorKind::MemoryAccess { size: 8, .. }
            ));
        }
    }

    #[test]
    fn s9_copies_of_shared_bytes_keep_to_the_memory() {
        let mut words = [0_u64; 1];
        let region = Region {
            start: NonNull::from(&mut words).cast(),
            len: 8,
        };
        let mut back = [0; 3];
        // SAFETY: the array is alive and used by this thread alone.
        unsafe {
            region.write_shared(1, &[1, 2, 3]).unwrap();
            region.read_shared(0, &mut back).unwrap();
            region.write_shared(6, &[9; 3]).unwrap_err();
            region.read_shared(6, &mut back).unwrap_err();
            region.read_shared(u64::MAX, &mut []).unwrap_err();
            region.read_shared(8, &mut []).unwrap();
        }
        assert_eq!(words[0].to_le_bytes(), [0, 1, 2, 3, 0, 0, 0, 0]);
        assert_eq!(back, [0, 1, 2]);
    }
}
