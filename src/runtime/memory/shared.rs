//! Memories that guests in several stores use at once.

use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::offset::Offset;
use super::region::{self, Region};
use super::value::MemoryValue;
use super::words::Half;
use crate::library::owned::Owned;
use crate::runtime::store::StoreCore;
use crate::vocabulary::{Error, ErrorKind, MemoryType, Result};
use crate::{library, sys};

/// A memory that guests in several stores, on several threads, use at the same time, together with
/// the host (threads proposal).
///
/// It belongs to no store: clone it, send it, and put it into a
/// [`HostModule`](crate::HostModule::shared_memory) for guests to import. It has one size for all
/// its life, since a memory that grows under another thread would not be safe; guests import it as
/// `(memory min max shared)` with a `min` of at most and a `max` of at least that size.
///
/// As with all memory that threads share, what another thread writes is seen in no particular order
/// unless atomic accesses make one, here and in the guest. The host accesses the memory in words of
/// 64 bits, so a number of 32 bits is stored and added to by comparing and exchanging its word.
/// Before 0.17 of the library, `memory.atomic.notify` wakes the waiters of its own store alone.
///
/// C: `WasmEdge_MemoryInstanceContext`. Go: `Memory`.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::Ordering;
/// use std::thread;
/// use wasmedge::{Config, HostModule, Module, Proposal, SharedMemory, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "env" "memory" (memory 1 1 shared))
///          (func (export "count") (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))))"#,
/// )?;
/// let mut config = Config::new()?;
/// config.proposal(Proposal::Threads, true)?;
/// let module = Module::new(&config, &wasm)?;
///
/// let memory = SharedMemory::new(1)?;
/// let mut env = HostModule::<()>::new("env");
/// env.shared_memory("memory", &memory)?;
///
/// thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| -> wasmedge::Result<()> {
///             let mut store = Store::with_config(&config, ())?;
///             store.register_host(&env)?;
///             let instance = store.instantiate(&module)?;
///             let count = instance.get_typed_func::<(), ()>(&store, "count")?;
///             (0..100).try_for_each(|_| count.call(&mut store, ()))
///         });
///     }
/// });
/// assert_eq!(memory.load_u32(8, Ordering::Relaxed)?, 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[doc(alias = "WasmEdge_MemoryInstanceContext")]
#[doc(alias = "Memory")]
pub struct SharedMemory {
    inner: Arc<Inner>,
}

struct Inner {
    /// Owns the memory: C finds memories to import in module instances alone. It is in a C store
    /// only while `store::bundle` links, never when it is freed.
    module: Owned<sys::WasmEdge_ModuleInstanceContext>,
    /// The name of that instance, no other's.
    name: Box<str>,
    memory: NonNull<sys::WasmEdge_MemoryInstanceContext>,
    /// Stays, since the memory does not grow.
    region: Region,
}

// SAFETY: nothing in C is bound to the thread that made it.
unsafe impl Send for Inner {}

// SAFETY: the region is read and written by atomic accesses alone. Linking, which several threads
// may do at once, takes the mutex of the module instance in `getModuleName`, `findMemoryExports`,
// `linkStore` and `unlinkStore` (include/runtime/instance/module.h, 0.13.4 to 0.17.1), and the type
// of the memory is only read: C writes to it when the memory grows, and this one is at its maximum.
unsafe impl Sync for Inner {}

impl SharedMemory {
    /// The name that the memory has in its own module instance.
    pub(crate) const ITEM: &'static str = "memory";

    /// Creates a memory of this many pages of 64 KiB, filled with zeros.
    ///
    /// C: `WasmEdge_MemoryInstanceCreate`. Go: `NewLimitShared`.
    ///
    /// # Errors
    ///
    /// When `pages` is above 65536, [`ErrorKind::NoMemory`] when the system has no room, and when
    /// the loaded library is not the one the program was built for.
    #[doc(alias = "WasmEdge_MemoryInstanceCreate")]
    #[doc(alias = "NewLimitShared")]
    pub fn new(pages: u64) -> Result<Self> {
        library::ready()?;
        let memory = super::create(MemoryType::shared(pages, pages)?)?;
        // SAFETY: alive, and it never grows.
        let region = unsafe { Region::from_memory(memory.as_non_null()) };
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "wasmedge-safe: memory {}",
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let (c_name, item) = (StoreCore::c_name(&name)?, StoreCore::c_name(Self::ITEM)?);
        // SAFETY: makes a context that nobody else owns; the name is copied.
        let module = unsafe { Owned::new(sys::WasmEdge_ModuleInstanceCreate(c_name)) }?;
        let raw = memory.as_non_null();
        // SAFETY: the module is ours and takes ownership; it leaves the memory where it is.
        unsafe {
            sys::WasmEdge_ModuleInstanceAddMemory(module.as_mut_ptr(), item, memory.into_raw());
        };
        let inner = Arc::new(Inner {
            module,
            name: name.into(),
            memory: raw,
            region,
        });
        Ok(Self { inner })
    }

    /// What C links it by.
    pub(crate) fn module(&self) -> *mut sys::WasmEdge_ModuleInstanceContext {
        self.inner.module.as_mut_ptr()
    }

    /// The name that C links it by.
    pub(crate) fn module_name(&self) -> &str {
        &self.inner.name
    }

    /// Returns the type of the memory; its minimum and its maximum are its size.
    ///
    /// C: `WasmEdge_MemoryInstanceGetMemoryType`.
    #[doc(alias = "WasmEdge_MemoryInstanceGetMemoryType")]
    pub fn ty(&self) -> MemoryType {
        // SAFETY: alive, and it never grows.
        unsafe { super::read_type(self.inner.memory) }
    }

    /// Returns the size in pages of 64 KiB.
    ///
    /// C: `WasmEdge_MemoryInstanceGetPageSize`.
    #[doc(alias = "WasmEdge_MemoryInstanceGetPageSize")]
    pub fn size(&self) -> u64 {
        self.data_size() / region::PAGE
    }

    /// Returns the size in bytes.
    pub fn data_size(&self) -> u64 {
        self.inner.region.len() as u64
    }

    /// Copies the bytes at `offset` into `buffer`, in no particular order. The whole is no atomic
    /// access: another thread may write between two words of 64 bits.
    ///
    /// C: `WasmEdge_MemoryInstanceGetData`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MemoryAccess`] when they reach past the end of the memory.
    #[doc(alias = "WasmEdge_MemoryInstanceGetData")]
    pub fn read(&self, offset: impl Offset, buffer: &mut [u8]) -> Result<()> {
        // SAFETY: the memory lives as long as `self`.
        unsafe { self.inner.region.read_shared(offset.into_u64(), buffer) }
    }

    /// Copies `bytes` into the memory at `offset`, in no particular order. The whole is no atomic
    /// access: another thread may read between two words of 64 bits.
    ///
    /// C: `WasmEdge_MemoryInstanceSetData`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MemoryAccess`] when they reach past the end of the memory; nothing was written
    /// then.
    #[doc(alias = "WasmEdge_MemoryInstanceSetData")]
    pub fn write(&self, offset: impl Offset, bytes: &[u8]) -> Result<()> {
        // SAFETY: the memory lives as long as `self`.
        unsafe { self.inner.region.write_shared(offset.into_u64(), bytes) }
    }

    /// Reads a number at `offset`, as [`read`](Self::read) does: not atomically.
    ///
    /// # Errors
    ///
    /// Same as [`read`](Self::read).
    pub fn read_value<V: MemoryValue>(&self, offset: impl Offset) -> Result<V> {
        let mut bytes = V::Bytes::default();
        self.read(offset, bytes.as_mut())?;
        Ok(V::from_bytes(bytes))
    }

    /// Writes a number at `offset`, as [`write`](Self::write) does: not atomically.
    ///
    /// # Errors
    ///
    /// Same as [`write`](Self::write).
    pub fn write_value<V: MemoryValue>(&self, offset: impl Offset, value: V) -> Result<()> {
        self.write(offset, value.into_bytes().as_ref())
    }

    /// Where a number is whose alignment is its size.
    fn aligned(&self, offset: u64, size: usize) -> Result<usize> {
        self.inner.region.locate(offset, size)?;
        let align = size as u64;
        if offset % align == 0 {
            // In bounds, so it fits.
            Ok(offset as usize)
        } else {
            Err(Error::from(ErrorKind::MemoryAlignment { offset, align }))
        }
    }

    fn atomic_u32(&self, offset: u64) -> Result<Half<'_>> {
        let place = self.aligned(offset, size_of::<u32>())?;
        // SAFETY: the memory is shared, lives as long as `self`, and never grows.
        let number = unsafe { self.inner.region.words() }.u32_at(place);
        number.ok_or_else(|| self.inner.region.out_of_bounds(offset, 4))
    }

    fn atomic_u64(&self, offset: u64) -> Result<&AtomicU64> {
        let place = self.aligned(offset, size_of::<u64>())?;
        // SAFETY: the memory lives as long as `self`, and does not move.
        let number = unsafe { self.inner.region.words() }.u64_at(place);
        number.ok_or_else(|| self.inner.region.out_of_bounds(offset, 8))
    }
}

/// The atomic accesses of one width.
macro_rules! atomic {
    ($($ty:ty: $load:ident $store:ident $fetch_add:ident $compare_exchange:ident $place:ident;)*) => {
        impl SharedMemory {$(
            #[doc = concat!("Loads a `", stringify!($ty), "` in one atomic access.")]
            ///
            /// # Errors
            ///
            /// [`ErrorKind::MemoryAccess`] when it reaches past the end of the memory, and
            /// [`ErrorKind::MemoryAlignment`] when `offset` is not a multiple of its size.
            ///
            /// # Panics
            ///
            /// With an order that a load cannot have, as the atomics of the standard library do.
            pub fn $load(&self, offset: impl Offset, order: Ordering) -> Result<$ty> {
                Ok(self.$place(offset.into_u64())?.load(order))
            }

            #[doc = concat!("Stores a `", stringify!($ty), "` in one atomic access.")]
            ///
            /// # Errors
            ///
            #[doc = concat!("As [`", stringify!($load), "`](Self::", stringify!($load), ").")]
            ///
            /// # Panics
            ///
            /// With an order that a store cannot have, as the atomics of the standard library do.
            pub fn $store(&self, offset: impl Offset, value: $ty, order: Ordering) -> Result<()> {
                self.$place(offset.into_u64())?.store(value, order);
                Ok(())
            }

            #[doc = concat!("Adds to a `", stringify!($ty), "` in one atomic access, wrapping round,")]
            /// and returns what was there before.
            ///
            /// # Errors
            ///
            #[doc = concat!("As [`", stringify!($load), "`](Self::", stringify!($load), ").")]
            pub fn $fetch_add(&self, offset: impl Offset, value: $ty, order: Ordering) -> Result<$ty> {
                Ok(self.$place(offset.into_u64())?.fetch_add(value, order))
            }

            #[doc = concat!("Stores `new` where there is `current`, a `", stringify!($ty), "`, in one")]
            /// atomic access. Returns what was there: as `Ok` when it was `current`.
            ///
            /// # Errors
            ///
            #[doc = concat!("As [`", stringify!($load), "`](Self::", stringify!($load), ").")]
            ///
            /// # Panics
            ///
            /// With an order for failure that a load cannot have.
            pub fn $compare_exchange(
                &self,
                offset: impl Offset,
                current: $ty,
                new: $ty,
                success: Ordering,
                failure: Ordering,
            ) -> Result<std::result::Result<$ty, $ty>> {
                let place = self.$place(offset.into_u64())?;
                Ok(place.compare_exchange(current, new, success, failure))
            }
        )*}
    };
}

atomic! {
    u32: load_u32 store_u32 fetch_add_u32 compare_exchange_u32 atomic_u32;
    u64: load_u64 store_u64 fetch_add_u64 compare_exchange_u64 atomic_u64;
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
