//! A module's bytes, validated and read in one walk, before the library sees any of them (D1).
//!
//! `wasmparser` validates with exactly the proposals that the configuration enables. On the way
//! this notes what the rest of the crate needs of a module, so that nothing is asked of the
//! library's own reading of it: imports and exports, memories, and where its code is.

use std::borrow::Cow;
use std::ops::Range;

use wasmparser::{BinaryReaderError, Parser, Payload, TypeRef, ValidPayload};

use super::functions::{self, Found, Function, Search, Worker};
use super::growth;
use super::interface::Interface;
use super::refusal::Refusal;
use crate::config::{Config, Proposals, features};
use crate::vocabulary::{Proposal, TableType};

/// What a configuration lets modules be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(super) proposals: Proposals,
    memory_pages: u64,
    /// Of all tables together.
    table_elements: Option<u64>,
    /// Whether it is measured how much stack functions use.
    stack_use: bool,
}

impl Rules {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            proposals: config.proposals(),
            memory_pages: config.get_max_memory_pages(),
            table_elements: config.get_max_table_elements(),
            stack_use: config.bounds.call_depth.is_some(),
        }
    }

    pub(crate) const fn proposals(&self) -> Proposals {
        self.proposals
    }
}

/// A valid module.
#[derive(Debug)]
pub(crate) struct Binary<'a> {
    pub(super) wasm: &'a [u8],
    pub(crate) interface: Interface,
    /// How many globals are imported.
    pub(super) imported_globals: u32,
    /// The least and the greatest size of the tables that the module defines itself.
    pub(super) tables: Vec<(u64, Option<u64>)>,
    /// The code section, with its header.
    code: Range<usize>,
    /// What is in the functions that the module defines itself.
    pub(super) functions: Found,
}

impl<'a> Binary<'a> {
    /// Validates and reads a module.
    pub(crate) fn read(rules: &Rules, wasm: &'a [u8]) -> Result<Self, Refusal> {
        Refusal::of_another_format(wasm)?;
        match Walk::new(rules, wasm).run(rules) {
            Err(Stop::Error(error)) => Err(Refusal::explain(&error, rules.proposals, wasm)),
            Err(Stop::Refusal(refusal)) => Err(refusal),
            Ok(binary) => Ok(binary),
        }
    }
}

/// Whether a module is valid under these proposals, whatever else the rules say.
pub(super) fn validate(proposals: Proposals, wasm: &[u8]) -> Result<(), BinaryReaderError> {
    let mut validator = wasmparser::Validator::new_with_features(features(proposals));
    validator.validate_all(wasm).map(drop)
}

/// Why a walk ended early.
enum Stop {
    Error(BinaryReaderError),
    Refusal(Refusal),
}

impl From<BinaryReaderError> for Stop {
    fn from(error: BinaryReaderError) -> Self {
        Self::Error(error)
    }
}

/// The walk through a module, and what was noted so far.
struct Walk<'a> {
    search: Search<'a>,
    imports: Vec<wasmparser::Import<'a>>,
    exports: Vec<wasmparser::Export<'a>>,
    imported_globals: u32,
    tables: Vec<(u64, Option<u64>)>,
    /// Where the section after the last one begins.
    header: usize,
    code: Range<usize>,
    worker: Worker,
    /// Those that several threads are to validate.
    put_off: Vec<Function<'a>>,
    threads: usize,
}

impl<'a> Walk<'a> {
    fn new(rules: &Rules, wasm: &'a [u8]) -> Self {
        let several = rules.proposals.has(Proposal::MultiMemories);
        Self {
            search: Search {
                wasm,
                stack_use: rules.stack_use,
                growths: growth::Likely::new(several),
            },
            imports: Vec::new(),
            exports: Vec::new(),
            imported_globals: 0,
            tables: Vec::new(),
            header: 0,
            code: 0..0,
            worker: Worker::default(),
            put_off: Vec::new(),
            threads: 1,
        }
    }

    fn run(mut self, rules: &Rules) -> Result<Binary<'a>, Stop> {
        let wasm = self.search.wasm;
        let features = features(rules.proposals);
        let mut validator = wasmparser::Validator::new_with_features(features);
        let mut parser = Parser::new(0);
        parser.set_features(features);
        let mut types = None;
        for payload in parser.parse_all(wasm) {
            let payload = payload?;
            match validator.payload(&payload)? {
                ValidPayload::Func(function, body) if self.threads > 1 => {
                    self.put_off.push((function, body));
                }
                ValidPayload::Func(function, body) => {
                    self.worker.validate((function, body), self.search)?;
                }
                ValidPayload::End(all) => types = Some(all),
                ValidPayload::Ok | ValidPayload::Parser(_) => self.note(&payload)?,
            }
        }
        let functions = if self.put_off.is_empty() {
            self.worker.finish()
        } else {
            functions::validate_all(self.put_off, self.threads, self.search)?
        };
        let types = types.expect("a parser ends with an error or with the end of the module");
        let interface = Interface::read(types.as_ref(), &self.imports, &self.exports)
            .map_err(|error| Stop::Refusal(Refusal::Unsupported(error)))?;
        let binary = Binary {
            wasm,
            interface,
            imported_globals: self.imported_globals,
            tables: self.tables,
            code: self.code,
            functions,
        };
        binary.check_sizes(rules).map_err(Stop::Refusal)?;
        Ok(binary)
    }

    /// Notes what a valid section says.
    fn note(&mut self, payload: &Payload<'a>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    self.imported_globals += u32::from(matches!(import.ty, TypeRef::Global(_)));
                    self.imports.push(import);
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let ty = table?.ty;
                    self.tables.push((ty.initial, ty.maximum));
                }
            }
            Payload::ExportSection(section) => {
                self.exports = section.clone().into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CodeSectionStart { range, .. } => {
                self.code = self.header..range.end;
                self.threads = functions::threads(range);
            }
            _ => {}
        }
        if let Some((_, section)) = payload.as_section() {
            self.header = section.end;
        }
        Ok(())
    }
}

impl Binary<'_> {
    /// Refuses sizes that are valid and beyond the rules.
    ///
    /// The library has no limit of its own for what a module declares: a memory beyond the
    /// configured maximum, or one that cannot be allocated, leaves a null pointer behind that guest
    /// code then writes through (S3); a huge table aborts the process (S15).
    fn check_sizes(&self, rules: &Rules) -> Result<(), Refusal> {
        let imported = self
            .interface
            .imports
            .iter()
            .filter_map(|import| import.ty.memory());
        for memory in imported.chain(&self.interface.memories) {
            let (pages, most) = (memory.limits().min(), rules.memory_pages);
            if pages > most {
                return Err(Refusal::beyond(format!(
                    "it declares a memory of {pages} pages; the configuration allows {most}, see \
                     `Config::max_memory_pages`"
                )));
            }
        }
        let imported = self
            .interface
            .imports
            .iter()
            .filter_map(|import| import.ty.table().map(|ty| ty.limits().min()));
        for elements in imported.chain(self.tables.iter().map(|&(min, _)| min)) {
            if elements > TableType::MAX_ELEMENTS {
                return Err(Refusal::beyond(format!(
                    "it declares a table of {elements} elements; {} is the most",
                    TableType::MAX_ELEMENTS
                )));
            }
        }
        if let Some(bound) = rules.table_elements {
            let least = self.least_elements();
            if least > bound {
                return Err(Refusal::beyond(format!(
                    "it declares tables of {least} elements together; the configuration allows \
                     {bound}, see `Config::max_table_elements`"
                )));
            }
        }
        Ok(())
    }

    /// The module as the library is to get it, with each `memory.grow` in bounds.
    pub(crate) fn clamped(&self) -> Cow<'_, [u8]> {
        self.functions.growths.clamp(self.wasm, &self.code)
    }

    /// How many elements all tables of the module have at first.
    pub(super) fn least_elements(&self) -> u64 {
        let minima = self.tables.iter().map(|&(min, _)| min);
        minima.fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::module::functions::StackUse;

    fn stack_use(text: &str) -> Vec<StackUse> {
        let wasm = wat::parse_str(text).unwrap();
        let mut config = Config::new().unwrap();
        config.max_call_depth(10).unwrap();
        let binary = Binary::read(&Rules::new(&config), &wasm).ok().unwrap();
        assert_eq!(binary.functions.stack_use.len(), binary.functions.count);
        binary.functions.stack_use
    }

    #[test]
    fn operands_are_counted_at_their_highest() {
        let all = stack_use(
            r#"(module
                 (type $three (func (result i32 i64 f32)))
                 (import "" "three" (func $three (type $three)))
                 (func)
                 (func (param i32 i64) (local f32)
                   local.get 0 i32.const 1 i32.const 2 i32.add i32.add drop)
                 (func (call $three) (call $three) (drop) (drop) (drop) (drop) (drop) (drop))
                 (func (result i32)
                   (block (result i32)
                     (loop (result i32) i32.const 1 i32.const 2 i32.const 3 br 2)
                     (return)))
                 (func (param i32) (result i32)
                   i32.const 7
                   (if (result i32) (local.get 0)
                     (then i32.const 1 i32.const 2 i32.add)
                     (else i32.const 1))
                   i32.add)
                 (func unreachable i32.add drop i32.const 1 drop))"#,
        );
        let values: Vec<_> = all
            .iter()
            .map(|frame| (frame.locals, frame.values))
            .collect();
        assert_eq!(values, [(0, 0), (3, 6), (0, 6), (0, 3), (1, 4), (0, 1)]);
        assert_eq!(all.iter().filter(|frame| frame.calls).count(), 1);
    }

    /// A module of so many functions that several threads validate them; one of them is of its own.
    fn large(odd: &str, at: usize) -> Vec<u8> {
        let mut text = String::from("(module (memory 1)");
        // Constants make much code of little text.
        let body = "(drop (memory.grow (i32.const 64))) (drop (v128.const i64x2 0 64))".repeat(12);
        for index in 0..1000 {
            let body = if index == at { odd } else { &body };
            text.push_str(&format!("(func (param i32) {body})"));
        }
        text.push(')');
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn a_large_module_is_read_as_a_small_one() {
        let mut config = Config::new().unwrap();
        config.max_call_depth(10).unwrap();
        let rules = Rules::new(&config);
        let wasm = large(
            "(drop (memory.grow (call 0 (i32.const 1)) (i32.const 1)))",
            750,
        );
        assert!(functions::threads(&(0..wasm.len())) > 1 || one_processor());
        let parallel = Binary::read(&rules, &wasm).ok().unwrap();

        let mut walk = Walk::new(&rules, &wasm);
        walk.threads = 1;
        let mut validator = wasmparser::Validator::new_with_features(features(rules.proposals));
        for payload in Parser::new(0).parse_all(&wasm) {
            let payload = validator.payload(&payload.unwrap()).unwrap();
            if let ValidPayload::Func(function, body) = payload {
                walk.worker.validate((function, body), walk.search).unwrap();
            }
        }
        let single = walk.worker.finish();
        assert_eq!(parallel.functions.count, 1000);
        assert_eq!(parallel.functions.stack_use, single.stack_use);
        assert!(parallel.functions.stack_use[750].calls);
        assert_eq!(
            parallel.clamped(),
            single.growths.clamp(&wasm, &parallel.code)
        );
    }

    #[test]
    fn the_first_function_that_is_not_valid_is_told() {
        let rules = Rules::new(&Config::new().unwrap());
        let mut offsets = Vec::new();
        for at in [0, 350, 999] {
            let wasm = large("unreachable i64.const 1 i32.eqz drop", at);
            let alone = validate(rules.proposals, &wasm).expect_err("not valid");
            let Err(Refusal::Invalid(text)) = Binary::read(&rules, &wasm) else {
                panic!("not valid")
            };
            let offset = format!("(at offset {:#x})", alone.offset());
            assert!(text.contains(&offset), "{text} {offset}");
            offsets.push(alone.offset());
        }
        assert!(offsets.is_sorted());
    }

    fn one_processor() -> bool {
        std::thread::available_parallelism().is_ok_and(|count| count.get() == 1)
    }
}
