//! What a store owns, and in which order it goes.

use core::ptr::{self, NonNull};
use std::panic::resume_unwind;
use std::sync::Arc;

use super::attachments::Attachments;
use super::depth::{Depth, Entered};
use super::handle::{Handle, StoreId};
use crate::compat::string::BorrowedStr;
use crate::library::door::{self, Room};
use crate::library::owned::Owned;
use crate::module::{COUNTER, Compiled, Module};
use crate::native::thread_state::Inside;
use crate::runtime::executor::Executor;
use crate::runtime::externref::Slab;
use crate::runtime::func::{HostFunction, Signatures};
use crate::runtime::gate::{Cause, Gate, Interrupts};
use crate::runtime::instance::Instance;
use crate::runtime::memory::{self, SharedMemory};
use crate::vocabulary::{Error, ErrorKind, ExternType, Names, Pending, Result, Trap};
use crate::{compat, sys};

/// A store's one allocation. Fields are dropped in their order.
pub struct StoreInner<T: 'static> {
    /// First: nothing of it calls back when it is freed.
    pub(crate) core: StoreCore,
    /// After the instances, whose host functions point to these.
    pub(crate) host_functions: Vec<Arc<dyn HostFunction<T>>>,
    /// Last: closures may not, but the values they own might, expect it to be there.
    pub(crate) data: T,
}

/// The part of a store that does not depend on the type of its data.
pub struct StoreCore {
    /// First: it takes from all handles what refers to the executor.
    interrupts: Interrupts,
    pub(super) id: StoreId,
    /// What a host function left when it ended the execution; taken when the call into C is back.
    pub(crate) pending: Option<Pending>,
    /// What is known of the functions; it is no use without them.
    pub(crate) signatures: Signatures,
    /// Names in the order of registration. The C store has the same ones.
    registered: Names<Instance>,
    /// Every instance ever made. Before the C stores, in which they look themselves up to leave.
    instances: Vec<Owned<sys::WasmEdge_ModuleInstanceContext>>,
    /// What others keep in the store: after the instances, which may refer to it, and before the C stores,
    /// in which it may have instances of its own.
    pub(crate) attachments: Attachments,
    /// What the calls of instances count in, made when one is: after them, as those.
    depth: Option<Depth>,
    /// How many bytes the memories of all instances may grow to.
    memory: u64,
    /// What new instances are linked in.
    linker: Owned<sys::WasmEdge_StoreContext>,
    /// Former linkers. Each keeps an instance that failed half way, whose functions may be in
    /// tables already (H2).
    parked: Vec<Owned<sys::WasmEdge_StoreContext>>,
    /// How many instances of compiled modules were made, or half made.
    compiled: u32,
    /// After all that it ran.
    pub(crate) executor: Executor,
    /// What external references refer to; C has only numbers of them.
    pub(crate) externs: Slab,
    /// After the instances, which import them, and after what ran their code. Other stores may have
    /// them as well.
    shared_memories: Vec<SharedMemory>,
}

impl<T: 'static> StoreInner<T> {
    pub(super) fn new(executor: Executor, data: T) -> Result<Self> {
        Ok(Self {
            core: StoreCore {
                interrupts: Interrupts::default(),
                id: StoreId::next(),
                pending: None,
                signatures: Signatures::default(),
                registered: Names::default(),
                instances: Vec::new(),
                attachments: Attachments::default(),
                depth: None,
                memory: 0,
                linker: new_linker()?,
                parked: Vec::new(),
                compiled: 0,
                executor,
                externs: Slab::default(),
                shared_memories: Vec::new(),
            },
            host_functions: Vec::new(),
            data,
        })
    }

    /// Frees all but the executor and the data. The store has another id afterwards, so that no
    /// handle of before works with it.
    pub(super) fn clear(&mut self) -> Result<()> {
        let linker = new_linker()?;
        let core = &mut self.core;
        core.id = StoreId::next();
        core.pending = None;
        // Other functions may get the addresses of those that go.
        core.signatures = Signatures::default();
        core.registered.clear();
        // In the order in which a store is dropped, for the same reasons.
        core.instances.clear();
        core.attachments = Attachments::default();
        core.depth = None;
        core.memory = 0;
        core.linker = linker;
        core.parked.clear();
        core.compiled = 0;
        core.externs = Slab::default();
        core.shared_memories.clear();
        self.host_functions.clear();
        self.core.executor.clear_statistics();
        Ok(())
    }

    /// Frees all but the data.
    pub(super) fn into_data(self) -> T {
        self.data
    }
}

impl<T: core::fmt::Debug + 'static> core::fmt::Debug for StoreInner<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StoreInner")
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl core::fmt::Debug for StoreCore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StoreCore")
            .field("id", &self.id)
            .field("registered", &self.registered)
            .finish_non_exhaustive()
    }
}

pub(crate) fn new_linker() -> Result<Owned<sys::WasmEdge_StoreContext>> {
    // SAFETY: makes a context that nobody else owns.
    unsafe { Owned::new(sys::WasmEdge_StoreCreate()) }
}

impl StoreCore {
    pub(crate) const fn id(&self) -> StoreId {
        self.id
    }

    /// What lets interrupts through, made when it is first asked for.
    pub(crate) fn gate(&mut self) -> Result<&Arc<Gate>> {
        self.interrupts.gate_or_new(&self.executor)
    }

    /// A handle to an object of this store.
    pub(crate) const fn handle<C>(&self, object: NonNull<C>) -> Handle<C> {
        Handle::new(self.id, object)
    }

    pub(crate) fn find(&self, name: &str) -> Option<Instance> {
        self.registered.get(name).copied()
    }

    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.registered.iter().map(|(name, _)| name)
    }

    /// Refuses a name that is in use; C would too, but only after it built the instance.
    pub(crate) fn check_name_is_free(&self, name: &str) -> Result<()> {
        match self.find(name) {
            None if name == COUNTER.0 => {
                Err(Error::from(ErrorKind::NameTaken { name: name.into() }))
            }
            Some(_) => Err(Error::from(ErrorKind::NameTaken { name: name.into() })),
            None => Ok(()),
        }
    }

    /// Remembers a name that is free.
    pub(crate) fn register_name(&mut self, name: &str, instance: Instance) {
        let added = self.registered.add(name.into(), instance);
        debug_assert!(added.is_ok(), "a name that is taken");
    }

    /// Keeps memories until the store goes, and for as long as others keep them.
    pub(crate) fn keep_shared(&mut self, memories: &[(&str, &SharedMemory)]) {
        self.shared_memories
            .extend(memories.iter().map(|(_, memory)| (*memory).clone()));
    }

    /// Makes ready for an instance of a compiled module, or says why there can be none.
    pub(super) fn admit(&mut self, compiled: Compiled) -> Result<()> {
        if self.compiled > 0 && !compat::COMPILED_CODE_NESTS {
            return Err(Error::unsupported(
                "a second instance of a compiled module in one store",
                "before 0.15 the library lets one run with the memory of the other; give each a store, \
                 or interpret all but one",
            ));
        }
        if compiled.counts && !self.executor.counts() {
            return Err(Error::invalid(
                "the module was compiled to count instructions or cost, and the executor of the \
                 store has no counters; make it with the configuration that the module was compiled with",
            ));
        }
        self.compiled += 1;
        Ok(())
    }

    /// Makes sure that a module keeps to the bounds of the store, and makes ready for what it counts
    /// in.
    pub(super) fn bound(&mut self, module: &Module) -> Result<()> {
        let bounds = *self.executor.bounds();
        bounds.admit(module.bounds())?;
        let Some(depth) = module.call_depth() else {
            return Ok(());
        };
        let limit = bounds.call_depth.map_or(depth, |own| own.min(depth));
        if let Some(depth) = &mut self.depth {
            depth.lower(limit);
        } else {
            let depth = Depth::new(limit, self)?;
            self.link_in(&self.linker, depth.module())?;
            self.depth = Some(depth);
        }
        Ok(())
    }

    /// Counts memories that may grow to so many pages each, where the store bounds them.
    pub(crate) fn charge(&mut self, pages: impl IntoIterator<Item = u64>) -> Result<()> {
        let Some(max) = self.executor.bounds().instances_memory else {
            return Ok(());
        };
        let bytes = pages.into_iter().fold(0, |sum: u64, pages| {
            sum.saturating_add(pages.saturating_mul(memory::PAGE))
        });
        let left = max.saturating_sub(self.memory);
        if bytes > left {
            return Err(Error::from(ErrorKind::StoreMemory { bytes, left, max }));
        }
        self.memory += bytes;
        Ok(())
    }

    /// Whether there may be compiled code in the store. No call changes this: instances are made by
    /// who has the store itself.
    #[inline]
    pub(crate) const fn has_compiled_code(&self) -> bool {
        self.compiled > 0
    }

    /// Whether a call needs more than the call into C and its frame: it may be interrupted, or counts.
    #[inline]
    const fn is_watched(&self) -> bool {
        self.depth.is_some() || self.interrupts.gate().is_some()
    }

    /// The counting of a call, where the store holds code that counts.
    #[inline]
    fn count(&self) -> Result<Option<Entered>> {
        self.depth.as_ref().map(Depth::enter).transpose()
    }

    /// The guard of a call, where the store holds compiled code.
    #[inline]
    fn frame(&self) -> Result<Option<Inside>> {
        self.has_compiled_code().then(Inside::enter).transpose()
    }

    /// Keeps an instance until the store goes.
    pub(crate) fn keep(
        &mut self,
        instance: Owned<sys::WasmEdge_ModuleInstanceContext>,
        name: Option<&str>,
    ) -> Instance {
        let handle = Instance::new(self.handle(instance.as_non_null()));
        self.instances.push(instance);
        if let Some(name) = name {
            self.register_name(name, handle);
        }
        handle
    }

    /// Keeps an instance that the library cannot free. It leaves the C store when that goes.
    pub(crate) fn keep_unfreed(
        &mut self,
        instance: Owned<sys::WasmEdge_ModuleInstanceContext>,
        name: &str,
    ) -> Instance {
        let handle = Instance::new(self.handle(instance.as_non_null()));
        self.register_name(name, handle);
        let _leaked = instance.into_raw();
        handle
    }

    /// Gives an object that stands alone an owner: a module instance of its own, without a name and
    /// registered nowhere, that lives as long as the store.
    pub(crate) fn adopt(
        &mut self,
        add: impl FnOnce(*mut sys::WasmEdge_ModuleInstanceContext, sys::WasmEdge_String),
    ) -> Result<()> {
        let name = Self::c_name("")?;
        // SAFETY: makes a context that nobody else owns; the name is copied.
        let owner = unsafe { Owned::new(sys::WasmEdge_ModuleInstanceCreate(name)) }?;
        add(owner.as_ptr(), name);
        self.instances.push(owner);
        Ok(())
    }

    /// After a failed instantiation: parks the C store, which keeps the failed instance until its
    /// next failure, and takes a fresh one with the same names (H2).
    pub(super) fn park_linker(&mut self) -> Result<()> {
        let fresh = new_linker()?;
        for (name, instance) in self.registered.iter() {
            self.link_as(&fresh, *instance, name)?;
        }
        if let Some(depth) = &self.depth {
            self.link_in(&fresh, depth.module())?;
        }
        self.parked
            .push(core::mem::replace(&mut self.linker, fresh));
        Ok(())
    }

    /// Registers an instance in the C store, under its own name.
    pub(crate) fn link(&self, instance: &Owned<sys::WasmEdge_ModuleInstanceContext>) -> Result<()> {
        self.link_raw(instance.as_ptr())
    }

    /// The same of an instance that has an owner already.
    pub(crate) fn link_raw(
        &self,
        instance: *mut sys::WasmEdge_ModuleInstanceContext,
    ) -> Result<()> {
        self.link_in(&self.linker, instance)
    }

    pub(crate) fn link_in(
        &self,
        linker: &Owned<sys::WasmEdge_StoreContext>,
        instance: *mut sys::WasmEdge_ModuleInstanceContext,
    ) -> Result<()> {
        let _inside = door::open(Room::Library, "linking")?;
        // SAFETY: all three are alive. The C store keeps a pointer to the instance; whichever of the
        // two goes first undoes the link.
        let result = unsafe {
            sys::WasmEdge_ExecutorRegisterImport(self.executor.as_ptr(), linker.as_ptr(), instance)
        };
        compat::Code::new(result).ok()
    }

    /// Registers an instance of this store in a C store, under a name that need not be its own where
    /// the library has aliases.
    fn link_as(
        &self,
        linker: &Owned<sys::WasmEdge_StoreContext>,
        instance: Instance,
        name: &str,
    ) -> Result<()> {
        let instance = instance.handle().get(self).as_ptr();
        let name = Self::c_name(name)?;
        let _inside = door::open(Room::Library, "linking")?;
        // SAFETY: as in `link_in`.
        unsafe { compat::link(self.executor.as_ptr(), linker.as_ptr(), instance, name) }.ok()
    }

    /// Registers an instance that is there under one more name.
    pub(super) fn add_name(&mut self, name: &str, instance: Instance) -> Result<()> {
        self.link_as(&self.linker, instance, name)?;
        self.register_name(name, instance);
        Ok(())
    }

    /// The code that the guest exited with last, 0 before; `None` where nothing in the store could tell.
    pub(crate) fn exit_code(&self) -> Option<u32> {
        self.attachments.exit_code(self)
    }

    /// Borrows a name for C.
    #[inline]
    pub(crate) fn c_name(name: &str) -> Result<sys::WasmEdge_String> {
        BorrowedStr::new(name)
            .map(BorrowedStr::raw)
            .ok_or_else(name_too_long)
    }
}

#[cold]
fn name_too_long() -> Error {
    Error::invalid("a name is longer than 4 GiB")
}

/// Has the library run code, which may be interrupted when somebody could; and tells whether it was
/// to end.
///
/// # Errors
///
/// As [`door::call`].
///
/// # Safety
///
/// `core` is a live store, of which no reference exists during the call except what `call` makes.
#[inline]
unsafe fn run(
    core: NonNull<StoreCore>,
    call: impl FnOnce(*mut sys::WasmEdge_ExecutorContext) -> compat::Code,
) -> Result<(compat::Code, Option<Cause>)> {
    // SAFETY: promised by the caller; both borrows end before the call.
    let (executor, gate) = unsafe {
        let core = core.as_ref();
        (core.executor.as_ptr(), core.interrupts.gate().cloned())
    };
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

/// Calls a function of the store.
///
/// # Safety
///
/// `core` is a live store of which no reference exists during the call, `func` one of its
/// functions, `params` and `results` have its types.
// Part of each typed call: what it has to do is less than what a call of it would be.
#[inline(always)]
pub(crate) unsafe fn invoke(
    core: NonNull<StoreCore>,
    func: NonNull<sys::WasmEdge_FunctionInstanceContext>,
    params: &[compat::RawValue],
    results: &mut [compat::RawValue],
) -> Result<()> {
    // SAFETY: promised by the caller.
    if unsafe { core.as_ref() }.is_watched() {
        // SAFETY: promised by the caller.
        return unsafe { invoke_watched(core, func, params, results) };
    }
    // SAFETY: promised by the caller.
    let frame = unsafe { core.as_ref() }.frame()?;
    // SAFETY: promised by the caller.
    let executor = unsafe { core.as_ref() }.executor.as_ptr();
    // SAFETY: promised by the caller.
    let code = door::call(executor, || unsafe {
        enter(executor, func, params, results)
    })?;
    drop(frame);
    // SAFETY: promised by the caller.
    unsafe { outcome(core, code, None) }
}

/// [`invoke`] of a function of the library's own, which runs no code of guests: so it needs no frame
/// (S11), and is called where code of guests may not be.
///
/// # Safety
///
/// As for [`invoke`], and `func` is a host function of the library.
pub(crate) unsafe fn invoke_host(
    core: NonNull<StoreCore>,
    func: NonNull<sys::WasmEdge_FunctionInstanceContext>,
    params: &[compat::RawValue],
    results: &mut [compat::RawValue],
) -> Result<()> {
    // SAFETY: promised by the caller.
    let (code, cause) = unsafe { run(core, |executor| enter(executor, func, params, results)) }?;
    // SAFETY: promised by the caller.
    unsafe { outcome(core, code, cause) }
}

/// The call into C itself.
///
/// # Safety
///
/// As for [`invoke`]; the executor is that of the store.
#[inline]
unsafe fn enter(
    executor: *mut sys::WasmEdge_ExecutorContext,
    func: NonNull<sys::WasmEdge_FunctionInstanceContext>,
    params: &[compat::RawValue],
    results: &mut [compat::RawValue],
) -> compat::Code {
    // SAFETY: promised by the caller. The lengths are those of function types, which the library
    // bounds far below 32 bits; C copies the parameters, and writes results on success alone.
    compat::Code::new(unsafe {
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

/// [`invoke`] with all that a call may need.
///
/// # Safety
///
/// As for [`invoke`].
#[inline(never)]
unsafe fn invoke_watched(
    core: NonNull<StoreCore>,
    func: NonNull<sys::WasmEdge_FunctionInstanceContext>,
    params: &[compat::RawValue],
    results: &mut [compat::RawValue],
) -> Result<()> {
    // SAFETY: promised by the caller.
    let _frame = unsafe { core.as_ref() }.frame()?;
    // SAFETY: promised by the caller.
    let entered = unsafe { core.as_ref() }.count()?;
    // SAFETY: promised by the caller.
    let ran = unsafe { run(core, |executor| enter(executor, func, params, results)) };
    // SAFETY: promised by the caller.
    let exceeded = entered.is_some_and(|entered| unsafe { entered.leave() });
    let (code, cause) = ran?;
    // SAFETY: promised by the caller.
    unsafe { outcome(core, code, cause) }.map_err(|error| overflow(error, exceeded))
}

/// What a call ended with.
///
/// # Safety
///
/// As for [`invoke`].
#[inline(always)]
unsafe fn outcome(
    core: NonNull<StoreCore>,
    code: compat::Code,
    cause: Option<Cause>,
) -> Result<()> {
    if code.is_success() {
        return Ok(());
    }
    // SAFETY: promised by the caller.
    Err(unsafe { failure(core, code, cause, compat::Code::execution_error) })
}

/// Where the depth of calls was exceeded, code that counts ran into an `unreachable` of its own.
fn overflow(error: Error, exceeded: bool) -> Error {
    if exceeded && error.trap() == Some(Trap::Unreachable) {
        Error::from(Trap::StackOverflow)
    } else {
        error
    }
}

/// What a call into C failed with: first the panic or the error of a host function, else the code.
///
/// Host functions leave something pending whenever they end an execution; where nothing is, it was
/// WASI's `proc_exit`, which keeps the exit code in its module.
///
/// # Safety
///
/// `core` is a live store of which no reference exists.
#[cold]
pub(super) unsafe fn failure(
    core: NonNull<StoreCore>,
    code: compat::Code,
    cause: Option<Cause>,
    error: impl FnOnce(compat::Code) -> Error,
) -> Error {
    // It may have been stopped for this.
    door::stay_out();
    // SAFETY: promised by the caller.
    let pending = unsafe { &mut *core.as_ptr() }.pending.take();
    match pending {
        Some(Pending::Panic(payload)) => resume_unwind(payload),
        Some(Pending::Error(error)) => error,
        None => match (cause, code.meaning()) {
            (Some(cause), compat::Meaning::Trap(Trap::Interrupted)) => cause.error(),
            (_, compat::Meaning::Terminated) => {
                // SAFETY: promised by the caller.
                let core = unsafe { core.as_ref() };
                Error::exit(core.exit_code().unwrap_or(0))
            }
            _ => error(code),
        },
    }
}

/// Instantiates a module in the C store.
///
/// # Safety
///
/// `core` is a live store of which no reference exists during the call.
pub(super) unsafe fn instantiate(
    core: NonNull<StoreCore>,
    module: &Module,
    name: Option<&str>,
) -> Result<Instance> {
    let mut raw = ptr::null_mut();
    // SAFETY: promised by the caller.
    let linker = unsafe { core.as_ref() }.linker.as_ptr();
    let ast = module.as_ptr();
    let name_of = name.map(StoreCore::c_name).transpose()?;
    // SAFETY: as above.
    let _frame = unsafe { core.as_ref() }.frame()?;
    // SAFETY: as above.
    let entered = unsafe { core.as_ref() }.count()?;
    // SAFETY: all are alive; the start function may run host functions, which reach the store
    // through its pointer, and we hold no reference to it.
    let ran = unsafe {
        run(core, |executor| {
            let out = &raw mut raw;
            compat::Code::new(match name_of {
                None => sys::WasmEdge_ExecutorInstantiate(executor, out, linker, ast),
                Some(name) => sys::WasmEdge_ExecutorRegister(executor, out, linker, ast, name),
            })
        })
    };
    // SAFETY: promised by the caller.
    let exceeded = entered.is_some_and(|entered| unsafe { entered.leave() });
    let (code, cause) = ran?;
    if code.is_success() {
        // SAFETY: C gave us the instance.
        let instance = unsafe { Owned::new(raw) }?;
        // SAFETY: promised by the caller, and the call into C is over.
        let core = unsafe { &mut *core.as_ptr() };
        if let Err(error) = check_memories(&instance, module) {
            // As after a failure of the library's own: its functions may be in tables already.
            core.keep(instance, None);
            core.park_linker()?;
            return Err(error);
        }
        Ok(core.keep(instance, name))
    } else {
        // SAFETY: as above.
        let parked = unsafe { &mut *core.as_ptr() }.park_linker();
        // SAFETY: as above. First the panic of a host function, if there was one.
        let error = unsafe { failure(core, code, cause, compat::Code::instantiation_error) };
        parked?;
        Err(overflow(error, exceeded))
    }
}

/// Refuses an instance whose memories the library could not allocate, as far as they are exported
/// (S3). `memory_budget` has made sure that they could be; this is the last line.
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
    use crate::runtime::store::{Store, exclusive};

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
            let core = exclusive(&mut store).core();
            // SAFETY: `store` is borrowed mutably, and not used meanwhile.
            let error = unsafe { instantiate(core, &module, Some("m")) }.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::NoMemory { pages: 3 }),
                "{error}"
            );
            // The name is free again.
            assert_eq!(store.instance_names().len(), 0);
        }
    }
}
