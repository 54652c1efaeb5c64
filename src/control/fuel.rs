//! Fuel: how much code may run, in instructions or in what they cost.

use std::fmt;

use crate::compat;
use crate::runtime::func::Caller;
use crate::runtime::store::{self, AsStoreMut, Store};
use crate::runtime::tank::COSTS;
use crate::vocabulary::{Error, Quoted, Result};

/// What each instruction costs.
///
/// The library counts 65536 instructions, most of which do not exist. Costs above
/// [`MAX`](Self::MAX) count as that.
///
/// At an `else` that is reached from above, the library gives its cost back and takes that of
/// `end`; when everything before it cost less, it says "out of fuel". So do not make all
/// instructions free.
///
/// # Examples
///
/// Only calls cost:
///
/// ```
/// use wasmedge::{Config, CostTable, Executor, Module, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (func $nothing)
///          (func (export "f") call $nothing call $nothing nop))"#,
/// )?;
/// let mut config = Config::new()?;
/// config.measure_cost(true);
/// let mut store = Store::with_config(&config, ())?;
/// let instance = store.instantiate(&Module::new(&config, &wasm)?)?;
/// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
///
/// let mut costs = CostTable::uniform(0);
/// costs.set("call", 10)?;
/// store.set_cost_table(&costs);
/// f.call(&mut store, ())?;
/// assert_eq!(store.statistics().total_cost(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CostTable(Box<[u64; SIZE]>);

const SIZE: usize = COSTS;

impl CostTable {
    /// The highest cost.
    pub const MAX: u64 = u64::MAX / 2;

    /// Creates a table in which every instruction costs the same. In a new store, that is 1.
    pub fn uniform(cost: u64) -> Self {
        let costs = vec![cost.min(Self::MAX); SIZE].into_boxed_slice();
        Self(costs.try_into().expect("a slice of this size"))
    }

    /// Creates a table of the library's own numbering, which is [`slots`](Self::slots); what is
    /// beyond the end costs nothing.
    ///
    /// # Errors
    ///
    /// When there are more than 65536 costs.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::CostTable;
    ///
    /// let mut costs = vec![1; 65536];
    /// for place in CostTable::slots("memory.grow")? {
    ///     costs[place] = 1_000;
    /// }
    /// let table = CostTable::from_slice(&costs)?;
    /// assert_eq!(table.get("memory.grow")?, Some(1_000));
    /// assert_eq!(table.get("i32.add")?, Some(1));
    /// assert!(table.get("i32.plus").is_err()); // There is no such instruction.
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn from_slice(costs: &[u64]) -> Result<Self> {
        if costs.len() > SIZE {
            return Err(Error::invalid(format!(
                "a cost table has {SIZE} entries; {} are too many",
                costs.len()
            )));
        }
        let mut table = Self::uniform(0);
        for (own, cost) in table.0.iter_mut().zip(costs) {
            *own = (*cost).min(Self::MAX);
        }
        Ok(table)
    }

    /// Sets the cost of an instruction, by its name in the text format, such as `i32.add`.
    ///
    /// # Errors
    ///
    /// When there is no such instruction. One that this version of the library does not know costs
    /// what it likes, since it cannot run.
    pub fn set(&mut self, name: &str, cost: u64) -> Result<&mut Self> {
        for slot in Self::slots(name)? {
            self.0[slot] = cost.min(Self::MAX);
        }
        Ok(self)
    }

    /// Returns what an instruction costs, by its name in the text format; nothing when this version
    /// of the library does not know it.
    ///
    /// # Errors
    ///
    /// When there is no such instruction.
    pub fn get(&self, name: &str) -> Result<Option<u64>> {
        let slots = Self::slots(name)?;
        Ok(slots.first().map(|&slot| self.0[slot]))
    }

    /// Returns the places that an instruction has in the table: one, or more where the library
    /// tells several forms of it apart, or none where it does not know it. Before 0.14 it is the
    /// number of the binary format, such as `0x6a` or `0xfd0c`; from then on the library has a
    /// numbering of its own.
    ///
    /// # Errors
    ///
    /// When there is no such instruction.
    pub fn slots(name: &str) -> Result<Vec<usize>> {
        compat::cost_slots(name).ok_or_else(|| {
            Error::invalid(format!(
                "there is no instruction {}; the names are those of the text format, such as \
                     `i32.add`",
                Quoted::name(name)
            ))
        })
    }

    /// Returns all costs, in the library's numbering.
    pub fn as_slice(&self) -> &[u64] {
        &self.0[..]
    }
}

impl fmt::Debug for CostTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CostTable").finish_non_exhaustive()
    }
}

fn set_fuel(store: &mut impl AsStoreMut, fuel: u64) -> Result<()> {
    store::core_mut(store).executor.set_fuel(fuel)
}

fn fuel(store: &impl store::AsStore) -> Result<u64> {
    store::core(store).executor.fuel_left()
}

impl<T: 'static> Store<T> {
    /// Sets how much code may run from now on, over all calls: one unit for each instruction, or
    /// what a [`CostTable`] says. Code that wants more ends with
    /// [`Trap::OutOfFuel`](crate::Trap::OutOfFuel), and can be called again when there is fuel.
    ///
    /// A store has no limit until this is called, and `u64::MAX` takes it away.
    ///
    /// C: `WasmEdge_StatisticsSetCostLimit`. Go: `SetCostLimit`.
    ///
    /// # Errors
    ///
    /// When the store was made without [`Config::measure_cost`](crate::Config::measure_cost).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store, Trap};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#)?;
    /// let mut config = Config::new()?;
    /// config.measure_cost(true);
    /// let mut store = Store::with_config(&config, ())?;
    /// let instance = store.instantiate(&Module::new(&config, &wasm)?)?;
    /// let spin = instance.get_typed_func::<(), ()>(&store, "spin")?;
    ///
    /// store.set_fuel(10_000)?;
    /// let error = spin.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.trap(), Some(Trap::OutOfFuel));
    /// assert_eq!(store.fuel()?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_StatisticsSetCostLimit")]
    #[doc(alias = "SetCostLimit")]
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        set_fuel(self, fuel)
    }

    /// Returns how much fuel is left.
    ///
    /// # Errors
    ///
    /// Same as [`set_fuel`](Self::set_fuel).
    pub fn fuel(&self) -> Result<u64> {
        fuel(self)
    }

    /// Sets what each instruction costs from now on. It counts where the store was made with
    /// [`Config::measure_cost`](crate::Config::measure_cost).
    ///
    /// C: `WasmEdge_StatisticsSetCostTable`. Go: `SetCostTable`.
    #[doc(alias = "WasmEdge_StatisticsSetCostTable")]
    #[doc(alias = "SetCostTable")]
    pub fn set_cost_table(&mut self, costs: &CostTable) {
        store::core_mut(self).executor.set_costs(&costs.0);
    }

    /// Sets all counters of the [`Statistics`](crate::Statistics) to zero. The fuel that is left
    /// stays.
    ///
    /// C: `WasmEdge_StatisticsClear`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Vm};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "f") nop))"#)?;
    /// let mut vm = Vm::with_config(Config::new()?.count_instructions(true), ())?;
    /// vm.run_bytes::<(), ()>(&wasm, "f", ())?;
    /// assert_ne!(vm.statistics().instruction_count(), 0);
    /// vm.store_mut().clear_statistics();
    /// assert_eq!(vm.statistics().instruction_count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_StatisticsClear")]
    pub fn clear_statistics(&mut self) {
        store::core_mut(self).executor.clear_statistics();
    }
}

impl<T: 'static> Caller<'_, T> {
    /// Same as [`Store::set_fuel`], for the code that is running and all that comes after it.
    ///
    /// # Errors
    ///
    /// Same as [`Store::set_fuel`].
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        set_fuel(self, fuel)
    }

    /// Same as [`Store::fuel`].
    ///
    /// # Errors
    ///
    /// Same as [`Store::set_fuel`].
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Caller, Config, HostModule, Vm};
    ///
    /// let mut env = HostModule::new("env");
    /// // What the program charges beside the instructions.
    /// env.func_wrap("render", |mut caller: Caller<'_, ()>, pixels: u32| {
    ///     let left = caller.fuel()?.saturating_sub(u64::from(pixels));
    ///     caller.set_fuel(left)
    /// })?;
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "env" "render" (func $render (param i32)))
    ///          (func (export "run") (call $render (i32.const 5_000))))"#,
    /// )?;
    /// let mut vm = Vm::with_config(Config::new()?.measure_cost(true), ())?;
    /// vm.register_host(&env)?;
    /// vm.set_fuel(10_000)?;
    /// vm.run_bytes::<(), ()>(&wasm, "run", ())?;
    /// assert!(vm.fuel()? < 5_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fuel(&self) -> Result<u64> {
        fuel(self)
    }
}
