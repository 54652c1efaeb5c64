//! The end of the process (D6).
//!
//! `exit` runs the handlers that were registered last first, and C++ registers the destructor of a
//! static object when it makes it. So the library makes its log before `main`, and the handler here
//! is registered right after that: it runs before any destructor of the library, and after all
//! handlers of the program. Were the log made when it is first used, on any thread, a process could
//! end between the two. After what makes more static objects (a compiler, a plug-in) it is
//! registered again; and while one makes them, by the destructor of a variable of the thread that
//! ends the process ([`Last`]): `exit` runs these before any handler.
//!
//! It closes the door: a thread that comes in afterwards, or comes back from a host function, waits
//! for the end of the process. What runs in the library is stopped, and waited for. What does not
//! stop in time, as a compiler, ends with the process, which then ends here and now, with the
//! program's status.

use std::ffi::c_int;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering, fence};
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::seat::{self, SEAT, Shared};
use super::{COMPILING, LIBRARY, fork};
use crate::compat;
use crate::library::button::Button;
use crate::sys::WasmEdge_ExecutorContext as Executor;

/// How long what runs in the library may take to stop. More than a callback of the log may take.
const GRACE: Duration = Duration::from_millis(250);

const OPEN: u8 = 0;
/// The process ends. The thread that ends it may still use the library, in handlers of the program.
const CLOSED: u8 = 1;
/// The library's static objects go.
const OVER: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(OPEN);

/// The seat of the thread that ends the process, which does not end before it.
static ENDS: AtomicPtr<Shared> = AtomicPtr::new(ptr::null_mut());

/// Whether all threads can be made to run a barrier.
static HAS_BARRIER: AtomicBool = AtomicBool::new(false);

/// How often the handler was registered again.
static REGISTERED: AtomicUsize = AtomicUsize::new(0);

/// Begins to watch for the end of the process. To be called once, when the library is first used.
pub(crate) fn watch() {
    // Has the linker keep it.
    std::hint::black_box(&BEFORE_MAIN);
    HAS_BARRIER.store(barrier::is_there(), Ordering::Relaxed);
    fork::watch();
    if cfg!(not(unix)) {
        handler::register(true);
    }
}

/// Run when the program is loaded, after the libraries it needs. Miri, which runs no C, is left
/// out.
#[used]
#[cfg_attr(
    all(unix, not(target_vendor = "apple"), not(miri)),
    unsafe(link_section = ".init_array")
)]
#[cfg_attr(
    all(target_vendor = "apple", not(miri)),
    unsafe(link_section = "__DATA,__mod_init_func")
)]
static BEFORE_MAIN: extern "C" fn() = {
    extern "C" fn before_main() {
        // Makes the log. The function is the same in every version.
        compat::set_log_level(crate::library::log::Level::Error);
        handler::register(true);
        // This is the thread that `main` runs on.
        come_first();
        #[cfg(all(
            target_os = "linux",
            target_env = "gnu",
            not(target_feature = "crt-static")
        ))]
        stay_loaded();
    }
    before_main
};

/// Keeps the program, or the shared library of which this is a part, from being unloaded: what
/// `on_exit` registers is called nevertheless.
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    not(target_feature = "crt-static")
))]
fn stay_loaded() {
    let here = ptr::from_ref(&BEFORE_MAIN).cast();
    // SAFETY: the place is written on success, with a name that lives as long as what it names; it
    // is loaded, and no code of it is run again.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(here, &raw mut info) != 0 && !info.dli_fname.is_null() {
            let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
            libc::dlopen(info.dli_fname, flags);
        }
    }
}

/// How many threads may be making static objects of the library: those that compile, or load a
/// plug-in.
static MAKERS: AtomicUsize = AtomicUsize::new(0);

/// A thread that may be making static objects of the library, until this is dropped.
#[must_use]
#[derive(Debug)]
pub(super) struct Maker(());

impl Maker {
    pub(super) fn begins() -> Self {
        MAKERS.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Maker {
    /// What it made is there: the handler comes before it from now on.
    fn drop(&mut self) {
        again();
        MAKERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Dropped when its thread ends; and where the thread ends the process, before all handlers.
struct Last;

thread_local! {
    static LAST: Last = const { Last };
}

impl Drop for Last {
    fn drop(&mut self) {
        // Destructors of objects that are being made may have been registered after the handler.
        if MAKERS.load(Ordering::SeqCst) > 0 {
            handler::register(false);
        }
    }
}

/// Has the handler come first where this thread ends the process.
pub(super) fn come_first() {
    // A thread that ends has no variables any more; it does not end the process.
    let _ = LAST.try_with(|_| ());
}

/// Comes first again, after the library may have made more static objects.
fn again() {
    if is_due(REGISTERED.fetch_add(1, Ordering::Relaxed)) {
        handler::register(false);
    }
}

/// The first uses make almost all of them, and the list of handlers is not to grow without end.
const fn is_due(count: usize) -> bool {
    count < 20 || count.is_power_of_two()
}

/// Whether ranges may be used. Asked under the lock of the seats.
pub(super) fn ranges_are_in_use() -> bool {
    HAS_BARRIER.load(Ordering::Relaxed) && STATE.load(Ordering::Relaxed) == OPEN
}

/// Whether this thread may go in; waits for ever on a thread that may not, unless it is the one
/// that ends the process.
pub(super) fn may_enter(mark: *mut Executor) -> bool {
    SEAT.with(|seat| may_enter_from(mark, seat.shared()))
}

pub(super) fn may_enter_from(mark: *mut Executor, seat: &Shared) -> bool {
    match STATE.load(Ordering::Acquire) {
        OPEN => true,
        _ if !is_mine(seat) => park(),
        CLOSED => mark != COMPILING,
        _ => false,
    }
}

fn is_mine(seat: &Shared) -> bool {
    ptr::eq(ENDS.load(Ordering::Acquire), seat)
}

/// Whether the process ends, by another thread.
pub(super) fn is_closed_to(seat: &Shared) -> bool {
    STATE.load(Ordering::Acquire) != OPEN && !is_mine(seat)
}

/// Whether the process ends.
pub(crate) fn is_over() -> bool {
    STATE.load(Ordering::Acquire) != OPEN
}

/// Waits for ever if another thread ends the process: for one that comes out of the library with an
/// error that is due to that.
pub(crate) fn stay_out() {
    if SEAT.with(|seat| is_closed_to(seat.shared())) {
        park();
    }
}

/// Waits for the end of the process.
#[cold]
pub(super) fn park() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// The handler.
fn ends(status: Option<c_int>, is_last: bool) {
    SEAT.with(|seat| {
        let own = seat.shared();
        if STATE.load(Ordering::Acquire) == OPEN {
            seat::empty_all(own, || {
                ENDS.store(ptr::from_ref(own).cast_mut(), Ordering::Release);
                STATE.store(CLOSED, Ordering::SeqCst);
            });
            // From here on either a thread sees that the door is closed, or it is seen inside.
            fence(Ordering::SeqCst);
            barrier::run();
            clear(own, status);
        } else if !is_mine(own) {
            // Two threads end the process.
            park();
        }
        if is_last {
            STATE.store(OVER, Ordering::Release);
            // This thread asks as well from here on.
            seat.empty();
        }
    });
}

/// Stops what runs in the library, until nobody is there; or ends the process.
fn clear(own: &Shared, status: Option<c_int>) {
    let begun = Instant::now();
    let mut buttons: Vec<(*mut Executor, Option<Button>)> = Vec::new();
    let mut is_quiet = false;
    loop {
        let inside = seat::all_inside(own);
        if inside.is_empty() {
            break;
        }
        // LLVM's objects may be gone by now: the first compiler makes some while it runs.
        if inside.contains(&COMPILING) {
            end(status);
        }
        if !is_quiet {
            is_quiet = true;
            // Nobody wants to read that calls were interrupted.
            compat::set_log_level(crate::library::log::Level::Off);
        }
        for &executor in inside.iter().filter(|&&mark| mark != LIBRARY) {
            if !buttons.iter().any(|(own, _)| *own == executor) {
                let there = NonNull::new(executor);
                // SAFETY: the executor was seen running after the door was closed, so nobody frees
                // it from here on: that is refused as well. A button may be made beside a run.
                let button = there.and_then(|there| unsafe { Button::new(there) }.ok());
                buttons.push((executor, button));
            }
        }
        for (_, button) in &buttons {
            if let Some(button) = button {
                // Again each time, since the library may miss one; see `interrupt::timeout`.
                button.press();
            }
        }
        if begun.elapsed() > GRACE {
            end(status);
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    // To free them is refused now, and they are used by nobody.
    std::mem::forget(buttons);
}

/// Ends the process, where its status is known; else `exit` goes on.
fn end(status: Option<c_int>) {
    #[cfg(unix)]
    if let Some(status) = status {
        flush::standard_output();
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) };
    }
    let _ = status;
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod handler {
    use std::ffi::{c_int, c_void};
    use std::ptr;

    unsafe extern "C" {
        fn on_exit(
            function: extern "C" fn(status: c_int, argument: *mut c_void),
            argument: *mut c_void,
        ) -> c_int;
    }

    pub(super) fn register(is_last: bool) {
        let argument = ptr::without_provenance_mut(usize::from(is_last));
        // SAFETY: the function lives as long as the process, and takes the argument as a number. If
        // there is no memory for it, the end of the process is not watched.
        unsafe { on_exit(run, argument) };
    }

    extern "C" fn run(status: c_int, argument: *mut c_void) {
        super::ends(Some(status), !argument.is_null());
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod handler {
    use std::ffi::c_int;

    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> c_int;
    }

    pub(super) fn register(is_last: bool) {
        // SAFETY: the functions live as long as the process.
        unsafe { atexit(if is_last { run_last } else { run }) };
    }

    extern "C" fn run() {
        super::ends(None, false);
    }

    extern "C" fn run_last() {
        super::ends(None, true);
    }
}

/// A barrier on all processors that run the process, for those who wrote and read without one.
#[cfg(target_os = "linux")]
mod barrier {
    use std::ffi::c_int;

    // `linux/membarrier.h`.
    const PRIVATE_EXPEDITED: c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

    fn ask(command: c_int) -> bool {
        // SAFETY: three numbers; kernels that do not know the call or the command say so.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    /// Registers the process for it, which is needed before it is first run.
    pub(super) fn is_there() -> bool {
        ask(REGISTER_PRIVATE_EXPEDITED) && ask(PRIVATE_EXPEDITED)
    }

    pub(super) fn run() {
        ask(PRIVATE_EXPEDITED);
    }
}

/// There is none: threads take the slow path, which has a barrier of its own.
#[cfg(not(target_os = "linux"))]
mod barrier {
    pub(super) fn is_there() -> bool {
        false
    }

    pub(super) fn run() {}
}

#[cfg(unix)]
mod flush {
    use std::ffi::c_int;

    unsafe extern "C" {
        #[cfg_attr(target_vendor = "apple", link_name = "__stdoutp")]
        static stdout: *mut libc::FILE;
        fn ftrylockfile(file: *mut libc::FILE) -> c_int;
        fn funlockfile(file: *mut libc::FILE);
    }

    /// Writes what C's standard output holds back, unless somebody is in the middle of it. Rust's
    /// own was flushed before `exit`.
    pub(super) fn standard_output() {
        // SAFETY: the stream is there as long as the process; its lock is taken, or it is left
        // alone.
        unsafe {
            if ftrylockfile(stdout) == 0 {
                libc::fflush(stdout);
                funlockfile(stdout);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handler_is_registered_again_often_at_first_and_seldom_later() {
        let due: Vec<_> = (0..100).filter(|&count| is_due(count)).collect();
        assert_eq!(due[..20], (0..20).collect::<Vec<_>>());
        assert_eq!(due[20..], [32, 64]);
    }
}
