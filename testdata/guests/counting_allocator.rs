//! An allocator that counts, so that a host that frees too little, too much or wrongly is found.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static LIVE: AtomicI32 = AtomicI32::new(0);
static BAD: AtomicI32 = AtomicI32::new(0);
static WRONG: AtomicI32 = AtomicI32::new(0);

/// Before each block: a mark, and the size that it was made with.
const HEADER: usize = 16;
const MARK: u32 = 0x600d_b10c;

// SAFETY: room comes from the system's allocator, with a header before it that keeps its alignment.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(size) = layout.size().checked_add(HEADER) else {
            return std::ptr::null_mut();
        };
        let Ok(whole) = Layout::from_size_align(size, HEADER) else {
            return std::ptr::null_mut();
        };
        let block = System.alloc(whole);
        if block.is_null() {
            return block;
        }
        LIVE.fetch_add(1, Relaxed);
        block.cast::<[u32; 2]>().write([MARK, layout.size() as u32]);
        block.add(HEADER)
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        let block = at.wrapping_sub(HEADER);
        if block as usize % HEADER != 0 || (block as usize) < HEADER {
            BAD.fetch_add(1, Relaxed);
            return;
        }
        let [mark, size] = block.cast::<[u32; 2]>().read();
        if mark != MARK {
            BAD.fetch_add(1, Relaxed);
            return;
        }
        if size != layout.size() as u32 {
            WRONG.fetch_add(1, Relaxed);
        }
        LIVE.fetch_sub(1, Relaxed);
        block.cast::<[u32; 2]>().write([0, 0]);
        let whole = Layout::from_size_align_unchecked(size as usize + HEADER, HEADER);
        System.dealloc(block, whole);
    }
}

/// How many blocks are in use.
#[no_mangle]
pub extern "C" fn live_blocks() -> i32 {
    LIVE.load(Relaxed)
}

/// How often something was freed that is no block.
#[no_mangle]
pub extern "C" fn bad_frees() -> i32 {
    BAD.load(Relaxed)
}

/// How often a block was freed with another size than it was made with.
#[no_mangle]
pub extern "C" fn wrong_sizes() -> i32 {
    WRONG.load(Relaxed)
}
