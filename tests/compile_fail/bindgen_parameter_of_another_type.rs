//! Guests take numbers, strings and slices of numbers.
use std::collections::HashMap;
use wasmedge::Vm;
use wasmedge::bindgen::WasmEdgeBindgen;

fn call(vm: &mut Vm<()>, guest: WasmEdgeBindgen, map: HashMap<String, String>) {
    let _: String = guest.call(vm, "f", &map).unwrap();
}

fn main() {}
