//! Rust types that go to a guest and come from it.

use super::value::{Type, Value, ValueRef};

/// A Rust type that a guest can be given: numbers, `bool`, `char`, strings, and slices, arrays and
/// vectors of numbers; references to them, and [`Value`]. [`WasmBindgen`](super::WasmBindgen) takes
/// an `Option` of a string, a slice or a vector as well.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given to a guest",
    label = "neither a number, a string, nor a slice of numbers",
    note = "guests of wasm-bindgen and wasmedge-bindgen take numbers, `bool`, `char`, strings, and slices, arrays and vectors of numbers; up to 12 in a tuple"
)]
pub trait ToGuest: private::ToGuest {}

/// A Rust type that a guest can return: numbers, `bool`, `char`, `String`, and vectors of numbers.
#[diagnostic::on_unimplemented(
    message = "a guest cannot return `{Self}`",
    label = "neither a number, a `String`, nor a vector of numbers",
    note = "guests of wasm-bindgen and wasmedge-bindgen return numbers, `bool`, `char`, `String` and vectors of numbers; wasmedge-bindgen up to 12 in a tuple"
)]
pub trait FromGuest: private::FromGuest {}

/// The parameters of a call: one [`ToGuest`], or a tuple of up to 12; `()` is none.
///
/// # Examples
///
/// ```
/// use wasmedge::bindgen::{Params, WasmEdgeBindgen, Results};
/// use wasmedge::{Result, Vm};
///
/// /// Calls with whatever the function takes and gives.
/// fn call<P: Params, R: Results>(
///     vm: &mut Vm<()>,
///     guest: WasmEdgeBindgen,
///     name: &str,
///     params: P,
/// ) -> Result<R> {
///     guest.call(vm, name, params)
/// }
///
/// let mut vm = Vm::new(())?;
/// let guest = vm.register_file("guest", "testdata/wasmedge_bindgen.wasm")?;
/// let guest = WasmEdgeBindgen::new(&vm, guest)?;
/// let text: String = call(&mut vm, guest, "say", "world")?;
/// assert_eq!(text, "hello world");
/// let (quotient, rest): (i32, i32) = call(&mut vm, guest, "divide", (17, 5))?;
/// assert_eq!((quotient, rest), (3, 2));
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given to a guest",
    label = "neither a number, a string, nor a slice of numbers",
    note = "guests of wasm-bindgen and wasmedge-bindgen take numbers, `bool`, `char`, strings, and slices, arrays and vectors of numbers; up to 12 in a tuple"
)]
pub trait Params: private::Params {}

/// The results of a call: one [`FromGuest`], or a tuple of up to 12; `()` is none.
#[diagnostic::on_unimplemented(
    message = "a guest cannot return `{Self}`",
    label = "neither a number, a `String`, nor a vector of numbers",
    note = "guests of wasm-bindgen and wasmedge-bindgen return numbers, `bool`, `char`, `String` and vectors of numbers; wasmedge-bindgen up to 12 in a tuple"
)]
pub trait Results: private::Results {}

/// The result of a call that gives one or none: a [`FromGuest`], `()`, or an `Option` of `String`
/// or of a vector.
#[diagnostic::on_unimplemented(
    message = "a guest cannot return `{Self}`",
    label = "neither a number, a `String`, nor a vector of numbers",
    note = "guests of wasm-bindgen and wasmedge-bindgen return numbers, `bool`, `char`, `String` and vectors of numbers; wasmedge-bindgen up to 12 in a tuple"
)]
pub trait OneResult: private::OneResult {}

impl<V: private::ToGuest + ?Sized> ToGuest for V {}
impl<V: private::FromGuest> FromGuest for V {}
impl<V: private::Params> Params for V {}
impl<V: private::Results> Results for V {}
impl<V: private::OneResult> OneResult for V {}

/// What the traits do; here, so that nobody else implements them.
#[allow(unnameable_types, reason = "seals the traits")]
pub(super) mod private {
    use super::{Type, Value, ValueRef};

    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be given to a guest",
        label = "neither a number, a string, nor a slice of numbers",
        note = "guests of wasm-bindgen and wasmedge-bindgen take numbers, `bool`, `char`, strings, and slices, arrays and vectors of numbers; up to 12 in a tuple"
    )]
    pub trait ToGuest {
        fn view(&self) -> ValueRef<'_>;
    }

    #[diagnostic::on_unimplemented(
        message = "a guest cannot return `{Self}`",
        label = "neither a number, a `String`, nor a vector of numbers",
        note = "guests of wasm-bindgen and wasmedge-bindgen return numbers, `bool`, `char`, `String` and vectors of numbers; wasmedge-bindgen up to 12 in a tuple"
    )]
    pub trait FromGuest: Sized {
        const TYPE: Type;

        /// The value, if it is of the type.
        fn from_value(value: Value) -> Option<Self>;
    }

    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be given to a guest",
        label = "neither a number, a string, nor a slice of numbers",
        note = "guests of wasm-bindgen and wasmedge-bindgen take numbers, `bool`, `char`, strings, and slices, arrays and vectors of numbers; up to 12 in a tuple"
    )]
    pub trait Params {
        fn with<R>(&self, call: impl FnOnce(&[ValueRef<'_>]) -> R) -> R;
    }

    #[diagnostic::on_unimplemented(
        message = "a guest cannot return `{Self}`",
        label = "neither a number, a `String`, nor a vector of numbers",
        note = "guests of wasm-bindgen and wasmedge-bindgen return numbers, `bool`, `char`, `String` and vectors of numbers; wasmedge-bindgen up to 12 in a tuple"
    )]
    pub trait Results: Sized {
        const TYPES: &'static [Type];

        /// The results, if there are as many values as types, of these types.
        fn from_values(values: impl Iterator<Item = Value>) -> Option<Self>;
    }

    #[diagnostic::on_unimplemented(
        message = "a guest cannot return `{Self}`",
        label = "neither a number, a `String`, nor a vector of numbers",
        note = "guests of wasm-bindgen and wasmedge-bindgen return numbers, `bool`, `char`, `String` and vectors of numbers; wasmedge-bindgen up to 12 in a tuple"
    )]
    pub trait OneResult: Sized {
        const TYPE: Option<Type>;

        /// The result, if the value is of the type.
        fn from_option(value: Option<Value>) -> Option<Self>;
    }
}

macro_rules! scalars {
    ($($name:ident($ty:ty))*) => {$(
        impl private::ToGuest for $ty {
            fn view(&self) -> ValueRef<'_> {
                ValueRef::$name(*self)
            }
        }

        impl private::FromGuest for $ty {
            const TYPE: Type = Type::$name;

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$name(value) => Some(value),
                    _ => None,
                }
            }
        }
    )*};
}

scalars! {
    Bool(bool) Char(char) U8(u8) I8(i8) U16(u16) I16(i16) U32(u32) I32(i32) U64(u64) I64(i64)
    F32(f32) F64(f64)
}

macro_rules! arrays {
    ($($name:ident($item:ty))*) => {$(
        impl private::ToGuest for [$item] {
            fn view(&self) -> ValueRef<'_> {
                ValueRef::$name(self)
            }
        }

        impl<const N: usize> private::ToGuest for [$item; N] {
            fn view(&self) -> ValueRef<'_> {
                ValueRef::$name(self)
            }
        }

        impl private::ToGuest for Vec<$item> {
            fn view(&self) -> ValueRef<'_> {
                ValueRef::$name(self)
            }
        }

        impl private::FromGuest for Vec<$item> {
            const TYPE: Type = Type::$name;

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$name(items) => Some(items),
                    _ => None,
                }
            }
        }
    )*};
}

arrays! {
    U8Array(u8) I8Array(i8) U16Array(u16) I16Array(i16) U32Array(u32) I32Array(i32) U64Array(u64)
    I64Array(i64) F32Array(f32) F64Array(f64)
}

macro_rules! options {
    ($($owned:ty, $borrowed:ty;)*) => {$(
        impl private::ToGuest for Option<$owned> {
            fn view(&self) -> ValueRef<'_> {
                const NONE: Type = <$owned as private::FromGuest>::TYPE;
                self.as_ref().map_or(ValueRef::None(NONE), private::ToGuest::view)
            }
        }

        impl private::ToGuest for Option<&$borrowed> {
            fn view(&self) -> ValueRef<'_> {
                const NONE: Type = <$owned as private::FromGuest>::TYPE;
                self.map_or(ValueRef::None(NONE), private::ToGuest::view)
            }
        }

        impl private::OneResult for Option<$owned> {
            const TYPE: Option<Type> = Some(<$owned as private::FromGuest>::TYPE);

            fn from_option(value: Option<Value>) -> Option<Self> {
                match value {
                    Some(value) => private::FromGuest::from_value(value).map(Some),
                    None => Some(None),
                }
            }
        }
    )*};
}

options! {
    String, str;
    Vec<u8>, [u8];
    Vec<i8>, [i8];
    Vec<u16>, [u16];
    Vec<i16>, [i16];
    Vec<u32>, [u32];
    Vec<i32>, [i32];
    Vec<u64>, [u64];
    Vec<i64>, [i64];
    Vec<f32>, [f32];
    Vec<f64>, [f64];
}

impl private::ToGuest for str {
    fn view(&self) -> ValueRef<'_> {
        ValueRef::String(self)
    }
}

impl private::ToGuest for String {
    fn view(&self) -> ValueRef<'_> {
        ValueRef::String(self)
    }
}

impl private::FromGuest for String {
    const TYPE: Type = Type::String;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

impl private::ToGuest for Value {
    fn view(&self) -> ValueRef<'_> {
        self.view()
    }
}

impl<V: private::ToGuest + ?Sized> private::ToGuest for &V {
    fn view(&self) -> ValueRef<'_> {
        (**self).view()
    }
}

impl<V: private::ToGuest> private::Params for V {
    fn with<R>(&self, call: impl FnOnce(&[ValueRef<'_>]) -> R) -> R {
        call(&[self.view()])
    }
}

impl<V: private::FromGuest> private::Results for V {
    const TYPES: &'static [Type] = &[V::TYPE];

    fn from_values(mut values: impl Iterator<Item = Value>) -> Option<Self> {
        let value = V::from_value(values.next()?)?;
        values.next().is_none().then_some(value)
    }
}

impl<V: private::FromGuest> private::OneResult for V {
    const TYPE: Option<Type> = Some(V::TYPE);

    fn from_option(value: Option<Value>) -> Option<Self> {
        V::from_value(value?)
    }
}

impl private::OneResult for () {
    const TYPE: Option<Type> = None;

    fn from_option(value: Option<Value>) -> Option<Self> {
        value.is_none().then_some(())
    }
}

macro_rules! tuples {
    ($(($($ty:ident)*))*) => {$(
        #[allow(
            non_snake_case,
            unused_mut,
            clippy::unused_unit,
            reason = "one pattern for all lengths"
        )]
        impl<$($ty: private::ToGuest,)*> private::Params for ($($ty,)*) {
            fn with<R>(&self, call: impl FnOnce(&[ValueRef<'_>]) -> R) -> R {
                let ($($ty,)*) = self;
                call(&[$($ty.view(),)*])
            }
        }

        #[allow(
            non_snake_case,
            unused_mut,
            clippy::unused_unit,
            reason = "one pattern for all lengths"
        )]
        impl<$($ty: private::FromGuest,)*> private::Results for ($($ty,)*) {
            const TYPES: &'static [Type] = &[$($ty::TYPE,)*];

            fn from_values(mut values: impl Iterator<Item = Value>) -> Option<Self> {
                $(let $ty = $ty::from_value(values.next()?)?;)*
                values.next().is_none().then_some(($($ty,)*))
            }
        }
    )*};
}

tuples! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
    (A B C D E F G H I)
    (A B C D E F G H I J)
    (A B C D E F G H I J K)
    (A B C D E F G H I J K L)
}
