//! Reads and writes of guest memory.

use std::hint::black_box;
use std::rc::Rc;

use wasmedge::{Memory, Store, sys};

use crate::guest::{self, Mode, Raw, State};
use crate::pair::{Pair, Sides, Target, looped, repeat};
use crate::raw::{name, ok};

pub(crate) fn pairs() -> Vec<Pair> {
    vec![
        Pair::new("memory read, 8 bytes", read::<8>),
        Pair::new("memory read, 64 bytes", read::<64>).target(Target::Added(25)),
        Pair::new("memory read, 64 KiB", read::<0x10000>).varies(100),
        Pair::new("memory write, 8 bytes", write::<8>),
        Pair::new("memory write, 64 bytes", write::<64>),
        Pair::new("memory write, 64 KiB", write::<0x10000>).varies(100),
        Pair::new("memory data(), one byte of it", data),
    ]
}

type Raws = [(Rc<Raw>, *mut sys::WasmEdge_MemoryInstanceContext); 2];

/// The memory for each side.
fn memories() -> ((Store<State>, Memory), Raws) {
    let (store, instance) = guest::safe(Mode::Interpreted);
    let memory = instance.get_memory(&store, "memory").unwrap();
    let raws = [guest::raw(Mode::Interpreted), guest::c(Mode::Interpreted)];
    let raws = raws.map(|raw| {
        // SAFETY: the instance is alive.
        let memory =
            unsafe { sys::WasmEdge_ModuleInstanceFindMemory(raw.instance(), name("memory")) };
        assert!(!memory.is_null());
        (raw, memory)
    });
    ((store, memory), raws)
}

fn read<const LEN: usize>() -> Sides {
    let ((store, memory), [(raw, raw_memory), (c, c_memory)]) = memories();
    let mut bytes = vec![0; LEN];
    let mut raw_bytes = vec![0; LEN];
    let mut c_bytes = vec![0; LEN];
    Sides {
        safe: repeat(move || {
            memory.read(&store, black_box(16), &mut bytes).unwrap();
            black_box(&mut bytes);
        }),
        raw: repeat(move || {
            let _alive = &raw;
            // SAFETY: the memory is alive, and there is room for as many bytes.
            unsafe {
                let to = raw_bytes.as_mut_ptr();
                ok(sys::WasmEdge_MemoryInstanceGetData(
                    raw_memory,
                    to,
                    black_box(16),
                    LEN as _,
                ));
            }
            black_box(&mut raw_bytes);
        }),
        c: looped(move |n| {
            let _alive = &c;
            let to = c_bytes.as_mut_ptr();
            // SAFETY: as above.
            unsafe { baseline::baseline_memory_read(c_memory, to, LEN as u32, n) };
        }),
    }
}

fn write<const LEN: usize>() -> Sides {
    let ((mut store, memory), [(raw, raw_memory), (c, c_memory)]) = memories();
    let bytes = vec![7; LEN];
    let raw_bytes = bytes.clone();
    let c_bytes = bytes.clone();
    Sides {
        safe: repeat(move || {
            memory
                .write(&mut store, black_box(16), black_box(&bytes))
                .unwrap();
        }),
        raw: repeat(move || {
            let _alive = &raw;
            let from = black_box(&raw_bytes).as_ptr();
            // SAFETY: the memory is alive, and there are as many bytes.
            unsafe {
                ok(sys::WasmEdge_MemoryInstanceSetData(
                    raw_memory,
                    from,
                    black_box(16),
                    LEN as _,
                ));
            }
        }),
        c: looped(move |n| {
            let _alive = &c;
            let from = c_bytes.as_ptr();
            // SAFETY: as above.
            unsafe { baseline::baseline_memory_write(c_memory, from, LEN as u32, n) };
        }),
    }
}

fn data() -> Sides {
    let ((store, memory), [(raw, raw_memory), (c, c_memory)]) = memories();
    Sides {
        safe: repeat(move || assert_eq!(memory.data(&store)[black_box(16)], 7)),
        raw: repeat(move || {
            let _alive = &raw;
            // SAFETY: the memory is alive, and has that byte.
            unsafe {
                let byte =
                    sys::WasmEdge_MemoryInstanceGetPointerConst(raw_memory, black_box(16), 1);
                assert_eq!(*byte, 7);
            }
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe {
            let _alive = &c;
            baseline::baseline_memory_data(c_memory, n);
        }),
    }
}
