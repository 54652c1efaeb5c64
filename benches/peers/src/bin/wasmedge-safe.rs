//! This crate.

#[macro_use]
#[path = "../calls.rs"]
mod calls;

use measure::{Host, Mode, Runtime, State};
use wasmedge::{
    Caller, Config, Func, Global, HostModule, Instance, Memory, Module, Ref, Store, Table,
    TypedFunc, Val, Vm,
};

struct Safe {
    mode: Mode,
    config: Config,
    small: Module,
    small_bytes: Vec<u8>,
    vm: Vm<()>,
    store: Store<State>,
    instance: Instance,
    nothing: TypedFunc<(), ()>,
    add: TypedFunc<(i32, i32), i32>,
    swap: TypedFunc<(i32, i64), (i64, i32)>,
    dynamic: Func,
    loops: [TypedFunc<u32, ()>; 3],
    memory: Memory,
    global: Global,
    table: Table,
}

fn module(mode: Mode, config: &Config, wasm: &[u8]) -> Module {
    match mode {
        Mode::Interpreted => Module::new(config, wasm),
        // SAFETY: the guests have next to no stack, and share no functions.
        Mode::Compiled => unsafe { Module::compile(config, wasm) },
    }
    .unwrap()
}

fn env() -> HostModule<State> {
    let mut env = HostModule::new("env");
    env.func_wrap("nothing", || {}).unwrap();
    env.func_wrap("add", |a: i32, b: i32| a.wrapping_add(b))
        .unwrap();
    env.func_wrap("state", |mut caller: Caller<'_, State>, a: i32, b: i32| {
        caller.data_mut().calls += 1;
        a.wrapping_add(b)
    })
    .unwrap();
    env
}

impl Runtime for Safe {
    type Instances = Store<()>;

    fn name() -> String {
        let version = wasmedge::version::library_text();
        format!("this crate, WasmEdge {version}")
    }

    fn new(mode: Mode) -> Self {
        let config = Config::new().unwrap();
        let small_bytes = measure::small();
        let small = module(mode, &config, &small_bytes);
        let mut vm = Vm::new(()).unwrap();
        vm.run_module::<_, i32>(&small, "add", (1, 2)).unwrap();

        let guest = module(mode, &config, &measure::guest());
        let mut store = Store::new(State::default()).unwrap();
        store.register_host(&env()).unwrap();
        let instance = store.instantiate(&guest).unwrap();
        Self {
            nothing: instance.get_typed_func(&store, "nothing").unwrap(),
            add: instance.get_typed_func(&store, "add").unwrap(),
            swap: instance.get_typed_func(&store, "swap").unwrap(),
            dynamic: instance.get_func(&store, "add").unwrap(),
            loops: Host::ALL.map(|host| instance.get_typed_func(&store, host.export()).unwrap()),
            memory: instance.get_memory(&store, "memory").unwrap(),
            global: instance.get_global(&store, "global").unwrap(),
            table: instance.get_table(&store, "table").unwrap(),
            mode,
            config,
            small,
            small_bytes,
            vm,
            store,
            instance,
        }
    }

    calls!();

    fn memory_read(&mut self, offset: u32, buffer: &mut [u8]) {
        let offset = offset.into();
        self.memory.read(&self.store, offset, buffer).unwrap();
    }

    fn memory_write(&mut self, offset: u32, bytes: &[u8]) {
        let offset = offset.into();
        self.memory.write(&mut self.store, offset, bytes).unwrap();
    }

    fn global_get(&mut self) -> i64 {
        match self.global.get(&self.store).unwrap() {
            Val::I64(value) => value,
            _ => unreachable!("an i64"),
        }
    }

    fn global_set(&mut self, value: i64) {
        self.global.set(&mut self.store, value).unwrap();
    }

    fn table_get(&mut self, index: u32) -> bool {
        let element = self.table.get(&self.store, index.into()).unwrap();
        matches!(element, Ref::Func(Some(_)))
    }

    fn find(&mut self, name: &str) -> bool {
        self.instance.get_func(&self.store, name).is_some()
    }

    fn load(&self, wasm: &[u8]) {
        module(self.mode, &self.config, wasm);
    }

    fn instances(&self) -> Option<Store<()>> {
        // Below 0.15 a store holds one instance of compiled code.
        (self.mode == Mode::Interpreted).then(|| Store::new(()).unwrap())
    }

    fn instantiate(&self, store: &mut Store<()>) {
        store.instantiate(&self.small).unwrap();
    }

    fn run_in_store(&self, a: i32, b: i32) -> i32 {
        let mut store = Store::new(()).unwrap();
        let instance = store.instantiate(&self.small).unwrap();
        let add = instance.get_typed_func::<(i32, i32), i32>(&store, "add");
        add.unwrap().call(&mut store, (a, b)).unwrap()
    }

    fn call_by_name(&mut self, a: i32, b: i32) -> Option<i32> {
        Some(self.vm.call("add", (a, b)).unwrap())
    }

    fn run_in_vm(&self, a: i32, b: i32) -> Option<i32> {
        // With compiled code it would be compiled each time.
        (self.mode == Mode::Interpreted).then(|| {
            let mut vm = Vm::new(()).unwrap();
            vm.run_bytes(&self.small_bytes, "add", (a, b)).unwrap()
        })
    }
}

fn main() -> std::io::Result<()> {
    measure::serve::<Safe>()
}
