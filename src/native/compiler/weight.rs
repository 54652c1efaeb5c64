//! How many bytes of files the compiler may write for a module, at most.
//!
//! No factor of the module's length would do: two bytes call a function that takes a thousand
//! values and returns as many, five declare 50,000 locals. So what is in the module is weighed. A
//! weight is what the object file (twice), the linked one and the output took together for such an
//! item, with a margin. It was measured with modules of nothing else, on 0.13.4, 0.14.1 and 0.17.1,
//! at `O0`, where code is largest (on 0.13.4 at `O3`, too, without counting). In bytes:
//!
//! | of | took at most | with counting |
//! |---|---|---|
//! | a value of a call, a branch, a block | 129 | 174 |
//! | a local | 25 | 25 |
//! | a function | 180 | 800 |
//! | a truncation of a float, a division | 450 | 800 |
//! | a call, an indirect one | 70, 400 | 680, 820 |
//! | `memory.grow`, with what the crate puts before it | 750 | 1030 |
//! | an instruction of vectors | 130 | 400 |

use wasmparser::{
    BinaryReaderError, BlockType, CompositeInnerType, FunctionBody, Operator, Parser, Payload,
    TypeRef,
};

/// Whatever the module is.
const BASE: u64 = 1 << 20;
/// Each byte of the module, which the output repeats.
const BYTE: u64 = 2;
/// A function type, a function, an import.
const ITEM: u64 = 2048;
/// A parameter or result of a type, of a call, of a branch.
const VALUE: u64 = 256;
const LOCAL: u64 = 96;
/// The same for instructions, by what they are.
const CHEAP: u64 = 64;
const COMMON: u64 = 256;
const OTHER: u64 = 768;
const LARGE: u64 = 2048;
/// And for each instruction where the code counts.
const COUNTING: u64 = 512;

/// The most that the compiler may write for this module.
pub(super) fn weigh(wasm: &[u8], counts: bool) -> u64 {
    let mut scale = Scale {
        each: if counts { COUNTING } else { 0 },
        sum: BASE.saturating_add(BYTE.saturating_mul(wasm.len() as u64)),
        ..Scale::default()
    };
    match scale.module(wasm) {
        Ok(()) => scale.sum,
        // It is not valid, and nothing is written for it.
        Err(_) => BASE,
    }
}

#[derive(Default)]
struct Scale {
    each: u64,
    sum: u64,
    /// Of each type, how many parameters and results it has.
    types: Vec<(u64, u64)>,
    /// The type of each function.
    functions: Vec<u32>,
    /// How many functions have had their body.
    imported: usize,
    bodies: usize,
    /// How many values the branch to each block takes, and how many its end.
    blocks: Vec<(u64, u64)>,
}

impl Scale {
    fn add(&mut self, weight: u64) {
        self.sum = self.sum.saturating_add(weight);
    }

    fn values(&mut self, values: u64) {
        self.add(VALUE.saturating_mul(values));
    }

    fn module(&mut self, wasm: &[u8]) -> Result<(), BinaryReaderError> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for ty in group?.into_types() {
                            let arity = match &ty.composite_type.inner {
                                CompositeInnerType::Func(ty) => {
                                    (ty.params().len() as u64, ty.results().len() as u64)
                                }
                                _ => (0, 0),
                            };
                            self.types.push(arity);
                            self.item(arity);
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import?.ty {
                            self.functions.push(ty);
                            self.imported += 1;
                            self.item(self.ty(ty));
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        self.functions.push(ty?);
                    }
                }
                Payload::CodeSectionEntry(body) => self.body(&body)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn item(&mut self, (params, results): (u64, u64)) {
        self.add(ITEM);
        self.values(params + results);
    }

    fn ty(&self, index: u32) -> (u64, u64) {
        let ty = self.types.get(index as usize);
        ty.copied().unwrap_or_default()
    }

    fn function(&self, index: usize) -> (u64, u64) {
        let ty = self.functions.get(index);
        ty.map_or((0, 0), |ty| self.ty(*ty))
    }

    fn block_type(&self, ty: BlockType) -> (u64, u64) {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => self.ty(index),
        }
    }

    /// How many values a branch takes.
    fn label(&self, depth: u32) -> u64 {
        let index = self.blocks.len().checked_sub(1 + depth as usize);
        index.map_or(0, |index| self.blocks[index].0)
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        let ty = self.function(self.imported + self.bodies);
        self.bodies += 1;
        self.item(ty);
        for group in body.get_locals_reader()? {
            self.add(LOCAL.saturating_mul(group?.0.into()));
        }
        self.blocks.clear();
        self.blocks.push((ty.1, ty.1));
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            self.add(self.each);
            self.operator(&operator)?;
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), BinaryReaderError> {
        match operator {
            Operator::Block { blockty }
            | Operator::If { blockty }
            | Operator::Loop { blockty }
            | Operator::TryTable {
                try_table: wasmparser::TryTable { ty: blockty, .. },
            } => {
                let (params, results) = self.block_type(*blockty);
                let is_loop = matches!(operator, Operator::Loop { .. });
                let branch = if is_loop { params } else { results };
                self.blocks.push((branch, results));
                self.add(COMMON);
                self.values(params + results);
            }
            Operator::Else => {
                self.add(COMMON);
                self.values(self.label(0));
            }
            Operator::End => {
                let (_, results) = self.blocks.pop().unwrap_or_default();
                self.add(COMMON);
                self.values(results);
            }
            Operator::Br { relative_depth }
            | Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => {
                self.add(OTHER);
                self.values(self.label(*relative_depth));
            }
            Operator::BrTable { targets } => {
                self.add(OTHER);
                self.values(self.label(targets.default()));
                for depth in targets.targets() {
                    self.add(COMMON);
                    self.values(self.label(depth?));
                }
            }
            Operator::Return => {
                self.add(COMMON);
                let (results, _) = self.blocks.first().copied().unwrap_or_default();
                self.values(results);
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                let (params, results) = self.function(*function_index as usize);
                self.add(OTHER);
                self.values(params + results);
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => {
                let (params, results) = self.ty(*type_index);
                self.add(LARGE);
                self.values(params + results);
            }
            _ => self.add(instruction(operator)),
        }
        Ok(())
    }
}

/// What an instruction weighs that takes and leaves a few values.
fn instruction(operator: &Operator<'_>) -> u64 {
    use Operator as O;
    match operator {
        O::Nop
        | O::Drop
        | O::LocalGet { .. }
        | O::LocalSet { .. }
        | O::LocalTee { .. }
        | O::I32Const { .. }
        | O::I64Const { .. }
        | O::F32Const { .. }
        | O::F64Const { .. } => CHEAP,
        O::Select
        | O::GlobalGet { .. }
        | O::GlobalSet { .. }
        | O::I32Load { .. }
        | O::I64Load { .. }
        | O::F32Load { .. }
        | O::F64Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. }
        | O::I32Store { .. }
        | O::I64Store { .. }
        | O::F32Store { .. }
        | O::F64Store { .. }
        | O::I32Store8 { .. }
        | O::I32Store16 { .. }
        | O::I32Eqz
        | O::I32Eq
        | O::I32Ne
        | O::I32LtS
        | O::I32LtU
        | O::I32GtS
        | O::I32GtU
        | O::I32LeS
        | O::I32LeU
        | O::I32GeS
        | O::I32GeU
        | O::I64Eqz
        | O::I64Eq
        | O::I64Ne
        | O::I32Add
        | O::I32Sub
        | O::I32Mul
        | O::I32And
        | O::I32Or
        | O::I32Xor
        | O::I32Shl
        | O::I32ShrS
        | O::I32ShrU
        | O::I64Add
        | O::I64Sub
        | O::I64Mul
        | O::I64And
        | O::I64Or
        | O::I64Xor
        | O::I64Shl
        | O::I64ShrS
        | O::I64ShrU
        | O::I32WrapI64
        | O::I64ExtendI32S
        | O::I64ExtendI32U => COMMON,
        O::MemoryGrow { .. }
        | O::MemoryFill { .. }
        | O::MemoryCopy { .. }
        | O::MemoryInit { .. }
        | O::TableGet { .. }
        | O::TableSet { .. }
        | O::TableGrow { .. }
        | O::TableFill { .. }
        | O::TableCopy { .. }
        | O::TableInit { .. } => LARGE,
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a module weighs beyond what each one does.
    fn weighs(counts: bool, text: &str) -> u64 {
        let wasm = wat::parse_str(format!("(module {text})")).unwrap();
        weigh(&wasm, counts) - BASE - BYTE * wasm.len() as u64
    }

    #[test]
    fn s15_each_thing_in_a_module_is_weighed() {
        // A type of a parameters and b results; a function of one, which ends.
        let ty = |a: u64, b: u64| ITEM + (a + b) * VALUE;
        let function = |a: u64, b: u64| ITEM + (a + b) * VALUE + COMMON + b * VALUE;
        let none = ty(0, 0) + function(0, 0);
        for (text, weight) in [
            ("", 0),
            ("(memory 1) (global i32 (i32.const 1))", 0),
            ("(type (func (param i32 i64 i64) (result f32)))", ty(3, 1)),
            (
                r#"(import "" "" (func (param i32))) (import "" "" (global i32))"#,
                2 * ty(1, 0),
            ),
            ("(func)", none),
            ("(func (param i32 i32))", ty(2, 0) + function(2, 0)),
            ("(func (local i32 i32 i64))", none + 3 * LOCAL),
            (
                "(func (result i32 i32) i32.const 1 i32.const 2)",
                ty(0, 2) + function(0, 2) + 2 * CHEAP,
            ),
            // Each function is of its own type, also behind imports.
            (
                r#"(import "" "" (func (param i32 i32 i32)))
                   (func) (func (result i64) i64.const 1)"#,
                2 * ty(3, 0) + none + ty(0, 1) + function(0, 1) + CHEAP,
            ),
            // Blocks, and branches to them and out of the function.
            (
                "(func (block (result i32) i32.const 1) drop)",
                none + 2 * COMMON + 2 * VALUE + 2 * CHEAP,
            ),
            (
                "(func (result i32) (block (loop i32.const 1 br 2)) i32.const 1)",
                ty(0, 1) + function(0, 1) + 4 * COMMON + 2 * CHEAP + OTHER + VALUE,
            ),
            (
                "(type (func (param i32 i32) (result i64)))
                 (func i32.const 1 i32.const 2 (loop (type 0) br 0) drop)",
                ty(2, 1) + none + 3 * CHEAP + 2 * COMMON + 3 * VALUE + OTHER + 2 * VALUE + VALUE,
            ),
            (
                "(func i32.const 1 (if (result i32) (then i32.const 2) (else i32.const 3)) drop)",
                none + 4 * CHEAP + 3 * COMMON + 3 * VALUE,
            ),
            (
                "(func (result i32) (block i32.const 1 i32.const 0 br_table 1 1 1) i32.const 1)",
                ty(0, 1)
                    + function(0, 1)
                    + 2 * COMMON
                    + 3 * CHEAP
                    + (OTHER + VALUE)
                    + 2 * (COMMON + VALUE),
            ),
            (
                "(func (result i32 i32) i32.const 1 i32.const 2 return)",
                ty(0, 2) + function(0, 2) + 2 * CHEAP + COMMON + 2 * VALUE,
            ),
            // Calls.
            (
                r#"(import "" "" (func (param i32 i32 i32) (result i64)))
                   (func (drop (call 0 (i32.const 1) (i32.const 2) (i32.const 3))))"#,
                2 * ty(3, 1) + none + 4 * CHEAP + OTHER + 4 * VALUE,
            ),
            (
                "(table 1 funcref) (type (func (param i32 i32 i32) (result i64)))
                 (func i32.const 1 i32.const 2 i32.const 3 i32.const 0
                   (drop (call_indirect (type 0))))",
                ty(3, 1) + none + 5 * CHEAP + LARGE + 4 * VALUE,
            ),
            // Instructions, by what they are.
            (
                "(memory 1) (func (param i32) (result i32) local.get 0 i32.eqz i32.clz memory.grow)",
                ty(1, 1) + function(1, 1) + CHEAP + COMMON + OTHER + LARGE,
            ),
        ] {
            assert_eq!(weighs(false, text), weight, "{text}");
        }
        let counted = weighs(true, "(func nop nop)") - weighs(false, "(func nop nop)");
        assert_eq!(counted, 3 * COUNTING);
        assert_eq!(weigh(b"\0asm\x01\0\0\0\x01\x05", false), BASE);
        assert_eq!(BASE, 1_048_576);
    }
}
