//! What a store owns, and in which order it is freed.

use std::ptr::NonNull;
use std::sync::Arc;

use super::attachments::Attachments;
use super::depth::{Depth, Entered};
use super::handle::{Handle, StoreId};
use crate::compat::string::BorrowedStr;
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::module::{Compiled, Module};
use crate::native::thread_state::Inside;
use crate::runtime::executor::Executor;
use crate::runtime::externref::Slab;
use crate::runtime::func::{HostFunction, Signatures};
use crate::runtime::gate::{Gate, Interrupts};
use crate::runtime::instance::Instance;
use crate::runtime::memory::{self, SharedMemory};
use crate::vocabulary::{Error, ErrorKind, Names, Pending, Result};
use crate::{compat, sys};

/// A store's one allocation. Fields are dropped in their order.
pub struct StoreInner<T: 'static> {
    /// Dropped first: nothing of it calls back when it is freed.
    pub(crate) core: StoreCore,
    /// Dropped after the instances, whose host functions point to these.
    pub(crate) host_functions: Vec<Arc<dyn HostFunction<T>>>,
    /// Dropped last: a value that a closure captured may rely on it in its own `Drop`.
    pub(crate) data: T,
}

/// The part of a store that does not depend on the type of its data.
pub struct StoreCore {
    /// Dropped first: disconnects every handle that could interrupt the executor.
    pub(super) interrupts: Interrupts,
    pub(super) id: StoreId,
    /// What a host function left when it ended the execution; taken when the call into C is back.
    pub(crate) pending: Option<Pending>,
    pub(crate) contents: Contents,
    /// Dropped after all that it ran.
    pub(crate) executor: Executor,
    pub(crate) referred: Referred,
}

/// What instances are made of and linked in.
pub(crate) struct Contents {
    /// Cached function types, by the functions' addresses: invalid once the functions are freed.
    pub(crate) signatures: Signatures,
    /// Names in the order of registration. The C store has the same ones.
    registered: Names<Instance>,
    /// Every instance ever made. Dropped before the C stores: an instance's destructor looks itself
    /// up there.
    instances: Vec<Owned<sys::WasmEdge_ModuleInstanceContext>>,
    /// What other rooms keep in the store. Dropped after the instances, which may refer to it, and
    /// before the C stores, in which it may have instances of its own.
    pub(crate) attachments: Attachments,
    /// What the calls of instances count in, made when one is: dropped after them.
    pub(super) depth: Option<Depth>,
    /// How many bytes the memories of all instances may grow to.
    committed_memory: u64,
    /// What new instances are linked in.
    pub(super) linker: Owned<sys::WasmEdge_StoreContext>,
    /// Whether the linker has all names, see [`StoreCore::park_linker`].
    is_linked: bool,
    /// What takes the linker's place when that is parked, made before code runs.
    spare: Option<Owned<sys::WasmEdge_StoreContext>>,
    /// Former linkers. Each keeps an instance that failed half way, whose functions may be in
    /// tables already.
    parked: Vec<Owned<sys::WasmEdge_StoreContext>>,
    /// How many instances of compiled modules were made, or half made.
    compiled: u32,
}

/// What instances refer to. Dropped after them, and after what ran their code.
#[derive(Default)]
pub(crate) struct Referred {
    /// What external references refer to; C has only numbers of them.
    pub(crate) externs: Slab,
    /// Other stores may have them as well.
    shared_memories: Vec<SharedMemory>,
}

impl Contents {
    fn new() -> Result<Self> {
        Ok(Self {
            signatures: Signatures::default(),
            registered: Names::default(),
            instances: Vec::new(),
            attachments: Attachments::default(),
            depth: None,
            committed_memory: 0,
            linker: new_linker()?,
            is_linked: true,
            spare: None,
            parked: Vec::new(),
            compiled: 0,
        })
    }
}

/// What is counted of what a store holds.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    memory: u64,
    compiled: u32,
}

/// Why there is no instance.
pub(super) enum Failed {
    /// The library was not asked for one.
    Before(Error),
    /// The library began with it, and may have made a part.
    Within(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Before(error)
    }
}

/// What names begin with that the crate links by itself.
const RESERVED: &str = "wasmedge-safe: ";

impl<T: 'static> StoreInner<T> {
    pub(super) fn new(executor: Executor, data: T) -> Result<Self> {
        Ok(Self {
            core: StoreCore {
                interrupts: Interrupts::default(),
                id: StoreId::next(),
                pending: None,
                contents: Contents::new()?,
                executor,
                referred: Referred::default(),
            },
            host_functions: Vec::new(),
            data,
        })
    }

    /// Frees all but the executor and the data. The store has another id afterwards, so that no
    /// handle of before works with it.
    pub(super) fn clear(&mut self) -> Result<()> {
        let contents = Contents::new()?;
        let core = &mut self.core;
        core.id = StoreId::next();
        core.pending = None;
        // In the order in which a store is dropped, for the same reasons.
        core.contents = contents;
        core.referred = Referred::default();
        self.host_functions.clear();
        core.executor.clear_statistics();
        Ok(())
    }

    /// Frees all but the data.
    pub(super) fn into_data(self) -> T {
        self.data
    }
}

impl<T: std::fmt::Debug + 'static> std::fmt::Debug for StoreInner<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreInner")
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StoreCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreCore")
            .field("id", &self.id)
            .field("registered", &self.contents.registered)
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
        self.contents.registered.get(name).copied()
    }

    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.contents.registered.iter().map(|(name, _)| name)
    }

    /// Refuses a name that is in use; C would too, but only after it built the instance.
    pub(crate) fn check_name_is_free(&self, name: &str) -> Result<()> {
        if self.find(name).is_some() || name.starts_with(RESERVED) {
            return Err(Error::from(ErrorKind::NameTaken { name: name.into() }));
        }
        Ok(())
    }

    /// Remembers a name that is free.
    pub(crate) fn register_name(&mut self, name: &str, instance: Instance) {
        let added = self.contents.registered.add(name.into(), instance);
        debug_assert!(added.is_ok(), "a name that is taken");
    }

    /// Keeps memories until the store goes, and for as long as others keep them.
    pub(crate) fn keep_shared(&mut self, memories: &[(&str, &SharedMemory)]) {
        self.referred
            .shared_memories
            .extend(memories.iter().map(|(_, memory)| (*memory).clone()));
    }

    /// Makes ready for an instance of a compiled module, or says why there can be none.
    pub(super) fn admit(&mut self, compiled: Compiled) -> Result<()> {
        if self.contents.compiled > 0 && !compat::COMPILED_CODE_NESTS {
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
        self.contents.compiled += 1;
        Ok(())
    }

    /// Makes sure that a module keeps to the bounds of the store, and makes ready for what it
    /// counts in.
    pub(super) fn bound(&mut self, module: &Module) -> Result<()> {
        let bounds = *self.executor.bounds();
        bounds.admit(module.bounds())?;
        let Some(depth) = module.call_depth() else {
            return Ok(());
        };
        let limit = bounds.call_depth.map_or(depth, |own| own.min(depth));
        if let Some(depth) = &mut self.contents.depth {
            depth.lower(limit);
        } else {
            let depth = Depth::new(limit, self)?;
            self.complete_linker()?;
            self.link_in(&self.contents.linker, depth.module())?;
            self.contents.depth = Some(depth);
        }
        Ok(())
    }

    pub(crate) const fn counted(&self) -> Counted {
        Counted {
            memory: self.contents.committed_memory,
            compiled: self.contents.compiled,
        }
    }

    /// Takes back what was counted since then, since nothing was made of it.
    pub(crate) fn uncount(&mut self, counted: Counted) {
        self.contents.committed_memory = counted.memory;
        self.contents.compiled = counted.compiled;
    }

    /// Makes something that is counted, which it is not if that fails.
    pub(crate) fn count_if_made<R>(
        &mut self,
        make: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        let counted = self.counted();
        let made = make(self);
        if made.is_err() {
            self.uncount(counted);
        }
        made
    }

    /// Counts memories that may grow to so many pages each, where the store bounds them.
    pub(crate) fn charge(&mut self, pages: impl IntoIterator<Item = u64>) -> Result<()> {
        let Some(max) = self.executor.bounds().instances_memory else {
            return Ok(());
        };
        let bytes = pages.into_iter().fold(0, |sum: u64, pages| {
            sum.saturating_add(pages.saturating_mul(memory::PAGE))
        });
        let left = max.saturating_sub(self.contents.committed_memory);
        if bytes > left {
            return Err(Error::from(ErrorKind::StoreMemory { bytes, left, max }));
        }
        self.contents.committed_memory += bytes;
        Ok(())
    }

    /// Whether there may be compiled code in the store. No call changes this: instances are made by
    /// who has the store itself.
    #[inline]
    pub(crate) const fn has_compiled_code(&self) -> bool {
        self.contents.compiled > 0
    }

    /// Whether a call needs more than the call into C and its frame: it may be interrupted, or
    /// counts.
    #[inline]
    pub(super) const fn is_watched(&self) -> bool {
        self.contents.depth.is_some() || self.interrupts.gate().is_some()
    }

    /// Begins the counting of a call, where the store holds code that counts.
    #[inline]
    pub(super) fn enter_depth(&self) -> Result<Option<Entered>> {
        self.contents.depth.as_ref().map(Depth::enter).transpose()
    }

    /// Ends it, and tells whether the depth was exceeded.
    #[inline]
    pub(super) fn leave_depth(&self, entered: Option<Entered>) -> bool {
        match (&self.contents.depth, entered) {
            (Some(depth), Some(entered)) => depth.leave(entered),
            _ => false,
        }
    }

    /// The guard of a call, where the store holds compiled code.
    #[inline]
    pub(super) fn enter_compiled_code(&self) -> Result<Option<Inside>> {
        self.has_compiled_code().then(Inside::enter).transpose()
    }

    /// Keeps an instance until the store goes.
    pub(crate) fn keep(
        &mut self,
        instance: Owned<sys::WasmEdge_ModuleInstanceContext>,
        name: Option<&str>,
    ) -> Instance {
        let handle = Instance::new(self.handle(instance.as_non_null()));
        self.contents.instances.push(instance);
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
        add(owner.as_mut_ptr(), name);
        self.contents.instances.push(owner);
        Ok(())
    }

    /// Makes ready for an instance, and for its failure: gives what
    /// [`park_linker`](Self::park_linker) takes.
    pub(super) fn prepare_linker(&mut self) -> Result<Owned<sys::WasmEdge_StoreContext>> {
        self.complete_linker()?;
        self.contents.spare.take().map_or_else(new_linker, Ok)
    }

    /// Keeps what `prepare_linker` gave for the next time.
    pub(super) fn keep_spare(&mut self, spare: Owned<sys::WasmEdge_StoreContext>) {
        self.contents.spare = Some(spare);
    }

    /// After a failed instantiation: parks the C store, which keeps the failed instance until its
    /// next failure, and takes a fresh one with the same names.
    ///
    /// It does not fail, or the next failure would free what functions in tables belong to. To link
    /// the names may, on a stack that is nearly at its end; then it is done when the linker is next
    /// used.
    pub(super) fn park_linker(&mut self, fresh: Owned<sys::WasmEdge_StoreContext>) {
        self.contents.is_linked = self.link_all_in(&fresh).is_ok();
        let parked = std::mem::replace(&mut self.contents.linker, fresh);
        self.contents.parked.push(parked);
    }

    /// Links all names, where that could not be done before.
    fn complete_linker(&mut self) -> Result<()> {
        if !self.contents.is_linked {
            let fresh = new_linker()?;
            self.link_all_in(&fresh)?;
            // Nothing was instantiated in the one before, so nothing failed there.
            self.contents.linker = fresh;
            self.contents.is_linked = true;
        }
        Ok(())
    }

    fn link_all_in(&self, linker: &Owned<sys::WasmEdge_StoreContext>) -> Result<()> {
        for (name, instance) in self.contents.registered.iter() {
            self.link_as(linker, *instance, name)?;
        }
        match &self.contents.depth {
            Some(depth) => self.link_in(linker, depth.module()),
            None => Ok(()),
        }
    }

    /// Registers an instance in the C store, under its own name.
    pub(crate) fn link(
        &mut self,
        instance: &Owned<sys::WasmEdge_ModuleInstanceContext>,
    ) -> Result<()> {
        self.link_raw(instance.as_mut_ptr())
    }

    /// The same of an instance that has an owner already.
    pub(crate) fn link_raw(
        &mut self,
        instance: *mut sys::WasmEdge_ModuleInstanceContext,
    ) -> Result<()> {
        self.complete_linker()?;
        self.link_in(&self.contents.linker, instance)
    }

    pub(crate) fn link_in(
        &self,
        linker: &Owned<sys::WasmEdge_StoreContext>,
        instance: *mut sys::WasmEdge_ModuleInstanceContext,
    ) -> Result<()> {
        let _inside = door::open(Purpose::Library, "linking")?;
        // SAFETY: all three are alive. The C store keeps a pointer to the instance; whichever of
        // the two goes first undoes the link.
        let result = unsafe {
            sys::WasmEdge_ExecutorRegisterImport(
                self.executor.as_ptr(),
                linker.as_mut_ptr(),
                instance,
            )
        };
        compat::Code::new(result).ok()
    }

    /// Registers an instance of this store in a C store, under a name that need not be its own
    /// where the library has aliases.
    fn link_as(
        &self,
        linker: &Owned<sys::WasmEdge_StoreContext>,
        instance: Instance,
        name: &str,
    ) -> Result<()> {
        let instance = instance.handle().get(self).as_ptr();
        let name = Self::c_name(name)?;
        let _inside = door::open(Purpose::Library, "linking")?;
        // SAFETY: all are alive. The C store keeps a pointer to the instance; whichever of the two
        // goes first undoes the link.
        unsafe {
            compat::register_import(self.executor.as_ptr(), linker.as_mut_ptr(), instance, name)
        }
        .ok()
    }

    /// Registers an instance that is there under one more name.
    pub(super) fn add_name(&mut self, name: &str, instance: Instance) -> Result<()> {
        self.complete_linker()?;
        self.link_as(&self.contents.linker, instance, name)?;
        self.register_name(name, instance);
        Ok(())
    }

    /// The code that the guest exited with last, 0 before; `None` where nothing in the store could
    /// tell.
    pub(crate) fn exit_code(&self) -> Option<u32> {
        self.contents.attachments.exit_code(self)
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
