//! What a fork leaves behind: the child has one thread, and all that the others had.

use std::cell::UnsafeCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that nobody but the thread that forks can hold while it forks, so that the child finds it
/// free and what is in it whole.
pub(crate) struct Lock<T: 'static> {
    mutex: Mutex<T>,
    /// The guard of the thread that forks.
    held: UnsafeCell<Option<MutexGuard<'static, T>>>,
}

// SAFETY: as a mutex; the guard is kept and taken by the thread that has the lock alone.
unsafe impl<T: Send + 'static> Sync for Lock<T> {}

impl<T: 'static> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            mutex: Mutex::new(value),
            held: UnsafeCell::new(None),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        // Nothing under these locks panics half way through a change.
        self.mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock_for_fork(&'static self) {
        let guard = self.lock();
        // SAFETY: this thread has the lock.
        unsafe { *self.held.get() = Some(guard) };
    }

    /// What is behind the lock, for the thread that forks, between the two.
    #[cfg(unix)]
    fn held(&'static self, look: impl FnOnce(&T)) {
        // SAFETY: this thread has the lock, since `lock_for_fork`.
        if let Some(guard) = unsafe { &*self.held.get() } {
            look(guard);
        }
    }

    /// In both processes, on the thread that forked.
    pub(crate) fn unlock_after_fork(&'static self) {
        // SAFETY: this thread has the lock, since `lock_for_fork`. The guard goes after the place
        // in which it was is free for the next one.
        let guard = unsafe { (*self.held.get()).take() };
        drop(guard);
    }
}

/// What one that has locks of its own does when the process forks.
#[derive(Clone, Copy)]
pub(crate) struct Hook {
    /// Takes its locks, in the thread that forks.
    pub(crate) lock: fn(),
    /// Opens them, in both processes.
    pub(crate) unlock: fn(),
    /// Puts right what the threads that are not in the child have left.
    pub(crate) in_child: fn(),
}

/// In the order in which they came.
static HOOKS: Lock<Vec<Hook>> = Lock::new(Vec::new());

/// From here on, these are called when the process forks. To be called before the locks are used.
pub(crate) fn on_fork(hook: Hook) {
    HOOKS.lock().push(hook);
}

#[cfg(unix)]
pub(super) fn watch() {
    use super::seat::{self, SEAT};
    use crate::library::{button, log};

    // In the order in which threads take them that take several.
    extern "C" fn before() {
        HOOKS.lock_for_fork();
        HOOKS.held(|hooks| hooks.iter().for_each(|hook| (hook.lock)()));
        button::lock_for_fork();
        log::lock_for_fork();
        seat::lock_for_fork();
    }

    extern "C" fn in_parent() {
        seat::unlock_after_fork();
        log::unlock_after_fork();
        button::unlock_after_fork();
        HOOKS.held(|hooks| hooks.iter().rev().for_each(|hook| (hook.unlock)()));
        HOOKS.unlock_after_fork();
    }

    extern "C" fn in_child() {
        in_parent();
        SEAT.with(|seat| seat::forget_others(seat.shared()));
        let hooks = HOOKS.lock().clone();
        hooks.iter().for_each(|hook| (hook.in_child)());
    }

    // SAFETY: the functions live as long as the process, and take locks that nobody holds for long.
    // If there is no memory for them, forks are not watched.
    unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
}

#[cfg(not(unix))]
pub(super) fn watch() {}
