//! The loops of `baseline.c`. Each makes `n` calls, and aborts when one fails.

use std::ffi::c_void;

use wasmedge::sys::{
    WasmEdge_ASTModuleContext as Ast, WasmEdge_CallingFrameContext as Frame,
    WasmEdge_ExecutorContext as Executor, WasmEdge_FunctionInstanceContext as Func,
    WasmEdge_MemoryInstanceContext as Memory, WasmEdge_ModuleInstanceContext as Instance,
    WasmEdge_Result, WasmEdge_StoreContext as Store, WasmEdge_Value,
};

#[allow(improper_ctypes, reason = "128-bit integers, as in `wasmedge::sys`")]
unsafe extern "C" {
    pub fn baseline_call_nothing(executor: *mut Executor, func: *const Func, n: u64);
    pub fn baseline_call_add(executor: *mut Executor, func: *const Func, n: u64);

    pub fn baseline_host_add(
        data: *mut c_void,
        frame: *const Frame,
        params: *const WasmEdge_Value,
        results: *mut WasmEdge_Value,
    ) -> WasmEdge_Result;
    pub fn baseline_host_state(
        data: *mut c_void,
        frame: *const Frame,
        params: *const WasmEdge_Value,
        results: *mut WasmEdge_Value,
    ) -> WasmEdge_Result;

    pub fn baseline_memory_read(memory: *const Memory, bytes: *mut u8, len: u32, n: u64);
    pub fn baseline_find(instance: *const Instance, n: u64);

    pub fn baseline_load(wasm: *const u8, len: u32, n: u64);
    pub fn baseline_instantiate(
        executor: *mut Executor,
        store: *mut Store,
        ast: *const Ast,
        instances: *mut *mut Instance,
        n: u64,
    );
    pub fn baseline_vm(n: u64);
}
