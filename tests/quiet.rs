//! S16: the library's log, which goes to the standard output, says errors alone unless the program
//! chose otherwise.
//!
//! The level belongs to the process, so each test starts this program again for one of the parts.

mod support;

use wasmedge::log::{self, Level};

/// What the other tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("default") => {
            wasmedge::version::check().unwrap();
            support::compile();
            fail_to_load();
        }
        Some("off") => {
            log::set_level(Level::Off).unwrap();
            support::compile();
            fail_to_load();
        }
        Some("debug") => {
            log::set_level(Level::Debug).unwrap();
            // Would set the level, had the program not chosen one.
            wasmedge::Config::new().unwrap();
            support::compile();
        }
        Some(other) => panic!("no part {other}"),
    }
}

fn fail_to_load() {
    let config = wasmedge::Config::new().unwrap();
    let loader = wasmedge::Loader::new(&config).unwrap();
    loader.load_bytes(b"not wasm").unwrap_err();
}

#[test]
fn s16_errors_alone_by_default() {
    let output = support::run_part("default");
    assert!(!output.contains("[info]"), "{output}");
    assert!(output.contains("[error]"), "{output}");
}

#[test]
fn s16_nothing_when_it_is_off() {
    let output = support::run_part("off");
    assert!(!output.contains("[info]"), "{output}");
    assert!(!output.contains("[error]"), "{output}");
}

#[test]
fn s16_a_level_that_the_program_chose_stays() {
    assert!(support::run_part("debug").contains("[info]"));
}
