//! What Rust looks at before the library builds anything from a module.
//!
//! The library has no limit of its own for the sizes that a module declares: a memory beyond the
//! configured maximum, or one that cannot be allocated, leaves a null pointer behind that guest
//! code then writes through, and a huge table aborts the process (S3, S15). Nor does it tell the
//! type of an export that is an import passed on (below 0.14). Both need only the headers of the
//! module, which a well-kept parser reads here.

use wasmparser::{ExternalKind, MemoryType, Parser, Payload, TableType, TypeRef};

use crate::config::Config;
use crate::table::Table;

/// The sizes that a module may declare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    memory_pages: u64,
}

impl Limit {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            memory_pages: config.get_max_memory_pages(),
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
}

impl Outline {
    /// Reads the headers of a module that the library has parsed.
    pub(super) fn read(wasm: &[u8], limit: Limit) -> Result<Self, String> {
        Reader::default()
            .read(wasm, limit)
            .map_err(|problem| match problem {
                Problem::Unreadable(error) => {
                    format!("its headers cannot be read: {}", error.message())
                }
                Problem::TooLarge(text) => text,
            })
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

enum Problem {
    Unreadable(wasmparser::BinaryReaderError),
    TooLarge(String),
}

impl From<wasmparser::BinaryReaderError> for Problem {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Unreadable(error)
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
}

impl Reader {
    fn read(mut self, wasm: &[u8], limit: Limit) -> Result<Outline, Problem> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        self.import(import?.ty, limit)?;
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        check_table(table?.ty)?;
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory?;
                        check_memory(memory, limit)?;
                        self.memories.push(memory.initial);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let passed_on = self.passed_on(export.kind, export.index);
                        self.reexports.push(passed_on);
                    }
                }
                _ => {}
            }
        }
        Ok(Outline {
            reexports: self.reexports.into(),
            memories: self.memories.into(),
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
        return Err(Problem::TooLarge(format!(
            "it declares a memory of {} pages; the configuration allows {}",
            ty.initial, limit.memory_pages
        )));
    }
    Ok(())
}

fn check_table(ty: TableType) -> Result<(), Problem> {
    if ty.initial > Table::MAX_ELEMENTS {
        return Err(Problem::TooLarge(format!(
            "it declares a table of {} elements; {} is the most",
            ty.initial,
            Table::MAX_ELEMENTS
        )));
    }
    Ok(())
}
