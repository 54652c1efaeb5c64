//! The stop button of an executor.
//!
//! The library can stop an execution in one way alone: `AsyncCancel` on an asynchronous call. That
//! sets one flag of the whole executor, which the next function entry or branch that sees it takes
//! away. So one asynchronous call, of a function that does nothing and has returned long ago, is
//! the stop button of an executor. A flag that nobody took stops the next call, unless the function
//! that does nothing is called to take it.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use super::{door, owned::Owned};
use crate::compat::{self, RawValue};
use crate::sys;
use crate::vocabulary::{FuncType, Result};

/// The stop button of an executor.
pub(crate) struct Button {
    /// A call that is over.
    token: Owned<sys::WasmEdge_Async>,
    /// The function that does nothing.
    nothing: Owned<sys::WasmEdge_FunctionInstanceContext>,
    executor: NonNull<sys::WasmEdge_ExecutorContext>,
}

// SAFETY: the executor is used through functions that may run beside an execution: setting the
// flag, and a call that touches nothing but the flag and the counters, which are atomic or locked.
// The owner of the executor takes the button away before it frees it.
unsafe impl Send for Button {}

impl Button {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    ///
    /// # Safety
    ///
    /// The executor is alive, and the button goes before it.
    pub(crate) unsafe fn new(executor: NonNull<sys::WasmEdge_ExecutorContext>) -> Result<Self> {
        let ty = super::types::raw_func_type(&FuncType::new([], []))?;
        // SAFETY: the type is alive and copied; the function uses none of its arguments.
        let nothing = unsafe {
            Owned::new(sys::WasmEdge_FunctionInstanceCreateBinding(
                ty.as_ptr(),
                Some(do_nothing),
                ptr::null_mut(),
                ptr::null_mut(),
                0,
            ))
        }?;
        // A thread of the library's is inside until it has run the function: so this one is, too.
        let _inside = door::open(door::Purpose::Library, "interrupts")?;
        let _alone = thread::makes_way()?;
        // SAFETY: executor and function are alive until the thread that the library starts has left
        // both, which is when `AsyncWait` returns (include/common/async.h: the promise is set after
        // the call). Code may run in the executor meanwhile: the call has a stack of values of its
        // own, and shares with it the flag and the counters, which are atomic or locked.
        let token = unsafe {
            let token = Owned::new(sys::WasmEdge_ExecutorAsyncInvoke(
                executor.as_ptr(),
                nothing.as_ptr(),
                ptr::null(),
                0,
            ))?;
            sys::WasmEdge_AsyncWait(token.as_ptr());
            token
        };
        Ok(Self {
            token,
            nothing,
            executor,
        })
    }

    /// Sets the flag.
    pub(crate) fn press(&self) {
        // SAFETY: token and executor are alive, see `of`. This stores to an atomic and wakes who
        // waits on a shared memory, under a lock of the executor's (`Executor::stop`).
        unsafe { sys::WasmEdge_AsyncCancel(self.token.as_mut_ptr()) };
    }

    /// Takes the flag away if it is set, on the thread whose code it was to stop.
    pub(crate) fn release(&self) {
        if door::is_over() {
            return;
        }
        // As little stack as is sure to be left by the call that is over.
        let Ok(_inside) = door::open(door::Purpose::Flag, "interrupts") else {
            return;
        };
        // SAFETY: executor and function are alive, see `of`. Entering a function takes the flag
        // first of all (`Executor::enterFunction` in lib/executor/helper.cpp); the function has
        // neither parameters nor results.
        let _ = unsafe {
            sys::WasmEdge_ExecutorInvoke(
                self.executor.as_ptr(),
                self.nothing.as_ptr(),
                ptr::null(),
                0,
                ptr::null_mut(),
                0,
            )
        };
    }
}

extern "C" fn do_nothing(
    _: *mut c_void,
    _: *mut c_void,
    _: *const sys::WasmEdge_CallingFrameContext,
    _: *const RawValue,
    _: u32,
    _: *mut RawValue,
    _: u32,
) -> sys::WasmEdge_Result {
    compat::SUCCESS
}

#[cfg(unix)]
pub(super) fn lock_for_fork() {
    thread::STARTING.lock_for_fork();
}

#[cfg(unix)]
pub(super) fn unlock_after_fork() {
    thread::STARTING.unlock_after_fork();
}

/// Making sure that the library's thread can be started: before 0.17 the library throws when it
/// cannot, which ends the process.
mod thread {
    use std::io;
    use std::sync::MutexGuard;

    use crate::library::door::Lock;
    use crate::vocabulary::{ErrorKind, Result};

    pub(super) static STARTING: Lock<()> = Lock::new(());

    /// Starts a thread as the library does, and lets it end: what it took is free then for the next
    /// one, which nobody else starts for the library while the guard lives.
    pub(super) fn makes_way() -> Result<MutexGuard<'static, ()>> {
        let alone = STARTING.lock();
        start_and_end().map_err(ErrorKind::Thread)?;
        Ok(alone)
    }

    /// With the attributes of C++'s threads, which are the system's own: libc keeps its stack for
    /// the next thread with one as large.
    #[cfg(unix)]
    fn start_and_end() -> io::Result<()> {
        use std::ffi::c_void;
        use std::ptr;
        use std::sync::atomic::{AtomicI32, Ordering};

        extern "C" fn run(id: *mut c_void) -> *mut c_void {
            #[cfg(target_os = "linux")]
            {
                // SAFETY: the one who started this waits for its end, and keeps the place until
                // then.
                let id = unsafe { &*id.cast::<AtomicI32>() };
                // SAFETY: takes nothing, and gives a number.
                id.store(unsafe { libc::gettid() }, Ordering::Release);
            }
            #[cfg(not(target_os = "linux"))]
            let _ = id;
            ptr::null_mut()
        }

        let id = AtomicI32::new(0);
        // SAFETY: the place is written on success; the function takes the place of a number that
        // lives until the thread was waited for.
        unsafe {
            let mut thread = std::mem::zeroed();
            let argument = ptr::from_ref(&id).cast_mut().cast();
            match libc::pthread_create(&raw mut thread, ptr::null(), run, argument) {
                0 => {
                    libc::pthread_join(thread, ptr::null_mut());
                }
                error => return Err(io::Error::from_raw_os_error(error)),
            }
        }
        // The kernel counts a thread for a little longer than it runs.
        #[cfg(target_os = "linux")]
        for _ in 0..10_000 {
            let id = id.load(Ordering::Acquire);
            // SAFETY: three numbers; signal 0 is none, and only asks.
            let is_there = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), id, 0) == 0 };
            if !is_there {
                break;
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn start_and_end() -> io::Result<()> {
        let thread = std::thread::Builder::new().spawn(|| ())?;
        // It cannot have panicked.
        let _ = thread.join();
        Ok(())
    }
}
