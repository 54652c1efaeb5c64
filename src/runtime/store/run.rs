//! The call into C, which runs code.
//!
//! All of it goes through [`CoreMut`]: while code runs, no reference to the store is alive but
//! those of the host functions that the code calls.

use std::panic::resume_unwind;
use std::ptr::{self, NonNull};

use super::contents::Failed;
use super::{CoreMut, StoreCore};
use crate::compat::{Code, Meaning, RawValue};
use crate::library::door;
use crate::library::owned::Owned;
use crate::module::Module;
use crate::runtime::gate::Cause;
use crate::runtime::instance::Instance;
use crate::runtime::memory;
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, ExternType, Pending, Result, Trap};

type RawFunc = NonNull<sys::WasmEdge_FunctionInstanceContext>;
type RawExecutor = *mut sys::WasmEdge_ExecutorContext;

impl CoreMut<'_> {
    /// Calls a function of the store.
    ///
    /// # Safety
    ///
    /// `func` is a function of this store, and `params` and `results` have its types.
    // Part of each typed call: what it has to do is less than what a call of it would be.
    #[inline(always)]
    pub(crate) unsafe fn invoke(
        &mut self,
        func: RawFunc,
        params: &[RawValue],
        results: &mut [RawValue],
    ) -> Result<()> {
        if self.get().is_watched() {
            // SAFETY: `func` is a function of this store, and the values have its types.
            return unsafe { self.reborrow().invoke_watched(func, params, results) };
        }
        let frame = self.get().enter_compiled_code()?;
        let executor = self.get().executor.as_ptr();
        // SAFETY: `func` is a function of this store, and the values have its types; the executor
        // is the store's.
        let code = door::call(executor, || unsafe {
            enter(executor, func, params, results)
        })?;
        drop(frame);
        self.outcome(code, None)
    }

    /// [`invoke`](Self::invoke) of a function of the library's own, which runs no code of guests:
    /// so it needs no frame (S11), and is called where code of guests may not be.
    ///
    /// # Safety
    ///
    /// As for [`invoke`](Self::invoke), and `func` is a host function of the library.
    pub(crate) unsafe fn invoke_host(
        &mut self,
        func: RawFunc,
        params: &[RawValue],
        results: &mut [RawValue],
    ) -> Result<()> {
        // SAFETY: `func` is a function of this store, and the values have its types; `run` gives
        // the executor of the store.
        let (code, cause) =
            self.run(|executor| unsafe { enter(executor, func, params, results) })?;
        self.outcome(code, cause)
    }

    /// [`invoke`](Self::invoke) with all that a call may need.
    ///
    /// Like all that is not inlined into a call, it takes the borrow by value, in a register: by
    /// reference it would have to be in memory for the whole call.
    ///
    /// # Safety
    ///
    /// As for [`invoke`](Self::invoke).
    #[inline(never)]
    unsafe fn invoke_watched(
        mut self,
        func: RawFunc,
        params: &[RawValue],
        results: &mut [RawValue],
    ) -> Result<()> {
        let _frame = self.get().enter_compiled_code()?;
        let depth = self.get().enter_depth()?;
        // SAFETY: `func` is a function of this store, and the values have its types; `run` gives
        // the executor of the store.
        let ran = self.run(|executor| unsafe { enter(executor, func, params, results) });
        let exceeded = self.get().leave_depth(depth);
        let (code, cause) = ran?;
        self.outcome(code, cause)
            .map_err(|error| overflow(error, exceeded))
    }

    /// Instantiates a module in the C store.
    ///
    /// Whatever it ends with, what the library has made of an instance is kept.
    pub(super) fn instantiate(
        &mut self,
        module: &Module,
        name: Option<&str>,
    ) -> Result<Instance, Failed> {
        let mut raw = ptr::null_mut();
        let spare = self.get_mut().prepare_linker()?;
        let linker = self.get().contents.linker.as_mut_ptr();
        let ast = module.as_ptr();
        let name_of = name.map(StoreCore::c_name).transpose()?;
        let _frame = self.get().enter_compiled_code()?;
        let depth = self.get().enter_depth()?;
        // SAFETY: all are alive, and the module was validated. The start function may run host
        // functions, which reach the store by its pointer.
        let ran = self.run(|executor| unsafe {
            let out = &raw mut raw;
            Code::new(match name_of {
                None => sys::WasmEdge_ExecutorInstantiate(executor, out, linker, ast),
                Some(name) => sys::WasmEdge_ExecutorRegister(executor, out, linker, ast, name),
            })
        });
        let exceeded = self.get().leave_depth(depth);
        let (code, cause) = ran?;
        if code.is_success() {
            // SAFETY: C gave us the instance.
            let instance = unsafe { Owned::new(raw) }?;
            let core = self.get_mut();
            if let Err(error) = check_memories(&instance, module) {
                // As after a failure of the library's own: its functions may be in tables already.
                core.keep(instance, None);
                core.park_linker(spare);
                return Err(Failed::Within(error));
            }
            core.keep_spare(spare);
            Ok(core.keep(instance, name))
        } else {
            // First of all: what follows may go on with a panic.
            self.get_mut().park_linker(spare);
            let error = self
                .reborrow()
                .failure(code, cause, Code::instantiation_error);
            Err(Failed::Within(overflow(error, exceeded)))
        }
    }

    /// Runs `call`, inside the gate of interrupts if there is one; also returns why it was stopped.
    ///
    /// # Errors
    ///
    /// Same as [`door::call`].
    #[inline]
    fn run(&mut self, call: impl FnOnce(RawExecutor) -> Code) -> Result<(Code, Option<Cause>)> {
        let core = self.get();
        let (executor, gate) = (core.executor.as_ptr(), core.interrupts.gate().cloned());
        match gate {
            None => Ok((door::call(executor, || call(executor))?, None)),
            Some(gate) => {
                gate.enter();
                let code = door::call(executor, || call(executor));
                let cause = gate.leave();
                Ok((code?, cause))
            }
        }
    }

    /// What a call ended with.
    #[inline(always)]
    fn outcome(&mut self, code: Code, cause: Option<Cause>) -> Result<()> {
        if code.is_success() {
            return Ok(());
        }
        Err(self.reborrow().failure(code, cause, Code::execution_error))
    }

    /// What a call into C failed with: first the panic or the error of a host function, else the
    /// code.
    ///
    /// Host functions leave something pending whenever they end an execution; where nothing is, it
    /// was WASI's `proc_exit`, which keeps the exit code in its module.
    #[cold]
    fn failure(
        mut self,
        code: Code,
        cause: Option<Cause>,
        error: impl FnOnce(Code) -> Error,
    ) -> Error {
        // It may have been stopped for this.
        door::stay_out();
        match self.get_mut().pending.take() {
            Some(Pending::Panic(payload)) => resume_unwind(payload),
            Some(Pending::Error(error)) => error,
            None => match (cause, code.meaning()) {
                (Some(cause), Meaning::Trap(Trap::Interrupted)) => cause.error(),
                (_, Meaning::Terminated) => Error::exit(self.get().exit_code().unwrap_or(0)),
                _ => error(code),
            },
        }
    }
}

/// The call itself.
///
/// # Safety
///
/// As for [`CoreMut::invoke`]; the executor is that of the store.
#[inline]
unsafe fn enter(
    executor: RawExecutor,
    func: RawFunc,
    params: &[RawValue],
    results: &mut [RawValue],
) -> Code {
    // SAFETY: `func` is a function of the executor's store, and the values have its types. The
    // lengths are those of function types, which the library bounds far below 32 bits; C copies the
    // parameters, and writes results on success alone.
    Code::new(unsafe {
        #[allow(clippy::cast_possible_truncation, reason = "bounded by the library")]
        sys::WasmEdge_ExecutorInvoke(
            executor,
            func.as_ptr(),
            params.as_ptr(),
            params.len() as u32,
            results.as_mut_ptr(),
            results.len() as u32,
        )
    })
}

/// Where the depth of calls was exceeded, code that counts ran into an `unreachable` of its own.
fn overflow(error: Error, exceeded: bool) -> Error {
    if exceeded && error.trap() == Some(Trap::Unreachable) {
        Error::from(Trap::StackOverflow)
    } else {
        error
    }
}

/// Refuses an instance whose memories the library could not allocate, as far as they are exported
/// (S3). `memory_probe` has made sure that they could be; this is the last line.
fn check_memories(
    instance: &Owned<sys::WasmEdge_ModuleInstanceContext>,
    module: &Module,
) -> Result<()> {
    if module.memories().is_empty() {
        return Ok(());
    }
    for export in module.exports() {
        let ExternType::Memory(ty) = export.ty() else {
            continue;
        };
        let name = StoreCore::c_name(export.name())?;
        // SAFETY: the instance is alive, the name is only read.
        let found = unsafe { sys::WasmEdge_ModuleInstanceFindMemory(instance.as_ptr(), name) };
        let pages = ty.limits().min();
        // SAFETY: part of the instance, or of another that it imports from; no code runs.
        let is_whole = |memory| unsafe {
            memory::is_real(memory) && memory::read_type(memory).limits().min() >= pages
        };
        if !NonNull::new(found).is_some_and(is_whole) {
            return Err(Error::from(ErrorKind::NoMemory { pages }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::runtime::store::Store;

    #[test]
    fn s3_an_instance_whose_memory_is_not_real_is_kept_and_not_returned() {
        // More pages than the executor allows: the library makes a memory without bytes (below
        // 0.14.1) or with fewer. `link` would have refused it.
        let wasm = wat::parse_str(r#"(module (memory (export "m") 3))"#).unwrap();
        let module = Module::new(&Config::new().unwrap(), &wasm).unwrap();
        let mut config = Config::new().unwrap();
        config.max_memory_pages(2).unwrap();
        let mut store = Store::with_config(&config, ()).unwrap();
        for _ in 0..2 {
            let mut store_mut = store.store_mut();
            let failed = store_mut.erase().instantiate(&module, Some("m"));
            let Err(Failed::Within(error)) = failed else {
                panic!("an instance without memory");
            };
            assert!(
                matches!(error.kind(), ErrorKind::NoMemory { pages: 3 }),
                "{error}"
            );
            // The name is free again.
            assert_eq!(store.instance_names().len(), 0);
        }
    }
}
