//! Guests return numbers, strings and vectors of numbers.
use wasmedge::Vm;
use wasmedge::bindgen::WasmEdgeBindgen;

fn call(vm: &mut Vm<()>, guest: WasmEdgeBindgen) -> &'static str {
    guest.call(vm, "f", 1).unwrap()
}

fn main() {}
