//! Settings.

use crate::config::{Proposal, Standard};
use crate::sys;

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

/// Turns on the proposals of a standard and all others off, those among them that are unsound
/// included; says whether the library can, which is from 0.16 on.
///
/// # Safety
///
/// `config` is alive.
pub(crate) unsafe fn set_standard(
    config: *mut sys::WasmEdge_ConfigureContext,
    standard: Standard,
) -> bool {
    #[cfg(wasmedge_0_16)]
    // SAFETY: promised by the caller; the numbers are the library's.
    unsafe {
        let standard = match standard {
            Standard::Wasm1 => sys::WasmEdge_Standard_WASM_1,
            Standard::Wasm2 => sys::WasmEdge_Standard_WASM_2,
            Standard::Wasm3 => sys::WasmEdge_Standard_WASM_3,
        };
        sys::WasmEdge_ConfigureSetWASMStandard(config, standard);
    }
    #[cfg(not(wasmedge_0_16))]
    let _ = (config, standard);
    cfg!(wasmedge_0_16)
}

/// Whether typed references and garbage collection are sound: only from 0.17.1 on does the library
/// check what `call_ref` and its like are given.
pub(crate) const TYPED_REFERENCES_ARE_SOUND: bool = cfg!(wasmedge_0_17_1);
