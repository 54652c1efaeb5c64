//! What runs WebAssembly.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use crate::config::{Bounds, Config};
use crate::library::owned::Owned;
use crate::native::thread_state;
use crate::runtime::statistics::Statistics;
use crate::runtime::tank::Tank;
use crate::vocabulary::Result;
use crate::{library, sys};

/// Instantiates modules and calls functions, and counts what it does.
///
/// An executor is made with a [`Config`] and moved into a [`Store`](crate::Store), where it is seen
/// again as [`store.executor()`](crate::Store::executor). There is one for each store, so that
/// counters, cost limit and interruption have one owner.
///
/// C: `WasmEdge_ExecutorContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Executor, Store};
///
/// let mut config = Config::new()?;
/// let executor = Executor::new(config.count_instructions(true))?;
/// let store = Store::with_executor(executor, ())?;
/// assert_eq!(store.statistics().instruction_count(), 0);
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[doc(alias = "WasmEdge_ExecutorContext")]
pub struct Executor {
    /// Before the statistics, of which it keeps a raw pointer.
    raw: ManuallyDrop<Owned<sys::WasmEdge_ExecutorContext>>,
    statistics: Statistics,
    /// What it lets no memory grow beyond.
    max_memory_pages: u64,
    bounds: Bounds,
    pub(crate) tank: Tank,
}

impl Executor {
    /// Creates an executor with its own statistics.
    ///
    /// C: `WasmEdge_ExecutorCreate`. Go: `NewExecutor`, `NewExecutorWithConfig`,
    /// `NewExecutorWithStatistics`, `NewExecutorWithConfigAndStatistics`.
    ///
    /// # Errors
    ///
    /// When the loaded library is not the one the program was built for, or is out of memory.
    #[doc(alias = "WasmEdge_ExecutorCreate")]
    #[doc(alias = "NewExecutor")]
    #[doc(alias = "NewExecutorWithConfig")]
    #[doc(alias = "NewExecutorWithStatistics")]
    #[doc(alias = "NewExecutorWithConfigAndStatistics")]
    pub fn new(config: &Config) -> Result<Self> {
        library::ready()?;
        let counts =
            config.counts_instructions() || config.measures_cost() || config.measures_time();
        let statistics = if counts {
            Statistics::new()?
        } else {
            Statistics::none()
        };
        // SAFETY: the contexts are alive, the second may be null. The configuration is copied; the
        // statistics live as long as the executor, by the order of the fields.
        let raw = unsafe {
            Owned::new(sys::WasmEdge_ExecutorCreate(
                config.raw()?.as_ptr(),
                statistics.as_ptr(),
            ))
        }?;
        let mut executor = Self {
            raw: ManuallyDrop::new(raw),
            statistics,
            max_memory_pages: config.get_max_memory_pages(),
            bounds: config.bounds,
            tank: Tank::new(config),
        };
        if let Some(fuel) = config.bounds.fuel {
            executor.set_fuel(fuel)?;
        }
        Ok(executor)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::WasmEdge_ExecutorContext {
        self.raw.as_mut_ptr()
    }

    pub(crate) const fn max_memory_pages(&self) -> u64 {
        self.max_memory_pages
    }

    /// What it bounds beside memories.
    pub(crate) const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Whether there are counters for compiled code to write to.
    pub(crate) const fn counts(&self) -> bool {
        self.statistics.counts()
    }

    pub(crate) fn as_non_null(&self) -> NonNull<sys::WasmEdge_ExecutorContext> {
        self.raw.as_non_null()
    }

    /// What fuel is left is told by the two together.
    pub(crate) const fn fuel(&mut self) -> (&mut Tank, &mut Statistics) {
        (&mut self.tank, &mut self.statistics)
    }

    /// Returns what the executor counted.
    ///
    /// Go: `NewStatistics`.
    #[doc(alias = "NewStatistics")]
    pub const fn statistics(&self) -> &Statistics {
        &self.statistics
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // SAFETY: taken once, here, and not used again.
        thread_state::free_executor(unsafe { ManuallyDrop::take(&mut self.raw) });
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("statistics", &self.statistics)
            .finish_non_exhaustive()
    }
}
