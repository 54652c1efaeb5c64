//! Linear memories: the bytes that a guest and its host both see.

use std::io::Cursor;
use std::ptr::NonNull;
use std::slice;

mod offset;
mod region;
mod shared;
mod value;
mod words;

pub use offset::Offset;
pub(crate) use region::PAGE;
use region::Region;
pub use shared::SharedMemory;
pub use value::MemoryValue;

use crate::compat::{self, string};
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::library::types;
use crate::runtime::store::{self, AsStore, AsStoreMut, Handle, StoreCore, memory_probe};
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, MemoryType, Result};

/// A memory in a [`Store`](crate::Store), of WebAssembly or of the host.
///
/// A small handle, as [`Instance`](crate::Instance) is; its methods panic with another store than
/// its own. Offsets and lengths count bytes, sizes count pages of 64 KiB. No access reaches past
/// the end of the memory, and the memory is looked up anew at each, since it may have grown.
///
/// [`data`](Self::data) and [`data_mut`](Self::data_mut) give the bytes themselves, for as long as
/// the store is borrowed, so that no code can run meanwhile. A memory that threads
/// [share](MemoryType::is_shared) has no such slices, since another thread may write to it at any
/// time; it is copied from and to, byte by byte, with [`read`](Self::read), [`write`](Self::write)
/// and their like.
///
/// C: `WasmEdge_MemoryInstanceContext`.
///
/// # Strings and arrays
///
/// WebAssembly functions take and give numbers, so a string or an array goes by its address and its
/// length. A host function reads what its caller tells it out of
/// [`Caller::memory`](crate::Caller::memory). The other way round, only the guest knows where there
/// is room in its memory: it has a function that allocates, and often one that frees, by names that
/// guest and host agree on.
///
/// ```
/// use wasmedge::{Config, Module, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (memory (export "memory") 1)
///          (global $free (mut i32) (i32.const 1024))
///          (func (export "allocate") (param $len i32) (result i32)
///            (global.get $free)
///            (global.set $free (i32.add (global.get $free) (local.get $len))))
///          (func (export "without_first") (param $at i32) (param $len i32) (result i32 i32)
///            (i32.add (local.get $at) (i32.const 1))
///            (i32.sub (local.get $len) (i32.const 1))))"#,
/// )?;
/// let mut store = Store::new(())?;
/// let guest = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
/// let memory = guest.get_memory(&store, "memory").unwrap();
/// let allocate = guest.get_typed_func::<u32, u32>(&store, "allocate")?;
/// let without_first = guest.get_typed_func::<(u32, u32), (u32, u32)>(&store, "without_first")?;
///
/// let text = "wasmedge";
/// let at = allocate.call(&mut store, text.len() as u32)?;
/// memory.write(&mut store, at, text.as_bytes())?;
/// let (at, len) = without_first.call(&mut store, (at, text.len() as u32))?;
/// assert_eq!(memory.read_string(&store, at, len)?, "asmedge");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A length that comes from the guest may be anything: [`read_vec`](Self::read_vec) and
/// [`read_string`](Self::read_string) look whether the bytes are there before they make room for
/// them.
/// [`bindgen`](crate::bindgen) is all of this for guests in Rust.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (memory (export "memory") 1)
///          (data (i32.const 16) "hello")
///          (func (export "first") (result i32) (i32.load8_u (i32.const 16))))"#,
/// )?;
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
/// let memory = instance.get_memory(&store, "memory").unwrap();
/// assert_eq!(memory.read_string(&store, 16, 5)?, "hello");
///
/// memory.write(&mut store, 16, b"J")?;
/// let first = instance.get_typed_func::<(), u32>(&store, "first")?;
/// assert_eq!(first.call(&mut store, ())?, u32::from(b'J'));
///
/// let error = memory.read_value::<u32>(&store, 65534).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "memory access out of bounds: 4 bytes at 65534, the memory has 65536 bytes"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_MemoryInstanceContext")]
pub struct Memory {
    handle: Handle<sys::WasmEdge_MemoryInstanceContext>,
    /// Never changes in the life of a memory.
    shared: bool,
}

impl Memory {
    /// Creates a memory of the store's own, for host code. It cannot be imported; a memory for
    /// guests to import comes from [`HostModule::memory`](crate::HostModule::memory).
    ///
    /// C: `WasmEdge_MemoryInstanceCreate`. Go: `NewMemory`.
    ///
    /// # Errors
    ///
    /// When the type is larger than the store's configuration allows, and
    /// [`ErrorKind::NoMemory`] when the system has no room for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, Some(2))?)?;
    /// memory.write_value(&mut store, 100, 1.5f64)?;
    /// assert_eq!(memory.read_value::<f64>(&store, 100)?, 1.5);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_MemoryInstanceCreate")]
    #[doc(alias = "NewMemory")]
    pub fn new(mut store: impl AsStoreMut, ty: MemoryType) -> Result<Self> {
        let core = store::core_mut(&mut store);
        let max_pages = core.executor.max_memory_pages();
        let ty = ty.within(max_pages)?;
        let raw = core.count_if_made(|core| {
            core.charge([ty.limits().max().unwrap_or(max_pages)])?;
            let memory = create(ty)?;
            let raw = memory.as_non_null();
            core.adopt(|owner, name| {
                // SAFETY: the module instance is alive and takes ownership of the memory.
                unsafe { sys::WasmEdge_ModuleInstanceAddMemory(owner, name, memory.into_raw()) };
            })?;
            Ok(raw)
        })?;
        // SAFETY: the store keeps it.
        Ok(unsafe { Self::from_raw(core, raw) })
    }

    /// A handle to a memory.
    ///
    /// # Safety
    ///
    /// The memory lives as long as the store.
    pub(crate) unsafe fn from_raw(
        core: &StoreCore,
        raw: NonNull<sys::WasmEdge_MemoryInstanceContext>,
    ) -> Self {
        // SAFETY: the memory lives as long as the store.
        let ty = unsafe { read_type(raw) };
        Self {
            handle: core.handle(raw),
            shared: ty.is_shared(),
        }
    }

    /// Returns the type of the memory. Its minimum is the present size.
    ///
    /// C: `WasmEdge_MemoryInstanceGetMemoryType`. Go: `GetMemoryType`.
    #[doc(alias = "WasmEdge_MemoryInstanceGetMemoryType")]
    #[doc(alias = "GetMemoryType")]
    pub fn ty(self, store: impl AsStore) -> MemoryType {
        self.type_in(store::core(&store))
    }

    pub(crate) fn type_in(self, core: &StoreCore) -> MemoryType {
        // SAFETY: the memory lives in the store.
        unsafe { read_type(self.handle.get(core)) }
    }

    /// Returns the size in pages of 64 KiB.
    ///
    /// C: `WasmEdge_MemoryInstanceGetPageSize`. Go: `GetPageSize`.
    #[doc(alias = "WasmEdge_MemoryInstanceGetPageSize")]
    #[doc(alias = "GetPageSize")]
    pub fn size(self, store: impl AsStore) -> u64 {
        self.data_size(store) / PAGE
    }

    /// Returns the size in bytes.
    pub fn data_size(self, store: impl AsStore) -> u64 {
        self.region(store::core(&store)).len() as u64
    }

    /// Makes the memory larger by `delta` pages, filled with zeros, and returns the size in pages
    /// that it had before.
    ///
    /// C: `WasmEdge_MemoryInstanceGrowPage`. Go: `GrowPage`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Grow`] when it would be larger than its type or the store's configuration
    /// allows, and [`ErrorKind::NoMemory`] when the system has no room. Its size is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(5, Some(8))?)?;
    /// let error = memory.grow(&mut store, 10).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "cannot grow the memory of 5 pages by 10: 8 is the most"
    /// );
    /// assert_eq!(memory.grow(&mut store, 3)?, 5);
    /// assert_eq!(memory.size(&store), 8);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_MemoryInstanceGrowPage")]
    #[doc(alias = "GrowPage")]
    pub fn grow(self, mut store: impl AsStoreMut, delta: u64) -> Result<u64> {
        // Borrowed mutably: no slice of the memory is alive.
        let core = store::core_mut(&mut store);
        let memory = self.handle.get(core);
        let region = self.region(core);
        let size = region.len() as u64 / PAGE;
        // SAFETY: the memory lives in the store.
        let (limits, is_real) = unsafe { (read_type(memory).limits(), is_real(memory)) };
        let max = limits.max().unwrap_or(MemoryType::MAX_PAGES);
        let max = max.min(core.executor.max_memory_pages());
        // The sum is ours to check: before 0.14, C adds in 32 bits.
        if size.checked_add(delta).is_none_or(|sum| sum > max) {
            return Err(Error::from(ErrorKind::Grow {
                what: "memory",
                unit: "pages",
                size,
                delta,
                max,
            }));
        }
        if delta == 0 {
            return Ok(size);
        }
        let no_room = || {
            Error::from(ErrorKind::NoMemory {
                pages: size + delta,
            })
        };
        // A memory that C could not allocate has no place to grow from.
        if limits.min() != size || !is_real {
            return Err(no_room());
        }
        let pages = compat::Pages::try_from(delta).map_err(|_| no_room())?;
        let _inside = door::open(Purpose::Library, "growing memory")?;
        // SAFETY: the memory lives in the store, which is borrowed mutably, so no slice of it is
        // alive. One that threads of several stores share cannot get here: its size is its maximum.
        let result = unsafe { sys::WasmEdge_MemoryInstanceGrowPage(memory.as_ptr(), pages) };
        if compat::Code::new(result).is_success() {
            Ok(size)
        } else {
            Err(no_room())
        }
    }

    /// Copies the bytes at `offset` into `buffer`.
    ///
    /// C: `WasmEdge_MemoryInstanceGetData`. Go: `GetData`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MemoryAccess`] when they reach past the end of the memory; `buffer` is as it
    /// was then.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
    /// memory.write(&mut store, 16, b"hello")?;
    /// let mut buffer = [0; 5];
    /// memory.read(&store, 16, &mut buffer)?;
    /// assert_eq!(&buffer, b"hello");
    /// assert!(memory.read(&store, 65_534, &mut buffer).is_err());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_MemoryInstanceGetData")]
    #[doc(alias = "GetData")]
    #[inline]
    pub fn read(self, store: impl AsStore, offset: impl Offset, buffer: &mut [u8]) -> Result<()> {
        let region = self.region(store::core(&store));
        self.read_region(region, offset.into_u64(), buffer)
    }

    /// Copies bytes of this memory, which is at that place while the store is borrowed.
    #[inline]
    fn read_region(self, region: Region, offset: u64, buffer: &mut [u8]) -> Result<()> {
        // SAFETY: the memory lives in the store, which is borrowed: no code runs that could write
        // to it, unless it is shared.
        unsafe {
            if self.shared {
                region.read_shared(offset, buffer)
            } else {
                region.read(offset, buffer)
            }
        }
    }

    /// Copies `bytes` into the memory at `offset`.
    ///
    /// C: `WasmEdge_MemoryInstanceSetData`. Go: `SetData`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MemoryAccess`] when they reach past the end of the memory; nothing was written
    /// then.
    #[doc(alias = "WasmEdge_MemoryInstanceSetData")]
    #[doc(alias = "SetData")]
    #[inline]
    pub fn write(
        self,
        mut store: impl AsStoreMut,
        offset: impl Offset,
        bytes: &[u8],
    ) -> Result<()> {
        let (region, offset) = (self.region(store::core_mut(&mut store)), offset.into_u64());
        // SAFETY: the memory lives in the store, which is borrowed mutably: nobody else uses the
        // memory, unless it is shared.
        unsafe {
            if self.shared {
                region.write_shared(offset, bytes)
            } else {
                region.write(offset, bytes)
            }
        }
    }

    /// Reads a number at `offset`.
    ///
    /// # Errors
    ///
    /// Same as [`read`](Self::read).
    #[inline]
    pub fn read_value<V: MemoryValue>(self, store: impl AsStore, offset: impl Offset) -> Result<V> {
        let mut bytes = V::Bytes::default();
        self.read(store, offset, bytes.as_mut())?;
        Ok(V::from_bytes(bytes))
    }

    /// Writes a number at `offset`.
    ///
    /// # Errors
    ///
    /// Same as [`write`](Self::write).
    #[inline]
    pub fn write_value<V: MemoryValue>(
        self,
        store: impl AsStoreMut,
        offset: impl Offset,
        value: V,
    ) -> Result<()> {
        self.write(store, offset, value.into_bytes().as_ref())
    }

    /// Reads as many numbers at `offset` as there is space for in `values`.
    ///
    /// # Errors
    ///
    /// Same as [`read`](Self::read).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
    /// memory.write_slice(&mut store, 8, &[1.5, -2.5])?;
    /// let mut numbers = [0.0_f64; 2];
    /// memory.read_slice(&store, 8, &mut numbers)?;
    /// assert_eq!(numbers, [1.5, -2.5]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn read_slice<V: MemoryValue>(
        self,
        store: impl AsStore,
        offset: impl Offset,
        values: &mut [V],
    ) -> Result<()> {
        let offset = offset.into_u64();
        let region = self.region(store::core(&store));
        region.locate(offset, size_of_val(values))?;
        let places = (offset..).step_by(size_of::<V>());
        for (value, place) in values.iter_mut().zip(places) {
            let mut bytes = V::Bytes::default();
            self.read_region(region, place, bytes.as_mut())?;
            *value = V::from_bytes(bytes);
        }
        Ok(())
    }

    /// Writes numbers at `offset`, one after the other.
    ///
    /// # Errors
    ///
    /// Same as [`write`](Self::write).
    pub fn write_slice<V: MemoryValue>(
        self,
        mut store: impl AsStoreMut,
        offset: impl Offset,
        values: &[V],
    ) -> Result<()> {
        let offset = offset.into_u64();
        let region = self.region(store::core(&store));
        region.locate(offset, size_of_val(values))?;
        let places = (offset..).step_by(size_of::<V>());
        for (value, place) in values.iter().zip(places) {
            self.write(&mut store, place, value.into_bytes().as_ref())?;
        }
        Ok(())
    }

    /// Copies `len` bytes at `offset` into a vector.
    ///
    /// C: `WasmEdge_MemoryInstanceGetData`. Go: `GetData`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MemoryAccess`] when they reach past the end of the memory. No room was made for
    /// them then, so `offset` and `len` may come from a guest as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
    /// memory.write(&mut store, 100, &[1, 2, 3])?;
    /// assert_eq!(memory.read_vec(&store, 99, 4)?, [0, 1, 2, 3]);
    /// assert!(memory.read_vec(&store, 100, u64::MAX).is_err());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_MemoryInstanceGetData")]
    #[doc(alias = "GetData")]
    pub fn read_vec(
        self,
        store: impl AsStore,
        offset: impl Offset,
        len: impl Offset,
    ) -> Result<Vec<u8>> {
        let (offset, len) = (offset.into_u64(), len.into_u64());
        let region = self.region(store::core(&store));
        // Before the allocation: the length may come from the guest.
        let bytes = match usize::try_from(len) {
            Ok(bytes) if region.locate(offset, bytes).is_ok() => bytes,
            _ => return Err(region.out_of_bounds(offset, len)),
        };
        let mut buffer = vec![0; bytes];
        self.read_region(region, offset, &mut buffer)?;
        Ok(buffer)
    }

    /// Copies `len` bytes at `offset` into a string.
    ///
    /// # Errors
    ///
    /// Same as [`read_vec`](Self::read_vec), and [`ErrorKind::MemoryString`] when they are not
    /// UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ErrorKind, Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
    /// memory.write(&mut store, 0, "größe".as_bytes())?;
    /// assert_eq!(memory.read_string(&store, 0, 7)?, "größe");
    /// let error = memory.read_string(&store, 0, 3).unwrap_err(); // Half of the ö.
    /// assert!(matches!(error.kind(), ErrorKind::MemoryString { .. }));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn read_string(
        self,
        store: impl AsStore,
        offset: impl Offset,
        len: impl Offset,
    ) -> Result<String> {
        String::from_utf8(self.read_vec(store, offset, len)?).map_err(|error| {
            Error::from(ErrorKind::MemoryString {
                offset: offset.into_u64(),
                len: len.into_u64(),
                source: error.utf8_error(),
            })
        })
    }

    /// Returns the bytes of the memory.
    ///
    /// C: `WasmEdge_MemoryInstanceGetPointerConst`. Go: `GetData`.
    ///
    /// # Panics
    ///
    /// When the memory is [shared](MemoryType::is_shared): another thread may write to it.
    ///
    /// # Examples
    ///
    /// ```compile_fail,E0502
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
    /// let bytes = memory.data(&store);
    /// memory.grow(&mut store, 1)?; // The store is borrowed.
    /// assert_eq!(bytes[0], 0);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_MemoryInstanceGetPointerConst")]
    #[doc(alias = "GetData")]
    #[inline]
    pub fn data<S: AsStore + ?Sized>(self, store: &S) -> &[u8] {
        let region = self.unshared(store::core(store));
        // SAFETY: initialised by the system. While the store is borrowed no code runs that could
        // change the bytes, free them, or make the memory grow.
        unsafe { string::slice(region.start().as_ptr(), region.len()) }
    }

    /// Returns the bytes of the memory, to change.
    ///
    /// C: `WasmEdge_MemoryInstanceGetPointer`.
    ///
    /// # Panics
    ///
    /// Same as [`data`](Self::data).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
    /// memory.data_mut(&mut store)[..3].copy_from_slice(b"abc");
    /// assert!(memory.data(&store).starts_with(b"abc\0"));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_MemoryInstanceGetPointer")]
    #[inline]
    pub fn data_mut<S: AsStoreMut + ?Sized>(self, store: &mut S) -> &mut [u8] {
        self.data_and_store_mut(store).0
    }

    /// Returns the bytes of the memory and the program's own value, both to change: a host function
    /// reads from the one into the other without a copy between.
    ///
    /// # Panics
    ///
    /// Same as [`data`](Self::data).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// env.func_wrap("say", |mut caller: Caller<'_, Vec<u8>>, at: u32, len: u32| {
    ///     let memory = caller.memory(0).ok_or("the guest has no memory")?;
    ///     let (bytes, said) = memory.data_and_store_mut(&mut caller);
    ///     let text = bytes.get(at as usize..).and_then(|rest| rest.get(..len as usize));
    ///     said.extend_from_slice(text.ok_or("out of bounds")?);
    ///     Ok::<_, &str>(())
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "say" (func $say (param i32 i32)))
    ///          (memory 1)
    ///          (data (i32.const 8) "hello")
    ///          (func (export "run") (call $say (i32.const 8) (i32.const 5))))"#,
    /// )?;
    /// let mut vm = Vm::new(Vec::new())?;
    /// vm.register_host(&env)?;
    /// vm.run_bytes::<(), ()>(&wasm, "run", ())?;
    /// assert_eq!(vm.data(), b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn data_and_store_mut<S: AsStoreMut + ?Sized>(
        self,
        store: &mut S,
    ) -> (&mut [u8], &mut S::Data) {
        let region = self.unshared(store::core(store));
        // SAFETY: the store is borrowed exclusively, so nobody else reads or writes
        // the bytes or the value. The two do not overlap: the library maps the memory.
        unsafe {
            (
                string::slice_mut(region.start().as_ptr(), region.len()),
                &mut store.store_mut().into_mut().data,
            )
        }
    }

    /// Returns the memory as a file: reads, writes and seeks from offset 0 on. It ends where the
    /// memory ends.
    ///
    /// # Panics
    ///
    /// Same as [`data`](Self::data).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, SeekFrom, Write};
    /// use wasmedge::{Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
    /// let mut cursor = memory.cursor(&mut store);
    /// cursor.seek(SeekFrom::Start(10))?;
    /// write!(cursor, "{} bytes", 7)?;
    /// cursor.seek(SeekFrom::Start(12))?;
    /// let mut word = [0; 5];
    /// cursor.read_exact(&mut word)?;
    /// assert_eq!(&word, b"bytes");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cursor<S: AsStoreMut + ?Sized>(self, store: &mut S) -> Cursor<&mut [u8]> {
        Cursor::new(self.data_mut(store))
    }

    #[inline]
    fn region(self, core: &StoreCore) -> Region {
        let memory = self.handle.get(core);
        // SAFETY: the memory lives in the store, and grows only through `&mut` to the store.
        unsafe { Region::from_memory(memory) }
    }

    #[inline]
    fn unshared(self, core: &StoreCore) -> Region {
        assert!(
            !self.shared,
            "a shared memory has no slices: other threads may write to it; use `read` and `write`"
        );
        self.region(core)
    }
}

/// Makes a memory that nobody owns yet, and that is real.
pub(crate) fn create(ty: MemoryType) -> Result<Owned<sys::WasmEdge_MemoryInstanceContext>> {
    let pages = ty.limits().min();
    let _expected = memory_probe::check_room(slice::from_ref(&pages))?;
    let raw_type = types::raw_memory_type(&ty)?;
    let _inside = door::open(Purpose::Library, "making memory")?;
    // SAFETY: the type is alive and copied; what comes back is ours.
    let memory = unsafe { Owned::new(sys::WasmEdge_MemoryInstanceCreate(raw_type.as_ptr())) }?;
    let raw = memory.as_non_null();
    // SAFETY: made just now, and nobody else's.
    let (size, is_real) = unsafe { (read_type(raw).limits().min(), is_real(raw)) };
    if size != pages || !is_real {
        return Err(Error::from(ErrorKind::NoMemory { pages }));
    }
    Ok(memory)
}

/// Whether C has bytes for the memory: where it found no room it keeps a null pointer and says
/// nothing.
///
/// # Safety
///
/// The memory is alive.
pub(crate) unsafe fn is_real(memory: NonNull<sys::WasmEdge_MemoryInstanceContext>) -> bool {
    // SAFETY: the memory is alive; nothing is at offset 0 that length 0 could reach past.
    let start = unsafe { sys::WasmEdge_MemoryInstanceGetPointer(memory.as_ptr(), 0, 0) };
    !start.is_null()
}

/// # Safety
///
/// The memory is alive, and does not grow during the call.
pub(crate) unsafe fn read_type(memory: NonNull<sys::WasmEdge_MemoryInstanceContext>) -> MemoryType {
    // SAFETY: the memory is alive and does not grow meanwhile; the type is a view into it.
    let ty =
        unsafe { compat::memory_type(sys::WasmEdge_MemoryInstanceGetMemoryType(memory.as_ptr())) };
    // Made from a type that was checked; growing keeps within its maximum.
    ty.expect("the type of a memory in the library is valid")
}
