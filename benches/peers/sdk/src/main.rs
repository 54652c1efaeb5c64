//! The official SDK. It has no typed calls: what is done typed elsewhere is its one kind of call here, of
//! a function that was looked up before.

use std::os::raw::c_void;
use std::path::PathBuf;

use measure::{Host, Mode, Runtime, State};
use tempfile::TempDir;
use wasmedge_sdk::error::HostFuncError;
use wasmedge_sdk::types::Val;
use wasmedge_sdk::{
    Caller, CallingFrame, Compiler, Executor, Func, Global, ImportObject, ImportObjectBuilder,
    Instance, LogManager, Memory, Module, NeverType, Store, Table, Vm, VmBuilder, WasmVal as _,
    WasmValue, host_function, params,
};

struct Sdk {
    // In the order in which they have to go.
    nothing: Func,
    add: Func,
    swap: Func,
    loops: [Func; 3],
    memory: Memory,
    global: Global,
    table: Table,
    instance: Instance,
    executor: Executor,
    _store: Store,
    _env: ImportObject<NeverType>,
    vm: Vm,
    small: Module,
    small_bytes: Vec<u8>,
    mode: Mode,
}

/// Compiles in the default format, to the file that the SDK calls `.so` in any format.
fn compile(wasm: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let compiler = Compiler::new(None).unwrap();
    let file = compiler.compile_from_bytes(wasm, "module", folder.path());
    (folder, file.unwrap())
}

fn module(mode: Mode, wasm: &[u8]) -> Module {
    match mode {
        Mode::Interpreted => Module::from_bytes(None, wasm).unwrap(),
        Mode::Compiled => {
            let (_folder, file) = compile(wasm);
            Module::from_file(None, file).unwrap()
        }
    }
}

fn sum(params: &[WasmValue]) -> Vec<WasmValue> {
    let sum = params[0].to_i32().wrapping_add(params[1].to_i32());
    vec![WasmValue::from_i32(sum)]
}

type HostResult = Result<Vec<WasmValue>, HostFuncError>;

fn host_nothing(_: CallingFrame, _: Vec<WasmValue>, _: *mut c_void) -> HostResult {
    Ok(Vec::new())
}

fn host_add(_: CallingFrame, params: Vec<WasmValue>, _: *mut c_void) -> HostResult {
    Ok(sum(&params))
}

/// The SDK's way to get at the data, and at the caller.
#[host_function]
fn host_state(_caller: Caller, params: Vec<WasmValue>, state: &mut State) -> HostResult {
    state.calls += 1;
    Ok(sum(&params))
}

fn env() -> ImportObject<NeverType> {
    ImportObjectBuilder::new()
        .with_func::<(), (), NeverType>("nothing", host_nothing, None)
        .unwrap()
        .with_func::<(i32, i32), i32, NeverType>("add", host_add, None)
        .unwrap()
        .with_func::<(i32, i32), i32, State>("state", host_state, Some(Box::default()))
        .unwrap()
        .build("env", None)
        .unwrap()
}

impl Runtime for Sdk {
    type Instances = Instances;

    fn name() -> String {
        "wasmedge-sdk 0.12.2".to_owned()
    }

    fn new(mode: Mode) -> Self {
        // The compiler writes to the standard output, which is for answers.
        LogManager::log_off();
        let mut executor = Executor::new(None, None).unwrap();
        let mut store = Store::new().unwrap();
        let env = env();
        store.register_import_module(&mut executor, &env).unwrap();
        let guest = module(mode, &measure::guest());
        let instance = store.register_active_module(&mut executor, &guest).unwrap();

        let small_bytes = measure::small();
        let mut vm = VmBuilder::new().build().unwrap();
        vm.run_func_from_module(module(mode, &small_bytes), "add", params!(1, 2))
            .unwrap();
        Self {
            nothing: instance.func("nothing").unwrap(),
            add: instance.func("add").unwrap(),
            swap: instance.func("swap").unwrap(),
            loops: Host::ALL.map(|host| instance.func(host.export()).unwrap()),
            memory: instance.memory("memory").unwrap(),
            global: instance.global("global").unwrap(),
            table: instance.table("table").unwrap(),
            instance,
            executor,
            _store: store,
            _env: env,
            vm,
            small: module(mode, &small_bytes),
            small_bytes,
            mode,
        }
    }

    fn call_nothing(&mut self) {
        self.nothing.run(&self.executor, params!()).unwrap();
    }

    fn call_add(&mut self, a: i32, b: i32) -> i32 {
        self.add.run(&self.executor, params!(a, b)).unwrap()[0].to_i32()
    }

    fn call_swap(&mut self, a: i32, b: i64) -> (i64, i32) {
        let results = self.swap.run(&self.executor, params!(a, b)).unwrap();
        (results[0].to_i64(), results[1].to_i32())
    }

    fn call_add_dynamic(&mut self, a: i32, b: i32) -> i32 {
        self.call_add(a, b)
    }

    fn call_loop(&mut self, host: Host, times: u32) {
        let call = &self.loops[host as usize];
        call.run(&self.executor, params!(times as i32)).unwrap();
    }

    fn memory_read(&mut self, offset: u32, buffer: &mut [u8]) {
        let bytes = self.memory.read(offset, buffer.len() as u32).unwrap();
        std::hint::black_box(bytes);
    }

    fn memory_write(&mut self, offset: u32, bytes: &[u8]) {
        self.memory.write(bytes, offset).unwrap();
    }

    fn global_get(&mut self) -> i64 {
        match self.global.get_value() {
            Val::I64(value) => value,
            _ => unreachable!("an i64"),
        }
    }

    fn global_set(&mut self, value: i64) {
        self.global.set_value(Val::I64(value)).unwrap();
    }

    fn table_get(&mut self, index: u32) -> bool {
        matches!(self.table.get(index).unwrap(), Val::FuncRef(Some(_)))
    }

    fn find(&mut self, name: &str) -> bool {
        self.instance.func(name).is_ok()
    }

    fn load(&self, wasm: &[u8]) {
        module(self.mode, wasm);
    }

    fn instances(&self) -> Option<Instances> {
        Some(Instances {
            made: Vec::new(),
            executor: Executor::new(None, None).unwrap(),
            store: Store::new().unwrap(),
        })
    }

    fn instantiate(&self, instances: &mut Instances) {
        let Instances {
            made,
            executor,
            store,
        } = instances;
        made.push(store.register_active_module(executor, &self.small).unwrap());
    }

    fn run_in_store(&self, a: i32, b: i32) -> i32 {
        let mut executor = Executor::new(None, None).unwrap();
        let mut store = Store::new().unwrap();
        let instance = store
            .register_active_module(&mut executor, &self.small)
            .unwrap();
        let add = instance.func("add").unwrap();
        add.run(&executor, params!(a, b)).unwrap()[0].to_i32()
    }

    fn call_by_name(&mut self, a: i32, b: i32) -> Option<i32> {
        let results = self.vm.run_func(None, "add", params!(a, b)).unwrap();
        Some(results[0].to_i32())
    }

    fn run_in_vm(&self, a: i32, b: i32) -> Option<i32> {
        // With compiled code it would be compiled each time.
        (self.mode == Mode::Interpreted).then(|| {
            let mut vm = VmBuilder::new().build().unwrap();
            let results = vm.run_func_from_bytes(&self.small_bytes, "add", params!(a, b));
            results.unwrap()[0].to_i32()
        })
    }
}

struct Instances {
    made: Vec<Instance>,
    executor: Executor,
    store: Store,
}

fn main() -> std::io::Result<()> {
    measure::serve::<Sdk>()
}
