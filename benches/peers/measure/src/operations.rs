//! What is measured.

use std::hint::black_box;
use std::time::Duration;

use crate::timed::timed;
use crate::{Host, Runtime};

/// Does an operation a number of times, and says how long that took; none if the runtime has no such
/// operation.
type Run<R> = fn(&mut R, u64) -> Option<Duration>;

/// A program in Rust with an allocator and panics.
const PROGRAM: &[u8] = include_bytes!("../../../../testdata/wasm_bindgen.wasm");

/// So many instances in one store, then another store.
const BATCH: u64 = 1000;

pub(crate) fn operations<R: Runtime>() -> Vec<(&'static str, Run<R>)> {
    vec![
        ("call ()", |runtime, n| {
            Some(repeat(n, || runtime.call_nothing()))
        }),
        ("call (i32, i32) -> i32", |runtime, n| {
            Some(repeat(n, || {
                assert_eq!(runtime.call_add(black_box(1), black_box(2)), 3);
            }))
        }),
        ("call (i32, i64) -> (i64, i32)", |runtime, n| {
            Some(repeat(n, || {
                let swapped = runtime.call_swap(black_box(1), black_box(2));
                assert_eq!(swapped, (2, 1));
            }))
        }),
        ("dynamic call (i32, i32) -> i32", |runtime, n| {
            Some(repeat(n, || {
                let sum = runtime.call_add_dynamic(black_box(1), black_box(2));
                assert_eq!(sum, 3);
            }))
        }),
        ("call by name through a Vm", |runtime, n| {
            runtime.call_by_name(1, 2)?;
            Some(repeat(n, || {
                let sum = runtime.call_by_name(black_box(1), black_box(2));
                assert_eq!(sum, Some(3));
            }))
        }),
        ("host call ()", |runtime, n| {
            called_by_wasm(runtime, Host::Nothing, n)
        }),
        ("host call (i32, i32) -> i32", |runtime, n| {
            called_by_wasm(runtime, Host::Add, n)
        }),
        ("host call with state", |runtime, n| {
            called_by_wasm(runtime, Host::State, n)
        }),
        ("memory read, 8 bytes", read::<8, R>),
        ("memory read, 64 bytes", read::<64, R>),
        ("memory read, 64 KiB", read::<0x10000, R>),
        ("memory write, 8 bytes", write::<8, R>),
        ("memory write, 64 bytes", write::<64, R>),
        ("memory write, 64 KiB", write::<0x10000, R>),
        ("global get", |runtime, n| {
            runtime.global_set(5);
            Some(repeat(n, || assert_eq!(runtime.global_get(), 5)))
        }),
        ("global set", |runtime, n| {
            Some(repeat(n, || runtime.global_set(black_box(5))))
        }),
        ("table get", |runtime, n| {
            Some(repeat(n, || assert!(runtime.table_get(black_box(1)))))
        }),
        ("look-up of an export", |runtime, n| {
            Some(repeat(n, || assert!(runtime.find(black_box("add")))))
        }),
        ("load, 49 KB", |runtime, n| {
            Some(repeat(n, || runtime.load(PROGRAM)))
        }),
        ("instantiate", instantiate),
        ("store + instantiate + call + drop", |runtime, n| {
            Some(repeat(n, || {
                let sum = runtime.run_in_store(black_box(1), black_box(2));
                assert_eq!(sum, 3);
            }))
        }),
        ("Vm: create, run bytes, drop", |runtime, n| {
            runtime.run_in_vm(1, 2)?;
            Some(repeat(n, || {
                let sum = runtime.run_in_vm(black_box(1), black_box(2));
                assert_eq!(sum, Some(3));
            }))
        }),
    ]
}

fn repeat(n: u64, mut once: impl FnMut()) -> Duration {
    timed(|| {
        for _ in 0..n {
            once();
        }
    })
}

/// One call of a loop in wasm, that calls the host `n` times.
fn called_by_wasm<R: Runtime>(runtime: &mut R, host: Host, n: u64) -> Option<Duration> {
    let n = u32::try_from(n).unwrap();
    Some(timed(|| runtime.call_loop(host, n)))
}

fn read<const LEN: usize, R: Runtime>(runtime: &mut R, n: u64) -> Option<Duration> {
    let mut buffer = vec![0; LEN];
    Some(repeat(n, || {
        runtime.memory_read(black_box(16), &mut buffer);
        black_box(&mut buffer);
    }))
}

fn write<const LEN: usize, R: Runtime>(runtime: &mut R, n: u64) -> Option<Duration> {
    let bytes = vec![7; LEN];
    Some(repeat(n, || {
        runtime.memory_write(black_box(16), black_box(&bytes));
    }))
}

/// In batches, whose instances are freed outside of what is measured.
fn instantiate<R: Runtime>(runtime: &mut R, mut n: u64) -> Option<Duration> {
    let mut time = Duration::ZERO;
    while n > 0 {
        let batch = n.min(BATCH);
        let mut instances = runtime.instances()?;
        time += repeat(batch, || runtime.instantiate(&mut instances));
        n -= batch;
    }
    Some(time)
}
