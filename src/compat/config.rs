//! Settings.

use crate::sys;
use crate::vocabulary::Proposal;

/// The number of a proposal in this version; they were renumbered several times.
pub(crate) const fn proposal(proposal: Proposal) -> Option<sys::WasmEdge_Proposal> {
    Some(match proposal {
        Proposal::ImportExportMutGlobals => sys::WasmEdge_Proposal_ImportExportMutGlobals,
        Proposal::NonTrapFloatToIntConversions => {
            sys::WasmEdge_Proposal_NonTrapFloatToIntConversions
        }
        Proposal::SignExtensionOperators => sys::WasmEdge_Proposal_SignExtensionOperators,
        Proposal::MultiValue => sys::WasmEdge_Proposal_MultiValue,
        Proposal::BulkMemoryOperations => sys::WasmEdge_Proposal_BulkMemoryOperations,
        Proposal::ReferenceTypes => sys::WasmEdge_Proposal_ReferenceTypes,
        Proposal::Simd => sys::WasmEdge_Proposal_SIMD,
        Proposal::TailCall => sys::WasmEdge_Proposal_TailCall,
        Proposal::MultiMemories => sys::WasmEdge_Proposal_MultiMemories,
        Proposal::Annotations => sys::WasmEdge_Proposal_Annotations,
        Proposal::Memory64 => sys::WasmEdge_Proposal_Memory64,
        Proposal::ExceptionHandling => sys::WasmEdge_Proposal_ExceptionHandling,
        Proposal::ExtendedConst => sys::WasmEdge_Proposal_ExtendedConst,
        Proposal::Threads => sys::WasmEdge_Proposal_Threads,
        Proposal::FunctionReferences => sys::WasmEdge_Proposal_FunctionReferences,
        #[cfg(wasmedge_0_14)]
        Proposal::Gc => sys::WasmEdge_Proposal_GC,
        #[cfg(wasmedge_0_14)]
        Proposal::RelaxedSimd => sys::WasmEdge_Proposal_RelaxSIMD,
        #[cfg(wasmedge_0_14)]
        Proposal::Component => sys::WasmEdge_Proposal_Component,
        #[cfg(not(wasmedge_0_14))]
        Proposal::Gc | Proposal::RelaxedSimd | Proposal::Component => return None,
    })
}

/// What this version of the library does with the modules of a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Support {
    /// It does not know the proposal, or has a number for it and nothing more.
    Missing,
    /// It runs the modules as the specification says: shown by the specification's scripts and by
    /// differential fuzzing (docs/testing.md has what was run).
    Proven,
    /// It has the proposal, and gets it wrong or has not been shown to get it right.
    Unproven,
}

/// What this version does with a proposal. Safe code gets what is proven, and nothing else (D3).
pub(crate) const fn support(proposal: Proposal) -> Support {
    const fn unproven_from(version: bool) -> Support {
        if version {
            Support::Unproven
        } else {
            Support::Missing
        }
    }
    match proposal {
        Proposal::ImportExportMutGlobals
        | Proposal::NonTrapFloatToIntConversions
        | Proposal::SignExtensionOperators
        | Proposal::MultiValue
        | Proposal::BulkMemoryOperations
        | Proposal::ReferenceTypes
        | Proposal::Simd
        | Proposal::MultiMemories
        | Proposal::Annotations
        | Proposal::ExtendedConst
        // But for `memory.atomic.notify` on 0.17.1, which gives wrong results and breaks nothing
        // (docs/security.md).
        | Proposal::Threads => Support::Proven,
        // Before 0.17 the compiler makes code of it that LLVM's verifier refuses, and goes on.
        Proposal::RelaxedSimd => {
            if cfg!(wasmedge_0_17) {
                Support::Proven
            } else {
                unproven_from(cfg!(wasmedge_0_14))
            }
        }
        // Before 0.17 the number is there, and nothing looks at it.
        Proposal::Memory64 => {
            if cfg!(wasmedge_0_17) {
                Support::Proven
            } else {
                Support::Missing
            }
        }
        Proposal::TailCall => Support::Unproven,
        // Before 0.14 the numbers of the first two are there, and nothing looks at them.
        Proposal::ExceptionHandling | Proposal::FunctionReferences | Proposal::Gc => {
            unproven_from(cfg!(wasmedge_0_14))
        }
        // The library knows the beginnings; this crate loads modules alone.
        Proposal::Component => Support::Missing,
    }
}
