//! How much of the interpreter's stack a function takes.
//!
//! A frame has the parameters and the locals of its function, and as many operands as its code puts
//! upon one another. The library checks code, and tells nothing of what it found; so the operands are
//! counted here, with the arities that a well-kept parser knows.

use wasmparser::{
    BinaryReaderError, BlockType, CompositeInnerType, ContType, FrameKind, FuncType, FunctionBody,
    ModuleArity, Operator, Parser, Payload, RefType, SubType, TypeRef,
};

use super::preflight;

/// What the code of a module refers to.
#[derive(Default)]
pub(super) struct Shape {
    types: Vec<SubType>,
    /// The types of all functions, imported ones first.
    functions: Vec<u32>,
    imported_functions: usize,
    /// The types of all tags, imported ones first.
    tags: Vec<u32>,
    pub(super) imported_globals: u32,
    /// The least and the greatest size of the tables that the module defines itself.
    pub(super) tables: Vec<(u64, Option<u64>)>,
}

/// The frame of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The index of the first local that the function does not have.
    pub(super) locals: u32,
    /// How many values it has at most, locals and parameters included.
    pub(super) values: u64,
    /// Whether the function calls any.
    pub(super) calls: bool,
}

impl Shape {
    pub(super) fn read(wasm: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        shape.types.extend(group?.into_types());
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => shape.functions.push(ty),
                            TypeRef::Tag(ty) => shape.tags.push(ty.func_type_idx),
                            TypeRef::Global(_) => shape.imported_globals += 1,
                            TypeRef::Table(_) | TypeRef::Memory(_) => {}
                        }
                    }
                    shape.imported_functions = shape.functions.len();
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        shape.functions.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let ty = table?.ty;
                        shape.tables.push((ty.initial, ty.maximum));
                    }
                }
                Payload::TagSection(section) => {
                    for tag in section {
                        shape.tags.push(tag?.func_type_idx);
                    }
                }
                Payload::CodeSectionStart { .. } => break,
                _ => {}
            }
        }
        Ok(shape)
    }

    /// Whether the module has functions of its own.
    pub(super) fn has_code(&self) -> bool {
        self.functions.len() > self.imported_functions
    }

    /// The frame of a function by its place in the code section; `None` when the code makes no sense,
    /// which is for the library to say.
    pub(super) fn frame(
        &self,
        function: usize,
        body: &FunctionBody<'_>,
    ) -> Result<Option<Frame>, BinaryReaderError> {
        let Some(&ty) = self.functions.get(self.imported_functions + function) else {
            return Ok(None);
        };
        let ty = BlockType::FuncType(ty);
        let mut walk = Walk {
            shape: self,
            blocks: vec![Block {
                ty,
                kind: FrameKind::Block,
                base: 0,
            }],
            height: 0,
        };
        let Some((params, _)) = walk.block_type_arity(ty) else {
            return Ok(None);
        };
        let declared = u64::from(params) + preflight::count_locals(body)?;
        let Ok(locals) = u32::try_from(declared) else {
            return Ok(None);
        };
        let (mut highest, mut calls) = (0, false);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            calls |= is_call(&operator);
            if walk.step(&operator).is_none() {
                return Ok(None);
            }
            highest = highest.max(walk.height);
        }
        Ok(Some(Frame {
            locals,
            values: declared.saturating_add(highest),
            calls,
        }))
    }
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

/// A block that code is in, and how many operands lay below it.
struct Block {
    ty: BlockType,
    kind: FrameKind,
    base: u64,
}

/// The way through the code of a function.
struct Walk<'a> {
    shape: &'a Shape,
    blocks: Vec<Block>,
    height: u64,
}

impl Walk<'_> {
    /// Takes an instruction. Behind a branch, where code is never reached, there may be fewer
    /// operands than it takes.
    fn step(&mut self, operator: &Operator<'_>) -> Option<()> {
        match operator {
            Operator::Block { blockty } => self.open(*blockty, FrameKind::Block),
            Operator::Loop { blockty } => self.open(*blockty, FrameKind::Loop),
            Operator::Try { blockty } => self.open(*blockty, FrameKind::LegacyTry),
            Operator::TryTable { try_table } => self.open(try_table.ty, FrameKind::TryTable),
            Operator::If { blockty } => {
                self.height = self.height.saturating_sub(1);
                self.open(*blockty, FrameKind::If)
            }
            Operator::Else => {
                let block = self.blocks.last()?;
                let (params, _) = self.block_type_arity(block.ty)?;
                self.height = block.base + u64::from(params);
                Some(())
            }
            Operator::Catch { tag_index } => {
                let (params, _) = self.tag_type_arity(*tag_index)?;
                self.height = self.blocks.last()?.base + u64::from(params);
                Some(())
            }
            Operator::CatchAll => {
                self.height = self.blocks.last()?.base;
                Some(())
            }
            Operator::End | Operator::Delegate { .. } => {
                let block = self.blocks.pop()?;
                let (_, results) = self.block_type_arity(block.ty)?;
                self.height = block.base + u64::from(results);
                Some(())
            }
            _ => {
                let base = self.blocks.last()?.base;
                let (takes, gives) = operator.operator_arity(self)?;
                let left = self.height.saturating_sub(u64::from(takes)).max(base);
                self.height = left + u64::from(gives);
                Some(())
            }
        }
    }

    fn open(&mut self, ty: BlockType, kind: FrameKind) -> Option<()> {
        let (params, _) = self.block_type_arity(ty)?;
        let outer = self.blocks.last()?.base;
        let base = self.height.saturating_sub(u64::from(params)).max(outer);
        self.height = base + u64::from(params);
        self.blocks.push(Block { ty, kind, base });
        Some(())
    }
}

impl ModuleArity for Walk<'_> {
    fn sub_type_at(&self, index: u32) -> Option<&SubType> {
        self.shape.types.get(index as usize)
    }

    fn tag_type_arity(&self, index: u32) -> Option<(u32, u32)> {
        let ty = *self.shape.tags.get(index as usize)?;
        self.sub_type_arity(self.sub_type_at(ty)?)
    }

    fn type_index_of_function(&self, index: u32) -> Option<u32> {
        self.shape.functions.get(index as usize).copied()
    }

    fn func_type_of_cont_type(&self, ty: &ContType) -> Option<&FuncType> {
        match &self
            .sub_type_at(ty.0.as_module_index()?)?
            .composite_type
            .inner
        {
            CompositeInnerType::Func(ty) => Some(ty),
            _ => None,
        }
    }

    fn sub_type_of_ref_type(&self, ty: &RefType) -> Option<&SubType> {
        self.sub_type_at(ty.type_index()?.as_module_index()?)
    }

    fn control_stack_height(&self) -> u32 {
        u32::try_from(self.blocks.len()).unwrap_or(u32::MAX)
    }

    fn label_block(&self, depth: u32) -> Option<(BlockType, FrameKind)> {
        let index = self
            .blocks
            .len()
            .checked_sub(1)?
            .checked_sub(depth as usize)?;
        self.blocks.get(index).map(|block| (block.ty, block.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Vec<Frame> {
        let wasm = wat::parse_str(text).unwrap();
        let shape = Shape::read(&wasm).unwrap();
        let bodies = Parser::new(0)
            .parse_all(&wasm)
            .filter_map(|payload| match payload {
                Ok(Payload::CodeSectionEntry(body)) => Some(body),
                _ => None,
            });
        bodies
            .enumerate()
            .map(|(index, body)| shape.frame(index, &body).unwrap().unwrap())
            .collect()
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

    #[test]
    fn code_without_sense_has_no_frame() {
        let wasm = wat::parse_str("(module (func call 7))").unwrap();
        let shape = Shape::read(&wasm).unwrap();
        for payload in Parser::new(0).parse_all(&wasm) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                assert_eq!(shape.frame(0, &body).unwrap(), None);
                assert_eq!(shape.frame(1, &body).unwrap(), None);
            }
        }
    }
}
