//! What a module wants and what it gives.

use std::fmt;

use super::{FuncType, GlobalType, MemoryType, TableType};
use crate::vocabulary::Quoted;

/// The type of an import or an export.
///
/// C: `WasmEdge_ExternalType`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, ExternType, Module};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (func (export "run") (param i32))
///          (table (export "table") 1 funcref))"#,
/// )?;
/// let module = Module::new(&Config::new()?, &wasm)?;
/// for export in module.exports() {
///     match export.ty() {
///         ExternType::Func(ty) => assert_eq!(ty.params().len(), 1),
///         ExternType::Table(ty) => assert_eq!(ty.limits().min(), 1),
///         other => println!("{other}"),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_ExternalType")]
pub enum ExternType {
    /// A function.
    ///
    /// C: `WasmEdge_ExternalType_Function`. Go: `ExternType_Function`.
    #[doc(alias = "WasmEdge_ExternalType_Function")]
    #[doc(alias = "ExternType_Function")]
    Func(FuncType),
    /// A table.
    ///
    /// C: `WasmEdge_ExternalType_Table`. Go: `ExternType_Table`.
    #[doc(alias = "WasmEdge_ExternalType_Table")]
    #[doc(alias = "ExternType_Table")]
    Table(TableType),
    /// A memory.
    ///
    /// C: `WasmEdge_ExternalType_Memory`. Go: `ExternType_Memory`.
    #[doc(alias = "WasmEdge_ExternalType_Memory")]
    #[doc(alias = "ExternType_Memory")]
    Memory(MemoryType),
    /// A global.
    ///
    /// C: `WasmEdge_ExternalType_Global`. Go: `ExternType_Global`.
    #[doc(alias = "WasmEdge_ExternalType_Global")]
    #[doc(alias = "ExternType_Global")]
    Global(GlobalType),
    /// An exception tag, with the values an exception carries as parameters (library 0.14 on).
    ///
    /// C: `WasmEdge_ExternalType_Tag`.
    #[doc(alias = "WasmEdge_ExternalType_Tag")]
    Tag(FuncType),
}

impl ExternType {
    /// Returns the function type, if it is a function's.
    pub const fn func(&self) -> Option<&FuncType> {
        match self {
            Self::Func(ty) => Some(ty),
            _ => None,
        }
    }

    /// Returns the table type, if it is a table's.
    pub const fn table(&self) -> Option<&TableType> {
        match self {
            Self::Table(ty) => Some(ty),
            _ => None,
        }
    }

    /// Returns the memory type, if it is a memory's.
    pub const fn memory(&self) -> Option<&MemoryType> {
        match self {
            Self::Memory(ty) => Some(ty),
            _ => None,
        }
    }

    /// Returns the global type, if it is a global's.
    pub const fn global(&self) -> Option<&GlobalType> {
        match self {
            Self::Global(ty) => Some(ty),
            _ => None,
        }
    }

    /// Returns the type of the tag, if it is a tag's: its parameters are what an exception carries.
    pub const fn tag(&self) -> Option<&FuncType> {
        match self {
            Self::Tag(ty) => Some(ty),
            _ => None,
        }
    }

    /// Whether something of this type may stand for an import of type `wanted`.
    pub(crate) fn matches(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Func(own), Self::Func(wanted)) | (Self::Tag(own), Self::Tag(wanted)) => {
                own == wanted
            }
            (Self::Table(own), Self::Table(wanted)) => {
                own.element() == wanted.element()
                    && own.is_64() == wanted.is_64()
                    && own.limits().matches(&wanted.limits())
            }
            (Self::Memory(own), Self::Memory(wanted)) => {
                own.is_shared() == wanted.is_shared()
                    && own.is_64() == wanted.is_64()
                    && own.limits().matches(&wanted.limits())
            }
            (Self::Global(own), Self::Global(wanted)) => own == wanted,
            _ => false,
        }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(ty) => write!(f, "function {ty}"),
            Self::Table(ty) => ty.fmt(f),
            Self::Memory(ty) => ty.fmt(f),
            Self::Global(ty) => ty.fmt(f),
            Self::Tag(ty) => write!(f, "tag {ty}"),
        }
    }
}

/// An import of a module: where it looks, and for what.
///
/// C: `WasmEdge_ImportTypeContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module};
///
/// let wasm = wat::parse_str(r#"(module (import "env" "log" (func (param i32))))"#)?;
/// let module = Module::new(&Config::new()?, &wasm)?;
/// let import = module.imports().next().expect("one");
/// assert_eq!((import.module(), import.name()), ("env", "log"));
/// let ty = import.ty().func().expect("a function");
/// assert!(ty.results().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_ImportTypeContext")]
pub struct ImportType<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) ty: &'a ExternType,
}

impl<'a> ImportType<'a> {
    /// Returns the name of the module to import from.
    ///
    /// C: `WasmEdge_ImportTypeGetModuleName`. Go: `GetModuleName`.
    #[doc(alias = "WasmEdge_ImportTypeGetModuleName")]
    #[doc(alias = "GetModuleName")]
    pub const fn module(&self) -> &'a str {
        self.module
    }

    /// Returns the name of the item.
    ///
    /// C: `WasmEdge_ImportTypeGetExternalName`. Go: `GetExternalName`.
    #[doc(alias = "WasmEdge_ImportTypeGetExternalName")]
    #[doc(alias = "GetExternalName")]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Returns the type the item must have.
    ///
    /// C: `WasmEdge_ImportTypeGetExternalType`, `WasmEdge_ImportTypeGetFunctionType`,
    /// `WasmEdge_ImportTypeGetTableType`, `WasmEdge_ImportTypeGetMemoryType`,
    /// `WasmEdge_ImportTypeGetGlobalType`, `WasmEdge_ImportTypeGetTagType`. Go: `GetExternalType`,
    /// `GetExternalValue`.
    #[doc(alias = "WasmEdge_ImportTypeGetExternalType")]
    #[doc(alias = "WasmEdge_ImportTypeGetFunctionType")]
    #[doc(alias = "WasmEdge_ImportTypeGetTableType")]
    #[doc(alias = "WasmEdge_ImportTypeGetMemoryType")]
    #[doc(alias = "WasmEdge_ImportTypeGetGlobalType")]
    #[doc(alias = "WasmEdge_ImportTypeGetTagType")]
    #[doc(alias = "GetExternalType")]
    #[doc(alias = "GetExternalValue")]
    pub const fn ty(&self) -> &'a ExternType {
        self.ty
    }
}

impl fmt::Display for ImportType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (module, name) = (Quoted::name(self.module), Quoted::name(self.name));
        write!(f, "{module} {name}: {}", self.ty)
    }
}

/// An export of a module: a name, and what is behind it.
///
/// C: `WasmEdge_ExportTypeContext`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_ExportTypeContext")]
pub struct ExportType<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: &'a ExternType,
}

impl<'a> ExportType<'a> {
    /// Returns the name.
    ///
    /// C: `WasmEdge_ExportTypeGetExternalName`. Go: `GetExternalName`.
    #[doc(alias = "WasmEdge_ExportTypeGetExternalName")]
    #[doc(alias = "GetExternalName")]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Returns the type of what is exported.
    ///
    /// C: `WasmEdge_ExportTypeGetExternalType`, `WasmEdge_ExportTypeGetFunctionType`,
    /// `WasmEdge_ExportTypeGetTableType`, `WasmEdge_ExportTypeGetMemoryType`,
    /// `WasmEdge_ExportTypeGetGlobalType`, `WasmEdge_ExportTypeGetTagType`. Go: `GetExternalType`,
    /// `GetExternalValue`.
    #[doc(alias = "WasmEdge_ExportTypeGetExternalType")]
    #[doc(alias = "WasmEdge_ExportTypeGetFunctionType")]
    #[doc(alias = "WasmEdge_ExportTypeGetTableType")]
    #[doc(alias = "WasmEdge_ExportTypeGetMemoryType")]
    #[doc(alias = "WasmEdge_ExportTypeGetGlobalType")]
    #[doc(alias = "WasmEdge_ExportTypeGetTagType")]
    #[doc(alias = "GetExternalType")]
    #[doc(alias = "GetExternalValue")]
    pub const fn ty(&self) -> &'a ExternType {
        self.ty
    }
}

impl fmt::Display for ExportType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Quoted::name(self.name), self.ty)
    }
}
