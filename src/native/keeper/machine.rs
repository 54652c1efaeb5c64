//! The registers and the signal mask of a thread that a signal has interrupted.
//!
//! Where this crate does not know the machine, [`Interrupted::from_context`] gives `None`.

use std::ffi::{c_int, c_void};

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub(super) use known::Interrupted;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
pub(super) use unknown::Interrupted;

/// How much above the place that a thread is sent to may be in use until it is there.
pub(super) const KEPT: usize = 8;
/// How much above that place is written for it.
pub(super) const ABOVE: usize = 16 + size_of::<libc::siginfo_t>();

/// A function that a thread may be sent to. It does not return.
pub(super) type Entry = unsafe extern "C" fn(c_int, *mut libc::siginfo_t) -> !;

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod known {
    use std::mem::MaybeUninit;
    use std::ptr;

    use super::{Entry, c_int, c_void};

    /// What the kernel puts back when the handler returns, and may be changed until then.
    pub(in super::super) struct Interrupted(*mut libc::ucontext_t);

    impl Interrupted {
        /// # Safety
        ///
        /// `context` is what the system gave to a handler that has not returned.
        pub(in super::super) unsafe fn from_context(context: *mut c_void) -> Option<Self> {
            Some(Self(context.cast()))
        }

        #[cfg(target_arch = "x86_64")]
        pub(in super::super) fn program_counter(&self) -> usize {
            // SAFETY: promised to `of`.
            let register = unsafe { (*self.0).uc_mcontext.gregs[libc::REG_RIP as usize] };
            register as usize
        }

        #[cfg(target_arch = "aarch64")]
        pub(in super::super) fn program_counter(&self) -> usize {
            // SAFETY: promised to `of`.
            let register = unsafe { (*self.0).uc_mcontext.pc };
            register as usize
        }

        #[cfg(target_arch = "x86_64")]
        pub(in super::super) fn stack_pointer(&self) -> usize {
            // SAFETY: promised to `of`.
            let register = unsafe { (*self.0).uc_mcontext.gregs[libc::REG_RSP as usize] };
            register as usize
        }

        #[cfg(target_arch = "aarch64")]
        pub(in super::super) fn stack_pointer(&self) -> usize {
            // SAFETY: promised to `of`.
            let register = unsafe { (*self.0).uc_mcontext.sp };
            register as usize
        }

        /// The alternate stack of the thread.
        pub(in super::super) fn alternate_stack(&self) -> libc::stack_t {
            // SAFETY: promised to `of`.
            unsafe { (*self.0).uc_stack }
        }

        /// What the thread's alternate stack is to be when the handler returns.
        pub(in super::super) fn set_alternate_stack(&mut self, stack: libc::stack_t) {
            // SAFETY: promised to `of`.
            unsafe { (*self.0).uc_stack = stack };
        }

        /// Changes the thread's alternate stack while this runs on it, which the system refuses
        /// where it sees the stack pointer there. Returns whether it did.
        ///
        /// # Safety
        ///
        /// The thread was not on its alternate stack when the signal came, and blocks all signals.
        pub(in super::super) unsafe fn change_alternate_stack(
            &self,
            stack: &libc::stack_t,
        ) -> bool {
            let elsewhere = self.stack_pointer();
            let result: isize;
            // SAFETY: for the length of a system call the stack pointer has the value that it had
            // in the code that was interrupted, then its own again. Nothing looks at memory by way
            // of it: the system writes to the stack of a thread to handle a signal alone, and all
            // are blocked. The call reads the structure.
            unsafe {
                #[cfg(target_arch = "x86_64")]
                std::arch::asm!(
                    "xchg rsp, {elsewhere}",
                    "syscall",
                    "xchg rsp, {elsewhere}",
                    elsewhere = inout(reg) elsewhere => _,
                    inlateout("rax") libc::SYS_sigaltstack as isize => result,
                    in("rdi") ptr::from_ref(stack),
                    in("rsi") 0,
                    lateout("rcx") _,
                    lateout("r11") _,
                );
                #[cfg(target_arch = "aarch64")]
                std::arch::asm!(
                    "mov {own}, sp",
                    "mov sp, {elsewhere}",
                    "svc 0",
                    "mov sp, {own}",
                    own = out(reg) _,
                    elsewhere = in(reg) elsewhere,
                    in("x8") libc::SYS_sigaltstack,
                    inlateout("x0") ptr::from_ref(stack) => result,
                    in("x1") 0,
                );
            }
            result == 0
        }

        /// Blocks what was blocked when the signal came, and `more`.
        pub(in super::super) fn block(&self, more: Option<&libc::sigset_t>, signal: c_int) {
            // The kernel knows 64 signals, and fills as many bits of the larger set.
            // SAFETY: promised to `of`; a set is at least as large.
            let read = |set: *const libc::sigset_t| unsafe { set.cast::<u64>().read() };
            // SAFETY: promised to `of`; only the address is taken.
            let mut mask = read(unsafe { &raw const (*self.0).uc_sigmask });
            mask |= more.map_or(0, |more| read(more));
            if signal > 0 {
                mask |= 1 << (signal - 1);
            }
            let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
            // SAFETY: room for more than 64 bits, of which zeroes are a value; then it is only
            // read.
            unsafe {
                set.as_mut_ptr().cast::<u64>().write(mask);
                libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), ptr::null_mut());
            }
        }

        /// Has the thread go on in `entry` when the handler returns: called from nowhere, on
        /// another stack.
        ///
        /// # Safety
        ///
        /// What `entry` does is right for what the thread was at. `top` is a multiple of 16 and
        /// lies in a stack that nothing uses; from [`KEPT`](super::KEPT) bytes above it on, nothing
        /// of that stack is in use by the system, and [`ABOVE`](super::ABOVE) bytes above it may be
        /// written.
        pub(in super::super) unsafe fn go_on_in(
            &mut self,
            entry: Entry,
            top: usize,
            signal: c_int,
            info: *const libc::siginfo_t,
        ) {
            // Unwinders stop at a return address of 0.
            let return_address = ptr::with_exposed_provenance_mut::<u64>(top + super::KEPT);
            let copy = ptr::with_exposed_provenance_mut::<libc::siginfo_t>(top + 16);
            // SAFETY: promised by the caller.
            unsafe {
                return_address.write(0);
                copy.write(info.read());
            }
            #[expect(clippy::fn_to_numeric_cast_any, reason = "registers hold numbers")]
            let entry = entry as usize;
            self.set_call(entry, top, [signal as u64, top as u64 + 16]);
        }

        #[cfg(target_arch = "x86_64")]
        fn set_call(&mut self, entry: usize, top: usize, arguments: [u64; 2]) {
            /// The direction flag, which is clear when a function is called.
            const DIRECTION: i64 = 1 << 10;
            // SAFETY: promised to `of`.
            let registers = unsafe { &mut (*self.0).uc_mcontext.gregs };
            let mut set = |register: c_int, value: u64| {
                registers[register as usize] = i64::from_ne_bytes(value.to_ne_bytes());
            };
            // As after a call: the stack pointer is at the return address, 8 bytes from a multiple
            // of 16.
            set(libc::REG_RSP, (top + super::KEPT) as u64);
            set(libc::REG_RBP, 0);
            set(libc::REG_RIP, entry as u64);
            set(libc::REG_RDI, arguments[0]);
            set(libc::REG_RSI, arguments[1]);
            registers[libc::REG_EFL as usize] &= !DIRECTION;
        }

        #[cfg(target_arch = "aarch64")]
        fn set_call(&mut self, entry: usize, top: usize, arguments: [u64; 2]) {
            /// What a jump has to have come from, which the processor compares with the entry.
            const BRANCH_TYPE: u64 = 0b11 << 10;
            // SAFETY: promised to `of`.
            let context = unsafe { &mut (*self.0).uc_mcontext };
            context.sp = top as u64;
            context.pc = entry as u64;
            context.regs[0] = arguments[0];
            context.regs[1] = arguments[1];
            // The frame before, and where to return to.
            context.regs[29] = 0;
            context.regs[30] = 0;
            context.pstate &= !BRANCH_TYPE;
        }
    }
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
mod unknown {
    use super::{Entry, c_int, c_void};

    /// There is none.
    pub(in super::super) enum Interrupted {}

    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "as where the machine is known"
    )]
    impl Interrupted {
        pub(in super::super) unsafe fn from_context(_: *mut c_void) -> Option<Self> {
            None
        }

        pub(in super::super) fn program_counter(&self) -> usize {
            match *self {}
        }

        pub(in super::super) fn stack_pointer(&self) -> usize {
            match *self {}
        }

        pub(in super::super) fn alternate_stack(&self) -> libc::stack_t {
            match *self {}
        }

        pub(in super::super) fn set_alternate_stack(&mut self, _: libc::stack_t) {
            match *self {}
        }

        pub(in super::super) unsafe fn change_alternate_stack(&self, _: &libc::stack_t) -> bool {
            match *self {}
        }

        pub(in super::super) fn block(&self, _: Option<&libc::sigset_t>, _: c_int) {
            match *self {}
        }

        pub(in super::super) unsafe fn go_on_in(
            &mut self,
            _: Entry,
            _: usize,
            _: c_int,
            _: *const libc::siginfo_t,
        ) {
            match *self {}
        }
    }
}
