//! Closures as host functions.

use std::ffi::c_void;
use std::marker::PhantomData;

use super::trampoline::{self, WrapFn};
use super::typed::WasmValues;
use super::{Caller, WasmResults};

use crate::library::owned::Owned;
use crate::library::types;
use crate::runtime::store::StoreMut;
use crate::runtime::value::{Val, WasmTy};
use crate::sys;
use crate::vocabulary::{BoxedError, Error, FuncType};

/// A closure that can be a host function of a store with data `T`.
///
/// Implemented for closures and functions with up to 16 parameters, each a [`WasmTy`], and with or
/// without a [`Caller`] before them. What they return is a [`WasmTy`], a tuple of up to 16,
/// nothing, or a [`Result`] of one of these with any error that converts into a boxed
/// `dyn Error + Send + Sync` (see [`Error::host`]).
///
/// A closure is shared between stores and may be called again while it runs (the wasm that it calls
/// may call it), hence `Fn` and not `FnMut`: what it changes belongs in the store's data, which
/// [`Caller::data_mut`] gives.
///
/// # Examples
///
/// ```
/// use std::io;
/// use wasmedge::{Caller, ExternRef, HostModule};
///
/// fn random(_: Caller<'_, u64>) -> f64 {
///     0.5
/// }
///
/// let mut env = HostModule::<u64>::new("env");
/// env.func_wrap("nothing", || {})?
///     .func_wrap("numbers", |a: i32, b: u64, c: f32| (f64::from(a), b, c))?
///     .func_wrap("reference", |_object: Option<ExternRef>| {})?
///     .func_wrap("fails", || Err::<i32, _>(io::Error::other("no more numbers")))?
///     .func_wrap("keeps", |mut caller: Caller<'_, u64>| *caller.data_mut() += 1)?
///     .func_wrap("random", random)?;
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "this cannot be a host function of a store with data `{T}`",
    label = "not a closure that guests can call",
    note = "a host function takes up to 16 WebAssembly values, before them a `Caller<'_, {T}>` if it wants one, and gives a value, a tuple, nothing, or a `Result` of one of these",
    note = "WebAssembly's values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `V128`, `u128`, `Option<Func>` and `Option<ExternRef>`",
    note = "an address or a length of the guest is a `u32`; strings, slices and structs lie in its memory: pass address and length, see `Memory` and `bindgen`",
    note = "it is `Fn`, `Send`, `Sync` and `'static`: what it changes belongs into the data of the store, which `Caller::data_mut` gives; write the types of all parameters"
)]
pub trait IntoFunc<T: 'static, Params, Results>: Send + Sync + 'static {
    #[doc(hidden)]
    fn into_host_function(self) -> impl HostFunction<T>;
}

/// What a host function may return; see [`IntoFunc`].
#[diagnostic::on_unimplemented(
    message = "a host function cannot return `{Self}`",
    label = "not a WebAssembly value, a tuple of them, nothing, or a `Result` of one of these",
    note = "WebAssembly's values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `V128`, `u128`, `Option<Func>` and `Option<ExternRef>`",
    note = "an address or a length of the guest is a `u32`; strings, slices and structs lie in its memory: pass address and length, see `Memory` and `bindgen`",
    note = "the error of a `Result` is anything that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait HostResults {
    /// The values, without the error.
    #[doc(hidden)]
    type Values: WasmValues;

    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Values, Error>;
}

impl<R: WasmResults> HostResults for R {
    type Values = R;

    #[inline]
    fn into_result(self) -> Result<R, Error> {
        Ok(self)
    }
}

impl<R: WasmResults, E: Into<BoxedError>> HostResults for Result<R, E> {
    type Values = R;

    #[inline]
    fn into_result(self) -> Result<R, Error> {
        self.map_err(Error::host)
    }
}

/// A host function, ready to be put into any store with data `T`.
///
/// # Safety
///
/// [`entry`](Self::entry) may be called with [`binding`](Self::binding), as long as `self` lives,
/// and with values of the types of [`ty`](Self::ty).
pub unsafe trait HostFunction<T: 'static>: Send + Sync + 'static {
    /// Its type.
    fn ty(&self) -> FuncType;

    /// What C calls.
    fn entry(&self) -> WrapFn;

    /// What C hands to it: the address of this object.
    fn binding(&self) -> *mut c_void {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

/// A closure that takes its parameters as one tuple, which is what [`trampoline::call`] calls.
pub(super) struct Closure<F, P, R> {
    pub(super) call: F,
    _types: PhantomData<fn(P) -> R>,
}

impl<F, P, R> Closure<F, P, R> {
    const fn new(call: F) -> Self {
        Self {
            call,
            _types: PhantomData,
        }
    }
}

// SAFETY: `call` takes a `Closure<F, P, R>`, and values of the types `P` and `R`, which `ty` tells.
unsafe impl<T, F, P, R> HostFunction<T> for Closure<F, P, R>
where
    T: 'static,
    F: Fn(Caller<'_, T>, P) -> R + Send + Sync + 'static,
    P: WasmValues,
    R: HostResults + 'static,
{
    fn ty(&self) -> FuncType {
        FuncType::new(P::TYPES.iter().copied(), R::Values::TYPES.iter().copied())
    }

    fn entry(&self) -> WrapFn {
        trampoline::call::<T, F, P, R>
    }
}

/// A closure that takes and gives [`Val`]s, which [`trampoline::call_dynamic`] calls.
pub(crate) struct Dynamic<F> {
    pub(super) ty: FuncType,
    pub(super) call: F,
}

impl<F> Dynamic<F> {
    pub(crate) const fn new(ty: FuncType, call: F) -> Self {
        Self { ty, call }
    }
}

// SAFETY: `call_dynamic` takes a `Dynamic<F>`, and values of the types that it has itself.
unsafe impl<T, F, E> HostFunction<T> for Dynamic<F>
where
    T: 'static,
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), E> + Send + Sync + 'static,
    E: Into<BoxedError> + 'static,
{
    fn ty(&self) -> FuncType {
        self.ty.clone()
    }

    fn entry(&self) -> WrapFn {
        trampoline::call_dynamic::<T, F, E>
    }
}

/// Makes the C function, which points to `function` and to the store: both must outlive it.
pub(crate) fn create<T: 'static>(
    function: &dyn HostFunction<T>,
    cost: u64,
    store: &StoreMut<'_, T>,
) -> Result<Owned<sys::WasmEdge_FunctionInstanceContext>, Error> {
    let ty = types::raw_func_type(&function.ty())?;
    // SAFETY: the type is alive and copied. The entry belongs to the closure at the binding, and
    // to stores with data `T`; the store keeps both alive as long as the function.
    unsafe {
        Owned::new(sys::WasmEdge_FunctionInstanceCreateBinding(
            ty.as_ptr(),
            Some(function.entry()),
            function.binding(),
            store.as_ptr().cast(),
            cost,
        ))
    }
}

macro_rules! closures {
    ($(($($arg:ident)*))*) => {$(
        #[allow(non_snake_case, reason = "one pattern for all lengths")]
        impl<T, F, R, $($arg,)*> IntoFunc<T, ($($arg,)*), R> for F
        where
            T: 'static,
            F: Fn($($arg),*) -> R + Send + Sync + 'static,
            R: HostResults + 'static,
            $($arg: WasmTy,)*
        {
            fn into_host_function(self) -> impl HostFunction<T> {
                Closure::new(move |_: Caller<'_, T>, ($($arg,)*): ($($arg,)*)| self($($arg),*))
            }
        }

        #[allow(non_snake_case, reason = "one pattern for all lengths")]
        impl<T, F, R, $($arg,)*> IntoFunc<T, (Caller<'_, T>, $($arg,)*), R> for F
        where
            T: 'static,
            F: Fn(Caller<'_, T>, $($arg),*) -> R + Send + Sync + 'static,
            R: HostResults + 'static,
            $($arg: WasmTy,)*
        {
            fn into_host_function(self) -> impl HostFunction<T> {
                Closure::new(move |caller: Caller<'_, T>, ($($arg,)*): ($($arg,)*)| {
                    self(caller, $($arg),*)
                })
            }
        }
    )*};
}

closures! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E G)
    (A B C D E G H)
    (A B C D E G H I)
    (A B C D E G H I J)
    (A B C D E G H I J K)
    (A B C D E G H I J K L)
    (A B C D E G H I J K L M)
    (A B C D E G H I J K L M N)
    (A B C D E G H I J K L M N O)
    (A B C D E G H I J K L M N O P)
    (A B C D E G H I J K L M N O P Q)
}
