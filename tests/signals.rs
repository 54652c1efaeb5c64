//! Faults and signals of a process that runs compiled code (D7): each part runs in a process of its own.
#![cfg(target_os = "linux")]
#![allow(clippy::fn_to_numeric_cast_any, reason = "C keeps handlers as numbers")]

use std::ffi::{c_int, c_void};
use std::fs;
use std::mem::{MaybeUninit, zeroed};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;

use support::{finish_part, instance_with, part_command, run_part, wasm};
use wasmedge::{CompileCache, Compiler, Config, Instance, Module, Store, Trap, keeper, log};

const GUEST: &str = r#"(module
    (import "env" "host" (func $host))
    (memory 1)
    (func (export "host") (call $host))
    (func (export "trap") (result i32) (i32.load offset=0xfffffff0 (i32.const -1)))
    (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func $deep (export "deep") (param i32) (result i32)
      (i32.store (i32.const 8) (call $deep (i32.add (local.get 0) (i32.const 1))))
      (i32.rotl (i32.load (i32.const 12)) (local.get 0))))"#;

#[test]
fn part() {
    log::set_level(log::Level::Off).unwrap();
    match support::part().as_deref() {
        None => {}
        Some("compile") => compile_to(&file()),
        Some("load") => everything(&loaded(&file())),
        Some("cache") => everything(&cached(&file())),
        Some("compile-elsewhere") => everything(&thread::spawn(compiled).join().unwrap()),
        Some("threads") => threads(),
        Some("foreign") => foreign(),
        Some("stacks") => stacks(),
        Some("end") => end_of_thread(),
        Some("forked") => forked(),
        Some("handlers") => handlers(),
        Some("later") => later(),
        Some("chained") => chained(),
        Some("toggled") => toggled(),
        Some("compiled") => nothing_is_lost(),
        Some("slow") => slow(),
        Some(handler) => handler_of_program(handler),
    }
}

fn file() -> PathBuf {
    std::env::var_os("WASMEDGE_TEST_FILE").unwrap().into()
}

/// Whether this process is to have a keeper.
fn has_keeper() -> bool {
    std::env::var_os("WASMEDGE_TEST_NO_KEEPER").is_none()
}

fn compile_to(file: &Path) {
    let compiler = Compiler::new(&Config::new().unwrap()).unwrap();
    compiler.compile_bytes(wasm(GUEST), file).unwrap();
}

fn compiled() -> Module {
    // SAFETY: no tables, and a stack that grows in small steps.
    unsafe { Module::compile(&Config::new().unwrap(), wasm(GUEST)) }.unwrap()
}

fn loaded(file: &Path) -> Module {
    // SAFETY: as in `compiled`, and `compile_to` made the file.
    unsafe { Module::from_compiled_file(&Config::new().unwrap(), file) }.unwrap()
}

fn cached(folder: &Path) -> Module {
    let cache = CompileCache::new(folder).unwrap();
    // SAFETY: as in `compiled`.
    unsafe { cache.compile(&Config::new().unwrap(), wasm(GUEST)) }.unwrap()
}

fn out_of_bounds(store: &mut Store<()>, instance: Instance) {
    let trap = instance.get_typed_func::<(), i32>(&*store, "trap").unwrap();
    let error = trap.call(&mut *store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
}

fn recursion(store: &mut Store<()>, instance: Instance) {
    let deep = instance
        .get_typed_func::<i32, i32>(&*store, "deep")
        .unwrap();
    let error = deep.call(&mut *store, 0).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
}

fn call_host(store: &mut Store<()>, instance: Instance) {
    let host = instance.get_typed_func::<(), ()>(&*store, "host").unwrap();
    host.call(store, ()).unwrap();
}

/// Traps of all kinds on this thread, again and again, and calls that go well between them.
fn everything(module: &Module) {
    let (mut store, instance) = instance_with(module, || ());
    let div = instance
        .get_typed_func::<(i32, i32), i32>(&store, "div")
        .unwrap();
    for _ in 0..3 {
        out_of_bounds(&mut store, instance);
        recursion(&mut store, instance);
        let error = div.call(&mut store, (1, 0)).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::DivideByZero));
        assert_eq!(div.call(&mut store, (7, 2)).unwrap(), 3);
        call_host(&mut store, instance);
    }
}

/// Runs one part whose library looks its functions up late, or early.
fn run(part: &str, file: &Path, bind_now: bool) {
    let mut command = part_command(part);
    command.env("WASMEDGE_TEST_FILE", file);
    command.env_remove("LD_BIND_NOW");
    if bind_now {
        command.env("LD_BIND_NOW", "1");
    }
    finish_part(part, &mut command);
}

#[test]
fn d7_traps_where_nothing_was_compiled_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.wasm");
    run("compile", &file, false);
    run("load", &file, false);
    run("load", &file, true);
}

#[test]
fn d7_traps_in_the_second_run_with_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    for bind_now in [false, false, true] {
        run("cache", folder.path(), bind_now);
    }
}

#[test]
fn d7_traps_of_a_module_that_another_thread_compiled() {
    run_part("compile-elsewhere");
}

#[test]
fn d7_traps_on_many_and_small_threads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.wasm");
    run("compile", &file, false);
    run("threads", &file, false);
}

fn threads() {
    let module = &loaded(&file());
    thread::scope(|scope| {
        for n in 0..16 {
            let size = if n % 2 == 0 { 160 << 10 } else { 2 << 20 };
            let thread = thread::Builder::new().stack_size(size);
            thread
                .spawn_scoped(scope, move || {
                    let (mut store, instance) = instance_with(module, || ());
                    for _ in 0..200 {
                        out_of_bounds(&mut store, instance);
                        recursion(&mut store, instance);
                    }
                })
                .unwrap();
        }
    });
}

/// A thread that `std` did not make has no alternate stack.
fn on_foreign_thread(body: fn()) {
    extern "C" fn start(body: *mut c_void) -> *mut c_void {
        // SAFETY: the function that was given to `pthread_create`.
        let body: fn() = unsafe { std::mem::transmute(body) };
        let caught = std::panic::catch_unwind(body);
        ptr::without_provenance_mut(usize::from(caught.is_err()))
    }
    let mut id = MaybeUninit::uninit();
    let mut panicked = ptr::null_mut();
    // SAFETY: a function and what it takes; the thread is joined here.
    unsafe {
        let created = libc::pthread_create(id.as_mut_ptr(), ptr::null(), start, body as *mut _);
        assert_eq!(created, 0);
        assert_eq!(libc::pthread_join(id.assume_init(), &raw mut panicked), 0);
    }
    assert!(panicked.is_null(), "it failed on the other thread");
}

fn alternate_stack() -> libc::stack_t {
    // SAFETY: asks for it; zeroes are one.
    unsafe {
        let mut stack = zeroed();
        assert_eq!(libc::sigaltstack(ptr::null(), &raw mut stack), 0);
        stack
    }
}

static MODULE: std::sync::OnceLock<Module> = std::sync::OnceLock::new();

#[test]
fn d7_endless_recursion_is_a_trap_on_threads_of_others() {
    run_part("foreign");
}

fn foreign() {
    MODULE.get_or_init(compiled);
    on_foreign_thread(|| {
        assert_ne!(alternate_stack().ss_flags & libc::SS_DISABLE, 0);
        everything(MODULE.get().unwrap());
        assert_eq!(alternate_stack().ss_flags, 0);
    });
    for _ in 0..50 {
        on_foreign_thread(|| everything(MODULE.get().unwrap()));
    }
}

#[test]
fn d7_alternate_stacks_stay_what_they_are() {
    run_part("stacks");
}

fn stacks() {
    let before = alternate_stack();
    let module = compiled();
    assert_eq!(alternate_stack().ss_sp, before.ss_sp);
    everything(&module);
    assert_eq!(alternate_stack().ss_sp, before.ss_sp);
    // Another one of the program's, that is small, with traps before and after.
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut store, instance) = instance_with(&module, || ());
            out_of_bounds(&mut store, instance);
            let mut room = vec![0_u8; 6 << 10];
            let std_s = alternate_stack();
            let own = libc::stack_t {
                ss_sp: room.as_mut_ptr().cast(),
                ss_flags: 0,
                ss_size: room.len(),
            };
            // SAFETY: it lives until the other one is put back.
            unsafe { assert_eq!(libc::sigaltstack(&raw const own, ptr::null_mut()), 0) };
            for _ in 0..10 {
                out_of_bounds(&mut store, instance);
                recursion(&mut store, instance);
                assert_eq!(alternate_stack().ss_sp, own.ss_sp);
                assert_eq!(alternate_stack().ss_size, own.ss_size);
            }
            // SAFETY: it was there before.
            unsafe { assert_eq!(libc::sigaltstack(&raw const std_s, ptr::null_mut()), 0) };
            recursion(&mut store, instance);
        });
    });
}

#[test]
fn d7_nothing_is_left_of_threads_that_end() {
    run_part("end");
}

/// How many mappings the process has.
fn mappings() -> usize {
    fs::read_to_string("/proc/self/maps")
        .unwrap()
        .lines()
        .count()
}

fn end_of_thread() {
    /// Runs compiled code when its thread ends, once this crate's own is gone perhaps.
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let (mut store, instance) = instance_with(MODULE.get().unwrap(), || ());
            out_of_bounds(&mut store, instance);
        }
    }
    thread_local! {
        static FIRST: std::cell::OnceCell<AtEnd> = const { std::cell::OnceCell::new() };
    }
    MODULE.get_or_init(compiled);
    let one = |late: bool| {
        let thread = thread::spawn(move || {
            if late {
                FIRST.with(|first| drop(first.set(AtEnd)));
            }
            everything(MODULE.get().unwrap());
            if !late {
                FIRST.with(|first| drop(first.set(AtEnd)));
            }
        });
        thread.join().unwrap();
        on_foreign_thread(|| everything(MODULE.get().unwrap()));
    };
    one(false);
    one(true);
    let before = mappings();
    for n in 0..100 {
        one(n % 2 == 0);
    }
    assert!(mappings() < before + 50, "{before}, {}", mappings());
}

#[test]
fn d7_a_forked_process_traps_too() {
    run_part("forked");
}

fn forked() {
    let module = compiled();
    let (mut store, instance) = instance_with(&module, || ());
    out_of_bounds(&mut store, instance);
    // SAFETY: the child runs what it needs no other thread for, and ends.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            out_of_bounds(&mut store, instance);
            recursion(&mut store, instance);
            everything(&module);
            libc::_exit(7);
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        assert_eq!(
            (libc::WIFEXITED(status), libc::WEXITSTATUS(status)),
            (true, 7)
        );
    }
    everything(&module);
}

// What the program's handlers see, with the keeper and without it.

/// Writes words to the standard output, as a handler may.
fn say(words: &[(&str, u64)]) {
    let mut line = [0_u8; 256];
    let mut len = 0;
    let mut put = |bytes: &[u8]| {
        line[len..len + bytes.len()].copy_from_slice(bytes);
        len += bytes.len();
    };
    for (word, number) in words {
        put(word.as_bytes());
        for shift in (0..16).rev() {
            put(&[b"0123456789abcdef"[(*number >> (4 * shift)) as usize & 15]]);
        }
        put(b" ");
    }
    put(b"\n");
    // SAFETY: bytes that live during the call.
    unsafe { libc::write(1, line.as_ptr().cast(), len) };
}

/// The beginning and the end of the alternate stack while no handler runs.
static ALTERNATE: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
static CALLS: AtomicU32 = AtomicU32::new(0);

fn note_alternate_stack() {
    let stack = alternate_stack();
    ALTERNATE[0].store(stack.ss_sp.addr(), Ordering::Relaxed);
    ALTERNATE[1].store(stack.ss_sp.addr() + stack.ss_size, Ordering::Relaxed);
}

/// What is blocked, and whether this runs on the alternate stack.
fn here() -> [(&'static str, u64); 2] {
    let local = 0_u8;
    let range = ALTERNATE[0].load(Ordering::Relaxed)..ALTERNATE[1].load(Ordering::Relaxed);
    let on_alternate = range.contains(&ptr::from_ref(&local).addr());
    // SAFETY: a set with room for 64 signals.
    let blocked = unsafe {
        let mut set: libc::sigset_t = zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut set);
        (&raw const set).cast::<u64>().read()
    };
    [
        ("alternate ", u64::from(on_alternate)),
        ("blocked ", blocked),
    ]
}

/// Ends the process when it is called a third time, as it is for a fault.
fn count_call() {
    if CALLS.fetch_add(1, Ordering::Relaxed) == 2 {
        // SAFETY: nothing that a handler may not do.
        unsafe { libc::_exit(3) };
    }
}

extern "C" fn simple(signal: c_int) {
    let [alternate, blocked] = here();
    say(&[("simple ", signal as u64), alternate, blocked]);
    count_call();
}

extern "C" fn full(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let [alternate, blocked] = here();
    // SAFETY: what the system gave.
    unsafe {
        let context = context.cast::<libc::ucontext_t>();
        let own = (*context).uc_stack;
        let interrupted = (&raw const (*context).uc_sigmask).cast::<u64>().read();
        let own_stack = own.ss_sp.addr() == ALTERNATE[0].load(Ordering::Relaxed);
        let by_fault = (*info).si_code > 0;
        say(&[
            ("full ", signal as u64),
            alternate,
            blocked,
            ("interrupted ", interrupted),
            ("stack ", u64::from(own_stack)),
            ("code ", (*info).si_code as u64),
            (
                "address ",
                if by_fault {
                    (*info).si_addr().addr() as u64
                } else {
                    0
                },
            ),
            (
                "value ",
                if by_fault {
                    0
                } else {
                    (*info).si_value().sival_ptr.addr() as u64
                },
            ),
        ]);
    }
    count_call();
}

/// A fault of the program's own, at an address that is never mapped.
fn fault() {
    // SAFETY: none; it is there to fault.
    unsafe { ptr::without_provenance::<u8>(8).read_volatile() };
}

fn action(handler: usize, flags: c_int, blocks: &[c_int]) -> libc::sigaction {
    // SAFETY: zeroes are an action; a set that is emptied and filled.
    unsafe {
        let mut action: libc::sigaction = zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        libc::sigemptyset(&raw mut action.sa_mask);
        for signal in blocks {
            libc::sigaddset(&raw mut action.sa_mask, *signal);
        }
        action
    }
}

fn set(signal: c_int, action: &libc::sigaction) -> libc::sigaction {
    // SAFETY: an action whose handler has the signature that its flags say.
    unsafe {
        let mut before = zeroed();
        assert_eq!(libc::sigaction(signal, action, &raw mut before), 0);
        before
    }
}

/// Sends this thread a signal with a value.
fn queue(signal: c_int) {
    let value = libc::sigval {
        sival_ptr: ptr::without_provenance_mut(0xabc),
    };
    // SAFETY: numbers.
    unsafe {
        assert_eq!(
            libc::pthread_sigqueue(libc::pthread_self(), signal, value),
            0
        );
    };
}

/// Everything that an action may say, and every way in which a signal comes: each in a process of its own.
fn handlers() {
    keeper::set_enabled(has_keeper()).unwrap();
    let module = compiled();
    let (mut store, instance) = instance_with(&module, || ());
    out_of_bounds(&mut store, instance);
    assert_eq!(keeper::is_running(), has_keeper());

    let mut actions = vec![action(libc::SIG_DFL, 0, &[]), action(libc::SIG_IGN, 0, &[])];
    for bits in 0..32 {
        let flag = |bit: u32, flag| if bits & (1 << bit) != 0 { flag } else { 0 };
        let flags = flag(0, libc::SA_SIGINFO)
            | flag(1, libc::SA_ONSTACK)
            | flag(2, libc::SA_NODEFER)
            | flag(3, libc::SA_RESETHAND);
        let handler = if bits & 1 != 0 {
            full as *const () as usize
        } else {
            simple as *const () as usize
        };
        let blocks: &[_] = if bits & 16 != 0 {
            &[libc::SIGUSR2, libc::SIGFPE]
        } else {
            &[]
        };
        actions.push(action(handler, flags, blocks));
    }
    type Way = (&'static str, c_int, fn());
    let ways: [Way; 5] = [
        ("fault", libc::SIGSEGV, fault),
        // SAFETY: a number.
        ("raise", libc::SIGSEGV, || unsafe {
            assert_eq!(libc::raise(libc::SIGSEGV), 0);
        }),
        ("queue", libc::SIGBUS, || queue(libc::SIGBUS)),
        // SAFETY: a number.
        ("raise", libc::SIGFPE, || unsafe {
            assert_eq!(libc::raise(libc::SIGFPE), 0);
        }),
        ("bus", libc::SIGBUS, || {
            // What a file no longer holds.
            let file = tempfile::tempfile().unwrap();
            file.set_len(4096).unwrap();
            let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
            let (read, share) = (
                libc::PROT_READ,
                libc::MAP_SHARED | libc::MAP_FIXED_NOREPLACE,
            );
            let place = ptr::without_provenance_mut(0x10_0000_0000);
            // SAFETY: a mapping of the file, which then is cut.
            unsafe {
                let page = libc::mmap(place, 4096, read, share, fd, 0);
                file.set_len(0).unwrap();
                page.cast::<u8>().read_volatile();
            }
        }),
    ];
    for (number, action) in actions.iter().enumerate() {
        for (way, signal, send) in ways {
            // SAFETY: the child runs what it needs no other thread for, and ends.
            let child = unsafe { libc::fork() };
            if child == 0 {
                set(signal, action);
                let (mut store, instance) = instance_with(&module, || ());
                if has_keeper() {
                    out_of_bounds(&mut store, instance);
                }
                note_alternate_stack();
                send();
                say(&[("back ", 0)]);
                send();
                // SAFETY: ends the process.
                unsafe { libc::_exit(0) };
            }
            let mut status = 0;
            // SAFETY: the child above.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            // Without what says whether there is a core.
            let status = status & !0x80;
            println!("{number} {way} {signal} {:x} {status:x}", action.sa_flags);
        }
    }
}

/// What a part writes, with a keeper or without one.
fn output(part: &str, keeper: bool) -> Output {
    let mut command = part_command(part);
    if !keeper {
        command.env("WASMEDGE_TEST_NO_KEEPER", "1");
    }
    command.output().unwrap()
}

#[test]
fn d7_handlers_of_the_program_see_what_they_would_see_without_a_keeper() {
    let with = finish(&output("handlers", true));
    let without = finish(&output("handlers", false));
    assert!(with.lines().count() > 300, "{with}");
    for (with, without) in with.lines().zip(without.lines()) {
        assert_eq!(with, without);
    }
    assert_eq!(with, without);
}

/// What a part wrote that passed, but for its time.
fn finish(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        stdout.contains("1 passed"),
        "{stdout} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = stdout.lines().filter(|line| !line.contains("finished in"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Handlers that are there before the keeper is, and end the process.
fn handler_of_program(name: &str) {
    keeper::set_enabled(has_keeper()).unwrap();
    let flags = match name {
        "once" => libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND,
        "large" => libc::SA_SIGINFO,
        _ => panic!("{name} is no part"),
    };
    extern "C" fn large(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
        let mut room = [0_u8; 64 << 10];
        std::hint::black_box(&mut room).fill(1);
        say(&[("large ", u64::from(std::hint::black_box(&room)[9]))]);
        // SAFETY: ends the process.
        unsafe { libc::_exit(3) };
    }
    let handler = if name == "once" {
        full as *const () as usize
    } else {
        large as *const () as usize
    };
    set(libc::SIGSEGV, &action(handler, flags, &[]));
    let module = compiled();
    let (mut store, instance) = instance_with(&module, || ());
    if has_keeper() {
        out_of_bounds(&mut store, instance);
    }
    // On a thread with the small alternate stack that `std` makes.
    let other = thread::spawn(|| {
        note_alternate_stack();
        fault();
    });
    let _ = other.join();
}

#[test]
fn d7_a_handler_that_is_to_run_once_runs_once() {
    for keeper in [true, false] {
        let output = output("once", keeper);
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{stdout}");
        assert_eq!(stdout.matches("full ").count(), 1, "{stdout}");
    }
}

#[test]
fn d7_a_handler_has_the_stack_it_was_installed_for() {
    for keeper in [true, false] {
        let output = output("large", keeper);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    }
}

#[test]
fn d7_a_handler_that_comes_later_gets_no_traps() {
    let output = output("later", true);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{stdout}");
    assert_eq!(stdout.matches("no trap came").count(), 1, "{stdout}");
}

fn later() {
    let module = compiled();
    let (mut store, instance) = instance_with(&module, || ());
    out_of_bounds(&mut store, instance);
    set(
        libc::SIGSEGV,
        &action(full as *const () as usize, libc::SA_SIGINFO, &[]),
    );
    let (mut store, instance) = instance_with(&module, || ());
    for _ in 0..10 {
        out_of_bounds(&mut store, instance);
        recursion(&mut store, instance);
    }
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
    println!("no trap came");
    fault();
}

static PASSED_ON: AtomicUsize = AtomicUsize::new(0);

/// Passes on what it gets to the handler that it found.
extern "C" fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    say(&[("passes on ", signal as u64)]);
    let found = ptr::with_exposed_provenance::<()>(PASSED_ON.load(Ordering::Relaxed));
    // SAFETY: the handler that was there, which has this signature by its flags.
    unsafe {
        let found: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
            std::mem::transmute(found);
        found(signal, info, context);
    }
}

#[test]
fn d7_a_handler_that_passes_on_reaches_the_one_it_found() {
    let output = output("chained", true);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{stdout}");
    assert_eq!(stdout.matches("passes on ").count(), 4, "{stdout}");
    assert_eq!(stdout.matches("full ").count(), 3, "{stdout}");
}

fn chained() {
    set(
        libc::SIGSEGV,
        &action(full as *const () as usize, libc::SA_SIGINFO, &[]),
    );
    let module = compiled();
    let (mut store, instance) = instance_with(&module, || ());
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    let found = set(
        libc::SIGSEGV,
        &action(pass_on as *const () as usize, flags, &[]),
    );
    PASSED_ON.store(found.sa_sigaction, Ordering::Relaxed);
    // It passes a trap on as well, until somebody stands in front of it.
    out_of_bounds(&mut store, instance);
    let (mut second, other) = instance_with(&module, || ());
    for _ in 0..10 {
        out_of_bounds(&mut store, instance);
        out_of_bounds(&mut second, other);
        recursion(&mut store, instance);
    }
    fault();
}

#[test]
fn d7_handlers_that_come_and_go_are_no_matter() {
    run_part("toggled");
}

fn toggled() {
    let module = compiled();
    let (mut store, instance) = instance_with(&module, || ());
    out_of_bounds(&mut store, instance);
    for n in 0..200 {
        let flags = libc::SA_SIGINFO | if n % 2 == 0 { libc::SA_ONSTACK } else { 0 };
        let before = set(
            libc::SIGSEGV,
            &action(full as *const () as usize, flags, &[]),
        );
        let (mut store, instance) = instance_with(&module, || ());
        out_of_bounds(&mut store, instance);
        if n % 3 == 0 {
            set(libc::SIGSEGV, &before);
        }
        recursion(&mut store, instance);
    }
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
}

#[test]
fn d7_no_handler_of_the_program_is_lost_when_a_module_is_compiled() {
    run_part("compiled");
}

fn nothing_is_lost() {
    let signals = (1..32).filter(|signal| ![libc::SIGKILL, libc::SIGSTOP].contains(signal));
    for signal in signals.clone() {
        let flags = libc::SA_SIGINFO | if signal % 2 == 0 { libc::SA_ONSTACK } else { 0 };
        set(
            signal,
            &action(full as *const () as usize, flags, &[libc::SIGUSR2]),
        );
    }
    let unchanged = || {
        for signal in signals.clone() {
            // SAFETY: null changes nothing.
            let now: libc::sigaction = unsafe {
                let mut now = zeroed();
                libc::sigaction(signal, ptr::null(), &raw mut now);
                now
            };
            assert_eq!(now.sa_sigaction, full as *const () as usize, "{signal}");
            assert_eq!(now.sa_flags & libc::SA_RESETHAND, 0, "{signal}");
        }
    };
    compile_to(&tempfile::tempdir().unwrap().path().join("guest.wasm"));
    unchanged();
    // SAFETY: the handler writes a line.
    unsafe { libc::raise(libc::SIGUSR1) };
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    let module = compiled();
    unchanged();

    // With the second module, LLVM's handlers are not even there while it is compiled.
    let done = &AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while done.load(Ordering::Relaxed) == 0 {
                unchanged();
            }
        });
        for _ in 0..5 {
            compiled();
        }
        done.store(1, Ordering::Relaxed);
    });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in.wasm"), wasm(GUEST)).unwrap();
    let line = ["wasmedgec".into(), path("in.wasm"), path("out.wasm")];
    // SAFETY: nothing else runs.
    assert_eq!(unsafe { wasmedge::cli::compiler(line) }.unwrap(), 0);
    unchanged();
    drop(module);
}

#[test]
fn d7_nobody_waits_for_another_thread_that_compiles() {
    run_part("slow");
}

fn slow() {
    let mut config = Config::new().unwrap();
    config.optimization_level(wasmedge::OptLevel::O0);
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small.wasm");
    // Compiled elsewhere, so that this process has compiled nothing.
    run("compile", &small, false);
    let module = loaded(&small);
    let body = "f32.convert_i32_s i32.trunc_f32_s ".repeat(20_000);
    let text = format!("(module (func (param i32) (result i32) local.get 0 {body}))");
    let large = wasm(&text);
    let ends = &AtomicU32::new(0);
    let begins = &std::sync::Barrier::new(2);
    thread::scope(|scope| {
        let (config, folder) = (&config, &folder);
        scope.spawn(move || {
            let compiler = Compiler::new(config).unwrap();
            begins.wait();
            compiler
                .compile_bytes(large, folder.path().join("large.wasm"))
                .unwrap();
            ends.store(1, Ordering::Relaxed);
        });
        begins.wait();
        thread::sleep(std::time::Duration::from_millis(50));
        assert!(!keeper::is_running());
        everything(&module);
        assert!(keeper::is_running());
        assert_eq!(
            ends.load(Ordering::Relaxed),
            0,
            "it waited for the compiler"
        );
    });
}
