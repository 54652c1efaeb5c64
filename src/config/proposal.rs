//! The proposals that make up the WebAssembly a module may use.

use std::fmt;

use super::{Config, RawConfig};
use crate::compat::{self, Support};
use crate::library::version;
use crate::sys;
use crate::vocabulary::{Error, Proposal, Result};

/// A version of the WebAssembly specification, as the set of proposals that make it up.
///
/// C: `WasmEdge_Standard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "WasmEdge_Standard")]
pub enum Standard {
    /// WebAssembly 1.0.
    ///
    /// C: `WasmEdge_Standard_WASM_1`.
    #[doc(alias = "WasmEdge_Standard_WASM_1")]
    Wasm1,
    /// WebAssembly 2.0: also several results, bulk operations, reference types, vectors.
    ///
    /// C: `WasmEdge_Standard_WASM_2`.
    #[doc(alias = "WasmEdge_Standard_WASM_2")]
    Wasm2,
    /// What safe code can have of WebAssembly 3.0: also several memories, arithmetic in constant
    /// expressions, relaxed vectors and 64-bit addresses, as far as the version of the library has
    /// them. Exceptions, tail calls, typed references and garbage collection are not among them,
    /// see [`Proposal`].
    ///
    /// C: `WasmEdge_Standard_WASM_3`.
    #[doc(alias = "WasmEdge_Standard_WASM_3")]
    Wasm3,
}

impl Standard {
    /// The standard before it.
    const fn former(self) -> Option<Self> {
        match self {
            Self::Wasm1 => None,
            Self::Wasm2 => Some(Self::Wasm1),
            Self::Wasm3 => Some(Self::Wasm2),
        }
    }

    /// The proposals that it took up, besides those of the standard before it.
    const fn added(self) -> &'static [Proposal] {
        match self {
            Self::Wasm1 => &[Proposal::ImportExportMutGlobals],
            Self::Wasm2 => &[
                Proposal::NonTrapFloatToIntConversions,
                Proposal::SignExtensionOperators,
                Proposal::MultiValue,
                Proposal::BulkMemoryOperations,
                Proposal::ReferenceTypes,
                Proposal::Simd,
            ],
            Self::Wasm3 => &[
                Proposal::MultiMemories,
                Proposal::ExtendedConst,
                Proposal::RelaxedSimd,
                Proposal::Memory64,
                Proposal::TailCall,
                Proposal::ExceptionHandling,
                Proposal::FunctionReferences,
                Proposal::Gc,
            ],
        }
    }
}

/// A set of proposals.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Proposals(u32);

impl Proposals {
    /// What safe code can have of a standard on this version of the library.
    pub(super) fn from_standard(standard: Standard) -> Self {
        let proven = |&&proposal: &&Proposal| compat::support(proposal) == Support::Proven;
        let mut set = standard
            .former()
            .map(Self::from_standard)
            .unwrap_or_default();
        for &proposal in standard.added().iter().filter(proven) {
            set.insert(proposal);
        }
        set
    }

    pub(crate) const fn has(self, proposal: Proposal) -> bool {
        self.0 & Self::bit(proposal) != 0
    }

    /// Puts a proposal in, with those that it needs.
    pub(crate) fn insert(&mut self, proposal: Proposal) {
        self.0 |= Self::bit(proposal);
        for needed in proposal.needs() {
            self.0 |= Self::bit(*needed);
        }
    }

    /// The set less one proposal, whatever needs that.
    pub(crate) const fn without(self, proposal: Proposal) -> Self {
        Self(self.0 & !Self::bit(proposal))
    }

    /// A proposal of the set that needs this one.
    fn who_needs(self, proposal: Proposal) -> Option<Proposal> {
        self.iter().find(|other| other.needs().contains(&proposal))
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Proposal> {
        Proposal::ALL.into_iter().filter(move |&own| self.has(own))
    }

    const fn bit(proposal: Proposal) -> u32 {
        1 << proposal as u32
    }

    /// Has the library enable exactly these.
    ///
    /// # Errors
    ///
    /// When the library does not, which would be a fault of this crate or the library.
    pub(super) fn apply(self, raw: &RawConfig) -> Result<()> {
        let context = raw.as_mut_ptr();
        let known = || {
            let all = Proposal::ALL.into_iter();
            all.filter_map(|own| Some((own, compat::proposal(own)?)))
        };
        // Those that need others come after them: they go first, and come last.
        for (proposal, number) in known().collect::<Vec<_>>().into_iter().rev() {
            if !self.has(proposal) {
                // SAFETY: the context is alive, and the number is one of this version's.
                unsafe { sys::WasmEdge_ConfigureRemoveProposal(context, number) };
            }
        }
        for (proposal, number) in known() {
            if self.has(proposal) {
                // SAFETY: the context is alive, and the number is one of this version's.
                unsafe { sys::WasmEdge_ConfigureAddProposal(context, number) };
            }
        }
        // The library says nothing when it leaves one on that others need (S13).
        for (proposal, number) in known() {
            // SAFETY: the context is alive, and the number is one of this version's.
            let is_on = unsafe { sys::WasmEdge_ConfigureHasProposal(context, number) };
            if is_on != self.has(proposal) {
                let state = if is_on { "on" } else { "off" };
                return Err(Error::unsupported(
                    format!("this set of proposals, {self:?}"),
                    format!("the library keeps {proposal:?} {state}"),
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Proposals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Config {
    /// Enables or disables a proposal.
    ///
    /// C: `WasmEdge_ConfigureAddProposal`, `WasmEdge_ConfigureRemoveProposal`. Go: `AddConfig`,
    /// `RemoveConfig`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when a proposal is enabled that
    /// this version of the library does not have, or that is not available in safe code, see
    /// [`Proposal`]; [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when one is disabled that
    /// another one needs which is on.
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
        if enable {
            check_support(proposal)?;
            if compat::support(proposal) == Support::Unproven {
                return Err(Error::unsupported(
                    format!("proposal {proposal:?} in safe code"),
                    "the library has faults there that break a guest's isolation, or has not been \
                     shown to have none; `Config::enable_unchecked`, which is unsafe, enables it",
                ));
            }
            self.change().proposals.insert(proposal);
        } else if let Some(other) = self.proposals.who_needs(proposal) {
            return Err(Error::invalid(format!(
                "proposal {proposal:?} stays on, because {other:?}, which is on, needs it; disable \
                 that first"
            )));
        } else {
            self.change().proposals = self.proposals.without(proposal);
        }
        Ok(self)
    }

    /// Whether a proposal is on. A proposal that the library does not have is off.
    ///
    /// C: `WasmEdge_ConfigureHasProposal`. Go: `HasConfig`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Proposal};
    ///
    /// let config = Config::new()?;
    /// assert!(config.has_proposal(Proposal::Simd));
    /// assert!(!config.has_proposal(Proposal::MultiMemories)); // That is WebAssembly 3.0.
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureHasProposal")]
    #[doc(alias = "HasConfig")]
    pub const fn has_proposal(&self, proposal: Proposal) -> bool {
        self.proposals.has(proposal)
    }

    /// The proposals that are on.
    pub(crate) const fn proposals(&self) -> Proposals {
        self.proposals
    }

    /// Enables the proposals of a version of WebAssembly, and disables all others.
    ///
    /// Those that [`proposal`](Self::proposal) refuses stay off, also when
    /// [`enable_unchecked`](Self::enable_unchecked) enabled them before.
    ///
    /// C: `WasmEdge_ConfigureSetWASMStandard`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Proposal, Standard};
    ///
    /// let mut config = Config::new()?;
    /// config.standard(Standard::Wasm1);
    /// assert!(!config.has_proposal(Proposal::Simd));
    /// config.standard(Standard::Wasm3);
    /// assert!(config.has_proposal(Proposal::MultiMemories));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureSetWASMStandard")]
    pub fn standard(&mut self, standard: Standard) -> &mut Self {
        self.change().proposals = Proposals::from_standard(standard);
        self
    }

    /// Enables a proposal that [`proposal`](Self::proposal) refuses.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the library does not have it.
    ///
    /// # Safety
    ///
    /// The modules that are loaded with this configuration must not do what the library gets wrong.
    /// What is known:
    ///
    /// * [`TailCall`](Proposal::TailCall): no `return_call`, `return_call_indirect` or
    ///   `return_call_ref` may reach a host function; the library then takes values off the stack
    ///   that are not the callee's.
    /// * [`ExceptionHandling`](Proposal::ExceptionHandling): no branch may leave a `try_table`
    ///   other than by its end. The handler stays behind, and a later `throw` may continue at it,
    ///   with operands of other types: numbers become references, and the guest reads memory of the
    ///   process.
    /// * [`FunctionReferences`](Proposal::FunctionReferences) and [`Gc`](Proposal::Gc): before
    ///   0.17.1, no `call_ref` may be given anything but a function of the type it names. On all
    ///   versions a type index that does not exist is read out of bounds where a validator does not
    ///   see it, which the crate's own validator does; and objects fill the memory of the process
    ///   without a bound.
    ///
    /// * [`RelaxedSimd`](Proposal::RelaxedSimd) from 0.14 to 0.16: the module must not be compiled.
    ///
    /// None of these has been shown to be free of other faults.
    pub unsafe fn enable_unchecked(&mut self, proposal: Proposal) -> Result<&mut Self> {
        check_support(proposal)?;
        self.change().proposals.insert(proposal);
        Ok(self)
    }
}

fn check_support(proposal: Proposal) -> Result<()> {
    if compat::support(proposal) != Support::Missing {
        return Ok(());
    }
    let why = match proposal {
        Proposal::Component => "this crate loads modules, not components".to_owned(),
        _ => format!(
            "WasmEdge {} does not have it; a newer one may",
            version::headers()
        ),
    };
    Err(Error::unsupported(format!("proposal {proposal:?}"), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s13_a_set_has_what_its_proposals_need() {
        let mut set = Proposals::default();
        assert_eq!(set.who_needs(Proposal::ReferenceTypes), None);
        set.insert(Proposal::Gc);
        set.insert(Proposal::Threads);
        assert_eq!(
            format!("{set:?}"),
            "{ReferenceTypes, Threads, FunctionReferences, Gc}"
        );
        assert_eq!(
            set.who_needs(Proposal::ReferenceTypes),
            Some(Proposal::FunctionReferences)
        );
        assert_eq!(set.who_needs(Proposal::Threads), None);

        let mut set = Proposals::default();
        set.insert(Proposal::FunctionReferences);
        assert!(set.has(Proposal::ReferenceTypes) && !set.has(Proposal::Gc));
        assert_eq!(set.without(Proposal::FunctionReferences).iter().count(), 1);
    }
}
