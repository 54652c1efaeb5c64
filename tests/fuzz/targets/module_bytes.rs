//! Any bytes as a module.

use wasmedge::{Config, Module};

use super::guest::{self, FUEL};
use super::proposals;

/// What is loaded runs within its bounds, twice the same, with bounds put into the code and without.
///
/// What WebAssembly 2.0 does not allow is not loaded, and the library refuses nothing that it allows.
pub(crate) fn run(data: &[u8]) {
    let (bounded, untrusted) = (guest::bounded(), guest::untrusted());
    let is_valid = proposals::is_valid(&proposals::standard(), data);
    let strict = guest::run(&untrusted, FUEL * 20, data, data);
    assert!(is_valid || strict.is_err(), "what is not valid is loaded");
    if let Ok(trace) = &strict {
        let again = guest::run(&untrusted, FUEL * 20, data, data).expect("as before");
        assert_eq!(*trace, again);
    }
    if guest::has_small_frames(data) {
        let plain = guest::run(&bounded, FUEL, data, data);
        if let (Ok(strict), Ok(plain)) = (strict, plain) {
            strict.assert_same(&plain);
        }
    }
    _ = Module::new(&Config::new().unwrap(), data);
}
