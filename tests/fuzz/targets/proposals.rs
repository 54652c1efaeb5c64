//! Modules with all that safe code can enable, in the library and in another engine.
//!
//! A proposal is proven when nothing was found here (see docs/testing.md).

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fmt::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{fs, ptr};

use arbitrary::{Arbitrary, Unstructured};
use wasm_smith::{InstructionKind, InstructionKinds};
use wasmedge::log::{self, Level};
use wasmedge::{
    Caller, Config, Error, ErrorKind, ExternRef, ExternType, Func, FuncType, Instance, Module,
    Proposal, Ref, Store, Trap, Val, ValType, sys, version,
};
use wasmparser::{Parser, Payload, TypeRef, Validator, WasmFeatures};

use super::determined::{self, For, determined};
use super::guest::{self, PAGES};
use super::source::Source;

/// How many elements the tables of a module may have at first. With what [`determined`] lets them grow
/// by, the bound of the stores is not met.
const ELEMENTS: u64 = 1_600;
/// The fuel of a call. What wasm-smith makes ends by itself; what was changed may not.
const FUEL: u64 = 200_000;
/// What a module of wasm-smith has of its own for that: how many loops and calls there may be.
const ROUNDS: u32 = 1_000;

/// Runs a module and says what it did; the decisions come from the input.
pub(crate) type Reference = fn(wasm: &[u8], exports: &Exports, input: &[u8]) -> Record;

/// What a module exports, by name.
pub(crate) type Exports = Vec<(String, ExternType)>;

/// The library says of each module what `wasmparser` says, and runs it as the reference does.
pub(crate) fn run(data: &[u8], reference: Option<Reference>) {
    log::set_level(Level::Off).unwrap();
    let mut u = Unstructured::new(data);
    let Some(Made {
        proposals,
        tame,
        wasm,
    }) = module(&mut u)
    else {
        return;
    };
    let input = u.take_rest();
    keep("module.wasm", &wasm);
    if !is_valid(&proposals, &wasm) || !is_small(&wasm) {
        return;
    }
    let determined = determined(For::Both, tame, &wasm);
    keep("determined.wasm", &determined);
    let config = bounded(&proposals);
    let module = match Module::new(&config, &determined) {
        Ok(module) => module,
        Err(error) => panic!("a valid module is refused: {error}"),
    };
    let exports: Exports = module
        .exports()
        .map(|export| (export.name().to_owned(), export.ty().clone()))
        .collect();
    let own = record(Library::new(&config, &module, input), &exports);
    let again = record(Library::new(&config, &module, input), &exports);
    assert_eq!(own, again, "two runs differ");

    let bounds = untrusted(&proposals);
    let bounded = Module::new(&bounds, &determined).expect("as before");
    own.assert_same(
        "with bounds",
        &record(Library::new(&bounds, &bounded, input), &exports),
    );
    if let Some(reference) = reference.filter(|_| !is_linked_otherwise(&wasm)) {
        let lowered = determined::determined(For::Reference, tame, &wasm);
        keep("reference.wasm", &lowered);
        own.assert_same("the reference", &reference(&lowered, &exports, input));
    }
    // Also by a host that calls back and touches all that there is.
    if let Err(error) = guest::run(&config, FUEL, &determined, input) {
        panic!("a valid module is refused: {error}");
    }
}

/// A function for each of some relaxed instructions, which wasm-smith seldom makes, and hardly ever of
/// operands that are seen.
fn relaxed_functions(u: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    use wasm_encoder::{
        CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction as I,
        Module, TypeSection, ValType,
    };
    let mut types = TypeSection::new();
    for params in 1..=3 {
        types.ty().function(
            [ValType::V128; 3][..params].iter().copied(),
            [ValType::V128],
        );
    }
    let (mut functions, mut exports) = (FunctionSection::new(), ExportSection::new());
    let mut code = CodeSection::new();
    for index in 0..u.int_in_range(1..=12).ok()? {
        let (params, instruction) = match u.int_in_range(0..=19).ok()? {
            0 => (2, I::I8x16RelaxedSwizzle),
            1 => (1, I::I32x4RelaxedTruncF32x4S),
            2 => (1, I::I32x4RelaxedTruncF32x4U),
            3 => (1, I::I32x4RelaxedTruncF64x2SZero),
            4 => (1, I::I32x4RelaxedTruncF64x2UZero),
            5 => (3, I::F32x4RelaxedMadd),
            6 => (3, I::F32x4RelaxedNmadd),
            7 => (3, I::F64x2RelaxedMadd),
            8 => (3, I::F64x2RelaxedNmadd),
            9 => (3, I::I8x16RelaxedLaneselect),
            10 => (3, I::I16x8RelaxedLaneselect),
            11 => (3, I::I32x4RelaxedLaneselect),
            12 => (3, I::I64x2RelaxedLaneselect),
            13 => (2, I::F32x4RelaxedMin),
            14 => (2, I::F32x4RelaxedMax),
            15 => (2, I::F64x2RelaxedMin),
            16 => (2, I::F64x2RelaxedMax),
            17 => (2, I::I16x8RelaxedQ15mulrS),
            18 => (2, I::I16x8RelaxedDotI8x16I7x16S),
            _ => (3, I::I32x4RelaxedDotI8x16I7x16AddS),
        };
        functions.function(params - 1);
        exports.export(&format!("{index}"), ExportKind::Func, index);
        let mut function = Function::new([]);
        for param in 0..params {
            function.instruction(&I::LocalGet(param));
        }
        function.instruction(&instruction);
        function.instruction(&I::End);
        code.function(&function);
    }
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&exports)
        .section(&code);
    Some(module.finish())
}

/// Writes what a find is about into the folder that `FUZZ_KEEP` names.
fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("FUZZ_KEEP") {
        fs::write(Path::new(&folder).join(name), bytes).unwrap();
    }
}

/// What is made on top of WebAssembly 2.0; each is left out of some modules and their rules.
pub(crate) const ADDED: [Proposal; 5] = [
    Proposal::MultiMemories,
    Proposal::Memory64,
    Proposal::ExtendedConst,
    Proposal::Threads,
    Proposal::RelaxedSimd,
];

/// A configuration with these proposals.
fn with_proposals(mut config: Config, proposals: &[Proposal]) -> Config {
    for &proposal in proposals {
        config.proposal(proposal, true).unwrap();
    }
    config
}

fn bounded(proposals: &[Proposal]) -> Config {
    let mut config = guest::bounded();
    config.fuel(FUEL);
    with_proposals(config, proposals)
}

fn untrusted(proposals: &[Proposal]) -> Config {
    let mut config = guest::untrusted();
    config.fuel(FUEL * 20);
    with_proposals(config, proposals)
}

/// A module that may not be valid.
struct Made {
    /// What it may use.
    proposals: Vec<Proposal>,
    /// Whether it is to stay within bounds.
    tame: bool,
    wasm: Vec<u8>,
}

fn module(u: &mut Unstructured<'_>) -> Option<Made> {
    // What is not in it, in an eighth of the inputs.
    let mask: u8 = u.arbitrary().ok()?;
    let left_out = |proposal: &Proposal| {
        let bit = ADDED.iter().position(|added| added == proposal);
        mask >> 5 == 7 && bit.is_some_and(|bit| mask & (1 << bit) != 0)
    };
    let mut safe = Config::new().unwrap();
    let proposals: Vec<_> = Proposal::all()
        .filter(|proposal| safe.proposal(*proposal, true).is_ok() && !left_out(proposal))
        .collect();
    let has = |proposal| proposals.contains(&proposal);
    let tame = u.ratio(2, 3).ok()?;
    // What the module is about, if it has it.
    let subject: u8 = u.int_in_range(0..=7).ok()?;

    if subject == 7 && has(Proposal::RelaxedSimd) {
        let wasm = relaxed_functions(u)?;
        return Some(Made {
            proposals,
            tame,
            wasm,
        });
    }

    let mut config = wasm_smith::Config::arbitrary(u).ok()?;
    config.gc_enabled = false;
    config.tail_call_enabled = false;
    config.exceptions_enabled = false;
    let all = || {
        InstructionKinds::new(&[
            InstructionKind::Numeric,
            InstructionKind::Vector,
            InstructionKind::Reference,
            InstructionKind::Parametric,
            InstructionKind::Variable,
            InstructionKind::Table,
            InstructionKind::Memory,
            InstructionKind::Control,
        ])
    };
    match subject {
        0 | 1 => {
            config.threads_enabled = true;
            config.min_memories = config.min_memories.max(1);
            config.allowed_instructions = InstructionKinds::new(&[
                InstructionKind::NumericInt,
                InstructionKind::MemoryInt,
                InstructionKind::Variable,
            ]);
        }
        2 | 3 => {
            config.simd_enabled = true;
            config.relaxed_simd_enabled = true;
            config.allow_floats = true;
            config.allowed_instructions = InstructionKinds::new(&[InstructionKind::Vector]);
        }
        4 => {
            config.memory64_enabled = true;
            config.min_memories = 1;
            config.allowed_instructions = all();
        }
        5 => {
            config.extended_const_enabled = true;
            config.min_globals = 3;
            config.allowed_instructions = all();
        }
        6 => config.allowed_instructions = all(),
        _ => {}
    }
    if subject < 4 {
        // Such code has no atomic and no relaxed instructions.
        config.disallow_traps = false;
    }
    if subject < 7 {
        config.min_funcs = 1;
        config.max_funcs = config.max_funcs.max(5);
        config.max_types = config.max_types.max(5);
        config.max_memories = config.max_memories.max(2);
        config.max_globals = config.max_globals.max(5);
        config.max_instructions = config.max_instructions.max(100);
    }
    config.threads_enabled &= has(Proposal::Threads);
    config.relaxed_simd_enabled &= has(Proposal::RelaxedSimd) && config.simd_enabled;
    config.memory64_enabled &= has(Proposal::Memory64);
    config.extended_const_enabled &= has(Proposal::ExtendedConst);
    config.custom_page_sizes_enabled = false;
    config.custom_descriptors_enabled = false;
    config.wide_arithmetic_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.export_everything = true;
    config.max_memories = if has(Proposal::MultiMemories) {
        config.max_memories.min(4)
    } else {
        1
    };
    config.max_memory32_bytes = 4 << 16;
    config.max_memory64_bytes = 4 << 16;
    config.max_tables = config.max_tables.min(4);
    config.max_table_elements = 400;
    config.max_funcs = config.max_funcs.min(30);
    config.max_instructions = config.max_instructions.min(300);
    // Bytes that are changed, in another eighth.
    let changes = if u.ratio(1, 8).ok()? {
        u.int_in_range(1..=4).ok()?
    } else {
        0
    };
    let changes: Vec<(u32, u8)> = (0..changes)
        .map(|_| u.arbitrary())
        .collect::<Result<_, _>>()
        .ok()?;
    let mut module = wasm_smith::Module::new(config, u).ok()?;
    module.ensure_termination(ROUNDS).ok()?;
    let mut wasm = module.to_bytes();
    for (place, byte) in changes {
        // Not in the header.
        let place = 8 + place as usize % (wasm.len() - 7);
        match wasm.get_mut(place) {
            Some(old) if byte < 0xe0 => *old = byte,
            Some(old) => *old ^= 1 << (byte & 7),
            None => wasm.truncate(wasm.len() - 1),
        }
    }
    Some(Made {
        proposals,
        tame,
        wasm,
    })
}

/// WebAssembly 2.0.
pub(crate) fn standard() -> Vec<Proposal> {
    let config = Config::new().unwrap();
    Proposal::all()
        .filter(|&proposal| config.has_proposal(proposal))
        .collect()
}

/// The proposals beyond WebAssembly 2.0 that a valid module cannot do without.
pub(crate) fn used(data: &[u8]) -> Vec<Proposal> {
    let Some(Made {
        proposals, wasm, ..
    }) = module(&mut Unstructured::new(data))
    else {
        return Vec::new();
    };
    let takes = |proposals: &[Proposal]| {
        Validator::new_with_features(features(proposals))
            .validate_all(&wasm)
            .is_ok()
    };
    let without = |left_out: Proposal| {
        let others: Vec<_> = proposals
            .iter()
            .copied()
            .filter(|&own| own != left_out)
            .collect();
        takes(&others)
    };
    let is_used = |proposal: &Proposal| proposals.contains(proposal) && !without(*proposal);
    if takes(&proposals) {
        ADDED.into_iter().filter(is_used).collect()
    } else {
        Vec::new()
    }
}

fn features(proposals: &[Proposal]) -> WasmFeatures {
    let feature = |proposal: &Proposal| match proposal {
        Proposal::MultiMemories => WasmFeatures::MULTI_MEMORY,
        Proposal::Memory64 => WasmFeatures::MEMORY64,
        Proposal::ExtendedConst => WasmFeatures::EXTENDED_CONST,
        Proposal::Threads => WasmFeatures::THREADS,
        Proposal::RelaxedSimd => WasmFeatures::RELAXED_SIMD,
        _ => WasmFeatures::empty(),
    };
    proposals
        .iter()
        .map(feature)
        .fold(WasmFeatures::WASM2, WasmFeatures::union)
}

/// Whether it is valid. One that is, and that the library refuses, is a find.
///
/// One that is not, and that the library takes, comes to the library no more; it is counted.
pub(crate) fn is_valid(proposals: &[Proposal], wasm: &[u8]) -> bool {
    let right = Validator::new_with_features(features(proposals)).validate_all(wasm);
    match (right, library_takes(proposals, wasm)) {
        (Ok(_), Ok(())) => true,
        (Err(_), Err(_)) => false,
        (Ok(_), Err(why)) => panic!("the library refuses what is valid: {why}"),
        (Err(error), Ok(())) => {
            note(error.message());
            // What the library alone would have taken never comes to it.
            let config = with_proposals(Config::new().unwrap(), proposals);
            assert!(Module::new(&config, wasm).is_err(), "{error}");
            false
        }
    }
}

/// The verdict of the library's own loader and validator.
fn library_takes(proposals: &[Proposal], wasm: &[u8]) -> Result<(), String> {
    let numbers = Proposal::all();
    let numbers: Vec<_> = numbers
        .map(|proposal| (number(proposal), proposals.contains(&proposal)))
        .collect();
    let explain = |result| {
        // SAFETY: a pure function, whose text is a constant of the library.
        let text = unsafe { CStr::from_ptr(sys::WasmEdge_ResultGetMessage(result)) };
        text.to_string_lossy().into_owned()
    };
    // SAFETY: contexts are made, used by this thread alone and freed; the bytes outlive the call, and
    // a syntax tree is used and freed where there is one.
    unsafe {
        let config = sys::WasmEdge_ConfigureCreate();
        for (number, _) in numbers.iter().rev().filter(|(_, on)| !on) {
            if let Some(number) = *number {
                sys::WasmEdge_ConfigureRemoveProposal(config, number);
            }
        }
        for (number, _) in numbers.iter().filter(|(_, on)| *on) {
            let number = number.expect("a proposal that is on has a number");
            sys::WasmEdge_ConfigureAddProposal(config, number);
        }
        let loader = sys::WasmEdge_LoaderCreate(config);
        let validator = sys::WasmEdge_ValidatorCreate(config);
        sys::WasmEdge_ConfigureDelete(config);
        let mut ast = ptr::null_mut();
        let length = u32::try_from(wasm.len()).unwrap();
        let mut result =
            sys::WasmEdge_LoaderParseFromBuffer(loader, &raw mut ast, wasm.as_ptr(), length);
        if sys::WasmEdge_ResultOK(result) {
            result = sys::WasmEdge_ValidatorValidate(validator, ast);
            sys::WasmEdge_ASTModuleDelete(ast);
        }
        sys::WasmEdge_ValidatorDelete(validator);
        sys::WasmEdge_LoaderDelete(loader);
        if sys::WasmEdge_ResultOK(result) {
            Ok(())
        } else {
            Err(explain(result))
        }
    }
}

/// The number of a proposal in this version of the library.
fn number(proposal: Proposal) -> Option<sys::WasmEdge_Proposal> {
    Some(match proposal {
        Proposal::ImportExportMutGlobals => sys::WasmEdge_Proposal_ImportExportMutGlobals,
        Proposal::NonTrapFloatToIntConversions => {
            sys::WasmEdge_Proposal_NonTrapFloatToIntConversions
        }
        Proposal::SignExtensionOperators => sys::WasmEdge_Proposal_SignExtensionOperators,
        Proposal::MultiValue => sys::WasmEdge_Proposal_MultiValue,
        Proposal::BulkMemoryOperations => sys::WasmEdge_Proposal_BulkMemoryOperations,
        Proposal::ReferenceTypes => sys::WasmEdge_Proposal_ReferenceTypes,
        Proposal::Simd => sys::WasmEdge_Proposal_SIMD,
        Proposal::TailCall => sys::WasmEdge_Proposal_TailCall,
        Proposal::MultiMemories => sys::WasmEdge_Proposal_MultiMemories,
        Proposal::Annotations => sys::WasmEdge_Proposal_Annotations,
        Proposal::Memory64 => sys::WasmEdge_Proposal_Memory64,
        Proposal::ExceptionHandling => sys::WasmEdge_Proposal_ExceptionHandling,
        Proposal::ExtendedConst => sys::WasmEdge_Proposal_ExtendedConst,
        Proposal::Threads => sys::WasmEdge_Proposal_Threads,
        Proposal::FunctionReferences => sys::WasmEdge_Proposal_FunctionReferences,
        // Not in the headers of each version.
        Proposal::Gc if version::headers().minor >= 14 => sys::WasmEdge_Proposal(10),
        Proposal::RelaxedSimd => match version::headers().minor {
            ..14 => return None,
            14..17 => sys::WasmEdge_Proposal(13),
            17.. => sys::WasmEdge_Proposal(12),
        },
        _ => return None,
    })
}

/// Counts what the library alone would take: in the file that `FUZZ_NOTES` names.
fn note(message: &str) {
    static KINDS: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());
    let Some(path) = std::env::var_os("FUZZ_NOTES") else {
        return;
    };
    let kind: String = message
        .chars()
        .filter(|letter| !letter.is_ascii_digit())
        .collect();
    let mut kinds = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
    let count = kinds.entry(kind).or_default();
    *count += 1;
    if count.is_power_of_two() {
        let mut text = String::new();
        for (kind, count) in &*kinds {
            writeln!(text, "{count} {kind}").unwrap();
        }
        fs::write(path, text).unwrap();
    }
}

/// Whether a valid module is within the bounds, and has no frame that is larger than the stack.
fn is_small(wasm: &[u8]) -> bool {
    let (mut elements, mut fits) = (0_u64, guest::has_small_frames(wasm));
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a valid module") {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    match import.expect("a valid module").ty {
                        TypeRef::Memory(ty) => fits &= ty.initial <= PAGES,
                        TypeRef::Table(ty) => elements = elements.saturating_add(ty.initial),
                        _ => {}
                    }
                }
            }
            Payload::MemorySection(memories) => {
                for ty in memories {
                    fits &= ty.expect("a valid module").initial <= PAGES;
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    elements = elements.saturating_add(table.expect("a valid module").ty.initial);
                }
            }
            _ => {}
        }
    }
    fits && elements <= ELEMENTS
}

/// Whether one name stands for a memory that is shared and for one that is not: the first of them is
/// what is linked, and the reference takes it for both.
fn is_linked_otherwise(wasm: &[u8]) -> bool {
    let mut shared = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ImportSection(imports) = payload.expect("a valid module") else {
            continue;
        };
        for import in imports.into_imports() {
            let import = import.expect("a valid module");
            if let TypeRef::Memory(ty) = import.ty {
                let first = *shared
                    .entry((import.module, import.name))
                    .or_insert(ty.shared);
                if first != ty.shared {
                    return true;
                }
            }
        }
    }
    false
}

/// A value as it reads in every engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    /// In a list of functions, where the engine takes it; where it gives one, only that it is one.
    Func(Option<usize>),
    Extern(Option<u32>),
}

impl Value {
    fn draw(source: &mut Source, funcs: usize, ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32(source.number() as i32),
            ValType::I64 => Self::I64(source.number() as i64),
            ValType::F32 => Self::F32(source.u32()),
            ValType::F64 => Self::F64(source.u64()),
            ValType::V128 => Self::V128(u128::from(source.u64()) << 64 | u128::from(source.u64())),
            ValType::FuncRef => {
                let chosen = source.below(funcs + 1);
                Self::Func((chosen < funcs).then_some(chosen))
            }
            ValType::ExternRef if source.one_in(3) => Self::Extern(None),
            ValType::ExternRef => Self::Extern(Some(source.u32())),
            other => panic!("no value of {other}"),
        }
    }

    pub(crate) fn draw_all(source: &mut Source, funcs: usize, types: &[ValType]) -> Vec<Self> {
        let draw = |&ty| Self::draw(source, funcs, ty);
        types.iter().map(draw).collect()
    }

    /// What an imported global is at first.
    pub(crate) fn first(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32(3),
            ValType::I64 => Self::I64(5),
            ValType::F32 => Self::F32(1.5_f32.to_bits()),
            ValType::F64 => Self::F64(2.5_f64.to_bits()),
            ValType::V128 => Self::V128(7),
            ValType::FuncRef => Self::Func(None),
            ValType::ExternRef => Self::Extern(None),
            other => panic!("no value of {other}"),
        }
    }
}

/// How a call ended that did not return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Trap(&'static str),
    /// By fuel or by the stack, which are the engine's own.
    Cut,
    Host,
    Link,
    Other(String),
}

/// What a host function does.
pub(crate) enum Act {
    Give,
    Fail,
    /// It calls one of its parameters; and fails if that fails, if so.
    CallBack {
        which: usize,
        forgives: bool,
    },
}

impl Act {
    pub(crate) fn draw(source: &mut Source, funcs: usize, depth: u32) -> Self {
        match source.below(16) {
            0 => Self::Fail,
            1..=4 if depth < 3 && funcs > 0 => Self::CallBack {
                which: source.below(funcs),
                forgives: source.one_in(2),
            },
            _ => Self::Give,
        }
    }
}

/// A store with a module, and the functions that it knows.
pub(crate) trait Engine {
    fn source(&mut self) -> &mut Source;
    /// Makes a further instance.
    fn instantiate(&mut self) -> Result<(), End>;
    /// Puts an exported function at the end of the list.
    fn know(&mut self, instance: usize, export: &str);
    /// How many functions the list has.
    fn known(&self) -> usize;
    fn ty(&self, func: usize) -> FuncType;
    /// Calls a function; those that it gives are put at the end of the list, while it is short.
    fn call(&mut self, func: usize, params: &[Value]) -> Result<Vec<Value>, End>;
    fn memory(&mut self, instance: usize, export: &str) -> Vec<u8>;
    /// Which elements are null.
    fn table(&mut self, instance: usize, export: &str) -> Vec<bool>;
    fn global(&mut self, instance: usize, export: &str) -> Value;
}

/// How many functions are called.
pub(crate) const KNOWN: usize = 24;

/// What a module did, step by step.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    steps: Vec<String>,
    /// Whether it was cut off, after which nothing is comparable.
    cut: bool,
}

impl Record {
    /// Whether that was the end.
    fn step(&mut self, what: &str, outcome: Result<Vec<Value>, End>) -> bool {
        match outcome {
            Ok(values) => self.steps.push(format!("{what}: {values:x?}")),
            Err(End::Cut) => self.cut = true,
            Err(end) => self.steps.push(format!("{what}: {end:?}")),
        }
        self.cut
    }

    fn assert_same(&self, whom: &str, other: &Self) {
        let (left, right) = (self.steps.len(), other.steps.len());
        let end = left.min(right);
        if let Some(at) = (0..end).find(|&at| self.steps[at] != other.steps[at]) {
            panic!(
                "step {at} differs in {whom}:\n{}\n{}\nafter {:#?}",
                self.steps[at],
                other.steps[at],
                &self.steps[at.saturating_sub(8)..at]
            );
        }
        let same = left == right || left < right && self.cut || right < left && other.cut;
        assert!(
            same,
            "{left} steps, and {right} in {whom}: {self:#?} {other:#?}"
        );
    }
}

/// Makes two instances, and calls and reads all that they export, twice.
pub(crate) fn record(engine: Result<impl Engine, End>, exports: &Exports) -> Record {
    let mut record = Record::default();
    let mut engine = match engine {
        Ok(engine) => engine,
        Err(end) => {
            record.step("imports", Err(end));
            return record;
        }
    };
    let mut instances = 0;
    for _ in 0..2 {
        let made = engine.instantiate();
        let is_made = made.is_ok();
        if record.step("instantiate", made.map(|()| Vec::new())) {
            return record;
        }
        if is_made {
            for (name, ty) in exports {
                if engine.known() < KNOWN / 2 && matches!(ty, ExternType::Func(_)) {
                    engine.know(instances, name);
                }
            }
            instances += 1;
        }
    }
    for _ in 0..2 {
        let mut at = 0;
        while at < engine.known() {
            let ty = engine.ty(at);
            let known = engine.known();
            let params = Value::draw_all(engine.source(), known, ty.params());
            let outcome = engine.call(at, &params);
            if record.step(&format!("{at} {ty} {params:x?}"), outcome) {
                return record;
            }
            at += 1;
        }
        for instance in 0..instances {
            for (name, ty) in exports {
                match ty {
                    ExternType::Memory(_) => {
                        let bytes = engine.memory(instance, name);
                        let digest = digest(&bytes);
                        let text = format!("{name}: {digest:x} of {}", bytes.len());
                        record.steps.push(text);
                    }
                    ExternType::Table(_) => {
                        let nulls = engine.table(instance, name);
                        let bits: String = nulls
                            .iter()
                            .map(|&null| if null { '0' } else { '1' })
                            .collect();
                        record.steps.push(format!("{name}: {bits}"));
                    }
                    ExternType::Global(_) => {
                        let value = engine.global(instance, name);
                        record.steps.push(format!("{name}: {value:x?}"));
                    }
                    _ => {}
                }
            }
        }
    }
    record
}

/// FNV-1a, by words.
fn digest(bytes: &[u8]) -> u64 {
    let words = bytes
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
    })
}

/// The library, by this crate.
struct Library<'a> {
    store: Store<Data>,
    module: &'a Module,
    instances: Vec<Instance>,
    funcs: Vec<Func>,
    fuel: u64,
}

struct Data {
    source: Source,
    depth: u32,
}

fn end(error: &Error) -> End {
    let Some(trap) = error.trap() else {
        return match error.kind() {
            ErrorKind::Link { .. } => End::Link,
            _ if error.downcast_ref::<Said>().is_some() => End::Host,
            _ => End::Other(error.to_string()),
        };
    };
    End::Trap(match trap {
        Trap::OutOfFuel | Trap::StackOverflow => return End::Cut,
        Trap::Unreachable => "unreachable",
        Trap::MemoryOutOfBounds => "out of bounds memory access",
        Trap::TableOutOfBounds | Trap::UndefinedElement => "out of bounds table access",
        Trap::UninitializedElement => "uninitialized element",
        Trap::IndirectCallTypeMismatch => "indirect call type mismatch",
        Trap::DivideByZero => "integer divide by zero",
        Trap::IntegerOverflow => "integer overflow",
        Trap::InvalidConversionToInteger => "invalid conversion to integer",
        Trap::UnalignedAtomic => determined::UNALIGNED,
        Trap::ExpectedSharedMemory => determined::NOT_SHARED,
        other => return End::Other(other.to_string()),
    })
}

/// What a host function fails with.
#[derive(Debug)]
pub(crate) struct Said;

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("said so")
    }
}

impl std::error::Error for Said {}

impl<'a> Library<'a> {
    fn new(config: &Config, module: &'a Module, input: &[u8]) -> Result<Self, End> {
        let data = Data {
            source: Source::new(input),
            depth: 0,
        };
        let mut store = Store::with_config(config, data).unwrap();
        let fuel = store.fuel().unwrap();
        guest::link(&mut store, module, host_function, first).map_err(|error| end(&error))?;
        Ok(Self {
            store,
            module,
            instances: Vec::new(),
            funcs: Vec::new(),
            fuel,
        })
    }
}

/// What a global of the host has at first.
fn first(ty: ValType) -> Val {
    match Value::first(ty) {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(bits),
        Value::F64(bits) => Val::F64(bits),
        Value::V128(bits) => Val::V128(bits),
        _ => Val::zero(ty),
    }
}

fn host_function(
    mut caller: Caller<'_, Data>,
    types: &[ValType],
    params: &[Val],
    results: &mut [Val],
) -> wasmedge::Result<()> {
    let funcs: Vec<_> = params.iter().filter_map(Val::func_ref).flatten().collect();
    let data = caller.data_mut();
    match Act::draw(&mut data.source, funcs.len(), data.depth) {
        Act::Give => {}
        Act::Fail => return Err(Error::host(Said)),
        Act::CallBack { which, forgives } => {
            let ty = funcs[which].ty(&caller)?;
            let params = Value::draw_all(&mut caller.data_mut().source, funcs.len(), ty.params());
            let params = to_library(&mut caller, &funcs, &params);
            let mut out = vec![Val::I32(0); ty.results().len()];
            caller.data_mut().depth += 1;
            let outcome = funcs[which].call(&mut caller, &params, &mut out);
            caller.data_mut().depth -= 1;
            if !forgives || outcome.as_ref().is_err_and(|error| end(error) == End::Cut) {
                outcome?;
            }
        }
    }
    let drawn = Value::draw_all(&mut caller.data_mut().source, funcs.len(), types);
    results.copy_from_slice(&to_library(&mut caller, &funcs, &drawn));
    Ok(())
}

fn to_library(mut store: impl wasmedge::AsStoreMut, funcs: &[Func], values: &[Value]) -> Vec<Val> {
    let one = |&value: &Value| match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(bits),
        Value::F64(bits) => Val::F64(bits),
        Value::V128(bits) => Val::V128(bits),
        Value::Func(which) => Val::FuncRef(which.map(|which| funcs[which])),
        Value::Extern(None) => Val::ExternRef(None),
        Value::Extern(Some(number)) => {
            let new = ExternRef::new(&mut store, number).expect("room for a reference");
            Val::ExternRef(Some(new))
        }
    };
    values.iter().map(one).collect()
}

fn from_library(store: &Store<Data>, value: &Val) -> Value {
    match *value {
        Val::I32(value) => Value::I32(value),
        Val::I64(value) => Value::I64(value),
        Val::F32(bits) => Value::F32(bits),
        Val::F64(bits) => Value::F64(bits),
        Val::V128(bits) => Value::V128(bits),
        Val::FuncRef(func) => Value::Func(func.map(|_| 0)),
        Val::ExternRef(reference) => Value::Extern(
            reference.map(|own| *own.downcast_ref(store).expect("a number of this store")),
        ),
        ref other => panic!("no value {other:?}"),
    }
}

impl Engine for Library<'_> {
    fn source(&mut self) -> &mut Source {
        &mut self.store.data_mut().source
    }

    fn instantiate(&mut self) -> Result<(), End> {
        self.store.set_fuel(self.fuel).unwrap();
        let made = if self.instances.is_empty() {
            self.store.instantiate(self.module)
        } else {
            self.store.register("a second one", self.module)
        };
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
        self.funcs[func].ty(&self.store).unwrap()
    }

    fn call(&mut self, func: usize, params: &[Value]) -> Result<Vec<Value>, End> {
        self.store.set_fuel(self.fuel).unwrap();
        let params = to_library(&mut self.store, &self.funcs, params);
        let count = self.ty(func).results().len();
        let mut results = vec![Val::I32(0); count];
        let outcome = self.funcs[func].call(&mut self.store, &params, &mut results);
        outcome.map_err(|error| end(&error))?;
        for func in results.iter().filter_map(Val::func_ref).flatten() {
            if self.funcs.len() < KNOWN {
                self.funcs.push(func);
            }
        }
        Ok(results
            .iter()
            .map(|value| from_library(&self.store, value))
            .collect())
    }

    fn memory(&mut self, instance: usize, export: &str) -> Vec<u8> {
        let memory = self.instances[instance].get_memory(&self.store, export);
        let memory = memory.expect("an exported memory");
        let mut bytes = vec![0; memory.data_size(&self.store) as usize];
        memory.read(&self.store, 0, &mut bytes).unwrap();
        bytes
    }

    fn table(&mut self, instance: usize, export: &str) -> Vec<bool> {
        let table = self.instances[instance].get_table(&self.store, export);
        let table = table.expect("an exported table");
        let size = table.size(&self.store);
        (0..size)
            .map(|index| {
                table
                    .get(&self.store, index)
                    .as_ref()
                    .is_ok_and(Ref::is_null)
            })
            .collect()
    }

    fn global(&mut self, instance: usize, export: &str) -> Value {
        let global = self.instances[instance].get_global(&self.store, export);
        let value = global
            .expect("an exported global")
            .get(&self.store)
            .unwrap();
        from_library(&self.store, &value)
    }
}
