//! A guest of `wasmedge-bindgen`: what the macro makes of these functions is what the tests call.

#[path = "../../counting_allocator.rs"]
mod counting_allocator;

#[allow(unused_imports)]
use wasmedge_bindgen::*;
use wasmedge_bindgen_macro::*;

#[wasmedge_bindgen]
pub fn say(name: String) -> String {
    // Made to measure, as most allocators need it: the host frees a string by its length.
    ["hello ", &name].concat()
}

#[wasmedge_bindgen]
pub fn divide(a: i32, b: i32) -> Result<(i32, i32), String> {
    if b == 0 {
        return Err(String::from("division by zero"));
    }
    Ok((a.wrapping_div(b), a.wrapping_rem(b)))
}

#[wasmedge_bindgen]
pub fn nothing() {}

#[wasmedge_bindgen]
pub fn echo_string(value: String) -> String {
    value
}

/// A string with room to spare.
#[wasmedge_bindgen]
pub fn spare() -> String {
    let mut text = String::with_capacity(100);
    text.push_str("spare");
    text
}

/// An error that is not in the heap.
#[wasmedge_bindgen]
pub fn constant_error() -> Result<u8, &'static str> {
    Err("constant")
}

#[wasmedge_bindgen]
pub fn describe(yes: bool, letter: char, number: f32) -> String {
    let text = format!("{yes} {letter} {number}");
    text.as_str().to_owned()
}

#[wasmedge_bindgen]
pub fn panics(_: String) -> String {
    panic!("the guest panics")
}

#[wasmedge_bindgen]
pub fn scalars(
    a: u8,
    b: i8,
    c: u16,
    d: i16,
    e: u32,
    f: i32,
    g: u64,
    h: i64,
    i: f32,
    j: f64,
) -> (u8, i8, u16, i16, u32, i32, u64, i64, f32, f64) {
    (a, b, c, d, e, f, g, h, i, j)
}

#[wasmedge_bindgen]
pub fn arrays(
    a: Vec<u8>,
    b: Vec<i8>,
    c: Vec<u16>,
    d: Vec<i16>,
    e: Vec<u32>,
    f: Vec<i32>,
    g: Vec<u64>,
    h: Vec<i64>,
) -> (Vec<u8>, Vec<i8>, Vec<u16>, Vec<i16>, Vec<u32>, Vec<i32>, Vec<u64>, Vec<i64>) {
    (a, b, c, d, e, f, g, h)
}

#[wasmedge_bindgen]
pub fn reverse(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.reverse();
    bytes
}

#[wasmedge_bindgen]
pub fn sum(numbers: Vec<i64>) -> i64 {
    numbers.iter().fold(0, |sum, number| sum.wrapping_add(*number))
}
