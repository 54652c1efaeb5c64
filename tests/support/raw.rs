//! The C API alone: what the crate is compared with.
#![allow(dead_code, reason = "tests and benchmarks each use a part of it")]

use std::ffi::{CString, c_void};
use std::path::Path;
use std::ptr;

use wasmedge::{Val, ValType, sys};

/// What C calls of a host function.
pub(crate) type HostFn = unsafe extern "C" fn(
    *mut c_void,
    *const sys::WasmEdge_CallingFrameContext,
    *const sys::WasmEdge_Value,
    *mut sys::WasmEdge_Value,
) -> sys::WasmEdge_Result;

/// A host function of module `env` that takes and gives numbers of type i32.
pub(crate) struct Host {
    pub(crate) name: &'static str,
    pub(crate) params: usize,
    pub(crate) results: usize,
    pub(crate) call: HostFn,
    /// Outlives the guest.
    pub(crate) data: *mut c_void,
}

/// An instance of a module and all that it takes to have one. It has methods for its pointers, so that
/// a closure that uses one takes all of it.
pub(crate) struct Guest {
    loader: *mut sys::WasmEdge_LoaderContext,
    validator: *mut sys::WasmEdge_ValidatorContext,
    executor: *mut sys::WasmEdge_ExecutorContext,
    store: *mut sys::WasmEdge_StoreContext,
    env: *mut sys::WasmEdge_ModuleInstanceContext,
    ast: *mut sys::WasmEdge_ASTModuleContext,
    instance: *mut sys::WasmEdge_ModuleInstanceContext,
}

/// A borrowed name.
pub(crate) fn name(text: &str) -> sys::WasmEdge_String {
    sys::WasmEdge_String {
        Length: u32::try_from(text.len()).unwrap(),
        Buf: text.as_ptr().cast(),
    }
}

/// Anything but success is a fault of the test.
#[inline]
pub(crate) fn ok(result: sys::WasmEdge_Result) {
    assert_eq!(result.Code, 0);
}

impl Guest {
    /// An instance of a module with at most these imports.
    pub(crate) fn new(wasm: &[u8], hosts: &[Host]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), wasm).unwrap();
        // SAFETY: the bytes are not compiled code, or else they are the library's own: the library
        // knows them by a section that no other tool writes.
        unsafe { Self::from_file(file.path(), hosts) }
    }

    /// The same of a file.
    ///
    /// # Safety
    ///
    /// Compiled code in the file is what the library's compiler wrote.
    pub(crate) unsafe fn from_file(path: &Path, hosts: &[Host]) -> Self {
        wasmedge::version::check().unwrap();
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: contexts are made and used in order, on one thread, and freed in `drop`; every
        // result is checked before what it stands for is used; what is added to a module instance
        // belongs to it.
        unsafe {
            let config = sys::WasmEdge_ConfigureCreate();
            // From 0.17 on compiled code has to be asked for.
            #[cfg(wasmedge_0_17)]
            sys::WasmEdge_ConfigureSetRunMode(config, sys::WasmEdge_RunMode_AOT);
            let loader = sys::WasmEdge_LoaderCreate(config);
            let validator = sys::WasmEdge_ValidatorCreate(config);
            let executor = sys::WasmEdge_ExecutorCreate(config, ptr::null_mut());
            sys::WasmEdge_ConfigureDelete(config);
            let store = sys::WasmEdge_StoreCreate();

            let env = sys::WasmEdge_ModuleInstanceCreate(name("env"));
            for host in hosts {
                let types = [sys::WasmEdge_ValueGenI32(0).Type; 16];
                let ty = sys::WasmEdge_FunctionTypeCreate(
                    types.as_ptr(),
                    u32::try_from(host.params).unwrap(),
                    types.as_ptr(),
                    u32::try_from(host.results).unwrap(),
                );
                let func = sys::WasmEdge_FunctionInstanceCreate(ty, Some(host.call), host.data, 0);
                sys::WasmEdge_FunctionTypeDelete(ty);
                sys::WasmEdge_ModuleInstanceAddFunction(env, name(host.name), func);
            }
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
            Self {
                loader,
                validator,
                executor,
                store,
                env,
                ast,
                instance,
            }
        }
    }

    pub(crate) const fn loader(&self) -> *mut sys::WasmEdge_LoaderContext {
        self.loader
    }

    pub(crate) const fn validator(&self) -> *mut sys::WasmEdge_ValidatorContext {
        self.validator
    }

    pub(crate) const fn executor(&self) -> *mut sys::WasmEdge_ExecutorContext {
        self.executor
    }

    pub(crate) const fn store(&self) -> *mut sys::WasmEdge_StoreContext {
        self.store
    }

    pub(crate) const fn ast(&self) -> *const sys::WasmEdge_ASTModuleContext {
        self.ast
    }

    pub(crate) const fn instance(&self) -> *mut sys::WasmEdge_ModuleInstanceContext {
        self.instance
    }

    /// An exported function.
    pub(crate) fn func(&self, export: &str) -> *const sys::WasmEdge_FunctionInstanceContext {
        // SAFETY: the instance is alive.
        let func = unsafe { sys::WasmEdge_ModuleInstanceFindFunction(self.instance, name(export)) };
        assert!(!func.is_null(), "{export}");
        func
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // SAFETY: made in `from_file` and freed nowhere else; importers go before what they import.
        unsafe {
            sys::WasmEdge_ModuleInstanceDelete(self.instance);
            sys::WasmEdge_ModuleInstanceDelete(self.env);
            sys::WasmEdge_StoreDelete(self.store);
            sys::WasmEdge_ExecutorDelete(self.executor);
            sys::WasmEdge_ASTModuleDelete(self.ast);
            sys::WasmEdge_ValidatorDelete(self.validator);
            sys::WasmEdge_LoaderDelete(self.loader);
        }
    }
}

/// Runs an exported function of a module without imports, and reads results of these types.
pub(crate) fn call(wasm: &[u8], export: &str, params: &[Val], results: &[ValType]) -> Vec<Val> {
    let guest = Guest::new(wasm, &[]);
    let func = guest.func(export);
    let params: Vec<_> = params.iter().map(to_raw).collect();
    // SAFETY: the guest is alive and used by this thread alone; the values are as many as the
    // function has, and are read by the types they have.
    unsafe {
        let mut raw = vec![sys::WasmEdge_ValueGenI32(0); results.len()];
        ok(sys::WasmEdge_ExecutorInvoke(
            guest.executor,
            func,
            params.as_ptr(),
            u32::try_from(params.len()).unwrap(),
            raw.as_mut_ptr(),
            u32::try_from(raw.len()).unwrap(),
        ));
        let values = raw.iter().zip(results).map(|(raw, ty)| from_raw(*raw, *ty));
        values.collect()
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
