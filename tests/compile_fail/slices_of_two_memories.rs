//! Two memories may be the same one, imported and exported under two names.
use wasmedge::{Memory, Store};

fn copy(store: &mut Store<()>, from: Memory, to: Memory) {
    let from = from.data(store);
    let to = to.data_mut(store);
    to[0] = from[0];
}

fn main() {}
