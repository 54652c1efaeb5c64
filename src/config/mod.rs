//! How modules are loaded, checked and run.

use std::fmt;
use std::sync::Arc;

// In the order in which the documentation lists their functions.
mod settings;
mod bounds;
mod compiler;
mod proposal;
mod features;

use once_cell::sync::OnceCell;

use compiler::CompilerOptions;
pub use compiler::{OptLevel, OutputFormat};
pub use proposal::Standard;
use settings::too_many_pages;

use crate::library::owned::Owned;
use crate::vocabulary::Result;
use crate::{compat, sys};
pub(crate) use bounds::Bounds;
pub(crate) use features::features;
pub(crate) use proposal::Proposals;

/// The settings that loaders, validators, executors and compilers are made with.
///
/// Each of them copies the settings, so a `Config` may be changed or dropped afterwards without
/// effect on what was made with it. A new `Config` is the same on every version of the library: it
/// enables WebAssembly 2.0, and bounds nothing but the size of a memory. Native code that a module
/// carries along is never run because of it.
///
/// C: `WasmEdge_ConfigureContext`. Go: `Configure`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Vm};
///
/// let mut config = Config::new()?;
/// config.max_memory_pages(16)?.count_instructions(true);
/// let vm = Vm::with_config(&config, ())?;
///
/// let mut larger = config.clone();
/// larger.max_memory_pages(64)?;
/// assert_eq!(config.get_max_memory_pages(), 16);
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[derive(Clone)]
#[doc(alias = "WasmEdge_ConfigureContext")]
#[doc(alias = "Configure")]
pub struct Config {
    proposals: Proposals,
    max_memory_pages: u64,
    wasi: bool,
    allow_af_unix: bool,
    count_instructions: bool,
    measure_cost: bool,
    measure_time: bool,
    pub(crate) compiler: CompilerOptions,
    /// What the library knows nothing of.
    pub(crate) bounds: Bounds,
    /// The library's form of these settings, made when it is first needed. Whoever changes a
    /// setting that the library looks at takes it away: see [`change`](Self::change).
    raw: OnceCell<Arc<RawConfig>>,
}

/// The settings in the library's form, which each of its functions copies.
pub(crate) type RawConfig = Owned<sys::WasmEdge_ConfigureContext>;

impl Config {
    /// The settings, to change one that the library looks at.
    pub(crate) fn change(&mut self) -> &mut Self {
        self.raw = OnceCell::new();
        self
    }

    /// The settings in the library's form, for functions that copy them.
    pub(crate) fn raw(&self) -> Result<&RawConfig> {
        let raw = self.raw.get_or_try_init(|| self.make_raw().map(Arc::new))?;
        Ok(raw)
    }

    /// A form of the library's that nobody else has.
    ///
    /// Bytes are data (S4): what is loaded with it is interpreted, whatever native code it carries.
    pub(crate) fn make_raw(&self) -> Result<RawConfig> {
        // SAFETY: makes a context that nobody else owns.
        let raw = unsafe { Owned::new(sys::WasmEdge_ConfigureCreate()) }?;
        let context = raw.as_mut_ptr();
        self.proposals.apply(&raw)?;
        let pages = compat::Pages::try_from(self.max_memory_pages)
            .map_err(|_| too_many_pages(self.max_memory_pages))?;
        // SAFETY: the context is alive, and the numbers are the library's.
        unsafe {
            sys::WasmEdge_ConfigureSetForceInterpreter(context, true);
            sys::WasmEdge_ConfigureSetMaxMemoryPage(context, pages);
            sys::WasmEdge_ConfigureSetAllowAFUNIX(context, self.allow_af_unix);
            sys::WasmEdge_ConfigureStatisticsSetInstructionCounting(
                context,
                self.count_instructions,
            );
            sys::WasmEdge_ConfigureStatisticsSetCostMeasuring(context, self.measure_cost);
            sys::WasmEdge_ConfigureStatisticsSetTimeMeasuring(context, self.measure_time);
        }
        self.compiler.apply(&raw);
        Ok(raw)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("proposals", &self.proposals)
            .field("max_memory_pages", &self.max_memory_pages)
            .field("wasi", &self.wasi)
            .field("allow_af_unix", &self.allow_af_unix)
            .field("count_instructions", &self.count_instructions)
            .field("measure_cost", &self.measure_cost)
            .field("measure_time", &self.measure_time)
            .field("compiler", &self.compiler)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}
