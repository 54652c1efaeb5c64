//! The functions of `baseline.c`. Those with `n` do something `n` times, and abort when it fails.

#![allow(
    improper_ctypes,
    reason = "128-bit integers, of which Rust 1.85 does not know yet that they are those of C"
)]

use std::ffi::c_void;

use wasmedge::sys::{
    WasmEdge_ASTModuleContext as Ast, WasmEdge_CallingFrameContext as Frame,
    WasmEdge_ExecutorContext as Executor, WasmEdge_FunctionInstanceContext as Func,
    WasmEdge_GlobalInstanceContext as Global, WasmEdge_MemoryInstanceContext as Memory,
    WasmEdge_ModuleInstanceContext as Instance, WasmEdge_Result as Result,
    WasmEdge_StoreContext as Store, WasmEdge_TableInstanceContext as Table,
    WasmEdge_VMContext as Vm, WasmEdge_Value as Value,
};

/// What the host functions share.
#[repr(C)]
#[derive(Debug)]
pub struct Data {
    pub calls: u64,
    pub executor: *mut Executor,
    pub inner: *const Func,
}

macro_rules! host_functions {
    ($($name:ident)*) => {
        unsafe extern "C" {$(
            pub fn $name(
                data: *mut c_void,
                frame: *const Frame,
                params: *const Value,
                results: *mut Value,
            ) -> Result;
        )*}
    };
}

host_functions! {
    baseline_host_nothing
    baseline_host_add
    baseline_host_eight
    baseline_host_state
    baseline_host_nest
}

unsafe extern "C" {
    pub fn baseline_call_nothing(executor: *mut Executor, func: *const Func, n: u64);
    pub fn baseline_call_add(executor: *mut Executor, func: *const Func, n: u64);
    pub fn baseline_call_mixed(executor: *mut Executor, func: *const Func, n: u64);
    pub fn baseline_call_swap(executor: *mut Executor, func: *const Func, n: u64);
    pub fn baseline_call_by_name(vm: *mut Vm, n: u64);
    pub fn baseline_call_async(executor: *mut Executor, func: *const Func, n: u64);
    pub fn baseline_interrupt(
        executor: *mut Executor,
        func: *const Func,
        started: *mut u8,
        n: u64,
    ) -> u64;

    pub fn baseline_memory_read(memory: *const Memory, bytes: *mut u8, len: u32, n: u64);
    pub fn baseline_memory_write(memory: *mut Memory, bytes: *const u8, len: u32, n: u64);
    pub fn baseline_memory_data(memory: *const Memory, n: u64);
    pub fn baseline_global_get(global: *const Global, n: u64);
    pub fn baseline_global_set(global: *mut Global, n: u64);
    pub fn baseline_table_get(table: *const Table, n: u64);
    pub fn baseline_table_set(table: *mut Table, func: *const Func, n: u64);
    pub fn baseline_find(instance: *const Instance, n: u64);

    pub fn baseline_load(wasm: *const u8, len: u32, n: u64);
    pub fn baseline_instantiate(
        executor: *mut Executor,
        store: *mut Store,
        ast: *const Ast,
        instances: *mut *mut Instance,
        n: u64,
    );
    pub fn baseline_store(ast: *const Ast, n: u64);
    pub fn baseline_vm(n: u64);
}
