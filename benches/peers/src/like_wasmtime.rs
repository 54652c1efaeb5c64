//! All of a program for a runtime with wasmtime's interface.

/// With the crate of this name. What differs between wasmtime and wasmi: how a linker makes an instance,
/// and which reference is a function.
macro_rules! like_wasmtime {
    ($runtime:ident, $name:expr, $instantiate:ident, $is_function:expr) => {
        use measure::{Host, Mode, Runtime, State};
        use $runtime::{
            Caller, Engine, Func, Global, Instance, Linker, Memory, Module, Ref, Store, Table,
            TypedFunc, Val,
        };

        struct Peer {
            engine: Engine,
            small: Module,
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

        impl Runtime for Peer {
            type Instances = Store<()>;

            fn name() -> String {
                $name.to_owned()
            }

            fn new(_: Mode) -> Self {
                let engine = Engine::default();
                let small = Module::new(&engine, measure::small()).unwrap();
                let guest = Module::new(&engine, measure::guest()).unwrap();
                let mut linker = Linker::new(&engine);
                linker.func_wrap("env", "nothing", || {}).unwrap();
                linker
                    .func_wrap("env", "add", |a: i32, b: i32| a.wrapping_add(b))
                    .unwrap();
                linker
                    .func_wrap(
                        "env",
                        "state",
                        |mut caller: Caller<'_, State>, a: i32, b: i32| {
                            caller.data_mut().calls += 1;
                            a.wrapping_add(b)
                        },
                    )
                    .unwrap();
                let mut store = Store::new(&engine, State::default());
                let instance = linker.$instantiate(&mut store, &guest).unwrap();
                Self {
                    nothing: instance.get_typed_func(&mut store, "nothing").unwrap(),
                    add: instance.get_typed_func(&mut store, "add").unwrap(),
                    swap: instance.get_typed_func(&mut store, "swap").unwrap(),
                    dynamic: instance.get_func(&mut store, "add").unwrap(),
                    loops: Host::ALL
                        .map(|host| instance.get_typed_func(&mut store, host.export()).unwrap()),
                    memory: instance.get_memory(&mut store, "memory").unwrap(),
                    global: instance.get_global(&mut store, "global").unwrap(),
                    table: instance.get_table(&mut store, "table").unwrap(),
                    engine,
                    small,
                    store,
                    instance,
                }
            }

            calls!();

            fn memory_read(&mut self, offset: u32, buffer: &mut [u8]) {
                let offset = offset as usize;
                self.memory.read(&self.store, offset, buffer).unwrap();
            }

            fn memory_write(&mut self, offset: u32, bytes: &[u8]) {
                let offset = offset as usize;
                self.memory.write(&mut self.store, offset, bytes).unwrap();
            }

            fn global_get(&mut self) -> i64 {
                match self.global.get(&mut self.store) {
                    Val::I64(value) => value,
                    _ => unreachable!("an i64"),
                }
            }

            fn global_set(&mut self, value: i64) {
                self.global.set(&mut self.store, Val::I64(value)).unwrap();
            }

            fn table_get(&mut self, index: u32) -> bool {
                let element = self.table.get(&mut self.store, index.into()).unwrap();
                $is_function(element)
            }

            fn find(&mut self, name: &str) -> bool {
                self.instance.get_func(&mut self.store, name).is_some()
            }

            fn load(&self, wasm: &[u8]) {
                Module::new(&self.engine, wasm).unwrap();
            }

            fn instances(&self) -> Option<Store<()>> {
                Some(Store::new(&self.engine, ()))
            }

            fn instantiate(&self, store: &mut Store<()>) {
                Instance::new(store, &self.small, &[]).unwrap();
            }

            fn run_in_store(&self, a: i32, b: i32) -> i32 {
                let mut store = Store::new(&self.engine, ());
                let instance = Instance::new(&mut store, &self.small, &[]).unwrap();
                let add = instance.get_typed_func::<(i32, i32), i32>(&mut store, "add");
                add.unwrap().call(&mut store, (a, b)).unwrap()
            }
        }

        fn main() -> std::io::Result<()> {
            measure::serve::<Peer>()
        }
    };
}
