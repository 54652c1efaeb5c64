//! Memories, from the host and from the guest.

use std::io::{ErrorKind as IoKind, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use support::{instance, module};
use wasmedge::{
    AsStoreMut, Caller, Config, Error, ErrorKind, HostModule, Memory, MemoryType, MemoryValue,
    Module, Proposal, Store,
};

const PAGE: u64 = 65536;

fn memory(min: u64, max: Option<u64>) -> (Store<()>, Memory) {
    let mut store = Store::new(()).unwrap();
    let ty = MemoryType::new(min, max).unwrap();
    let memory = Memory::new(&mut store, ty).unwrap();
    (store, memory)
}

fn out_of_bounds(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::MemoryAccess { .. })
}

#[test]
fn host_and_guest_see_the_same_bytes() {
    let (mut store, instance) = instance(
        r#"(module
            (memory (export "memory") 1)
            (data (i32.const 8) "abc")
            (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "set") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))"#,
    );
    let memory = instance.get_memory(&store, "memory").unwrap();
    assert_eq!(memory.ty(&store), MemoryType::new(1, None).unwrap());
    assert_eq!((memory.size(&store), memory.data_size(&store)), (1, PAGE));
    assert_eq!(instance.memory_names(&store), ["memory".into()]);
    assert_eq!(instance.get_memory(&store, "other"), None);
    assert_eq!(instance.get_memory(&store, "get"), None);

    let mut bytes = [0; 3];
    memory.read(&store, 8, &mut bytes).unwrap();
    assert_eq!(&bytes, b"abc");
    let get = instance.get_typed_func::<u32, u32>(&store, "get").unwrap();
    memory.write(&mut store, 9, b"B").unwrap();
    assert_eq!(get.call(&mut store, 9).unwrap(), u32::from(b'B'));
    memory.data_mut(&mut store)[10] = b'C';
    assert_eq!(get.call(&mut store, 10).unwrap(), u32::from(b'C'));
    let set = instance
        .get_typed_func::<(u32, u32), ()>(&store, "set")
        .unwrap();
    set.call(&mut store, (65535, 7)).unwrap();
    assert_eq!(memory.data(&store)[65535], 7);
}

#[test]
fn numbers_are_little_endian() {
    let (mut store, memory) = memory(1, None);
    fn check<V: MemoryValue + PartialEq + std::fmt::Debug>(
        store: &mut impl AsStoreMut,
        memory: Memory,
        value: V,
        bytes: &[u8],
    ) {
        let offset = PAGE - bytes.len() as u64;
        memory.write_value(&mut *store, offset, value).unwrap();
        assert_eq!(memory.read_value::<V>(&*store, offset).unwrap(), value);
        let mut found = vec![0; bytes.len()];
        memory.read(&*store, offset, &mut found).unwrap();
        assert_eq!(found, bytes);
        memory
            .write_value(&mut *store, offset + 1, value)
            .unwrap_err();
        memory.read_value::<V>(&*store, offset + 1).unwrap_err();
    }
    macro_rules! check {
        ($($value:expr),*) => {$(
            check(&mut store, memory, $value, &$value.to_le_bytes());
        )*};
    }
    check!(
        0x12u8,
        0x1234u16,
        0x1234_5678u32,
        0x1234_5678_9abc_def0u64,
        u128::MAX - 5
    );
    check!(-2i8, -3i16, -4i32, -5i64, i128::MIN, 1.5f32, -2.25f64);
}

#[test]
fn s9_no_access_reaches_past_the_end() {
    let (mut store, memory) = memory(1, None);
    memory.read(&store, PAGE, &mut []).unwrap();
    memory.write(&mut store, PAGE, &[]).unwrap();
    memory.read(&store, PAGE - 2, &mut [0; 2]).unwrap();
    for offset in [
        PAGE - 1,
        PAGE,
        PAGE + 1,
        1 << 32,
        (1 << 32) - 1,
        1 << 48,
        u64::MAX,
        u64::MAX - 1,
        i64::MAX as u64,
    ] {
        let mut bytes = [1; 2];
        let error = memory.read(&store, offset, &mut bytes).unwrap_err();
        assert!(out_of_bounds(&error));
        assert_eq!(bytes, [1; 2]);
        let error = memory.write(&mut store, offset, &bytes).unwrap_err();
        assert!(out_of_bounds(&error));
        assert!(out_of_bounds(
            &memory.read_string(&store, offset, 2).unwrap_err()
        ));
        assert!(out_of_bounds(
            &memory.read_vec(&store, offset, 2).unwrap_err()
        ));
    }
    memory.read(&store, PAGE + 1, &mut []).unwrap_err();
    // Not a byte of what did not fit was written.
    assert!(memory.data(&store).iter().all(|&byte| byte == 0));
    // And a length from the guest allocates nothing.
    for len in [u64::MAX, 1 << 40, PAGE + 1] {
        assert!(out_of_bounds(
            &memory.read_string(&store, 0, len).unwrap_err()
        ));
        assert!(out_of_bounds(&memory.read_vec(&store, 0, len).unwrap_err()));
    }
    assert_eq!(memory.read_vec(&store, PAGE, 0).unwrap(), [0; 0]);
    assert_eq!(memory.read_vec(&store, 65534, 2).unwrap(), [0, 0]);
    let error = memory.write(&mut store, 65534, &[0; 4]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "memory access out of bounds: 4 bytes at 65534, the memory has 65536 bytes"
    );
}

#[test]
fn strings_are_utf8_or_an_error() {
    let (mut store, memory) = memory(1, None);
    memory.write(&mut store, 0, "größe".as_bytes()).unwrap();
    assert_eq!(memory.read_string(&store, 0, 7).unwrap(), "größe");
    assert_eq!(memory.read_string(&store, PAGE, 0).unwrap(), "");
    let error = memory.read_string(&store, 0, 3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no string in the memory, 3 bytes at 0: \
         incomplete utf-8 byte sequence from index 2"
    );
}

#[test]
fn a_memory_grows_to_its_limit_and_not_past_it() {
    let (mut store, instance) = instance(
        r#"(module
            (memory (export "memory") 1 4)
            (func (export "size") (result i32) memory.size)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#,
    );
    let memory = instance.get_memory(&store, "memory").unwrap();
    let size = instance.get_typed_func::<(), u64>(&store, "size");
    size.unwrap_err();
    let size = instance.get_typed_func::<(), u32>(&store, "size").unwrap();
    let grow = instance.get_typed_func::<u32, i32>(&store, "grow").unwrap();
    let get = instance.get_typed_func::<u32, u32>(&store, "get").unwrap();

    assert_eq!(memory.grow(&mut store, 0).unwrap(), 1);
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 1);
    assert_eq!(size.call(&mut store, ()).unwrap(), 2);
    memory.write(&mut store, 2 * PAGE - 1, &[9]).unwrap();
    assert_eq!(get.call(&mut store, 2 * 65536 - 1).unwrap(), 9);
    assert_eq!(grow.call(&mut store, 1).unwrap(), 2);
    assert_eq!(memory.size(&store), 3);
    assert_eq!(memory.data(&store).len() as u64, 3 * PAGE);
    assert_eq!(memory.ty(&store), MemoryType::new(3, Some(4)).unwrap());

    for delta in [2, 65536, 1 << 32, u64::MAX, u64::MAX - 2, (1 << 32) - 3] {
        let error = memory.grow(&mut store, delta).unwrap_err();
        assert!(
            matches!(
                error.kind(),
                ErrorKind::Grow {
                    size: 3,
                    max: 4,
                    ..
                }
            ),
            "{error}"
        );
    }
    assert_eq!(grow.call(&mut store, 2).unwrap(), -1);
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 3);
    memory.grow(&mut store, 1).unwrap_err();
    // What was there stays, what is new is zero.
    assert_eq!(memory.read_value::<u8>(&store, 2 * PAGE - 1).unwrap(), 9);
    assert!(
        memory.data(&store)[2 * 65536..]
            .iter()
            .all(|&byte| byte == 0)
    );
}

#[test]
fn s3_the_configured_limit_holds_for_every_memory() {
    let mut config = Config::new().unwrap();
    config.max_memory_pages(3).unwrap();
    let mut store = Store::with_config(&config, ()).unwrap();
    let error = Memory::new(&mut store, MemoryType::new(4, None).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a memory of 4 pages is larger than the 3 that the configuration allows, see \
         `Config::max_memory_pages`"
    );
    let own = Memory::new(&mut store, MemoryType::new(1, None).unwrap()).unwrap();
    assert_eq!(own.ty(&store), MemoryType::new(1, Some(3)).unwrap());
    own.grow(&mut store, 2).unwrap();
    own.grow(&mut store, 1).unwrap_err();

    // Of host modules, whoever grows them.
    let mut env = HostModule::new("env");
    env.memory("memory", MemoryType::new(1, Some(9)).unwrap())
        .unwrap();
    let host = store.register_host(&env).unwrap();
    let guest = module(
        r#"(module
            (import "env" "memory" (memory 1))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let guest = store.instantiate(&guest).unwrap();
    let grow = guest.get_typed_func::<u32, i32>(&store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, 3).unwrap(), -1);
    assert_eq!(grow.call(&mut store, 2).unwrap(), 1);
    assert_eq!(host.get_memory(&store, "memory").unwrap().size(&store), 3);
    let mut large = HostModule::new("large");
    large
        .memory("memory", MemoryType::new(4, None).unwrap())
        .unwrap();
    store.register_host(&large).unwrap_err();

    // Of wasm modules that were loaded under another limit: the library would make a memory
    // without bytes.
    let declares = module(r#"(module (memory 4) (data (i32.const 0) "x"))"#);
    let error = store.instantiate(&declares).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a memory of 4 pages is larger than the 3 that the configuration allows, see \
         `Config::max_memory_pages`"
    );
    let declares = module(r#"(module (memory (export "memory") 2))"#);
    let wasm = store.instantiate(&declares).unwrap();
    let wasm = wasm.get_memory(&store, "memory").unwrap();
    assert_eq!(wasm.grow(&mut store, 1).unwrap(), 2);
    let error = wasm.grow(&mut store, 1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Grow { max: 3, .. }));
}

#[test]
fn a_memory_may_be_empty() {
    let (mut store, memory) = memory(0, Some(1));
    assert_eq!((memory.size(&store), memory.data_size(&store)), (0, 0));
    assert!(memory.data(&store).is_empty());
    assert!(memory.data_mut(&mut store).is_empty());
    memory.read(&store, 0, &mut []).unwrap();
    memory.write(&mut store, 0, &[]).unwrap();
    memory.read_value::<u8>(&store, 0).unwrap_err();
    memory.write(&mut store, 0, &[1]).unwrap_err();
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 0);
    memory.write(&mut store, 65535, &[1]).unwrap();

    let (mut store, instance) = instance(r#"(module (memory (export "m") 0))"#);
    let wasm = instance.get_memory(&store, "m").unwrap();
    assert!(wasm.data(&store).is_empty());
    assert_eq!(wasm.cursor(&mut store).write(b"x").unwrap(), 0);
}

#[test]
fn a_memory_of_all_that_32_bits_reach() {
    let mut store = Store::new(()).unwrap();
    let ty = MemoryType::new(65536, None).unwrap();
    let memory = match Memory::new(&mut store, ty) {
        Ok(memory) => memory,
        // A small machine.
        Err(error) if matches!(error.kind(), ErrorKind::NoMemory { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    let end = 1 << 32;
    assert_eq!(
        (memory.size(&store), memory.data_size(&store)),
        (65536, end)
    );
    assert_eq!(memory.data(&store).len() as u64, end);
    memory.write(&mut store, end - 1, &[3]).unwrap();
    assert_eq!(memory.read_value::<u32>(&store, end - 4).unwrap(), 3 << 24);
    memory.write(&mut store, end - 1, &[3, 4]).unwrap_err();
    memory.grow(&mut store, 1).unwrap_err();
    assert_eq!(memory.grow(&mut store, 0).unwrap(), 65536);
}

#[test]
fn two_instances_share_a_memory_by_import() {
    let mut store = Store::new(()).unwrap();
    let owner = module(
        r#"(module
            (memory (export "memory") 1 2)
            (func (export "get") (result i32) (i32.load (i32.const 65536))))"#,
    );
    let user = module(
        r#"(module
            (import "owner" "memory" (memory 1))
            (export "again" (memory 0))
            (func (export "run")
                (drop (memory.grow (i32.const 1)))
                (i32.store (i32.const 65536) (i32.const 1234))))"#,
    );
    let owner = store.register("owner", &owner).unwrap();
    let user = store.instantiate(&user).unwrap();
    let (a, b) = (
        owner.get_memory(&store, "memory").unwrap(),
        user.get_memory(&store, "again").unwrap(),
    );
    assert_eq!(a, b);
    let get = owner.get_typed_func::<(), u32>(&store, "get").unwrap();
    get.call(&mut store, ()).unwrap_err();
    let run = user.get_typed_func::<(), ()>(&store, "run").unwrap();
    run.call(&mut store, ()).unwrap();
    assert_eq!(get.call(&mut store, ()).unwrap(), 1234);
    assert_eq!(a.read_value::<u32>(&store, PAGE).unwrap(), 1234);
    b.write_value(&mut store, PAGE, 5u32).unwrap();
    assert_eq!(get.call(&mut store, ()).unwrap(), 5);
}

#[test]
fn s1_a_memory_outlives_every_handle_of_its_instance_and_its_module() {
    let mut store = Store::new(()).unwrap();
    let memory = {
        let module = module(r#"(module (memory (export "m") 1) (data (i32.const 0) "here"))"#);
        let instance = store.instantiate(&module).unwrap();
        instance.get_memory(&store, "m").unwrap()
    };
    for _ in 0..8 {
        store.instantiate(&module("(module (memory 1))")).unwrap();
    }
    assert_eq!(memory.read_string(&store, 0, 4).unwrap(), "here");
}

#[test]
fn s1_a_memory_works_with_its_own_store_alone() {
    let (mut store, memory) = memory(1, None);
    let mut other = Store::new(()).unwrap();
    let mut refused = |body: &mut dyn FnMut(&mut Store<()>)| {
        let payload = catch_unwind(AssertUnwindSafe(|| body(&mut other))).unwrap_err();
        assert_eq!(
            payload.downcast_ref::<&str>(),
            Some(
                &"object used with the wrong store: use it with the store that it came from, and \
                  get it anew after `Vm::cleanup`"
            )
        );
    };
    refused(&mut |other| assert!(memory.ty(other).is_shared()));
    refused(&mut |other| drop(memory.read(other, 0, &mut [0])));
    refused(&mut |other| drop(memory.write(other, 0, &[0])));
    refused(&mut |other| drop(memory.grow(other, 1)));
    refused(&mut |other| assert!(memory.data(other).is_empty()));
    refused(&mut |other| assert!(memory.data_mut(other).is_empty()));
    refused(&mut |other| assert!(memory.cursor(other).get_ref().is_empty()));
    memory.write(&mut store, 0, &[1]).unwrap();
    drop(store);
    refused(&mut |other| assert_eq!(memory.size(other), 0));
}

#[test]
fn s9_a_shared_memory_has_no_slices() {
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Threads, true).unwrap();
    let text = r#"(module
        (memory (export "memory") 1 2 shared)
        (func (export "get") (result i32) (i32.load (i32.const 65532))))"#;
    let module = Module::new(&config, support::wasm(text)).unwrap();
    let mut store = Store::with_config(&config, ()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let memory = instance.get_memory(&store, "memory").unwrap();
    assert!(memory.ty(&store).is_shared());

    let mut refused = |body: &mut dyn FnMut(&mut Store<()>)| {
        let payload = catch_unwind(AssertUnwindSafe(|| body(&mut store))).unwrap_err();
        let text = payload.downcast_ref::<&str>().unwrap();
        assert!(text.starts_with("a shared memory has no slices"), "{text}");
    };
    refused(&mut |store| assert!(memory.data(store).is_empty()));
    refused(&mut |store| assert!(memory.data_mut(store).is_empty()));
    refused(&mut |store| assert!(memory.data_and_store_mut(store).0.is_empty()));
    refused(&mut |store| assert!(memory.cursor(store).get_ref().is_empty()));

    memory.write_value(&mut store, 65532, 99u32).unwrap();
    let get = instance.get_typed_func::<(), u32>(&store, "get").unwrap();
    assert_eq!(get.call(&mut store, ()).unwrap(), 99);
    assert_eq!(memory.read_value::<u32>(&store, 65532).unwrap(), 99);
    memory.write_value(&mut store, 65533, 99u32).unwrap_err();
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 1);
    memory.write(&mut store, 65535, b"hey").unwrap();
    assert_eq!(memory.read_string(&store, 65535, 3).unwrap(), "hey");

    // A standalone one, too.
    let own = Memory::new(&mut store, MemoryType::shared(1, 1).unwrap()).unwrap();
    own.write(&mut store, 0, &[1]).unwrap();
    catch_unwind(AssertUnwindSafe(|| own.data(&store).len())).unwrap_err();
}

#[test]
fn a_host_function_uses_the_memories_of_its_caller() {
    let mut env = HostModule::new("env");
    env.func_wrap(
        "upper",
        |mut caller: Caller<'_, usize>, at: u32, len: u32| {
            let memory = caller.memory(0).expect("a memory");
            assert_eq!(caller.memory(1), None);
            assert_eq!(caller.get_memory("none"), None);
            let (bytes, count) = memory.data_and_store_mut(&mut caller);
            bytes[at as usize..][..len as usize].make_ascii_uppercase();
            *count += len as usize;
        },
    )
    .unwrap()
    .func_wrap(
        "more",
        |mut caller: Caller<'_, usize>| -> Result<u64, Error> {
            // The guest grows its memory between two looks.
            let memory = caller.get_memory("memory").expect("an exported memory");
            let before = memory.data(&caller).len();
            let grow = caller.get_func("grow").expect("a function");
            grow.typed::<(), ()>(&caller)?.call(&mut caller, ())?;
            memory.write(&mut caller, before as u64, b"new")?;
            Ok(memory.data_size(&caller))
        },
    )
    .unwrap()
    .func_wrap("none", |caller: Caller<'_, usize>| {
        assert_eq!(caller.memory(0), None);
        assert_eq!(caller.get_memory("memory"), None);
    })
    .unwrap();
    let guest = module(
        r#"(module
            (import "env" "upper" (func $upper (param i32 i32)))
            (import "env" "more" (func $more (result i64)))
            (import "env" "none" (func $none))
            (export "none" (func $none))
            (memory (export "memory") 1)
            (data (i32.const 100) "hello")
            (func (export "grow") (drop (memory.grow (i32.const 1))))
            (func (export "run") (result i64)
                (call $upper (i32.const 100) (i32.const 4))
                (call $more)))"#,
    );
    let mut store = Store::new(0).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(&guest).unwrap();
    let run = instance.get_typed_func::<(), u64>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 2 * PAGE);
    assert_eq!(*store.data(), 4);
    let memory = instance.get_memory(&store, "memory").unwrap();
    assert_eq!(memory.read_string(&store, 100, 5).unwrap(), "HELLo");
    assert_eq!(memory.read_string(&store, PAGE, 3).unwrap(), "new");
    // Called by the program, there is no guest and no memory.
    let none = instance.get_typed_func::<(), ()>(&store, "none").unwrap();
    none.call(&mut store, ()).unwrap();
}

#[test]
fn a_host_module_gives_each_store_a_memory_of_its_own() {
    let mut env = HostModule::new("env");
    env.memory("memory", MemoryType::new(1, Some(2)).unwrap())
        .unwrap();
    let error = env
        .memory("memory", MemoryType::new(1, None).unwrap())
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DuplicateExport { .. }));
    let get = module(
        r#"(module
            (import "env" "memory" (memory 1 2))
            (func (export "get") (result i32) (i32.load (i32.const 0))))"#,
    );
    for value in [1u32, 2] {
        let mut store = Store::new(()).unwrap();
        let host = store.register_host(&env).unwrap();
        let memory = host.get_memory(&store, "memory").unwrap();
        assert_eq!(memory.read_value::<u32>(&store, 0).unwrap(), 0);
        memory.write_value(&mut store, 0, value).unwrap();
        let get = store.instantiate(&get).unwrap();
        let get = get.get_typed_func::<(), u32>(&store, "get").unwrap();
        assert_eq!(get.call(&mut store, ()).unwrap(), value);
    }
}

#[test]
fn a_cursor_ends_where_the_memory_ends() {
    let (mut store, memory) = memory(1, None);
    let mut cursor = memory.cursor(&mut store);
    cursor.seek(SeekFrom::End(-2)).unwrap();
    let error = cursor.write_all(b"abc").unwrap_err();
    assert_eq!(error.kind(), IoKind::WriteZero);
    cursor.seek(SeekFrom::Start(PAGE - 3)).unwrap();
    let mut rest = Vec::new();
    assert_eq!(cursor.read_to_end(&mut rest).unwrap(), 3);
    assert_eq!(rest, b"\0ab");
    cursor.seek(SeekFrom::Start(u64::MAX)).unwrap();
    assert_eq!(cursor.read(&mut [0]).unwrap(), 0);
    assert_eq!(cursor.write(&[0]).unwrap(), 0);
}

#[test]
fn many_standalone_memories() {
    let mut store = Store::new(()).unwrap();
    let ty = MemoryType::new(1, None).unwrap();
    let memories: Vec<_> = (0..4u32)
        .map(|value| {
            let memory = Memory::new(&mut store, ty).unwrap();
            memory.write_value(&mut store, 0, value).unwrap();
            memory
        })
        .collect();
    for (value, memory) in memories.into_iter().enumerate() {
        assert_eq!(memory.read_value::<u32>(&store, 0).unwrap(), value as u32);
    }
}

/// Below 0.14 the library adds in 32 bits, and takes it for impossible that the sum is smaller.
#[test]
fn s3_what_would_wrap_is_too_much_to_grow_by() {
    let wasm = wat::parse_str(
        r#"(module
            (memory (export "memory") 1 10)
            (data (i32.const 8) "@")
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "size") (param i32) (result i32) (drop (local.get 0)) (memory.size)))"#,
    )
    .unwrap();
    let mut counting = Config::new().unwrap();
    counting.count_instructions(true);
    for config in [counting, Config::untrusted().unwrap()] {
        let module = Module::new(&config, &wasm).unwrap();
        let mut store = Store::with_config(&config, ()).unwrap();
        let instance = store.instantiate(&module).unwrap();
        let memory = instance.get_memory(&store, "memory").unwrap();
        let grow = instance.get_typed_func::<u32, i32>(&store, "grow").unwrap();
        for pages in [1, 4] {
            for delta in [10, 65_535, 65_536, 65_537, 1 << 31, u32::MAX - 3, u32::MAX] {
                assert_eq!(grow.call(&mut store, delta).unwrap(), -1, "{delta}");
                assert_eq!(memory.size(&store), pages);
            }
            assert_eq!(grow.call(&mut store, 0).unwrap(), pages as i32);
            assert_eq!(memory.read_value::<u8>(&store, 8).unwrap(), b'@');
            if pages == 1 {
                assert_eq!(grow.call(&mut store, 3).unwrap(), 1);
            }
        }
        assert_eq!(grow.call(&mut store, 6).unwrap(), 4);
    }
}

/// What makes sure of it is in the module, where the library needs it.
#[test]
fn s3_growing_is_clamped_where_it_would_wrap() {
    let mut config = Config::new().unwrap();
    config.count_instructions(true);
    let grow = "(module (memory 1) (func (export \"f\") (drop (memory.grow (i32.const 0)))))";
    let module = Module::new(&config, wat::parse_str(grow).unwrap()).unwrap();
    let mut store = Store::with_config(&config, ()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
    f.call(&mut store, ()).unwrap();
    let wraps = wasmedge::version::headers().minor < 14;
    let count = store.statistics().instruction_count();
    assert_eq!(count, if wraps { 8 } else { 4 });
}

#[test]
fn slices_of_numbers_are_written_whole_or_not_at_all() {
    let (mut store, memory) = memory(1, None);
    let numbers = [1_u32, 2, u32::MAX];
    memory.write_slice(&mut store, PAGE - 12, &numbers).unwrap();
    let mut read = [0_u32; 3];
    memory.read_slice(&store, PAGE - 12, &mut read).unwrap();
    assert_eq!(read, numbers);
    assert_eq!(memory.read_value::<u16>(&store, PAGE - 8).unwrap(), 2);

    // The last one does not fit: nothing was written or read.
    let error = memory.write_slice(&mut store, PAGE - 8, &[7_u32; 3]);
    assert!(matches!(
        error.unwrap_err().kind(),
        ErrorKind::MemoryAccess { len: 12, .. }
    ));
    memory.read_slice(&store, PAGE - 12, &mut read).unwrap();
    assert_eq!(read, numbers);
    memory.read_slice(&store, PAGE - 4, &mut read).unwrap_err();
    assert_eq!(read, numbers);
    memory.write_slice::<f64>(&mut store, PAGE, &[]).unwrap();
    memory
        .write_slice::<f64>(&mut store, PAGE + 1, &[])
        .unwrap_err();
}

#[test]
fn a_place_may_be_of_any_width() {
    let (mut store, memory) = memory(1, None);
    memory.write_value(&mut store, 8_u32, 1_u8).unwrap();
    for read in [
        memory.read_value::<u8>(&store, 8_i32),
        memory.read_value(&store, 8_u64),
        memory.read_value(&store, 8_usize),
        memory.read_value(&store, 8),
    ] {
        assert_eq!(read.unwrap(), 1);
    }
    // As guests have it: an address above 2 GiB.
    let error = memory.read_value::<u8>(&store, -1).unwrap_err();
    let offset = u64::from(u32::MAX);
    assert!(
        matches!(error.kind(), ErrorKind::MemoryAccess { offset: at, .. } if *at == offset),
        "{error}"
    );
    assert_eq!(memory.read_vec(&store, 8_u32, 1_usize).unwrap(), [1]);
}
