//! The child of a fork has one thread, and what the others of its parent had.
#![cfg(target_os = "linux")]

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use support::run_part;
use wasmedge::{ErrorKind, HostModule, Instance, Store, log};

#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("limits") => limits(),
        Some("scopes") => scopes(),
        Some("threads") => threads(),
        Some(part) => panic!("no part {part}"),
    }
}

#[test]
fn s12_time_limits_hold_in_a_child() {
    run_part("limits");
}

#[test]
fn s12_a_child_that_is_forked_under_a_time_limit_has_it() {
    run_part("scopes");
}

#[test]
fn s12_no_lock_is_held_in_a_child() {
    run_part("threads");
}

/// Forks, and runs `body` in the child, which has a few seconds for it; and the parent waits for it.
fn in_child(body: impl FnOnce()) {
    // SAFETY: the child runs code that takes locks and memory, which glibc allows; `_exit` does not run
    // what belongs to the parent.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            libc::alarm(30);
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).is_err();
            libc::_exit(i32::from(panicked));
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        assert_eq!(status, 0, "the status of the child");
    }
}

const LIMIT: Duration = Duration::from_millis(5);

fn guest(host: impl Fn() + Send + Sync + 'static) -> (Store<()>, Instance) {
    let mut env = HostModule::new("env");
    env.func_wrap("host", host).unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let module = support::module(
        r#"(module (import "env" "host" (func $host))
          (func (export "spin") (loop (br 0)))
          (func (export "host") call $host (loop (br 0))))"#,
    );
    let instance = store.instantiate(&module).unwrap();
    (store, instance)
}

/// Calls a function that does not end, and sees that it is ended.
fn time_out(store: &mut Store<()>, instance: Instance, name: &str) {
    let f = instance
        .get_typed_func::<(), ()>(&mut *store, name)
        .unwrap();
    let error = f.call_timeout(store, (), LIMIT).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout(_)), "{error}");
}

fn limits() {
    let (mut store, instance) = guest(|| ());
    time_out(&mut store, instance, "spin");
    for _ in 0..3 {
        in_child(|| {
            time_out(&mut store, instance, "spin");
            let (mut store, instance) = guest(|| ());
            time_out(&mut store, instance, "spin");
            // A child of the child.
            in_child(|| time_out(&mut store, instance, "spin"));
        });
        time_out(&mut store, instance, "spin");
    }
}

/// In a host function, under a limit that the parent set.
fn scopes() {
    let (mut store, instance) = guest(|| {
        // SAFETY: the child does what any process may.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: numbers.
            unsafe { libc::alarm(30) };
            return;
        }
        let mut status = 0;
        // SAFETY: the place lives during the call.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        assert_eq!(status, 0, "the status of the child");
    });
    // SAFETY: takes nothing.
    let parent = unsafe { libc::getpid() };
    time_out(&mut store, instance, "host");
    // SAFETY: takes nothing.
    if unsafe { libc::getpid() } != parent {
        // SAFETY: ends the child.
        unsafe { libc::_exit(0) };
    }
}

/// While other threads interrupt, are timed out, and begin and end.
fn threads() {
    // The log is C++'s, and has a lock of its own: one who writes to it while others fork may leave the
    // lock closed in the child.
    log::set_level(log::Level::Off).unwrap();
    let (mut store, instance) = guest(|| ());
    let handle = store.interrupt_handle().unwrap();
    let (stop, stopped) = mpsc::channel::<()>();
    let interrupter = thread::spawn(move || {
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            handle.interrupt();
        }
    });
    let (tell, told) = mpsc::channel();
    for _ in 0..3 {
        let tell = tell.clone();
        thread::spawn(move || {
            let (mut store, instance) = guest(|| ());
            tell.send(store.interrupt_handle().unwrap()).unwrap();
            loop {
                time_out(&mut store, instance, "spin");
                thread::spawn(|| drop(guest(|| ()))).join().unwrap();
            }
        });
    }
    let handles: Vec<_> = told.iter().take(3).collect();
    for _ in 0..30 {
        in_child(|| {
            // Stores of threads that are not there.
            for handle in &handles {
                handle.interrupt();
            }
            time_out(&mut store, instance, "spin");
        });
    }
    drop(stop);
    interrupter.join().unwrap();
}
