//! There is stack enough whenever C is entered (D5), on threads of every size and on stacks of others.
#![cfg(target_os = "linux")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::thread;

use support::{module, run_part, wasm};
use wasmedge::{
    Caller, Compiler, Config, Error, ErrorKind, HostModule, Module, Result, Store, Trap,
};
use wasmedge::{TypedFunc, Val, Vm, Wasi};

#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("recursion") => recursion(&Config::new().unwrap()),
        Some("bounded recursion") => recursion(&Config::untrusted().unwrap()),
        Some("threads") => threads(),
        Some("stacks") => stacks(),
        Some(part) => panic!("no part {part}"),
    }
}

#[test]
fn d5_recursion_through_host_functions_ends_before_the_stack_does() {
    run_part("recursion");
    run_part("bounded recursion");
}

#[test]
fn d5_threads_with_little_stack_get_an_error() {
    run_part("threads");
}

#[test]
fn d5_a_stack_that_is_not_the_thread_s_is_measured() {
    run_part("stacks");
}

/// Recursion through a host function, and at its end a function of the library with a large frame.
const GUEST: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "env" "host" (func $host (param i32)))
    (memory (export "memory") 1)
    (func (export "init") (local $i i32)
      (loop $next
        (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 0x4141))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const 64)))))
    (func (export "f") (param i32)
      (if (local.get 0)
        (then (call $host (i32.sub (local.get 0) (i32.const 1))))
        (else (drop (call $write
          (i32.const 1) (i32.const 0) (i32.const 64) (i32.const 60000)))))))"#;

fn guest(config: &Config) -> (Store<()>, TypedFunc<i32, ()>) {
    let mut env = HostModule::<()>::new("env");
    env.func_wrap("host", |mut caller: Caller<'_, ()>, n: i32| -> Result<()> {
        let f = caller.get_func("f").unwrap();
        f.call(&mut caller, &[Val::I32(n)], &mut [])
    })
    .unwrap();
    let mut store = Store::with_config(config, ()).unwrap();
    store.register_wasi(&Wasi::new()).unwrap();
    store.register_host(&env).unwrap();
    let module = Module::new(config, wasm(GUEST)).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let init = instance.get_typed_func::<(), ()>(&store, "init").unwrap();
    init.call(&mut store, ()).unwrap();
    let f = instance.get_typed_func(&store, "f").unwrap();
    (store, f)
}

/// A stack with a guard page, and below that page memory of somebody else.
struct Stack {
    start: *mut u8,
    size: usize,
}

const PAGE: usize = 4096;
const OTHER: usize = 16 * PAGE;
const UNTOUCHED: u8 = 0x5a;

impl Stack {
    fn new(size: usize) -> Self {
        // SAFETY: a new mapping, of which all is written within its size.
        let start = unsafe {
            let start = libc::mmap(
                ptr::null_mut(),
                OTHER + PAGE + size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            assert_ne!(start, libc::MAP_FAILED);
            let start = start.cast::<u8>();
            start.write_bytes(UNTOUCHED, OTHER);
            let guard = start.add(OTHER).cast();
            assert_eq!(libc::mprotect(guard, PAGE, libc::PROT_NONE), 0);
            start
        };
        Self { start, size }
    }

    fn bottom(&self) -> *mut c_void {
        self.start.wrapping_add(OTHER + PAGE).cast()
    }

    /// Runs `body` on a thread that has this stack.
    fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        struct Job<F, R>(Option<F>, Option<R>);

        unsafe extern "C" {
            // The lowest version of `libc` that the crate takes does not declare it.
            fn pthread_attr_setstack(
                attributes: *mut libc::pthread_attr_t,
                bottom: *mut c_void,
                size: usize,
            ) -> c_int;
        }

        extern "C" fn start<F: FnOnce() -> R, R>(job: *mut c_void) -> *mut c_void {
            // SAFETY: the one who started this waits for its end.
            let job = unsafe { &mut *job.cast::<Job<F, R>>() };
            job.1 = job.0.take().map(|body| body());
            ptr::null_mut()
        }

        fn entry<F: FnOnce() -> R, R>(_: &Job<F, R>) -> extern "C" fn(*mut c_void) -> *mut c_void {
            start::<F, R>
        }

        let mut job = Job(Some(body), None);
        // SAFETY: the stack is there while the thread runs, as is the job.
        unsafe {
            let (mut attributes, mut thread) = (std::mem::zeroed(), std::mem::zeroed());
            libc::pthread_attr_init(&raw mut attributes);
            let set = pthread_attr_setstack(&raw mut attributes, self.bottom(), self.size);
            assert_eq!(set, 0);
            let entry = entry(&job);
            let job = (&raw mut job).cast();
            let made = libc::pthread_create(&raw mut thread, &raw const attributes, entry, job);
            assert_eq!(made, 0);
            libc::pthread_join(thread, ptr::null_mut());
            libc::pthread_attr_destroy(&raw mut attributes);
        }
        job.1.expect("it ran")
    }

    fn is_untouched(&self) -> bool {
        // SAFETY: mapped, and written when it was.
        let other = unsafe { &*ptr::slice_from_raw_parts(self.start, OTHER) };
        other.iter().all(|byte| *byte == UNTOUCHED)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: mapped in `new`, with this size.
        unsafe { libc::munmap(self.start.cast(), OTHER + PAGE + self.size) };
    }
}

fn is_overflow(error: &Error) -> bool {
    error.trap() == Some(Trap::StackOverflow)
}

/// To every depth, on stacks that end at other places of a frame.
fn recursion(config: &Config) {
    for pages in 0..8 {
        let stack = Stack::new((256 << 10) + pages * PAGE);
        let (mut store, f) = guest(config);
        let (deepest, overflows) = stack.run(move || {
            let (mut deepest, mut overflows) = (0, 0);
            for depth in 0..60 {
                match f.call(&mut store, depth) {
                    Ok(()) => deepest = depth,
                    Err(error) => {
                        assert!(is_overflow(&error), "{depth}: {error}");
                        overflows += 1;
                    }
                }
            }
            // What is not deep works on.
            f.call(&mut store, 3).unwrap();
            (deepest, overflows)
        });
        assert!(deepest > 10 && overflows > 5, "{deepest}, {overflows}");
        assert!(stack.is_untouched());
    }
}

fn threads() {
    let config = Config::new().unwrap();
    let wasm = wasm(r#"(module (func (export "f")))"#);
    for size in [48, 64, 96, 128, 192, 256, 512, 1024] {
        let config = Config::new().unwrap();
        let (mut store, f) = guest(&config);
        let (wasm, ready) = (wasm.clone(), module(r#"(module (func $f) (start $f))"#));
        let thread = thread::Builder::new().stack_size(size << 10);
        let thread = thread.spawn(move || {
            let called = f.call(&mut store, 1);
            let instantiated = store.instantiate(&ready).map(drop);
            let loaded = Module::new(&config, &wasm).map(drop);
            [called, instantiated, loaded]
        });
        let results = thread.unwrap().join().unwrap();
        for (n, result) in results.iter().enumerate() {
            match result {
                Ok(()) => assert!(size > 64, "{size} KiB, {n}"),
                Err(error) => {
                    assert!(size < 192, "{size} KiB, {n}: {error}");
                    let is_loading = matches!(error.kind(), ErrorKind::ThreadStack { .. });
                    assert!(is_overflow(error) || is_loading, "{size} KiB, {n}: {error}");
                }
            }
        }
    }
    // The compiler has a thread of its own where this one is too small.
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wasm");
    let compiler = Compiler::new(&config).unwrap();
    let thread = thread::Builder::new().stack_size(192 << 10);
    let compiled = thread.spawn(move || compiler.compile_bytes(&wasm, output));
    compiled.unwrap().join().unwrap().unwrap();
}

/// On stacks that this thread switches to, as coroutines do.
fn stacks() {
    let (mut store, f) = guest(&Config::new().unwrap());
    for _ in 0..3 {
        for (size, fits) in [(32 << 10, false), (256 << 10, true), (60 << 10, false)] {
            let stack = Stack::new(size);
            let result = switched(&stack, || f.call(&mut store, 1));
            match result {
                Ok(()) => assert!(fits, "{size}"),
                Err(error) => assert!(!fits && is_overflow(&error), "{size}: {error}"),
            }
            assert!(stack.is_untouched());
            // Back on its own.
            f.call(&mut store, 1).unwrap();
        }
    }
    let mut vm = Vm::new(()).unwrap();
    let wasm = wasm(r#"(module (func (export "f")))"#);
    let stack = Stack::new(48 << 10);
    let loaded = switched(&stack, || vm.load_bytes(&wasm));
    let error = loaded.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::ThreadStack { .. }),
        "{error}"
    );
    vm.load_bytes(&wasm).unwrap();
}

/// Runs `body` on this thread and on that stack.
fn switched<R>(stack: &Stack, body: impl FnOnce() -> R) -> R {
    struct Job<'a> {
        body: Option<Box<dyn FnOnce() + 'a>>,
    }

    extern "C" fn start(high: u32, low: u32) {
        let address = (u64::from(high) << 32 | u64::from(low)) as usize;
        let job = ptr::with_exposed_provenance_mut::<Job<'_>>(address);
        // SAFETY: the one who switched to this waits for its end.
        let body = unsafe { (*job).body.take() };
        body.expect("it is run once")();
    }

    let mut result = None;
    let mut job = Job {
        body: Some(Box::new(|| result = Some(body()))),
    };
    let address = (&raw mut job).expose_provenance() as u64;
    // SAFETY: the stack and the job are there until the switch back, which is at the end of `start`.
    unsafe {
        let (mut here, mut there) = (std::mem::zeroed(), std::mem::zeroed::<libc::ucontext_t>());
        assert_eq!(libc::getcontext(&raw mut there), 0);
        there.uc_stack.ss_sp = stack.bottom();
        there.uc_stack.ss_size = stack.size;
        there.uc_link = &raw mut here;
        let start: extern "C" fn() = std::mem::transmute(start as extern "C" fn(u32, u32));
        libc::makecontext(
            &raw mut there,
            start,
            2,
            (address >> 32) as u32,
            address as u32,
        );
        assert_eq!(libc::swapcontext(&raw mut here, &raw const there), 0);
    }
    drop(job);
    result.expect("it ran")
}
