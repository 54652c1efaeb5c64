//! Vectors and their lanes.

/// A 128-bit vector, with its lanes in the shapes that WebAssembly's vector instructions know.
///
/// Lane 0 is the one with the lowest bits, as in WebAssembly.
///
/// # Examples
///
/// ```
/// use wasmedge::{V128, Vm};
///
/// let wasm = wat::parse_str(
///     r#"(module (func (export "add") (param v128 v128) (result v128)
///          (i32x4.add (local.get 0) (local.get 1))))"#,
/// )?;
/// let (a, b) = (V128::from_i32x4([1, 2, 3, 4]), V128::from_i32x4([10, 20, 30, -40]));
/// let sum: V128 = Vm::new(())?.run_bytes(&wasm, "add", (a, b))?;
/// assert_eq!(sum.to_i32x4(), [11, 22, 33, -36]);
/// assert_eq!(sum.to_bits() as u32, 11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct V128(u128);

impl V128 {
    /// Creates a vector of these bits.
    ///
    /// Go: `NewV128`.
    #[doc(alias = "NewV128")]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Returns the bits.
    ///
    /// Go: `GetVal`.
    #[doc(alias = "GetVal")]
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

macro_rules! shapes {
    ($($shape:literal $lane:ty, $count:literal, $from:ident, $to:ident;)*) => {
        impl V128 {$(
            #[doc = concat!("A vector of the lanes of an `", $shape, "`.")]
            pub fn $from(lanes: [$lane; $count]) -> Self {
                let mut bytes = [0; 16];
                let places = bytes.chunks_exact_mut(size_of::<$lane>());
                for (place, lane) in places.zip(lanes) {
                    place.copy_from_slice(&lane.to_le_bytes());
                }
                Self(u128::from_le_bytes(bytes))
            }

            #[doc = concat!("The lanes as those of an `", $shape, "`.")]
            pub fn $to(self) -> [$lane; $count] {
                let bytes = self.0.to_le_bytes();
                std::array::from_fn(|lane| {
                    let at = lane * size_of::<$lane>();
                    let mut place = [0; size_of::<$lane>()];
                    place.copy_from_slice(&bytes[at..at + size_of::<$lane>()]);
                    <$lane>::from_le_bytes(place)
                })
            }
        )*}
    };
}

shapes! {
    "i8x16" i8, 16, from_i8x16, to_i8x16;
    "i8x16" u8, 16, from_u8x16, to_u8x16;
    "i16x8" i16, 8, from_i16x8, to_i16x8;
    "i16x8" u16, 8, from_u16x8, to_u16x8;
    "i32x4" i32, 4, from_i32x4, to_i32x4;
    "i32x4" u32, 4, from_u32x4, to_u32x4;
    "i64x2" i64, 2, from_i64x2, to_i64x2;
    "i64x2" u64, 2, from_u64x2, to_u64x2;
    "f32x4" f32, 4, from_f32x4, to_f32x4;
    "f64x2" f64, 2, from_f64x2, to_f64x2;
}

impl From<u128> for V128 {
    fn from(bits: u128) -> Self {
        Self::from_bits(bits)
    }
}

impl From<V128> for u128 {
    fn from(vector: V128) -> Self {
        vector.to_bits()
    }
}
