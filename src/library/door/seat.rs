//! What a thread says of itself, and who reads it.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, compiler_fence, fence};

use super::fork::Lock;
use super::{CALL, LIBRARY, exit, stack};
use crate::sys::WasmEdge_ExecutorContext as Executor;

/// Why a thread may not go in.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is not stack enough.
    Stack { left: usize },
    /// The process ends, and this is the thread that ends it; or the thread itself ends.
    Over,
}

thread_local! {
    pub(super) static SEAT: Seat = const { Seat::new() };
}

/// What a thread says of itself.
#[derive(Debug)]
pub(super) struct Seat {
    shared: Shared,
    /// The stack that the range is of. Empty at first.
    stack: Cell<(usize, usize)>,
    /// Whether the program knows better, see [`on_stack`].
    is_told: Cell<bool>,
    /// Whether the seat is in the list.
    listed: Cell<bool>,
    /// How often the thread began to end.
    ends: Cell<u8>,
}

/// The part that the exit handler reads and writes.
#[derive(Debug)]
pub(super) struct Shared {
    /// What the thread does in the library; null where it is not there.
    inside: AtomicPtr<Executor>,
    /// The lowest address at which a call may begin, and how far the stack reaches above it; an
    /// empty range sends the thread to the slow path.
    low: AtomicUsize,
    len: AtomicUsize,
}

/// The seats of all threads that have been in the library and live.
static SEATS: Lock<Vec<Listed>> = Lock::new(Vec::new());

struct Listed(NonNull<Shared>);

// SAFETY: what it points to is made of atomics, and is in the list only while it lives.
unsafe impl Send for Listed {}

/// The address of something in the frame of the caller: what is below it is free.
#[inline(always)]
fn stack_pointer() -> usize {
    let here = MaybeUninit::<u8>::uninit();
    here.as_ptr().addr()
}

impl Seat {
    const fn new() -> Self {
        Self {
            shared: Shared {
                inside: AtomicPtr::new(ptr::null_mut()),
                low: AtomicUsize::new(0),
                len: AtomicUsize::new(0),
            },
            stack: Cell::new((0, 0)),
            is_told: Cell::new(false),
            listed: Cell::new(false),
            ends: Cell::new(0),
        }
    }

    /// Notes that the thread goes in, and tells whether it may: where not, [`admit`](Self::admit)
    /// says why.
    ///
    /// The note and the look at the range are in this order for the compiler alone. The processor
    /// may change it; but the one who empties the range and then reads the note has a barrier run
    /// on all processors in between (`exit::barrier`). Where the system has none, ranges are always
    /// empty.
    #[inline(always)]
    pub(super) fn sit(&self, mark: *mut Executor) -> bool {
        self.shared.inside.store(mark, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        let above = stack_pointer().wrapping_sub(self.shared.low.load(Ordering::Relaxed));
        above < self.shared.len.load(Ordering::Relaxed)
    }

    /// Notes that the thread is out of the library, and not in a host function of it.
    #[inline(always)]
    pub(super) fn rise(&self) {
        self.shared.inside.store(ptr::null_mut(), Ordering::Release);
    }

    /// Notes that the thread is out of the library for a while, and gives what it did there.
    #[inline(always)]
    pub(super) fn leave(&self) -> *mut Executor {
        let inside = self.noted();
        self.rise();
        inside
    }

    #[inline(always)]
    pub(super) fn noted(&self) -> *mut Executor {
        self.shared.inside.load(Ordering::Relaxed)
    }

    /// Notes what the thread did before, on the way back into the library.
    #[inline(always)]
    pub(super) fn come_back(&self, inside: *mut Executor) {
        self.shared.inside.store(inside, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        // As in `sit`; the stack is what it was.
        if self.shared.len.load(Ordering::Relaxed) == 0 {
            come_back_slowly();
        }
    }

    /// Notes what the thread did before: in the library, where it was, or nothing.
    pub(super) fn put_back(&self, inside: *mut Executor) {
        if inside.is_null() {
            self.rise();
        } else {
            // It never was out of the library: nothing to ask.
            self.shared.inside.store(inside, Ordering::Release);
        }
    }

    /// The slow way in.
    pub(super) fn admit(&self, mark: *mut Executor, needed: usize) -> Result<(), Refused> {
        self.rise();
        if !exit::may_enter_from(mark, &self.shared) {
            return Err(Refused::Over);
        }
        self.list()?;
        let left = self.left(needed);
        if left < needed {
            return Err(Refused::Stack { left });
        }
        if self.shared.len.load(Ordering::Relaxed) == 0 {
            self.publish();
        }
        self.shared.inside.store(mark, Ordering::Relaxed);
        // For where there is no barrier for all processors; and the list may have been looked at
        // meanwhile.
        fence(Ordering::SeqCst);
        if exit::is_closed_to(&self.shared) {
            self.rise();
            exit::park();
        }
        Ok(())
    }

    /// Notes that the thread frees something, and tells whether it is to.
    pub(super) fn sit_to_free(&self) -> bool {
        // One that cannot be listed is about to end; then nobody sees it here for a moment.
        let _ = self.list();
        self.shared.inside.store(LIBRARY, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        !exit::is_over()
    }

    /// How much stack is left. Looks again where the stack pointer is on another stack, or less
    /// than `needed` are left of one that may grow.
    pub(super) fn left(&self, needed: usize) -> usize {
        let here = stack_pointer();
        let (bottom, top) = self.stack.get();
        let is_there = (bottom..top).contains(&here);
        if is_there && (here - bottom >= needed || self.is_told.get()) {
            return here - bottom;
        }
        if !self.is_told.get() {
            if let Some(own) = stack::own(here).filter(|own| own.contains(&here)) {
                self.set_stack(own.start, own.end);
                return here - own.start;
            }
        }
        // Somebody has switched stacks, and may give the memory to something else later: so it is
        // looked up each time.
        match stack::around(here) {
            Some(stack) => here - stack.start,
            // Nobody knows.
            None => usize::MAX,
        }
    }

    fn set_stack(&self, bottom: usize, top: usize) {
        self.stack.set((bottom, top));
        self.publish();
    }

    /// Has calls take the fast path, on the stack that is known.
    fn publish(&self) {
        // Nobody would empty the range of one who is not in the list.
        if !self.listed.get() || !exit::ranges_are_in_use() {
            return;
        }
        let (bottom, top) = self.stack.get();
        let low = bottom.saturating_add(CALL);
        let len = top.saturating_sub(low);
        // The one who empties the ranges does so under the lock as well.
        let _seats = SEATS.lock();
        if exit::ranges_are_in_use() {
            self.shared.low.store(low, Ordering::Relaxed);
            self.shared.len.store(len, Ordering::Relaxed);
        }
    }

    /// Puts the seat into the list.
    fn list(&self) -> Result<(), Refused> {
        if self.listed.get() {
            return Ok(());
        }
        // The system calls the destructor of a key some four times, if it is set again each time.
        if self.ends.get() > 2 || !end::announce(self) {
            return Err(Refused::Over);
        }
        SEATS.lock().push(Listed(NonNull::from(&self.shared)));
        self.listed.set(true);
        exit::come_first();
        Ok(())
    }

    /// The thread ends, and its variables go.
    fn end(&self) {
        self.ends.set(self.ends.get().saturating_add(1));
        self.stack.set((0, 0));
        let mut seats = SEATS.lock();
        // What runs on the thread after this lists it again.
        self.shared.len.store(0, Ordering::Relaxed);
        seats.retain(|listed| listed.0 != NonNull::from(&self.shared));
        drop(seats);
        self.listed.set(false);
    }

    /// Has the thread itself take the slow path.
    pub(super) fn empty(&self) {
        self.shared.len.store(0, Ordering::Relaxed);
    }

    pub(super) const fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// As a function of C it does not unwind, and takes no address that would have to be computed on
/// the fast path.
#[cold]
#[inline(never)]
extern "C" fn come_back_slowly() {
    SEAT.with(|seat| {
        fence(Ordering::SeqCst);
        if exit::is_closed_to(&seat.shared) {
            seat.rise();
            exit::park();
        }
    });
}

/// Has every thread but one take the slow path from now on. `now` is called under the lock.
pub(super) fn empty_all(but: &Shared, now: impl FnOnce()) {
    let seats = SEATS.lock();
    now();
    for seat in seats.iter().filter(|seat| !seat.is(but)) {
        // SAFETY: see `Listed`.
        let seat = unsafe { seat.0.as_ref() };
        seat.len.store(0, Ordering::Relaxed);
    }
}

/// What all threads but one do in the library.
pub(super) fn all_inside(but: &Shared) -> Vec<*mut Executor> {
    let seats = SEATS.lock();
    let others = seats.iter().filter(|seat| !seat.is(but));
    // SAFETY: see `Listed`.
    let inside = others.map(|seat| unsafe { seat.0.as_ref() }.inside.load(Ordering::Acquire));
    inside.filter(|inside| !inside.is_null()).collect()
}

/// In the child of a fork there is one thread.
pub(super) fn forget_others(but: &Shared) {
    SEATS.lock().retain(|seat| seat.is(but));
}

pub(super) fn lock_for_fork() {
    SEATS.lock_for_fork();
}

pub(super) fn unlock_after_fork() {
    SEATS.unlock_after_fork();
}

impl Listed {
    fn is(&self, seat: &Shared) -> bool {
        ptr::eq(self.0.as_ptr(), seat)
    }
}

/// Tells where the stack is that the thread runs on from now on, until this is dropped: for one who
/// switches stacks, and knows.
#[allow(dead_code, reason = "for code that runs on stacks of the crate's own")]
#[must_use]
#[derive(Debug)]
pub(crate) struct OnStack {
    before: (usize, usize),
    was_told: bool,
}

/// See [`OnStack`]. `stack` is what may be written to, without guard pages.
#[allow(dead_code, reason = "for code that runs on stacks of the crate's own")]
pub(crate) fn on_stack(stack: Range<usize>) -> OnStack {
    SEAT.with(|seat| {
        let before = seat.stack.get();
        let was_told = seat.is_told.replace(true);
        seat.set_stack(stack.start, stack.end);
        OnStack { before, was_told }
    })
}

impl Drop for OnStack {
    fn drop(&mut self) {
        SEAT.with(|seat| {
            seat.is_told.set(self.was_told);
            seat.set_stack(self.before.0, self.before.1);
        });
    }
}

/// The end of a thread. Not the destructor of a variable of Rust's: those of the program, which may
/// run code, come after ours in no known order, and the destructors of keys after all of them.
#[cfg(unix)]
mod end {
    use std::ffi::c_void;
    use std::ptr;

    use once_cell::sync::OnceCell;

    use super::Seat;

    /// Has [`Seat::end`] called when this thread ends.
    pub(super) fn announce(seat: &Seat) -> bool {
        static KEY: OnceCell<libc::pthread_key_t> = OnceCell::new();
        let key = KEY.get_or_try_init(|| {
            let mut key = 0;
            // SAFETY: the place is ours; the function is one of this module.
            match unsafe { libc::pthread_key_create(&raw mut key, Some(thread_ends)) } {
                0 => Ok(key),
                _ => Err(()),
            }
        });
        // SAFETY: the key was made above; the value is only passed on to the function.
        key.is_ok_and(|&key| unsafe {
            libc::pthread_setspecific(key, ptr::from_ref(seat).cast()) == 0
        })
    }

    unsafe extern "C" fn thread_ends(seat: *mut c_void) {
        // SAFETY: the seat of this thread, whose variables without destructors are there to the
        // last.
        unsafe { &*seat.cast::<Seat>() }.end();
    }
}

#[cfg(not(unix))]
mod end {
    use super::{SEAT, Seat};

    struct End;

    impl Drop for End {
        fn drop(&mut self) {
            SEAT.with(Seat::end);
        }
    }

    thread_local! {
        static END: End = const { End };
    }

    pub(super) fn announce(_: &Seat) -> bool {
        END.try_with(|_| ()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_listed_once_and_until_its_thread_ends() {
        let is_listed = |seat: &Seat| {
            let seats = SEATS.lock();
            seats
                .iter()
                .filter(|listed| listed.is(seat.shared()))
                .count()
        };
        let address = std::thread::spawn(move || {
            SEAT.with(|seat| {
                for _ in 0..2 {
                    seat.admit(LIBRARY, 1024).unwrap();
                    assert_eq!(seat.noted(), LIBRARY);
                    seat.rise();
                    assert_eq!(is_listed(seat), 1);
                }
                ptr::from_ref(seat.shared()).addr()
            })
        })
        .join()
        .unwrap();
        let seats = SEATS.lock();
        assert!(seats.iter().all(|seat| seat.0.as_ptr().addr() != address));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn d5_what_is_known_of_a_stack_is_used_where_it_is_enough() {
        const SIZE: usize = 1 << 20;
        let thread = std::thread::Builder::new().stack_size(SIZE);
        let body = || {
            let here = stack_pointer();
            let left_of = |bottom: usize, top: usize, needed| {
                SEAT.with(|seat| {
                    seat.stack.set((bottom, top));
                    seat.left(needed)
                })
            };
            let (top, near) = (here + (16 << 10), |left: usize, wanted: usize| {
                left.abs_diff(wanted) < 8 << 10
            });
            let all = left_of(0, 0, 0);
            assert!(all > SIZE / 2 && all < 64 << 20, "{all}");
            // Enough, and not.
            let left = left_of(here - (100 << 10), top, 64 << 10);
            assert!(near(left, 100 << 10), "{left}");
            let left = left_of(here - (32 << 10), top, 64 << 10);
            assert!(near(left, all), "{left}");
            // Another stack, below this one and above it.
            assert!(near(left_of(4096, 8192, 0), all));
            assert!(near(left_of(top, top + 4096, 0), all));
        };
        thread.spawn(body).unwrap().join().unwrap();
    }

    #[test]
    fn d5_a_stack_that_is_told_is_used_and_put_back() {
        std::thread::spawn(|| {
            let here = stack_pointer();
            let left = || SEAT.with(|seat| seat.left(0));
            let before = left();
            let told = on_stack(here - (16 << 10)..here + (16 << 10));
            assert!(left() <= 16 << 10, "{}", left());
            assert!(SEAT.with(|seat| !seat.sit(LIBRARY)));
            drop(told);
            assert!(left().abs_diff(before) < 4096);
            SEAT.with(Seat::rise);
        })
        .join()
        .unwrap();
    }
}
