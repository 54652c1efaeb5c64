//! Globals: single values.

use std::ptr::NonNull;

use crate::library::owned::Owned;
use crate::library::types;
use crate::runtime::store::{self, AsStore, AsStoreMut, Handle, StoreCore};
use crate::runtime::value::Val;
use crate::vocabulary::{Error, ErrorKind, GlobalType, Mutability, Result};
use crate::{compat, sys};

/// A global in a [`Store`](crate::Store).
///
/// A small handle, as [`Instance`](crate::Instance) is; its methods panic with another store than
/// its own.
///
/// C: `WasmEdge_GlobalInstanceContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module, Store, Val};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (global $n (export "n") (mut i32) (i32.const 1))
///          (func (export "double") (global.set $n (i32.mul (global.get $n) (i32.const 2)))))"#,
/// )?;
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
/// let n = instance.get_global(&store, "n").unwrap();
/// n.set(&mut store, 21)?;
/// instance.get_typed_func::<(), ()>(&store, "double")?.call(&mut store, ())?;
/// assert_eq!(n.get(&store)?, Val::I32(42));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_GlobalInstanceContext")]
pub struct Global {
    handle: Handle<sys::WasmEdge_GlobalInstanceContext>,
    /// It never changes. `None`: the global holds values that this crate cannot pass.
    ty: Option<GlobalType>,
}

impl Global {
    /// A handle to a global.
    ///
    /// # Safety
    ///
    /// The global lives as long as the store.
    pub(crate) unsafe fn from_raw(
        core: &StoreCore,
        raw: NonNull<sys::WasmEdge_GlobalInstanceContext>,
    ) -> Self {
        // SAFETY: the global lives as long as the store; the type is a view into it.
        let ty =
            unsafe { compat::global_type(sys::WasmEdge_GlobalInstanceGetGlobalType(raw.as_ptr())) };
        Self {
            handle: core.handle(raw),
            ty: ty.ok(),
        }
    }

    /// Creates a global of its own.
    ///
    /// C: `WasmEdge_GlobalInstanceCreate`. Go: `NewGlobal`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongType`] when `value` is not of the type.
    ///
    /// # Panics
    ///
    /// When `value` refers to something of another store.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ErrorKind, Global, GlobalType, Mutability, Store, Val, ValType};
    ///
    /// let mut store = Store::new(())?;
    /// let ty = GlobalType::new(ValType::F64, Mutability::Const);
    /// let pi = Global::new(&mut store, ty, 3.14f64)?;
    /// assert_eq!(pi.get(&store)?.f64(), Some(3.14));
    /// let error = pi.set(&mut store, 3.0f64).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::ConstGlobal));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_GlobalInstanceCreate")]
    #[doc(alias = "NewGlobal")]
    pub fn new(mut store: impl AsStoreMut, ty: GlobalType, value: impl Into<Val>) -> Result<Self> {
        let core = store::core_mut(&mut store);
        let raw = create(&ty, value.into(), core)?;
        let global = Self {
            handle: core.handle(raw.as_non_null()),
            ty: Some(ty),
        };
        core.adopt(|owner, name| {
            // SAFETY: the module instance is alive and takes ownership of the global.
            unsafe { sys::WasmEdge_ModuleInstanceAddGlobal(owner, name, raw.into_raw()) };
        })?;
        Ok(global)
    }

    /// Returns the type.
    ///
    /// C: `WasmEdge_GlobalInstanceGetGlobalType`. Go: `GetGlobalType`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] when the global holds values that this crate cannot pass.
    #[doc(alias = "WasmEdge_GlobalInstanceGetGlobalType")]
    #[doc(alias = "GetGlobalType")]
    pub fn ty(self, store: impl AsStore) -> Result<GlobalType> {
        self.type_in(store::core(&store))
    }

    pub(crate) fn type_in(self, core: &StoreCore) -> Result<GlobalType> {
        // So that a handle of another store panics here, too.
        let _global = self.handle.get(core);
        self.known_type()
    }

    /// Whether it can be set to a value.
    #[inline]
    fn takes(self, value: Val) -> bool {
        self.ty
            .is_some_and(|ty| ty.mutability() == Mutability::Var && ty.content() == value.ty())
    }

    /// Why it cannot be set to a value.
    #[cold]
    fn refuse(self, value: Val) -> Error {
        match self.known_type() {
            Err(error) => error,
            Ok(ty) if ty.mutability() == Mutability::Const => Error::from(ErrorKind::ConstGlobal),
            Ok(ty) => wrong_type(&ty, value),
        }
    }

    #[inline]
    fn known_type(self) -> Result<GlobalType> {
        match self.ty {
            Some(ty) => Ok(ty),
            None => Err(compat::unknown_val_type()),
        }
    }

    /// Returns the value.
    ///
    /// C: `WasmEdge_GlobalInstanceGetValue`. Go: `GetValue`.
    ///
    /// # Errors
    ///
    /// Same as [`ty`](Self::ty).
    #[doc(alias = "WasmEdge_GlobalInstanceGetValue")]
    #[doc(alias = "GetValue")]
    #[inline]
    pub fn get(self, store: impl AsStore) -> Result<Val> {
        let core = store::core(&store);
        let global = self.handle.get(core);
        let ty = self.known_type()?;
        // SAFETY: the global lives in the store, and holds a value of its type.
        unsafe {
            let raw = sys::WasmEdge_GlobalInstanceGetValue(global.as_ptr());
            Ok(Val::from_raw(&raw, ty.content(), core))
        }
    }

    /// Sets the value.
    ///
    /// C: `WasmEdge_GlobalInstanceSetValue`. Go: `SetValue`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ConstGlobal`] when it may not be set, [`ErrorKind::WrongType`] when `value` is
    /// not of its type.
    ///
    /// # Panics
    ///
    /// When `value` refers to something of another store.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ErrorKind, Global, GlobalType, Mutability, Store, Val, ValType};
    ///
    /// let mut store = Store::new(())?;
    /// let ty = GlobalType::new(ValType::I64, Mutability::Var);
    /// let count = Global::new(&mut store, ty, 1i64)?;
    /// count.set(&mut store, 2i64)?;
    /// assert_eq!(count.get(&store)?, Val::I64(2));
    /// let error = count.set(&mut store, 2i32).unwrap_err(); // Of another type.
    /// assert!(matches!(error.kind(), ErrorKind::WrongType { .. }));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_GlobalInstanceSetValue")]
    #[doc(alias = "SetValue")]
    #[inline]
    pub fn set(self, mut store: impl AsStoreMut, value: impl Into<Val>) -> Result<()> {
        let value = value.into();
        let core = store::core_mut(&mut store);
        let global = self.handle.get(core);
        if !self.takes(value) {
            return Err(self.refuse(value));
        }
        let raw = match value.number() {
            Some(raw) => raw,
            None => value.into_raw(core),
        };
        // SAFETY: the global is ours, variable, and of the value's type.
        unsafe { compat::set_global(global.as_ptr(), raw) }.ok()
    }
}

/// Makes a global that nobody owns yet.
pub(crate) fn create(
    ty: &GlobalType,
    value: Val,
    core: &StoreCore,
) -> Result<Owned<sys::WasmEdge_GlobalInstanceContext>> {
    check_content(ty, value)?;
    let ty = types::raw_global_type(ty)?;
    // SAFETY: the type is alive and copied, and is the value's; a context that nobody else owns.
    unsafe {
        Owned::new(sys::WasmEdge_GlobalInstanceCreate(
            ty.as_ptr(),
            value.into_raw(core),
        ))
    }
}

/// From 0.14 on the library itself looks no closer than "is it a function?".
#[inline]
pub(crate) fn check_content(ty: &GlobalType, value: Val) -> Result<()> {
    if value.ty() == ty.content() {
        return Ok(());
    }
    Err(wrong_type(ty, value))
}

#[cold]
fn wrong_type(ty: &GlobalType, value: Val) -> Error {
    Error::from(ErrorKind::WrongType {
        what: "global",
        expected: ty.content(),
        found: value.ty(),
    })
}
