//! Values that cross the border in the memory of a guest, and their types.

use std::borrow::Cow;
use std::fmt;

use crate::runtime::memory::MemoryValue;

/// Declares [`Value`], [`ValueRef`] and [`Type`], which have one variant for each type of value.
macro_rules! values {
    (
        scalars { $($scalar:ident($rust:ty, $text:literal),)* }
        arrays { $($array:ident($element:ident, $item:ty),)* }
    ) => {
        /// The type of a [`Value`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Type {
            $(
                #[doc = concat!("`", stringify!($rust), "`.")]
                $scalar,
            )*
            /// A string of UTF-8.
            String,
            $(
                #[doc = concat!("An array of `", stringify!($item), "`.")]
                $array,
            )*
        }

        impl fmt::Display for Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$scalar => $text,)*
                    Self::String => "string",
                    $(Self::$array => concat!("array of ", stringify!($item)),)*
                })
            }
        }

        /// A value with its type, for calls whose types are known only at run time.
        ///
        /// # Examples
        ///
        /// ```
        /// use wasmedge::bindgen::{Type, Value};
        ///
        /// let value = Value::from("hello");
        /// assert_eq!(value.ty(), Type::String);
        /// assert_eq!(value, Value::String("hello".into()));
        /// assert_eq!(Value::from(vec![1u16, 2]).ty().to_string(), "array of u16");
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Value {
            $(
                #[doc = concat!("A `", stringify!($rust), "`.")]
                $scalar($rust),
            )*
            /// A string.
            String(String),
            $(
                #[doc = concat!("An array of `", stringify!($item), "`.")]
                $array(Vec<$item>),
            )*
        }

        impl Value {
            /// The type of the value.
            pub const fn ty(&self) -> Type {
                match self {
                    $(Self::$scalar(_) => Type::$scalar,)*
                    Self::String(_) => Type::String,
                    $(Self::$array(_) => Type::$array,)*
                }
            }

            /// A view of the value.
            pub(super) fn view(&self) -> ValueRef<'_> {
                match self {
                    $(Self::$scalar(value) => ValueRef::$scalar(*value),)*
                    Self::String(text) => ValueRef::String(text),
                    $(Self::$array(items) => ValueRef::$array(items),)*
                }
            }
        }

        /// A value that the program keeps.
        #[derive(Clone, Copy, Debug)]
        pub enum ValueRef<'a> {
            $($scalar($rust),)*
            String(&'a str),
            $($array(&'a [$item]),)*
            /// No value, where there might be a string or an array.
            None(Type),
        }

        impl<'a> ValueRef<'a> {
            pub(super) const fn ty(self) -> Type {
                match self {
                    $(Self::$scalar(_) => Type::$scalar,)*
                    Self::String(_) => Type::String,
                    $(Self::$array(_) => Type::$array,)*
                    Self::None(ty) => ty,
                }
            }

            /// Whether the value is a string or an array, even an empty one.
            pub(super) const fn is_some_array(self) -> bool {
                self.ty().is_array() && !matches!(self, Self::None(_))
            }

            /// The value as it lies in the memory of a guest.
            pub(super) fn bytes(self) -> Cow<'a, [u8]> {
                match self {
                    $(Self::$scalar(value) => value.to_guest().as_ref().to_vec().into(),)*
                    Self::String(text) => text.as_bytes().into(),
                    Self::None(_) => (&[]).into(),
                    Self::U8Array(items) => items.into(),
                    #[allow(unreachable_patterns, reason = "bytes need no conversion")]
                    $(Self::$array(items) => to_bytes(items).into(),)*
                }
            }
        }

        $(
            impl From<$rust> for Value {
                fn from(value: $rust) -> Self {
                    Self::$scalar(value)
                }
            }
        )*

        $(
            impl From<Vec<$item>> for Value {
                fn from(items: Vec<$item>) -> Self {
                    Self::$array(items)
                }
            }

            impl From<&[$item]> for Value {
                fn from(items: &[$item]) -> Self {
                    Self::$array(items.to_vec())
                }
            }
        )*

        impl Type {
            /// The size of a value, or of one element, in the memory of a guest.
            pub(super) const fn element_size(self) -> usize {
                match self {
                    $(Self::$scalar => size_of::<$rust>(),)*
                    Self::String => 1,
                    $(Self::$array => size_of::<$item>(),)*
                }
            }

            /// Whether a value has no fixed size.
            pub(super) const fn is_array(self) -> bool {
                match self {
                    $(Self::$scalar => false,)*
                    Self::String => true,
                    $(Self::$array => true,)*
                }
            }

            /// The value that lies in these bytes, whose number fits the type.
            pub(super) fn read(self, bytes: Vec<u8>) -> Result<Value, BadValue> {
                Ok(match self {
                    $(Self::$scalar => Value::$scalar(Scalar::from_guest(one(&bytes)?)?),)*
                    Self::String => Value::String(String::from_utf8(bytes).map_err(|error| {
                        BadValue::NotUtf8(error.utf8_error())
                    })?),
                    Self::U8Array => Value::U8Array(bytes),
                    #[allow(unreachable_patterns, reason = "bytes need no conversion")]
                    $(Self::$array => Value::$array(from_bytes(&bytes)?),)*
                })
            }
        }
    };
}

values! {
    scalars {
        Bool(bool, "bool"),
        Char(char, "char"),
        U8(u8, "u8"),
        I8(i8, "i8"),
        U16(u16, "u16"),
        I16(i16, "i16"),
        U32(u32, "u32"),
        I32(i32, "i32"),
        U64(u64, "u64"),
        I64(i64, "i64"),
        F32(f32, "f32"),
        F64(f64, "f64"),
    }
    arrays {
        U8Array(U8, u8),
        I8Array(I8, i8),
        U16Array(U16, u16),
        I16Array(I16, i16),
        U32Array(U32, u32),
        I32Array(I32, i32),
        U64Array(U64, u64),
        I64Array(I64, i64),
        F32Array(F32, f32),
        F64Array(F64, f64),
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

/// Why the bytes of a guest are no value of a type.
#[derive(Debug)]
pub(super) enum BadValue {
    NotUtf8(std::str::Utf8Error),
    Other(&'static str),
}

const BAD_SIZE: BadValue = BadValue::Other("its size is not that of the type");

/// A value of a fixed size.
trait Scalar: Sized {
    /// The number that stands for it in the memory of a guest.
    type Number: MemoryValue;

    fn number(self) -> Self::Number;

    fn from_guest(number: Self::Number) -> Result<Self, BadValue>;

    fn to_guest(self) -> <Self::Number as MemoryValue>::Bytes {
        self.number().into_bytes()
    }
}

impl<N: MemoryValue> Scalar for N {
    type Number = N;

    fn number(self) -> N {
        self
    }

    fn from_guest(number: N) -> Result<Self, BadValue> {
        Ok(number)
    }
}

impl Scalar for bool {
    type Number = u8;

    fn number(self) -> u8 {
        self.into()
    }

    fn from_guest(number: u8) -> Result<Self, BadValue> {
        match number {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(BadValue::Other("it is neither true nor false")),
        }
    }
}

impl Scalar for char {
    type Number = u32;

    fn number(self) -> u32 {
        self.into()
    }

    fn from_guest(number: u32) -> Result<Self, BadValue> {
        Self::from_u32(number).ok_or(BadValue::Other("it is no character"))
    }
}

fn to_bytes<N: MemoryValue>(items: &[N]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size_of_val(items));
    for item in items {
        bytes.extend_from_slice(item.into_bytes().as_ref());
    }
    bytes
}

fn one<N: MemoryValue>(bytes: &[u8]) -> Result<N, BadValue> {
    let mut number = N::Bytes::default();
    if bytes.len() != size_of::<N>() {
        return Err(BAD_SIZE);
    }
    number.as_mut().copy_from_slice(bytes);
    Ok(N::from_bytes(number))
}

fn from_bytes<N: MemoryValue>(bytes: &[u8]) -> Result<Vec<N>, BadValue> {
    if bytes.len() % size_of::<N>() != 0 {
        return Err(BAD_SIZE);
    }
    let mut items = Vec::new();
    // The length comes from a guest, whose memory may be larger than the program's.
    let room = items.try_reserve_exact(bytes.len() / size_of::<N>());
    room.map_err(|_| BadValue::Other("the program has no memory for it"))?;
    for item in bytes.chunks_exact(size_of::<N>()) {
        items.push(one(item)?);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_the_memory_of_a_guest() {
        let values = [
            Value::Bool(true),
            Value::Char('\u{10ffff}'),
            Value::U8(0xfe),
            Value::I8(-2),
            Value::U16(0xfedc),
            Value::I16(-2),
            Value::U32(0xfedc_ba98),
            Value::I32(-2),
            Value::U64(u64::MAX - 1),
            Value::I64(i64::MIN),
            Value::F32(-0.5),
            Value::F64(1e300),
            Value::String("é".into()),
            Value::U8Array(vec![1, 2, 255]),
            Value::I8Array(vec![-1, 2]),
            Value::U16Array(vec![1, 0xfedc]),
            Value::I16Array(vec![-1, 2]),
            Value::U32Array(vec![1, 0xfedc_ba98]),
            Value::I32Array(vec![]),
            Value::U64Array(vec![1, u64::MAX]),
            Value::I64Array(vec![-1, i64::MIN]),
            Value::F32Array(vec![0.25, -1.0]),
            Value::F64Array(vec![0.25, -1.0]),
        ];
        for value in values {
            let bytes = value.view().bytes().into_owned();
            assert_eq!(bytes.len() % value.ty().element_size(), 0);
            assert_eq!(value.ty().read(bytes).unwrap(), value);
        }
    }

    #[test]
    fn numbers_are_little_endian() {
        assert_eq!(*Value::U32(0x0102_0304).view().bytes(), [4, 3, 2, 1]);
        let array = Value::U16Array(vec![0x0102, 0x0304]);
        assert_eq!(*array.view().bytes(), [2, 1, 4, 3]);
    }

    #[test]
    fn bytes_that_are_no_value_are_refused() {
        let bad: [(Type, &[u8]); 7] = [
            (Type::Bool, &[2]),
            (Type::Char, &[0, 0xd8, 0, 0]),
            (Type::Char, &[0xff; 4]),
            (Type::U32, &[0; 3]),
            (Type::U32, &[]),
            (Type::U16Array, &[0; 3]),
            (Type::String, &[0xff]),
        ];
        for (ty, bytes) in bad {
            assert!(ty.read(bytes.to_vec()).is_err(), "{ty} {bytes:?}");
        }
    }
}
