//! How the handles reach the store they belong to.

use std::ptr::NonNull;

use super::{Exclusive, Store, StoreCore, StoreInner};

/// Seals [`AsStore`], and carries what it needs.
pub trait Sealed {
    /// The type of the program's own value.
    type Data: 'static;

    /// The store, for the time of the borrow.
    fn inner(&self) -> &StoreInner<Self::Data>;
}

/// Seals [`AsStoreMut`], and carries what it needs.
pub trait SealedMut: Sealed {
    /// The store, for the time of the borrow.
    fn store_mut(&mut self) -> StoreMut<'_, Self::Data>;
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no access to a store",
    label = "not a store",
    note = "pass `&store`, where `store` is a `Store`, a `Vm` or a `Caller`"
)]
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no exclusive access to a store",
    label = "not a store that code may run in",
    note = "running code, and changing what a guest has, takes `&mut store`, where `store` is a `Store`, a `Vm` or a `Caller`"
)]
pub trait AsStoreMut: AsStore + SealedMut {}

/// The exclusive borrow of a store.
pub(crate) type StoreMut<'a, T> = Exclusive<'a, StoreInner<T>>;

/// A [`StoreMut`] without the type of the data. Its methods, in `run.rs`, run code.
pub(crate) type CoreMut<'a> = Exclusive<'a, StoreCore>;

impl<T: 'static> StoreMut<'_, T> {
    /// The part that does not depend on `T`.
    #[inline]
    pub(crate) const fn core(&self) -> &StoreCore {
        &self.get().core
    }

    /// The part that does not depend on `T`, to change.
    #[inline]
    pub(crate) const fn core_mut(&mut self) -> &mut StoreCore {
        &mut self.get_mut().core
    }

    /// The same borrow without the type of the data.
    #[inline]
    pub(crate) const fn erase(&mut self) -> CoreMut<'_> {
        // SAFETY: the address of a field of what is alive, which is not null; no reference is made,
        // so the pointer is as good as that to the whole. The borrow of the part is within that of
        // the whole.
        unsafe {
            let core = &raw mut (*self.as_ptr()).core;
            CoreMut::from_raw(NonNull::new_unchecked(core))
        }
    }
}

/// A shared borrow of the core, for the time in which `store` is borrowed.
#[inline]
pub(crate) fn core<S: AsStore + ?Sized>(store: &S) -> &StoreCore {
    &store.inner().core
}

/// An exclusive borrow of the core, for the time in which `store` is borrowed.
#[inline]
pub(crate) fn core_mut<S: AsStoreMut + ?Sized>(store: &mut S) -> &mut StoreCore {
    &mut store.store_mut().into_mut().core
}

impl<T: 'static> Sealed for Store<T> {
    type Data = T;

    #[inline]
    fn inner(&self) -> &StoreInner<T> {
        Self::inner(self)
    }
}

impl<T: 'static> SealedMut for Store<T> {
    #[inline]
    fn store_mut(&mut self) -> StoreMut<'_, T> {
        Self::store_mut(self)
    }
}

impl<T: 'static> AsStore for Store<T> {}
impl<T: 'static> AsStoreMut for Store<T> {}

impl<S: Sealed + ?Sized> Sealed for &S {
    type Data = S::Data;

    #[inline]
    fn inner(&self) -> &StoreInner<S::Data> {
        (**self).inner()
    }
}

impl<S: Sealed + ?Sized> Sealed for &mut S {
    type Data = S::Data;

    #[inline]
    fn inner(&self) -> &StoreInner<S::Data> {
        (**self).inner()
    }
}

impl<S: SealedMut + ?Sized> SealedMut for &mut S {
    #[inline]
    fn store_mut(&mut self) -> StoreMut<'_, S::Data> {
        (**self).store_mut()
    }
}

impl<S: AsStore + ?Sized> AsStore for &S {}
impl<S: AsStore + ?Sized> AsStore for &mut S {}
impl<S: AsStoreMut + ?Sized> AsStoreMut for &mut S {}
