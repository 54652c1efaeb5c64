//! WASI in stores.

use super::{Streams, Wasi, native_handle};
use crate::runtime::instance::Instance;
use crate::runtime::store::{self, Attachment, Store, StoreCore};
use crate::sys;
use crate::vocabulary::Result;

impl<T: 'static> Store<T> {
    /// Makes an instance of WASI, `wasi_snapshot_preview1`, for wasm modules to import from.
    ///
    /// C: `WasmEdge_ModuleInstanceCreateWASI`, `WasmEdge_ModuleInstanceInitWASI`. Go:
    /// `NewWasiModule`, `InitWasi`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken) when the store has one already, since
    /// its descriptors cannot be replaced; [`ErrorKind::Read`](crate::ErrorKind::Read) when one of
    /// the directories cannot be opened.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Store, Wasi};
    ///
    /// let mut wasi = Wasi::new();
    /// wasi.args(["guest"])?;
    /// let mut store = Store::new(())?;
    /// assert_eq!(store.wasi_exit_code(), None);
    /// store.register_wasi(&wasi)?;
    /// assert_eq!(store.wasi_exit_code(), Some(0));
    /// assert!(store.register_wasi(&wasi).is_err()); // There is one already.
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceCreateWASI")]
    #[doc(alias = "WasmEdge_ModuleInstanceInitWASI")]
    #[doc(alias = "NewWasiModule")]
    #[doc(alias = "InitWasi")]
    pub fn register_wasi(&mut self, wasi: &Wasi) -> Result<Instance> {
        register(self, wasi)
    }

    /// Returns the exit code of the guest: that of its last `proc_exit`, and 0 before. `None` where
    /// no WASI is registered.
    ///
    /// The call that was running ends with [`ErrorKind::Exit`](crate::ErrorKind::Exit), which has
    /// the same code.
    ///
    /// C: `WasmEdge_ModuleInstanceWASIGetExitCode`. Go: `WasiGetExitCode`.
    #[doc(alias = "WasmEdge_ModuleInstanceWASIGetExitCode")]
    #[doc(alias = "WasiGetExitCode")]
    pub fn wasi_exit_code(&self) -> Option<u32> {
        store::core(self).exit_code()
    }

    /// Returns the operating system's handle (on Unix its file descriptor) behind one of the
    /// guest's descriptors. `None` where the guest has no such descriptor, or no WASI is
    /// registered.
    ///
    /// The guest may close it at any time that code runs; to keep it, duplicate it.
    ///
    /// C: `WasmEdge_ModuleInstanceWASIGetNativeHandler`.
    #[doc(alias = "WasmEdge_ModuleInstanceWASIGetNativeHandler")]
    pub fn wasi_native_handle(&self, fd: i32) -> Option<u64> {
        handle_of(store::core(self), fd)
    }
}

/// Makes the store's instance of WASI and keeps it with the descriptors that it uses.
fn register<T: 'static>(store: &mut Store<T>, wasi: &Wasi) -> Result<Instance> {
    let mut store = store.store_mut();
    let core = store.core();
    core.check_name_is_free(Wasi::MODULE)?;
    let instance = wasi.build()?;
    let front = wasi.front(Instance::new(core.handle(instance.as_non_null())), core)?;
    front.replace_in(&instance, &store)?;
    let inner = store.get_mut();
    // The instance points to the closures, so keep both or neither.
    inner.core.link(&instance)?;
    inner.host_functions.extend(front.functions().cloned());
    let instance = inner.core.keep(instance, Some(Wasi::MODULE));
    let registered = Registered::new(instance, wasi);
    inner.core.contents.attachments.add(registered);
    Ok(instance)
}

#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) instance: Instance,
    /// C knows their numbers, and reads and writes them.
    _streams: Streams,
}

impl Registered {
    /// An instance that was [built](Wasi::build) from the description.
    pub(crate) fn new(instance: Instance, wasi: &Wasi) -> Self {
        let _streams = wasi.streams.clone();
        Self { instance, _streams }
    }
}

impl Attachment for Registered {
    fn exit_code(&self, core: &StoreCore) -> Option<u32> {
        let instance = self.instance.handle().get(core);
        // SAFETY: the instance lives in this store; no code runs in it while `core` is borrowed.
        Some(unsafe { sys::WasmEdge_ModuleInstanceWASIGetExitCode(instance.as_ptr()) })
    }
}

/// The operating system's handle behind one of WASI's descriptors.
pub(super) fn handle_of(core: &StoreCore, fd: i32) -> Option<u64> {
    let registered = core.contents.attachments.get::<Registered>()?;
    let instance = registered.instance.handle().get(core);
    // SAFETY: the instance lives in this store; no code runs in it while `core` is borrowed.
    unsafe { native_handle(instance.as_ptr(), fd) }
}
