//! The files that native code passes through (D7): nobody puts others in their place.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::{finish_part, part_command, wasm};
use wasmedge::{Compiler, Config, ErrorKind, Module, OptLevel, Store, keeper, log};

#[test]
fn part() {
    log::set_level(log::Level::Off).unwrap();
    match support::part().as_deref() {
        None => {}
        Some("early") => attacked(When::Early),
        Some("late") => attacked(When::Late),
        Some("unmounted") => unmounted(),
        Some("little-room") => little_room(),
        Some(other) => panic!("{other} is no part"),
    }
}

fn config() -> Config {
    let mut config = Config::new().unwrap();
    config.optimization_level(OptLevel::O0);
    config
}

fn text(number: u32) -> Vec<u8> {
    wasm(&format!(
        r#"(module (func (export "number") (result i32) i32.const {number}))"#
    ))
}

fn number(module: &Module) -> i32 {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(module).unwrap();
    let number = instance
        .get_typed_func::<(), i32>(&store, "number")
        .unwrap();
    number.call(&mut store, ()).unwrap()
}

/// When the attacker strikes.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// As soon as there is a folder.
    Early,
    /// When the outcome is there.
    Late,
}

/// The folder for temporary files is one that others may write to, and that is not sticky.
fn run(part: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    finish_part(part, part_command(part).env("TMPDIR", folder.path()));
}

#[test]
fn d7_a_folder_that_is_exchanged_at_once_is_not_used() {
    run("early");
}

#[test]
fn d7_a_folder_that_is_exchanged_for_its_outcome_is_not_read() {
    run("late");
}

/// A folder of the attacker's: with a module that a compiler made, but another one.
fn forge(folder: &Path, module: &[u8]) {
    fs::create_dir(folder).unwrap();
    fs::write(folder.join("module.wasm"), module).unwrap();
    // Of another user, where this one may do that: and every other time of this user.
    static OTHER: AtomicBool = AtomicBool::new(false);
    if OTHER.fetch_xor(true, Ordering::Relaxed) && fs::metadata(folder).unwrap().uid() == 0 {
        chown(folder.join("module.wasm"), Some(65534), None).unwrap();
        chown(folder, Some(65534), None).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
}

/// Renames each folder of a compiler in `temporary`, and puts one of its own there.
fn attack(temporary: &Path, when: When, module: &[u8], stop: &AtomicBool) -> u32 {
    let away = temporary.join("away");
    fs::create_dir(&away).unwrap();
    let mut done = Vec::<PathBuf>::new();
    let mut forged = away.join("forged");
    forge(&forged, module);
    let mut struck = 0;
    while !stop.load(Ordering::Relaxed) {
        for entry in fs::read_dir(temporary).unwrap().flatten() {
            let path = entry.path();
            let is_scratch = entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(b".wasmedge-");
            if !is_scratch || done.contains(&path) {
                continue;
            }
            let is_there = || fs::metadata(path.join("module.wasm")).is_ok_and(|it| it.len() > 0);
            let gives_up = Instant::now() + Duration::from_millis(500);
            while when == When::Late && !is_there() && path.exists() && Instant::now() < gives_up {}
            if fs::rename(&path, away.join(format!("taken-{struck}"))).is_ok() {
                let _ = fs::rename(&forged, &path);
                struck += 1;
                forged = away.join(format!("forged-{struck}"));
                forge(&forged, module);
            }
            done.push(path);
        }
    }
    struck
}

fn attacked(when: When) {
    let temporary = std::env::temp_dir();
    let elsewhere = tempfile::tempdir_in("/tmp").unwrap();
    let forged = elsewhere.path().join("forged.wasm");
    let compiler = Compiler::new(&config()).unwrap();
    compiler.compile_bytes(text(666), &forged).unwrap();
    let forged = fs::read(forged).unwrap();

    let stop = &AtomicBool::new(false);
    thread::scope(|scope| {
        // A test that fails does not wait for the attacker.
        struct Stop<'a>(&'a AtomicBool);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let guard = Stop(stop);
        let attacker = scope.spawn(|| attack(&temporary, when, &forged, stop));
        let (mut good, mut refused) = (0, 0);
        for n in 0..150 {
            // SAFETY: no tables, and next to no stack.
            match unsafe { Module::compile(&config(), text(n)) } {
                Ok(module) => {
                    assert_eq!(number(&module), i32::try_from(n).unwrap());
                    good += 1;
                }
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Write { .. }), "{error}");
                    assert!(error.to_string().contains("was replaced"), "{error}");
                    refused += 1;
                }
            }
        }
        drop(guard);
        let struck = attacker.join().unwrap();
        println!("{good} good, {refused} refused, {struck} attacks");
        assert!(struck > 0);
        assert!(keeper::is_running() || good == 0);
    });
    // SAFETY: as above.
    let module = unsafe { Module::compile(&config(), text(7)) }.unwrap();
    assert_eq!(number(&module), 7);
}

#[test]
fn d7_a_module_that_grows_much_is_refused_where_there_is_no_room() {
    let stdout = finish_part("little-room", &mut part_command("little-room"));
    // It ended by itself: the library's linker would have ended it.
    assert_eq!(stdout.matches("compiled with").count(), 2, "{stdout}");
}

/// Compiles with less and with more room, until there is enough.
fn little_room() {
    // SAFETY: the signal that would end the process is ignored.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let functions =
        |count: usize, function: &str| format!("(module (memory 1) {})", function.repeat(count));
    let unit = |unit: &str, count: usize| {
        let body = unit.repeat(count);
        format!("(func (param i32) (result i32) local.get 0 {body})")
    };
    let locals = format!("(func (local {}))", "i64 ".repeat(5000));
    let folder = tempfile::tempdir().unwrap();
    for text in [
        functions(24, &locals),
        functions(8, &unit("memory.grow ", 800)),
    ] {
        let wasm = wasm(&text);
        let mut room = 512 << 10;
        loop {
            let limit = libc::rlimit {
                rlim_cur: room,
                rlim_max: libc::RLIM_INFINITY,
            };
            // SAFETY: a limit of this process.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &limit) }, 0);
            let compiler = Compiler::new(&config()).unwrap();
            match compiler.compile_bytes(&wasm, folder.path().join("out.wasm")) {
                Ok(()) => break,
                Err(error) => {
                    assert!(error.to_string().contains("disk space"), "{error}");
                    room += room / 4;
                }
            }
        }
        println!("compiled with {room} bytes");
        // What fits on any disk is compiled.
        assert!(room < 1 << 30);
    }
}

#[test]
fn d7_a_compiler_s_output_may_be_anywhere() {
    // Others may write there: the file is not loaded by this crate unless the program vouches for it.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let output = folder.path().join("out.wasm");
    let compiler = Compiler::new(&config()).unwrap();
    compiler.compile_bytes(text(1), &output).unwrap();
    // Nothing else is left there.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // A link at the output is replaced, not followed.
    let link = folder.path().join("link.wasm");
    std::os::unix::fs::symlink(&output, &link).unwrap();
    compiler.compile_bytes(text(2), &link).unwrap();
    assert!(link.symlink_metadata().unwrap().is_file());
    for (path, expected) in [(&output, 1), (&link, 2)] {
        // SAFETY: compiled above, and next to no stack.
        let module = unsafe { Module::from_compiled_file(&config(), path) }.unwrap();
        assert_eq!(number(&module), expected);
    }
}

#[test]
fn d7_without_proc_the_folders_above_have_to_be_safe() {
    // SAFETY: asks for a number.
    if unsafe { libc::geteuid() } == 0 {
        run("unmounted");
    }
}

/// Hides `/proc` from this process, as some containers do.
fn unmounted() {
    let target = c"/proc".as_ptr();
    // SAFETY: texts that end in NUL. The mounts of this process are its own from here on.
    let hidden = unsafe {
        libc::unshare(libc::CLONE_NEWNS) == 0
            && libc::mount(
                c"none".as_ptr(),
                c"/".as_ptr(),
                std::ptr::null(),
                libc::MS_REC | libc::MS_PRIVATE,
                std::ptr::null(),
            ) == 0
            && libc::mount(
                c"none".as_ptr(),
                target,
                c"tmpfs".as_ptr(),
                0,
                std::ptr::null(),
            ) == 0
    };
    if !hidden {
        println!("a process may not hide /proc here");
        return;
    }
    // SAFETY: no tables, and next to no stack.
    let error = unsafe { Module::compile(&config(), text(1)) }.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Write { .. }), "{error}");
    let text_of = error.to_string();
    let temporary = std::env::temp_dir();
    assert!(text_of.contains("others may put another folder"), "{error}");
    assert!(text_of.contains(temporary.to_str().unwrap()), "{error}");
    // Nobody but the administrator can rename in a folder of this user's alone.
    fs::set_permissions(&temporary, fs::Permissions::from_mode(0o700)).unwrap();
    // SAFETY: as above.
    let module = unsafe { Module::compile(&config(), text(2)) }.unwrap();
    assert_eq!(number(&module), 2);
}
