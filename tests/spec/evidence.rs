//! Samples of what the list puts down to the library: the same steps through the C API alone.

use std::ffi::CString;
use std::ptr;

use wasmedge::{Compiler, Config, ErrorCode, Proposal, Store, Val, ValType, sys};

use crate::raw;

/// The results of a function without parameters, by the crate.
fn by_the_crate(text: &str, results: &[ValType]) -> Vec<Val> {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&support::module(text)).unwrap();
    let func = instance.get_func(&store, "f").unwrap();
    let mut values: Vec<_> = results.iter().map(|ty| Val::zero(*ty)).collect();
    func.call(&mut store, &[], &mut values).unwrap();
    values
}

#[test]
fn signalling_nans_come_out_of_c_as_well() {
    let one = "(f32.const nan:0x200000)";
    let four = "(v128.const f32x4 nan:0x200000 nan:0x200000 nan:0x200000 nan:0x200000)";
    let lanes = 0x7fa0_0000_7fa0_0000_7fa0_0000_7fa0_0000;
    for (body, expected) in [
        (format!("(f32.ceil {one})"), Val::F32(0x7fa0_0000)),
        (format!("(f32.floor {one})"), Val::F32(0x7fa0_0000)),
        (format!("(f32.trunc {one})"), Val::F32(0x7fa0_0000)),
        (format!("(f32x4.ceil {four})"), Val::V128(lanes)),
        (format!("(f32x4.min {four} {four})"), Val::V128(lanes)),
        (format!("(f32x4.max {four} {four})"), Val::V128(lanes)),
    ] {
        let ty = expected.ty();
        let text = format!(r#"(module (func (export "f") (result {ty}) {body}))"#);
        let in_c = raw::call(&support::wasm(&text), "f", &[], &[ty]);
        assert_eq!(in_c, [expected], "{body}");
        assert_eq!(by_the_crate(&text, &[ty]), in_c, "{body}");
    }
}

#[test]
fn exceptions_do_not_compile_in_c_either() {
    let mut config = Config::new().unwrap();
    let version = wasmedge::version::library();
    if (version.major, version.minor) < (0, 16) {
        // From 0.14 on C would run into an assertion; before, it knows no exceptions at all.
        // SAFETY: nothing is run.
        let _ = unsafe { config.enable_unchecked(Proposal::ExceptionHandling) };
        let throw = "(module (tag) (func (throw 0)))";
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out.wasm");
        let compiled = Compiler::new(&config)
            .and_then(|compiler| compiler.compile_bytes(support::wasm(throw), output));
        assert!(compiled.is_err());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name| CString::new(folder.path().join(name).to_str().unwrap()).unwrap();
    let (input, output) = (path("in.wasm"), path("out.wasm"));
    let throw = support::wasm("(module (tag) (func (throw 0)))");
    std::fs::write(folder.path().join("in.wasm"), throw).unwrap();
    // SAFETY: contexts that are made here and freed here, and paths that end in NUL.
    let result = unsafe {
        // The proposal is on by default in these versions.
        let compiler = sys::WasmEdge_CompilerCreate(ptr::null());
        let result = sys::WasmEdge_CompilerCompile(compiler, input.as_ptr(), output.as_ptr());
        sys::WasmEdge_CompilerDelete(compiler);
        result
    };
    let mut codes = ErrorCode::all();
    let code = codes.find(|code| code.number() == result.Code & 0x00ff_ffff);
    assert_eq!(code.and_then(ErrorCode::name), Some("AOTNotImpl"));
}
