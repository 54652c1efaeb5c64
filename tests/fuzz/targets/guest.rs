//! A module from its bytes to its end, and what it did on the way.

use std::collections::BTreeMap;

use wasmedge::log::{self, Level};
use wasmedge::{
    Caller, Config, Error, ErrorKind, Extern, ExternType, Func, HostModule, Instance, Module, Ref,
    Result, Store, Trap, Val, ValType,
};
use wasmparser::{Parser, Payload};

use super::source::{Holder, Source, show, show_all, value, values};

/// The fuel of each call: small, since what loops is no find.
pub(crate) const FUEL: u64 = 20_000;
/// The bounds are smaller than usual, so that they are met.
pub(crate) const PAGES: u64 = 8;
const ELEMENTS: u64 = 2_000;

/// The bounds that the library needs on every version, put into no code.
pub(crate) fn bounded() -> Config {
    log::set_level(Level::Off).unwrap();
    let mut config = Config::new().unwrap();
    config
        .max_memory_pages(PAGES)
        .unwrap()
        .max_table_elements(ELEMENTS)
        .unwrap()
        .fuel(FUEL);
    config
}

/// For guests that are not trusted, with fuel for what counting adds.
pub(crate) fn untrusted() -> Config {
    log::set_level(Level::Off).unwrap();
    let mut config = Config::untrusted().unwrap();
    config
        .max_memory_pages(PAGES)
        .unwrap()
        .max_table_elements(ELEMENTS)
        .unwrap()
        .fuel(FUEL * 20);
    config
}

/// What a store has for the host functions of a guest.
pub(crate) struct State {
    source: Source,
    depth: u32,
}

impl AsMut<Source> for State {
    fn as_mut(&mut self) -> &mut Source {
        &mut self.source
    }
}

/// What a guest did, step by step, as it reads in every store.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) steps: Vec<String>,
    /// The step with which fuel or stack were over, which is elsewhere in code that counts.
    pub(crate) cut: Option<usize>,
}

impl Trace {
    fn step(&mut self, what: &str, outcome: Result<String>) {
        let text = outcome.unwrap_or_else(|error| {
            if is_cut(&error) && self.cut.is_none() {
                self.cut = Some(self.steps.len());
            }
            error.to_string()
        });
        self.steps.push(format!("{what}: {text}"));
    }

    /// Makes sure that two runs of a module were the same up to where one of them was cut off.
    pub(crate) fn assert_same(&self, other: &Self) {
        let (left, right) = (self.steps.len(), other.steps.len());
        let end = self.cut.unwrap_or(left).min(other.cut.unwrap_or(right));
        assert_eq!(self.steps[..end], other.steps[..end]);
        assert!(self.cut.is_some() || other.cut.is_some() || left == right);
    }
}

fn is_cut(error: &Error) -> bool {
    matches!(error.trap(), Some(Trap::OutOfFuel | Trap::StackOverflow))
}

/// Loads, checks, links and runs a module, which may be refused; calls and touches everything that it
/// exports. Each part has `fuel`. The decisions come from `input`.
pub(crate) fn run(config: &Config, fuel: u64, wasm: &[u8], input: &[u8]) -> Result<Trace> {
    let module = Module::new(config, wasm)?;
    let mut trace = Trace::default();
    let state = State {
        source: Source::new(input),
        depth: 0,
    };
    let mut store = Store::with_config(config, state)?;
    if let Err(error) = link(&mut store, &module, host_function, Val::zero) {
        trace.step("imports", Err(error));
        return Ok(trace);
    }
    let mut instances = Vec::new();
    // Twice: what failed once must leave nothing that a second failure breaks.
    for name in [None, Some("a second one")] {
        store.set_fuel(fuel)?;
        let made = match name {
            None => store.instantiate(&module),
            Some(name) => store.register(name, &module),
        };
        let made = made.map(|instance| {
            types_are_those_declared(&store, instance, &module);
            instances.push(instance);
            "done".to_owned()
        });
        trace.step("instantiate", made);
    }
    for _ in 0..2 {
        for &instance in &instances {
            call_all(&mut store, fuel, instance, &mut trace)?;
            touch_all(&mut store, instance, &mut trace);
        }
    }
    Ok(trace)
}

/// What a function of the host does: with the types of its results, its parameters and its results.
type HostFunction<T> = fn(Caller<'_, T>, &[ValType], &[Val], &mut [Val]) -> Result<()>;

/// Registers host modules with all that a module imports: functions that all do the same, and globals
/// that begin with what `first` has for their type.
pub(crate) fn link<T: 'static>(
    store: &mut Store<T>,
    module: &Module,
    function: HostFunction<T>,
    first: fn(ValType) -> Val,
) -> Result<()> {
    let mut hosts = BTreeMap::new();
    for import in module.imports() {
        let host = hosts
            .entry(import.module())
            .or_insert_with(|| HostModule::new(import.module()));
        let added = match import.ty() {
            ExternType::Func(ty) => {
                let results = ty.clone();
                host.func_new(import.name(), ty.clone(), move |caller, params, out| {
                    function(caller, results.results(), params, out)
                })
            }
            ExternType::Table(ty) => host.table(import.name(), *ty),
            ExternType::Memory(ty) => host.memory(import.name(), *ty),
            ExternType::Global(ty) => host.global(import.name(), *ty, first(ty.content())),
            _ => continue,
        };
        // A module may import the same twice.
        if let Err(error) = added
            && !matches!(error.kind(), ErrorKind::DuplicateExport { .. })
        {
            return Err(error);
        }
    }
    for host in hosts.values() {
        store.register_host(host)?;
    }
    Ok(())
}

/// What every imported function does: gives what the source says, fails, or calls back.
fn host_function(
    mut caller: Caller<'_, State>,
    types: &[ValType],
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    assert_eq!(results.iter().map(Val::ty).collect::<Vec<_>>(), types);
    let mut funcs: Vec<_> = params.iter().filter_map(Val::func_ref).flatten().collect();
    let names = caller.instance().map(|own| own.func_names(&caller));
    for name in names.iter().flatten().take(4) {
        funcs.extend(caller.get_func(name));
    }
    match caller.source().below(16) {
        0 => return Err(Error::host("said so")),
        1 | 2 if caller.data().depth < 3 && !funcs.is_empty() => {
            let chosen = caller.source().below(funcs.len());
            let ty = funcs[chosen].ty(&caller)?;
            let params = values(&mut caller, &funcs, ty.params());
            let mut out = vec![Val::I32(0); ty.results().len()];
            caller.data_mut().depth += 1;
            let outcome = funcs[chosen].call(&mut caller, &params, &mut out);
            caller.data_mut().depth -= 1;
            // Half of the host functions forgive.
            if caller.source().one_in(2) || outcome.as_ref().is_err_and(is_cut) {
                outcome?;
            }
        }
        3 => {
            if let Some(memory) = caller.memory(0) {
                let (offset, bytes) = (caller.source().number(), caller.source().bytes(16));
                let fits = offset.saturating_add(bytes.len() as u64) <= memory.data_size(&caller);
                assert_eq!(memory.write(&mut caller, offset, &bytes).is_ok(), fits);
            }
        }
        _ => {}
    }
    for (result, &ty) in results.iter_mut().zip(types) {
        *result = value(&mut caller, &funcs, ty);
    }
    Ok(())
}

/// What an instance has is what its module says.
fn types_are_those_declared(store: &Store<State>, instance: Instance, module: &Module) {
    let exports = instance.exports(store);
    assert_eq!(exports.len(), module.exports().len());
    for declared in module.exports() {
        let found = instance
            .get_export(store, declared.name())
            .expect("what is declared");
        let found = found
            .ty(store)
            .expect("a type that the module was loaded with");
        match (declared.ty(), &found) {
            // Present sizes come in place of least ones, and the host's own are as large as it likes.
            (ExternType::Table(declared), ExternType::Table(found)) => {
                assert_eq!(declared.element(), found.element());
                assert!(declared.limits().min() <= found.limits().min());
            }
            (ExternType::Memory(declared), ExternType::Memory(found)) => {
                assert!(declared.limits().min() <= found.limits().min());
            }
            (declared, found) => assert_eq!(declared, found),
        }
    }
}

fn call_all(
    store: &mut Store<State>,
    fuel: u64,
    instance: Instance,
    trace: &mut Trace,
) -> Result<()> {
    let names = instance.func_names(&*store);
    let mut funcs: Vec<Func> = names
        .iter()
        .take(16)
        .map(|name| {
            instance
                .get_func(&*store, name)
                .expect("a name of its list")
        })
        .collect();
    // Those that the guest gives are called like those that it exports.
    let (mut at, mut given) = (0, 0);
    while let Some(&func) = funcs.get(at) {
        at += 1;
        store.set_fuel(fuel)?;
        let ty = func.ty(&*store)?;
        let params = values(store, &funcs, ty.params());
        let mut results = vec![Val::I32(0); ty.results().len()];
        let outcome = func.call(&mut *store, &params, &mut results);
        assert!(store.fuel()? <= fuel);
        let outcome = outcome.map(|()| {
            let types: Vec<_> = results.iter().map(Val::ty).collect();
            assert_eq!(types, ty.results());
            for reference in results.iter().filter_map(Val::extern_ref).flatten() {
                assert!(reference.downcast_ref::<u32>(store).is_some());
            }
            for func in results.iter().filter_map(Val::func_ref).flatten() {
                if given < 8 {
                    given += 1;
                    funcs.push(func);
                }
            }
            show_all(&results)
        });
        trace.step(&format!("{ty}"), outcome);
    }
    Ok(())
}

/// Reads and changes what an instance exports beside functions.
fn touch_all(store: &mut Store<State>, instance: Instance, trace: &mut Trace) {
    for (name, export) in instance.exports(&*store).into_iter().take(24) {
        let outcome = match export {
            Extern::Memory(memory) => {
                // One that threads share has no slices.
                let mut data = vec![0; memory.data_size(&*store) as usize];
                memory.read(&*store, 0, &mut data).expect("its size");
                assert_eq!(data.len() as u64, memory.size(&*store) * 65_536);
                assert!(memory.size(&*store) <= PAGES);
                let sum = data.iter().fold(0_u64, |sum, &byte| {
                    sum.rotate_left(5).wrapping_add(u64::from(byte))
                });
                let (offset, bytes) = (store.source().number(), store.source().bytes(8));
                let fits = offset.saturating_add(bytes.len() as u64) <= memory.data_size(&*store);
                assert_eq!(memory.write(&mut *store, offset, &bytes).is_ok(), fits);
                let delta = store.source().number() % 3;
                let grown = memory.grow(&mut *store, delta);
                grown.map(|size| format!("{sum:x} {size}"))
            }
            Extern::Table(table) => {
                let size = table.size(&*store);
                assert!(size <= ELEMENTS);
                let elements: Vec<_> = (0..size.min(64))
                    .map(|index| table.get(&*store, index).expect("an element"))
                    .collect();
                assert!(table.get(&*store, size).is_err());
                let null = elements.iter().filter(|element| element.is_null()).count();
                let index = store.source().number();
                if let Some(&element) = elements.get(store.source().below(64)) {
                    assert_eq!(table.set(&mut *store, index, element).is_ok(), index < size);
                }
                let ty = table.ty(&*store).expect("a type of this version").element();
                let delta = store.source().number();
                let grown = table.grow(&mut *store, delta, Ref::null(ty));
                grown.map(|size| format!("{null} of {size}"))
            }
            Extern::Global(global) => {
                let ty = global.ty(&*store).expect("a type of this version");
                let old = global.get(&*store).expect("a value of this version");
                assert_eq!(old.ty(), ty.content());
                let new = value(store, &[], ty.content());
                let outcome = global.set(&mut *store, new);
                if outcome.is_ok() {
                    assert_eq!(global.get(&*store).unwrap(), new);
                }
                outcome.map(|()| format!("{} {}", show(&old), show(&new)))
            }
            _ => Ok(String::new()),
        };
        trace.step(&name, outcome);
    }
}

/// Types as wasm-encoder has them.
pub(crate) fn encoded(types: &[ValType]) -> Vec<wasm_encoder::ValType> {
    let one = |ty: &ValType| match ty {
        ValType::I32 => wasm_encoder::ValType::I32,
        ValType::I64 => wasm_encoder::ValType::I64,
        ValType::F32 => wasm_encoder::ValType::F32,
        ValType::F64 => wasm_encoder::ValType::F64,
        ValType::V128 => wasm_encoder::ValType::V128,
        ValType::FuncRef => wasm_encoder::ValType::FUNCREF,
        ValType::ExternRef => wasm_encoder::ValType::EXTERNREF,
        other => panic!("no type {other}"),
    };
    types.iter().map(one).collect()
}

/// Without `max_call_depth` a frame may be as large as the guest likes, and so may the memory for a
/// recursion be. That is documented, and no find.
pub(crate) fn has_small_frames(wasm: &[u8]) -> bool {
    Parser::new(0).parse_all(wasm).all(|payload| match payload {
        Ok(Payload::CodeSectionEntry(body)) => body.get_locals_reader().is_ok_and(|locals| {
            let mut counts = locals
                .into_iter()
                .map(|local| local.map_or(0, |(count, _)| count));
            counts
                .try_fold(0_u32, u32::checked_add)
                .is_some_and(|sum| sum <= 300)
        }),
        Ok(Payload::TypeSection(types)) => types
            .into_iter_err_on_gc_types()
            .all(|ty| ty.is_ok_and(|ty| ty.params().len() + ty.results().len() <= 300)),
        Ok(_) => true,
        Err(_) => false,
    })
}
