//! A process that is killed at a system call of its own, and not at a time that may miss it.
#![cfg(target_os = "linux")]

use std::ffi::{c_long, c_ulong};
use std::ops::RangeInclusive;

/// Has the kernel kill this process when this thread asks for one of the calls with a third argument in
/// this range: the length, for `write`.
pub(crate) fn at(calls: &[c_long], third: RangeInclusive<u32>) {
    let line = |code: u32, k: u32, jt: usize, jf: usize| libc::sock_filter {
        code: code as u16,
        jt: jt as u8,
        jf: jf as u8,
        k,
    };
    let load = |offset| line(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    let jump = |test, k, yes, no| line(libc::BPF_JMP | test | libc::BPF_K, k, yes, no);
    let end = |action| line(libc::BPF_RET | libc::BPF_K, action, 0, 0);
    // Of `struct seccomp_data`: the number, and the lower half of the third argument.
    let half = if cfg!(target_endian = "big") { 4 } else { 0 };
    let (number, argument) = (0, 16 + 2 * 8 + half);

    let mut filter = vec![load(number)];
    for (n, call) in calls.iter().enumerate() {
        filter.push(jump(libc::BPF_JEQ, *call as u32, calls.len() - n, 0));
    }
    filter.extend([
        end(libc::SECCOMP_RET_ALLOW),
        load(argument),
        jump(libc::BPF_JGE, *third.start(), 0, 2),
        jump(libc::BPF_JGT, *third.end(), 1, 0),
        end(libc::SECCOMP_RET_KILL_PROCESS),
        end(libc::SECCOMP_RET_ALLOW),
    ]);
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    let (yes, no): (c_ulong, c_ulong) = (1, 0);
    let mode = c_ulong::from(libc::SECCOMP_MODE_FILTER);
    // SAFETY: numbers, and a program that lives during the call.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, yes, no, no, no), 0);
        assert_eq!(
            libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program),
            0
        );
    }
}
