//! The proposals as `wasmparser` names them.

use wasmparser::WasmFeatures;

use super::proposal::Proposals;
use crate::vocabulary::Proposal;

/// What a module may use under these proposals: no more, and no less.
pub(crate) fn features(proposals: Proposals) -> WasmFeatures {
    // Numbers with a fraction, and `externref` where `ReferenceTypes` is on, are no proposals.
    let base = WasmFeatures::FLOATS | WasmFeatures::GC_TYPES;
    proposals
        .iter()
        .fold(base, |features, proposal| features | feature(proposal))
}

const fn feature(proposal: Proposal) -> WasmFeatures {
    match proposal {
        Proposal::ImportExportMutGlobals => WasmFeatures::MUTABLE_GLOBAL,
        Proposal::NonTrapFloatToIntConversions => WasmFeatures::SATURATING_FLOAT_TO_INT,
        Proposal::SignExtensionOperators => WasmFeatures::SIGN_EXTENSION,
        Proposal::MultiValue => WasmFeatures::MULTI_VALUE,
        Proposal::BulkMemoryOperations => WasmFeatures::BULK_MEMORY,
        Proposal::ReferenceTypes => WasmFeatures::REFERENCE_TYPES,
        Proposal::Simd => WasmFeatures::SIMD,
        Proposal::TailCall => WasmFeatures::TAIL_CALL,
        Proposal::MultiMemories => WasmFeatures::MULTI_MEMORY,
        Proposal::Memory64 => WasmFeatures::MEMORY64,
        Proposal::ExceptionHandling => WasmFeatures::EXCEPTIONS,
        Proposal::ExtendedConst => WasmFeatures::EXTENDED_CONST,
        Proposal::Threads => WasmFeatures::THREADS,
        Proposal::FunctionReferences => WasmFeatures::FUNCTION_REFERENCES,
        Proposal::Gc => WasmFeatures::GC,
        Proposal::RelaxedSimd => WasmFeatures::RELAXED_SIMD,
        // Nothing of the binary format of modules.
        Proposal::Annotations | Proposal::Component => WasmFeatures::empty(),
    }
}
