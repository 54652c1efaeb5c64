//! The fuel of an executor: how much code may still run.

use crate::config::Config;
use crate::runtime::executor::Executor;
use crate::runtime::statistics::Statistics;
use crate::vocabulary::{Error, Result};

/// How many instructions a table of costs has.
pub(crate) const COSTS: usize = 1 << 16;

/// How much of the cost that the statistics count may be spent.
#[derive(Debug)]
pub(crate) struct Tank {
    /// Whether the executor was made to measure cost, without which it never stops.
    measured: bool,
    /// The total cost at which it is empty; the highest number when no fuel was set.
    limit: u64,
    /// The highest cost of an instruction or a host function. The library adds it to the total
    /// before it compares, so the limit stays so far below the highest number that this cannot
    /// wrap.
    largest: u64,
}

impl Tank {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            measured: config.measures_cost(),
            limit: u64::MAX,
            largest: 1,
        }
    }

    fn effective(&self) -> u64 {
        self.limit.min(u64::MAX - self.largest)
    }

    fn left(&self, statistics: &Statistics) -> u64 {
        self.effective().saturating_sub(statistics.total_cost())
    }

    fn check_measured(&self) -> Result<()> {
        if self.measured {
            Ok(())
        } else {
            Err(Error::invalid(
                "this store has no fuel because its executor does not measure cost; turn that on \
                 with `Config::measure_cost`",
            ))
        }
    }

    /// Allows single costs this high.
    pub(crate) fn allow_cost(&mut self, cost: u64, statistics: &mut Statistics) {
        if cost > self.largest {
            self.largest = cost;
            statistics.set_cost_limit(self.effective());
        }
    }
}

impl Executor {
    pub(crate) fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        let (tank, statistics) = self.fuel();
        tank.check_measured()?;
        tank.limit = statistics.total_cost().saturating_add(fuel);
        statistics.set_cost_limit(tank.effective());
        Ok(())
    }

    /// How much fuel is left.
    pub(crate) fn fuel_left(&self) -> Result<u64> {
        self.tank.check_measured()?;
        Ok(self.tank.left(self.statistics()))
    }

    /// Sets what each instruction costs.
    pub(crate) fn set_costs(&mut self, costs: &[u64; COSTS]) {
        let largest = costs.iter().copied().max().unwrap_or(0);
        let (tank, statistics) = self.fuel();
        tank.allow_cost(largest, statistics);
        statistics.set_cost_table(costs);
    }

    /// Sets the counters of an executor to zero, and keeps the fuel that is left.
    pub(crate) fn clear_statistics(&mut self) {
        let (tank, statistics) = self.fuel();
        if tank.limit != u64::MAX {
            tank.limit = tank.left(statistics);
        }
        statistics.clear();
        statistics.set_cost_limit(tank.effective());
    }
}
