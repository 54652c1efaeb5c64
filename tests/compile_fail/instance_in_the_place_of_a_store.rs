//! Handles work with the store that they came from.
use wasmedge::{Instance, Memory};

fn size(instance: &Instance, memory: Memory) -> u64 {
    memory.size(instance)
}

fn main() {}
