//! A module's bytes, validated and read in one walk, before the library sees any of them (D1).
//!
//! `wasmparser` validates with exactly the proposals that the configuration enables. On the way this
//! notes what the rest of the crate needs of a module, so that nothing is asked of the library's own
//! reading of it: imports and exports, memories, and where its code is.

use std::borrow::Cow;

use wasmparser::{
    BinaryReaderError, FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator,
    OperatorsReader, Parser, Payload, TypeRef, ValidPayload, ValidatorResources,
};

use super::growth;
use super::interface::Interface;
use super::refusal::Refusal;
use crate::config::{Config, Proposals, features};
use crate::sys::compat;
use crate::table::Table;

/// What a configuration lets modules be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(super) proposals: Proposals,
    memory_pages: u64,
    /// Of all tables together.
    table_elements: Option<u64>,
    /// Whether the frames of functions are measured.
    frames: bool,
}

impl Rules {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            proposals: config.proposals(),
            memory_pages: config.get_max_memory_pages(),
            table_elements: config.get_max_table_elements(),
            frames: config.bounds.call_depth.is_some(),
        }
    }
}

/// A valid module.
#[derive(Debug)]
pub(crate) struct Binary<'a> {
    pub(super) wasm: &'a [u8],
    pub(super) interface: Interface,
    /// How many globals are imported.
    pub(super) imported_globals: u32,
    /// The least and the greatest size of the tables that the module defines itself.
    pub(super) tables: Vec<(u64, Option<u64>)>,
    /// How many functions the module defines itself.
    pub(super) functions: usize,
    /// The frame of each of these, where the rules measure them.
    pub(super) frames: Vec<Frame>,
    /// Where memories grow, where the library needs to know.
    pub(super) growths: growth::Places,
}

/// How much of the interpreter's stack a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// How many locals it has, its parameters included.
    pub(super) locals: u32,
    /// How many values it has at most: locals, parameters and operands.
    pub(super) values: u64,
    /// Whether it calls functions.
    pub(super) calls: bool,
}

impl<'a> Binary<'a> {
    /// Validates and reads a module.
    pub(crate) fn read(rules: &Rules, wasm: &'a [u8]) -> Result<Self, Refusal> {
        Refusal::of_another_format(wasm)?;
        match Walk::new(rules).run(rules, wasm) {
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
    imports: Vec<wasmparser::Import<'a>>,
    exports: Vec<wasmparser::Export<'a>>,
    imported_globals: u32,
    tables: Vec<(u64, Option<u64>)>,
    functions: usize,
    frames: Vec<Frame>,
    measures: bool,
    growths: growth::Places,
    allocations: FuncValidatorAllocations,
}

impl<'a> Walk<'a> {
    fn new(rules: &Rules) -> Self {
        Self {
            imports: Vec::new(),
            exports: Vec::new(),
            imported_globals: 0,
            tables: Vec::new(),
            functions: 0,
            frames: Vec::new(),
            measures: rules.frames,
            growths: growth::Places::default(),
            allocations: FuncValidatorAllocations::default(),
        }
    }

    fn run(mut self, rules: &Rules, wasm: &'a [u8]) -> Result<Binary<'a>, Stop> {
        let features = features(rules.proposals);
        let mut validator = wasmparser::Validator::new_with_features(features);
        let mut parser = Parser::new(0);
        parser.set_features(features);
        let mut types = None;
        for payload in parser.parse_all(wasm) {
            let payload = payload?;
            match validator.payload(&payload)? {
                ValidPayload::Func(function, body) => self.function(function, &body, wasm)?,
                ValidPayload::End(all) => types = Some(all),
                ValidPayload::Ok | ValidPayload::Parser(_) => self.note(&payload)?,
            }
        }
        let types = types.expect("a parser ends with an error or with the end of the module");
        let interface = Interface::read(types.as_ref(), &self.imports, &self.exports)
            .map_err(|error| Stop::Refusal(Refusal::Unsupported(error)))?;
        let binary = Binary {
            wasm,
            interface,
            imported_globals: self.imported_globals,
            tables: self.tables,
            functions: self.functions,
            frames: self.frames,
            growths: self.growths,
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
                    match import.ty {
                        TypeRef::Global(_) => self.imported_globals += 1,
                        TypeRef::Memory(_) => self.growths.add_memories(1),
                        _ => {}
                    }
                    self.imports.push(import);
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let ty = table?.ty;
                    self.tables.push((ty.initial, ty.maximum));
                }
            }
            Payload::MemorySection(section) => {
                self.growths.add_memories(section.count() as usize);
            }
            Payload::ExportSection(section) => {
                self.exports = section.clone().into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CodeSectionStart { range, .. } => self.growths.begin_code(range),
            _ => {}
        }
        if let Some((_, section)) = payload.as_section() {
            self.growths.end_section(section.end);
        }
        Ok(())
    }

    /// Validates a function, and notes what is in it.
    fn function(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
        wasm: &[u8],
    ) -> Result<(), BinaryReaderError> {
        let allocations = core::mem::take(&mut self.allocations);
        let mut validator = function.into_validator(allocations);
        if self.measures {
            self.frames.push(measure(&mut validator, body)?);
        } else {
            validator.validate(body)?;
        }
        self.allocations = validator.into_allocations();
        self.functions += 1;
        if compat::GROWTH_WRAPS {
            self.growths.read(body, wasm)?;
        }
        Ok(())
    }
}

/// Validates a function instruction by instruction, and measures its frame.
fn measure(
    validator: &mut wasmparser::FuncValidator<ValidatorResources>,
    body: &FunctionBody<'_>,
) -> Result<Frame, BinaryReaderError> {
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    reader.set_features(*validator.features());
    let mut operators = OperatorsReader::new(reader);
    let (mut highest, mut calls) = (0, false);
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        validator.op(offset, &operator)?;
        calls |= is_call(&operator);
        highest = highest.max(validator.operand_stack_height());
    }
    operators.finish()?;
    let locals = validator.len_locals();
    Ok(Frame {
        locals,
        values: u64::from(locals) + u64::from(highest),
        calls,
    })
}

fn is_call(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
    )
}

impl Binary<'_> {
    /// Refuses sizes that are valid and beyond the rules.
    ///
    /// The library has no limit of its own for what a module declares: a memory beyond the configured
    /// maximum, or one that cannot be allocated, leaves a null pointer behind that guest code then
    /// writes through (S3); a huge table aborts the process (S15).
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
            if elements > Table::MAX_ELEMENTS {
                return Err(Refusal::beyond(format!(
                    "it declares a table of {elements} elements; {} is the most",
                    Table::MAX_ELEMENTS
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
        self.growths.clamp(self.wasm)
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

    fn frames(text: &str) -> Vec<Frame> {
        let wasm = wat::parse_str(text).unwrap();
        let mut config = Config::new().unwrap();
        config.max_call_depth(10).unwrap();
        let binary = Binary::read(&Rules::of(&config), &wasm).ok().unwrap();
        assert_eq!(binary.frames.len(), binary.functions);
        binary.frames
    }

    #[test]
    fn operands_are_counted_at_their_highest() {
        let all = frames(
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
}
