//! Reads and writes of guest memory.

use std::hint::black_box;

use wasmedge::sys;

use crate::guest;
use crate::pair::{Pair, Sides, Target, repeat, timed};
use crate::raw::{name, ok};

pub(crate) fn pairs() -> Vec<Pair> {
    vec![Pair {
        name: "memory read, 64 bytes",
        target: Target::Added(25),
        make: read::<64>,
    }]
}

fn read<const LEN: usize>() -> Sides {
    let (store, instance) = guest::safe();
    let memory = instance.get_memory(&store, "memory").unwrap();
    let raw = guest::raw();
    let c = guest::c();
    // SAFETY: the instances are alive.
    let [raw_memory, c_memory] = [&raw, &c].map(|raw| unsafe {
        sys::WasmEdge_ModuleInstanceFindMemory(raw.guest.instance, name("memory"))
    });
    Sides {
        safe: repeat(move || {
            let mut bytes = [0; LEN];
            memory.read(&store, black_box(16), &mut bytes).unwrap();
            black_box(&mut bytes);
        }),
        raw: repeat(move || {
            let _alive = &raw;
            let mut bytes = [0; LEN];
            // SAFETY: the memory is alive, and there is room for as many bytes.
            unsafe {
                ok(sys::WasmEdge_MemoryInstanceGetData(
                    raw_memory,
                    bytes.as_mut_ptr(),
                    black_box(16),
                    LEN as _,
                ));
            }
            black_box(&mut bytes);
        }),
        c: Box::new(move |n| {
            let _alive = &c;
            let mut bytes = [0; LEN];
            // SAFETY: as above.
            timed(|| unsafe {
                baseline::baseline_memory_read(c_memory, bytes.as_mut_ptr(), LEN as u32, n);
            })
        }),
    }
}
