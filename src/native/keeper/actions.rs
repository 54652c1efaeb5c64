//! What is to be done about the signals that compiled code causes: by the library, by the program,
//! and by this crate, whose handlers stand in front of both.
//!
//! A program may install a handler of its own any time. The next time somebody looks, this crate
//! takes note of it and stands in front of it, too. Each action of the program's has a *slot*, and
//! each slot a handler of its own in front of it: a handler of the program that passes signals on
//! to the one that it found comes to a handler of this crate which knows what was in force before.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, TryLockError};

use super::handler;
use crate::native::objects::{self, Owner};
use crate::vocabulary::{Error, Result};

/// What the library handles.
const SIGNALS: [c_int; 3] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE];

/// How many different actions of the program for one signal are known.
const SLOTS: usize = 16;

type Front = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut std::ffi::c_void);

/// The handler in front of each slot.
static FRONTS: [Front; SLOTS] = [
    handler::on_signal::<0>,
    handler::on_signal::<1>,
    handler::on_signal::<2>,
    handler::on_signal::<3>,
    handler::on_signal::<4>,
    handler::on_signal::<5>,
    handler::on_signal::<6>,
    handler::on_signal::<7>,
    handler::on_signal::<8>,
    handler::on_signal::<9>,
    handler::on_signal::<10>,
    handler::on_signal::<11>,
    handler::on_signal::<12>,
    handler::on_signal::<13>,
    handler::on_signal::<14>,
    handler::on_signal::<15>,
];

/// An action of the program's.
pub(super) struct Slot {
    action: OnceLock<libc::sigaction>,
    /// Whether it was to be done once, and is done.
    spent: AtomicBool,
}

static PROGRAM: [[Slot; SLOTS]; SIGNALS.len()] = [const {
    [const {
        Slot {
            action: OnceLock::new(),
            spent: AtomicBool::new(false),
        }
    }; SLOTS]
}; SIGNALS.len()];

/// What the library does about all of them.
static LIBRARY: OnceLock<libc::sigaction> = OnceLock::new();

/// One thread at a time changes the handlers.
static CHANGING: Mutex<()> = Mutex::new(());

impl Slot {
    /// What the program wants, once for all if it wants that. For signal handlers.
    pub(super) fn take(&self) -> libc::sigaction {
        let mut action = self.peek();
        if action.sa_flags & libc::SA_RESETHAND != 0 && self.spent.swap(true, Ordering::AcqRel) {
            action.sa_sigaction = libc::SIG_DFL;
        }
        action
    }

    /// What the program wants. For signal handlers.
    pub(super) fn peek(&self) -> libc::sigaction {
        let action = self.action.get().copied();
        let mut action = action.unwrap_or_else(default);
        if self.spent.load(Ordering::Acquire) {
            action.sa_sigaction = libc::SIG_DFL;
        }
        action
    }
}

/// The program's action behind the handler of this slot. For signal handlers.
pub(super) fn of_program(signal: c_int, slot: usize) -> Option<&'static Slot> {
    PROGRAM[index(signal)?].get(slot)
}

/// Whether the handler in front of this slot is the one that the system calls. For signal handlers.
pub(super) fn is_in_force(signal: c_int, slot: usize) -> bool {
    FRONTS
        .get(slot)
        .is_some_and(|front| address(*front) == now(signal).sa_sigaction)
}

/// What the library does about faults of compiled code. For signal handlers.
pub(super) fn of_library() -> Option<&'static libc::sigaction> {
    LIBRARY.get()
}

fn index(signal: c_int) -> Option<usize> {
    SIGNALS.iter().position(|own| *own == signal)
}

/// The actions in force, before the library has installed its own.
pub(super) fn before() -> [libc::sigaction; SIGNALS.len()] {
    SIGNALS.map(now)
}

/// Stands in front of the handlers of the library, which were installed just now, and of the
/// actions that were in force before.
pub(super) fn install(before: [libc::sigaction; SIGNALS.len()]) -> Result<()> {
    let _changing = CHANGING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    objects::look();
    let now = SIGNALS.map(now);
    let mut found = now.iter().zip(&before).map(|(now, before)| {
        now.sa_sigaction != before.sa_sigaction && objects::owner(now.sa_sigaction) != Owner::Other
    });
    // What another thread of the program has installed in between is the program's.
    let is_library: [bool; SIGNALS.len()] = std::array::from_fn(|_| found.next() == Some(true));
    let library = now.iter().zip(is_library).find(|(_, is)| *is);
    let Some((library, _)) = library else {
        return Err(Error::unsupported(
            "the keeper",
            "the library has installed no handlers",
        ));
    };
    let _ = LIBRARY.set(*library);
    for (index, is_library) in is_library.into_iter().enumerate() {
        if is_library {
            stand_before(index, &before[index]);
        } else {
            stand_before(index, &now[index]);
        }
    }
    Ok(())
}

/// Stands in front of what the program has installed since.
pub(super) fn look_again() {
    if LIBRARY.get().is_none() {
        return;
    }
    // Another thread is at it, or was when the process was forked.
    let _changing = match CHANGING.try_lock() {
        Ok(changing) => changing,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    objects::look();
    for (index, signal) in SIGNALS.into_iter().enumerate() {
        let now = now(signal);
        // LLVM's are about to be taken away again.
        if !is_front(&now) && objects::owner(now.sa_sigaction) != Owner::Library {
            stand_before(index, &now);
        }
    }
}

/// Puts a handler of this crate in the place of an action, if there is a slot for it.
fn stand_before(index: usize, action: &libc::sigaction) {
    let mut action = *action;
    // Ends when the program leaves the action alone in between.
    for _ in 0..SLOTS {
        let Some(slot) = slot(index, &action) else {
            return;
        };
        let mut front = zeroed();
        front.sa_sigaction = address(FRONTS[slot]);
        // System calls go on, or not, as the program wants it. Nothing comes in between until the
        // handler knows what is to be done.
        front.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | action.sa_flags & libc::SA_RESTART;
        if action.sa_sigaction == libc::SIG_IGN {
            front.sa_flags |= libc::SA_RESTART;
        }
        let mut found = zeroed();
        // SAFETY: the set is filled. The handler has the signature of `SA_SIGINFO`, and does what a
        // handler may.
        unsafe {
            libc::sigfillset(&raw mut front.sa_mask);
            libc::sigaction(SIGNALS[index], &raw const front, &raw mut found);
        }
        let is_library = LIBRARY
            .get()
            .is_some_and(|library| library.sa_sigaction == found.sa_sigaction);
        if is_library || is_front(&found) || is_same(&found, &action) {
            return;
        }
        action = found;
    }
}

/// The slot of an action, which it has already, or gets.
fn slot(index: usize, action: &libc::sigaction) -> Option<usize> {
    let position = PROGRAM[index]
        .iter()
        .position(|slot| is_same(slot.action.get_or_init(|| *action), action))?;
    PROGRAM[index][position]
        .spent
        .store(false, Ordering::Release);
    Some(position)
}

#[expect(clippy::fn_to_numeric_cast_any, reason = "C keeps handlers as numbers")]
fn address(front: Front) -> usize {
    front as usize
}

fn is_front(action: &libc::sigaction) -> bool {
    FRONTS
        .iter()
        .any(|front| address(*front) == action.sa_sigaction)
}

fn is_same(one: &libc::sigaction, other: &libc::sigaction) -> bool {
    // SAFETY: sets that the system has written; others than signals are in none.
    let has = |action: &libc::sigaction, signal| unsafe {
        libc::sigismember(&raw const action.sa_mask, signal) == 1
    };
    one.sa_sigaction == other.sa_sigaction
        && one.sa_flags == other.sa_flags
        && (1..=64).all(|signal| has(one, signal) == has(other, signal))
}

fn now(signal: c_int) -> libc::sigaction {
    let mut action = zeroed();
    // SAFETY: null changes nothing; the present action is written.
    unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    action
}

fn default() -> libc::sigaction {
    zeroed()
}

fn zeroed() -> libc::sigaction {
    // SAFETY: numbers, sets and an optional function, for all of which zero is a value: the default
    // action.
    unsafe { MaybeUninit::zeroed().assume_init() }
}
