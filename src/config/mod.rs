//! How modules are loaded, checked and run.

use std::fmt;
use std::sync::Arc;

mod bounds;
mod compiler;
mod features;
mod proposal;

use once_cell::sync::OnceCell;

use compiler::CompilerOptions;
pub use compiler::{OptLevel, OutputFormat};
pub use proposal::Standard;

use crate::library::owned::Owned;
use crate::vocabulary::{Error, MemoryType, Result};
use crate::{compat, library, sys};
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
    /// The library's form of these settings, made when it is first needed. Whoever changes a setting
    /// that the library looks at takes it away: see [`change`](Self::change).
    raw: OnceCell<Arc<RawConfig>>,
}

/// The settings in the library's form, which each of its functions copies.
pub(crate) type RawConfig = Owned<sys::WasmEdge_ConfigureContext>;

impl Config {
    /// The defaults: WebAssembly 2.0, memories of up to 4 GiB, no WASI, and nothing counted.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for.
    #[doc(alias = "WasmEdge_ConfigureCreate")]
    #[doc(alias = "NewConfigure")]
    pub fn new() -> Result<Self> {
        library::ready()?;
        Ok(Self {
            proposals: Proposals::from_standard(Standard::Wasm2),
            max_memory_pages: MemoryType::MAX_PAGES,
            wasi: false,
            allow_af_unix: false,
            count_instructions: false,
            measure_cost: false,
            measure_time: false,
            compiler: CompilerOptions::default(),
            bounds: Bounds::default(),
            raw: OnceCell::new(),
        })
    }

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

    /// Sets the size that no memory may grow beyond, in pages of 64 KiB. The default is 65536,
    /// which is 4 GiB.
    ///
    /// # Errors
    ///
    /// When `pages` is above 65536.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (memory 1)
    ///          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    /// )?;
    /// let mut config = Config::new()?;
    /// config.max_memory_pages(2)?;
    /// let mut store = Store::with_config(&config, ())?;
    /// let guest = store.instantiate(&Module::new(&config, &wasm)?)?;
    /// let grow = guest.get_typed_func::<i32, i32>(&store, "grow")?;
    /// assert_eq!(grow.call(&mut store, 2)?, -1); // For the guest it is a growth that fails.
    /// assert_eq!(grow.call(&mut store, 1)?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureSetMaxMemoryPage")]
    #[doc(alias = "SetMaxMemoryPage")]
    pub fn max_memory_pages(&mut self, pages: u64) -> Result<&mut Self> {
        if pages > MemoryType::MAX_PAGES {
            return Err(too_many_pages(pages));
        }
        self.change().max_memory_pages = pages;
        Ok(self)
    }

    /// The size that no memory may grow beyond, in pages of 64 KiB.
    #[doc(alias = "WasmEdge_ConfigureGetMaxMemoryPage")]
    #[doc(alias = "GetMaxMemoryPage")]
    pub const fn get_max_memory_pages(&self) -> u64 {
        self.max_memory_pages
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
        self.wasi = enable;
        self
    }

    /// Whether a `Vm` gets WASI; see [`wasi`](Self::wasi).
    #[doc(alias = "WasmEdge_ConfigureHasHostRegistration")]
    #[doc(alias = "HasConfig")]
    pub const fn has_wasi(&self) -> bool {
        self.wasi
    }

    /// Whether guests may make UNIX domain sockets through the sockets of WASI; off at first.
    ///
    /// Such a socket is a file, and none that the guest was given: with this on, it can connect to
    /// any socket of the system whose path the process may reach, and make new ones, whatever
    /// directories [`Wasi`](crate::Wasi) opens to it. The setting is that of the executor, so it is
    /// for [`Store::with_config`](crate::Store::with_config) and
    /// [`Vm::with_config`](crate::Vm::with_config). Internet sockets need no setting.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Config;
    ///
    /// let mut config = Config::new()?;
    /// assert!(!config.allows_af_unix());
    /// config.allow_af_unix(true);
    /// assert!(config.allows_af_unix());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureSetAllowAFUNIX")]
    pub fn allow_af_unix(&mut self, enable: bool) -> &mut Self {
        self.change().allow_af_unix = enable;
        self
    }

    /// Whether guests may make UNIX domain sockets; see [`allow_af_unix`](Self::allow_af_unix).
    #[doc(alias = "WasmEdge_ConfigureIsAllowAFUNIX")]
    pub const fn allows_af_unix(&self) -> bool {
        self.allow_af_unix
    }

    /// Counts the instructions that are executed; see
    /// [`Statistics::instruction_count`](crate::Statistics::instruction_count).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Vm};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "f") nop nop))"#)?;
    /// let mut vm = Vm::with_config(Config::new()?.count_instructions(true), ())?;
    /// vm.run_bytes::<(), ()>(&wasm, "f", ())?;
    /// assert!(vm.statistics().instruction_count() >= 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetInstructionCounting")]
    #[doc(alias = "SetStatisticsInstructionCounting")]
    pub fn count_instructions(&mut self, enable: bool) -> &mut Self {
        self.change().count_instructions = enable;
        self
    }

    /// Whether instructions are counted.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsInstructionCounting")]
    #[doc(alias = "IsStatisticsInstructionCounting")]
    pub const fn counts_instructions(&self) -> bool {
        self.count_instructions
    }

    /// Adds up what the executed instructions cost; see
    /// [`Statistics::total_cost`](crate::Statistics::total_cost).
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetCostMeasuring")]
    #[doc(alias = "SetStatisticsCostMeasuring")]
    pub fn measure_cost(&mut self, enable: bool) -> &mut Self {
        self.change().measure_cost = enable;
        self
    }

    /// Whether cost is measured.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsCostMeasuring")]
    #[doc(alias = "IsStatisticsCostMeasuring")]
    pub const fn measures_cost(&self) -> bool {
        self.measure_cost
    }

    /// Measures the time that execution takes; see
    /// [`Statistics::instructions_per_second`](crate::Statistics::instructions_per_second).
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetTimeMeasuring")]
    #[doc(alias = "SetStatisticsTimeMeasuring")]
    pub fn measure_time(&mut self, enable: bool) -> &mut Self {
        self.change().measure_time = enable;
        self
    }

    /// Whether time is measured.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsTimeMeasuring")]
    #[doc(alias = "IsStatisticsTimeMeasuring")]
    pub const fn measures_time(&self) -> bool {
        self.measure_time
    }
}

#[cold]
fn too_many_pages(pages: u64) -> Error {
    Error::invalid(format!(
        "a memory cannot have {pages} pages; {} is the most",
        MemoryType::MAX_PAGES
    ))
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
