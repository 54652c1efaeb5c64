//! The signal handlers of the process, put back after LLVM has compiled.
//!
//! LLVM installs handlers of its own, once in a process, that remove unfinished files when a signal
//! ends it; they stay when it is done. Called for the first time, such a handler puts back *all*
//! actions that LLVM found, in the place of whatever was installed since, and returns: a signal that
//! was sent is lost, and the handler of the [`keeper`](crate::keeper) is, too. No file of this crate
//! needs them: what is half written lies in a [`Scratch`](super::Scratch) folder.

use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr;

/// The signals of POSIX, without the real-time ones, which LLVM leaves alone.
const SIGNALS: core::ops::Range<c_int> = 1..32;

/// How LLVM installs its handlers (`RegisterHandlers` in `llvm/lib/Support/Unix/Signals.inc`).
const FLAGS_OF_LLVM: c_int = libc::SA_NODEFER | libc::SA_RESETHAND | libc::SA_ONSTACK;

/// Puts back the actions of all signals when dropped, where LLVM has changed them.
#[must_use]
pub(super) struct Handlers(Vec<(c_int, libc::sigaction)>);

impl Handlers {
    pub(super) fn keep() -> Self {
        let actions = SIGNALS.filter_map(|signal| Some((signal, action(signal)?)));
        Self(actions.collect())
    }
}

impl Drop for Handlers {
    fn drop(&mut self) {
        for (signal, before) in &self.0 {
            let is_of_llvm = |now: libc::sigaction| {
                now.sa_sigaction != before.sa_sigaction
                    && now.sa_flags & FLAGS_OF_LLVM == FLAGS_OF_LLVM
            };
            // What another thread of the program has installed meanwhile stays.
            if action(*signal).is_some_and(is_of_llvm) {
                // SAFETY: the action was in force before the compiler ran.
                unsafe { libc::sigaction(*signal, before, ptr::null_mut()) };
            }
        }
    }
}

/// What is done about a signal; `None` where nothing else can be.
fn action(signal: c_int) -> Option<libc::sigaction> {
    let mut action = MaybeUninit::zeroed();
    // SAFETY: null changes nothing; the present action is written on success.
    let known = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) } == 0;
    // SAFETY: written, as said.
    known.then(|| unsafe { action.assume_init() })
}
