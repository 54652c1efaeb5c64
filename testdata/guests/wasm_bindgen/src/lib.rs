//! A guest of `wasm-bindgen`: what the macro and the tool make of these functions is what the tests
//! call.

#[path = "../../counting_allocator.rs"]
mod counting_allocator;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn say(name: &str) -> String {
    format!("hello {name}")
}

#[wasm_bindgen]
pub fn echo_string(value: String) -> String {
    value
}

#[wasm_bindgen]
pub fn nothing() {}

#[wasm_bindgen]
pub fn reverse(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.reverse();
    bytes
}

/// Every parameter once, those without an echo of their own in the text.
#[wasm_bindgen]
pub fn describe(
    a: bool,
    b: char,
    c: u8,
    d: i8,
    e: u16,
    f: i16,
    g: u32,
    h: i32,
    i: u64,
    j: i64,
    k: f32,
    l: f64,
) -> String {
    format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k} {l}")
}

#[wasm_bindgen]
pub fn join(separator: &str, numbers: &[f64], ending: String) -> String {
    let numbers: Vec<_> = numbers.iter().map(f64::to_string).collect();
    numbers.join(separator) + &ending
}

#[wasm_bindgen]
pub fn none(give: bool) -> Option<String> {
    give.then(|| String::from("some"))
}

#[wasm_bindgen]
pub fn throws(text: &str) {
    wasm_bindgen::throw_str(text)
}

#[wasm_bindgen]
pub fn panics(_: &str) -> String {
    panic!("the guest panics")
}

macro_rules! echo {
    ($($name:ident: $ty:ty;)*) => {$(
        #[wasm_bindgen]
        pub fn $name(value: $ty) -> $ty {
            value
        }
    )*};
}

echo! {
    echo_bool: bool;
    echo_char: char;
    echo_u8: u8;
    echo_i8: i8;
    echo_u16: u16;
    echo_i16: i16;
    echo_u32: u32;
    echo_i32: i32;
    echo_u64: u64;
    echo_i64: i64;
    echo_f32: f32;
    echo_f64: f64;
    echo_u8s: Vec<u8>;
    echo_i8s: Vec<i8>;
    echo_u16s: Vec<u16>;
    echo_i16s: Vec<i16>;
    echo_u32s: Vec<u32>;
    echo_i32s: Vec<i32>;
    echo_u64s: Vec<u64>;
    echo_i64s: Vec<i64>;
    echo_f32s: Vec<f32>;
    echo_f64s: Vec<f64>;
}
