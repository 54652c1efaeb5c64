//! A call into compiled code that does not come back.
//!
//! It is made with the C API alone: the keeper is part of what runs code in stores, and uses none.

use std::ffi::c_void;
use std::ptr;
use std::sync::mpsc::Sender;
use std::thread;

use crate::compat::string::BorrowedStr;
use crate::compat::{self, RawValue};
use crate::config::Config;
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::library::types;
use crate::module::Module;
use crate::sys;
use crate::vocabulary::{FuncType, Result};

/// Where the host function reports that it was called.
type Report = Sender<Result<()>>;

/// Calls the function of the [module](crate::native::compiler::keeper_module) of the keeper, on
/// this thread, for as long as the process lives: the host function that it calls reports, and
/// sleeps.
///
/// # Errors
///
/// When it comes to no call.
pub(super) fn park(compiled: &[u8], report: &Report) -> Result<()> {
    let config = Config::new()?;
    // SAFETY: compiled in this process, from a module of the crate's own. It calls one host
    // function, and does nothing else: no table, no memory, no stack.
    let module = unsafe { Module::from_compiled_bytes(&config, compiled) }?;
    let inside = door::open(Purpose::Library, "the keeper")?;
    let name = |name| BorrowedStr::new(name).expect("a short name").raw();
    let ty = types::raw_func_type(&FuncType::new([], []))?;
    // Each is dropped before those that it points to, which were made before it.
    // SAFETY: each `Owned` is made of what C has made just now, for us alone. All names are copied.
    // The configuration is copied; the module lives to the end of this function; the function type
    // is copied, and the function becomes the host instance's. `report` lives as long as the
    // function may be called: the only call is the one below.
    let (executor, park, _kept) = unsafe {
        let executor = Owned::new(sys::WasmEdge_ExecutorCreate(
            config.raw()?.as_ptr(),
            ptr::null_mut(),
        ))?;
        let linker = Owned::new(sys::WasmEdge_StoreCreate())?;
        let host = Owned::new(sys::WasmEdge_ModuleInstanceCreate(name("k")))?;
        let wait = Owned::new(sys::WasmEdge_FunctionInstanceCreate(
            ty.as_ptr(),
            Some(wait),
            ptr::from_ref(report).cast_mut().cast(),
            0,
        ))?;
        sys::WasmEdge_ModuleInstanceAddFunction(host.as_mut_ptr(), name("w"), wait.into_raw());
        compat::Code::new(sys::WasmEdge_ExecutorRegisterImport(
            executor.as_mut_ptr(),
            linker.as_mut_ptr(),
            host.as_ptr(),
        ))
        .ok()?;
        let mut instance = ptr::null_mut();
        compat::Code::new(sys::WasmEdge_ExecutorInstantiate(
            executor.as_mut_ptr(),
            &raw mut instance,
            linker.as_mut_ptr(),
            module.as_ptr(),
        ))
        .ok()?;
        let instance = Owned::new(instance)?;
        let park = sys::WasmEdge_ModuleInstanceFindFunction(instance.as_ptr(), name("p"));
        (executor, park, (instance, host, linker))
    };
    drop(inside);
    let called = door::call(executor.as_mut_ptr(), || {
        // SAFETY: all are alive, and this thread's alone; the function takes and gives nothing.
        compat::Code::new(unsafe {
            sys::WasmEdge_ExecutorInvoke(
                executor.as_mut_ptr(),
                park,
                ptr::null(),
                0,
                ptr::null_mut(),
                0,
            )
        })
    })?;
    called.ok()
}

/// The host function.
///
/// # Safety
///
/// `report` points to a [`Report`] that lives during the call.
unsafe extern "C" fn wait(
    report: *mut c_void,
    _: *const sys::WasmEdge_CallingFrameContext,
    _: *const RawValue,
    _: *mut RawValue,
) -> sys::WasmEdge_Result {
    // The thread never goes back in, so the process need not wait for it when it ends.
    let _out = door::leave();
    // SAFETY: `report` points to a `Report` that lives during the call.
    let report = unsafe { &*report.cast::<Report>() };
    let _ = report.send(Ok(()));
    loop {
        thread::park();
    }
}
