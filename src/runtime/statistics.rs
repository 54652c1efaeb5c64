//! What an executor counted.

use std::fmt;
use std::ptr;

use crate::library::owned::Owned;
use crate::sys;
use crate::vocabulary::Result;

/// The counters of an [`Executor`](crate::Executor), which owns them; see
/// [`Store::statistics`](crate::Store::statistics).
///
/// Each counter stays at zero unless the [`Config`](crate::Config) of the executor turned it on:
/// [`count_instructions`](crate::Config::count_instructions),
/// [`measure_cost`](crate::Config::measure_cost), [`measure_time`](crate::Config::measure_time).
///
/// C: `WasmEdge_StatisticsContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Vm};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (func (export "count") (param i32)
///            (loop
///              (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
///              (br_if 0 (local.get 0)))))"#,
/// )?;
/// let mut config = Config::new()?;
/// config.count_instructions(true).measure_time(true).measure_cost(true);
/// let mut vm = Vm::with_config(&config, ())?;
/// vm.run_bytes::<i32, ()>(&wasm, "count", 100)?;
/// let statistics = vm.statistics();
/// assert!(statistics.instruction_count() >= 500);
/// assert!(statistics.total_cost() >= 500);
/// assert!(statistics.instructions_per_second().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_StatisticsContext")]
pub struct Statistics {
    /// `None` where nothing is counted: each C object carries a table of 512 KiB. The functions of
    /// the C API take null for one whose counters are zero.
    raw: Option<Owned<sys::WasmEdge_StatisticsContext>>,
}

impl Statistics {
    /// Counters at zero, for a new executor.
    ///
    /// C: `WasmEdge_StatisticsCreate`. Go: `NewStatistics`.
    #[doc(alias = "WasmEdge_StatisticsCreate")]
    #[doc(alias = "NewStatistics")]
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: makes a context that nobody else owns.
        let raw = unsafe { Owned::new(sys::WasmEdge_StatisticsCreate()) }?;
        Ok(Self { raw: Some(raw) })
    }

    /// Those of an executor that counts nothing.
    pub(crate) const fn none() -> Self {
        Self { raw: None }
    }

    /// Whether C was told to use them: it keeps no pointer to them else.
    pub(crate) const fn counts(&self) -> bool {
        self.raw.is_some()
    }

    /// Null where nothing is counted.
    pub(crate) fn as_ptr(&self) -> *mut sys::WasmEdge_StatisticsContext {
        self.raw.as_ref().map_or(ptr::null_mut(), Owned::as_mut_ptr)
    }

    /// Returns how many instructions were executed.
    ///
    /// C: `WasmEdge_StatisticsGetInstrCount`. Go: `GetInstrCount`.
    #[doc(alias = "WasmEdge_StatisticsGetInstrCount")]
    #[doc(alias = "GetInstrCount")]
    pub fn instruction_count(&self) -> u64 {
        // SAFETY: the context is alive or null; the counter is atomic.
        unsafe { sys::WasmEdge_StatisticsGetInstrCount(self.as_ptr()) }
    }

    /// Instructions per second of execution time, or `None` when the instructions or the time were
    /// not measured (C divides by zero then).
    ///
    /// C: `WasmEdge_StatisticsGetInstrPerSecond`. Go: `GetInstrPerSecond`.
    #[doc(alias = "WasmEdge_StatisticsGetInstrPerSecond")]
    #[doc(alias = "GetInstrPerSecond")]
    pub fn instructions_per_second(&self) -> Option<f64> {
        // SAFETY: the context is alive or null; the timer is locked inside.
        let rate = unsafe { sys::WasmEdge_StatisticsGetInstrPerSecond(self.as_ptr()) };
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }

    /// Returns what the executed instructions cost, by the cost table: one each at first.
    ///
    /// C: `WasmEdge_StatisticsGetTotalCost`. Go: `GetTotalCost`.
    #[doc(alias = "WasmEdge_StatisticsGetTotalCost")]
    #[doc(alias = "GetTotalCost")]
    pub fn total_cost(&self) -> u64 {
        // SAFETY: the context is alive or null; the counter is atomic.
        unsafe { sys::WasmEdge_StatisticsGetTotalCost(self.as_ptr()) }
    }

    /// Sets what the total cost must not exceed. The executor's constructor sets it as well, to the
    /// highest number: what is set before it is lost.
    ///
    /// C: `WasmEdge_StatisticsSetCostLimit`. Go: `SetCostLimit`.
    #[doc(alias = "WasmEdge_StatisticsSetCostLimit")]
    #[doc(alias = "SetCostLimit")]
    pub(crate) fn set_cost_limit(&mut self, limit: u64) {
        // SAFETY: the context is alive or null. The limit is no atomic: other threads have no
        // access, and this one reads it anew for each instruction.
        unsafe { sys::WasmEdge_StatisticsSetCostLimit(self.as_ptr(), limit) };
    }

    /// Sets what each instruction costs.
    ///
    /// C: `WasmEdge_StatisticsSetCostTable`. Go: `SetCostTable`.
    #[doc(alias = "WasmEdge_StatisticsSetCostTable")]
    #[doc(alias = "SetCostTable")]
    pub(crate) fn set_cost_table(&mut self, costs: &[u64; 1 << 16]) {
        // SAFETY: the context is alive or null, and used by nobody else; the table is copied, and
        // not written in spite of its type (`Span<const uint64_t>` in lib/api/wasmedge.cpp).
        unsafe {
            let costs = costs.as_ptr().cast_mut();
            sys::WasmEdge_StatisticsSetCostTable(self.as_ptr(), costs, 1 << 16);
        }
    }

    /// Sets all counters to zero.
    ///
    /// C: `WasmEdge_StatisticsClear`.
    #[doc(alias = "WasmEdge_StatisticsClear")]
    pub(crate) fn clear(&mut self) {
        // SAFETY: the context is alive or null, and atomic or locked in what this changes.
        unsafe { sys::WasmEdge_StatisticsClear(self.as_ptr()) };
    }
}

impl fmt::Debug for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statistics")
            .field("instruction_count", &self.instruction_count())
            .field("total_cost", &self.total_cost())
            .field("instructions_per_second", &self.instructions_per_second())
            .finish()
    }
}
