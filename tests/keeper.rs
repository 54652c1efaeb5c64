//! Compiled code and the signals of the process (S17). All of it is about a whole process, so each
//! test starts itself again in a process of its own.
#![cfg(unix)]

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

use support::{instance_with, test_command, wasm};
use wasmedge::{Config, Instance, Module, Store, Trap, keeper};

const CHILD: &str = "WASMEDGE_KEEPER_TEST_CHILD";

/// Runs the test of this name in a process of its own and gives what came of it; there, runs `body`
/// and gives nothing.
fn child(name: &str, body: impl FnOnce()) -> Option<Output> {
    if env::var_os(CHILD).is_some() {
        body();
        return None;
    }
    let mut child = test_command(name);
    Some(child.env(CHILD, "1").output().expect("a process"))
}

fn text(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The process ended by itself, and the test in it passed.
fn passed(name: &str, body: impl FnOnce()) {
    if let Some(output) = child(name, body) {
        assert!(output.status.success(), "{}", text(&output));
    }
}

/// The process was ended by this signal, and said so.
fn killed(name: &str, signal: i32, message: &str, body: impl FnOnce()) {
    if let Some(output) = child(name, body) {
        let text = text(&output);
        assert_eq!(output.status.signal(), Some(signal), "{text}");
        assert!(text.contains(message), "{text}");
    }
}

const GUEST: &str = r#"(module
    (import "env" "host" (func $host))
    (memory 1)
    (func $add (export "add") (param i32 i32) (result i32)
      (i32.add (local.get 0) (local.get 1)))
    (func (export "host") (call $host))
    (func (export "trap") (result i32) (i32.load offset=0xfffffff0 (i32.const -1)))
    (func $deep (export "deep") (param i32) (result i32)
      (i32.store (i32.const 8) (call $deep (i32.add (local.get 0) (i32.const 1))))
      (i32.rotl (i32.load (i32.const 12)) (local.get 0))))"#;

fn compiled() -> Module {
    // SAFETY: no tables, and a stack that grows in small steps.
    unsafe { Module::compile(&Config::new().unwrap(), wasm(GUEST)) }.unwrap()
}

fn instance(module: &Module) -> (Store<()>, Instance) {
    instance_with(module, || ())
}

fn trap(store: &mut Store<()>, instance: Instance) {
    let trap = instance
        .get_typed_func::<(), i32>(&mut *store, "trap")
        .unwrap();
    let error = trap.call(store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
}

/// A fault of the program's own, at an address that is never mapped.
fn fault() {
    // SAFETY: none; it is there to fault.
    unsafe { std::ptr::without_provenance::<u8>(8).read_volatile() };
}

#[allow(unconditional_recursion, reason = "it is there to overflow the stack")]
/// Recursion that the compiler cannot turn into a loop.
fn overflow(depth: u64) -> u64 {
    let local = std::hint::black_box([depth; 64]);
    overflow(depth + 1) + std::hint::black_box(&local)[5]
}

#[test]
fn s17_it_runs_from_the_first_instance_on_and_the_process_ends() {
    passed(
        "s17_it_runs_from_the_first_instance_on_and_the_process_ends",
        || {
            let module = compiled();
            assert!(!keeper::is_running());
            let (mut store, instance) = instance(&module);
            assert!(keeper::is_running());
            assert!(keeper::set_enabled(true).is_ok());
            assert!(keeper::set_enabled(false).is_err());
            trap(&mut store, instance);
        },
    );
}

#[test]
fn s17_it_can_be_switched_off() {
    passed("s17_it_can_be_switched_off", || {
        keeper::set_enabled(false).unwrap();
        let module = compiled();
        let (mut store, first) = instance(&module);
        assert!(!keeper::is_running());
        trap(&mut store, first);
        keeper::set_enabled(true).unwrap();
        let (mut store, second) = instance(&module);
        assert!(keeper::is_running());
        trap(&mut store, second);
    });
}

#[test]
fn s17_four_threads_trap_at_once() {
    passed("s17_four_threads_trap_at_once", || {
        let module = compiled();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let (mut store, instance) = instance(&module);
                    for _ in 0..20_000 {
                        trap(&mut store, instance);
                    }
                });
            }
        });
    });
}

#[test]
fn s17_endless_recursion_in_compiled_code_is_a_trap() {
    passed("s17_endless_recursion_in_compiled_code_is_a_trap", || {
        let module = compiled();
        let recurse = || {
            let (mut store, instance) = instance(&module);
            for _ in 0..5 {
                let deep = instance.get_typed_func::<i32, i32>(&store, "deep").unwrap();
                let error = deep.call(&mut store, 0).unwrap_err();
                assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
                let add = instance
                    .get_typed_func::<(i32, i32), i32>(&store, "add")
                    .unwrap();
                assert_eq!(add.call(&mut store, (3, 4)).unwrap(), 7);
            }
        };
        recurse();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(recurse);
            }
        });
    });
}

#[test]
fn s17_rust_reports_its_own_stack_overflow() {
    let name = "s17_rust_reports_its_own_stack_overflow";
    killed(name, libc::SIGABRT, "has overflowed its stack", || {
        let module = compiled();
        let (mut store, instance) = instance(&module);
        trap(&mut store, instance);
        overflow(0);
    });
}

#[test]
fn s17_so_it_does_in_a_host_function() {
    let name = "s17_so_it_does_in_a_host_function";
    killed(name, libc::SIGABRT, "has overflowed its stack", || {
        let module = compiled();
        let (mut store, instance) = instance_with(&module, || {
            overflow(0);
        });
        let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
        let _ = host.call(&mut store, ());
    });
}

#[test]
fn s17_and_in_one_of_a_plain_store_below_it() {
    let name = "s17_and_in_one_of_a_plain_store_below_it";
    killed(name, libc::SIGABRT, "has overflowed its stack", || {
        let module = compiled();
        let plain = support::module(GUEST);
        let (mut store, instance) = instance_with(&module, move || {
            let (mut store, instance) = instance_with(&plain, || {
                overflow(0);
            });
            let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
            let _ = host.call(&mut store, ());
        });
        let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
        let _ = host.call(&mut store, ());
    });
}

#[test]
fn s17_a_fault_of_the_program_ends_it() {
    killed(
        "s17_a_fault_of_the_program_ends_it",
        libc::SIGSEGV,
        "",
        || {
            let module = compiled();
            let (mut store, instance) = instance(&module);
            trap(&mut store, instance);
            fault();
        },
    );
}

static FAULTS: AtomicU32 = AtomicU32::new(0);

/// A handler of the program: it counts, and ends the process when it is called again.
extern "C" fn count(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    FAULTS.fetch_add(1, Ordering::Relaxed);
    if FAULTS.load(Ordering::Relaxed) == 2 {
        println!("the program's handler was called twice");
        // SAFETY: ends the process, without anything that a handler may not do.
        unsafe { libc::_exit(42) };
    }
}

#[test]
fn s17_the_program_s_own_handler_is_called_and_only_for_its_own() {
    let name = "s17_the_program_s_own_handler_is_called_and_only_for_its_own";
    let output = child(name, || {
        // SAFETY: a handler with the signature that its flags say.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            #[expect(clippy::fn_to_numeric_cast_any, reason = "C keeps handlers as numbers")]
            {
                action.sa_sigaction = count as *const () as usize;
            }
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigaction(libc::SIGSEGV, &raw const action, std::ptr::null_mut());
        }
        let module = compiled();
        let (mut store, instance) = instance_with(&module, fault);
        for _ in 0..100 {
            trap(&mut store, instance);
        }
        assert_eq!(FAULTS.load(Ordering::Relaxed), 0);
        // The handler returns, and the instruction faults again.
        let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
        let _ = host.call(&mut store, ());
    });
    if let Some(output) = output {
        let text = text(&output);
        assert_eq!(output.status.code(), Some(42), "{text}");
        assert!(text.contains("was called twice"), "{text}");
    }
}

static RAISED: AtomicU32 = AtomicU32::new(0);

extern "C" fn note_raise(_: i32) {
    RAISED.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn s17_a_signal_that_the_program_sends_reaches_its_handler() {
    passed(
        "s17_a_signal_that_the_program_sends_reaches_its_handler",
        || {
            // SAFETY: a handler with the signature that its flags say.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                #[expect(clippy::fn_to_numeric_cast_any, reason = "C keeps handlers as numbers")]
                {
                    action.sa_sigaction = note_raise as *const () as usize;
                }
                libc::sigaction(libc::SIGSEGV, &raw const action, std::ptr::null_mut());
            }
            let module = compiled();
            // SAFETY: the handler counts.
            let (mut store, instance) = instance_with(&module, || unsafe {
                libc::raise(libc::SIGSEGV);
            });
            let mut count = 0;
            let mut raised = |what: &str| {
                count += 1;
                assert_eq!(RAISED.load(Ordering::Relaxed), count, "{what}");
            };
            // SAFETY: as above.
            let raise = || unsafe { libc::raise(libc::SIGSEGV) };
            let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
            raise();
            raised("before a trap");
            host.call(&mut store, ()).unwrap();
            raised("in a host function");
            for _ in 0..3 {
                trap(&mut store, instance);
                raise();
                raised("after a trap");
                host.call(&mut store, ()).unwrap();
                raised("in a host function after a trap");
            }
        },
    );
}
