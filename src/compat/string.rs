//! Strings and arrays at the border, without allocation.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

use crate::sys::WasmEdge_String;

/// A `&str` in the shape C wants, alive as long as the `&str`.
///
/// No C function keeps a string it is given (each copies into a `std::string`), so borrowing is
/// enough.
#[derive(Clone, Copy)]
pub(crate) struct BorrowedStr<'a> {
    raw: WasmEdge_String,
    _borrow: PhantomData<&'a str>,
}

impl<'a> BorrowedStr<'a> {
    /// Borrows `name`; `None` when it is longer than C's 32-bit length can say.
    #[inline]
    pub(crate) fn new(name: &'a str) -> Option<Self> {
        let raw = WasmEdge_String {
            Length: u32::try_from(name.len()).ok()?,
            Buf: name.as_ptr().cast::<c_char>(),
        };
        Some(Self {
            raw,
            _borrow: PhantomData,
        })
    }

    /// The C string, to be used while the borrow lives.
    #[inline]
    pub(crate) const fn raw(self) -> WasmEdge_String {
        self.raw
    }
}

/// A slice from C, which may say "none" with a null pointer. A length that is known costs no test.
///
/// # Safety
///
/// `len` is 0, or `data` points to `len` initialised values that nobody changes during `'a`.
#[inline]
pub(crate) const unsafe fn slice<'a, T>(data: *const T, len: usize) -> &'a [T] {
    if len == 0 {
        &[]
    } else {
        #[expect(clippy::disallowed_methods, reason = "what is not empty is not null")]
        // SAFETY: `data` points to `len` initialised values that nobody changes during `'a`.
        unsafe {
            std::slice::from_raw_parts(data, len)
        }
    }
}

/// A mutable slice from C; see [`slice()`].
///
/// # Safety
///
/// `len` is 0, or `data` points to `len` initialised values that nobody else touches during `'a`.
#[inline]
pub(crate) const unsafe fn slice_mut<'a, T>(data: *mut T, len: usize) -> &'a mut [T] {
    if len == 0 {
        &mut []
    } else {
        #[expect(clippy::disallowed_methods, reason = "what is not empty is not null")]
        // SAFETY: `data` points to `len` initialised values that nobody else touches during `'a`.
        unsafe {
            std::slice::from_raw_parts_mut(data, len)
        }
    }
}

/// The bytes of a string that belongs to a C object, copied into a `String`.
///
/// Names that come out of a wasm binary are UTF-8 (the loader checks); a host may have made others,
/// whose odd bytes are replaced.
///
/// # Safety
///
/// `raw` is a view into a C object that is alive and unchanged during the call.
pub(crate) unsafe fn to_owned(raw: WasmEdge_String) -> Box<str> {
    // SAFETY: `raw` is a view into what is alive and unchanged during the call; `Length` counts the
    // bytes at `Buf`.
    let bytes = unsafe { slice(raw.Buf.cast::<u8>(), raw.Length as usize) };
    String::from_utf8_lossy(bytes).into()
}

/// Copies `len` names from C.
///
/// # Safety
///
/// `fill` writes that many names to where it is told, and they live during the call.
pub(crate) unsafe fn names(
    len: u32,
    fill: impl FnOnce(*mut WasmEdge_String, u32) -> u32,
) -> Vec<Box<str>> {
    let empty = WasmEdge_String {
        Length: 0,
        Buf: std::ptr::null(),
    };
    let mut list = vec![empty; len as usize];
    fill(list.as_mut_ptr(), len);
    // SAFETY: each name that `fill` wrote lives during the call.
    let name = |raw| unsafe { to_owned(raw) };
    list.into_iter().map(name).collect()
}

/// A static, NUL-terminated text of the library, or `None` where it has none.
///
/// # Safety
///
/// `text` is null or a NUL-terminated string that lives as long as the program.
pub(crate) unsafe fn static_text(text: *const c_char) -> Option<&'static str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, so a NUL-terminated string that lives as long as the program.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_from_c_is_an_empty_slice() {
        // SAFETY: null stands for no elements.
        let none: &[u32] = unsafe { slice(std::ptr::null(), 0) };
        assert!(none.is_empty());
    }

    #[test]
    fn borrowed_strings_keep_nul_and_length() {
        let raw = BorrowedStr::new("a\0b").unwrap().raw();
        assert_eq!(raw.Length, 3);
        // SAFETY: `raw` views a literal.
        assert_eq!(&*unsafe { to_owned(raw) }, "a\0b");
    }
}
