#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasmedge_safe_fuzz_reference::run(data));
