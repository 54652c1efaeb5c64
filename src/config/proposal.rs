//! The proposals that make up the WebAssembly a module may use.

use super::Config;
use crate::error::{Error, Result};
use crate::sys::{self, compat};

/// A WebAssembly proposal that can be on or off.
///
/// Which are on at first differs from version to version of the library; [`Config::has_proposal`]
/// tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_Proposal")]
pub enum Proposal {
    /// Import and export of mutable globals.
    #[doc(alias = "IMPORT_EXPORT_MUT_GLOBALS")]
    ImportExportMutGlobals,
    /// Float-to-integer conversions that saturate in place of trapping.
    #[doc(alias = "NON_TRAP_FLOAT_TO_INT_CONVERSIONS")]
    NonTrapFloatToIntConversions,
    /// Sign-extension operators.
    #[doc(alias = "SIGN_EXTENSION_OPERATORS")]
    SignExtensionOperators,
    /// Several results, and blocks with parameters.
    #[doc(alias = "MULTI_VALUE")]
    MultiValue,
    /// Bulk memory and table operations.
    #[doc(alias = "BULK_MEMORY_OPERATIONS")]
    BulkMemoryOperations,
    /// Reference types.
    #[doc(alias = "REFERENCE_TYPES")]
    ReferenceTypes,
    /// 128-bit vectors.
    #[doc(alias = "SIMD")]
    Simd,
    /// Tail calls. Refused here; see [`Config::enable_unchecked`].
    #[doc(alias = "TAIL_CALL")]
    TailCall,
    /// Several memories in a module.
    #[doc(alias = "MULTI_MEMORIES")]
    MultiMemories,
    /// Custom annotations of the text format.
    #[doc(alias = "ANNOTATIONS")]
    Annotations,
    /// Memories with 64-bit addresses.
    #[doc(alias = "MEMORY64")]
    Memory64,
    /// Exceptions.
    #[doc(alias = "EXCEPTION_HANDLING")]
    ExceptionHandling,
    /// Arithmetic in constant expressions.
    #[doc(alias = "EXTENDED_CONST")]
    ExtendedConst,
    /// Shared memories and atomic instructions.
    #[doc(alias = "THREADS")]
    Threads,
    /// Typed function references. Refused before 0.17.1; see [`Config::enable_unchecked`].
    #[doc(alias = "FUNCTION_REFERENCES")]
    FunctionReferences,
    /// Garbage collection (0.14 on). Refused before 0.17.1; see [`Config::enable_unchecked`].
    Gc,
    /// Relaxed vector instructions (0.14 on).
    RelaxedSimd,
    /// The component model (0.14 on), of which the library knows the beginnings.
    Component,
}

impl Proposal {
    /// Those that need others come after them.
    pub(super) const ALL: [Self; 18] = [
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

    /// Why the safe API keeps the proposal off, if it does (S13).
    const fn hazard(self) -> Option<&'static str> {
        match self {
            Self::TailCall => Some(
                "a tail call to a host function corrupts the stack in every version of the library; \
                 `Config::enable_unchecked`, which is unsafe, turns it on",
            ),
            Self::FunctionReferences | Self::Gc if !compat::TYPED_REFERENCES_ARE_SOUND => Some(
                "the library does not check typed references before 0.17.1; \
                     `Config::enable_unchecked`, which is unsafe, turns it on",
            ),
            _ => None,
        }
    }
}

/// A version of the WebAssembly specification, as the set of proposals that make it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_Standard")]
pub enum Standard {
    /// WebAssembly 1.0.
    #[doc(alias = "WasmEdge_Standard_WASM_1")]
    Wasm1,
    /// WebAssembly 2.0: also several results, bulk operations, reference types, vectors.
    #[doc(alias = "WasmEdge_Standard_WASM_2")]
    Wasm2,
    /// WebAssembly 3.0: also exceptions, garbage collection, several memories, 64-bit addresses.
    /// Tail calls are not among them here, nor are others that [`Config::proposal`] refuses.
    #[doc(alias = "WasmEdge_Standard_WASM_3")]
    Wasm3,
}

impl Config {
    /// Turns a proposal on or off.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when a proposal is turned on that
    /// the library does not know, or that would let a module break the rules of this crate;
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when one is turned off that another one needs
    /// which is on.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Proposal};
    ///
    /// let mut config = Config::new()?;
    /// config.proposal(Proposal::Threads, true)?;
    /// assert!(config.has_proposal(Proposal::Threads));
    /// assert!(config.proposal(Proposal::TailCall, true).is_err());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureAddProposal")]
    #[doc(alias = "WasmEdge_ConfigureRemoveProposal")]
    #[doc(alias = "AddConfig")]
    #[doc(alias = "RemoveConfig")]
    pub fn proposal(&mut self, proposal: Proposal, enable: bool) -> Result<&mut Self> {
        match proposal.hazard() {
            Some(hazard) if enable => Err(Error::unsupported(
                format!("proposal {proposal:?} in safe code"),
                hazard,
            )),
            _ => {
                self.set_proposal(proposal, enable)?;
                Ok(self)
            }
        }
    }

    /// Turns a proposal on that [`proposal`](Self::proposal) refuses.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the library does not know it.
    ///
    /// # Safety
    ///
    /// The modules that are run under this configuration must not do what the library gets wrong:
    /// with tail calls, no `return_call` may reach a host function; with typed references and
    /// garbage collection before 0.17.1, no indirect call may go through a reference that is not a
    /// function's.
    pub unsafe fn enable_unchecked(&mut self, proposal: Proposal) -> Result<&mut Self> {
        self.set_proposal(proposal, true)?;
        Ok(self)
    }

    pub(super) fn set_proposal(&self, proposal: Proposal, enable: bool) -> Result<()> {
        let Some(raw) = compat::proposal(proposal) else {
            // To turn off what is not there is to do nothing.
            return if enable {
                Err(Error::unsupported(
                    format!("proposal {proposal:?}"),
                    format!(
                        "WasmEdge {} does not know it; a newer one may",
                        crate::version::headers()
                    ),
                ))
            } else {
                Ok(())
            };
        };
        if self.has_proposal(proposal) == enable {
            return Ok(());
        }
        // SAFETY: the context is alive and locked inside, and the number is one of this version's.
        unsafe {
            if enable {
                sys::WasmEdge_ConfigureAddProposal(self.as_ptr(), raw);
            } else {
                sys::WasmEdge_ConfigureRemoveProposal(self.as_ptr(), raw);
            }
        }
        // The library says nothing when it leaves one on that others need.
        if self.has_proposal(proposal) == enable {
            Ok(())
        } else {
            Err(Error::invalid(format!(
                "proposal {proposal:?} stays on, because another one that is on needs it; turn that off \
                 first"
            )))
        }
    }

    /// Turns exactly those proposals on that are on in another configuration.
    pub(super) fn set_proposals_of(&self, other: &Self) -> Result<()> {
        // Those that need others come after them: so they go first, and come last.
        for proposal in Proposal::ALL.into_iter().rev() {
            if !other.has_proposal(proposal) {
                self.set_proposal(proposal, false)?;
            }
        }
        for proposal in Proposal::ALL {
            if other.has_proposal(proposal) {
                self.set_proposal(proposal, true)?;
            }
        }
        Ok(())
    }

    /// Whether a proposal is on. One that the library does not know is off.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Proposal};
    ///
    /// let config = Config::new()?;
    /// assert!(config.has_proposal(Proposal::Simd));
    /// assert!(!config.has_proposal(Proposal::TailCall)); // Never by itself.
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureHasProposal")]
    #[doc(alias = "HasConfig")]
    pub fn has_proposal(&self, proposal: Proposal) -> bool {
        compat::proposal(proposal).is_some_and(|raw| {
            // SAFETY: the context is alive, and the number is one of this version's.
            unsafe { sys::WasmEdge_ConfigureHasProposal(self.as_ptr(), raw) }
        })
    }

    /// The proposals that are on.
    pub(crate) fn proposals(&self) -> impl Iterator<Item = Proposal> + '_ {
        let all = Proposal::ALL.into_iter();
        all.filter(|&proposal| self.has_proposal(proposal))
    }

    /// Turns on the proposals of a version of WebAssembly, and all others off; from 0.16 on.
    ///
    /// Those that [`proposal`](Self::proposal) refuses stay off. They are turned off, too, when
    /// [`enable_unchecked`](Self::enable_unchecked) turned them on before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) below 0.16, where proposals are
    /// turned on and off one by one.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Proposal, Standard};
    ///
    /// let mut config = Config::new()?;
    /// match config.standard(Standard::Wasm1) {
    ///     Ok(config) => assert!(!config.has_proposal(Proposal::Simd)),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureSetWASMStandard")]
    pub fn standard(&mut self, standard: Standard) -> Result<&mut Self> {
        // SAFETY: the context is alive and locked inside.
        if !unsafe { compat::set_standard(self.as_ptr(), standard) } {
            return Err(Error::unsupported(
                "a standard as a set of proposals",
                format!(
                    "WasmEdge {} does not know it; a newer one may",
                    crate::version::headers()
                ),
            ));
        }
        self.turn_off_unsound()?;
        Ok(self)
    }

    /// What no safe code may turn on (S13). Garbage collection goes before the typed references that
    /// it needs: the library leaves those on else, without a word.
    pub(super) fn turn_off_unsound(&self) -> Result<()> {
        let unsound = Proposal::ALL
            .into_iter()
            .rev()
            .filter(|proposal| proposal.hazard().is_some());
        for proposal in unsound {
            self.set_proposal(proposal, false)?;
        }
        Ok(())
    }
}
