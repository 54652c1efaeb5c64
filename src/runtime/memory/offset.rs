//! Places and lengths in a memory.

/// A place or a length in a memory: `u32` and `i32`, as guests give them, `u64` and `usize`.
///
/// An `i32` counts as the `u32` of the same bits, because WebAssembly has no signs: an address of
/// 2 GiB and more comes as a negative number where a host function takes it as an `i32`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Memory, MemoryType, Store};
///
/// let mut store = Store::new(())?;
/// let memory = Memory::new(&mut store, MemoryType::new(1, None)?)?;
/// let (from_guest, own): (u32, usize) = (16, 16);
/// memory.write(&mut store, from_guest, b"text")?;
/// assert_eq!(memory.read_string(&store, own, 4)?, "text");
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no place in a memory",
    label = "neither `u32`, `i32`, `u64` nor `usize`",
    note = "an integer of another width converts: `u32::from(…)`, `u64::try_from(…)?`"
)]
pub trait Offset: Copy + private::Sealed {
    #[doc(hidden)]
    fn into_u64(self) -> u64;
}

mod private {
    #[allow(unnameable_types, reason = "seals `Offset`")]
    pub trait Sealed {}
}

macro_rules! offsets {
    ($($ty:ty: $value:ident => $to:expr;)*) => {$(
        impl private::Sealed for $ty {}

        impl Offset for $ty {
            #[inline]
            fn into_u64(self) -> u64 {
                let $value = self;
                $to
            }
        }
    )*};
}

offsets! {
    u32: value => u64::from(value);
    i32: value => u64::from(value as u32);
    u64: value => value;
    usize: value => value as u64;
}
