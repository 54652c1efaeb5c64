//! S16: the standard output belongs to the program. The library's log is off unless the program asked
//! for it.
//!
//! The level belongs to the process, so each test starts this program again for one of the parts.

use wasmedge::log::{self, Level};

/// What the other tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("default") => {
            wasmedge::version::check().unwrap();
            use_the_library();
        }
        Some("asked and taken back") => {
            log::set_level(Level::Debug).unwrap();
            log::set_level(Level::Off).unwrap();
            use_the_library();
        }
        Some("without its callback") => {
            wasmedge::version::check().unwrap();
            // Fails below 0.15, which has no callback.
            let _ = log::set_callback(|_| ());
            log::unset_callback();
            use_the_library();
        }
        Some("phases") => phases(),
        Some("error") => {
            log::set_level(Level::Error).unwrap();
            // Would set the level, had the program not chosen one.
            wasmedge::Config::new().unwrap();
            use_the_library();
        }
        Some("debug") => {
            log::set_level(Level::Debug).unwrap();
            use_the_library();
        }
        Some(other) => panic!("no part {other}"),
    }
}

/// Has the library say errors, and what it says at its own default level.
fn use_the_library() {
    support::compile();
    let config = wasmedge::Config::new().unwrap();
    let loader = wasmedge::Loader::new(&config).unwrap();
    loader.load_bytes(b"not wasm").unwrap_err();
    let (mut store, trap) = support::instance(r#"(module (func (export "f") unreachable))"#);
    let trap = trap.get_typed_func::<(), ()>(&store, "f").unwrap();
    trap.call(&mut store, ()).unwrap_err();
}

/// The phases of the compiler come from the log, which is off.
fn phases() {
    let folder = tempfile::tempdir().unwrap();
    let mut compiler = wasmedge::Compiler::new(&wasmedge::Config::new().unwrap()).unwrap();
    let mut seen = 0;
    let output = folder.path().join("out.wasm");
    let wasm = support::wasm("(module (func))");
    match compiler.compile_bytes_with_progress(wasm, output, |_| seen += 1) {
        Ok(()) => assert!(seen > 2),
        // Below 0.15.
        Err(error) => assert!(matches!(
            error.kind(),
            wasmedge::ErrorKind::Unsupported { .. }
        )),
    }
    use_the_library();
}

/// What the library said: on the standard output, and on the standard error.
fn said(part: &str) -> (String, String) {
    let lines = |text: String| {
        let lines = text.lines().filter(|line| line.contains("] ["));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (stdout, stderr) = support::run_part_streams(part);
    (lines(stdout), lines(stderr))
}

fn is_quiet(part: &str) {
    let (stdout, stderr) = said(part);
    assert_eq!((&*stdout, &*stderr), ("", ""), "{part}");
}

/// Where the library gives its messages to the crate, they go to the standard error.
fn says(part: &str) -> String {
    let (stdout, stderr) = said(part);
    let version = wasmedge::version::library();
    let (said, other) = if (version.major, version.minor) < (0, 15) {
        (stdout, stderr)
    } else {
        (stderr, stdout)
    };
    assert_eq!(other, "", "{part}");
    said
}

#[test]
fn s16_the_log_is_off_by_default() {
    is_quiet("default");
}

#[test]
fn s16_the_log_is_turned_off_again() {
    is_quiet("asked and taken back");
    is_quiet("without its callback");
}

#[test]
fn s16_phases_of_the_compiler_do_not_turn_the_log_on() {
    is_quiet("phases");
}

#[test]
fn s16_a_level_that_the_program_chose_stays() {
    let said = says("error");
    assert!(said.contains("[error]"), "{said}");
    assert!(!said.contains("[info]"), "{said}");
    assert!(says("debug").contains("[info]"));
}
