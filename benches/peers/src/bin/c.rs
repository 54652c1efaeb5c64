//! The C API with nothing round it, values written by field: the floor of what is built on it.

#[path = "../../../../tests/support/raw.rs"]
mod raw;

use std::ptr;

use measure::{Host, Mode, Runtime};
use raw::{Guest, name, ok};
use wasmedge::sys;

struct C {
    guest: Guest,
    small: Guest,
    small_bytes: Vec<u8>,
    vm: *mut sys::WasmEdge_VMContext,
    i32: sys::WasmEdge_ValType,
    i64: sys::WasmEdge_ValType,
    nothing: *const sys::WasmEdge_FunctionInstanceContext,
    add: *const sys::WasmEdge_FunctionInstanceContext,
    swap: *const sys::WasmEdge_FunctionInstanceContext,
    loops: [*const sys::WasmEdge_FunctionInstanceContext; 3],
    memory: *mut sys::WasmEdge_MemoryInstanceContext,
    global: *mut sys::WasmEdge_GlobalInstanceContext,
    table: *mut sys::WasmEdge_TableInstanceContext,
}

fn hosts() -> Vec<raw::Host> {
    // As long as the process.
    let data = Box::leak(Box::new(baseline::Data {
        calls: 0,
        executor: ptr::null_mut(),
        inner: ptr::null(),
    }));
    let data: *mut baseline::Data = data;
    let host = |name, params, results, call| raw::Host {
        name,
        params,
        results,
        call,
        data: data.cast(),
    };
    vec![
        host("nothing", 0, 0, baseline::baseline_host_nothing),
        host("add", 2, 1, baseline::baseline_host_add),
        host("state", 2, 1, baseline::baseline_host_state),
    ]
}

impl C {
    fn value_i32(&self, value: i32) -> sys::WasmEdge_Value {
        sys::WasmEdge_Value {
            Value: value as u32 as _,
            Type: self.i32,
        }
    }

    fn value_i64(&self, value: i64) -> sys::WasmEdge_Value {
        sys::WasmEdge_Value {
            Value: value as u64 as _,
            Type: self.i64,
        }
    }

    /// Calls `add` of the small module in a store of its own.
    ///
    /// # Safety
    ///
    /// The module is that one, and valid.
    unsafe fn run_valid(&self, ast: *const sys::WasmEdge_ASTModuleContext, a: i32, b: i32) -> i32 {
        let params = [self.value_i32(a), self.value_i32(b)];
        let mut result = self.value_i32(0);
        let mut instance = ptr::null_mut();
        // SAFETY: made, used and freed in order; the values are as the function's type says.
        unsafe {
            let executor = sys::WasmEdge_ExecutorCreate(ptr::null(), ptr::null_mut());
            let store = sys::WasmEdge_StoreCreate();
            let made = &raw mut instance;
            ok(sys::WasmEdge_ExecutorInstantiate(
                executor, made, store, ast,
            ));
            let add = sys::WasmEdge_ModuleInstanceFindFunction(instance, name("add"));
            let (from, room) = (params.as_ptr(), &raw mut result);
            ok(sys::WasmEdge_ExecutorInvoke(
                executor, add, from, 2, room, 1,
            ));
            sys::WasmEdge_ModuleInstanceDelete(instance);
            sys::WasmEdge_StoreDelete(store);
            sys::WasmEdge_ExecutorDelete(executor);
        }
        result.Value as i32
    }

    /// # Safety
    ///
    /// The values are those of the function's type.
    unsafe fn invoke<const P: usize, const R: usize>(
        &self,
        func: *const sys::WasmEdge_FunctionInstanceContext,
        params: [sys::WasmEdge_Value; P],
    ) -> [sys::WasmEdge_Value; R] {
        let mut results = [self.value_i32(0); R];
        // SAFETY: the guest is alive, and this thread's alone; the rest is promised by the caller.
        unsafe {
            ok(sys::WasmEdge_ExecutorInvoke(
                self.guest.executor(),
                func,
                params.as_ptr(),
                P as u32,
                results.as_mut_ptr(),
                R as u32,
            ));
        }
        results
    }
}

impl Runtime for C {
    type Instances = Instances;

    fn name() -> String {
        let version = wasmedge::version::library_text();
        format!("C API, WasmEdge {version}")
    }

    fn new(_: Mode) -> Self {
        let guest = Guest::new(&measure::guest(), &hosts());
        let small_bytes = measure::small();
        let instance = guest.instance();
        let len = small_bytes.len() as u32;
        // SAFETY: the instance is alive; what is not found is null, and that is asserted below. The VM is
        // made in order, and copies the bytes.
        let (this, found) = unsafe {
            let vm = sys::WasmEdge_VMCreate(ptr::null(), ptr::null_mut());
            ok(sys::WasmEdge_VMLoadWasmFromBuffer(
                vm,
                small_bytes.as_ptr(),
                len,
            ));
            ok(sys::WasmEdge_VMValidate(vm));
            ok(sys::WasmEdge_VMInstantiate(vm));
            let memory = sys::WasmEdge_ModuleInstanceFindMemory(instance, name("memory"));
            let global = sys::WasmEdge_ModuleInstanceFindGlobal(instance, name("global"));
            let table = sys::WasmEdge_ModuleInstanceFindTable(instance, name("table"));
            let this = Self {
                small: Guest::new(&small_bytes, &[]),
                small_bytes,
                vm,
                i32: sys::WasmEdge_ValueGenI32(0).Type,
                i64: sys::WasmEdge_ValueGenI64(0).Type,
                nothing: guest.func("nothing"),
                add: guest.func("add"),
                swap: guest.func("swap"),
                loops: Host::ALL.map(|host| guest.func(host.export())),
                memory,
                global,
                table,
                guest,
            };
            (this, [memory.is_null(), global.is_null(), table.is_null()])
        };
        assert_eq!(found, [false; 3]);
        this
    }

    fn call_nothing(&mut self) {
        // SAFETY: the function takes and gives nothing.
        let [] = unsafe { self.invoke(self.nothing, []) };
    }

    fn call_add(&mut self, a: i32, b: i32) -> i32 {
        let params = [self.value_i32(a), self.value_i32(b)];
        // SAFETY: as the function's type says; so below.
        let [sum] = unsafe { self.invoke(self.add, params) };
        sum.Value as i32
    }

    fn call_swap(&mut self, a: i32, b: i64) -> (i64, i32) {
        let params = [self.value_i32(a), self.value_i64(b)];
        // SAFETY: as above.
        let [b, a] = unsafe { self.invoke(self.swap, params) };
        (b.Value as i64, a.Value as i32)
    }

    fn call_add_dynamic(&mut self, a: i32, b: i32) -> i32 {
        self.call_add(a, b)
    }

    fn call_loop(&mut self, host: Host, times: u32) {
        let times = self.value_i32(times as i32);
        // SAFETY: as above.
        let [] = unsafe { self.invoke(self.loops[host as usize], [times]) };
    }

    fn memory_read(&mut self, offset: u32, buffer: &mut [u8]) {
        let (to, len) = (buffer.as_mut_ptr(), buffer.len() as u32);
        // SAFETY: the memory is alive, and there is room for as many bytes.
        ok(unsafe { sys::WasmEdge_MemoryInstanceGetData(self.memory, to, offset, len) });
    }

    fn memory_write(&mut self, offset: u32, bytes: &[u8]) {
        let (from, len) = (bytes.as_ptr(), bytes.len() as u32);
        // SAFETY: the memory is alive, and there are as many bytes.
        ok(unsafe { sys::WasmEdge_MemoryInstanceSetData(self.memory, from, offset, len) });
    }

    fn global_get(&mut self) -> i64 {
        // SAFETY: the global is alive.
        unsafe { sys::WasmEdge_GlobalInstanceGetValue(self.global) }.Value as i64
    }

    fn global_set(&mut self, value: i64) {
        // SAFETY: the global is alive, mutable, and of this type.
        #[allow(clippy::let_unit_value, reason = "a result from 0.14 on")]
        let _ = unsafe { sys::WasmEdge_GlobalInstanceSetValue(self.global, self.value_i64(value)) };
    }

    fn table_get(&mut self, index: u32) -> bool {
        let mut element = self.value_i32(0);
        // SAFETY: the table is alive, and there is room for a value of any type.
        ok(unsafe { sys::WasmEdge_TableInstanceGetData(self.table, &raw mut element, index) });
        element.Value != 0
    }

    fn find(&mut self, export: &str) -> bool {
        // SAFETY: the instance is alive.
        let func = unsafe {
            sys::WasmEdge_ModuleInstanceFindFunction(self.guest.instance(), name(export))
        };
        !func.is_null()
    }

    fn load(&self, wasm: &[u8]) {
        let mut ast = ptr::null_mut();
        let (from, len) = (wasm.as_ptr(), wasm.len() as u32);
        // SAFETY: the contexts are alive, and the module is freed.
        unsafe {
            let (loader, validator) = (self.guest.loader(), self.guest.validator());
            ok(sys::WasmEdge_LoaderParseFromBuffer(
                loader,
                &raw mut ast,
                from,
                len,
            ));
            ok(sys::WasmEdge_ValidatorValidate(validator, ast));
            sys::WasmEdge_ASTModuleDelete(ast);
        }
    }

    fn instances(&self) -> Option<Instances> {
        Some(Instances(Vec::new()))
    }

    fn instantiate(&self, instances: &mut Instances) {
        let (executor, store) = (self.small.executor(), self.small.store());
        let mut instance = ptr::null_mut();
        // SAFETY: the guest is alive, and this thread's alone.
        ok(unsafe {
            sys::WasmEdge_ExecutorInstantiate(executor, &raw mut instance, store, self.small.ast())
        });
        instances.0.push(instance);
    }

    fn run_in_store(&self, a: i32, b: i32) -> i32 {
        // SAFETY: the module was found valid when it was made, and is alive.
        unsafe { self.run_valid(self.small.ast(), a, b) }
    }

    fn call_by_name(&mut self, a: i32, b: i32) -> Option<i32> {
        let params = [self.value_i32(a), self.value_i32(b)];
        let mut result = self.value_i32(0);
        let (from, room) = (params.as_ptr(), &raw mut result);
        // SAFETY: the VM is alive, and this thread's alone; the values are as the function's type says.
        ok(unsafe { sys::WasmEdge_VMExecute(self.vm, name("add"), from, 2, room, 1) });
        Some(result.Value as i32)
    }

    // With the contexts one by one: the library's own Vm makes the modules of all plug-ins as well.
    fn run_in_vm(&self, a: i32, b: i32) -> Option<i32> {
        let (bytes, len) = (self.small_bytes.as_ptr(), self.small_bytes.len() as u32);
        let mut ast = ptr::null_mut();
        let parsed = &raw mut ast;
        // SAFETY: made, used and freed in order; the module is the small one, and was found valid.
        unsafe {
            let loader = sys::WasmEdge_LoaderCreate(ptr::null());
            let validator = sys::WasmEdge_ValidatorCreate(ptr::null());
            ok(sys::WasmEdge_LoaderParseFromBuffer(
                loader, parsed, bytes, len,
            ));
            ok(sys::WasmEdge_ValidatorValidate(validator, ast));
            let sum = self.run_valid(ast, a, b);
            sys::WasmEdge_ASTModuleDelete(ast);
            sys::WasmEdge_ValidatorDelete(validator);
            sys::WasmEdge_LoaderDelete(loader);
            Some(sum)
        }
    }
}

impl Drop for C {
    fn drop(&mut self) {
        // SAFETY: made in `new`, and freed here alone.
        unsafe { sys::WasmEdge_VMDelete(self.vm) };
    }
}

/// Instances of a guest that outlives them.
struct Instances(Vec<*mut sys::WasmEdge_ModuleInstanceContext>);

impl Drop for Instances {
    fn drop(&mut self) {
        for instance in &self.0 {
            // SAFETY: nothing else frees them, and nothing imports from them.
            unsafe { sys::WasmEdge_ModuleInstanceDelete(*instance) };
        }
    }
}

fn main() -> std::io::Result<()> {
    measure::serve::<C>()
}
