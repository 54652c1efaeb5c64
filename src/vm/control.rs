//! Stopping what a [`Vm`] runs, and counting it.

use std::time::Duration;

use super::Vm;
use crate::control::fuel::CostTable;
use crate::control::interrupt::InterruptHandle;
use crate::control::timeout::with_timeout;
use crate::runtime::func::{WasmParams, WasmResults};
use crate::runtime::value::Val;
use crate::vocabulary::Result;

impl<T: 'static> Vm<T> {
    /// Same as [`Store::set_fuel`](crate::Store::set_fuel).
    ///
    /// C: `WasmEdge_StatisticsSetCostLimit`. Go: `SetCostLimit`.
    ///
    /// # Errors
    ///
    /// Same as [`Store::set_fuel`](crate::Store::set_fuel).
    #[doc(alias = "WasmEdge_StatisticsSetCostLimit")]
    #[doc(alias = "SetCostLimit")]
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.store.set_fuel(fuel)
    }

    /// Same as [`Store::fuel`](crate::Store::fuel).
    ///
    /// # Errors
    ///
    /// Same as [`Store::set_fuel`](crate::Store::set_fuel).
    pub fn fuel(&self) -> Result<u64> {
        self.store.fuel()
    }

    /// Same as [`Store::set_cost_table`](crate::Store::set_cost_table).
    ///
    /// C: `WasmEdge_StatisticsSetCostTable`. Go: `SetCostTable`.
    #[doc(alias = "WasmEdge_StatisticsSetCostTable")]
    #[doc(alias = "SetCostTable")]
    pub fn set_cost_table(&mut self, costs: &CostTable) {
        self.store_mut().set_cost_table(costs);
    }

    /// Same as [`Store::clear_statistics`](crate::Store::clear_statistics).
    ///
    /// C: `WasmEdge_StatisticsClear`.
    #[doc(alias = "WasmEdge_StatisticsClear")]
    pub fn clear_statistics(&mut self) {
        self.store_mut().clear_statistics();
    }

    /// Same as [`Store::interrupt_handle`](crate::Store::interrupt_handle).
    ///
    /// C: `WasmEdge_ExecutorAsyncInvoke`.
    ///
    /// # Errors
    ///
    /// Same as [`Store::interrupt_handle`](crate::Store::interrupt_handle).
    #[doc(alias = "WasmEdge_ExecutorAsyncInvoke")]
    pub fn interrupt_handle(&mut self) -> Result<InterruptHandle> {
        self.store_mut().interrupt_handle()
    }

    /// Same as [`Store::with_timeout`](crate::Store::with_timeout), for `run_file`, `run_bytes` and
    /// all else.
    ///
    /// # Errors
    ///
    /// Same as [`Store::with_timeout`](crate::Store::with_timeout).
    ///
    /// # Panics
    ///
    /// When `body` does.
    pub fn with_timeout<R>(
        &mut self,
        timeout: Duration,
        body: impl FnOnce(&mut Self) -> R,
    ) -> Result<R> {
        with_timeout(self, timeout, body)
    }

    /// Same as [`call`](Self::call), and stops the code after this time; see
    /// [`Store::with_timeout`](crate::Store::with_timeout).
    ///
    /// C: `WasmEdge_AsyncWaitFor`. Go: `WaitFor`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when the code was stopped,
    /// [`ErrorKind::Thread`](crate::ErrorKind::Thread) when no thread can be started to watch it,
    /// else the same as [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    #[doc(alias = "WasmEdge_AsyncWaitFor")]
    #[doc(alias = "WaitFor")]
    pub fn call_timeout<P: WasmParams, R: WasmResults>(
        &mut self,
        name: &str,
        params: P,
        timeout: Duration,
    ) -> Result<R> {
        self.with_timeout(timeout, |vm| vm.call(name, params))?
    }

    /// Same as [`call_values`](Self::call_values), and stops the code after this time; see
    /// [`Store::with_timeout`](crate::Store::with_timeout).
    ///
    /// C: `WasmEdge_AsyncWaitFor`. Go: `WaitFor`.
    ///
    /// # Errors
    ///
    /// Same as [`call_timeout`](Self::call_timeout).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    #[doc(alias = "WasmEdge_AsyncWaitFor")]
    #[doc(alias = "WaitFor")]
    pub fn call_values_timeout(
        &mut self,
        name: &str,
        params: &[Val],
        timeout: Duration,
    ) -> Result<Vec<Val>> {
        self.with_timeout(timeout, |vm| vm.call_values(name, params))?
    }
}
