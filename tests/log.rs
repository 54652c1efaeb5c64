//! The log: levels, the program's callback, the `log` crate, and the level that is put back.
//!
//! All of it belongs to the process, so each test starts this program again for one of the parts.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use wasmedge::log::{self, Level, Record};
use wasmedge::{Config, ErrorKind, Result, Vm, cli};

/// Whether the library gives its messages to the program, and has all levels.
fn has_callback() -> bool {
    let version = wasmedge::version::library();
    (version.major, version.minor) >= (0, 15)
}

/// One error, which the library says in some messages: a trap.
fn fail() {
    let wasm = support::wasm(r#"(module (func (export "f") unreachable))"#);
    let mut vm = Vm::new(()).unwrap();
    vm.run_bytes::<(), ()>(&wasm, "f", ()).unwrap_err();
}

fn unsupported(result: Result<()>) {
    let error = result.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unsupported { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("below 0.15"), "{error}");
}

/// Collects messages, where the library gives any; the part is over where not.
fn collect() -> Option<Receiver<Record>> {
    let (sender, records) = mpsc::channel();
    // On a busy machine a message may come when the test is over.
    let set = log::set_callback(move |record| drop(sender.send(record.clone())));
    if has_callback() {
        set.unwrap();
        Some(records)
    } else {
        unsupported(set);
        None
    }
}

/// What has come. Those who log wait for the callback, but not for ever on a busy machine.
fn drain(records: &Receiver<Record>) -> Vec<Record> {
    core::iter::from_fn(|| records.recv_timeout(Duration::from_secs(1)).ok()).collect()
}

fn compile() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = wasmedge::Compiler::new(&Config::new().unwrap()).unwrap();
    let output = folder.path().join("out.wasm");
    compiler.compile_bytes(b"\0asm\x01\0\0\0", output).unwrap();
}

/// What the other tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    let Some(part) = support::part() else { return };
    match &*part {
        "lines" => {
            log::set_level(Level::Error).unwrap();
            fail();
        }
        "levels" => levels(),
        "callback" => callback(),
        "uses the library" => uses_the_library(),
        "panics" => panics(),
        "waits" => waits(),
        "threads" => threads(),
        "replaced" => replaced(),
        "tool" => tool(),
        #[cfg(feature = "log")]
        "facade" => facade(),
        other => panic!("no part {other}"),
    }
}

/// Marks a place in what the library says, on both streams.
fn label(text: &str) {
    println!("{text}");
    eprintln!("{text}");
}

fn levels() {
    for level in [Level::Critical, Level::Warn, Level::Info, Level::Trace] {
        if has_callback() {
            log::set_level(level).unwrap();
        } else {
            unsupported(log::set_level(level));
        }
    }
    label("critical:");
    if has_callback() {
        log::set_level(Level::Critical).unwrap();
        fail();
    }
    label("error:");
    log::set_level(Level::Error).unwrap();
    fail();
    compile();
    label("info:");
    if has_callback() {
        log::set_level(Level::Info).unwrap();
        compile();
    }
}

fn callback() {
    let before = SystemTime::now();
    let Some(records) = collect() else { return };
    fail();
    let records = drain(&records);
    assert!(!records.is_empty());
    for record in &records {
        assert_eq!(record.level(), Level::Error);
        assert!(record.time() >= before && record.time() <= SystemTime::now());
        assert!(!record.message().ends_with('\n'));
        assert_eq!(record.to_string(), format!("[error] {}", record.message()));
    }
    let named = |record: &Record| record.message().contains("unreachable");
    assert!(records.iter().any(named), "{records:?}");
}

/// What would lock the library's log twice on one thread.
fn uses_the_library() {
    if !has_callback() {
        return;
    }
    let (sender, done) = mpsc::channel();
    log::set_callback(move |record| {
        fail();
        log::set_level(Level::Debug).unwrap();
        let _ = sender.send(record.message().to_owned());
    })
    .unwrap();
    let started = Instant::now();
    fail();
    let first = done.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(first.contains("unreachable"), "{first}");
    fail();
    assert!(started.elapsed() < Duration::from_secs(10));
}

fn panics() {
    if !has_callback() {
        return;
    }
    let (sender, calls) = mpsc::channel();
    log::set_callback(move |record| {
        let _ = sender.send(record.clone());
        panic!("a panic of the callback");
    })
    .unwrap();
    fail();
    let first = drain(&calls).len();
    assert!(first > 0);
    fail();
    assert_eq!(drain(&calls).len(), first);
}

/// A callback that wants what the thread that logs has.
fn waits() {
    if !has_callback() {
        return;
    }
    let shared = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::clone(&shared);
    log::set_callback(move |record| own.lock().unwrap().push(record.clone())).unwrap();
    let held = shared.lock().unwrap();
    fail();
    assert!(held.is_empty());
    drop(held);
    let started = Instant::now();
    while shared.lock().unwrap().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn threads() {
    let Some(records) = collect() else { return };
    fail();
    let once = drain(&records).len();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    fail();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..500 {
                log::set_level(Level::Warn).unwrap();
                log::set_level(Level::Error).unwrap();
            }
        });
    });
    assert_eq!(drain(&records).len(), 4 * 50 * once);
}

fn replaced() {
    let Some(first) = collect() else { return };
    let Some(second) = collect() else { return };
    fail();
    let count = drain(&second).len();
    assert!(count > 0);
    assert_eq!(first.try_iter().count(), 0);
    // The former one is gone.
    assert!(matches!(
        first.try_recv(),
        Err(mpsc::TryRecvError::Disconnected)
    ));
    log::unset_callback();
    fail();
    label("nothing so far");
    log::set_level(Level::Error).unwrap();
    fail();
    assert_eq!(drain(&second).len(), 0);
}

fn tool() {
    let Some(records) = collect() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in.wasm"), b"\0asm\x01\0\0\0").unwrap();
    let line = ["wasmedgec".into(), path("in.wasm"), path("out.wasm")];
    // SAFETY: nothing else runs in this process.
    assert_eq!(unsafe { cli::compiler(line) }.unwrap(), 0);
    // The tool's own level is info.
    let said = drain(&records);
    let phase = said
        .iter()
        .find(|record| record.message() == "compile start");
    assert_eq!(phase.unwrap().level(), Level::Info);

    // Afterwards level and callback are what they were.
    compile();
    assert_eq!(drain(&records).len(), 0);
    fail();
    assert!(!drain(&records).is_empty());
}

#[cfg(feature = "log")]
fn facade() {
    type Seen = (::log::Level, String, String);

    struct Logger(Mutex<mpsc::Sender<Seen>>);

    impl ::log::Log for Logger {
        fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &::log::Record<'_>) {
            let target = record.target().to_owned();
            let seen = (record.level(), target, record.args().to_string());
            let _ = self.0.lock().unwrap().send(seen);
        }

        fn flush(&self) {}
    }

    let (sender, seen) = mpsc::channel();
    let drain = || -> Vec<Seen> {
        core::iter::from_fn(|| seen.recv_timeout(Duration::from_secs(1)).ok()).collect()
    };
    ::log::set_logger(Box::leak(Box::new(Logger(Mutex::new(sender))))).unwrap();
    ::log::set_max_level(::log::LevelFilter::Info);
    if !has_callback() {
        return unsupported(log::forward());
    }
    log::forward().unwrap();
    fail();
    let seen = drain();
    for (level, target, _) in &seen {
        assert_eq!((*level, &**target), (::log::Level::Error, "wasmedge"));
    }
    let named = |(_, _, text): &Seen| text.contains("unreachable");
    assert!(seen.iter().any(named), "{seen:?}");

    log::set_level(Level::Info).unwrap();
    compile();
    let seen = drain();
    let phase = (
        ::log::Level::Info,
        "wasmedge".to_owned(),
        "compile start".to_owned(),
    );
    assert!(seen.contains(&phase), "{seen:?}");
    ::log::set_max_level(::log::LevelFilter::Error);
    compile();
    assert!(drain().is_empty());
}

/// What the library said: on the standard output itself, or on the standard error through the crate.
fn said(part: &str) -> String {
    let (stdout, stderr) = support::run_part_streams(part);
    if has_callback() { stderr } else { stdout }
}

#[test]
fn errors_are_written_with_their_time() {
    let output = said("lines");
    let line = output.lines().find(|line| line.contains("unreachable"));
    let line = line.expect("the message");
    // The harness may have begun the line.
    let start = line.find('[').expect("the time");
    let (time, rest) = line[start..].split_at("[2024-12-31 23:59:59.123] ".len());
    let shape: String = time
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "[0000-00-00 00:00:00.000] ");
    assert!(rest.starts_with("[error] "), "{line}");
}

#[test]
fn levels_are_those_that_the_version_has() {
    let output = said("levels");
    let after = |label: &str| output.split(label).nth(1).unwrap().to_owned();
    let (critical, _) = output.split_once("error:\n").unwrap();
    assert!(!critical.contains("[error]"), "{output}");
    assert!(after("error:\n").contains("[error]"), "{output}");
    assert!(
        !after("error:\n")
            .split("info:\n")
            .next()
            .unwrap()
            .contains("[info]"),
        "{output}"
    );
    let info = after("info:\n").contains("[info] compile start");
    assert_eq!(info, has_callback(), "{output}");
}

#[test]
fn the_callback_gets_what_is_not_written_then() {
    assert!(!said("callback").contains("[error]"));
}

#[test]
fn a_callback_may_use_the_library() {
    support::run_part("uses the library");
}

#[test]
fn s7_a_panic_of_the_callback_stays_there() {
    support::run_part("panics");
}

#[test]
fn a_callback_may_wait_for_one_who_logs() {
    support::run_part("waits");
}

#[test]
fn s10_several_threads_log_at_once() {
    support::run_part("threads");
}

#[test]
fn a_callback_is_replaced_and_taken_away() {
    let output = said("replaced");
    if has_callback() {
        let (before, after) = output.split_once("nothing so far").unwrap();
        assert!(!before.contains("[error]"), "{output}");
        assert!(after.contains("[error]"), "{output}");
    }
}

#[test]
fn s16_the_tools_leave_level_and_callback_as_they_were() {
    support::run_part("tool");
}

#[cfg(feature = "log")]
#[test]
fn the_log_crate_gets_the_messages() {
    assert!(!said("facade").contains("[error]"));
}
