//! What a call costs through this crate and through the C API, side by side in one process.
//!
//! ```text
//! cargo bench --bench call
//! ```

use std::ffi::CString;
use std::hint::black_box;
use std::ptr;

use criterion::Criterion;
use wasmedge::{HostModule, Vm, sys};

const GUEST: &str = r#"(module
    (import "env" "add" (func $host (param i32 i32) (result i32)))
    (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1)))
    (func (export "add in the host") (param i32 i32) (result i32)
        (call $host (local.get 0) (local.get 1))))"#;

const EXPORTS: [&str; 2] = ["add", "add in the host"];

fn through_the_crate(bench: &mut Criterion) {
    let mut env = HostModule::new("env");
    env.func_wrap("add", |a: i32, b: i32| a.wrapping_add(b))
        .unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&env).unwrap();
    vm.load_bytes(wat::parse_str(GUEST).unwrap()).unwrap();
    vm.validate().unwrap();
    let instance = vm.instantiate().unwrap();
    for export in EXPORTS {
        let add = instance
            .get_typed_func::<(i32, i32), i32>(&vm, export)
            .unwrap();
        bench.bench_function(&format!("{export}/crate"), |bench| {
            bench.iter(|| add.call(&mut vm, (black_box(1), black_box(2))).unwrap());
        });
    }
}

/// What C calls on the C side.
unsafe extern "C" fn add(
    _: *mut std::ffi::c_void,
    _: *const sys::WasmEdge_CallingFrameContext,
    params: *const sys::WasmEdge_Value,
    results: *mut sys::WasmEdge_Value,
) -> sys::WasmEdge_Result {
    // SAFETY: the library gives two parameters and room for one result, as the type says.
    unsafe {
        let a = sys::WasmEdge_ValueGetI32(*params);
        let b = sys::WasmEdge_ValueGetI32(*params.add(1));
        *results = sys::WasmEdge_ValueGenI32(a.wrapping_add(b));
    }
    sys::WasmEdge_Result { Code: 0 }
}

fn through_c(bench: &mut Criterion) {
    wasmedge::version::check().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guest.wasm");
    std::fs::write(&path, wat::parse_str(GUEST).unwrap()).unwrap();
    let path = CString::new(path.to_str().unwrap()).unwrap();
    let name = |text: &str| sys::WasmEdge_String {
        Length: u32::try_from(text.len()).unwrap(),
        Buf: text.as_ptr().cast(),
    };

    // SAFETY: contexts are made, used and freed in order, on one thread; results are checked.
    unsafe {
        let ok = |result: sys::WasmEdge_Result| assert_eq!(result.Code, 0);
        let loader = sys::WasmEdge_LoaderCreate(ptr::null());
        let validator = sys::WasmEdge_ValidatorCreate(ptr::null());
        let executor = sys::WasmEdge_ExecutorCreate(ptr::null(), ptr::null_mut());
        let store = sys::WasmEdge_StoreCreate();

        let i32_type = sys::WasmEdge_ValueGenI32(0).Type;
        let types = [i32_type; 2];
        let ty = sys::WasmEdge_FunctionTypeCreate(types.as_ptr(), 2, types.as_ptr(), 1);
        let host = sys::WasmEdge_FunctionInstanceCreate(ty, Some(add), ptr::null_mut(), 0);
        sys::WasmEdge_FunctionTypeDelete(ty);
        let env = sys::WasmEdge_ModuleInstanceCreate(name("env"));
        sys::WasmEdge_ModuleInstanceAddFunction(env, name("add"), host);
        ok(sys::WasmEdge_ExecutorRegisterImport(executor, store, env));

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

        for export in EXPORTS {
            let func = sys::WasmEdge_ModuleInstanceFindFunction(instance, name(export));
            bench.bench_function(&format!("{export}/c"), |bench| {
                bench.iter(|| {
                    let params = [
                        sys::WasmEdge_ValueGenI32(black_box(1)),
                        sys::WasmEdge_ValueGenI32(black_box(2)),
                    ];
                    let mut result = [sys::WasmEdge_ValueGenI32(0)];
                    ok(sys::WasmEdge_ExecutorInvoke(
                        executor,
                        func,
                        params.as_ptr(),
                        2,
                        result.as_mut_ptr(),
                        1,
                    ));
                    sys::WasmEdge_ValueGetI32(result[0])
                });
            });
        }

        sys::WasmEdge_ModuleInstanceDelete(instance);
        sys::WasmEdge_ModuleInstanceDelete(env);
        sys::WasmEdge_StoreDelete(store);
        sys::WasmEdge_ExecutorDelete(executor);
        sys::WasmEdge_ASTModuleDelete(ast);
        sys::WasmEdge_ValidatorDelete(validator);
        sys::WasmEdge_LoaderDelete(loader);
    }
}

fn main() {
    let mut bench = Criterion::default().configure_from_args();
    through_the_crate(&mut bench);
    through_c(&mut bench);
    bench.final_summary();
}
