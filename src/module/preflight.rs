//! What Rust looks at before the library builds anything from a module.
//!
//! The library has no limit of its own for the sizes that a module declares: a memory beyond the
//! configured maximum, or one that cannot be allocated, leaves a null pointer behind that guest
//! code then writes through; a huge table aborts the process, as a function with many locals does (S3,
//! S15). Nor does it tell the type of an export that is an import passed on (below 0.14). All of it
//! needs only the headers of the module and of its functions, which a well-kept parser reads here.

use core::fmt;

use wasmparser::{
    BinaryReaderError, ExternalKind, FunctionBody, MemoryType, Parser, Payload, TableType, TypeRef,
};

use super::growth;
use super::rewrite::too_many_elements;
use crate::config::{Config, Proposal};
use crate::table::Table;

/// The most locals that a function may declare, which takes five bytes for any number. It is the
/// limit of web browsers; the library, which has none, takes memory for all of them when it validates
/// the function, and for each call of it.
const MAX_LOCALS: u64 = 50_000;

/// What a module may declare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    memory_pages: u64,
    /// Of all tables together.
    table_elements: Option<u64>,
    shared_memory: bool,
}

impl Limit {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            memory_pages: config.get_max_memory_pages(),
            table_elements: config.get_max_table_elements(),
            shared_memory: config.has_proposal(Proposal::Threads),
        }
    }
}

/// What the headers of a module say.
#[derive(Debug)]
pub(super) struct Outline {
    /// For each export, in order: which import it passes on, as an index among all imports.
    pub(super) reexports: Box<[Option<usize>]>,
    /// The size in pages of each memory that the module defines itself.
    pub(super) memories: Box<[u64]>,
    /// The size in pages that each of these may grow to, as the module says.
    pub(super) memory_maxima: Box<[Option<u64>]>,
    /// Whether its code may have a `memory.grow` that the library cannot take.
    pub(super) may_grow: bool,
}

impl Outline {
    /// Reads the headers of a module. It need not be one: then it is unreadable.
    pub(super) fn read(wasm: &[u8], limit: Limit) -> Result<Self, Problem> {
        Reader::default().read(wasm, limit)
    }
}

/// The custom section in which the library's compiler leaves native code.
const COMPILED_SECTION: &str = "wasmedge";

/// Whether a module carries native code of the library's compiler.
pub(crate) fn has_compiled_code(wasm: &[u8]) -> bool {
    let mut payloads = Parser::new(0).parse_all(wasm);
    payloads.any(|payload| {
        matches!(payload, Ok(Payload::CustomSection(section)) if section.name() == COMPILED_SECTION)
    })
}

/// Why there is no outline.
pub(super) enum Problem {
    Unreadable(BinaryReaderError),
    Refused(String),
}

impl From<BinaryReaderError> for Problem {
    fn from(error: BinaryReaderError) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "its headers cannot be read: {}", error.message()),
            Self::Refused(text) => f.write_str(text),
        }
    }
}

/// The kinds that have an index space of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    Func,
    Table,
    Memory,
    Global,
    Tag,
}

#[derive(Default)]
struct Reader {
    /// The space of each import, in order.
    imports: Vec<Space>,
    reexports: Vec<Option<usize>>,
    memories: Vec<u64>,
    memory_maxima: Vec<Option<u64>>,
    may_grow: bool,
}

impl Reader {
    fn read(mut self, wasm: &[u8], limit: Limit) -> Result<Outline, Problem> {
        let (mut elements, mut functions) = (0_u64, 0_u64);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        self.import(import?.ty, limit)?;
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let ty = table?.ty;
                        check_table(ty)?;
                        elements = elements.saturating_add(ty.initial);
                    }
                    if let Some(bound) = limit.table_elements.filter(|&bound| elements > bound) {
                        return Err(Problem::Refused(too_many_elements(elements, bound)));
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory?;
                        check_memory(memory, limit)?;
                        self.memories.push(memory.initial);
                        self.memory_maxima.push(memory.maximum);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let passed_on = self.passed_on(export.kind, export.index);
                        self.reexports.push(passed_on);
                    }
                }
                Payload::CodeSectionStart { range, .. } => {
                    // Of a section that is cut short the functions are read before that shows.
                    let code = wasm.get(range).unwrap_or(&[]);
                    self.may_grow = growth::is_likely_in(code, self.memory_count());
                }
                Payload::CodeSectionEntry(body) => {
                    check_locals(functions, &body)?;
                    functions += 1;
                }
                _ => {}
            }
        }
        Ok(Outline {
            reexports: self.reexports.into(),
            memories: self.memories.into(),
            memory_maxima: self.memory_maxima.into(),
            may_grow: self.may_grow,
        })
    }

    fn import(&mut self, ty: TypeRef, limit: Limit) -> Result<(), Problem> {
        self.imports.push(match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => Space::Func,
            TypeRef::Table(ty) => {
                check_table(ty)?;
                Space::Table
            }
            TypeRef::Memory(ty) => {
                check_memory(ty, limit)?;
                Space::Memory
            }
            TypeRef::Global(_) => Space::Global,
            TypeRef::Tag(_) => Space::Tag,
        });
        Ok(())
    }

    /// How many memories there are, imports included.
    fn memory_count(&self) -> usize {
        let imported = self.imports.iter().filter(|&&space| space == Space::Memory);
        imported.count() + self.memories.len()
    }

    /// Imports come first in each index space.
    fn passed_on(&self, kind: ExternalKind, index: u32) -> Option<usize> {
        let space = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => Space::Func,
            ExternalKind::Table => Space::Table,
            ExternalKind::Memory => Space::Memory,
            ExternalKind::Global => Space::Global,
            ExternalKind::Tag => Space::Tag,
        };
        let mut of_space = (0..self.imports.len()).filter(|&import| self.imports[import] == space);
        of_space.nth(index as usize)
    }
}

fn check_memory(ty: MemoryType, limit: Limit) -> Result<(), Problem> {
    if ty.initial > limit.memory_pages {
        return Err(Problem::Refused(format!(
            "it declares a memory of {} pages; the configuration allows {}, see \
             `Config::max_memory_pages`",
            ty.initial, limit.memory_pages
        )));
    }
    // Below 0.14 the library takes one whatever its configuration says.
    if ty.shared && !limit.shared_memory {
        return Err(Problem::Refused(
            "it declares a shared memory, and proposal Threads is off, see `Config::proposal`"
                .to_owned(),
        ));
    }
    Ok(())
}

fn check_table(ty: TableType) -> Result<(), Problem> {
    if ty.initial > Table::MAX_ELEMENTS {
        return Err(Problem::Refused(format!(
            "it declares a table of {} elements; {} is the most",
            ty.initial,
            Table::MAX_ELEMENTS
        )));
    }
    // Below 0.14 the library reads the limits of a table as those of a memory.
    if ty.shared {
        return Err(Problem::Refused(
            "it declares a shared table, of a proposal that the library does not know".to_owned(),
        ));
    }
    Ok(())
}

fn check_locals(function: u64, body: &FunctionBody<'_>) -> Result<(), Problem> {
    let locals = count_locals(body)?;
    if locals > MAX_LOCALS {
        return Err(Problem::Refused(format!(
            "function {function} of its code declares {locals} locals; {MAX_LOCALS} is the most"
        )));
    }
    Ok(())
}

/// How many locals a function declares, less its parameters.
pub(super) fn count_locals(body: &FunctionBody<'_>) -> Result<u64, BinaryReaderError> {
    let mut locals = 0_u64;
    for local in body.get_locals_reader()? {
        let (count, _) = local?;
        locals = locals.saturating_add(u64::from(count));
    }
    Ok(locals)
}
