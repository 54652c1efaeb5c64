//! The imports and exports of a module, read from its validated bytes.
//!
//! The library is not asked for them: its views of a module dereference type indices that nobody
//! looked at (D2), and before 0.14 it has no type for an export that is an import.

use wasmparser::types::{CoreTypeId, EntityType, TypesRef};

use crate::compat;
use crate::vocabulary::{
    Error, ExportType, ExternType, FuncType, GlobalType, ImportType, Limits, MemoryType,
    Mutability, RefType, Result, TableType, ValType,
};

/// An import, owned.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) module: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) ty: ExternType,
}

impl Import {
    pub(crate) fn view(&self) -> ImportType<'_> {
        ImportType {
            module: &self.module,
            name: &self.name,
            ty: &self.ty,
        }
    }
}

/// The imports and exports of a module, and the memories it makes.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(super) imports: Box<[Import]>,
    pub(super) exports: Box<[(Box<str>, ExternType)]>,
    /// The types of the memories that the module defines itself.
    pub(super) memories: Box<[MemoryType]>,
}

impl Interface {
    /// Looks up the types of what a module declares.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for types that this crate cannot
    /// pass, which take proposals that safe code cannot enable.
    pub(super) fn read(
        types: TypesRef<'_>,
        imports: &[wasmparser::Import<'_>],
        exports: &[wasmparser::Export<'_>],
    ) -> Result<Self> {
        let imports: Box<[Import]> = imports
            .iter()
            .map(|import| {
                Ok(Import {
                    module: import.module.into(),
                    name: import.name.into(),
                    ty: extern_type(types, types.entity_type_from_import(import))?,
                })
            })
            .collect::<Result<_>>()?;
        let exports = exports
            .iter()
            .map(|export| {
                let ty = extern_type(types, types.entity_type_from_export(export))?;
                Ok((export.name.into(), ty))
            })
            .collect::<Result<_>>()?;
        let imported = imports
            .iter()
            .filter(|import| import.ty.memory().is_some())
            .count();
        let memories = (0..types.memory_count())
            .skip(imported)
            .map(|index| memory_type(types.memory_at(index)))
            .collect::<Result<_>>()?;
        Ok(Self {
            imports,
            exports,
            memories,
        })
    }

    pub(super) fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        self.imports.iter().map(Import::view)
    }

    pub(super) fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        let exports = self.exports.iter();
        exports.map(|(name, ty)| ExportType { name, ty })
    }
}

fn extern_type(types: TypesRef<'_>, ty: Option<EntityType>) -> Result<ExternType> {
    Ok(match ty.ok_or_else(compat::unknown_val_type)? {
        EntityType::Func(id) | EntityType::FuncExact(id) => ExternType::Func(func_type(types, id)?),
        EntityType::Tag(id) => ExternType::Tag(func_type(types, id)?),
        EntityType::Memory(ty) => ExternType::Memory(memory_type(ty)?),
        EntityType::Table(ty) => ExternType::Table(table_type(ty)?),
        EntityType::Global(ty) => ExternType::Global(global_type(ty)?),
    })
}

fn func_type(types: TypesRef<'_>, id: CoreTypeId) -> Result<FuncType> {
    use wasmparser::CompositeInnerType::Func;

    let Func(ty) = &types[id].composite_type.inner else {
        return Err(compat::unknown_val_type());
    };
    let known = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>> {
        types.iter().map(|&ty| val_type(ty)).collect()
    };
    Ok(FuncType::new(known(ty.params())?, known(ty.results())?))
}

fn memory_type(ty: wasmparser::MemoryType) -> Result<MemoryType> {
    MemoryType::checked(Limits::new(ty.initial, ty.maximum)?, ty.shared, ty.memory64)
}

fn table_type(ty: wasmparser::TableType) -> Result<TableType> {
    if ty.shared {
        return Err(Error::unsupported(
            "a shared table",
            "no version of the library has them",
        ));
    }
    let element = ref_type(ty.element_type)?;
    TableType::checked(element, Limits::new(ty.initial, ty.maximum)?, ty.table64)
}

fn global_type(ty: wasmparser::GlobalType) -> Result<GlobalType> {
    let mutability = if ty.mutable {
        Mutability::Var
    } else {
        Mutability::Const
    };
    Ok(GlobalType::new(val_type(ty.content_type)?, mutability))
}

fn val_type(ty: wasmparser::ValType) -> Result<ValType> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        wasmparser::ValType::Ref(ty) => ref_type(ty)?.into(),
    })
}

fn ref_type(ty: wasmparser::RefType) -> Result<RefType> {
    match ty {
        wasmparser::RefType::FUNCREF => Ok(RefType::FuncRef),
        wasmparser::RefType::EXTERNREF => Ok(RefType::ExternRef),
        _ => Err(compat::unknown_val_type()),
    }
}
