//! Growing may move the memory.
use wasmedge::{Memory, Store};

fn run(store: &mut Store<()>, memory: Memory) {
    let bytes = memory.data_mut(store);
    memory.grow(&mut *store, 1).unwrap();
    bytes[0] = 1;
}

fn main() {}
