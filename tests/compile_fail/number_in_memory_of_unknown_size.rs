//! A number in a memory has a size that does not depend on the host.
use wasmedge::{Memory, Store};

fn length(store: &Store<()>, memory: Memory) -> usize {
    memory.read_value::<usize>(store, 0).unwrap()
}

fn main() {}
