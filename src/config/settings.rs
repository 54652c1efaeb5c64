//! The constructors of a [`Config`], and the settings that the library has itself.

use super::{Bounds, CompilerOptions, Config, Proposals, Standard};
use crate::library;
use crate::vocabulary::{Error, MemoryType, Result};
use once_cell::sync::OnceCell;

impl Config {
    /// Creates a configuration with the defaults: WebAssembly 2.0, memories of up to 4 GiB, no
    /// WASI, and nothing counted.
    ///
    /// C: `WasmEdge_ConfigureCreate`. Go: `NewConfigure`.
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

    /// Creates a configuration for guests that are not trusted: everything that this crate can
    /// bound has a bound.
    ///
    /// | what | bound |
    /// |---|---|
    /// | [`fuel`](Self::fuel) of a store | 1,000,000,000 instructions |
    /// | [`max_memory_pages`](Self::max_memory_pages), of one memory | 4096 pages, 256 MiB |
    /// | [`max_instances_memory`](Self::max_instances_memory), of all memories of a store | 1 GiB |
    /// | [`max_call_depth`](Self::max_call_depth) | 10,000 calls |
    /// | [`max_table_elements`](Self::max_table_elements), of all tables of a module | 1,000,000 elements |
    /// | [`confine_wasi`](Self::confine_wasi) | signals and sockets are refused |
    /// | [proposals](crate::Proposal) | those of WebAssembly 2.0 |
    ///
    /// Each can be set anew. The proposals are those of [`new`](Self::new).
    ///
    /// The configuration is to be that of the store *and* of the modules: a store that was made
    /// with it refuses modules that were loaded without. What a guest can still do is on the page
    /// on [security](crate::guide::security); above all, fuel is no bound of time, so use
    /// [`call_timeout`](crate::TypedFunc::call_timeout) as well.
    ///
    /// # Errors
    ///
    /// Same as [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store, Trap};
    ///
    /// let wasm = wat::parse_str(r#"(module (func $f (export "f") call $f))"#)?;
    /// let config = Config::untrusted()?;
    /// let mut store = Store::with_config(&config, ())?;
    /// let instance = store.instantiate(&Module::new(&config, &wasm)?)?;
    /// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.trap(), Some(Trap::StackOverflow));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn untrusted() -> Result<Self> {
        let mut config = Self::new()?;
        config
            .fuel(1_000_000_000)
            .max_memory_pages(4096)?
            .max_instances_memory(1 << 30)
            .max_call_depth(10_000)?
            .max_table_elements(1_000_000)?
            .confine_wasi(true);
        Ok(config)
    }

    /// Sets the size that no memory may grow beyond, in pages of 64 KiB. The default is 65536,
    /// which is 4 GiB.
    ///
    /// C: `WasmEdge_ConfigureSetMaxMemoryPage`. Go: `SetMaxMemoryPage`.
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

    /// Returns the size that no memory may grow beyond, in pages of 64 KiB.
    ///
    /// C: `WasmEdge_ConfigureGetMaxMemoryPage`. Go: `GetMaxMemoryPage`.
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
    /// C: `WasmEdge_ConfigureAddHostRegistration`, `WasmEdge_ConfigureRemoveHostRegistration`,
    /// `WasmEdge_HostRegistration_Wasi`. Go: `WASI`, `AddConfig`, `RemoveConfig`,
    /// `HostRegistration`.
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
    ///
    /// C: `WasmEdge_ConfigureHasHostRegistration`. Go: `HasConfig`.
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
    /// C: `WasmEdge_ConfigureSetAllowAFUNIX`.
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
    ///
    /// C: `WasmEdge_ConfigureIsAllowAFUNIX`.
    #[doc(alias = "WasmEdge_ConfigureIsAllowAFUNIX")]
    pub const fn allows_af_unix(&self) -> bool {
        self.allow_af_unix
    }

    /// Counts the instructions that are executed; see
    /// [`Statistics::instruction_count`](crate::Statistics::instruction_count).
    ///
    /// C: `WasmEdge_ConfigureStatisticsSetInstructionCounting`. Go:
    /// `SetStatisticsInstructionCounting`.
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
    ///
    /// C: `WasmEdge_ConfigureStatisticsIsInstructionCounting`. Go:
    /// `IsStatisticsInstructionCounting`.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsInstructionCounting")]
    #[doc(alias = "IsStatisticsInstructionCounting")]
    pub const fn counts_instructions(&self) -> bool {
        self.count_instructions
    }

    /// Adds up what the executed instructions cost; see
    /// [`Statistics::total_cost`](crate::Statistics::total_cost).
    ///
    /// C: `WasmEdge_ConfigureStatisticsSetCostMeasuring`. Go: `SetStatisticsCostMeasuring`.
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetCostMeasuring")]
    #[doc(alias = "SetStatisticsCostMeasuring")]
    pub fn measure_cost(&mut self, enable: bool) -> &mut Self {
        self.change().measure_cost = enable;
        self
    }

    /// Whether cost is measured.
    ///
    /// C: `WasmEdge_ConfigureStatisticsIsCostMeasuring`. Go: `IsStatisticsCostMeasuring`.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsCostMeasuring")]
    #[doc(alias = "IsStatisticsCostMeasuring")]
    pub const fn measures_cost(&self) -> bool {
        self.measure_cost
    }

    /// Measures the time that execution takes; see
    /// [`Statistics::instructions_per_second`](crate::Statistics::instructions_per_second).
    ///
    /// C: `WasmEdge_ConfigureStatisticsSetTimeMeasuring`. Go: `SetStatisticsTimeMeasuring`.
    #[doc(alias = "WasmEdge_ConfigureStatisticsSetTimeMeasuring")]
    #[doc(alias = "SetStatisticsTimeMeasuring")]
    pub fn measure_time(&mut self, enable: bool) -> &mut Self {
        self.change().measure_time = enable;
        self
    }

    /// Whether time is measured.
    ///
    /// C: `WasmEdge_ConfigureStatisticsIsTimeMeasuring`. Go: `IsStatisticsTimeMeasuring`.
    #[doc(alias = "WasmEdge_ConfigureStatisticsIsTimeMeasuring")]
    #[doc(alias = "IsStatisticsTimeMeasuring")]
    pub const fn measures_time(&self) -> bool {
        self.measure_time
    }
}

#[cold]
pub(super) fn too_many_pages(pages: u64) -> Error {
    Error::invalid(format!(
        "a memory cannot have {pages} pages; {} is the most",
        MemoryType::MAX_PAGES
    ))
}
