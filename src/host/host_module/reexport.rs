//! One instance for what C keeps in several.
//!
//! In C a memory belongs to one module instance, and a store has one instance for each name. So
//! memories that stores share cannot be put into the instance of a host module, which each store
//! has its own of. A module of nothing but imports and exports joins them: it imports the host
//! module's own items and the shared memories, and exports them under the names they are to have.
//! What is imported from it are the very same C objects, so calls and accesses cost nothing more.
//!
//! It is linked in a C store of its own, so that the instances behind it have no name in the
//! program's.

use std::collections::HashSet;
use std::ptr;

use wasm_encoder::{
    EntityType, ExportKind, ExportSection, ImportSection, TypeSection, ValType as WasmType,
};

use crate::config::Config;
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::module::Module;
use crate::runtime::instance::Instance;
use crate::runtime::memory::SharedMemory;
use crate::runtime::store::{StoreCore, new_linker};
use crate::vocabulary::{
    Error, ExternType, Mutability, Proposal, Quoted, RefType, Result, ValType,
};
use crate::{compat, sys};

/// Makes the instance of a host module that has shared memories.
///
/// `host` has the items of the host module that are not shared memories; `host_name` is its name.
pub(super) fn instance(
    core: &StoreCore,
    name: &str,
    (host_name, host): (&str, Instance),
    items: &[&str],
    memories: &[(&str, &SharedMemory)],
) -> Result<Owned<sys::WasmEdge_ModuleInstanceContext>> {
    let linker = new_linker()?;
    let mut reexport = Reexport::default();
    core.link_in(&linker, host.handle().get(core).as_ptr())?;
    for item in items {
        let ty = host.export_type(core, item);
        let ty =
            ty.unwrap_or_else(|| Err(Error::invalid(format!("no item {}", Quoted::name(item)))))?;
        reexport.add(host_name, item, item, &ty)?;
    }
    let mut linked = HashSet::new();
    for (item, memory) in memories {
        if linked.insert(memory.module()) {
            core.link_in(&linker, memory.module())?;
        }
        let ty = ExternType::Memory(memory.ty());
        reexport.add(memory.module_name(), SharedMemory::ITEM, item, &ty)?;
    }
    let mut config = Config::new()?;
    config.proposal(Proposal::Threads, true)?;
    config.proposal(Proposal::MultiMemories, true)?;
    let module = Module::new(&config, reexport.finish())?;

    let mut raw = ptr::null_mut();
    let name = StoreCore::c_name(name)?;
    let _inside = door::open(Purpose::Library, "linking")?;
    // SAFETY: all are alive, the name is copied, and no code runs: the module has none.
    let result = unsafe {
        sys::WasmEdge_ExecutorRegister(
            core.executor.as_ptr(),
            &raw mut raw,
            linker.as_mut_ptr(),
            module.as_ptr(),
            name,
        )
    };
    let code = compat::Code::new(result);
    if code.is_success() {
        // SAFETY: C gave us the instance. It leaves `linker` when that goes, at the end of here.
        unsafe { Owned::new(raw) }
    } else {
        Err(code.instantiation_error())
    }
}

/// The name of the instance behind that of a host module, in the C store of [`instance`] alone.
pub(super) fn host_name(name: &str) -> String {
    // Not the name itself, which the joint takes in the same C store.
    format!("host module {name}")
}

/// A module of imports that are exported again.
#[derive(Default)]
struct Reexport {
    types: TypeSection,
    imports: ImportSection,
    exports: ExportSection,
    /// How many there are of functions, tables, memories and globals.
    counts: [u32; 4],
}

impl Reexport {
    /// Imports an item, and exports it under a name of its own.
    fn add(&mut self, module: &str, item: &str, name: &str, ty: &ExternType) -> Result<()> {
        let (kind, count, entity) = match ty {
            ExternType::Func(ty) => {
                let list =
                    |types: &[ValType]| types.iter().map(|&ty| encode(ty)).collect::<Vec<_>>();
                let index = self.types.len();
                self.types
                    .ty()
                    .function(list(ty.params()), list(ty.results()));
                (ExportKind::Func, 0, EntityType::Function(index))
            }
            ExternType::Table(ty) => {
                let ty = wasm_encoder::TableType {
                    element_type: match ty.element() {
                        RefType::FuncRef => wasm_encoder::RefType::FUNCREF,
                        RefType::ExternRef => wasm_encoder::RefType::EXTERNREF,
                    },
                    table64: ty.is_64(),
                    minimum: ty.limits().min(),
                    maximum: ty.limits().max(),
                    shared: false,
                };
                (ExportKind::Table, 1, EntityType::Table(ty))
            }
            ExternType::Memory(ty) => {
                let ty = wasm_encoder::MemoryType {
                    minimum: ty.limits().min(),
                    maximum: ty.limits().max(),
                    memory64: ty.is_64(),
                    shared: ty.is_shared(),
                    page_size_log2: None,
                };
                (ExportKind::Memory, 2, EntityType::Memory(ty))
            }
            ExternType::Global(ty) => {
                let ty = wasm_encoder::GlobalType {
                    val_type: encode(ty.content()),
                    mutable: ty.mutability() == Mutability::Var,
                    shared: false,
                };
                (ExportKind::Global, 3, EntityType::Global(ty))
            }
            ExternType::Tag(_) => return Err(Error::invalid("host modules have no tags")),
        };
        self.imports.import(module, item, entity);
        self.exports.export(name, kind, self.counts[count]);
        self.counts[count] += 1;
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        module.section(&self.types);
        module.section(&self.imports);
        module.section(&self.exports);
        module.finish()
    }
}

const fn encode(ty: ValType) -> WasmType {
    match ty {
        ValType::I32 => WasmType::I32,
        ValType::I64 => WasmType::I64,
        ValType::F32 => WasmType::F32,
        ValType::F64 => WasmType::F64,
        ValType::V128 => WasmType::V128,
        ValType::FuncRef => WasmType::FUNCREF,
        ValType::ExternRef => WasmType::EXTERNREF,
    }
}
