//! What a module wants and gives, read out of the library once.

use core::ptr;

use super::preflight::Outline;
use crate::error::{Error, Result};
use crate::sys::{self, compat, owned::Owned, string};
use crate::types::{ExportType, ExternType, ImportType};

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
pub(super) struct Interface {
    pub(super) imports: Box<[Import]>,
    pub(super) exports: Box<[(Box<str>, ExternType)]>,
    /// Their sizes in pages.
    pub(super) memories: Box<[u64]>,
    /// The sizes in pages that these may grow to.
    pub(super) memory_maxima: Box<[Option<u64>]>,
}

impl Interface {
    /// Reads a module. One that is not valid may have type indices that mean nothing, for which the
    /// library answers null.
    pub(super) fn read(
        ast: &Owned<sys::WasmEdge_ASTModuleContext>,
        outline: &Outline,
    ) -> Result<Self> {
        let ast = ast.as_ptr().cast_const();
        let imports = list_imports(ast)
            .into_iter()
            .map(|import| {
                // SAFETY: `import` belongs to `ast`, which our caller keeps alive.
                unsafe { read_import(ast, import) }
            })
            .collect::<Result<Box<[Import]>>>()?;
        let exports = list_exports(ast)
            .into_iter()
            .enumerate()
            .map(|(index, export)| {
                let passed_on = outline.reexports.get(index).copied().flatten();
                let passed_on = passed_on.and_then(|import| imports.get(import));
                // SAFETY: `export` belongs to `ast`, which our caller keeps alive.
                unsafe { read_export(ast, export, passed_on) }
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            imports,
            exports,
            memories: outline.memories.clone(),
            memory_maxima: outline.memory_maxima.clone(),
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

fn list_imports(
    ast: *const sys::WasmEdge_ASTModuleContext,
) -> Vec<*const sys::WasmEdge_ImportTypeContext> {
    // SAFETY: the module is alive.
    let len = unsafe { sys::WasmEdge_ASTModuleListImportsLength(ast) };
    let mut list = vec![ptr::null(); len as usize];
    // SAFETY: as above, and `list` has room for `len` pointers.
    unsafe { sys::WasmEdge_ASTModuleListImports(ast, list.as_mut_ptr(), len) };
    list
}

fn list_exports(
    ast: *const sys::WasmEdge_ASTModuleContext,
) -> Vec<*const sys::WasmEdge_ExportTypeContext> {
    // SAFETY: the module is alive.
    let len = unsafe { sys::WasmEdge_ASTModuleListExportsLength(ast) };
    let mut list = vec![ptr::null(); len as usize];
    // SAFETY: as above, and `list` has room for `len` pointers.
    unsafe { sys::WasmEdge_ASTModuleListExports(ast, list.as_mut_ptr(), len) };
    list
}

/// # Safety
///
/// `import` belongs to `ast`, which is alive.
unsafe fn read_import(
    ast: *const sys::WasmEdge_ASTModuleContext,
    import: *const sys::WasmEdge_ImportTypeContext,
) -> Result<Import> {
    // SAFETY: promised by the caller; the names are views into the module.
    let (module, name) = unsafe {
        (
            string::to_owned(sys::WasmEdge_ImportTypeGetModuleName(import)),
            string::to_owned(sys::WasmEdge_ImportTypeGetExternalName(import)),
        )
    };
    // SAFETY: promised by the caller.
    let kind = unsafe { sys::WasmEdge_ImportTypeGetExternalType(import) };
    // SAFETY: each getter is called for its own kind and answers with a view into the module, or
    // with null where a type index has no function type.
    let ty = unsafe {
        match kind {
            sys::WasmEdge_ExternalType_Function => {
                let ty = sys::WasmEdge_ImportTypeGetFunctionType(ast, import);
                ExternType::Func(compat::func_type(not_null(ty, &name)?)?)
            }
            sys::WasmEdge_ExternalType_Table => {
                let ty = sys::WasmEdge_ImportTypeGetTableType(ast, import);
                ExternType::Table(compat::table_type(not_null(ty, &name)?)?)
            }
            sys::WasmEdge_ExternalType_Memory => {
                let ty = sys::WasmEdge_ImportTypeGetMemoryType(ast, import);
                ExternType::Memory(compat::memory_type(not_null(ty, &name)?))
            }
            sys::WasmEdge_ExternalType_Global => {
                let ty = sys::WasmEdge_ImportTypeGetGlobalType(ast, import);
                ExternType::Global(compat::global_type(not_null(ty, &name)?)?)
            }
            kind if compat::is_tag(kind) => ExternType::Tag(compat::import_tag_type(ast, import)?),
            _ => return Err(unknown(&name)),
        }
    };
    Ok(Import { module, name, ty })
}

/// # Safety
///
/// `export` belongs to `ast`, which is alive.
unsafe fn read_export(
    ast: *const sys::WasmEdge_ASTModuleContext,
    export: *const sys::WasmEdge_ExportTypeContext,
    passed_on: Option<&Import>,
) -> Result<(Box<str>, ExternType)> {
    // SAFETY: promised by the caller; the name is a view into the module.
    let name = unsafe { string::to_owned(sys::WasmEdge_ExportTypeGetExternalName(export)) };
    if let Some(import) = passed_on {
        // Below 0.14 the library has no type for it, and it is the import's in all versions.
        return Ok((name, import.ty.clone()));
    }
    // SAFETY: promised by the caller.
    let kind = unsafe { sys::WasmEdge_ExportTypeGetExternalType(export) };
    // SAFETY: as in `read_import`.
    let ty = unsafe {
        match kind {
            sys::WasmEdge_ExternalType_Function => {
                let ty = sys::WasmEdge_ExportTypeGetFunctionType(ast, export);
                ExternType::Func(compat::func_type(not_null(ty, &name)?)?)
            }
            sys::WasmEdge_ExternalType_Table => {
                let ty = sys::WasmEdge_ExportTypeGetTableType(ast, export);
                ExternType::Table(compat::table_type(not_null(ty, &name)?)?)
            }
            sys::WasmEdge_ExternalType_Memory => {
                let ty = sys::WasmEdge_ExportTypeGetMemoryType(ast, export);
                ExternType::Memory(compat::memory_type(not_null(ty, &name)?))
            }
            sys::WasmEdge_ExternalType_Global => {
                let ty = sys::WasmEdge_ExportTypeGetGlobalType(ast, export);
                ExternType::Global(compat::global_type(not_null(ty, &name)?)?)
            }
            kind if compat::is_tag(kind) => ExternType::Tag(compat::export_tag_type(ast, export)?),
            _ => return Err(unknown(&name)),
        }
    };
    Ok((name, ty))
}

fn not_null<T>(ty: *const T, name: &str) -> Result<*const T> {
    if ty.is_null() {
        Err(unknown(name))
    } else {
        Ok(ty)
    }
}

fn unknown(name: &str) -> Error {
    Error::unsupported(
        format!("the import or export `{name}`"),
        "the library gives no type for it",
    )
}
