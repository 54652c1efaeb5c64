//! Functions whose type is known at compile time.

use std::fmt;
use std::marker::PhantomData;

use super::Func;
use crate::compat::{self, RawValue};
use crate::runtime::store::{AsStoreMut, StoreCore};
use crate::runtime::value::WasmTy;
use crate::vocabulary::{Result, ValType};

/// A function with parameters `P` and results `R`, checked when it was made.
///
/// `P` and `R` are [`WasmTy`]s or tuples of up to 16 of them; `()` is none. Calling it converts the
/// values on the stack and calls into C, no more.
///
/// Get one from [`Instance::get_typed_func`](crate::Instance::get_typed_func) or [`Func::typed`].
///
/// Go: `Function`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Instance, Module, Result, Store, TypedFunc};
///
/// /// A guest with the functions that it is there for, looked up and checked once.
/// struct Calculator {
///     store: Store<()>,
///     add: TypedFunc<(i32, i32), i32>,
///     reset: TypedFunc<(), ()>,
/// }
///
/// impl Calculator {
///     fn new(module: &Module) -> Result<Self> {
///         let mut store = Store::new(())?;
///         let guest = store.instantiate(module)?;
///         Ok(Self {
///             add: guest.get_typed_func(&store, "add")?,
///             reset: guest.get_typed_func(&store, "reset")?,
///             store,
///         })
///     }
/// }
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (func (export "add") (param i32 i32) (result i32)
///            (i32.add (local.get 0) (local.get 1)))
///          (func (export "reset")))"#,
/// )?;
/// let mut calculator = Calculator::new(&Module::new(&Config::new()?, &wasm)?)?;
/// calculator.reset.call(&mut calculator.store, ())?;
/// assert_eq!(calculator.add.call(&mut calculator.store, (1, 2))?, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Function")]
pub struct TypedFunc<P, R> {
    func: Func,
    _types: PhantomData<fn(P) -> R>,
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// A function whose type was compared with `P` and `R`.
    pub(super) const fn new(func: Func) -> Self {
        Self {
            func,
            _types: PhantomData,
        }
    }

    /// Returns the function without its type.
    pub const fn func(&self) -> Func {
        self.func
    }

    /// Calls the function.
    ///
    /// C: `WasmEdge_ExecutorInvoke`. Go: `Invoke`.
    ///
    /// # Errors
    ///
    /// What the execution ended with: a [`Trap`](crate::Trap), the error of a host function, ….
    ///
    /// # Panics
    ///
    /// When a host function that is called panics: with the same panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Config, Module, Store};
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module (func (export "divmod") (param i32 i32) (result i32 i32)
    ///          (i32.div_u (local.get 0) (local.get 1))
    ///          (i32.rem_u (local.get 0) (local.get 1))))"#,
    /// )?;
    /// let mut store = Store::new(())?;
    /// let instance = store.instantiate(&Module::new(&Config::new()?, &wasm)?)?;
    /// let divmod = instance.get_typed_func::<(u32, u32), (u32, u32)>(&store, "divmod")?;
    /// assert_eq!(divmod.call(&mut store, (17, 5))?, (3, 2));
    /// assert!(divmod.call(&mut store, (17, 0)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ExecutorInvoke")]
    #[doc(alias = "Invoke")]
    #[inline]
    pub fn call(&self, mut store: impl AsStoreMut, params: P) -> Result<R> {
        let mut store = store.store_mut();
        let func = self.func.handle.get(store.core());
        let params = params.into_raw(store.core());
        let mut results = R::empty();
        // SAFETY: the function is the store's, and its type was compared with `P` and `R` when
        // `self` was made.
        unsafe {
            store
                .erase()
                .invoke(func, params.as_ref(), results.as_mut())
        }?;
        // SAFETY: C wrote the results of a function of this type, which it does on success.
        Ok(unsafe { R::from_raw(results.as_ref(), store.core()) })
    }
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunc<P, R> {}

impl<P, R> fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.func.fmt(f)
    }
}

/// The parameters of a function: a [`WasmTy`], or a tuple of up to 16.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parameters of a WebAssembly function",
    label = "not a WebAssembly value, nor a tuple of up to 16 of them",
    note = "WebAssembly's values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `V128`, `u128`, `Option<Func>` and `Option<ExternRef>`",
    note = "an address or a length of the guest is a `u32`; strings, slices and structs lie in its memory: pass address and length, see `Memory` and `bindgen`"
)]
pub trait WasmParams: WasmValues {}

/// The results of a function: a [`WasmTy`], or a tuple of up to 16.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the results of a WebAssembly function",
    label = "not a WebAssembly value, nor a tuple of up to 16 of them",
    note = "WebAssembly's values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `V128`, `u128`, `Option<Func>` and `Option<ExternRef>`",
    note = "an address or a length of the guest is a `u32`; strings, slices and structs lie in its memory: pass address and length, see `Memory` and `bindgen`"
)]
pub trait WasmResults: WasmValues {}

impl<V: WasmValues> WasmParams for V {}
impl<V: WasmValues> WasmResults for V {}

/// A fixed number of values of fixed types, to and from C; sealed by being unnameable.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parameters or the results of a WebAssembly function",
    label = "not a WebAssembly value, nor a tuple of up to 16 of them",
    note = "WebAssembly's values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `V128`, `u128`, `Option<Func>` and `Option<ExternRef>`",
    note = "an address or a length of the guest is a `u32`; strings, slices and structs lie in its memory: pass address and length, see `Memory` and `bindgen`"
)]
pub trait WasmValues: Sized + Send + 'static {
    /// An array of one C value for each.
    #[doc(hidden)]
    type Raw: AsRef<[RawValue]> + AsMut<[RawValue]>;

    #[doc(hidden)]
    const TYPES: &'static [ValType];

    #[doc(hidden)]
    fn empty() -> Self::Raw;

    #[doc(hidden)]
    fn into_raw(self, store: &StoreCore) -> Self::Raw;

    /// # Safety
    ///
    /// There are as many values as [`TYPES`](Self::TYPES), of these types, and they came from
    /// `store`.
    #[doc(hidden)]
    unsafe fn from_raw(raw: &[RawValue], store: &StoreCore) -> Self;
}

impl<V: WasmTy> WasmValues for V {
    type Raw = [RawValue; 1];
    const TYPES: &'static [ValType] = &[V::TYPE];

    #[inline]
    fn empty() -> Self::Raw {
        [compat::EMPTY]
    }

    #[inline]
    fn into_raw(self, store: &StoreCore) -> Self::Raw {
        [WasmTy::into_raw(self, store)]
    }

    #[inline]
    unsafe fn from_raw(raw: &[RawValue], store: &StoreCore) -> Self {
        // SAFETY: there is one value, of this type, and it came from `store`.
        unsafe { WasmTy::from_raw(&raw[0], store) }
    }
}

macro_rules! tuples {
    ($(($len:literal $($ty:ident)*))*) => {$(
        #[allow(
            non_snake_case,
            unused_variables,
            unused_unsafe,
            clippy::unused_unit,
            reason = "one pattern for all lengths"
        )]
        impl<$($ty: WasmTy,)*> WasmValues for ($($ty,)*) {
            type Raw = [RawValue; $len];
            const TYPES: &'static [ValType] = &[$($ty::TYPE),*];

            #[inline]
            fn empty() -> Self::Raw {
                [compat::EMPTY; $len]
            }

            #[inline]
            fn into_raw(self, store: &StoreCore) -> Self::Raw {
                let ($($ty,)*) = self;
                [$(WasmTy::into_raw($ty, store)),*]
            }

            #[inline]
            unsafe fn from_raw(raw: &[RawValue], store: &StoreCore) -> Self {
                let [$($ty,)*] = raw else { unreachable!("as many values as types") };
                // SAFETY: there are as many values as types, each of its type, and they came from
                // `store`.
                unsafe { ($(<$ty as WasmTy>::from_raw($ty, store),)*) }
            }
        }
    )*};
}

tuples! {
    (0)
    (1 A)
    (2 A B)
    (3 A B C)
    (4 A B C D)
    (5 A B C D E)
    (6 A B C D E F)
    (7 A B C D E F G)
    (8 A B C D E F G H)
    (9 A B C D E F G H I)
    (10 A B C D E F G H I J)
    (11 A B C D E F G H I J K)
    (12 A B C D E F G H I J K L)
    (13 A B C D E F G H I J K L M)
    (14 A B C D E F G H I J K L M N)
    (15 A B C D E F G H I J K L M N O)
    (16 A B C D E F G H I J K L M N O P)
}
