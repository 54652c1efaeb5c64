//! The memory of a guest, and the functions by which a host has room made in it.

use super::value::{BadValue, Type, Value};
use crate::runtime::func::TypedFunc;
use crate::runtime::instance::Instance;
use crate::runtime::memory::Memory;
use crate::runtime::store::{AsStore, AsStoreMut};
use crate::vocabulary::{Error, ErrorKind, Result};

/// The functions of a guest that make and give back room in its memory, and the memory.
///
/// Whatever a guest answers is taken for an accident or worse: a pointer is looked at only after it
/// was compared with the size of the memory, and nothing is allocated by a length before that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heap {
    pub(super) memory: Memory,
    pub(super) alloc: Alloc,
    /// Without it room is never given back.
    pub(super) free: Option<Free>,
}

/// A function that makes room: of the size alone, or of size and alignment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Alloc {
    Size(TypedFunc<u32, u32>),
    SizeAlign(TypedFunc<(u32, u32), u32>),
}

/// A function that gives room back: of pointer and size, or of the alignment too.
#[derive(Clone, Copy, Debug)]
pub(super) enum Free {
    Size(TypedFunc<(u32, u32), ()>),
    SizeAlign(TypedFunc<(u32, u32, u32), ()>),
}

/// A piece of a guest's memory that was allocated for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) at: u32,
    pub(super) size: u32,
    pub(super) align: u32,
}

/// The most that fits: a guest takes sizes as signed.
const MAX_SIZE: usize = i32::MAX as usize;

/// The size as a guest takes it.
pub(super) fn size_of_guest(size: usize) -> Result<u32> {
    if size > MAX_SIZE {
        return Err(Error::invalid(format!(
            "{size} bytes are too many for a guest: {MAX_SIZE} is the most"
        )));
    }
    Ok(size as u32)
}

/// The exported memory that a calling convention uses: `memory`, or the only one.
pub(super) fn memory_of(store: impl AsStore, instance: Instance) -> Result<Memory> {
    if let Some(memory) = instance.get_memory(&store, "memory") {
        return Ok(memory);
    }
    let names = instance.memory_names(&store);
    match &*names {
        [only] => instance.get_memory(&store, only),
        _ => None,
    }
    .ok_or_else(|| {
        Error::from(ErrorKind::NoSuchExport {
            kind: "memory",
            name: "memory".into(),
            available: names,
        })
    })
}

impl Heap {
    /// Has rooms of these sizes and alignments made. What the guest answers is not looked at yet.
    pub(super) fn allocate(
        &self,
        store: &mut impl AsStoreMut,
        rooms: &[(u32, u32)],
    ) -> Result<Vec<Block>> {
        let mut blocks = Vec::with_capacity(rooms.len());
        for &(size, align) in rooms {
            let at = match self.alloc {
                Alloc::Size(alloc) => alloc.call(&mut *store, size),
                Alloc::SizeAlign(alloc) => alloc.call(&mut *store, (size, align)),
            }?;
            blocks.push(Block { at, size, align });
        }
        Ok(blocks)
    }

    /// Writes into rooms just made. Should one of them be no place, all are given back.
    pub(super) fn fill(
        &self,
        store: &mut impl AsStoreMut,
        blocks: &[Block],
        contents: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<()> {
        for (block, bytes) in blocks.iter().zip(contents) {
            if let Err(error) = self.write(store, *block, bytes.as_ref()) {
                let real = blocks.iter().filter(|block| block.at != 0);
                // What is wrong is said already.
                self.release(store, real.copied()).ok();
                return Err(error);
            }
        }
        Ok(())
    }

    fn write(&self, store: &mut impl AsStoreMut, block: Block, bytes: &[u8]) -> Result<()> {
        if block.size == 0 {
            return Ok(());
        }
        if block.at == 0 {
            return Err(Error::from(ErrorKind::GuestAbi(format!(
                "it has no room for {} bytes: its allocation function returned null",
                block.size
            ))));
        }
        self.memory.write(store, block.at, bytes)
    }

    /// Gives rooms back, if there is a function for it.
    pub(super) fn release(
        &self,
        store: &mut impl AsStoreMut,
        blocks: impl IntoIterator<Item = Block>,
    ) -> Result<()> {
        let Some(free) = self.free else { return Ok(()) };
        // No room was made for nothing: what stands for it may be any number.
        for Block { at, size, align } in blocks.into_iter().filter(|block| block.size > 0) {
            match free {
                Free::Size(free) => free.call(&mut *store, (at, size)),
                Free::SizeAlign(free) => free.call(&mut *store, (at, size, align)),
            }?;
        }
        Ok(())
    }
}

/// Copies bytes out of a guest. They were compared with the size of its memory when this succeeds.
pub(super) fn copy_out(memory: Memory, store: &impl AsStore, at: u32, len: u64) -> Result<Vec<u8>> {
    let size = memory.data_size(store);
    if len > size.saturating_sub(at.into()) {
        return Err(Error::from(ErrorKind::MemoryAccess {
            offset: at.into(),
            len,
            size,
        }));
    }
    let mut bytes = Vec::new();
    // Within the memory; yet that may be larger than what the program can have.
    bytes.try_reserve_exact(len as usize).map_err(|_| {
        Error::from(ErrorKind::GuestAbi(format!(
            "it returned {len} bytes, for which the program has no memory"
        )))
    })?;
    bytes.resize(len as usize, 0);
    memory.read(store, at, &mut bytes)?;
    Ok(bytes)
}

/// The value that these bytes of a guest are.
pub(super) fn parse(ty: Type, at: u32, bytes: Vec<u8>) -> Result<Value> {
    let len = bytes.len() as u64;
    ty.read(bytes).map_err(|error| {
        Error::from(match error {
            BadValue::NotUtf8(source) => ErrorKind::MemoryString {
                offset: at.into(),
                len,
                source,
            },
            BadValue::Other(why) => {
                ErrorKind::GuestAbi(format!("the {ty} at {at} in its memory is none: {why}"))
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_takes_no_more_than_its_numbers_say() {
        assert_eq!(size_of_guest(MAX_SIZE).unwrap(), i32::MAX as u32);
        assert!(size_of_guest(MAX_SIZE + 1).is_err());
    }
}
