//! A store, a loader and a validator in one: what most programs begin with.

use std::fmt;

// In the order in which the documentation lists their functions.
mod create;
mod run;
mod register;
mod steps;
mod parts;
mod control;
mod async_run;
mod bindgen;
mod built_in;

use steps::State;

use crate::module::{Loader, Validator};
use crate::runtime::store::{AsStore, AsStoreMut, Sealed, SealedMut, Store, StoreInner, StoreMut};

/// Loads, validates, instantiates and runs modules, in one object.
///
/// A `Vm` goes through the steps of the library's VM: [`load`](Self::load_file) a module,
/// [`validate`](Self::validate) it, [`instantiate`](Self::instantiate) it, then
/// [`call`](Self::call) the functions of what is now the active instance; or all of that at once
/// with [`run_file`](Self::run_file) and [`run_bytes`](Self::run_bytes). It owns a [`Store`], and
/// stands wherever a store does. An active instance that is replaced stays in the store, since
/// tables may hold its functions.
///
/// It is written in Rust over [`Loader`], [`Validator`] and [`Store`]; the library's own VM frees
/// what other modules still point to.
///
/// C: `WasmEdge_VMContext`. Go: `VM`.
///
/// # Plug-ins
///
/// The modules of all [plug-ins](crate::plugin) that are loaded when the `Vm` is made are
/// registered in it. For those of WasmEdge's own plug-ins that are not, such as
/// `wasi_ephemeral_nn`, the library has stand-ins, whose functions log that the plug-in is missing,
/// and return an error or trap. They are there when a module imports them or
/// [`find_instance`](Self::find_instance) asks for them, and no other module has the name.
///
/// # Examples
///
/// ```
/// use wasmedge::Vm;
///
/// let wasm = wat::parse_str(
///     r#"(module (func (export "add") (param i32 i32) (result i32)
///          (i32.add (local.get 0) (local.get 1))))"#,
/// )?;
/// let mut vm = Vm::new(())?;
/// let sum: i32 = vm.run_bytes(&wasm, "add", (1234, 5678))?;
/// assert_eq!(sum, 6912);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_VMContext")]
#[doc(alias = "VM")]
pub struct Vm<T: 'static> {
    store: Store<T>,
    loader: Loader,
    validator: Validator,
    state: State,
    /// Whether WASI is built in.
    wasi: bool,
}

impl<T: 'static> Sealed for Vm<T> {
    type Data = T;

    #[inline]
    fn inner(&self) -> &StoreInner<T> {
        Sealed::inner(&self.store)
    }
}

impl<T: 'static> SealedMut for Vm<T> {
    #[inline]
    fn store_mut(&mut self) -> StoreMut<'_, T> {
        SealedMut::store_mut(&mut self.store)
    }
}

impl<T: 'static> AsStore for Vm<T> {}
impl<T: 'static> AsStoreMut for Vm<T> {}

impl<T: fmt::Debug + 'static> fmt::Debug for Vm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vm")
            .field("store", &self.store)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
