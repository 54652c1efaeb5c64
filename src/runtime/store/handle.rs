//! What an [`Instance`](crate::Instance) or a [`Func`](crate::Func) is inside.

use std::fmt;
use std::num::NonZeroU64;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use super::StoreCore;

/// Tells stores apart, for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoreId(NonZeroU64);

impl StoreId {
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        // At one store each nanosecond this takes 584 years to come round to zero.
        Self(NonZeroU64::new(id).expect("more stores than 64 bits can count"))
    }

    /// Makes sure that something with this id is used with the store it belongs to.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[inline]
    pub(crate) fn check(self, core: &StoreCore) {
        if self != core.id {
            wrong_store();
        }
    }
}

/// A pointer to a C object that a store owns, usable only together with that store.
pub(crate) struct Handle<C> {
    store: StoreId,
    object: NonNull<C>,
}

impl<C> Handle<C> {
    /// A handle to an object that lives as long as the store.
    pub(crate) const fn new(store: StoreId, object: NonNull<C>) -> Self {
        Self { store, object }
    }

    /// The object, if `core` is the store that owns it.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[inline]
    pub(crate) fn get(self, core: &StoreCore) -> NonNull<C> {
        self.store.check(core);
        self.object
    }
}

#[cold]
#[inline(never)]
fn wrong_store() -> ! {
    panic!(
        "object used with the wrong store: use it with the store that it came from, and get it anew \
         after `Vm::cleanup`"
    );
}

impl<C> Clone for Handle<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Handle<C> {}

impl<C> PartialEq for Handle<C> {
    fn eq(&self, other: &Self) -> bool {
        self.object == other.object && self.store == other.store
    }
}

impl<C> Eq for Handle<C> {}

impl<C> std::hash::Hash for Handle<C> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.store.hash(state);
        self.object.hash(state);
    }
}

impl<C> fmt::Debug for Handle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:p} of store {}", self.object, self.store.0)
    }
}

// SAFETY: the pointer is given out only by `get`, to one who holds a borrow of the store, and
// stores are not `Sync`; without the store a handle is a number.
unsafe impl<C> Send for Handle<C> {}

// SAFETY: the pointer is given out only to one who holds a borrow of the store, and stores are not
// `Sync`.
unsafe impl<C> Sync for Handle<C> {}
