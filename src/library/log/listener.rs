//! One who wants to know what the library says on this thread, whatever the level.

use std::cell::RefCell;
use std::sync::mpsc::Sender;

use super::want;

thread_local! {
    static LISTENER: RefCell<Option<Sender<Box<str>>>> = const { RefCell::new(None) };
}

/// While it lives, the library reports what it does.
pub(crate) struct Listening(());

impl Listening {
    pub(crate) fn starts() -> Self {
        want(|wanted| wanted.listeners += 1);
        Self(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        want(|wanted| wanted.listeners -= 1);
    }
}

/// Sends what the library says on this thread while `body` runs.
pub(crate) fn listen<R>(to: Sender<Box<str>>, body: impl FnOnce() -> R) -> R {
    struct Reset;

    impl Drop for Reset {
        fn drop(&mut self) {
            LISTENER.take();
        }
    }

    LISTENER.set(Some(to));
    let _reset = Reset;
    body()
}

/// A message of this thread.
pub(super) fn tell(text: &str) {
    // A thread that ends has no listener any more.
    let _ = LISTENER.try_with(|listener| {
        if let Some(listener) = &*listener.borrow() {
            // Nobody may listen any longer.
            let _ = listener.send(text.into());
        }
    });
}
