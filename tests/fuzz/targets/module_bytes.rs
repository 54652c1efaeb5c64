//! Any bytes as a module.

use wasmedge::{Config, Module};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use super::guest::{self, FUEL};

/// What is loaded runs within its bounds, twice the same, with bounds put into the code and without.
///
/// What WebAssembly 2.0 does not allow is not loaded.
pub(crate) fn run(data: &[u8]) {
    let (bounded, untrusted) = (guest::bounded(), guest::untrusted());
    let strict = guest::run(&untrusted, FUEL * 20, data, data);
    if strict.is_ok() {
        let mut validator = Validator::new_with_features(WasmFeatures::WASM2);
        if let Err(error) = validator.validate_all(data) {
            panic!("the library takes what is not valid: {error}");
        }
    }
    if let Ok(trace) = &strict {
        let again = guest::run(&untrusted, FUEL * 20, data, data).expect("as before");
        assert_eq!(*trace, again);
    }
    if has_small_frames(data) {
        let plain = guest::run(&bounded, FUEL, data, data);
        if let (Ok(strict), Ok(plain)) = (strict, plain) {
            strict.assert_same(&plain);
        }
    }
    _ = Module::new(&Config::new().unwrap(), data);
}

/// Without `max_call_depth` a frame may be as large as the guest likes, and so may the memory for a
/// recursion be. That is documented, and no find.
fn has_small_frames(wasm: &[u8]) -> bool {
    Parser::new(0).parse_all(wasm).all(|payload| match payload {
        Ok(Payload::CodeSectionEntry(body)) => body.get_locals_reader().is_ok_and(|locals| {
            let mut counts = locals
                .into_iter()
                .map(|local| local.map_or(0, |(count, _)| count));
            counts
                .try_fold(0_u32, u32::checked_add)
                .is_some_and(|sum| sum <= 300)
        }),
        Ok(Payload::TypeSection(types)) => types
            .into_iter_err_on_gc_types()
            .all(|ty| ty.is_ok_and(|ty| ty.params().len() + ty.results().len() <= 300)),
        Ok(_) => true,
        Err(_) => false,
    })
}
