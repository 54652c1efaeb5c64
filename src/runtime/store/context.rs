//! How the handles reach the store they belong to.

use core::ptr::NonNull;

use super::{Store, StoreCore, StoreInner};

/// Seals the traits of this module, and carries what they need.
pub trait Sealed {
    /// The type of the program's own value.
    type Data: 'static;

    /// The store, for the time of the borrow.
    fn store_ptr(&self) -> StorePtr<Self::Data>;
}

/// Anything that gives shared access to a [`Store`]: the store itself, a [`Vm`](crate::Vm), a
/// [`Caller`](crate::Caller), and references to them.
///
/// # Examples
///
/// ```
/// use wasmedge::{AsStore, Caller, HostModule, Memory, Result, Vm};
///
/// // For the program, which has a store or a `Vm`, and for host functions, which have a caller.
/// fn first_line(store: impl AsStore, memory: Memory) -> Result<String> {
///     let text = memory.read_string(&store, 0, 16)?;
///     Ok(text.lines().next().unwrap_or_default().to_owned())
/// }
///
/// let mut env = HostModule::new("env");
/// env.func_wrap("done", |mut caller: Caller<'_, String>| {
///     let memory = caller.memory(0).ok_or("no memory")?;
///     let line = first_line(&caller, memory).map_err(|_| "no text")?;
///     *caller.data_mut() = line;
///     Ok::<(), &str>(())
/// })?;
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "env" "done" (func $done))
///          (memory (export "memory") 1)
///          (data (i32.const 0) "one\ntwo")
///          (func (export "run") call $done))"#,
/// )?;
/// let mut vm = Vm::new(String::new())?;
/// vm.register_host(&env)?;
/// vm.run_bytes::<(), ()>(&wasm, "run", ())?;
/// assert_eq!(vm.data(), "one");
///
/// let guest = vm.active_instance().expect("the one that was run");
/// let memory = guest.get_memory(&vm, "memory").expect("exported");
/// assert_eq!(first_line(&vm, memory)?, "one");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait AsStore: Sealed {}

/// Anything that gives exclusive access to a [`Store`], which running code needs: `&mut Store`,
/// `&mut Vm`, `&mut Caller`.
///
/// # Examples
///
/// ```
/// use wasmedge::{AsStoreMut, Instance, Result, Vm};
///
/// /// Calls a function twice, wherever the store is.
/// fn twice(mut store: impl AsStoreMut, guest: Instance, name: &str) -> Result<i32> {
///     let function = guest.get_typed_func::<(), i32>(&store, name)?;
///     Ok(function.call(&mut store, ())? + function.call(&mut store, ())?)
/// }
///
/// let wasm = wat::parse_str(r#"(module (func (export "four") (result i32) i32.const 4))"#)?;
/// let mut vm = Vm::new(())?;
/// let guest = vm.register_bytes("guest", &wasm)?;
/// assert_eq!(twice(&mut vm, guest, "four")?, 8);
/// assert_eq!(twice(vm.store_mut(), guest, "four")?, 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait AsStoreMut: AsStore {}

/// The place of a store, without a reference to it.
pub struct StorePtr<T: 'static>(NonNull<StoreInner<T>>);

impl<T: 'static> StorePtr<T> {
    pub(crate) const fn new(inner: NonNull<StoreInner<T>>) -> Self {
        Self(inner)
    }

    #[inline]
    pub(crate) const fn inner(self) -> NonNull<StoreInner<T>> {
        self.0
    }

    /// The part that does not depend on `T`.
    #[inline]
    pub(crate) const fn core(self) -> NonNull<StoreCore> {
        // SAFETY: in bounds of a live allocation; no reference is made.
        let core = unsafe { &raw mut (*self.0.as_ptr()).core };
        // SAFETY: the address of a field is not null.
        unsafe { NonNull::new_unchecked(core) }
    }
}

impl<T: 'static> Clone for StorePtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: 'static> Copy for StorePtr<T> {}

impl<T: 'static> core::fmt::Debug for StorePtr<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// A shared borrow of the core, for the time in which `store` is borrowed.
#[inline]
pub(crate) fn core<S: AsStore + ?Sized>(store: &S) -> &StoreCore {
    // SAFETY: the store lives as long as the borrow of what gives access to it, and while that
    // borrow is shared nobody makes a `&mut` to the core: code runs through `AsStoreMut` alone.
    unsafe { store.store_ptr().core().as_ref() }
}

/// An exclusive borrow of the core, for the time in which `store` is borrowed.
#[inline]
pub(crate) fn core_mut<S: AsStoreMut + ?Sized>(store: &mut S) -> &mut StoreCore {
    // SAFETY: as in `core`, and the borrow is exclusive.
    unsafe { store.store_ptr().core().as_mut() }
}

/// The place of a store that the caller has for himself, and may run code in.
#[inline]
pub(crate) fn exclusive<S: AsStoreMut + ?Sized>(store: &mut S) -> StorePtr<S::Data> {
    store.store_ptr()
}

impl<T: 'static> Sealed for Store<T> {
    type Data = T;

    #[inline]
    fn store_ptr(&self) -> StorePtr<T> {
        self.ptr()
    }
}

impl<T: 'static> AsStore for Store<T> {}
impl<T: 'static> AsStoreMut for Store<T> {}

impl<S: Sealed + ?Sized> Sealed for &S {
    type Data = S::Data;

    #[inline]
    fn store_ptr(&self) -> StorePtr<S::Data> {
        (**self).store_ptr()
    }
}

impl<S: Sealed + ?Sized> Sealed for &mut S {
    type Data = S::Data;

    #[inline]
    fn store_ptr(&self) -> StorePtr<S::Data> {
        (**self).store_ptr()
    }
}

impl<S: AsStore + ?Sized> AsStore for &S {}
impl<S: AsStore + ?Sized> AsStore for &mut S {}
impl<S: AsStoreMut + ?Sized> AsStoreMut for &mut S {}
