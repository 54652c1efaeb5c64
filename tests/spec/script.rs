//! One script: its directives, run one after the other.

use core::fmt;
use std::collections::{HashMap, HashSet};

use wasmedge::{Config, Error, ErrorKind, Instance, Module, Store, Trap, Val};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{Wast, WastDirective, WastExecute, WastInvoke};

use crate::values::Externs;
use crate::{imports, spectest, values};

/// How modules run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Interpreted,
    Compiled,
}

impl Mode {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Interpreted => "interpreted",
            Self::Compiled => "compiled",
        }
    }
}

/// What came of directives, those aside that failed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    passed: usize,
    /// Refusals that concern the text format, which the library does not read.
    text: usize,
    /// Directives about a module that had failed.
    dependent: usize,
    /// Modules that ran compiled, and modules that did not though the mode was to.
    compiled: usize,
    not_compiled: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed", self.passed)?;
        if self.text > 0 {
            write!(f, ", {} about the text format", self.text)?;
        }
        if self.dependent > 0 {
            write!(f, ", {} about modules that failed", self.dependent)?;
        }
        if self.compiled > 0 {
            write!(
                f,
                ", {} modules compiled, {} linked ones not",
                self.compiled, self.not_compiled
            )?;
        }
        Ok(())
    }
}

/// A directive that did what it should.
enum Passed {
    Run,
    /// The parser of the text format refused, as it should.
    Text,
}

/// A directive that did not.
enum Failed {
    /// What happened in place of what should have.
    Here(String),
    /// The module that it is about has failed before it.
    Before,
}

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Self::Here(text)
    }
}

impl From<&str> for Failed {
    fn from(text: &str) -> Self {
        Self::Here(text.to_owned())
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Here(match error.kind() {
            // Without the path, which is the machine's.
            ErrorKind::Compile { reason, .. } => format!("cannot compile: {reason}"),
            _ => error.to_string(),
        })
    }
}

type Verdict<T = Passed> = Result<T, Failed>;

/// Runs a script; gives the lines that failed, and how.
///
/// Fuel is used up where a script uses up its stack: interpreted code has as much stack as there is
/// memory, and compiled code may have made a loop of the recursion.
pub(crate) fn run(
    text: &str,
    mut config: Config,
    mode: Mode,
    counts: &mut Counts,
) -> Vec<(usize, String)> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let parsed = ParseBuffer::new_with_lexer(lexer);
    let buffer = match &parsed {
        Ok(buffer) => buffer,
        Err(error) => return vec![(0, format!("the script: {}", error.message()))],
    };
    let mut directives = match parser::parse::<Wast<'_>>(buffer) {
        Ok(wast) => wast.directives,
        Err(error) => return vec![(0, format!("the script: {}", error.message()))],
    };
    let binaries: Vec<_> = directives.iter_mut().map(encode).collect();
    let metered = directives
        .iter()
        .any(|directive| matches!(directive, WastDirective::AssertExhaustion { .. }));
    config.measure_cost(metered);

    let mut script = Script {
        config: &config,
        mode,
        metered,
        groups: Groups::of(&directives, &binaries, mode),
        stores: HashMap::new(),
        current: None,
        instances: HashMap::new(),
        definitions: HashMap::new(),
        latest_definition: None,
        names: HashMap::new(),
        counts,
    };
    let mut failures = Vec::new();
    for (index, (directive, binary)) in directives.iter().zip(&binaries).enumerate() {
        let line = directive.span().linecol_in(text).0 + 1;
        match script.directive(index, directive, binary) {
            Ok(Passed::Run) => script.counts.passed += 1,
            Ok(Passed::Text) => script.counts.text += 1,
            Err(Failed::Before) => script.counts.dependent += 1,
            Err(Failed::Here(text)) => failures.push((line, text.replace('\n', " "))),
        }
    }
    failures
}

/// The module of a directive in the binary format, if it has one and the text has an encoding.
fn encode(directive: &mut WastDirective<'_>) -> Option<Result<Vec<u8>, String>> {
    let bytes = match directive {
        WastDirective::Module(module)
        | WastDirective::ModuleDefinition(module)
        | WastDirective::AssertMalformed { module, .. }
        | WastDirective::AssertInvalid { module, .. }
        | WastDirective::AssertMalformedCustom { module, .. }
        | WastDirective::AssertInvalidCustom { module, .. } => {
            module.encode().map_err(|error| error.message())
        }
        WastDirective::AssertUnlinkable { module, .. }
        | WastDirective::AssertTrap {
            exec: WastExecute::Wat(module),
            ..
        }
        | WastDirective::AssertReturn {
            exec: WastExecute::Wat(module),
            ..
        }
        | WastDirective::AssertException {
            exec: WastExecute::Wat(module),
            ..
        } => module.encode().map_err(|error| error.message()),
        _ => return None,
    };
    Some(bytes)
}

/// Which directives need a store in common: those whose modules import from each other.
///
/// Interpreted, a script has one store, as the specification has it. Compiled, modules that have
/// nothing to do with each other have a store each, because below 0.15 a store holds one compiled
/// instance. From then on those that link are compiled, too, unless they exchange references to
/// functions: an indirect call from one compiled instance to another runs with the caller's memory.
struct Groups {
    /// For each directive its group.
    of: Vec<usize>,
    /// The groups whose modules may all be compiled.
    compiled: HashSet<usize>,
}

impl Groups {
    fn of(
        directives: &[WastDirective<'_>],
        binaries: &[Option<Result<Vec<u8>, String>>],
        mode: Mode,
    ) -> Self {
        let mut of: Vec<usize> = (0..directives.len()).collect();
        if mode == Mode::Interpreted {
            of.fill(0);
        }
        let mut current = None;
        let mut by_id = HashMap::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        let mut instantiates = vec![false; directives.len()];
        // A definition with its instances is a group, since they have one module.
        let mut latest_definition = None;
        let mut definitions = HashMap::new();
        let join = |of: &mut Vec<usize>, one: usize, other: usize| {
            let (from, to) = (of[one], of[other]);
            of.iter_mut()
                .filter(|group| **group == from)
                .for_each(|group| *group = to);
        };
        for (index, (directive, binary)) in directives.iter().zip(binaries).enumerate() {
            let mut binary = binary.as_ref();
            match directive {
                WastDirective::Module(module) => {
                    instantiates[index] = true;
                    current = Some(index);
                    if let Some(id) = module.name() {
                        by_id.insert(id.name(), index);
                    }
                }
                WastDirective::ModuleDefinition(module) => {
                    latest_definition = Some(index);
                    if let Some(id) = module.name() {
                        definitions.insert(id.name(), index);
                    }
                    continue;
                }
                WastDirective::ModuleInstance {
                    instance, module, ..
                } => {
                    instantiates[index] = true;
                    current = Some(index);
                    if let Some(id) = instance {
                        by_id.insert(id.name(), index);
                    }
                    let definition = match module {
                        Some(id) => definitions.get(id.name()).copied(),
                        None => latest_definition,
                    };
                    if let Some(definition) = definition {
                        binary = binaries[definition].as_ref();
                    }
                }
                WastDirective::Register { name, module, .. } => {
                    let instance = match module {
                        Some(id) => by_id.get(id.name()).copied(),
                        None => current,
                    };
                    if let Some(instance) = instance {
                        by_name.insert(name, instance);
                    }
                    continue;
                }
                WastDirective::AssertUnlinkable { .. }
                | WastDirective::AssertTrap {
                    exec: WastExecute::Wat(_),
                    ..
                }
                | WastDirective::AssertReturn {
                    exec: WastExecute::Wat(_),
                    ..
                }
                | WastDirective::AssertException {
                    exec: WastExecute::Wat(_),
                    ..
                } => instantiates[index] = true,
                _ => continue,
            }
            if let Some(Ok(binary)) = binary {
                for name in imports::modules(binary) {
                    if let Some(&exporter) = by_name.get(&*name) {
                        join(&mut of, index, exporter);
                    }
                }
            }
        }
        let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, group) in of.iter().enumerate() {
            if instantiates[index] {
                members.entry(*group).or_default().push(index);
            }
        }
        let may_be_compiled = |members: &[usize]| {
            let mut members = members.iter().filter_map(|&index| binaries[index].as_ref());
            let no_references = members.all(|binary| {
                binary
                    .as_ref()
                    .is_ok_and(|binary| !imports::shares_references(binary))
            });
            no_references && compiled_code_links()
        };
        let compiled = members
            .into_iter()
            .filter(|(_, members)| members.len() == 1 || may_be_compiled(members))
            .map(|(group, _)| group);
        Self {
            compiled: compiled.collect(),
            of,
        }
    }
}

/// Whether compiled modules may call each other: from 0.15 on.
fn compiled_code_links() -> bool {
    let version = wasmedge::version::library();
    (version.major, version.minor) >= (0, 15)
}

/// A store, with what the script knows of it.
struct Place {
    store: Store<()>,
    externs: Externs,
}

/// An instance: its group, its name in that group's store, and itself.
#[derive(Clone)]
struct Live {
    group: usize,
    name: String,
    instance: Instance,
}

struct Script<'a> {
    config: &'a Config,
    mode: Mode,
    /// Whether code runs on fuel.
    metered: bool,
    groups: Groups,
    stores: HashMap<usize, Place>,
    // What there is by name and without; `None` where it failed.
    current: Option<Live>,
    instances: HashMap<&'a str, Option<Live>>,
    definitions: HashMap<&'a str, Option<Vec<u8>>>,
    latest_definition: Option<Vec<u8>>,
    /// What `register` said.
    names: HashMap<&'a str, Option<Live>>,
    counts: &'a mut Counts,
}

/// More than any script uses up, and what one is given that is to run out of it.
const FUEL: u64 = 1 << 40;
const LITTLE_FUEL: u64 = 10_000;

impl<'a> Script<'a> {
    fn directive(
        &mut self,
        index: usize,
        directive: &'a WastDirective<'a>,
        binary: &Option<Result<Vec<u8>, String>>,
    ) -> Verdict {
        let module = || match binary {
            Some(Ok(bytes)) => Ok(&**bytes),
            Some(Err(error)) => Err(format!("the text: {error}")),
            None => unreachable!("a directive with a module"),
        };
        let group = self.groups.of[index];
        match directive {
            WastDirective::Module(wat) => {
                let id = wat.name().map(|id| id.name());
                self.make(group, id, module()?)?;
            }
            WastDirective::ModuleDefinition(wat) => {
                let bytes = module()?;
                let definition = Module::new(self.config, bytes).map(|_| bytes.to_vec());
                self.latest_definition = definition.as_ref().ok().cloned();
                if let Some(id) = wat.name() {
                    self.definitions
                        .insert(id.name(), self.latest_definition.clone());
                }
                definition?;
            }
            WastDirective::ModuleInstance {
                instance, module, ..
            } => {
                let definition = match module {
                    Some(id) => self
                        .definitions
                        .get(id.name())
                        .ok_or("no such definition")?,
                    None => &self.latest_definition,
                };
                let id = instance.map(|id| id.name());
                match definition.clone() {
                    Some(bytes) => self.make(group, id, &bytes)?,
                    None => return Err(self.broken(id)),
                }
            }
            WastDirective::Register { name, module, .. } => {
                let live = self.live(module.map(|id| id.name())).cloned();
                let failed = live.as_ref().err().map(|_| Failed::Before);
                self.names.insert(name, live.ok());
                return failed.map_or(Ok(Passed::Run), Err);
            }
            WastDirective::Invoke(invoke) => {
                self.invoke(invoke, FUEL)??;
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let (group, values) = match exec {
                    WastExecute::Wat(_) => {
                        self.instantiate(group, module()?)??;
                        (group, Vec::new())
                    }
                    _ => {
                        let (group, values) = self.execute(exec)?;
                        (group, values?)
                    }
                };
                let store = &self.stores[&group].store;
                if !values::match_all(&values, results, store) {
                    return Err(returned(&values).into());
                }
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let outcome = match exec {
                    WastExecute::Wat(_) => self.instantiate(group, module()?)?.map(|_| Vec::new()),
                    _ => self.execute(exec)?.1,
                };
                expect_trap(outcome, message)?;
            }
            WastDirective::AssertExhaustion { call, .. } => {
                let outcome = self.invoke(call, LITTLE_FUEL)?;
                expect(outcome, |error| error.trap() == Some(Trap::OutOfFuel))?;
            }
            WastDirective::AssertException { exec, .. } => {
                let outcome = match exec {
                    WastExecute::Wat(_) => self.instantiate(group, module()?)?.map(|_| Vec::new()),
                    _ => self.execute(exec)?.1,
                };
                expect(outcome, |error| {
                    error.trap() == Some(Trap::UncaughtException)
                })?;
            }
            WastDirective::AssertUnlinkable { .. } => {
                let outcome = self.instantiate(group, module()?)?.map(|_| Vec::new());
                expect(outcome, is_link_error)?;
            }
            WastDirective::AssertMalformed { .. }
            | WastDirective::AssertInvalid { .. }
            | WastDirective::AssertMalformedCustom { .. }
            | WastDirective::AssertInvalidCustom { .. } => {
                return self.refuse(module());
            }
            WastDirective::AssertSuspension { .. }
            | WastDirective::Thread(_)
            | WastDirective::Wait { .. } => {
                return Err("a directive that no script of these had".into());
            }
        }
        Ok(Passed::Run)
    }

    /// The instance of this name, or the current one.
    fn live(&self, id: Option<&str>) -> Verdict<&Live> {
        let live = match id {
            Some(id) => self.instances.get(id).ok_or("no such instance")?,
            None => &self.current,
        };
        live.as_ref().ok_or(Failed::Before)
    }

    /// Notes that there is no instance where one was to be.
    fn broken(&mut self, id: Option<&'a str>) -> Failed {
        self.current = None;
        if let Some(id) = id {
            self.instances.insert(id, None);
        }
        Failed::Before
    }

    /// Makes the instance that further directives are about.
    fn make(&mut self, group: usize, id: Option<&'a str>, wasm: &[u8]) -> Verdict<()> {
        self.broken(id);
        let live = self.instantiate(group, wasm)??;
        if let Some(id) = id {
            self.instances.insert(id, Some(live.clone()));
        }
        self.current = Some(live);
        Ok(())
    }

    fn place(&mut self, group: usize) -> wasmedge::Result<&mut Place> {
        if !self.stores.contains_key(&group) {
            let mut store = Store::with_config(self.config, ())?;
            store.register_host(&spectest::module(self.config)?)?;
            if self.metered {
                store.set_fuel(FUEL)?;
            }
            let externs = Externs::new();
            self.stores.insert(group, Place { store, externs });
        }
        Ok(self.stores.get_mut(&group).expect("just put there"))
    }

    fn instantiate(&mut self, group: usize, wasm: &[u8]) -> Verdict<wasmedge::Result<Live>> {
        for name in imports::modules(wasm) {
            if let Some(None) = self.names.get(&*name) {
                return Err(Failed::Before);
            }
        }
        let wasm = imports::renamed(wasm, |name| {
            let live = self.names.get(name)?.as_ref()?;
            (live.group == group).then(|| live.name.clone())
        });
        Ok(self.instantiate_linked(group, &wasm))
    }

    fn instantiate_linked(&mut self, group: usize, wasm: &[u8]) -> wasmedge::Result<Live> {
        let module = if self.mode == Mode::Compiled && self.groups.compiled.contains(&group) {
            self.counts.compiled += 1;
            compile(self.config, wasm)?
        } else {
            self.counts.not_compiled += 1;
            Module::new(self.config, wasm)?
        };
        let place = self.place(group)?;
        let name = format!("instance {}", place.store.instance_names().len());
        let instance = place.store.register(&name, &module)?;
        Ok(Live {
            group,
            name,
            instance,
        })
    }

    /// A call or a global; fails where there is no such thing.
    fn execute(&mut self, exec: &WastExecute<'_>) -> Verdict<(usize, wasmedge::Result<Vec<Val>>)> {
        match exec {
            WastExecute::Invoke(invoke) => {
                let group = self.live(invoke.module.map(|id| id.name()))?.group;
                Ok((group, self.invoke(invoke, FUEL)?))
            }
            WastExecute::Get { module, global, .. } => {
                let live = self.live(module.map(|id| id.name()))?;
                let store = &self.stores[&live.group].store;
                let global = live
                    .instance
                    .get_global(store, global)
                    .ok_or("no such global")?;
                Ok((live.group, global.get(store).map(|value| vec![value])))
            }
            WastExecute::Wat(_) => unreachable!("instantiated by the caller"),
        }
    }

    fn invoke(
        &mut self,
        invoke: &WastInvoke<'_>,
        fuel: u64,
    ) -> Verdict<wasmedge::Result<Vec<Val>>> {
        let live = self.live(invoke.module.map(|id| id.name()))?.clone();
        let Place { store, externs } = self.stores.get_mut(&live.group).expect("its store");
        let func = live
            .instance
            .get_func(&*store, invoke.name)
            .ok_or("no such function")?;
        let ty = match func.ty(&*store) {
            Ok(ty) => ty,
            Err(error) => return Ok(Err(error)),
        };
        let params = invoke
            .args
            .iter()
            .map(|arg| values::param(arg, store, externs));
        let params = params.collect::<Result<Vec<_>, _>>()?;
        let mut results: Vec<_> = ty.results().iter().map(|ty| Val::zero(*ty)).collect();
        if self.metered {
            store.set_fuel(fuel)?;
        }
        let outcome = func.call(store, &params, &mut results);
        Ok(outcome.map(|()| results))
    }

    /// A module that must not be accepted.
    fn refuse(&self, binary: Result<&[u8], String>) -> Verdict {
        let Ok(wasm) = binary else {
            return Ok(Passed::Text);
        };
        let outcome = match self.mode {
            Mode::Interpreted => Module::new(self.config, wasm),
            Mode::Compiled => compile(self.config, wasm),
        };
        match outcome {
            Ok(_) => Err("accepted".into()),
            Err(error) => match error.kind() {
                ErrorKind::Load { .. } | ErrorKind::Validate { .. } | ErrorKind::Compile { .. } => {
                    Ok(Passed::Run)
                }
                _ => Err(error.into()),
            },
        }
    }
}

fn compile(config: &Config, wasm: &[u8]) -> wasmedge::Result<Module> {
    // SAFETY: the instance is the only one in its store, or exchanges no references with the others
    // there, so no function of another compiled one reaches it to be called indirectly; and no
    // script that is compiled attacks the stack.
    unsafe { Module::compile(config, wasm) }
}

/// What is said of results that are not the right ones; numbers as their bits.
fn returned(values: &[Val]) -> String {
    let values: Vec<_> = values
        .iter()
        .map(|value| match value {
            Val::I32(value) => format!("i32 {value:#x}"),
            Val::I64(value) => format!("i64 {value:#x}"),
            Val::F32(bits) => format!("f32 {bits:#x}"),
            Val::F64(bits) => format!("f64 {bits:#x}"),
            Val::V128(bits) => format!("v128 {bits:#034x}"),
            other => other.to_string(),
        })
        .collect();
    format!("returned ({})", values.join(", "))
}

/// The call must have failed so.
fn expect(
    outcome: wasmedge::Result<Vec<Val>>,
    is_expected: impl Fn(&Error) -> bool,
) -> Verdict<()> {
    match outcome {
        Ok(values) => Err(returned(&values).into()),
        Err(error) if is_expected(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What the crate does not see of an import's type, such as where a defined type stands in its
/// hierarchy, the library compares.
fn is_link_error(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Link { .. } => true,
        ErrorKind::Instantiate { reason } => {
            reason.code().and_then(wasmedge::ErrorCode::name) == Some("IncompatibleImportType")
        }
        _ => false,
    }
}

fn expect_trap(outcome: wasmedge::Result<Vec<Val>>, message: &str) -> Verdict<()> {
    let expected = trap(message).ok_or(format!("no trap is called `{message}`"))?;
    expect(outcome, |error| error.trap() == Some(expected))
}

/// The trap that the scripts call so; some add which element, or a number.
fn trap(message: &str) -> Option<Trap> {
    const NAMES: &[(&str, Trap)] = &[
        ("unreachable", Trap::Unreachable),
        ("out of bounds memory access", Trap::MemoryOutOfBounds),
        ("out of bounds table access", Trap::TableOutOfBounds),
        ("out of bounds array access", Trap::ArrayOutOfBounds),
        ("undefined element", Trap::UndefinedElement),
        ("uninitialized element", Trap::UninitializedElement),
        ("indirect call", Trap::IndirectCallTypeMismatch),
        ("integer divide by zero", Trap::DivideByZero),
        ("integer overflow", Trap::IntegerOverflow),
        (
            "invalid conversion to integer",
            Trap::InvalidConversionToInteger,
        ),
        ("unaligned atomic", Trap::UnalignedAtomic),
        ("expected shared memory", Trap::ExpectedSharedMemory),
        ("cast", Trap::CastFailure),
        ("null ", Trap::NullReference),
    ];
    let (_, trap) = NAMES.iter().find(|(name, _)| message.starts_with(name))?;
    Some(*trap)
}
