//! The process ends while threads are in the library (D6): it ends with its own status, always. Each
//! program here runs many times in a process of its own, on an idle machine and on a busy one.
//!
//! `WASMEDGE_EXIT_RUNS` says how often; see docs/testing.md.
#![cfg(unix)]

use std::env;
use std::ffi::CStr;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use support::{command, wasm};
use wasmedge::{Config, Func, HostModule, Instance, Module, Proposal, Store, TypedFunc};
use wasmedge::{Vm, Wasi, log};

/// Which of its runs a process is.
const RUN: &str = "WASMEDGE_EXIT_RUN";

/// The status of a program that ends itself.
const STATUS: i32 = 7;

/// How a program ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// It calls `exit`, on a thread that is not the first.
    Exit,
    /// Its `main` returns.
    Main,
}

/// Runs the test of this name in processes of its own, where it runs `program`.
fn ends(name: &str, end: End, program: impl FnOnce()) {
    if let Ok(run) = env::var(RUN) {
        // Into C's buffer, which is written when the process ends, however it does.
        // SAFETY: the text ends in NUL.
        unsafe { libc::puts(c"held back".as_ptr()) };
        program();
        // At another moment each time.
        let run: u64 = run.parse().unwrap();
        thread::sleep(Duration::from_micros(run * 1709 % 20_000));
        match end {
            End::Exit => std::process::exit(STATUS),
            End::Main => return,
        }
    }
    let runs = env::var("WASMEDGE_EXIT_RUNS").map_or(8, |runs| runs.parse().unwrap());
    let handled = many(name, end, 0..runs) + busy(|| many(name, end, runs..runs * 2));
    // What does not stop in time ends the process without them.
    assert!(handled > 0 || !name.contains("handlers"), "no handler ran");
}

/// What handlers of the program write.
const HANDLED: &CStr = c"a handler ran";

/// Gives in how many of the runs handlers ran.
fn many(name: &str, end: End, runs: std::ops::Range<u32>) -> usize {
    let mut handled = 0;
    let own = env::args_os().next().expect("the path of this test");
    let wanted = if end == End::Exit { STATUS } else { 0 };
    for run in runs {
        let mut child = command(own.clone().into());
        child
            .args(["--exact", name, "--nocapture", "--test-threads=2"])
            .env(RUN, run.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = child.spawn().expect("a process");
        // Nobody writes to it, and it is open until the process has ended.
        let input = child.stdin.take();
        let output = child.wait_with_output().expect("a process");
        drop(input);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), output.status.signal()),
            (Some(wanted), None),
            "run {run}: {}\n{stderr}",
            String::from_utf8_lossy(&output.stdout)
        );
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(stdout.contains("held back"), "run {run}: {stdout}");
        // No thread learns of it.
        assert!(!stderr.contains("panicked"), "run {run}: {stderr}");
        handled += usize::from(stdout.contains(HANDLED.to_str().unwrap()));
    }
    handled
}

/// Runs `body` while all processors have something else to do.
fn busy<R>(body: impl FnOnce() -> R) -> R {
    static OVER: AtomicBool = AtomicBool::new(false);
    let count = thread::available_parallelism().map_or(2, usize::from) * 2;
    for _ in 0..count {
        thread::spawn(|| {
            while !OVER.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
    }
    let result = body();
    OVER.store(true, Ordering::Relaxed);
    result
}

const GUEST: &str = r#"(module
    (import "env" "host" (func $host (param i32) (result i32)))
    (memory 1)
    (func (export "spin") (loop (br 0)))
    (func (export "trap") (drop (i32.load (i32.const -1))))
    (func (export "host") (drop (call $host (i32.const 1))))
    (func (export "hosts") (loop (drop (call $host (i32.const 0))) (br 0))))"#;

/// A store whose host function runs this.
fn guest(host: impl Fn(i32) -> i32 + Send + Sync + 'static) -> (Store<()>, Instance) {
    let mut env = HostModule::<()>::new("env");
    env.func_wrap("host", host).unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(&support::module(GUEST)).unwrap();
    (store, instance)
}

/// Calls a function for ever. An error is a panic, which a thread that is stopped does not come to.
fn call(name: &str, host: impl Fn(i32) -> i32 + Send + Sync + 'static) {
    let (mut store, instance) = guest(host);
    let function = instance.get_typed_func::<(), ()>(&store, name).unwrap();
    loop {
        let result = function.call(&mut store, ());
        assert!(result.is_ok() || name == "trap");
    }
}

fn threads(count: usize, body: impl Fn() + Send + Sync + Copy + 'static) {
    for _ in 0..count {
        thread::spawn(body);
    }
}

#[test]
fn d6_a_call_is_dropped() {
    ends("d6_a_call_is_dropped", End::Main, || {
        for _ in 0..4 {
            let (store, instance) = guest(|n| n);
            let spin = instance.get_typed_func::<(), ()>(&store, "spin").unwrap();
            drop(store.call_async(spin, ()).unwrap());
        }
    });
}

#[test]
fn d6_a_call_is_forgotten() {
    ends("d6_a_call_is_forgotten", End::Main, || {
        for _ in 0..4 {
            let (store, instance) = guest(|n| n);
            let trap = instance.get_typed_func::<(), ()>(&store, "trap").unwrap();
            let call = store.spawn(move |store| {
                loop {
                    let _ = trap.call(&mut *store, ());
                }
            });
            std::mem::forget(call.unwrap());
        }
    });
}

#[test]
fn d6_threads_of_the_program_run() {
    ends("d6_threads_of_the_program_run", End::Exit, || {
        threads(2, || call("spin", |n| n));
        threads(1, || call("hosts", |n| n));
        threads(1, || call("trap", |n| n));
    });
}

#[test]
fn d6_threads_load_and_make_stores() {
    ends("d6_threads_load_and_make_stores", End::Main, || {
        threads(2, || {
            loop {
                assert!(Module::new(&Config::new().unwrap(), b"not wasm").is_err());
            }
        });
        threads(2, || {
            loop {
                let mut vm = Vm::new(()).unwrap();
                let wasm = wasm(r#"(module (func (export "t") unreachable))"#);
                assert!(vm.run_bytes::<(), ()>(&wasm, "t", ()).is_err());
            }
        });
    });
}

#[test]
fn d6_a_host_function_ends_the_process() {
    ends("d6_a_host_function_ends_the_process", End::Exit, || {
        threads(2, || call("spin", |n| n));
        let (mut store, instance) = guest(|n| match n {
            1 => std::process::exit(STATUS),
            n => n,
        });
        let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
        host.call(&mut store, ()).unwrap();
    });
}

#[test]
fn d6_a_store_is_used_in_a_host_function_of_another() {
    ends(
        "d6_a_store_is_used_in_a_host_function_of_another",
        End::Exit,
        || {
            let inner = |n| {
                let (mut store, instance) = guest(|n| n);
                let spin = instance.get_typed_func::<(), ()>(&store, "spin").unwrap();
                let limit = Duration::from_micros(300);
                assert!(spin.call_timeout(&mut store, (), limit).is_err());
                n
            };
            threads(3, move || call("hosts", inner));
        },
    );
}

#[test]
fn d6_a_runtime_is_dropped() {
    ends("d6_a_runtime_is_dropped", End::Main, || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        for _ in 0..4 {
            runtime.spawn(async {
                let (store, instance) = guest(|n| n);
                let spin = instance.get_typed_func::<(), ()>(&store, "spin").unwrap();
                store.call_async(spin, ()).unwrap().await.1
            });
            runtime.spawn_blocking(|| call("spin", |n| n));
        }
        runtime.shutdown_background();
    });
}

/// Compiles on another thread until the process ends.
fn compiling(report: impl Fn() + Send + 'static) {
    let text: String = (0..200)
        .map(|n| format!("(func (export \"{n}\") (param i64) (result i64) local.get 0)"))
        .collect();
    let wasm = wasm(&format!("(module {text})"));
    thread::spawn(move || {
        loop {
            // SAFETY: functions that do nothing.
            let module = unsafe { Module::compile(&Config::new().unwrap(), &wasm) };
            assert!(module.is_ok());
            report();
        }
    });
}

#[test]
fn d6_a_module_is_compiled() {
    ends("d6_a_module_is_compiled", End::Exit, || {
        // This thread has used the crate: so the end of the process is noticed before all else, also in
        // the first compile, in which LLVM makes its static objects.
        Config::new().unwrap();
        compiling(|| ());
        thread::sleep(Duration::from_millis(20));
    });
}

#[test]
fn d6_a_module_is_compiled_and_another_thread_ends_the_process() {
    ends(
        "d6_a_module_is_compiled_and_another_thread_ends_the_process",
        End::Exit,
        || {
            let (first, is_done) = mpsc::channel();
            compiling(move || {
                let _ = first.send(());
            });
            // docs/security.md says what is left open before that.
            is_done.recv().unwrap();
        },
    );
}

#[test]
fn d6_a_store_is_static() {
    static STORE: LazyLock<Mutex<Store<()>>> = LazyLock::new(|| Mutex::new(guest(|n| n).0));
    ends("d6_a_store_is_static", End::Exit, || {
        threads(2, || {
            loop {
                let store = &mut *STORE.lock().unwrap();
                let one = Func::wrap(&mut *store, || 1).unwrap();
                let one = one.typed::<(), i32>(&*store).unwrap();
                assert_eq!(one.call(store, ()).unwrap(), 1);
            }
        });
    });
}

#[test]
fn d6_a_guest_waits_in_the_library() {
    ends("d6_a_guest_waits_in_the_library", End::Exit, || {
        let mut config = Config::new().unwrap();
        config.proposal(Proposal::Threads, true).unwrap();
        let wait = r#"(module (memory 1 1 shared) (func (export "f")
            (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"#;
        let read = r#"(module
            (import "wasi_snapshot_preview1" "fd_read"
              (func $read (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "f") (i32.store (i32.const 4) (i32.const 9))
              (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 99)))))"#;
        for text in [wait, read] {
            let module = Module::new(&config, wasm(text)).unwrap();
            let mut store = Store::with_config(&config, ()).unwrap();
            store.register_wasi(&Wasi::new()).unwrap();
            let instance = store.instantiate(&module).unwrap();
            let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
            thread::spawn(move || f.call(&mut store, ()).unwrap());
        }
    });
}

#[test]
fn d6_the_log_is_called_back() {
    ends("d6_the_log_is_called_back", End::Exit, || {
        log::set_level(log::Level::Error).unwrap();
        // Below 0.15 there is none.
        let _ = log::set_callback(|_| {
            thread::sleep(Duration::from_millis(1));
            drop(Config::new());
        });
        threads(3, || call("trap", |n| n));
    });
}

#[test]
fn d6_a_thread_ends_and_a_variable_of_it_runs_code() {
    struct Runs;

    impl Drop for Runs {
        fn drop(&mut self) {
            let (mut store, instance) = guest(|n| n);
            let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
            host.call(&mut store, ()).unwrap();
        }
    }

    thread_local! {
        static RUNS: Runs = const { Runs };
    }

    ends(
        "d6_a_thread_ends_and_a_variable_of_it_runs_code",
        End::Exit,
        || {
            threads(2, || {
                loop {
                    thread::spawn(|| RUNS.with(|_| ())).join().unwrap();
                }
            });
            RUNS.with(|_| ());
        },
    );
}

type Made = Option<(Store<()>, TypedFunc<(), ()>)>;
/// What handlers use.
static MADE: Mutex<Made> = Mutex::new(None);

/// Registered before anything of the crate and the library is: runs when they are gone.
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array.00101"))]
static FIRST: extern "C" fn() = {
    extern "C" fn last() {
        let is_over = |error: wasmedge::Error| {
            let error = error.to_string();
            assert!(error.contains("while the process ends"), "{error}");
        };
        if let Some((mut store, host)) = MADE.lock().unwrap().take() {
            is_over(Store::new(()).unwrap_err());
            is_over(host.call(&mut store, ()).unwrap_err());
            is_over(store.interrupt_handle().unwrap_err());
            drop(store);
        }
    }

    extern "C" fn first() {
        // SAFETY: a function that lives as long as the program.
        unsafe { libc::atexit(last) };
    }

    first
};

#[test]
fn d6_handlers_of_the_program_use_the_library() {
    extern "C" fn run() {
        let (mut store, instance) = guest(|n| n);
        let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
        host.call(&mut store, ()).unwrap();
        *MADE.lock().unwrap() = Some((store, host));
        // SAFETY: the text ends in NUL.
        unsafe { libc::puts(HANDLED.as_ptr()) };
    }

    ends(
        "d6_handlers_of_the_program_use_the_library",
        End::Exit,
        || {
            // SAFETY: a function that lives as long as the program.
            assert_eq!(unsafe { libc::atexit(run) }, 0);
            threads(2, || call("spin", |n| n));
            drop(guest(|n| n));
            // SAFETY: as above.
            assert_eq!(unsafe { libc::atexit(run) }, 0);
        },
    );
}

#[test]
fn d6_handlers_that_come_after_those_of_a_compiler_use_the_library() {
    const THREADS: usize = 4;
    /// How often a thread came out of the library.
    static CAME_OUT: AtomicUsize = AtomicUsize::new(0);

    /// Runs when LLVM's static objects are gone, if the module was compiled after this was registered.
    extern "C" fn run() {
        // Nobody else is in the library any more. Each may have been in front of the door.
        let before = CAME_OUT.load(Ordering::SeqCst);
        thread::sleep(Duration::from_millis(50));
        let after = CAME_OUT.load(Ordering::SeqCst);
        assert!(after - before <= THREADS, "{before} {after}");

        let (mut store, instance) = guest(|n| n);
        let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
        host.call(&mut store, ()).unwrap();
        let error = compile().unwrap_err().to_string();
        assert!(error.contains("while the process ends"), "{error}");
        *MADE.lock().unwrap() = Some((store, host));
        // SAFETY: the text ends in NUL.
        unsafe { libc::puts(HANDLED.as_ptr()) };
    }

    fn compile() -> wasmedge::Result<()> {
        // SAFETY: a function that does nothing.
        unsafe { Module::compile(&Config::new()?, wasm("(module (func))")) }.map(drop)
    }

    ends(
        "d6_handlers_that_come_after_those_of_a_compiler_use_the_library",
        End::Exit,
        || {
            drop(guest(|n| n));
            // SAFETY: a function that lives as long as the program.
            assert_eq!(unsafe { libc::atexit(run) }, 0);
            compile().unwrap();
            // By the end they run.
            threads(2, || call("spin", |n| n));
            thread::sleep(Duration::from_millis(30));
            let come_out = || CAME_OUT.fetch_add(1, Ordering::SeqCst);
            threads(2, move || {
                call("hosts", move |n| {
                    come_out();
                    // So that most are in a host function when the process ends.
                    thread::sleep(Duration::from_micros(100));
                    n
                });
            });
            threads(1, move || {
                let (mut store, instance) = guest(|n| n);
                let host = instance.get_typed_func::<(), ()>(&store, "host").unwrap();
                loop {
                    host.call(&mut store, ()).unwrap();
                    come_out();
                }
            });
            threads(1, move || {
                loop {
                    assert!(Module::new(&Config::new().unwrap(), b"not wasm").is_err());
                    come_out();
                }
            });
        },
    );
}

#[test]
fn d6_the_process_ends_before_the_library_was_used() {
    ends(
        "d6_the_process_ends_before_the_library_was_used",
        End::Exit,
        || {
            if env::var(RUN).unwrap().parse::<u32>().unwrap() % 2 == 0 {
                threads(4, || call("trap", |n| n));
                std::process::exit(STATUS);
            }
            threads(4, || drop(guest(|n| n)));
        },
    );
}
