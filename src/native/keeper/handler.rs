//! The handler in front of the library's and the program's.
//!
//! A fault of compiled code goes to the library. Anything else goes to what the program wants done,
//! as the system would have done it (sigaction(2)):
//!
//! | the program's action | what is done |
//! |---|---|
//! | `SIG_DFL`, or `SIG_IGN` for the fault of an instruction | the default is installed; the instruction faults again, or the signal is sent again, as it is |
//! | `SIG_IGN` for a signal that was sent | nothing |
//! | `sa_mask`, `SA_NODEFER` | blocked are the signals that the system would block |
//! | `SA_RESETHAND` | the action of the slot is the default one from then on |
//! | without `SA_ONSTACK` | the handler runs on the stack that was interrupted, see [`move_off`] |
//! | `SA_SIGINFO`, or not | the handler gets what it takes |
//! | `SA_RESTART` | this handler is installed with it, or without it |
//!
//! All of it may be called in a signal handler, and blocks all signals until it knows what to do.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;

use super::actions;
use super::machine::Interrupted;
use super::stack;
use crate::native::{alternate_stack, objects, thread_state};

thread_local! {
    /// The signal that was sent again to this thread, so that it comes on the other stack, and the
    /// alternate stack that the thread had until then.
    static MOVED: Cell<Option<(c_int, libc::stack_t)>> = const { Cell::new(None) };
}

/// The handler in front of the actions in a slot.
///
/// # Safety
///
/// To be called by the system, as the handler of a signal with `SA_SIGINFO`, which blocks all
/// signals; or by a handler of the program that passes on what the system gave it.
pub(super) unsafe extern "C" fn on_signal<const SLOT: usize>(
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    let errno = Errno::get();
    // SAFETY: the system, or a handler that passes on, gave `info` and `context`, and all signals
    // are blocked.
    unsafe {
        let mut interrupted = Interrupted::from_context(context);
        let has_moved = has_moved(signal, interrupted.as_mut());
        if !has_moved && is_trap(signal, info, interrupted.as_ref()) {
            if let Some(library) = actions::of_library() {
                give_to_library(library, signal, info, context, interrupted);
                errno.set();
                return;
            }
        }
        give_to_program(SLOT, signal, info, context, has_moved, errno);
    }
}

/// Whether this is the fault of an instruction of compiled code.
///
/// # Safety
///
/// The system describes a signal.
unsafe fn is_trap(
    signal: c_int,
    info: *const libc::siginfo_t,
    interrupted: Option<&Interrupted>,
) -> bool {
    const FPE_INTDIV: c_int = 1;
    // SAFETY: `info` describes a signal.
    let code = unsafe { (*info).si_code };
    // Others come from `kill` and its like.
    let by_instruction = if signal == libc::SIGFPE {
        code == FPE_INTDIV
    } else {
        code > 0
    };
    // What the thread is at comes last: where this crate is in a library that was loaded late, the
    // first look at a variable of the thread may allocate, which must not happen in code that was
    // interrupted while it did.
    by_instruction
        && interrupted.is_none_or(|thread| objects::is_outside(thread.program_counter()))
        && thread_state::inside_compiled_code()
}

/// Has the library make a trap of the fault. Returns where the thread goes on in it when the
/// handler returns; else the library jumps out of the handler.
///
/// # Safety
///
/// The system describes the fault of an instruction of compiled code.
unsafe fn give_to_library(
    library: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
    interrupted: Option<Interrupted>,
) {
    match (interrupted, stack::top()) {
        (Some(mut interrupted), Some(top)) => {
            // SAFETY: the library jumps out of `trap` into the frame that called compiled code,
            // past the compiled ones, none of which has anything to drop. The stack is this
            // thread's, for this alone: the fault before is done with. Where the system has the
            // frame of this handler on it, that lies below `top + KEPT`, and is read before the
            // thread goes on.
            unsafe { interrupted.go_on_in(trap, top, signal, info) };
        }
        (interrupted, _) => {
            if let Some(interrupted) = interrupted {
                interrupted.block(Some(&library.sa_mask), signal);
            }
            // SAFETY: what the system gave us. It jumps out of this handler, as above, whose frame
            // has nothing to drop.
            unsafe { call(library, signal, info, context) };
        }
    }
}

/// Runs on the thread's stack for traps, after the handler.
unsafe extern "C" fn trap(signal: c_int, info: *mut libc::siginfo_t) -> ! {
    if let Some(top) = stack::top() {
        stack::lend(top);
    }
    if let Some(library) = actions::of_library() {
        // SAFETY: a signal that the library handles, and a copy of what the system said of it. No
        // version looks at the context (by reading; `signalHandler` in `lib/system/fault.cpp`).
        unsafe { call(library, signal, info, ptr::null_mut()) };
    }
    // There is nowhere to return to.
    std::process::abort()
}

/// # Safety
///
/// What the system gave to the handler.
unsafe fn give_to_program(
    slot: usize,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
    has_moved: bool,
    errno: Errno,
) {
    let Some(program) = actions::of_program(signal, slot) else {
        return;
    };
    // SAFETY: `info` and `context` are what the system gave to the handler.
    let (sent, mut interrupted) =
        unsafe { ((*info).si_code <= 0, Interrupted::from_context(context)) };
    // A handler of the program's passes on what it got: then it sees to the stack and the mask.
    let passed_on = !actions::is_in_force(signal, slot);
    let wants = program.peek();
    if let Some(interrupted) = &mut interrupted {
        let off_stack = is_handler(&wants) && wants.sa_flags & libc::SA_ONSTACK == 0;
        // SAFETY: `info` is what the system gave to the handler.
        if off_stack && !passed_on && !has_moved && unsafe { move_off(signal, info, interrupted) } {
            errno.set();
            return;
        }
    }
    // Another thread may have been the first.
    let action = if passed_on { wants } else { program.take() };
    if is_handler(&action) {
        if let Some(interrupted) = interrupted.filter(|_| !passed_on) {
            let defer = action.sa_flags & libc::SA_NODEFER == 0;
            interrupted.block(Some(&action.sa_mask), if defer { signal } else { 0 });
        }
        errno.set();
        // SAFETY: the action is a handler, and gets what the system gave to this one.
        unsafe { call(&action, signal, info, context) };
    } else if sent && action.sa_sigaction == libc::SIG_IGN {
        errno.set();
    } else {
        // SAFETY: `SIG_DFL` is valid for each signal that is handled here, and `info` is what the
        // system said. The signal is blocked until this returns, and then ends the process; an
        // instruction faults again.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            if sent && !send_again(signal, info) {
                libc::raise(signal);
            }
        }
    }
}

fn is_handler(action: &libc::sigaction) -> bool {
    !matches!(action.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN)
}

/// Takes the signal off the alternate stack, for a handler that was installed without `SA_ONSTACK`.
///
/// The system alone can put the frame of a handler where it belongs. So this thread has no
/// alternate stack for the moment, and the signal is sent to it again, with all that is known of
/// it: it comes as soon as this handler returns, before any other instruction, and then on the
/// stack that was interrupted.
///
/// Returns whether it did. It does not where the signal is on the right stack already.
///
/// # Safety
///
/// `info` is what the system said of the signal.
unsafe fn move_off(
    signal: c_int,
    info: *const libc::siginfo_t,
    interrupted: &mut Interrupted,
) -> bool {
    let here = 0_u8;
    let alternate = interrupted.alternate_stack();
    if !stack::contains(&alternate, ptr::from_ref(&here).addr())
        || stack::contains(&alternate, interrupted.stack_pointer())
    {
        return false;
    }
    // Where the system did not take it off, as a tool that runs programs may not, it stays.
    if MOVED.take().is_some_and(|(moved, _)| moved == signal) {
        return false;
    }
    let none = libc::stack_t {
        ss_sp: ptr::null_mut(),
        ss_flags: libc::SS_DISABLE,
        ss_size: alternate.ss_size,
    };
    // SAFETY: looked at above; and this handler blocks all signals.
    if !unsafe { interrupted.change_alternate_stack(&none) } {
        return false;
    }
    // SAFETY: `info` is what the system said of the signal.
    if !unsafe { send_again(signal, info) } {
        // SAFETY: the context is that of the handler, and the stack is one that the thread had.
        unsafe { interrupted.change_alternate_stack(&alternate) };
        return false;
    }
    // Else the system puts the stack back when this returns; which versions of Linux do that for a
    // handler that is on it depends on the version.
    interrupted.set_alternate_stack(none);
    MOVED.set(Some((signal, alternate)));
    true
}

/// Whether this signal was taken off the alternate stack, which the thread then gets back.
fn has_moved(signal: c_int, interrupted: Option<&mut Interrupted>) -> bool {
    let Some(interrupted) = interrupted else {
        return false;
    };
    // As above: a look at a variable of the thread, where it may have been moved alone.
    if !stack::is_disabled(&interrupted.alternate_stack()) {
        return false;
    }
    let Some((moved, alternate)) = MOVED.take() else {
        return false;
    };
    interrupted.set_alternate_stack(alternate);
    let _ = alternate_stack::alternate(Some(&alternate));
    moved == signal
}

/// Sends a signal to this thread with what the system said of it.
///
/// # Safety
///
/// `info` is what the system said of a signal.
#[cfg(target_os = "linux")]
unsafe fn send_again(signal: c_int, info: *const libc::siginfo_t) -> bool {
    // SAFETY: numbers, and what is read during the call.
    unsafe {
        let (process, thread) = (libc::getpid(), libc::syscall(libc::SYS_gettid));
        libc::syscall(libc::SYS_rt_tgsigqueueinfo, process, thread, signal, info) == 0
    }
}

#[cfg(not(target_os = "linux"))]
unsafe fn send_again(_: c_int, _: *const libc::siginfo_t) -> bool {
    false
}

/// # Safety
///
/// `action` has a handler, and the rest is what it is to get.
unsafe fn call(
    action: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    let handler = ptr::with_exposed_provenance::<()>(action.sa_sigaction);
    if action.sa_flags & libc::SA_SIGINFO == 0 {
        // SAFETY: a handler without `SA_SIGINFO` has this signature.
        let handler: extern "C" fn(c_int) = unsafe { transmute(handler) };
        handler(signal);
    } else {
        // SAFETY: a handler with `SA_SIGINFO` has this signature.
        let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
            unsafe { transmute(handler) };
        handler(signal, info, context);
    }
}

/// What `errno` was when the signal came: code that was interrupted may look at it yet.
#[derive(Clone, Copy)]
struct Errno(#[cfg(target_os = "linux")] c_int);

impl Errno {
    #[cfg(target_os = "linux")]
    fn get() -> Self {
        // SAFETY: a variable of this thread.
        Self(unsafe { *libc::__errno_location() })
    }

    #[cfg(target_os = "linux")]
    fn set(self) {
        // SAFETY: a variable of this thread.
        unsafe { *libc::__errno_location() = self.0 };
    }

    #[cfg(not(target_os = "linux"))]
    fn get() -> Self {
        Self()
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "as where it is known")]
    fn set(self) {}
}
