//! How modules are loaded, checked and run.

use core::fmt;

use crate::error::{Error, Result};
use crate::sys::{self, compat, library, owned::Owned};
use crate::types::MemoryType;

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
    const ALL: [Self; 18] = [
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
                "a tail call to a host function corrupts the stack in every version of the library",
            ),
            Self::FunctionReferences | Self::Gc if !compat::TYPED_REFERENCES_ARE_SOUND => {
                Some("the library does not check typed references before 0.17.1")
            }
            _ => None,
        }
    }
}

/// The settings that loaders, validators, executors and compilers are made with.
///
/// Each of them copies the settings, so a `Config` may be changed or dropped afterwards without
/// effect on what was made with it. A new one has the library's own defaults, which differ between
/// versions, less the proposals that would be unsound; compiled code is never run from it.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Vm};
///
/// let mut config = Config::new()?;
/// config.max_memory_pages(16)?.count_instructions(true);
/// let vm = Vm::with_config(&config, ())?;
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_ConfigureContext")]
#[doc(alias = "Configure")]
pub struct Config {
    raw: Owned<sys::WasmEdge_ConfigureContext>,
}

impl Config {
    /// The library's defaults.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_ConfigureCreate")]
    #[doc(alias = "NewConfigure")]
    pub fn new() -> Result<Self> {
        library::ready()?;
        // SAFETY: makes a context that nobody else owns.
        let raw = unsafe { Owned::new(sys::WasmEdge_ConfigureCreate()) }?;
        let config = Self { raw };
        // SAFETY: the context is alive. Bytes are data (S4): what is loaded with this
        // configuration is interpreted, whatever native code it carries.
        unsafe { sys::WasmEdge_ConfigureSetForceInterpreter(config.as_ptr(), true) };
        for proposal in [
            Proposal::TailCall,
            Proposal::FunctionReferences,
            Proposal::Gc,
        ] {
            if proposal.hazard().is_some() {
                config.set_proposal(proposal, false)?;
            }
        }
        Ok(config)
    }

    /// Another one with the same settings, as far as loaders and compilers look at them; the C API
    /// copies none.
    pub(crate) fn copy(&self) -> Result<Self> {
        let mut copy = Self::new()?;
        for proposal in Proposal::ALL {
            copy.set_proposal(proposal, self.has_proposal(proposal))?;
        }
        copy.max_memory_pages(self.get_max_memory_pages())?
            .count_instructions(self.counts_instructions())
            .measure_cost(self.measures_cost())
            .measure_time(self.measures_time())
            .optimization_level(self.get_optimization_level())
            .output_format(self.get_output_format())
            .dump_ir(self.dumps_ir())
            .generic_binary(self.is_generic_binary())
            .interruptible(self.is_interruptible());
        Ok(copy)
    }

    /// The context, which C functions copy.
    pub(crate) const fn as_ptr(&self) -> *mut sys::WasmEdge_ConfigureContext {
        self.raw.as_ptr()
    }

    /// Turns a proposal on or off.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when a proposal is turned on that
    /// the library does not know, or that would let a module break the rules of this crate.
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

    fn set_proposal(&self, proposal: Proposal, enable: bool) -> Result<()> {
        let Some(raw) = compat::proposal(proposal) else {
            // To turn off what is not there is to do nothing.
            return if enable {
                Err(Error::unsupported(
                    format!("proposal {proposal:?}"),
                    format!("WasmEdge {} does not know it", crate::version::headers()),
                ))
            } else {
                Ok(())
            };
        };
        // SAFETY: the context is alive and locked inside, and the number is one of this version's.
        unsafe {
            if enable {
                sys::WasmEdge_ConfigureAddProposal(self.as_ptr(), raw);
            } else {
                sys::WasmEdge_ConfigureRemoveProposal(self.as_ptr(), raw);
            }
        }
        Ok(())
    }

    /// Whether a proposal is on. One that the library does not know is off.
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

    /// Sets the size that no memory may grow beyond, in pages of 64 KiB. The default is 65536,
    /// which is 4 GiB.
    ///
    /// # Errors
    ///
    /// When `pages` is above 65536.
    #[doc(alias = "WasmEdge_ConfigureSetMaxMemoryPage")]
    #[doc(alias = "SetMaxMemoryPage")]
    pub fn max_memory_pages(&mut self, pages: u64) -> Result<&mut Self> {
        match compat::Pages::try_from(pages) {
            Ok(raw) if pages <= MemoryType::MAX_PAGES => {
                // SAFETY: the context is alive.
                unsafe { sys::WasmEdge_ConfigureSetMaxMemoryPage(self.as_ptr(), raw) };
                Ok(self)
            }
            _ => Err(Error::invalid(format!(
                "a memory cannot have {pages} pages; {} is the most",
                MemoryType::MAX_PAGES
            ))),
        }
    }

    /// The size that no memory may grow beyond, in pages of 64 KiB.
    #[doc(alias = "WasmEdge_ConfigureGetMaxMemoryPage")]
    #[doc(alias = "GetMaxMemoryPage")]
    pub fn get_max_memory_pages(&self) -> u64 {
        #[allow(
            clippy::useless_conversion,
            reason = "32 bits wide below 0.17, 64 from then on"
        )]
        // SAFETY: the context is alive.
        u64::from(unsafe { sys::WasmEdge_ConfigureGetMaxMemoryPage(self.as_ptr()) })
    }

    /// Whether a [`Vm`](crate::Vm) that is made with this has WASI built in.
    ///
    /// It is that of [`Wasi::new`](crate::Wasi::new): a program name that is empty, no further
    /// arguments, no environment, no directories, and the standard streams of this process. For
    /// another one leave this off and call [`Vm::register_wasi`](crate::Vm::register_wasi). Stores
    /// that are made with this configuration have none.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Vm};
    ///
    /// let vm = Vm::with_config(Config::new()?.wasi(true), ())?;
    /// assert!(vm.store().find_instance("wasi_snapshot_preview1").is_some());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureAddHostRegistration")]
    #[doc(alias = "WasmEdge_ConfigureRemoveHostRegistration")]
    #[doc(alias = "WasmEdge_HostRegistration_Wasi")]
    #[doc(alias = "WASI")]
    #[doc(alias = "AddConfig")]
    #[doc(alias = "RemoveConfig")]
    #[doc(alias = "HostRegistration")]
    pub fn wasi(&mut self, enable: bool) -> &mut Self {
        let wasi = sys::WasmEdge_HostRegistration_Wasi;
        // SAFETY: the context is alive, and the number is one that the library has.
        unsafe {
            if enable {
                sys::WasmEdge_ConfigureAddHostRegistration(self.as_ptr(), wasi);
            } else {
                sys::WasmEdge_ConfigureRemoveHostRegistration(self.as_ptr(), wasi);
            }
        }
        self
    }

    /// Whether a `Vm` gets WASI; see [`wasi`](Self::wasi).
    #[doc(alias = "WasmEdge_ConfigureHasHostRegistration")]
    #[doc(alias = "HasConfig")]
    pub fn has_wasi(&self) -> bool {
        // SAFETY: as in `wasi`.
        unsafe {
            sys::WasmEdge_ConfigureHasHostRegistration(
                self.as_ptr(),
                sys::WasmEdge_HostRegistration_Wasi,
            )
        }
    }

    /// Counts the instructions that are executed; see
    /// [`Statistics::instruction_count`](crate::Statistics::instruction_count).
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetInstructionCounting")]
    #[doc(alias = "SetStatisticsInstructionCounting")]
    pub fn count_instructions(&mut self, enable: bool) -> &mut Self {
        // SAFETY: the context is alive.
        unsafe {
            sys::WasmEdge_ConfigureStatisticsSetInstructionCounting(self.as_ptr(), enable);
        }
        self
    }

    /// Whether instructions are counted.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsInstructionCounting")]
    #[doc(alias = "IsStatisticsInstructionCounting")]
    pub fn counts_instructions(&self) -> bool {
        // SAFETY: the context is alive.
        unsafe { sys::WasmEdge_ConfigureStatisticsIsInstructionCounting(self.as_ptr()) }
    }

    /// Adds up what the executed instructions cost; see
    /// [`Statistics::total_cost`](crate::Statistics::total_cost).
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetCostMeasuring")]
    #[doc(alias = "SetStatisticsCostMeasuring")]
    pub fn measure_cost(&mut self, enable: bool) -> &mut Self {
        // SAFETY: the context is alive.
        unsafe { sys::WasmEdge_ConfigureStatisticsSetCostMeasuring(self.as_ptr(), enable) };
        self
    }

    /// Whether cost is measured.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsCostMeasuring")]
    #[doc(alias = "IsStatisticsCostMeasuring")]
    pub fn measures_cost(&self) -> bool {
        // SAFETY: the context is alive.
        unsafe { sys::WasmEdge_ConfigureStatisticsIsCostMeasuring(self.as_ptr()) }
    }

    /// Measures the time that execution takes; see
    /// [`Statistics::instructions_per_second`](crate::Statistics::instructions_per_second).
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetTimeMeasuring")]
    #[doc(alias = "SetStatisticsTimeMeasuring")]
    pub fn measure_time(&mut self, enable: bool) -> &mut Self {
        // SAFETY: the context is alive.
        unsafe { sys::WasmEdge_ConfigureStatisticsSetTimeMeasuring(self.as_ptr(), enable) };
        self
    }

    /// Whether time is measured.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsTimeMeasuring")]
    #[doc(alias = "IsStatisticsTimeMeasuring")]
    pub fn measures_time(&self) -> bool {
        // SAFETY: the context is alive.
        unsafe { sys::WasmEdge_ConfigureStatisticsIsTimeMeasuring(self.as_ptr()) }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("wasi", &self.has_wasi())
            .field("max_memory_pages", &self.get_max_memory_pages())
            .field("count_instructions", &self.counts_instructions())
            .field("measure_cost", &self.measures_cost())
            .field("measure_time", &self.measures_time())
            .finish_non_exhaustive()
    }
}
