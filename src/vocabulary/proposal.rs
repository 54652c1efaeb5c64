//! Proposals to WebAssembly.

use std::fmt;
use std::str::FromStr;

use super::{Error, ErrorKind};

/// A WebAssembly proposal that can be on or off.
///
/// A new [`Config`](crate::Config) enables the proposals that became WebAssembly 2.0, the first
/// seven here, on every version of the library. [`Config::proposal`](crate::Config::proposal)
/// enables those that are *proven*: the specification's own scripts pass, and hours of differential
/// fuzzing found nothing. The others have faults in the library that let a guest break out of its
/// memory; they are named with each of them.
///
/// C: `WasmEdge_Proposal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_Proposal")]
pub enum Proposal {
    /// Import and export of mutable globals.
    ///
    /// Go: `IMPORT_EXPORT_MUT_GLOBALS`.
    #[doc(alias = "IMPORT_EXPORT_MUT_GLOBALS")]
    ImportExportMutGlobals,
    /// Float-to-integer conversions that saturate in place of trapping.
    ///
    /// Go: `NON_TRAP_FLOAT_TO_INT_CONVERSIONS`.
    #[doc(alias = "NON_TRAP_FLOAT_TO_INT_CONVERSIONS")]
    NonTrapFloatToIntConversions,
    /// Sign-extension operators.
    ///
    /// Go: `SIGN_EXTENSION_OPERATORS`.
    #[doc(alias = "SIGN_EXTENSION_OPERATORS")]
    SignExtensionOperators,
    /// Several results, and blocks with parameters.
    ///
    /// Go: `MULTI_VALUE`.
    #[doc(alias = "MULTI_VALUE")]
    MultiValue,
    /// Bulk memory and table operations.
    ///
    /// Go: `BULK_MEMORY_OPERATIONS`.
    #[doc(alias = "BULK_MEMORY_OPERATIONS")]
    BulkMemoryOperations,
    /// Reference types.
    ///
    /// Go: `REFERENCE_TYPES`.
    #[doc(alias = "REFERENCE_TYPES")]
    ReferenceTypes,
    /// 128-bit vectors.
    ///
    /// Go: `SIMD`.
    #[doc(alias = "SIMD")]
    Simd,
    /// Tail calls. Not available in safe code: a tail call to a host function corrupts the stack in
    /// every version of the library.
    ///
    /// Go: `TAIL_CALL`.
    #[doc(alias = "TAIL_CALL")]
    TailCall,
    /// Several memories in a module.
    ///
    /// Go: `MULTI_MEMORIES`.
    #[doc(alias = "MULTI_MEMORIES")]
    MultiMemories,
    /// Custom annotations of the text format. The binary format has none, so it changes nothing.
    ///
    /// Go: `ANNOTATIONS`.
    #[doc(alias = "ANNOTATIONS")]
    Annotations,
    /// Memories and tables with 64-bit addresses (library 0.17 on).
    ///
    /// Go: `MEMORY64`.
    #[doc(alias = "MEMORY64")]
    Memory64,
    /// Exceptions (library 0.14 on). Not available in safe code: a branch out of a `try_table`
    /// leaves its handler behind, and a later `throw` continues there with operands of other types,
    /// so that a guest makes up references and reads any memory of the process.
    ///
    /// Go: `EXCEPTION_HANDLING`.
    #[doc(alias = "EXCEPTION_HANDLING")]
    ExceptionHandling,
    /// Arithmetic in constant expressions.
    ///
    /// Go: `EXTENDED_CONST`.
    #[doc(alias = "EXTENDED_CONST")]
    ExtendedConst,
    /// Shared memories and atomic instructions.
    ///
    /// Go: `THREADS`.
    #[doc(alias = "THREADS")]
    Threads,
    /// Typed function references (library 0.14 on). Not available in safe code: before 0.17.1 the
    /// library does not check what `call_ref` is given, and no version has been shown to get the
    /// types right.
    ///
    /// Go: `FUNCTION_REFERENCES`.
    #[doc(alias = "FUNCTION_REFERENCES")]
    FunctionReferences,
    /// Garbage collection (library 0.14 on). Not available in safe code, for the reasons of typed
    /// function references; and the objects of a guest have no bound.
    Gc,
    /// Relaxed vector instructions (library 0.17 on). From 0.14 to 0.16 not available in safe code:
    /// the compiler makes code of them that LLVM's verifier refuses, and goes on with it.
    RelaxedSimd,
    /// The component model. Not available: the library knows its beginnings, and this crate loads
    /// modules.
    Component,
}

impl Proposal {
    /// Returns all proposals, whether the library has them or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Proposal};
    ///
    /// let config = Config::new()?;
    /// for proposal in Proposal::all() {
    ///     println!("{proposal}: {}", config.has_proposal(proposal));
    /// }
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// Those that need others come after them.
    pub(crate) const ALL: [Self; 18] = [
        Self::ImportExportMutGlobals,
        Self::NonTrapFloatToIntConversions,
        Self::SignExtensionOperators,
        Self::MultiValue,
        Self::BulkMemoryOperations,
        Self::ReferenceTypes,
        Self::Simd,
        Self::TailCall,
        Self::MultiMemories,
        Self::Annotations,
        Self::Memory64,
        Self::ExceptionHandling,
        Self::ExtendedConst,
        Self::Threads,
        Self::FunctionReferences,
        Self::Gc,
        Self::RelaxedSimd,
        Self::Component,
    ];

    /// The proposals that this one is built upon: the library enables them with it, and does not
    /// disable them while it is on.
    pub(crate) const fn needs(self) -> &'static [Self] {
        match self {
            Self::FunctionReferences => &[Self::ReferenceTypes],
            Self::Gc => &[Self::FunctionReferences, Self::ReferenceTypes],
            _ => &[],
        }
    }
}

/// The name, such as `MultiMemories`.
impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

/// By the name that [`Display`](fmt::Display) writes, in upper or lower case.
///
/// # Examples
///
/// ```
/// use wasmedge::Proposal;
///
/// assert_eq!("multimemories".parse::<Proposal>()?, Proposal::MultiMemories);
/// let error = "memories".parse::<Proposal>().unwrap_err();
/// assert!(error.to_string().starts_with("there is no proposal `memories`"));
/// # Ok::<(), wasmedge::Error>(())
/// ```
impl FromStr for Proposal {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let mut all = Self::all();
        all.find(|proposal| proposal.to_string().eq_ignore_ascii_case(name))
            .ok_or_else(|| Error::from(ErrorKind::NoSuchProposal { name: name.into() }))
    }
}
