//! The same call through the C API alone: what the crate is compared with.

use std::ffi::CString;
use std::ptr;

use wasmedge::{Val, ValType, sys};

/// Runs an exported function of a module without imports, and reads results of these types.
pub(crate) fn call(wasm: &[u8], name: &str, params: &[Val], results: &[ValType]) -> Vec<Val> {
    wasmedge::version::check().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), wasm).unwrap();
    let path = CString::new(file.path().to_str().unwrap()).unwrap();
    let name = sys::WasmEdge_String {
        Length: u32::try_from(name.len()).unwrap(),
        Buf: name.as_ptr().cast(),
    };
    let params: Vec<_> = params.iter().map(to_raw).collect();

    // SAFETY: contexts are made, used and freed in order, on one thread; every result is checked
    // before what it stands for is used, and values are read by the types they have.
    unsafe {
        let ok = |result: sys::WasmEdge_Result| assert_eq!(result.Code, 0);
        let loader = sys::WasmEdge_LoaderCreate(ptr::null());
        let validator = sys::WasmEdge_ValidatorCreate(ptr::null());
        let executor = sys::WasmEdge_ExecutorCreate(ptr::null(), ptr::null_mut());
        let store = sys::WasmEdge_StoreCreate();
        let mut ast = ptr::null_mut();
        ok(sys::WasmEdge_LoaderParseFromFile(
            loader,
            &raw mut ast,
            path.as_ptr(),
        ));
        ok(sys::WasmEdge_ValidatorValidate(validator, ast));
        let mut instance = ptr::null_mut();
        ok(sys::WasmEdge_ExecutorInstantiate(
            executor,
            &raw mut instance,
            store,
            ast,
        ));
        let func = sys::WasmEdge_ModuleInstanceFindFunction(instance, name);
        assert!(!func.is_null());

        let mut raw = vec![sys::WasmEdge_ValueGenI32(0); results.len()];
        ok(sys::WasmEdge_ExecutorInvoke(
            executor,
            func,
            params.as_ptr(),
            u32::try_from(params.len()).unwrap(),
            raw.as_mut_ptr(),
            u32::try_from(raw.len()).unwrap(),
        ));
        let values = raw.iter().zip(results).map(|(raw, ty)| from_raw(*raw, *ty));
        let values = values.collect();

        sys::WasmEdge_ModuleInstanceDelete(instance);
        sys::WasmEdge_StoreDelete(store);
        sys::WasmEdge_ExecutorDelete(executor);
        sys::WasmEdge_ASTModuleDelete(ast);
        sys::WasmEdge_ValidatorDelete(validator);
        sys::WasmEdge_LoaderDelete(loader);
        values
    }
}

fn to_raw(val: &Val) -> sys::WasmEdge_Value {
    // SAFETY: pure functions of the library.
    unsafe {
        match *val {
            Val::I32(value) => sys::WasmEdge_ValueGenI32(value),
            Val::I64(value) => sys::WasmEdge_ValueGenI64(value),
            Val::F32(bits) => sys::WasmEdge_ValueGenF32(f32::from_bits(bits)),
            Val::F64(bits) => sys::WasmEdge_ValueGenF64(f64::from_bits(bits)),
            Val::V128(bits) => sys::WasmEdge_ValueGenV128(bits as i128),
            _ => panic!("{val} belongs to a store"),
        }
    }
}

/// # Safety
///
/// The value is of this type.
unsafe fn from_raw(raw: sys::WasmEdge_Value, ty: ValType) -> Val {
    // SAFETY: promised by the caller.
    unsafe {
        match ty {
            ValType::I32 => Val::I32(sys::WasmEdge_ValueGetI32(raw)),
            ValType::I64 => Val::I64(sys::WasmEdge_ValueGetI64(raw)),
            ValType::F32 => Val::F32(sys::WasmEdge_ValueGetF32(raw).to_bits()),
            ValType::F64 => Val::F64(sys::WasmEdge_ValueGetF64(raw).to_bits()),
            ValType::V128 => Val::V128(sys::WasmEdge_ValueGetV128(raw) as u128),
            _ => panic!("{ty} belongs to a store"),
        }
    }
}
