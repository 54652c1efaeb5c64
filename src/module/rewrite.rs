//! Modules with bounds in them, for what the library does not bound.
//!
//! **Depth of calls.** A store has a global variable, how many calls deeper the code may go, which
//! the rewritten module imports in addition to what it wants. It is an argument of each call:
//! before a function calls another, it writes there what is left to it; a function that was entered
//! reads it, and takes off its own share, or traps. So there is nothing to undo when a function
//! returns, branches out, throws or is left by a trap, and code between two calls costs nothing. A
//! function that calls none and is small has nothing to count.
//!
//! The variable comes last among the imported globals, so that the module's own are one index
//! further on; and a function has one local more, its last. No code of the guest can name either:
//! the module was validated as it was, and what is valid there has other indices.
//!
//! **Tables** get a maximum.

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ImportSection, Instruction, Module, SectionId,
    TableSection, ValType,
};
use wasmparser::{FunctionBody, Parser};

use super::binary::Binary;
use crate::config::Bounds;

/// The module and the name by which the counter is imported.
pub(crate) const COUNTER: (&str, &str) = ("wasmedge-safe: bounds", "depth");

/// What the counter is when the depth was exceeded; anything else is not negative.
pub(crate) const EXCEEDED: i32 = -1;

/// How many values of a frame count as one call.
const VALUES_PER_CALL: u64 = 128;

/// A module with the bounds in it.
pub(super) struct Rewritten {
    pub(super) wasm: Vec<u8>,
    /// Whether it imports the counter.
    pub(super) counts: bool,
}

/// Puts bounds into a valid module. `wasm` is the module as the library is to get it without them,
/// with the very functions of `binary`.
pub(super) fn rewrite(
    binary: &Binary<'_>,
    wasm: &[u8],
    bounds: &Bounds,
) -> Result<Rewritten, String> {
    let counts = bounds.call_depth.is_some() && binary.functions.count > 0;
    let mut rewriter = Rewriter {
        binary,
        tables: table_maxima(binary, bounds),
        counts,
        imported: false,
        functions: 0,
    };
    let mut module = Module::new();
    match rewriter.parse_core_module(&mut module, Parser::new(0), wasm) {
        Ok(()) => Ok(Rewritten {
            wasm: module.finish(),
            counts,
        }),
        Err(error) => Err(error.to_string()),
    }
}

/// The maximum of each table of the module, so that all of them together stay within the bound,
/// which their minima do.
fn table_maxima(binary: &Binary<'_>, bounds: &Bounds) -> Vec<Option<u64>> {
    let tables = &binary.tables;
    let Some(bound) = bounds.table_elements else {
        return tables.iter().map(|&(_, max)| max).collect();
    };
    let left = bound.saturating_sub(binary.least_elements());
    let growable = tables.iter().filter(|&&(min, max)| max != Some(min));
    let share = left / (growable.count() as u64).max(1);
    let capped = |&(min, max): &(u64, Option<u64>)| Some(max.unwrap_or(u64::MAX).min(min + share));
    tables.iter().map(capped).collect()
}

struct Rewriter<'a> {
    binary: &'a Binary<'a>,
    /// What is left of the tables that were not yet written, in order.
    tables: Vec<Option<u64>>,
    /// Whether the depth of calls is counted.
    counts: bool,
    /// Whether the counter was imported.
    imported: bool,
    /// How many functions were written.
    functions: usize,
}

type Outcome<T = ()> = Result<T, reencode::Error<Unlike>>;

/// A module that is another one than was validated, which would be a fault of this crate.
#[derive(Debug)]
pub(super) struct Unlike;

impl std::fmt::Display for Unlike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is not the module that was validated")
    }
}

impl Rewriter<'_> {
    /// The index of the counter.
    fn counter(&self) -> u32 {
        self.binary.imported_globals
    }

    fn import_counter(&mut self, imports: &mut ImportSection) {
        let (module, name) = COUNTER;
        let ty = wasm_encoder::GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        imports.import(module, name, EntityType::Global(ty));
        self.imported = true;
    }
}

impl Reencode for Rewriter<'_> {
    type Error = Unlike;

    fn global_index(&mut self, global: u32) -> Outcome<u32> {
        let is_own = self.counts && global >= self.counter();
        Ok(global.saturating_add(u32::from(is_own)))
    }

    /// Left out: names mean nothing to the library, and native code would not be that of the
    /// module.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Outcome {
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Outcome {
        utils::parse_import_section(self, imports, section)?;
        if self.counts {
            self.import_counter(imports);
        }
        Ok(())
    }

    /// Where a module has no imports, those come behind its types.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Outcome {
        let is_early = matches!(before, Some(SectionId::Type | SectionId::Import));
        if self.counts && !self.imported && !is_early {
            let mut imports = ImportSection::new();
            self.import_counter(&mut imports);
            module.section(&imports);
        }
        Ok(())
    }

    fn parse_table(
        &mut self,
        tables: &mut TableSection,
        mut table: wasmparser::Table<'_>,
    ) -> Outcome {
        let max = self.tables.get(tables.len() as usize);
        table.ty.maximum = *max.ok_or(reencode::Error::UserError(Unlike))?;
        utils::parse_table(self, tables, table)
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Outcome {
        if !self.counts {
            return utils::parse_function_body(self, code, body);
        }
        let frame = self.binary.functions.stack_use.get(self.functions);
        let frame = *frame.ok_or(reencode::Error::UserError(Unlike))?;
        self.functions += 1;
        // What is counted with adds two operands, and a local where there are calls; what keeps
        // `memory.grow` in bounds adds an operand.
        let share = 1 + (frame.values + 4) / VALUES_PER_CALL;
        if share == 1 && !frame.calls {
            return utils::parse_function_body(self, code, body);
        }
        let share = i32::try_from(share).unwrap_or(i32::MAX);
        let (counter, left) = (self.counter(), frame.locals);

        let mut locals = Vec::new();
        for local in body.get_locals_reader()? {
            let (count, ty) = local?;
            locals.push((count, self.val_type(ty)?));
        }
        locals.push((1, ValType::I32));
        let mut function = wasm_encoder::Function::new(locals);
        for instruction in [
            Instruction::GlobalGet(counter),
            Instruction::I32Const(share),
            Instruction::I32Sub,
            Instruction::LocalTee(left),
            Instruction::I32Const(0),
            Instruction::I32LtS,
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(EXCEEDED),
            Instruction::GlobalSet(counter),
            Instruction::Unreachable,
            Instruction::End,
        ] {
            function.instruction(&instruction);
        }
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let instruction = self.parse_instruction(&mut operators)?;
            match instruction {
                Instruction::Call(_)
                | Instruction::CallIndirect { .. }
                | Instruction::CallRef(_) => {
                    function.instruction(&Instruction::LocalGet(left));
                    function.instruction(&Instruction::GlobalSet(counter));
                }
                // The function that is called takes the place of this one.
                Instruction::ReturnCall(_)
                | Instruction::ReturnCallIndirect { .. }
                | Instruction::ReturnCallRef(_) => {
                    for instruction in [
                        Instruction::LocalGet(left),
                        Instruction::I32Const(share),
                        Instruction::I32Add,
                        Instruction::GlobalSet(counter),
                    ] {
                        function.instruction(&instruction);
                    }
                }
                _ => {}
            }
            function.instruction(&instruction);
        }
        code.function(&function);
        Ok(())
    }
}
