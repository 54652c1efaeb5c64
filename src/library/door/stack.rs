//! Where the stack of a thread is.

use std::ops::Range;

/// The stack that the system gave the thread. `here` is an address on the stack in use.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn own(here: usize) -> Option<Range<usize>> {
    // SAFETY: numbers and addresses, for which zero is a value.
    let mut attr: libc::pthread_attr_t = unsafe { std::mem::zeroed() };
    // SAFETY: the place is ours, and is written on success.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), &raw mut attr) } != 0 {
        return None;
    }
    let (mut bottom, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes were written above, and are destroyed once.
    let known = unsafe {
        let known = libc::pthread_attr_getstack(&raw const attr, &raw mut bottom, &raw mut size);
        libc::pthread_attr_destroy(&raw mut attr);
        known == 0
    };
    let bottom = bottom.addr();
    let stack = bottom..bottom.checked_add(size)?;
    if !known || !stack.contains(&here) {
        return None;
    }
    if is_main_thread() {
        return Some(grown(here, stack, maps()));
    }
    Some(stack)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_main_thread() -> bool {
    // SAFETY: both take nothing, and give numbers.
    unsafe { libc::getpid() == libc::gettid() }
}

/// What of the stack of the first thread, which grows, is sure to be had: the kernel leaves a gap
/// of 256 pages to what lies below, and something may come to lie there later, where the stack has
/// no limit.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn grown(here: usize, stack: Range<usize>, maps: Option<Vec<Map>>) -> Range<usize> {
    const GAP: usize = 1 << 20;
    const ENOUGH: usize = 64 << 20;
    // What is below is looked at again when the stack has become so deep.
    let bottom = stack.start.max(here.saturating_sub(ENOUGH));
    let Some(maps) = maps else {
        return bottom..stack.end;
    };
    let grows = |map: &Map| map.is_first_stack && map.addresses.contains(&here);
    if !maps.iter().any(grows) {
        // After a fork another thread's stack may be that of the only one.
        return stack;
    }
    let ends = maps.iter().map(|map| map.addresses.end);
    let below = ends.filter(|end| *end <= here).max().unwrap_or_default();
    bottom.max(below.saturating_add(GAP)).min(here)..stack.end
}

/// The mapping of memory around an address, which is what can be said of a stack that somebody
/// made.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn around(here: usize) -> Option<Range<usize>> {
    let map = maps()?
        .into_iter()
        .find(|map| map.addresses.contains(&here));
    map.map(|map| map.addresses)
}

/// A line of the system's list of what memory the process has.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[derive(Debug, PartialEq, Eq)]
struct Map {
    addresses: Range<usize>,
    is_first_stack: bool,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn maps() -> Option<Vec<Map>> {
    let text = std::fs::read_to_string("/proc/self/maps").ok()?;
    Some(text.lines().filter_map(map).collect())
}

/// `7f0000000000-7f0000001000 rw-p …`
#[cfg(any(target_os = "linux", target_os = "android"))]
fn map(line: &str) -> Option<Map> {
    let (start, end) = line.split_ascii_whitespace().next()?.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some(Map {
        addresses: number(start)?..number(end)?,
        is_first_stack: line.ends_with("[stack]"),
    })
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
pub(super) fn own(_: usize) -> Option<Range<usize>> {
    // SAFETY: both read what the system knows of this thread.
    let (top, size) = unsafe {
        let this = libc::pthread_self();
        (
            libc::pthread_get_stackaddr_np(this).addr(),
            libc::pthread_get_stacksize_np(this),
        )
    };
    Some(top.checked_sub(size)?..top)
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios"
)))]
pub(super) fn own(_: usize) -> Option<Range<usize>> {
    None
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn around(_: usize) -> Option<Range<usize>> {
    None
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_map_is_read() {
        let line = "7ffd1000-7ffd3000 rw-p 00000000 00:00 0      [stack]";
        let read = map(line).unwrap();
        assert_eq!(read.addresses, 0x7ffd_1000..0x7ffd_3000);
        assert!(read.is_first_stack);
        assert_eq!(map("nothing"), None);
    }

    #[test]
    fn d5_the_first_stack_is_what_it_may_grow_to() {
        const MIB: usize = 1 << 20;
        let map = |addresses, is_first_stack| Map {
            addresses,
            is_first_stack,
        };
        let (here, top) = (1000 * MIB, 1001 * MIB);
        let grown = |limit, others: &[Range<usize>]| {
            let mut maps: Vec<_> = others.iter().map(|own| map(own.clone(), false)).collect();
            maps.push(map(999 * MIB..top, true));
            maps.push(map(1002 * MIB..1003 * MIB, false));
            let stack = grown(here, top - limit..top, Some(maps));
            assert_eq!(stack.end, top);
            (here - stack.start) / MIB
        };
        // Up to its limit; not all of a large one at once; and with a gap to what lies below.
        assert_eq!(grown(8 * MIB, &[]), 7);
        assert_eq!(grown(800 * MIB, &[]), 64);
        let others = [10 * MIB..950 * MIB, 20 * MIB..970 * MIB];
        assert_eq!(grown(800 * MIB, &others), 29);
        assert_eq!(grown(8 * MIB, &others), 7);
        assert_eq!(grown(8 * MIB, &[10 * MIB..20 * MIB, 998 * MIB..here]), 0);
        // Where the system does not tell, and where it is not the first stack.
        let stack = 0..top;
        let unknown = super::grown(here, stack.clone(), None);
        assert_eq!(unknown, here - 64 * MIB..top);
        let elsewhere = vec![
            map(1002 * MIB..1003 * MIB, true),
            map(999 * MIB..top, false),
        ];
        assert_eq!(super::grown(here, stack.clone(), Some(elsewhere)), stack);
    }

    #[test]
    fn d5_the_first_thread_is_known() {
        assert!(!std::thread::spawn(is_main_thread).join().unwrap());
        // The child of a fork has no other one.
        // SAFETY: the child asks for two numbers, and ends.
        let status = unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(i32::from(is_main_thread()));
            }
            let mut status = 0;
            assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
            status
        };
        assert_eq!(libc::WEXITSTATUS(status), 1);
    }

    #[test]
    fn d5_the_stack_of_a_thread_is_at_least_what_was_asked_for() {
        for size in [16 << 10, 64 << 10, 1 << 20] {
            let thread = std::thread::Builder::new().stack_size(size);
            let (left, around) = thread
                .spawn(|| {
                    let local = 0_u8;
                    let here = std::ptr::from_ref(&local).addr();
                    let stack = own(here).unwrap();
                    assert!(stack.contains(&here));
                    (here - stack.start, around(here).unwrap())
                })
                .unwrap()
                .join()
                .unwrap();
            // It may get the stack of one that was larger, and ended.
            assert!(left > size / 4, "{size}: {left}");
            assert!(around.len() > left);
        }
    }
}
