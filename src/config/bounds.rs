//! Bounds that the library does not have, for guests that are not trusted.
//!
//! The library keeps a guest's memory and its instructions within bounds, and nothing else. What it
//! lacks the crate puts into the module itself, before the library sees it, or counts in the store.

use crate::config::Config;
use crate::vocabulary::{Error, Result, TableType};

/// What a configuration bounds; `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) call_depth: Option<u32>,
    pub(crate) table_elements: Option<u64>,
    pub(crate) instances_memory: Option<u64>,
    pub(crate) fuel: Option<u64>,
    pub(crate) confines_wasi: bool,
}

impl Bounds {
    /// Whether modules are rewritten.
    pub(crate) const fn rewrites(&self) -> bool {
        self.call_depth.is_some() || self.table_elements.is_some()
    }

    /// Makes sure that a module that was loaded under the bounds `module` may run under these.
    pub(crate) fn admit(&self, module: &Self) -> Result<()> {
        let missing = match (
            (self.call_depth, module.call_depth),
            (self.table_elements, module.table_elements),
        ) {
            ((Some(_), None), _) => "max_call_depth",
            (_, (Some(own), other)) if other.is_none_or(|other| other > own) => {
                "max_table_elements"
            }
            _ => return Ok(()),
        };
        Err(Error::invalid(format!(
            "the store has `Config::{missing}`, and the module was loaded without it, or with a \
             higher one; load it with the configuration of the store"
        )))
    }
}

impl Config {
    /// Sets how many calls may be inside one another in a store, over all its instances. Code that
    /// goes deeper ends with [`Trap::StackOverflow`](crate::Trap::StackOverflow), and the store can
    /// be used on. The library itself has no bound: its interpreter takes memory until there is
    /// none, and then ends the process.
    ///
    /// A function with more than 128 parameters, locals and operands counts once for each 128 of
    /// them, so that `depth` bounds the memory for the stack, too: 16 bytes for each value, which
    /// is 2 KiB for each unit of depth, and up to three times that while it grows. A call from a
    /// host function back into WebAssembly counts for a hundredth of `depth`, because it takes the
    /// stack of the thread: at most 100 such calls are inside one another.
    ///
    /// To this end modules are rewritten when they are loaded: functions count in a global variable
    /// that no guest can reach. Instructions that count are instructions to
    /// [`Statistics`](crate::Statistics) and to [fuel](crate::Store::set_fuel). Names and other
    /// custom sections are left out. A store with this bound takes no module without it, and no
    /// compiled one, which cannot be rewritten; a module with it lowers that of the store it is
    /// instantiated in.
    ///
    /// # Errors
    ///
    /// When `depth` is above 2³¹ − 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Trap, Vm};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (func $down (export "down") (param i32)
    ///            (if (local.get 0)
    ///              (then (call $down (i32.sub (local.get 0) (i32.const 1)))))))"#,
    /// )?;
    /// let mut config = Config::new()?;
    /// config.max_call_depth(100)?;
    /// let mut vm = Vm::with_config(&config, ())?;
    /// vm.run_bytes::<i32, ()>(&wasm, "down", 50)?;
    /// let error = vm.call::<i32, ()>("down", 1_000_000).unwrap_err();
    /// assert_eq!(error.trap(), Some(Trap::StackOverflow));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_call_depth(&mut self, depth: u32) -> Result<&mut Self> {
        if i32::try_from(depth).is_err() {
            return Err(Error::invalid(format!(
                "a depth of {depth} calls is above the {} that can be counted",
                i32::MAX
            )));
        }
        self.bounds.call_depth = Some(depth);
        Ok(self)
    }

    /// Returns how many calls may be inside one another; `None` where that has no bound.
    pub const fn get_max_call_depth(&self) -> Option<u32> {
        self.bounds.call_depth
    }

    /// Sets how many elements all tables of a module may have together. The library itself has no
    /// bound for a table without a maximum: it takes memory until there is none, and then ends the
    /// process.
    ///
    /// Modules are rewritten when they are loaded: each table gets a maximum, so that all of them
    /// fit. Where a module has several that can grow, what is left beyond their minima is shared
    /// out in equal parts. A table that an instance exports has this maximum, and a host's own
    /// [`Table`](crate::Table) has no higher one either.
    ///
    /// # Errors
    ///
    /// When `elements` is above [`Table::MAX_ELEMENTS`](crate::Table::MAX_ELEMENTS).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Vm};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (table $t 10 funcref)
    ///          (func (export "grow") (param i32) (result i32)
    ///            (table.grow $t (ref.null func) (local.get 0))))"#,
    /// )?;
    /// let mut config = Config::new()?;
    /// config.max_table_elements(100)?;
    /// let mut vm = Vm::with_config(&config, ())?;
    /// assert_eq!(vm.run_bytes::<i32, i32>(&wasm, "grow", 91)?, -1);
    /// assert_eq!(vm.call::<i32, i32>("grow", 90)?, 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_table_elements(&mut self, elements: u64) -> Result<&mut Self> {
        if elements > TableType::MAX_ELEMENTS {
            return Err(Error::invalid(format!(
                "{elements} elements are more than a table can have; {} is the most",
                TableType::MAX_ELEMENTS
            )));
        }
        self.bounds.table_elements = Some(elements);
        Ok(self)
    }

    /// Returns how many elements the tables of a module may have; `None` where that has no bound.
    pub const fn get_max_table_elements(&self) -> Option<u64> {
        self.bounds.table_elements
    }

    /// Sets how many bytes all memories of a store may have together, those of the host included.
    ///
    /// A memory counts with the largest size that it may grow to: its maximum, or
    /// [`max_memory_pages`](Self::max_memory_pages). So growing cannot fail because of this bound,
    /// but instantiating does, with [`ErrorKind::StoreMemory`](crate::ErrorKind::StoreMemory). What
    /// was made once counts as long as the store lives, also when the instantiation failed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, ErrorKind, Module, Store};
    ///
    /// let wasm = wat::parse_str("(module (memory 1 4))")?; // It may grow to 256 KiB.
    /// let mut config = Config::new()?;
    /// config.max_instances_memory(600 * 1024);
    /// let module = Module::new(&config, &wasm)?;
    /// let mut store = Store::with_config(&config, ())?;
    /// store.instantiate(&module)?;
    /// store.instantiate(&module)?;
    /// let error = store.instantiate(&module).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::StoreMemory { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn max_instances_memory(&mut self, bytes: u64) -> &mut Self {
        self.bounds.instances_memory = Some(bytes);
        self
    }

    /// Returns how many bytes the memories of a store may have; `None` where that has no bound.
    pub const fn get_max_instances_memory(&self) -> Option<u64> {
        self.bounds.instances_memory
    }

    /// Sets how much code may run in a store at first, as
    /// [`Store::set_fuel`](crate::Store::set_fuel) does, and turns
    /// [`measure_cost`](Self::measure_cost) on.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Store};
    ///
    /// let mut config = Config::new()?;
    /// config.fuel(10_000);
    /// assert_eq!(Store::with_config(&config, ())?.fuel()?, 10_000);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn fuel(&mut self, fuel: u64) -> &mut Self {
        self.bounds.fuel = Some(fuel);
        self.measure_cost(true)
    }

    /// Returns the fuel that a store has at first; `None` where it is not bounded.
    pub const fn get_fuel(&self) -> Option<u64> {
        self.bounds.fuel
    }

    /// Refuses guests what WASI has that reaches past the sandbox: raising signals in this process
    /// (`proc_raise`) and sockets (`sock_*`). These functions are there, and return the error
    /// `notcapable`. It holds for every [`Wasi`](crate::Wasi) that is registered in a store that is
    /// made with this; for one alone there is [`Wasi::deny`](crate::Wasi::deny).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Vm};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "wasi_snapshot_preview1" "proc_raise" (func (param i32) (result i32)))
    ///          (export "raise" (func 0)))"#,
    /// )?;
    /// let mut config = Config::new()?;
    /// config.wasi(true).confine_wasi(true);
    /// let mut vm = Vm::with_config(&config, ())?;
    /// assert_eq!(vm.run_bytes::<i32, i32>(&wasm, "raise", 6)?, 76); // notcapable
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn confine_wasi(&mut self, enable: bool) -> &mut Self {
        self.bounds.confines_wasi = enable;
        self
    }

    /// Whether WASI is [confined](Self::confine_wasi).
    pub const fn confines_wasi(&self) -> bool {
        self.bounds.confines_wasi
    }
}
