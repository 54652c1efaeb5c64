//! `wasmi`, as what the library is compared with.

#[path = "../../../tests/fuzz/targets/mod.rs"]
mod targets;

use targets::guest::PAGES;
use targets::proposals::{Act, End, Engine, Exports, KNOWN, Record, Said, Value, record};
use targets::source::Source;
use wasmedge::{FuncType, ValType};
use wasmi::errors::{ErrorKind, HostError, InstantiationError, TableError};
use wasmi::{
    AsContextMut, Caller, Config, Error, ExternRef, ExternType, F32, F64, Func, Instance, Linker,
    Memory, Module, Ref, Store, StoreLimits, StoreLimitsBuilder, Table, TrapCode, V128, Val,
};

/// More than the library has, since it is counted otherwise.
const FUEL: u64 = 4_000_000;

/// What the fuzzer calls.
pub fn run(data: &[u8]) {
    targets::proposals::run(data, Some(run_module));
}

/// The proposals beyond WebAssembly 2.0 that the module of an input needs.
pub fn used(data: &[u8]) -> Vec<wasmedge::Proposal> {
    targets::proposals::used(data)
}

fn run_module(wasm: &[u8], exports: &Exports, input: &[u8]) -> Record {
    record(Reference::new(wasm, input), exports)
}

struct Data {
    source: Source,
    depth: u32,
    limits: StoreLimits,
}

struct Reference {
    store: Store<Data>,
    linker: Linker<Data>,
    module: Module,
    instances: Vec<Instance>,
    funcs: Vec<Func>,
}

fn end(error: &Error) -> End {
    if error.downcast_ref::<Said>().is_some() {
        return End::Host;
    }
    const TABLE: End = End::Trap("out of bounds table access");
    let Some(trap) = error.as_trap_code() else {
        return match error.kind() {
            ErrorKind::Table(TableError::CopyOutOfBounds)
            | ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
                TABLE
            }
            ErrorKind::Linker(_) | ErrorKind::Instantiation(_) => End::Link,
            _ => End::Other(error.to_string()),
        };
    };
    End::Trap(match trap {
        TrapCode::OutOfFuel | TrapCode::StackOverflow => return End::Cut,
        TrapCode::UnreachableCodeReached => "unreachable",
        TrapCode::MemoryOutOfBounds => "out of bounds memory access",
        TrapCode::TableOutOfBounds => return TABLE,
        TrapCode::IndirectCallToNull => "uninitialized element",
        TrapCode::BadSignature => "indirect call type mismatch",
        TrapCode::IntegerDivisionByZero => "integer divide by zero",
        TrapCode::IntegerOverflow => "integer overflow",
        TrapCode::BadConversionToInteger => "invalid conversion to integer",
        other => return End::Other(other.to_string()),
    })
}

impl HostError for Said {}

impl Reference {
    fn new(wasm: &[u8], input: &[u8]) -> Result<Self, End> {
        let mut config = Config::default();
        config
            .consume_fuel(true)
            .wasm_multi_memory(true)
            .wasm_memory64(true)
            .wasm_extended_const(true)
            .wasm_tail_call(false)
            .set_max_recursion_depth(50_000)
            .set_max_stack_height(1 << 24);
        let engine = wasmi::Engine::new(&config);
        let module = Module::new(&engine, wasm).expect("a valid module");
        let data = Data {
            source: Source::new(input),
            depth: 0,
            limits: StoreLimitsBuilder::new()
                .memory_size(PAGES as usize * 65_536)
                .build(),
        };
        let mut store = Store::new(&engine, data);
        store.limiter(|data| &mut data.limits);
        let mut linker = Linker::new(&engine);
        link(&mut store, &mut linker, &module);
        Ok(Self {
            store,
            linker,
            module,
            instances: Vec::new(),
            funcs: Vec::new(),
        })
    }
}

fn link(store: &mut Store<Data>, linker: &mut Linker<Data>, module: &Module) {
    for import in module.imports() {
        let (module, name) = (import.module(), import.name());
        // A module may import the same twice; the first one counts.
        _ = match import.ty() {
            ExternType::Func(ty) => {
                let results: Vec<_> = ty.results().iter().copied().map(ty_of).collect();
                let host = move |caller: Caller<'_, Data>, params: &[Val], out: &mut [Val]| {
                    host_function(caller, &results, params, out)
                };
                linker.func_new(module, name, ty.clone(), host).map(drop)
            }
            ExternType::Table(ty) => {
                let null = Val::default(ty.element());
                let table = Table::new(&mut *store, *ty, null).expect("a small table");
                linker.define(module, name, table).map(drop)
            }
            ExternType::Memory(ty) => {
                let memory = Memory::new(&mut *store, *ty).expect("a small memory");
                linker.define(module, name, memory).map(drop)
            }
            ExternType::Global(ty) => {
                let first = to_reference(&mut *store, &[], &[Value::first(ty_of(ty.content()))]);
                let global = wasmi::Global::new(&mut *store, first[0].clone(), ty.mutability());
                linker.define(module, name, global).map(drop)
            }
        };
    }
}

fn host_function(
    mut caller: Caller<'_, Data>,
    types: &[ValType],
    params: &[Val],
    results: &mut [Val],
) -> Result<(), Error> {
    let funcs = funcs_in(params);
    let data = caller.data_mut();
    match Act::draw(&mut data.source, funcs.len(), data.depth) {
        Act::Give => {}
        Act::Fail => return Err(Error::host(Said)),
        Act::CallBack { which, forgives } => {
            let func = funcs[which];
            let ty = func.ty(&caller);
            let types: Vec<_> = ty.params().iter().copied().map(ty_of).collect();
            let params = Value::draw_all(&mut caller.data_mut().source, funcs.len(), &types);
            let params = to_reference(&mut caller, &funcs, &params);
            let mut out: Vec<_> = ty.results().iter().map(|&ty| Val::default(ty)).collect();
            caller.data_mut().depth += 1;
            let outcome = func.call(&mut caller, &params, &mut out);
            caller.data_mut().depth -= 1;
            if !forgives || outcome.as_ref().is_err_and(|error| end(error) == End::Cut) {
                outcome?;
            }
        }
    }
    let drawn = Value::draw_all(&mut caller.data_mut().source, funcs.len(), types);
    results.clone_from_slice(&to_reference(&mut caller, &funcs, &drawn));
    Ok(())
}

const fn is_null(value: &Val) -> bool {
    matches!(value, Val::FuncRef(Ref::Null) | Val::ExternRef(Ref::Null))
}

fn funcs_in(values: &[Val]) -> Vec<Func> {
    let func = |value: &Val| match value {
        Val::FuncRef(Ref::Val(func)) => Some(*func),
        _ => None,
    };
    values.iter().filter_map(func).collect()
}

fn ty_of(ty: wasmi::ValType) -> ValType {
    match ty {
        wasmi::ValType::I32 => ValType::I32,
        wasmi::ValType::I64 => ValType::I64,
        wasmi::ValType::F32 => ValType::F32,
        wasmi::ValType::F64 => ValType::F64,
        wasmi::ValType::V128 => ValType::V128,
        wasmi::ValType::FuncRef => ValType::FuncRef,
        wasmi::ValType::ExternRef => ValType::ExternRef,
    }
}

fn to_reference(mut store: impl AsContextMut, funcs: &[Func], values: &[Value]) -> Vec<Val> {
    let one = |&value: &Value| match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(F32::from_bits(bits)),
        Value::F64(bits) => Val::F64(F64::from_bits(bits)),
        Value::V128(bits) => Val::V128(V128::from(bits)),
        Value::Func(None) => Val::FuncRef(Ref::Null),
        Value::Func(Some(which)) => Val::FuncRef(Ref::Val(funcs[which])),
        Value::Extern(None) => Val::ExternRef(Ref::Null),
        Value::Extern(Some(number)) => Val::ExternRef(Ref::Val(ExternRef::new(&mut store, number))),
    };
    values.iter().map(one).collect()
}

fn from_reference(store: &Store<Data>, value: &Val) -> Value {
    match value {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(value) => Value::F32(value.to_bits()),
        Val::F64(value) => Value::F64(value.to_bits()),
        Val::V128(value) => Value::V128(value.as_u128()),
        Val::FuncRef(func) => Value::Func(func.val().map(|_| 0)),
        Val::ExternRef(reference) => Value::Extern(reference.val().map(|own| {
            let number = own.data(store).downcast_ref();
            *number.expect("a number")
        })),
    }
}

impl Engine for Reference {
    fn source(&mut self) -> &mut Source {
        &mut self.store.data_mut().source
    }

    fn instantiate(&mut self) -> Result<(), End> {
        self.store.set_fuel(FUEL).unwrap();
        let made = self
            .linker
            .instantiate_and_start(&mut self.store, &self.module);
        made.map(|instance| self.instances.push(instance))
            .map_err(|error| end(&error))
    }

    fn know(&mut self, instance: usize, export: &str) {
        let func = self.instances[instance].get_func(&self.store, export);
        self.funcs.push(func.expect("an exported function"));
    }

    fn known(&self) -> usize {
        self.funcs.len()
    }

    fn ty(&self, func: usize) -> FuncType {
        let ty = self.funcs[func].ty(&self.store);
        let types =
            |types: &[wasmi::ValType]| -> Vec<_> { types.iter().copied().map(ty_of).collect() };
        FuncType::new(types(ty.params()), types(ty.results()))
    }

    fn call(&mut self, func: usize, params: &[Value]) -> Result<Vec<Value>, End> {
        self.store.set_fuel(FUEL).unwrap();
        let params = to_reference(&mut self.store, &self.funcs, params);
        let ty = self.funcs[func].ty(&self.store);
        let mut results: Vec<_> = ty.results().iter().map(|&ty| Val::default(ty)).collect();
        let outcome = self.funcs[func].call(&mut self.store, &params, &mut results);
        outcome.map_err(|error| end(&error))?;
        for func in funcs_in(&results) {
            if self.funcs.len() < KNOWN {
                self.funcs.push(func);
            }
        }
        Ok(results
            .iter()
            .map(|value| from_reference(&self.store, value))
            .collect())
    }

    fn memory(&mut self, instance: usize, export: &str) -> Vec<u8> {
        let memory = self.instances[instance].get_memory(&self.store, export);
        memory
            .expect("an exported memory")
            .data(&self.store)
            .to_vec()
    }

    fn table(&mut self, instance: usize, export: &str) -> Vec<bool> {
        let table = self.instances[instance].get_table(&self.store, export);
        let table = table.expect("an exported table");
        (0..table.size(&self.store))
            .map(|index| is_null(&table.get(&self.store, index).expect("an element")))
            .collect()
    }

    fn global(&mut self, instance: usize, export: &str) -> Value {
        let global = self.instances[instance].get_global(&self.store, export);
        let value = global.expect("an exported global").get(&self.store);
        from_reference(&self.store, &value)
    }
}
