//! Modules whose every step is determined, so that two engines can be compared bit by bit.
//!
//! WebAssembly leaves open which NaN an instruction gives, what the relaxed instructions do at their
//! edges, and when a wait ends. A module with [`For::Both`] has one kind of NaN, and waits for no
//! time. With [`For::Reference`] it is, besides, one that an engine without threads and relaxed
//! vectors can run: these instructions become calls of functions that do the same by plain ones.
//!
//! Nearly every address that wasm-smith makes up is out of bounds, and what comes after a trap is never
//! seen. So a module may be *tamed*, for both: addresses, indices and conversions are within bounds.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, Function, FunctionSection, Ieee32, Ieee64, Instruction, MemArg, Module,
    TypeSection, ValType,
};
use wasmedge::version;
use wasmparser::{FunctionBody, Operator, Parser, Payload, TypeRef};

/// By how much a table may grow.
const GROWTH: u64 = 100;
/// The traps that stand for those of atomic instructions, which the reference does not have.
pub(crate) const UNALIGNED: &str = "invalid conversion to integer";
pub(crate) const NOT_SHARED: &str = "integer overflow";

/// Who runs a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum For {
    Both,
    Reference,
}

/// The same module, determined, and tamed or not.
pub(crate) fn determined(whom: For, tame: bool, wasm: &[u8]) -> Vec<u8> {
    let mut rewriter = Rewriter::look_at(whom, tame, wasm).expect("a valid module");
    let mut module = Module::new();
    rewriter
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .expect("a valid module");
    module.finish()
}

/// A function that is added to a module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Helper {
    Canonical(Float),
    Relaxed(Relaxed),
    Atomic(Atomic),
    Tame(Tame),
}

/// Operands of which the first one is an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Tame {
    is_64: bool,
    values: &'static [Kind],
}

/// A type of numbers; those of wasm-encoder have no order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    I32,
    I64,
    F32,
    F64,
    V128,
}

impl From<Kind> for ValType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::I32 => Self::I32,
            Kind::I64 => Self::I64,
            Kind::F32 => Self::F32,
            Kind::F64 => Self::F64,
            Kind::V128 => Self::V128,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Float {
    F32,
    F64,
    F32x4,
    F64x2,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Relaxed {
    F32x4Madd,
    F32x4Nmadd,
    F64x2Madd,
    F64x2Nmadd,
    Dot,
    DotAdd,
}

/// An atomic instruction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Atomic {
    access: Access,
    /// Whether its values have 64 bits.
    wide: bool,
    /// How many bytes it touches.
    bytes: u8,
    memory: u32,
    offset: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Access {
    Load,
    Store,
    Add,
    Sub,
    And,
    Or,
    Xor,
    Xchg,
    Cmpxchg,
    Notify,
    Wait,
}

/// A memory of the module.
#[derive(Clone, Copy)]
struct Memory {
    is_64: bool,
    is_shared: bool,
}

struct Rewriter {
    whom: For,
    tame: bool,
    memories: Vec<Memory>,
    /// Which tables have indices of 64 bits.
    tables: Vec<bool>,
    types: u32,
    functions: u32,
    /// Which of the added functions it is.
    helpers: BTreeMap<Helper, u32>,
}

type Outcome<T = ()> = Result<T, reencode::Error>;

impl Rewriter {
    fn look_at(whom: For, tame: bool, wasm: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut own = Self {
            whom,
            tame,
            memories: Vec::new(),
            tables: Vec::new(),
            types: 0,
            functions: 0,
            helpers: BTreeMap::new(),
        };
        let memory = |ty: wasmparser::MemoryType| Memory {
            is_64: ty.memory64,
            is_shared: ty.shared,
        };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(types) => {
                    for group in types {
                        own.types += group?.types().len() as u32;
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) => own.functions += 1,
                            TypeRef::Memory(ty) => own.memories.push(memory(ty)),
                            TypeRef::Table(ty) => own.tables.push(ty.table64),
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => own.functions += functions.count(),
                Payload::MemorySection(memories) => {
                    for ty in memories {
                        own.memories.push(memory(ty?));
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        own.tables.push(table?.ty.table64);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        let operator = operator?;
                        let taming = own.taming_of(&operator).and_then(Taming::helper);
                        for helper in own.helpers_of(&operator).chain(taming) {
                            let next = own.helpers.len() as u32;
                            own.helpers.entry(helper).or_insert(next);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(own)
    }

    /// What an instruction is replaced by, or followed by.
    fn helpers_of(&self, operator: &Operator<'_>) -> impl Iterator<Item = Helper> + use<> {
        let reference = self.whom == For::Reference;
        let relaxed = relaxed(operator).filter(|_| reference);
        let atomic = atomic(operator).filter(|_| reference).map(|atomic| Atomic {
            offset: self.offset(atomic.bytes, atomic.offset),
            ..atomic
        });
        let canonical = floats(operator).map(Helper::Canonical);
        let replaced = relaxed.map(Helper::Relaxed).or(atomic.map(Helper::Atomic));
        replaced.into_iter().chain(canonical)
    }
}

/// What comes before an instruction, so that it is in bounds.
#[derive(Clone, Copy)]
enum Taming {
    /// A bit-wise and with the topmost operand.
    Mask(i64, bool),
    /// The address is below other operands.
    Call(Tame),
}

impl Taming {
    const fn helper(self) -> Option<Helper> {
        match self {
            Self::Mask(..) => None,
            Self::Call(tame) => Some(Helper::Tame(tame)),
        }
    }
}

/// The addresses of a tame module: half of a page, at multiples of eight.
const ADDRESSES: i64 = 0x7ff8;

impl Rewriter {
    /// The offset of an access.
    fn offset(&self, bytes: u8, offset: u64) -> u64 {
        if self.tame {
            offset % 4_096 / u64::from(bytes) * u64::from(bytes)
        } else {
            offset
        }
    }

    fn taming_of(&self, operator: &Operator<'_>) -> Option<Taming> {
        use Operator as O;
        if !self.tame {
            return None;
        }
        let table = |table: u32| self.tables[table as usize];
        Some(match *operator {
            O::MemoryGrow { mem } => Taming::Mask(3, self.memories[mem as usize].is_64),
            O::TableGrow { table: index } => Taming::Mask(7, table(index)),
            O::TableGet { table: index } => Taming::Mask(31, table(index)),
            O::CallIndirect { table_index, .. } => Taming::Mask(7, table(table_index)),
            _ => {
                let (values, place) = access(operator)?;
                let is_64 = self.memories[place.memory as usize].is_64;
                if values.is_empty() {
                    Taming::Mask(ADDRESSES, is_64)
                } else {
                    Taming::Call(Tame { is_64, values })
                }
            }
        })
    }
}

/// What an instruction stores at an address, or has besides it.
fn access(operator: &Operator<'_>) -> Option<(&'static [Kind], wasmparser::MemArg)> {
    use Operator as O;
    if let Some(own) = atomic(operator) {
        let values: &[Kind] = match (own.access, own.wide) {
            (Access::Load, _) => &[],
            (Access::Notify, _) => &[Kind::I32],
            (Access::Wait, false) => &[Kind::I32, Kind::I64],
            (Access::Cmpxchg, false) => &[Kind::I32, Kind::I32],
            (Access::Wait | Access::Cmpxchg, true) => &[Kind::I64, Kind::I64],
            (_, false) => &[Kind::I32],
            (_, true) => &[Kind::I64],
        };
        let place = wasmparser::MemArg {
            align: 0,
            max_align: 0,
            offset: own.offset,
            memory: own.memory,
        };
        return Some((values, place));
    }
    let (values, place): (&[Kind], _) = match operator {
        O::I32Load { memarg }
        | O::I64Load { memarg }
        | O::F32Load { memarg }
        | O::F64Load { memarg }
        | O::I32Load8S { memarg }
        | O::I32Load8U { memarg }
        | O::I32Load16S { memarg }
        | O::I32Load16U { memarg }
        | O::I64Load8S { memarg }
        | O::I64Load8U { memarg }
        | O::I64Load16S { memarg }
        | O::I64Load16U { memarg }
        | O::I64Load32S { memarg }
        | O::I64Load32U { memarg }
        | O::V128Load { memarg }
        | O::V128Load8x8S { memarg }
        | O::V128Load8x8U { memarg }
        | O::V128Load16x4S { memarg }
        | O::V128Load16x4U { memarg }
        | O::V128Load32x2S { memarg }
        | O::V128Load32x2U { memarg }
        | O::V128Load8Splat { memarg }
        | O::V128Load16Splat { memarg }
        | O::V128Load32Splat { memarg }
        | O::V128Load64Splat { memarg }
        | O::V128Load32Zero { memarg }
        | O::V128Load64Zero { memarg } => (&[], memarg),
        O::I32Store { memarg } | O::I32Store8 { memarg } | O::I32Store16 { memarg } => {
            (&[Kind::I32], memarg)
        }
        O::I64Store { memarg }
        | O::I64Store8 { memarg }
        | O::I64Store16 { memarg }
        | O::I64Store32 { memarg } => (&[Kind::I64], memarg),
        O::F32Store { memarg } => (&[Kind::F32], memarg),
        O::F64Store { memarg } => (&[Kind::F64], memarg),
        O::V128Store { memarg }
        | O::V128Load8Lane { memarg, .. }
        | O::V128Load16Lane { memarg, .. }
        | O::V128Load32Lane { memarg, .. }
        | O::V128Load64Lane { memarg, .. }
        | O::V128Store8Lane { memarg, .. }
        | O::V128Store16Lane { memarg, .. }
        | O::V128Store32Lane { memarg, .. }
        | O::V128Store64Lane { memarg, .. } => (&[Kind::V128], memarg),
        _ => return None,
    };
    Some((values, *place))
}

impl Reencode for Rewriter {
    type Error = std::convert::Infallible;

    /// Names mean nothing to an engine.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Outcome {
        Ok(())
    }

    fn mem_arg(&mut self, mut place: wasmparser::MemArg) -> Outcome<MemArg> {
        place.offset = self.offset(1 << place.max_align, place.offset);
        utils::mem_arg(self, place)
    }

    fn memory_type(&mut self, mut ty: wasmparser::MemoryType) -> Outcome<wasm_encoder::MemoryType> {
        ty.shared &= self.whom == For::Both;
        if self.tame && ty.maximum != Some(0) {
            ty.initial = ty.initial.max(1);
        }
        Ok(utils::memory_type(self, ty))
    }

    /// For the tables that are imported and those that are not. They have a maximum, so that the
    /// bounds of the two engines do not matter.
    fn table_type(&mut self, mut ty: wasmparser::TableType) -> Outcome<wasm_encoder::TableType> {
        let most = ty.initial.saturating_add(GROWTH);
        ty.maximum = Some(ty.maximum.map_or(most, |max| max.min(most)));
        utils::table_type(self, ty)
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Outcome {
        utils::parse_type_section(self, types, section)?;
        for helper in self.in_order() {
            let (params, results) = self.signature(helper);
            types.ty().function(params, results);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Outcome {
        utils::parse_function_section(self, functions, section)?;
        for index in 0..self.helpers.len() as u32 {
            functions.function(self.types + index);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Outcome {
        utils::parse_code_section(self, code, section)?;
        for helper in self.in_order() {
            code.function(&self.body(helper));
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Outcome {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            if is_wait(&operator) {
                function.instruction(&Instruction::Drop);
                function.instruction(&Instruction::I64Const(0));
            }
            match self.taming_of(&operator) {
                Some(Taming::Mask(bits, true)) => {
                    function.instruction(&Instruction::I64Const(bits));
                    function.instruction(&Instruction::I64And);
                }
                Some(Taming::Mask(bits, false)) => {
                    function.instruction(&Instruction::I32Const(bits as i32));
                    function.instruction(&Instruction::I32And);
                }
                Some(Taming::Call(tame)) => {
                    let index = self.functions + self.helpers[&Helper::Tame(tame)];
                    function.instruction(&Instruction::Call(index));
                }
                None => {}
            }
            let helpers: Vec<_> = self.helpers_of(&operator).collect();
            let mut is_replaced = false;
            for helper in helpers {
                is_replaced |= !matches!(helper, Helper::Canonical(_));
                if !is_replaced {
                    function.instruction(&self.plain(operator.clone())?);
                    is_replaced = true;
                }
                let index = self.functions + self.helpers[&helper];
                function.instruction(&Instruction::Call(index));
            }
            if !is_replaced {
                function.instruction(&self.plain(operator)?);
            }
        }
        code.function(&function);
        Ok(())
    }
}

impl Rewriter {
    fn in_order(&self) -> Vec<Helper> {
        let mut all: Vec<_> = self
            .helpers
            .iter()
            .map(|(&own, &index)| (index, own))
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, helper)| helper).collect()
    }

    /// An instruction, or the plain one that does the same.
    fn plain<'a>(&mut self, operator: Operator<'a>) -> Outcome<Instruction<'a>> {
        if self.tame {
            let tamed = match operator {
                Operator::I32TruncF32S => Some(Instruction::I32TruncSatF32S),
                Operator::I32TruncF32U => Some(Instruction::I32TruncSatF32U),
                Operator::I32TruncF64S => Some(Instruction::I32TruncSatF64S),
                Operator::I32TruncF64U => Some(Instruction::I32TruncSatF64U),
                Operator::I64TruncF32S => Some(Instruction::I64TruncSatF32S),
                Operator::I64TruncF32U => Some(Instruction::I64TruncSatF32U),
                Operator::I64TruncF64S => Some(Instruction::I64TruncSatF64S),
                Operator::I64TruncF64U => Some(Instruction::I64TruncSatF64U),
                _ => None,
            };
            if let Some(tamed) = tamed {
                return Ok(tamed);
            }
        }
        if self.whom == For::Both {
            return self.instruction(operator);
        }
        Ok(match operator {
            Operator::AtomicFence => Instruction::Nop,
            Operator::I8x16RelaxedSwizzle => Instruction::I8x16Swizzle,
            Operator::I32x4RelaxedTruncF32x4S => Instruction::I32x4TruncSatF32x4S,
            Operator::I32x4RelaxedTruncF32x4U => Instruction::I32x4TruncSatF32x4U,
            Operator::I32x4RelaxedTruncF64x2SZero => Instruction::I32x4TruncSatF64x2SZero,
            Operator::I32x4RelaxedTruncF64x2UZero => Instruction::I32x4TruncSatF64x2UZero,
            Operator::I8x16RelaxedLaneselect
            | Operator::I16x8RelaxedLaneselect
            | Operator::I32x4RelaxedLaneselect
            | Operator::I64x2RelaxedLaneselect => Instruction::V128Bitselect,
            Operator::F32x4RelaxedMin => Instruction::F32x4Min,
            Operator::F32x4RelaxedMax => Instruction::F32x4Max,
            Operator::F64x2RelaxedMin => Instruction::F64x2Min,
            Operator::F64x2RelaxedMax => Instruction::F64x2Max,
            Operator::I16x8RelaxedQ15mulrS => Instruction::I16x8Q15MulrSatS,
            other => return self.instruction(other),
        })
    }

    fn signature(&self, helper: Helper) -> (Vec<ValType>, Vec<ValType>) {
        let same = |ty| (vec![ty], vec![ty]);
        match helper {
            Helper::Tame(tame) => {
                let types = tame.types();
                (types.clone(), types)
            }
            Helper::Canonical(Float::F32) => same(ValType::F32),
            Helper::Canonical(Float::F64) => same(ValType::F64),
            Helper::Canonical(Float::F32x4 | Float::F64x2) => same(ValType::V128),
            Helper::Relaxed(Relaxed::Dot) => (vec![ValType::V128; 2], vec![ValType::V128]),
            Helper::Relaxed(_) => (vec![ValType::V128; 3], vec![ValType::V128]),
            Helper::Atomic(atomic) => {
                let address = self.memories[atomic.memory as usize].address();
                let value = atomic.value();
                let (params, results) = match atomic.access {
                    Access::Load => (vec![address], vec![value]),
                    Access::Store => (vec![address, value], vec![]),
                    Access::Cmpxchg => (vec![address, value, value], vec![value]),
                    Access::Notify => (vec![address, ValType::I32], vec![ValType::I32]),
                    Access::Wait => (vec![address, value, ValType::I64], vec![ValType::I32]),
                    _ => (vec![address, value], vec![value]),
                };
                (params, results)
            }
        }
    }

    fn body(&self, helper: Helper) -> Function {
        match helper {
            Helper::Tame(tame) => tame.body(),
            Helper::Canonical(float) => canonical(float),
            Helper::Relaxed(relaxed) => relaxed.body(),
            Helper::Atomic(atomic) => atomic.body(self.memories[atomic.memory as usize]),
        }
    }
}

/// A function without further locals.
fn function(instructions: &[Instruction<'_>]) -> Function {
    let mut function = Function::new([]);
    for instruction in instructions {
        function.instruction(instruction);
    }
    function.instruction(&Instruction::End);
    function
}

/// What an instruction gives, if the bits of a NaN in it are not determined.
fn floats(operator: &Operator<'_>) -> Option<Float> {
    use Operator as O;
    Some(match operator {
        O::F32Add
        | O::F32Sub
        | O::F32Mul
        | O::F32Div
        | O::F32Min
        | O::F32Max
        | O::F32Sqrt
        | O::F32Ceil
        | O::F32Floor
        | O::F32Trunc
        | O::F32Nearest
        | O::F32DemoteF64 => Float::F32,
        O::F64Add
        | O::F64Sub
        | O::F64Mul
        | O::F64Div
        | O::F64Min
        | O::F64Max
        | O::F64Sqrt
        | O::F64Ceil
        | O::F64Floor
        | O::F64Trunc
        | O::F64Nearest
        | O::F64PromoteF32 => Float::F64,
        O::F32x4Add
        | O::F32x4Sub
        | O::F32x4Mul
        | O::F32x4Div
        | O::F32x4Min
        | O::F32x4Max
        | O::F32x4Sqrt
        | O::F32x4Ceil
        | O::F32x4Floor
        | O::F32x4Trunc
        | O::F32x4Nearest
        | O::F32x4DemoteF64x2Zero
        | O::F32x4RelaxedMin
        | O::F32x4RelaxedMax
        | O::F32x4RelaxedMadd
        | O::F32x4RelaxedNmadd => Float::F32x4,
        O::F64x2Add
        | O::F64x2Sub
        | O::F64x2Mul
        | O::F64x2Div
        | O::F64x2Min
        | O::F64x2Max
        | O::F64x2Sqrt
        | O::F64x2Ceil
        | O::F64x2Floor
        | O::F64x2Trunc
        | O::F64x2Nearest
        | O::F64x2PromoteLowF32x4
        | O::F64x2RelaxedMin
        | O::F64x2RelaxedMax
        | O::F64x2RelaxedMadd
        | O::F64x2RelaxedNmadd => Float::F64x2,
        _ => return None,
    })
}

/// The number that is given, or the one NaN.
fn canonical(float: Float) -> Function {
    use Instruction as I;
    const NAN: (u32, u64) = (0x7fc0_0000, 0x7ff8_0000_0000_0000);
    let get = || I::LocalGet(0);
    let lanes = u128::from(NAN.0) * 0x1_0000_0001_0000_0001_0000_0001;
    let pairs = u128::from(NAN.1) << 64 | u128::from(NAN.1);
    match float {
        Float::F32 => function(&[
            get(),
            I::F32Const(Ieee32::new(NAN.0)),
            get(),
            get(),
            I::F32Eq,
            I::Select,
        ]),
        Float::F64 => function(&[
            get(),
            I::F64Const(Ieee64::new(NAN.1)),
            get(),
            get(),
            I::F64Eq,
            I::Select,
        ]),
        Float::F32x4 => function(&[
            get(),
            I::V128Const(lanes as i128),
            get(),
            get(),
            I::F32x4Eq,
            I::V128Bitselect,
        ]),
        Float::F64x2 => function(&[
            get(),
            I::V128Const(pairs as i128),
            get(),
            get(),
            I::F64x2Eq,
            I::V128Bitselect,
        ]),
    }
}

fn relaxed(operator: &Operator<'_>) -> Option<Relaxed> {
    Some(match operator {
        Operator::F32x4RelaxedMadd => Relaxed::F32x4Madd,
        Operator::F32x4RelaxedNmadd => Relaxed::F32x4Nmadd,
        Operator::F64x2RelaxedMadd => Relaxed::F64x2Madd,
        Operator::F64x2RelaxedNmadd => Relaxed::F64x2Nmadd,
        Operator::I16x8RelaxedDotI8x16I7x16S => Relaxed::Dot,
        Operator::I32x4RelaxedDotI8x16I7x16AddS => Relaxed::DotAdd,
        _ => return None,
    })
}

impl Relaxed {
    /// One of the ways that the specification allows, which is the library's.
    fn body(self) -> Function {
        use Instruction as I;
        let get = I::LocalGet;
        // Of the products in two vectors, the even and the odd ones.
        let lanes = |odd: u8| -> [u8; 16] {
            std::array::from_fn(|i| (i as u8 / 2) * 4 + odd * 2 + (i as u8 & 1))
        };
        let dot = || {
            [
                get(0),
                get(1),
                I::I16x8ExtMulLowI8x16S,
                get(0),
                get(1),
                I::I16x8ExtMulHighI8x16S,
                I::I8x16Shuffle(lanes(0)),
                get(0),
                get(1),
                I::I16x8ExtMulLowI8x16S,
                get(0),
                get(1),
                I::I16x8ExtMulHighI8x16S,
                I::I8x16Shuffle(lanes(1)),
                I::I16x8Add,
            ]
        };
        match self {
            Self::F32x4Madd => function(&[get(0), get(1), I::F32x4Mul, get(2), I::F32x4Add]),
            Self::F32x4Nmadd => function(&[
                get(0),
                I::F32x4Neg,
                get(1),
                I::F32x4Mul,
                get(2),
                I::F32x4Add,
            ]),
            Self::F64x2Madd => function(&[get(0), get(1), I::F64x2Mul, get(2), I::F64x2Add]),
            Self::F64x2Nmadd => function(&[
                get(0),
                I::F64x2Neg,
                get(1),
                I::F64x2Mul,
                get(2),
                I::F64x2Add,
            ]),
            Self::Dot => function(&dot()),
            Self::DotAdd => {
                let rest = [I::I32x4ExtAddPairwiseI16x8S, get(2), I::I32x4Add];
                let all: Vec<_> = dot().into_iter().chain(rest).collect();
                function(&all)
            }
        }
    }
}

const fn is_wait(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. }
    )
}

fn atomic(operator: &Operator<'_>) -> Option<Atomic> {
    use Access as A;
    use Operator as O;
    let (access, wide, bytes, memarg) = match operator {
        O::MemoryAtomicNotify { memarg } => (A::Notify, false, 4, memarg),
        O::MemoryAtomicWait32 { memarg } => (A::Wait, false, 4, memarg),
        O::MemoryAtomicWait64 { memarg } => (A::Wait, true, 8, memarg),
        O::I32AtomicLoad { memarg } => (A::Load, false, 4, memarg),
        O::I32AtomicLoad8U { memarg } => (A::Load, false, 1, memarg),
        O::I32AtomicLoad16U { memarg } => (A::Load, false, 2, memarg),
        O::I64AtomicLoad { memarg } => (A::Load, true, 8, memarg),
        O::I64AtomicLoad8U { memarg } => (A::Load, true, 1, memarg),
        O::I64AtomicLoad16U { memarg } => (A::Load, true, 2, memarg),
        O::I64AtomicLoad32U { memarg } => (A::Load, true, 4, memarg),
        O::I32AtomicStore { memarg } => (A::Store, false, 4, memarg),
        O::I32AtomicStore8 { memarg } => (A::Store, false, 1, memarg),
        O::I32AtomicStore16 { memarg } => (A::Store, false, 2, memarg),
        O::I64AtomicStore { memarg } => (A::Store, true, 8, memarg),
        O::I64AtomicStore8 { memarg } => (A::Store, true, 1, memarg),
        O::I64AtomicStore16 { memarg } => (A::Store, true, 2, memarg),
        O::I64AtomicStore32 { memarg } => (A::Store, true, 4, memarg),
        O::I32AtomicRmwAdd { memarg } => (A::Add, false, 4, memarg),
        O::I32AtomicRmw8AddU { memarg } => (A::Add, false, 1, memarg),
        O::I32AtomicRmw16AddU { memarg } => (A::Add, false, 2, memarg),
        O::I64AtomicRmwAdd { memarg } => (A::Add, true, 8, memarg),
        O::I64AtomicRmw8AddU { memarg } => (A::Add, true, 1, memarg),
        O::I64AtomicRmw16AddU { memarg } => (A::Add, true, 2, memarg),
        O::I64AtomicRmw32AddU { memarg } => (A::Add, true, 4, memarg),
        O::I32AtomicRmwSub { memarg } => (A::Sub, false, 4, memarg),
        O::I32AtomicRmw8SubU { memarg } => (A::Sub, false, 1, memarg),
        O::I32AtomicRmw16SubU { memarg } => (A::Sub, false, 2, memarg),
        O::I64AtomicRmwSub { memarg } => (A::Sub, true, 8, memarg),
        O::I64AtomicRmw8SubU { memarg } => (A::Sub, true, 1, memarg),
        O::I64AtomicRmw16SubU { memarg } => (A::Sub, true, 2, memarg),
        O::I64AtomicRmw32SubU { memarg } => (A::Sub, true, 4, memarg),
        O::I32AtomicRmwAnd { memarg } => (A::And, false, 4, memarg),
        O::I32AtomicRmw8AndU { memarg } => (A::And, false, 1, memarg),
        O::I32AtomicRmw16AndU { memarg } => (A::And, false, 2, memarg),
        O::I64AtomicRmwAnd { memarg } => (A::And, true, 8, memarg),
        O::I64AtomicRmw8AndU { memarg } => (A::And, true, 1, memarg),
        O::I64AtomicRmw16AndU { memarg } => (A::And, true, 2, memarg),
        O::I64AtomicRmw32AndU { memarg } => (A::And, true, 4, memarg),
        O::I32AtomicRmwOr { memarg } => (A::Or, false, 4, memarg),
        O::I32AtomicRmw8OrU { memarg } => (A::Or, false, 1, memarg),
        O::I32AtomicRmw16OrU { memarg } => (A::Or, false, 2, memarg),
        O::I64AtomicRmwOr { memarg } => (A::Or, true, 8, memarg),
        O::I64AtomicRmw8OrU { memarg } => (A::Or, true, 1, memarg),
        O::I64AtomicRmw16OrU { memarg } => (A::Or, true, 2, memarg),
        O::I64AtomicRmw32OrU { memarg } => (A::Or, true, 4, memarg),
        O::I32AtomicRmwXor { memarg } => (A::Xor, false, 4, memarg),
        O::I32AtomicRmw8XorU { memarg } => (A::Xor, false, 1, memarg),
        O::I32AtomicRmw16XorU { memarg } => (A::Xor, false, 2, memarg),
        O::I64AtomicRmwXor { memarg } => (A::Xor, true, 8, memarg),
        O::I64AtomicRmw8XorU { memarg } => (A::Xor, true, 1, memarg),
        O::I64AtomicRmw16XorU { memarg } => (A::Xor, true, 2, memarg),
        O::I64AtomicRmw32XorU { memarg } => (A::Xor, true, 4, memarg),
        O::I32AtomicRmwXchg { memarg } => (A::Xchg, false, 4, memarg),
        O::I32AtomicRmw8XchgU { memarg } => (A::Xchg, false, 1, memarg),
        O::I32AtomicRmw16XchgU { memarg } => (A::Xchg, false, 2, memarg),
        O::I64AtomicRmwXchg { memarg } => (A::Xchg, true, 8, memarg),
        O::I64AtomicRmw8XchgU { memarg } => (A::Xchg, true, 1, memarg),
        O::I64AtomicRmw16XchgU { memarg } => (A::Xchg, true, 2, memarg),
        O::I64AtomicRmw32XchgU { memarg } => (A::Xchg, true, 4, memarg),
        O::I32AtomicRmwCmpxchg { memarg } => (A::Cmpxchg, false, 4, memarg),
        O::I32AtomicRmw8CmpxchgU { memarg } => (A::Cmpxchg, false, 1, memarg),
        O::I32AtomicRmw16CmpxchgU { memarg } => (A::Cmpxchg, false, 2, memarg),
        O::I64AtomicRmwCmpxchg { memarg } => (A::Cmpxchg, true, 8, memarg),
        O::I64AtomicRmw8CmpxchgU { memarg } => (A::Cmpxchg, true, 1, memarg),
        O::I64AtomicRmw16CmpxchgU { memarg } => (A::Cmpxchg, true, 2, memarg),
        O::I64AtomicRmw32CmpxchgU { memarg } => (A::Cmpxchg, true, 4, memarg),
        _ => return None,
    };
    Some(Atomic {
        access,
        wide,
        bytes,
        memory: memarg.memory,
        offset: memarg.offset,
    })
}

impl Tame {
    fn types(self) -> Vec<ValType> {
        let address = if self.is_64 {
            ValType::I64
        } else {
            ValType::I32
        };
        let values = self.values.iter().map(|&kind| kind.into());
        std::iter::once(address).chain(values).collect()
    }

    fn body(self) -> Function {
        use Instruction as I;
        let mut body = vec![I::LocalGet(0)];
        if self.is_64 {
            body.extend([I::I64Const(ADDRESSES), I::I64And]);
        } else {
            body.extend([I::I32Const(ADDRESSES as i32), I::I32And]);
        }
        body.extend((1..=self.values.len() as u32).map(I::LocalGet));
        function(&body)
    }
}

impl Memory {
    const fn address(self) -> ValType {
        if self.is_64 {
            ValType::I64
        } else {
            ValType::I32
        }
    }
}

impl Atomic {
    const fn value(self) -> ValType {
        if self.wide {
            ValType::I64
        } else {
            ValType::I32
        }
    }

    const fn place(self) -> MemArg {
        MemArg {
            offset: self.offset,
            align: 0,
            memory_index: self.memory,
        }
    }

    const fn load(self) -> Instruction<'static> {
        use Instruction as I;
        let place = self.place();
        match (self.wide, self.bytes) {
            (false, 1) => I::I32Load8U(place),
            (false, 2) => I::I32Load16U(place),
            (false, _) => I::I32Load(place),
            (true, 1) => I::I64Load8U(place),
            (true, 2) => I::I64Load16U(place),
            (true, 4) => I::I64Load32U(place),
            (true, _) => I::I64Load(place),
        }
    }

    const fn store(self) -> Instruction<'static> {
        use Instruction as I;
        let place = self.place();
        match (self.wide, self.bytes) {
            (false, 1) => I::I32Store8(place),
            (false, 2) => I::I32Store16(place),
            (false, _) => I::I32Store(place),
            (true, 1) => I::I64Store8(place),
            (true, 2) => I::I64Store16(place),
            (true, 4) => I::I64Store32(place),
            (true, _) => I::I64Store(place),
        }
    }

    /// The parameters are the address and the values, and the last local is what was there.
    fn body(self, memory: Memory) -> Function {
        use Instruction as I;
        let params = match self.access {
            Access::Load => 1,
            Access::Cmpxchg | Access::Wait => 3,
            _ => 2,
        };
        let old = params;
        let mut function = Function::new([(1, self.value())]);
        let mut put = |instructions: &[I<'_>]| {
            for instruction in instructions {
                function.instruction(instruction);
            }
        };
        // From 0.17 on the library gets `memory.atomic.notify` wrong: it wants room for eight bytes, and
        // in 64-bit memories an address that is a multiple of eight.
        let is_odd = self.access == Access::Notify && version::headers().minor >= 17;
        let aligned = if is_odd && memory.is_64 {
            8
        } else {
            self.bytes
        };
        let low = i64::from(aligned) - 1;
        put(&[I::LocalGet(0)]);
        if memory.is_64 {
            put(&[
                I::I64Const(self.offset as i64),
                I::I64Add,
                I::I64Const(low),
                I::I64And,
                I::I64Eqz,
                I::I32Eqz,
            ]);
        } else {
            put(&[
                I::I32Const(self.offset as i32),
                I::I32Add,
                I::I32Const(low as i32),
                I::I32And,
            ]);
        }
        put(&[I::If(BlockType::Empty)]);
        // What is beyond the end of the addresses is out of bounds before it is unaligned, below 0.17
        // for 32 bits as well. Either is right.
        let beyond = if memory.is_64 {
            Some([I::LocalGet(0), I::I64Const(!self.offset as i64), I::I64GtU])
        } else if version::headers().minor < 17 {
            let last = !(self.offset as u32) as i32;
            Some([I::LocalGet(0), I::I32Const(last), I::I32GtU])
        } else {
            None
        };
        if let Some(beyond) = beyond {
            put(&beyond);
            put(&[
                I::If(BlockType::Empty),
                I::LocalGet(0),
                self.load(),
                I::Drop,
                I::End,
            ]);
        }
        put(&[
            I::F32Const(Ieee32::new(0x7fc0_0000)),
            I::I32TruncF32S,
            I::Drop,
            I::End,
        ]);
        if self.access == Access::Wait && !memory.is_shared {
            put(&[I::I32Const(i32::MIN), I::I32Const(-1), I::I32DivS, I::Drop]);
        }
        if self.access == Access::Store {
            put(&[I::LocalGet(0), I::LocalGet(1), self.store(), I::End]);
            return function;
        }
        if is_odd {
            put(&[
                I::LocalGet(0),
                I::I64Load(self.place()),
                I::Drop,
                I::I32Const(0),
                I::End,
            ]);
            return function;
        }
        put(&[I::LocalGet(0), self.load(), I::LocalSet(old)]);
        let (wide, old) = (self.wide, I::LocalGet(old));
        let choose = |narrow, broad| if wide { broad } else { narrow };
        let combine = match self.access {
            Access::Load | Access::Store => {
                put(&[old, I::End]);
                return function;
            }
            Access::Notify => {
                put(&[I::I32Const(0), I::End]);
                return function;
            }
            Access::Wait => {
                put(&[
                    I::I32Const(2),
                    I::I32Const(1),
                    old,
                    I::LocalGet(1),
                    choose(I::I32Eq, I::I64Eq),
                    I::Select,
                    I::End,
                ]);
                return function;
            }
            Access::Cmpxchg => {
                put(&[
                    old.clone(),
                    I::LocalGet(1),
                    choose(I::I32Eq, I::I64Eq),
                    I::If(BlockType::Empty),
                    I::LocalGet(0),
                    I::LocalGet(2),
                    self.store(),
                    I::End,
                    old,
                    I::End,
                ]);
                return function;
            }
            Access::Xchg => None,
            Access::Add => Some(choose(I::I32Add, I::I64Add)),
            Access::Sub => Some(choose(I::I32Sub, I::I64Sub)),
            Access::And => Some(choose(I::I32And, I::I64And)),
            Access::Or => Some(choose(I::I32Or, I::I64Or)),
            Access::Xor => Some(choose(I::I32Xor, I::I64Xor)),
        };
        put(&[I::LocalGet(0)]);
        match combine {
            Some(combine) => put(&[old.clone(), I::LocalGet(1), combine]),
            None => put(&[I::LocalGet(1)]),
        }
        put(&[self.store(), old, I::End]);
        function
    }
}
