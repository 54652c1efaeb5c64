//! How deep the calls of a store may go.
//!
//! What counts is in the modules: see `module::rewrite`. Here is the variable that they share, in a
//! module instance of its own that has a name in the C store alone, where no guest's import is
//! looked for.

use std::ptr::NonNull;

use super::StoreCore;
use crate::compat::{self, Code};
use crate::library::owned::Owned;
use crate::module::{COUNTER, EXCEEDED};
use crate::runtime::global;
use crate::runtime::value::Val;
use crate::sys;
use crate::vocabulary::{Error, GlobalType, Mutability, Result, Trap, ValType};

/// How many calls from host functions may be inside one another, at most: they take the stack of
/// the thread, about 8 KiB each in a debug build, and whatever the host functions need.
const HOST_CALLS: i32 = 100;

/// The counter of a store: how much deeper the code may go. Outside of calls it is the limit.
pub(super) struct Depth {
    module: Owned<sys::WasmEdge_ModuleInstanceContext>,
    counter: Counter,
    limit: i32,
}

impl Depth {
    /// A counter for this depth, which is below 2³¹.
    pub(super) fn new(limit: u32, core: &StoreCore) -> Result<Self> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let (module, name) = COUNTER;
        let ty = GlobalType::new(ValType::I32, Mutability::Var);
        let global = global::create(&ty, Val::I32(limit), core)?;
        let counter = Counter(global.as_non_null());
        let (module, name) = (StoreCore::c_name(module)?, StoreCore::c_name(name)?);
        // SAFETY: makes a context that nobody else owns, which takes ownership of the global and
        // leaves it where it is; the names are copied.
        let module = unsafe {
            let module = Owned::new(sys::WasmEdge_ModuleInstanceCreate(module))?;
            sys::WasmEdge_ModuleInstanceAddGlobal(module.as_mut_ptr(), name, global.into_raw());
            module
        };
        Ok(Self {
            module,
            counter,
            limit,
        })
    }

    /// What is linked by the name of [`COUNTER`].
    pub(super) fn module(&self) -> *mut sys::WasmEdge_ModuleInstanceContext {
        self.module.as_mut_ptr()
    }

    /// Lowers the limit. No code runs.
    pub(super) fn lower(&mut self, limit: u32) {
        self.limit = self.limit.min(i32::try_from(limit).unwrap_or(i32::MAX));
        self.counter.set(self.limit);
    }

    /// Begins a call, by the program or by a host function.
    ///
    /// # Errors
    ///
    /// [`Trap::StackOverflow`] when it is one too deep.
    pub(super) fn enter(&self) -> Result<Entered> {
        let before = self.counter.get();
        if before < self.limit {
            // Code is running, and this is a host function that it called.
            let share = self.limit.div_euclid(HOST_CALLS) + 1;
            if before < share {
                return Err(Error::from(Trap::StackOverflow));
            }
            self.counter.set(before - share);
        }
        Ok(Entered { before })
    }

    /// Ends a call, whatever it left in the counter, and tells whether the depth was exceeded.
    pub(super) fn leave(&self, entered: Entered) -> bool {
        let exceeded = self.counter.get() == EXCEEDED;
        self.counter.set(entered.before);
        exceeded
    }
}

/// A call that has begun.
#[must_use]
pub(super) struct Entered {
    before: i32,
}

/// The global itself. It lives as long as the [`Depth`] that it is part of, which alone uses it.
struct Counter(NonNull<sys::WasmEdge_GlobalInstanceContext>);

// SAFETY: nothing in C is bound to the thread that made it, and it moves with its store.
unsafe impl Send for Counter {}

impl Counter {
    fn get(&self) -> i32 {
        // SAFETY: the module of the `Depth` owns the global, and is alive.
        let raw = unsafe { sys::WasmEdge_GlobalInstanceGetValue(self.0.as_ptr()) };
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a number is in the low bits"
        )]
        let bits = raw.Value as u32;
        bits as i32
    }

    fn set(&self, value: i32) {
        let raw = compat::raw_number(ValType::I32, u128::from(value as u32));
        // SAFETY: the module of the `Depth` owns the global; it is variable and of this type, and
        // its store is used by this thread alone.
        let code: Code = unsafe { compat::set_global(self.0.as_ptr(), raw) };
        debug_assert!(code.is_success());
    }
}
