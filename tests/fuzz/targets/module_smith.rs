//! Valid modules.

use arbitrary::{Arbitrary, Unstructured};
use wasm_smith::Config;

use super::guest::{self, FUEL};

/// A valid module is loaded, and runs twice the same, with bounds put into its code and without.
pub(crate) fn run(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Some(wasm) = module(&mut u) else {
        return;
    };
    let rest = u.take_rest();
    let (bounded, untrusted) = (guest::bounded(), guest::untrusted());
    let load = |config, fuel| match guest::run(config, fuel, &wasm, rest) {
        Ok(trace) => trace,
        Err(error) => panic!("a valid module is refused: {error}"),
    };
    let plain = load(&bounded, FUEL);
    assert_eq!(plain, load(&bounded, FUEL));
    plain.assert_same(&load(&untrusted, FUEL * 20));
}

/// A module of WebAssembly 2.0.
pub(crate) fn module(u: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    let mut config = Config::arbitrary(u).ok()?;
    config.gc_enabled = false;
    config.tail_call_enabled = false;
    config.exceptions_enabled = false;
    config.threads_enabled = false;
    config.relaxed_simd_enabled = false;
    config.memory64_enabled = false;
    config.extended_const_enabled = false;
    config.custom_page_sizes_enabled = false;
    config.custom_descriptors_enabled = false;
    config.wide_arithmetic_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.export_everything = true;
    config.max_memories = 1;
    config.max_memory32_bytes = 4 << 16;
    config.max_tables = config.max_tables.min(4);
    config.max_table_elements = 400;
    config.max_funcs = config.max_funcs.min(50);
    config.max_instructions = config.max_instructions.min(500);
    let module = wasm_smith::Module::new(config, u).ok()?;
    Some(module.to_bytes())
}
