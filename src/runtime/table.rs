//! Tables: arrays of references.

use std::ptr::NonNull;

use crate::library::owned::Owned;
use crate::library::types;
use crate::runtime::store::{self, AsStore, AsStoreMut, Handle, StoreCore};
use crate::runtime::value::Ref;
use crate::vocabulary::{Error, ErrorKind, Limits, RefType, Result, TableType};
use crate::{compat, sys};

/// A table in a [`Store`](crate::Store).
///
/// A small handle, as [`Instance`](crate::Instance) is; its methods panic with another store than
/// its own.
///
/// C: `WasmEdge_TableInstanceContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Func, Module, Ref, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (table (export "table") 4 funcref)
///          (func (export "call") (param i32) (result i32)
///            (call_indirect (result i32) (local.get 0))))"#,
/// )?;
/// let mut store = Store::new(())?;
/// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
/// let table = instance.get_table(&store, "table").unwrap();
///
/// let seven = Func::wrap(&mut store, || 7)?;
/// table.set(&mut store, 2, seven)?;
/// assert_eq!(table.get(&store, 2)?, Ref::from(seven));
///
/// let call = instance.get_typed_func::<i32, i32>(&store, "call")?;
/// assert_eq!(call.call(&mut store, 2)?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_TableInstanceContext")]
pub struct Table {
    handle: Handle<sys::WasmEdge_TableInstanceContext>,
    /// What it holds, which never changes. `None`: references that this crate cannot pass.
    element: Option<RefType>,
}

impl Table {
    /// The most elements that a table may have that this crate makes, or that a module declares. It
    /// is the limit of web browsers; the library, which has none, aborts the process when it cannot
    /// allocate.
    pub const MAX_ELEMENTS: u64 = TableType::MAX_ELEMENTS;

    /// A handle to a table.
    ///
    /// # Safety
    ///
    /// The table lives as long as the store.
    pub(crate) unsafe fn from_raw(
        core: &StoreCore,
        raw: NonNull<sys::WasmEdge_TableInstanceContext>,
    ) -> Self {
        // SAFETY: the table lives as long as the store; the type is a view into it.
        let ty =
            unsafe { compat::table_type(sys::WasmEdge_TableInstanceGetTableType(raw.as_ptr())) };
        Self {
            handle: core.handle(raw),
            element: ty.ok().map(|ty| ty.element()),
        }
    }

    /// Creates a table of its own, each element `init`.
    ///
    /// C: `WasmEdge_TableInstanceCreate`. Go: `NewTable`.
    ///
    /// # Errors
    ///
    /// When the type asks for more than [`MAX_ELEMENTS`](Self::MAX_ELEMENTS) or than
    /// [`Config::max_table_elements`](crate::Config::max_table_elements) allows, or `init` is not
    /// what the table holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ExternRef, Ref, RefType, Store, Table, TableType};
    ///
    /// let mut store = Store::new(())?;
    /// let ty = TableType::new(RefType::ExternRef, 2, Some(8))?;
    /// let table = Table::new(&mut store, ty, None::<ExternRef>)?;
    /// let name = ExternRef::new(&mut store, "name")?;
    /// table.set(&mut store, 1, name)?;
    /// assert_eq!(table.get(&store, 1)?, Ref::from(name));
    /// assert!(table.get(&store, 0)?.is_null());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_TableInstanceCreate")]
    #[doc(alias = "NewTable")]
    pub fn new(mut store: impl AsStoreMut, ty: TableType, init: impl Into<Ref>) -> Result<Self> {
        let init = init.into();
        check_element(ty.element(), init)?;
        let core = store::core_mut(&mut store);
        let raw = create(&within(&ty, core)?)?;
        let table = Self {
            handle: core.handle(raw.as_non_null()),
            element: Some(ty.element()),
        };
        core.adopt(|owner, name| {
            // SAFETY: the module instance is alive and takes ownership of the table.
            unsafe { sys::WasmEdge_ModuleInstanceAddTable(owner, name, raw.into_raw()) };
        })?;
        if !init.is_null() {
            table.fill(&mut store, 0, init, ty.limits().min())?;
        }
        Ok(table)
    }

    /// Returns the type, with the present size as minimum.
    ///
    /// C: `WasmEdge_TableInstanceGetTableType`. Go: `GetTableType`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] when the table holds references that this crate cannot pass.
    #[doc(alias = "WasmEdge_TableInstanceGetTableType")]
    #[doc(alias = "GetTableType")]
    pub fn ty(self, store: impl AsStore) -> Result<TableType> {
        self.type_in(store::core(&store))
    }

    pub(crate) fn type_in(self, core: &StoreCore) -> Result<TableType> {
        let table = self.handle.get(core);
        // SAFETY: the table lives in the store; its type is a view into it.
        unsafe { compat::table_type(sys::WasmEdge_TableInstanceGetTableType(table.as_ptr())) }
    }

    #[inline]
    fn element(self) -> Result<RefType> {
        match self.element {
            Some(element) => Ok(element),
            None => Err(compat::unknown_val_type()),
        }
    }

    /// Returns the number of elements.
    ///
    /// C: `WasmEdge_TableInstanceGetSize`. Go: `GetSize`.
    #[doc(alias = "WasmEdge_TableInstanceGetSize")]
    #[doc(alias = "GetSize")]
    pub fn size(self, store: impl AsStore) -> u64 {
        self.read_size(store::core(&store))
    }

    #[inline]
    fn read_size(self, core: &StoreCore) -> u64 {
        let table = self.handle.get(core);
        // SAFETY: the table lives in the store.
        let size = unsafe { sys::WasmEdge_TableInstanceGetSize(table.as_ptr()) };
        #[allow(clippy::useless_conversion, reason = "32 bits wide before 0.17")]
        u64::from(size)
    }

    /// Returns the element at `index`.
    ///
    /// C: `WasmEdge_TableInstanceGetData`. Go: `GetData`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TableAccess`] when there is none.
    #[doc(alias = "WasmEdge_TableInstanceGetData")]
    #[doc(alias = "GetData")]
    #[inline]
    pub fn get(self, store: impl AsStore, index: u64) -> Result<Ref> {
        let core = store::core(&store);
        let table = self.handle.get(core);
        let element = self.element()?;
        let at = self.check_range(core, index, 1)?;
        let mut raw = compat::EMPTY;
        // SAFETY: the table lives in the store, and the index was checked.
        let result =
            unsafe { sys::WasmEdge_TableInstanceGetData(table.as_ptr(), &raw mut raw, at) };
        checked(result)?;
        // SAFETY: written by C, with an element of the table.
        Ok(unsafe { Ref::from_raw(&raw, element, core) })
    }

    /// Sets the element at `index`.
    ///
    /// C: `WasmEdge_TableInstanceSetData`. Go: `SetData`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TableAccess`] when there is none, [`ErrorKind::WrongType`] when `value` is not
    /// what the table holds.
    ///
    /// # Panics
    ///
    /// When `value` refers to something of another store.
    #[doc(alias = "WasmEdge_TableInstanceSetData")]
    #[doc(alias = "SetData")]
    #[inline]
    pub fn set(self, mut store: impl AsStoreMut, index: u64, value: impl Into<Ref>) -> Result<()> {
        let value = value.into();
        let core = store::core_mut(&mut store);
        let table = self.handle.get(core);
        check_element(self.element()?, value)?;
        let at = self.check_range(core, index, 1)?;
        // SAFETY: the table is ours, the index and the type were checked, and what the reference
        // refers to lives in the store.
        let result =
            unsafe { sys::WasmEdge_TableInstanceSetData(table.as_ptr(), value.into_raw(core), at) };
        checked(result)
    }

    /// Sets `len` elements from `index` on.
    ///
    /// # Errors
    ///
    /// Same as [`set`](Self::set); nothing was set then.
    ///
    /// # Panics
    ///
    /// Same as [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Func, Ref, RefType, Store, Table, TableType};
    ///
    /// let mut store = Store::new(())?;
    /// let ty = TableType::new(RefType::FuncRef, 4, None)?;
    /// let table = Table::new(&mut store, ty, None::<Func>)?;
    /// let f = Func::wrap(&mut store, || {})?;
    /// table.fill(&mut store, 1, f, 2)?;
    /// assert_eq!(table.get(&store, 2)?, Ref::from(f));
    /// assert!(table.get(&store, 3)?.is_null());
    /// assert!(table.fill(&mut store, 3, f, 2).is_err()); // It has but four.
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn fill(
        self,
        mut store: impl AsStoreMut,
        index: u64,
        value: impl Into<Ref>,
        len: u64,
    ) -> Result<()> {
        self.write(&mut store, index, value.into(), len)
    }

    fn write(self, store: &mut impl AsStoreMut, index: u64, value: Ref, len: u64) -> Result<()> {
        let core = store::core_mut(store);
        let table = self.handle.get(core);
        check_element(self.element()?, value)?;
        let first = self.check_range(core, index, len)?;
        let raw = value.into_raw(core);
        let last = self.check_range(core, index + len, 0)?;
        for at in first..last {
            // SAFETY: the table is ours, the index and the type were checked, and what the
            // reference refers to lives in the store.
            let result = unsafe { sys::WasmEdge_TableInstanceSetData(table.as_ptr(), raw, at) };
            checked(result)?;
        }
        Ok(())
    }

    /// Adds `delta` elements, each `init`, and gives the size before.
    ///
    /// C: `WasmEdge_TableInstanceGrow`. Go: `Grow`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Grow`] when the table would have more than its maximum, or more than
    /// [`MAX_ELEMENTS`](Self::MAX_ELEMENTS); [`ErrorKind::WrongType`] when `init` is not what the
    /// table holds. The table is as it was then.
    ///
    /// # Panics
    ///
    /// When `init` refers to something of another store.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Func, RefType, Store, Table, TableType};
    ///
    /// let mut store = Store::new(())?;
    /// let ty = TableType::new(RefType::FuncRef, 2, Some(4))?;
    /// let table = Table::new(&mut store, ty, None::<Func>)?;
    /// assert_eq!(table.grow(&mut store, 2, None::<Func>)?, 2);
    /// let error = table.grow(&mut store, 1, None::<Func>).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "cannot grow the table of 4 elements by 1: 4 is the most"
    /// );
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "WasmEdge_TableInstanceGrow")]
    #[doc(alias = "Grow")]
    pub fn grow(self, mut store: impl AsStoreMut, delta: u64, init: impl Into<Ref>) -> Result<u64> {
        let init = init.into();
        let core = store::core_mut(&mut store);
        let table = self.handle.get(core);
        let ty = self.type_in(core)?;
        check_element(ty.element(), init)?;
        // Refuses a reference of another store before the table grows.
        let _ = init.into_raw(core);
        let size = self.read_size(core);
        let max = ty
            .limits()
            .max()
            .unwrap_or(u64::MAX)
            .min(Self::MAX_ELEMENTS);
        let refused = || {
            Error::from(ErrorKind::Grow {
                what: "table",
                unit: "elements",
                size,
                delta,
                max,
            })
        };
        if size.checked_add(delta).is_none_or(|new| new > max) {
            return Err(refused());
        }
        let raw_delta = compat::TableIndex::try_from(delta).map_err(|_| refused())?;
        // SAFETY: the table is ours, and the new size is one that can be allocated.
        let result = unsafe { sys::WasmEdge_TableInstanceGrow(table.as_ptr(), raw_delta) };
        checked(result)?;
        if !init.is_null() {
            self.write(&mut store, size, init, delta)?;
        }
        Ok(size)
    }

    /// C's index for `index`, if `len` elements are there.
    #[inline]
    fn check_range(self, core: &StoreCore, index: u64, len: u64) -> Result<compat::TableIndex> {
        let size = self.read_size(core);
        let fits = index.checked_add(len).is_some_and(|end| end <= size);
        match compat::TableIndex::try_from(index) {
            Ok(raw) if fits => Ok(raw),
            _ => Err(out_of_bounds(index, len, size)),
        }
    }
}

#[cold]
fn out_of_bounds(index: u64, len: u64, size: u64) -> Error {
    Error::from(ErrorKind::TableAccess { index, len, size })
}

/// The type with what the store bounds as its maximum.
pub(crate) fn within(ty: &TableType, core: &StoreCore) -> Result<TableType> {
    let Some(bound) = core.executor.bounds().table_elements else {
        return Ok(*ty);
    };
    let limits = ty.limits();
    if limits.min() > bound {
        return Err(Error::invalid(format!(
            "a table of {} elements is more than the {bound} that the configuration of the store \
             allows, see `Config::max_table_elements`",
            limits.min()
        )));
    }
    let max = limits.max().map_or(bound, |max| max.min(bound));
    let limits = Limits::new(limits.min(), Some(max))?;
    TableType::checked(ty.element(), limits, ty.is_64())
}

/// Makes a table that nobody owns yet, with null elements.
pub(crate) fn create(ty: &TableType) -> Result<Owned<sys::WasmEdge_TableInstanceContext>> {
    check_size(ty)?;
    let ty = types::raw_table_type(ty)?;
    // SAFETY: the type is alive and copied; a context that nobody else owns.
    unsafe { Owned::new(sys::WasmEdge_TableInstanceCreate(ty.as_ptr())) }
}

/// Refuses what no store can make a table of.
pub(crate) fn check_size(ty: &TableType) -> Result<()> {
    let min = ty.limits().min();
    if min > Table::MAX_ELEMENTS {
        return Err(Error::invalid(format!(
            "a table of {min} elements is more than the {} that this crate allows",
            Table::MAX_ELEMENTS
        )));
    }
    Ok(())
}

#[inline]
fn check_element(element: RefType, value: Ref) -> Result<()> {
    if value.ty() == element {
        return Ok(());
    }
    Err(wrong_type(element, value))
}

#[cold]
fn wrong_type(element: RefType, value: Ref) -> Error {
    Error::from(ErrorKind::WrongType {
        what: "table",
        expected: element.into(),
        found: value.ty().into(),
    })
}

/// The library checks the same again.
#[inline]
fn checked(result: sys::WasmEdge_Result) -> Result<()> {
    compat::Code::new(result).ok()
}
