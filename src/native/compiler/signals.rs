//! The signal handlers of the process, put back after LLVM has compiled.
//!
//! LLVM installs handlers of its own, once in a process, that remove unfinished files when a signal
//! ends it, and one that prints how far it is; they stay when it is done. Called for the first
//! time, such a handler puts back *all* actions that LLVM found, in the place of whatever was
//! installed since, and returns: a signal that was sent is lost, and the handler of the
//! [`keeper`](crate::keeper) is, too. No file of this crate needs them: what is half written lies
//! in a [`Scratch`](super::Scratch) folder.
//!
//! LLVM also gives the thread another alternate stack, where it finds the one that is there too
//! small.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;

use crate::native::alternate_stack::alternate;
use crate::native::objects::{Owner, owner};

/// The signals of POSIX, without the real-time ones, which LLVM leaves alone.
const SIGNALS: std::ops::Range<c_int> = 1..32;

/// How LLVM installs most of its handlers (`RegisterHandlers` in
/// `llvm/lib/Support/Unix/Signals.inc`).
const FLAGS_OF_LLVM: c_int = libc::SA_NODEFER | libc::SA_RESETHAND | libc::SA_ONSTACK;

/// How far apart in one file of LLVM's its handlers lie.
const FILE: usize = 64 << 10;

/// Puts back the actions of all signals when dropped, where LLVM has changed them, and the
/// alternate stack of this thread.
#[must_use]
pub(super) struct Handlers {
    actions: Vec<(c_int, libc::sigaction)>,
    stack: Option<libc::stack_t>,
    /// It is about this thread.
    _here: PhantomData<*const ()>,
}

impl Handlers {
    pub(super) fn keep() -> Self {
        let actions = SIGNALS.filter_map(|signal| Some((signal, action(signal)?)));
        Self {
            actions: actions.collect(),
            stack: alternate(None).ok(),
            _here: PhantomData,
        }
    }
}

impl Drop for Handlers {
    fn drop(&mut self) {
        let changed: Vec<_> = self
            .actions
            .iter()
            .filter_map(|(signal, before)| {
                let now = action(*signal)?;
                (now.sa_sigaction != before.sa_sigaction).then_some((*signal, before, now))
            })
            .collect();
        let marked = changed
            .iter()
            .filter(|(.., now)| now.sa_flags & FLAGS_OF_LLVM == FLAGS_OF_LLVM)
            .map(|(.., now)| now.sa_sigaction);
        let marked: Vec<_> = marked.collect();
        for (signal, before, now) in changed {
            // What another thread of the program has installed meanwhile stays.
            if is_of_llvm(&now, &marked) {
                // SAFETY: the action was in force before the compiler ran.
                unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
            }
        }
        // LLVM never frees its own.
        if let Some(stack) = &self.stack {
            let _ = alternate(Some(stack));
        }
    }
}

/// Whether LLVM has installed this, by whose function it is. Where LLVM is linked into the program,
/// that tells nothing: there most of its handlers are known by their flags, and the others lie
/// beside them.
fn is_of_llvm(now: &libc::sigaction, marked: &[usize]) -> bool {
    match owner(now.sa_sigaction) {
        Owner::Library => true,
        Owner::Mixed => {
            let mut distances = marked.iter().map(|other| other.abs_diff(now.sa_sigaction));
            distances.any(|distance| distance < FILE)
        }
        Owner::Other => false,
    }
}

/// What is done about a signal; `None` where nothing else can be.
fn action(signal: c_int) -> Option<libc::sigaction> {
    let mut action = MaybeUninit::zeroed();
    // SAFETY: null changes nothing; the present action is written on success.
    let known = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) } == 0;
    // SAFETY: written, since the call said so.
    known.then(|| unsafe { action.assume_init() })
}
