//! How modules are loaded, checked and run.

use core::fmt;

mod proposal;

pub use proposal::{Proposal, Standard};

use crate::bounds::Bounds;
use crate::error::{Error, Result};
use crate::sys::{self, compat, library, owned::Owned};
use crate::types::MemoryType;

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
    /// What the library knows nothing of.
    pub(crate) bounds: Bounds,
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
        let bounds = Bounds::default();
        let config = Self { raw, bounds };
        // SAFETY: the context is alive. Bytes are data (S4): what is loaded with this
        // configuration is interpreted, whatever native code it carries.
        unsafe { sys::WasmEdge_ConfigureSetForceInterpreter(config.as_ptr(), true) };
        config.turn_off_unsound()?;
        Ok(config)
    }

    /// Another one with the same settings, as far as loaders and compilers look at them; the C API
    /// copies none.
    pub(crate) fn copy(&self) -> Result<Self> {
        let mut copy = Self::new()?;
        copy.bounds = self.bounds;
        copy.set_proposals_of(self)?;
        copy.allow_af_unix(self.allows_af_unix())
            .max_memory_pages(self.get_max_memory_pages())?
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
        // SAFETY: the context is alive.
        unsafe { sys::WasmEdge_ConfigureSetAllowAFUNIX(self.as_ptr(), enable) };
        self
    }

    /// Whether guests may make UNIX domain sockets; see [`allow_af_unix`](Self::allow_af_unix).
    #[doc(alias = "WasmEdge_ConfigureIsAllowAFUNIX")]
    pub fn allows_af_unix(&self) -> bool {
        // SAFETY: the context is alive.
        unsafe { sys::WasmEdge_ConfigureIsAllowAFUNIX(self.as_ptr()) }
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
            .field("allow_af_unix", &self.allows_af_unix())
            .field("max_memory_pages", &self.get_max_memory_pages())
            .field("count_instructions", &self.counts_instructions())
            .field("measure_cost", &self.measures_cost())
            .field("measure_time", &self.measures_time())
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}
