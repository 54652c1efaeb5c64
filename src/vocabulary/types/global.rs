//! Types of globals.

use std::fmt;

use super::ValType;

/// Whether a global may be set after it was made.
///
/// C: `WasmEdge_Mutability`. Go: `ValMut`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_Mutability")]
#[doc(alias = "ValMut")]
pub enum Mutability {
    /// It keeps its first value.
    ///
    /// C: `WasmEdge_Mutability_Const`. Go: `ValMut_Const`.
    #[doc(alias = "WasmEdge_Mutability_Const")]
    #[doc(alias = "ValMut_Const")]
    Const,
    /// It may be set.
    ///
    /// C: `WasmEdge_Mutability_Var`. Go: `ValMut_Var`.
    #[doc(alias = "WasmEdge_Mutability_Var")]
    #[doc(alias = "ValMut_Var")]
    Var,
}

impl fmt::Display for Mutability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Const => "const",
            Self::Var => "var",
        })
    }
}

/// The type of a global: what it holds, and whether it may be set.
///
/// C: `WasmEdge_GlobalTypeContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{GlobalType, Mutability, ValType};
///
/// let ty = GlobalType::new(ValType::I64, Mutability::Var);
/// assert_eq!(ty.to_string(), "global mut i64");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_GlobalTypeContext")]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// Creates the type of a global that holds a `content`.
    ///
    /// C: `WasmEdge_GlobalTypeCreate`. Go: `NewGlobalType`.
    #[doc(alias = "WasmEdge_GlobalTypeCreate")]
    #[doc(alias = "NewGlobalType")]
    pub const fn new(content: ValType, mutability: Mutability) -> Self {
        Self {
            content,
            mutability,
        }
    }

    /// Returns what the global holds.
    ///
    /// C: `WasmEdge_GlobalTypeGetValType`. Go: `GetValType`.
    #[doc(alias = "WasmEdge_GlobalTypeGetValType")]
    #[doc(alias = "GetValType")]
    #[inline]
    pub const fn content(&self) -> ValType {
        self.content
    }

    /// Whether the global may be set.
    ///
    /// C: `WasmEdge_GlobalTypeGetMutability`. Go: `GetMutability`.
    #[doc(alias = "WasmEdge_GlobalTypeGetMutability")]
    #[doc(alias = "GetMutability")]
    #[inline]
    pub const fn mutability(&self) -> Mutability {
        self.mutability
    }
}

impl fmt::Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mutable = match self.mutability {
            Mutability::Const => "",
            Mutability::Var => "mut ",
        };
        write!(f, "global {mutable}{}", self.content)
    }
}
