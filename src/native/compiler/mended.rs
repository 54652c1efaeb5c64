//! What the library's compiler gets wrong, said in other words before it sees the module, or
//! refused.
//!
//! In all versions the compiler leaves the address of an atomic store among its operands. What
//! comes next takes that address for the operand below it: values are wrong, and where the types
//! differ, LLVM's verifier refuses the code, the compiler goes on, and LLVM crashes (found by
//! attack). An atomic exchange whose result is dropped does the same as a store, with the same
//! traps, and is compiled right.
//!
//! From 0.17 on the compiler gives `memory.atomic.notify` and `memory.atomic.wait` on memories with
//! 64-bit addresses results of 64 bits, and takes the index of `call_indirect` into a table with
//! 64-bit indices for one of 32: code that the verifier refuses as well. There are no other words
//! for these.

use std::borrow::Cow;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, Instruction, Module};
use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload, TypeRef};

use crate::config::Proposals;
use crate::vocabulary::Proposal;

/// Mends a module that is valid under these proposals.
///
/// # Errors
///
/// What is in the way.
pub(super) fn mend(proposals: Proposals, wasm: Cow<'_, [u8]>) -> Result<Cow<'_, [u8]>, String> {
    if !proposals.has(Proposal::Threads) && !proposals.has(Proposal::Memory64) {
        return Ok(wasm);
    }
    let unlike = |error: &dyn std::fmt::Display| format!("it cannot be read again: {error}");
    let mut search = Search::default();
    search.module(&wasm).map_err(|error| unlike(&error))?;
    if let Some(what) = search.refused {
        return Err(format!(
            "it has {what}, of which the library's compiler makes code that LLVM refuses; interpret it"
        ));
    }
    if !search.has_store {
        return Ok(wasm);
    }
    let mut module = Module::new();
    let parsed = Exchange.parse_core_module(&mut module, Parser::new(0), &wasm);
    parsed.map_err(|error| unlike(&error))?;
    Ok(Cow::Owned(module.finish()))
}

/// What a module has of it.
#[derive(Default)]
struct Search {
    /// Which memories have 64-bit addresses, and which tables 64-bit indices.
    memories: Vec<bool>,
    tables: Vec<bool>,
    has_store: bool,
    refused: Option<&'static str>,
}

impl Search {
    fn module(&mut self, wasm: &[u8]) -> Result<(), BinaryReaderError> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Memory(ty) => self.memories.push(ty.memory64),
                            TypeRef::Table(ty) => self.tables.push(ty.table64),
                            _ => {}
                        }
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        self.memories.push(memory?.memory64);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        self.tables.push(table?.ty.table64);
                    }
                }
                Payload::CodeSectionEntry(body) => self.body(&body)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        let is_wide = |wide: &[bool], index: u32| wide.get(index as usize).is_some_and(|&it| it);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            match operators.read()? {
                Operator::I32AtomicStore { .. }
                | Operator::I64AtomicStore { .. }
                | Operator::I32AtomicStore8 { .. }
                | Operator::I32AtomicStore16 { .. }
                | Operator::I64AtomicStore8 { .. }
                | Operator::I64AtomicStore16 { .. }
                | Operator::I64AtomicStore32 { .. } => self.has_store = true,
                Operator::MemoryAtomicNotify { memarg }
                | Operator::MemoryAtomicWait32 { memarg }
                | Operator::MemoryAtomicWait64 { memarg }
                    if is_wide(&self.memories, memarg.memory) =>
                {
                    self.refused = Some(
                        "`memory.atomic.notify` or `memory.atomic.wait` on a memory with 64-bit addresses",
                    );
                }
                Operator::CallIndirect { table_index, .. }
                | Operator::ReturnCallIndirect { table_index, .. }
                    if is_wide(&self.tables, table_index) =>
                {
                    self.refused = Some("an indirect call through a table with 64-bit indices");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes each atomic store as an exchange. All else stays.
struct Exchange;

impl Reencode for Exchange {
    type Error = std::convert::Infallible;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let instruction = self.parse_instruction(&mut operators)?;
            match exchange(&instruction) {
                Some(exchange) => {
                    function.instruction(&exchange);
                    function.instruction(&Instruction::Drop);
                }
                None => {
                    function.instruction(&instruction);
                }
            }
        }
        code.function(&function);
        Ok(())
    }
}

/// What stores the same, and leaves what was there.
fn exchange<'a>(store: &Instruction<'a>) -> Option<Instruction<'a>> {
    Some(match *store {
        Instruction::I32AtomicStore(place) => Instruction::I32AtomicRmwXchg(place),
        Instruction::I64AtomicStore(place) => Instruction::I64AtomicRmwXchg(place),
        Instruction::I32AtomicStore8(place) => Instruction::I32AtomicRmw8XchgU(place),
        Instruction::I32AtomicStore16(place) => Instruction::I32AtomicRmw16XchgU(place),
        Instruction::I64AtomicStore8(place) => Instruction::I64AtomicRmw8XchgU(place),
        Instruction::I64AtomicStore16(place) => Instruction::I64AtomicRmw16XchgU(place),
        Instruction::I64AtomicStore32(place) => Instruction::I64AtomicRmw32XchgU(place),
        _ => return None,
    })
}
