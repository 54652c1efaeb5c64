//! WASI's `poll_oneoff`, for the versions of the library whose own one leaves the guest's memory.
//!
//! A subscription waits for a clock, or for a descriptor that can be read or written without
//! waiting; the call returns when the first of them is there, with an event for each that is.

use std::ffi::c_int;
use std::time::Duration;

use super::errno;
use super::register::handle_of;
use crate::runtime::func::Caller;
use crate::runtime::store;

/// How many subscriptions a call may have: more descriptors than a process has open by default.
const MOST: u32 = 4096;

const SUBSCRIPTION: usize = 48;
const EVENT: usize = 32;

/// An event by its type: a clock, a descriptor to read from, one to write to.
const CLOCK: u8 = 0;
const READ: u8 = 1;
const WRITE: u8 = 2;

/// Waits as the subscriptions at `input` say, writes events to `output` and their number to `len`.
pub(super) fn poll_oneoff<T>(
    caller: &mut Caller<'_, T>,
    input: u32,
    output: u32,
    count: u32,
    len: u32,
) -> u32 {
    match run(caller, input, output, count, len) {
        Ok(()) => u32::from(errno::SUCCESS),
        Err(error) => u32::from(error),
    }
}

fn run<T>(
    caller: &mut Caller<'_, T>,
    input: u32,
    output: u32,
    count: u32,
    len: u32,
) -> Result<(), u16> {
    if count == 0 || count > MOST {
        return Err(errno::INVAL);
    }
    let memory = caller.memory(0).ok_or(errno::FAULT)?;
    let mut raw = vec![0; count as usize * SUBSCRIPTION];
    memory
        .read(&*caller, input, &mut raw)
        .map_err(|_| errno::FAULT)?;
    // Before it waits, whether there is room for what it will say.
    let size = memory.data_size(&*caller);
    let events_end = u64::from(output) + u64::from(count) * EVENT as u64;
    if events_end > size || u64::from(len) + 4 > size {
        return Err(errno::FAULT);
    }

    let core = store::core(&*caller);
    let native = |fd: u32| handle_of(core, fd as i32);
    let waits: Vec<_> = raw
        .chunks_exact(SUBSCRIPTION)
        .map(|raw| Wait::read(raw, native))
        .collect();
    let events: Vec<u8> = wait(&waits)?.into_iter().flatten().collect();

    let number = u32::try_from(events.len() / EVENT).unwrap_or(count);
    memory
        .write(&mut *caller, output, &events)
        .and_then(|()| memory.write_value(&mut *caller, len, number))
        .map_err(|_| errno::FAULT)
}

/// A subscription.
struct Wait {
    userdata: [u8; 8],
    ty: u8,
    what: What,
}

enum What {
    /// Until a clock of the system shows so many nanoseconds.
    Clock { id: libc::clockid_t, until: u64 },
    /// Until a descriptor is ready.
    Descriptor(c_int),
    /// It makes no sense.
    Error(u16),
}

impl Wait {
    fn read(raw: &[u8], native: impl Fn(u32) -> Option<u64>) -> Self {
        let mut userdata = [0; 8];
        userdata.copy_from_slice(&raw[..8]);
        let ty = raw[8];
        let what = match ty {
            CLOCK => {
                let absolute = number(raw, 40, 2) & 1 != 0;
                match number(raw, 16, 4) {
                    0 => until(libc::CLOCK_REALTIME, number(raw, 24, 8), absolute),
                    1 => until(libc::CLOCK_MONOTONIC, number(raw, 24, 8), absolute),
                    _ => What::Error(errno::INVAL),
                }
            }
            READ | WRITE => {
                #[allow(clippy::cast_possible_truncation, reason = "four bytes")]
                let fd = native(number(raw, 16, 4) as u32);
                match fd.and_then(|fd| c_int::try_from(fd).ok()) {
                    Some(fd) => What::Descriptor(fd),
                    None => What::Error(errno::BADF),
                }
            }
            _ => What::Error(errno::INVAL),
        };
        Self { userdata, ty, what }
    }

    /// What is left to wait, or `None` for what is no clock.
    fn left(&self) -> Option<Duration> {
        match self.what {
            What::Clock { id, until } => Some(Duration::from_nanos(
                until.saturating_sub(now(id).unwrap_or(until)),
            )),
            _ => None,
        }
    }

    fn event(&self, error: u16, bytes: u64, flags: u16) -> [u8; EVENT] {
        let mut event = [0; EVENT];
        event[..8].copy_from_slice(&self.userdata);
        event[8..10].copy_from_slice(&error.to_le_bytes());
        event[10] = self.ty;
        event[16..24].copy_from_slice(&bytes.to_le_bytes());
        event[24..26].copy_from_slice(&flags.to_le_bytes());
        event
    }

    /// The event of a descriptor, by what the system says of it.
    fn descriptor_event(&self, fd: &libc::pollfd) -> Option<[u8; EVENT]> {
        const HANGUP: u16 = 1;
        let is = |flag| fd.revents & flag != 0;
        if fd.revents == 0 {
            None
        } else if is(libc::POLLNVAL) {
            Some(self.event(errno::BADF, 0, 0))
        } else if is(libc::POLLERR) && !is(libc::POLLHUP) {
            Some(self.event(errno::IO, 0, 0))
        } else {
            let bytes = if self.ty == READ { waiting(fd.fd) } else { 0 };
            let flags = if is(libc::POLLHUP) { HANGUP } else { 0 };
            Some(self.event(errno::SUCCESS, bytes, flags))
        }
    }
}

/// Waits for the first of all, and gives the events of those that are there.
fn wait(waits: &[Wait]) -> Result<Vec<[u8; EVENT]>, u16> {
    let mut fds: Vec<_> = waits
        .iter()
        .map(|wait| libc::pollfd {
            // A negative one is passed over.
            fd: match wait.what {
                What::Descriptor(fd) => fd,
                _ => -1,
            },
            events: if wait.ty == READ {
                libc::POLLIN
            } else {
                libc::POLLOUT
            },
            revents: 0,
        })
        .collect();
    let has_error = waits.iter().any(|wait| matches!(wait.what, What::Error(_)));
    loop {
        let left = waits.iter().filter_map(Wait::left).min();
        let millis = match left {
            _ if has_error => 0,
            // Rounded up, so as not to ask again and again at the end.
            Some(left) => {
                c_int::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
            }
            None => -1,
        };
        #[allow(clippy::cast_possible_truncation, reason = "bounded far below 32 bits")]
        let count = fds.len() as libc::nfds_t;
        // SAFETY: an array of this length, which the system writes `revents` of.
        let ready = unsafe { libc::poll(fds.as_mut_ptr(), count, millis) };
        if ready < 0 {
            match std::io::Error::last_os_error().raw_os_error() {
                Some(libc::EINTR) => continue,
                // More than the process may have open.
                Some(libc::EINVAL) => return Err(errno::INVAL),
                _ => return Err(errno::NOMEM),
            }
        }
        let events: Vec<_> = waits
            .iter()
            .zip(&fds)
            .filter_map(|(wait, fd)| match wait.what {
                What::Error(error) => Some(wait.event(error, 0, 0)),
                What::Clock { .. } => {
                    let is_over = wait.left() == Some(Duration::ZERO);
                    is_over.then(|| wait.event(errno::SUCCESS, 0, 0))
                }
                What::Descriptor(_) => wait.descriptor_event(fd),
            })
            .collect();
        if !events.is_empty() {
            return Ok(events);
        }
    }
}

/// When a clock will have got so far.
fn until(id: libc::clockid_t, timeout: u64, absolute: bool) -> What {
    match now(id) {
        Some(_) if absolute => What::Clock { id, until: timeout },
        Some(now) => What::Clock {
            id,
            until: now.saturating_add(timeout),
        },
        None => What::Error(errno::INVAL),
    }
}

/// What a clock shows, in nanoseconds; `None` where there is no such clock.
fn now(id: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the structure is ours, and written to.
    let answer = unsafe { libc::clock_gettime(id, &raw mut time) };
    if answer != 0 {
        return None;
    }
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanos = u64::try_from(time.tv_nsec).ok()?;
    Some(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
}

/// How many bytes a descriptor has for who reads now; none where the system does not tell.
fn waiting(fd: c_int) -> u64 {
    let mut bytes: c_int = 0;
    // SAFETY: this request writes an `int`, and nothing else.
    let answer = unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut bytes) };
    if answer == 0 {
        u64::try_from(bytes).unwrap_or(0)
    } else {
        0
    }
}

/// A number of up to eight bytes.
fn number(raw: &[u8], at: usize, len: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes[..len].copy_from_slice(&raw[at..at + len]);
    u64::from_le_bytes(bytes)
}
