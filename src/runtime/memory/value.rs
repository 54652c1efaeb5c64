//! Numbers in guest memory.

/// A number that is read from and written to a memory in little-endian order, as WebAssembly does:
/// `u8` to `u128`, `i8` to `i128`, `f32` and `f64`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Memory, MemoryType, Store};
///
/// let mut store = Store::new(())?;
/// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
/// memory.write_value(&mut store, 8, 0x0102_0304_u32)?;
/// assert_eq!(memory.read_value::<u8>(&store, 8)?, 4);
/// assert_eq!(memory.read_value::<i64>(&store, 8)?, 0x0102_0304);
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number in a memory",
    label = "not a number of fixed size",
    note = "`u8` to `u128`, `i8` to `i128`, `f32` and `f64` are; for others read the bytes: `Memory::read`, `read_vec`, `read_string`"
)]
pub trait MemoryValue: Copy + 'static + private::Sealed {
    /// An array of the size of the number.
    #[doc(hidden)]
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;

    #[doc(hidden)]
    fn from_bytes(bytes: Self::Bytes) -> Self;

    #[doc(hidden)]
    fn into_bytes(self) -> Self::Bytes;
}

mod private {
    #[allow(unnameable_types, reason = "seals `MemoryValue`")]
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($ty:ty)*) => {$(
        impl private::Sealed for $ty {}

        impl MemoryValue for $ty {
            type Bytes = [u8; size_of::<$ty>()];

            #[inline]
            fn from_bytes(bytes: Self::Bytes) -> Self {
                <$ty>::from_le_bytes(bytes)
            }

            #[inline]
            fn into_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 }
