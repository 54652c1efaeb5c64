//! S3: a memory that the library cannot allocate is refused before guest code can touch it. A file
//! of its own, since it uses up the address space of the process.

use support::module;
use wasmedge::{ErrorKind, Instance, Memory, MemoryType, SharedMemory, Store};

#[test]
fn s3_memories_that_the_address_space_has_no_room_for_are_refused() {
    // Not exported, and written to by a data segment and the start function: the library would
    // write through a null pointer.
    let guest = module(
        r#"(module
            (memory 1)
            (data (i32.const 1000) "x")
            (func $start (i32.store (i32.const 8) (i32.const 1)))
            (func (export "get") (result i32) (i32.load (i32.const 8)))
            (start $start))"#,
    );
    let mut store = Store::new(()).unwrap();
    let mut last: Option<Instance> = None;
    let mut made = 0;
    // 12 GiB each: 47 bits have room for fewer than 11,000. Larger address spaces are not used up.
    let error = loop {
        match store.instantiate(&guest) {
            Ok(instance) => last = Some(instance),
            Err(error) => break error,
        }
        made += 1;
        if made == 30_000 {
            return;
        }
    };
    assert!(
        matches!(error.kind(), ErrorKind::NoMemory { pages: 1 }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "the system has no room for a memory of 1 page of 64 KiB; it may limit the memory or the \
         address space of the process"
    );
    assert!(made > 0, "not even one");

    // The same for memories of the host.
    let ty = MemoryType::new(1, None).unwrap();
    Memory::new(&mut store, ty).unwrap_err();
    SharedMemory::new(1).unwrap_err();

    // What was made works, and when it goes there is room again.
    let get = last
        .unwrap()
        .get_typed_func::<(), i32>(&store, "get")
        .unwrap();
    assert_eq!(get.call(&mut store, ()).unwrap(), 1);
    drop(store);
    let mut store = Store::new(()).unwrap();
    store.instantiate(&guest).unwrap();
    Memory::new(&mut store, ty).unwrap();
}
