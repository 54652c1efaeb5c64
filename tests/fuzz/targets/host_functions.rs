//! Host functions of any type, that do anything.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, ImportSection, MemorySection, TableSection,
    TypeSection,
};
use wasmedge::log::{self, Level};
use wasmedge::{
    AsStore, Caller, Config, Error, ErrorKind, ExternRef, Func, FuncType, HostModule, Instance,
    Module, Ref, Result, Store, Trap, Val, ValType,
};

use super::guest::encoded;
use super::source::{Holder, Source, value, values};

/// How many host calls a store has; how many may be inside one another; and fuel that only a host
/// function can use up, by setting it.
const CALLS: usize = 300;
const DEPTH: u32 = 5;
const FUEL: u64 = 100_000;

/// What a store has for its host functions.
struct Data {
    source: Source,
    depth: u32,
    next: u32,
    /// The parameters of each host call, as they begin.
    began: Vec<Vec<Val>>,
    /// What each ended with, as they end.
    ended: Vec<End>,
    /// Alive as long as the store.
    _alive: Arc<()>,
}

impl AsMut<Source> for Data {
    fn as_mut(&mut self) -> &mut Source {
        &mut self.source
    }
}

/// How a host function ended.
#[derive(Clone, Debug, PartialEq)]
enum End {
    Done(Vec<Val>),
    /// With results of other types than its own.
    WrongTypes,
    Failed(Failure),
    /// With the error of a call of its own.
    Passed(String),
    Exited(u32),
    Panicked(u32),
}

/// An error of the program's own.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Failure(u32);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "failure {}", self.0)
    }
}

impl std::error::Error for Failure {}

/// What the panics here have in them. They do not go through the panic hook, where a fuzzer aborts.
struct Payload(u32);

/// Each call has the parameters that were passed, and gives what the host function gave: its results
/// bit by bit, its own error, its own panic. Calls of another type are refused and reach no function.
/// When the stores are gone, so is all that they had.
pub(crate) fn run(data: &[u8]) {
    log::set_level(Level::Off).unwrap();
    let mut source = Source::new(data);
    let alive = Arc::new(());
    let types: Vec<_> = (0..=source.below(6)).map(|_| source.func_type()).collect();
    let module_name = name(&mut source, "");
    let names: Vec<_> = (0..types.len())
        .map(|index| name(&mut source, &index.to_string()))
        .collect();

    let mut host = HostModule::new(&*module_name);
    for (name, ty) in names.iter().zip(&types) {
        let (own, kept) = (ty.clone(), Arc::clone(&alive));
        host.func_new(&**name, ty.clone(), move |mut caller, params, results| {
            let _kept = &kept;
            host_function(&mut caller, &own, params, results)
        })
        .unwrap();
        if source.one_in(8) {
            host.func_cost(name, source.number() % 100).unwrap();
        }
    }
    let wasm = guest(&module_name, &names, &types);
    let config = match source.below(3) {
        0 => Config::new().unwrap(),
        1 => Config::untrusted().unwrap(),
        _ => {
            let mut config = Config::new().unwrap();
            config.count_instructions(true).fuel(FUEL);
            config
        }
    };
    let module = Module::new(&config, wasm).expect("a valid module");

    for _ in 0..=source.below(2) {
        let data = Data {
            source: source.clone(),
            depth: 0,
            next: 0,
            began: Vec::new(),
            ended: Vec::new(),
            _alive: Arc::clone(&alive),
        };
        let mut store = Store::with_config(&config, data).unwrap();
        let own = store.register_host(&host).unwrap();
        let guest = store.instantiate(&module).unwrap();
        let mut funcs = exports(&store, own);
        funcs.extend(exports(&store, guest));
        let fueled = config.measures_cost();
        for _ in 0..32 {
            if store.data().began.len() >= CALLS || store.source().is_over() {
                break;
            }
            if fueled {
                store.set_fuel(FUEL).unwrap();
            }
            let func = funcs[store.source().below(funcs.len())];
            if store.source().one_in(8) {
                refused(&mut store, &funcs, func);
            } else if let Ok(Ok(results)) = called(&mut store, &funcs, func) {
                // What it gave is as good as any.
                funcs.extend(results.iter().filter_map(Val::func_ref).flatten().take(4));
            }
        }
    }
    drop((host, module));
    assert_eq!(Arc::strong_count(&alive), 1, "something was not dropped");
}

/// A name as no other begins with.
fn name(source: &mut Source, start: &str) -> String {
    format!("{start} {}", String::from_utf8_lossy(&source.bytes(6)))
}

fn exports(store: &Store<Data>, instance: Instance) -> Vec<Func> {
    let names = instance.func_names(store);
    assert!(!names.is_empty());
    let found = names.iter().map(|name| instance.get_func(store, name));
    found
        .map(|func| func.expect("a name of its list"))
        .collect()
}

/// A call that works, or fails as the host function in it did.
fn called<S: Holder + AsStore + Log>(
    store: &mut S,
    funcs: &[Func],
    func: Func,
) -> std::thread::Result<Result<Vec<Val>>> {
    let ty = func.ty(&*store).expect("a type of ours");
    let params = values(store, funcs, ty.params());
    let (began, ended) = (store.log().began.len(), store.log().ended.len());
    let mut results = vec![Val::I32(0x5a5a); ty.results().len()];
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        func.call(&mut *store, &params, &mut results)
    }));
    let log = store.log();
    if let Some(first) = log.began.get(began) {
        assert_eq!(*first, params, "of the first that was called");
    }
    let end = log.ended[ended..].last();
    match &outcome {
        Ok(Ok(())) => match end {
            Some(End::Done(values)) => assert_eq!(results, *values),
            other => panic!("{ty} returned after {other:?}"),
        },
        Ok(Err(error)) => {
            assert!(results.iter().all(|result| *result == Val::I32(0x5a5a)));
            match (error.kind(), end) {
                // Between two host functions, or before the first.
                (ErrorKind::Trap(Trap::OutOfFuel | Trap::StackOverflow), _) => {}
                (_, Some(End::Passed(text))) => assert_eq!(*text, error.to_string()),
                // By way of a table that a host function has changed.
                (
                    ErrorKind::Trap(
                        Trap::IndirectCallTypeMismatch
                        | Trap::UndefinedElement
                        | Trap::UninitializedElement,
                    ),
                    None,
                ) => {}
                (ErrorKind::HostResults { .. }, Some(End::WrongTypes)) => {}
                (ErrorKind::Exit(code), Some(End::Exited(own))) => assert_eq!(code, own),
                (_, Some(End::Failed(own))) => {
                    assert_eq!(error.downcast_ref::<Failure>(), Some(own));
                }
                (_, other) => panic!("{error} after {other:?}"),
            }
        }
        // Any other is an assertion of these functions, and goes on below.
        Err(payload) => {
            if let Some(Payload(number)) = payload.downcast_ref() {
                assert_eq!(end, Some(&End::Panicked(*number)));
            }
        }
    }
    match outcome {
        Ok(outcome) => Ok(outcome.map(|()| results)),
        Err(payload) if payload.is::<Payload>() => Err(payload),
        Err(payload) => panic::resume_unwind(payload),
    }
}

/// A call with values of other types, or with too many or too few.
fn refused<S: Holder + AsStore + Log>(store: &mut S, funcs: &[Func], func: Func) {
    let ty = func.ty(&*store).expect("a type of ours");
    let mut params = values(store, funcs, ty.params());
    let mut results = vec![Val::I32(0); ty.results().len()];
    let began = store.log().began.len();
    let chosen = store.source().below(params.len() + 1);
    if store.source().one_in(3) {
        results.push(Val::I64(1));
        let error = func.call(&mut *store, &params, &mut results).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::ResultCount { .. }),
            "{error}"
        );
    } else {
        let other = store.source().ty();
        let new = value(store, funcs, other);
        match params.get_mut(chosen) {
            Some(param) if param.ty() == other => _ = params.pop(),
            Some(param) => *param = new,
            None => params.push(new),
        }
        let error = func.call(&mut *store, &params, &mut results).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Signature { .. }),
            "{error}"
        );
    }
    assert_eq!(store.log().began.len(), began, "a function was reached");
}

/// What a store remembers of the calls.
trait Log {
    fn log(&mut self) -> &mut Data;
}

impl Log for Store<Data> {
    fn log(&mut self) -> &mut Data {
        self.data_mut()
    }
}

impl Log for Caller<'_, Data> {
    fn log(&mut self) -> &mut Data {
        self.data_mut()
    }
}

fn host_function(
    caller: &mut Caller<'_, Data>,
    ty: &FuncType,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    caller.log().began.push(params.to_vec());
    assert!(params.iter().map(Val::ty).eq(ty.params().iter().copied()));
    let zeros = ty.results().iter().map(|&ty| Val::zero(ty));
    assert!(results.iter().copied().eq(zeros));

    let mut funcs: Vec<_> = params.iter().filter_map(Val::func_ref).flatten().collect();
    let own = caller.instance();
    for name in own.iter().flat_map(|own| own.func_names(&*caller)).take(6) {
        funcs.extend(caller.get_func(&name));
    }
    let references: Vec<_> = params
        .iter()
        .filter_map(Val::extern_ref)
        .flatten()
        .collect();
    let busy = caller.data().depth >= DEPTH || caller.data().began.len() >= CALLS;
    for _ in 0..caller.source().below(3) {
        match caller.source().below(6) {
            0 => memory(caller),
            1 => table(caller, &funcs),
            2 if !references.is_empty() => release(caller, &references),
            3 => {
                let number = caller.source().u32() as i32;
                let standing = Func::wrap(&mut *caller, move |mut caller: Caller<'_, Data>| {
                    let log = caller.log();
                    log.began.push(Vec::new());
                    log.ended.push(End::Done(vec![Val::I32(number)]));
                    number
                });
                funcs.push(standing.expect("room for a function"));
            }
            4 if !funcs.is_empty() && !busy => {
                let func = funcs[caller.source().below(funcs.len())];
                caller.data_mut().depth += 1;
                let outcome = called(caller, &funcs, func);
                caller.data_mut().depth -= 1;
                let pass = caller.source().one_in(2);
                match outcome {
                    Err(payload) if pass => panic::resume_unwind(payload),
                    Ok(Err(error)) if pass => {
                        caller.log().ended.push(End::Passed(error.to_string()));
                        return Err(error);
                    }
                    _ => {}
                }
            }
            5 if !funcs.is_empty() => {
                let func = funcs[caller.source().below(funcs.len())];
                refused(caller, &funcs, func);
            }
            _ => {}
        }
    }

    for (result, &ty) in results.iter_mut().zip(ty.results()) {
        *result = value(caller, &funcs, ty);
    }
    let number = caller.data().next;
    caller.data_mut().next += 1;
    let (end, outcome) = match caller.source().below(12) {
        0 => (
            End::Failed(Failure(number)),
            Err(Error::host(Failure(number))),
        ),
        1 => (End::Exited(number), Err(Error::exit(number))),
        2 => {
            caller.log().ended.push(End::Panicked(number));
            panic::resume_unwind(Box::new(Payload(number)));
        }
        3 if !results.is_empty() => {
            let chosen = caller.source().below(results.len());
            let other = caller.source().ty();
            if results[chosen].ty() == other {
                (End::Done(results.to_vec()), Ok(()))
            } else {
                results[chosen] = value(caller, &funcs, other);
                (End::WrongTypes, Ok(()))
            }
        }
        4 if caller.fuel().is_ok() => {
            let fuel = caller.source().number() % FUEL;
            caller.set_fuel(fuel).expect("cost is measured");
            (End::Done(results.to_vec()), Ok(()))
        }
        _ => (End::Done(results.to_vec()), Ok(())),
    };
    caller.log().ended.push(end);
    outcome
}

/// Reads, writes and grows the memory of the guest that called.
fn memory(caller: &mut Caller<'_, Data>) {
    let Some(memory) = caller.get_memory("memory") else {
        return;
    };
    assert_eq!(caller.memory(0), Some(memory));
    let (offset, bytes) = (caller.source().number(), caller.source().bytes(24));
    let fits = offset.saturating_add(bytes.len() as u64) <= memory.data_size(&*caller);
    assert_eq!(memory.write(&mut *caller, offset, &bytes).is_ok(), fits);
    let mut found = vec![0; bytes.len()];
    assert_eq!(memory.read(&*caller, offset, &mut found).is_ok(), fits);
    if fits {
        assert_eq!(found, bytes);
        let start = offset as usize;
        let (data, own) = memory.data_and_store_mut(&mut *caller);
        assert_eq!(data[start..start + bytes.len()], bytes);
        data[start..start + bytes.len()].fill(own.next as u8);
    }
    let (before, delta) = (memory.size(&*caller), caller.source().number());
    match memory.grow(&mut *caller, delta) {
        Ok(size) => assert_eq!((size, memory.size(&*caller)), (before, before + delta)),
        Err(_) => assert_eq!(memory.size(&*caller), before),
    }
    assert!(memory.size(&*caller) <= 4);
}

/// Reads and changes the table of the guest that called.
fn table(caller: &mut Caller<'_, Data>, funcs: &[Func]) {
    // Functions that call each other through it have no end without fuel.
    if caller.fuel().is_err() {
        return;
    }
    let export = caller.get_export("table");
    let Some(table) = export.and_then(wasmedge::Extern::table) else {
        return;
    };
    let (size, index) = (table.size(&*caller), caller.source().number());
    let Val::FuncRef(func) = value(caller, funcs, ValType::FuncRef) else {
        unreachable!("a reference to a function");
    };
    let outcome = table.set(&mut *caller, index, Ref::Func(func));
    assert_eq!(outcome.is_ok(), index < size);
    match table.get(&*caller, index) {
        Ok(found) => assert_eq!(found, Ref::Func(func)),
        Err(_) => assert!(index >= size),
    }
    let delta = caller.source().number();
    let grown = table.grow(&mut *caller, delta, Ref::Func(func));
    match grown {
        Ok(old) => assert_eq!((old, table.size(&*caller)), (size, size + delta)),
        Err(_) => assert_eq!(table.size(&*caller), size),
    }
    assert!(table.size(&*caller) <= 100);
}

/// Takes the value of a reference away.
fn release(caller: &mut Caller<'_, Data>, references: &[ExternRef]) {
    let reference = references[caller.source().below(references.len())];
    let found = reference.downcast_ref::<u32>(caller).copied();
    assert_eq!(reference.data(caller).is_some(), found.is_some());
    let value = reference.release(&mut *caller);
    assert_eq!(value.map(|value| *value.downcast::<u32>().unwrap()), found);
    assert!(reference.data(caller).is_none());
}

/// A guest that passes everything on: to each of the imported functions directly, twice, and through
/// a table.
fn guest(module: &str, names: &[String], types: &[FuncType]) -> Vec<u8> {
    let (mut own, mut imports) = (TypeSection::new(), ImportSection::new());
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    let mut exports = ExportSection::new();
    let count = u32::try_from(types.len()).unwrap();
    for (index, (name, ty)) in (0..).zip(names.iter().zip(types)) {
        own.ty()
            .function(encoded(ty.params()), encoded(ty.results()));
        imports.import(module, name, EntityType::Function(index));
    }
    for (index, ty) in (0..).zip(types) {
        let params = u32::try_from(ty.params().len()).unwrap();
        for (at, kind) in (0..).zip(["direct", "twice", "indirect"]) {
            let mut function = Function::new([]);
            let mut body = function.instructions();
            let mut call = |last: bool| {
                for param in 0..params {
                    body.local_get(param);
                }
                if kind == "indirect" {
                    body.i32_const(index as i32).call_indirect(0, index);
                } else {
                    body.call(index);
                }
                if !last {
                    for _ in ty.results() {
                        body.drop();
                    }
                }
            };
            if kind == "twice" {
                call(false);
            }
            call(true);
            body.end();
            functions.function(index);
            code.function(&function);
            let name = format!("{kind} {index}");
            exports.export(&name, ExportKind::Func, count + 3 * index + at);
        }
    }
    let mut tables = TableSection::new();
    tables.table(wasm_encoder::TableType {
        element_type: wasm_encoder::RefType::FUNCREF,
        table64: false,
        minimum: 20,
        maximum: Some(100),
        shared: false,
    });
    exports.export("table", ExportKind::Table, 0);
    // What the host puts into its table may be of another type: a trap, which is no result of ours.
    let mut elements = ElementSection::new();
    let all: Vec<_> = (0..count).collect();
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions(all.into()),
    );
    let mut memories = MemorySection::new();
    memories.memory(wasm_encoder::MemoryType {
        minimum: 1,
        maximum: Some(4),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    exports.export("memory", ExportKind::Memory, 0);
    let mut globals = GlobalSection::new();
    for (content, start) in [
        (wasm_encoder::ValType::V128, ConstExpr::v128_const(-1)),
        (
            wasm_encoder::ValType::EXTERNREF,
            ConstExpr::ref_null(wasm_encoder::HeapType::EXTERN),
        ),
    ] {
        let ty = wasm_encoder::GlobalType {
            val_type: content,
            mutable: true,
            shared: false,
        };
        globals.global(ty, &start);
    }
    let mut wasm = wasm_encoder::Module::new();
    wasm.section(&own)
        .section(&imports)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&code);
    wasm.finish()
}
