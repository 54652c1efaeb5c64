//! The handler in front of the library's.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use std::sync::OnceLock;

use crate::store;

/// What the library handles.
const SIGNALS: [c_int; 3] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE];

/// What is done about each of [`SIGNALS`].
pub(super) struct Actions([libc::sigaction; SIGNALS.len()]);

/// What was done before the keeper.
static PROGRAM: OnceLock<Actions> = OnceLock::new();
/// What the library does.
static LIBRARY: OnceLock<Actions> = OnceLock::new();

impl Actions {
    pub(super) fn read() -> Self {
        Self(SIGNALS.map(|signal| {
            let mut action = MaybeUninit::zeroed();
            // SAFETY: null changes nothing; the present action is written. Zeroes are one, too.
            unsafe {
                libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
                action.assume_init()
            }
        }))
    }

    /// The action of a signal, if it is one of [`SIGNALS`].
    fn of(&self, signal: c_int) -> Option<&libc::sigaction> {
        let index = SIGNALS.iter().position(|own| *own == signal)?;
        self.0.get(index)
    }
}

/// Puts the handler of this crate in front of the library's, which was installed just now.
pub(super) fn install(program: Actions) {
    let first = PROGRAM.set(program).is_ok() && LIBRARY.set(Actions::read()).is_ok();
    debug_assert!(first, "there is one keeper");
    look_at_objects();
    // SAFETY: zeroes are a valid action.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    #[expect(clippy::fn_to_numeric_cast_any, reason = "C keeps handlers as numbers")]
    {
        action.sa_sigaction = on_fault as *const () as usize;
    }
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    for signal in SIGNALS {
        // SAFETY: the handler has the signature of `SA_SIGINFO`, and does what a handler may.
        unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
    }
}

/// Lets no signal of the process be handled on this thread.
pub(super) fn block_all() {
    let mut all = MaybeUninit::uninit();
    // SAFETY: the set is filled, then used.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut());
    }
}

/// A fault in compiled code goes to the library, any other one to the program.
///
/// # Safety
///
/// To be called by the system, as the handler of a signal.
unsafe extern "C" fn on_fault(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the system describes the signal and the thread.
    let trap = unsafe { store::inside_compiled_code() && is_trap(signal, info, context) };
    if trap {
        if let Some(action) = LIBRARY.get().and_then(|library| library.of(signal)) {
            // SAFETY: what the system gave us. The library's handler does not return: it jumps out
            // of the signal into the frame that called compiled code, past this one and the
            // compiled ones, none of which has anything to drop.
            unsafe { call(action, signal, info, context) };
            return;
        }
    }
    match PROGRAM.get().and_then(|program| program.of(signal)) {
        // SAFETY: what the system gave us.
        Some(action) => unsafe { pass_on(action, signal, info, context) },
        None => default(signal),
    }
}

/// Whether this is the fault of an instruction of compiled code.
///
/// # Safety
///
/// The system describes a signal.
unsafe fn is_trap(signal: c_int, info: *const libc::siginfo_t, context: *const c_void) -> bool {
    const FPE_INTDIV: c_int = 1;
    // SAFETY: promised by the caller.
    let code = unsafe { (*info).si_code };
    // Others come from `kill` and its like.
    let by_instruction = if signal == libc::SIGFPE {
        code == FPE_INTDIV
    } else {
        code > 0
    };
    // SAFETY: promised by the caller.
    by_instruction && unsafe { program_counter(context) }.is_none_or(is_outside_objects)
}

/// # Safety
///
/// `context` is what the system gave to a handler.
unsafe fn program_counter(context: *const c_void) -> Option<usize> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    // SAFETY: promised by the caller.
    unsafe {
        let context = context.cast::<libc::ucontext_t>();
        let rip = (*context).uc_mcontext.gregs[libc::REG_RIP as usize];
        usize::try_from(rip).ok()
    }
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    // SAFETY: promised by the caller.
    unsafe {
        let context = context.cast::<libc::ucontext_t>();
        usize::try_from((*context).uc_mcontext.pc).ok()
    }
    #[cfg(not(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )))]
    {
        let _ = context;
        None
    }
}

/// # Safety
///
/// `action` has a handler, and the rest is what the system gave to ours.
unsafe fn call(
    action: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    let handler = ptr::with_exposed_provenance::<()>(action.sa_sigaction);
    if action.sa_flags & libc::SA_SIGINFO == 0 {
        // SAFETY: a handler without `SA_SIGINFO` has this signature.
        let handler: extern "C" fn(c_int) = unsafe { core::mem::transmute(handler) };
        handler(signal);
    } else {
        // SAFETY: a handler with `SA_SIGINFO` has this signature.
        let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
            unsafe { core::mem::transmute(handler) };
        handler(signal, info, context);
    }
}

/// Does what would have been done without the keeper.
///
/// # Safety
///
/// `action` is one of the program's, and the rest is what the system gave to the handler.
unsafe fn pass_on(
    action: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: promised by the caller.
    let sent = unsafe { (*info).si_code } <= 0;
    match action.sa_sigaction {
        libc::SIG_IGN if sent => {}
        libc::SIG_DFL | libc::SIG_IGN => {
            // An instruction faults again when this returns, and ends the process then.
            default(signal);
            if sent {
                // SAFETY: takes a number. It is blocked until this returns.
                unsafe { libc::raise(signal) };
            }
        }
        // SAFETY: promised by the caller, and neither of the two that are no handlers.
        _ => unsafe { call(action, signal, info, context) },
    }
}

fn default(signal: c_int) {
    // SAFETY: `SIG_DFL` is valid for each signal that is handled here.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// A piece of the address space: from, and up to.
type Range = (usize, usize);

/// Where the code of the program and its libraries is, in order: a `Vec` that is never freed,
/// because a handler may look at it any time. Null at first.
static OBJECTS: AtomicPtr<Vec<Range>> = AtomicPtr::new(ptr::null_mut());

/// Whether an address is in none of the loaded objects. The library maps compiled code by itself, so
/// that it belongs to none.
fn is_outside_objects(address: usize) -> bool {
    // SAFETY: null, or never freed.
    let Some(objects) = (unsafe { OBJECTS.load(Ordering::Acquire).as_ref() }) else {
        return true;
    };
    let next = objects.partition_point(|(from, _)| *from <= address);
    next == 0 || objects[next - 1].1 <= address
}

/// Takes note of the loaded objects. To be called by one thread at a time.
pub(super) fn look_at_objects() {
    let mut found = executable_ranges();
    found.sort_unstable();
    // SAFETY: null, or never freed, and changed by nobody.
    let known = unsafe { OBJECTS.load(Ordering::Acquire).as_ref() };
    if known != Some(&found) {
        OBJECTS.store(Box::into_raw(Box::new(found)), Ordering::Release);
    }
}

#[cfg(target_os = "linux")]
fn executable_ranges() -> Vec<Range> {
    unsafe extern "C" fn note(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        found: *mut c_void,
    ) -> c_int {
        // SAFETY: the system describes an object, with as many headers as it says, during this
        // call; `found` is the `Vec` below.
        unsafe {
            let found = &mut *found.cast::<Vec<Range>>();
            let base = (*info).dlpi_addr as usize;
            for header in 0..usize::from((*info).dlpi_phnum) {
                let header = &*(*info).dlpi_phdr.add(header);
                if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0 {
                    let from = base.wrapping_add(header.p_vaddr as usize);
                    found.push((from, from.wrapping_add(header.p_memsz as usize)));
                }
            }
        }
        0
    }
    let mut found: Vec<Range> = Vec::new();
    // SAFETY: the callback is called during the call alone, with the pointer to `found`.
    unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut found).cast()) };
    found
}

#[cfg(not(target_os = "linux"))]
fn executable_ranges() -> Vec<Range> {
    Vec::new()
}
