//! Memories that several stores use at once, on several threads.

use std::sync::atomic::Ordering;
use std::thread;

use support::wasm;
use wasmedge::{
    Caller, Config, ErrorKind, HostModule, LinkFound, MemoryType, Module, Proposal, SharedMemory,
    Store, Trap,
};

fn threads() -> Config {
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Threads, true).unwrap();
    config
}

fn module(text: &str) -> Module {
    Module::new(&threads(), wasm(text)).expect("a valid module")
}

fn mandelbrot(width: u32, height: u32, steps: u32) -> Vec<u8> {
    let mut picture = Vec::new();
    for row in 0..height {
        let cy = f64::from(row) / f64::from(height) * 2.0 - 1.0;
        for column in 0..width {
            let cx = f64::from(column) / f64::from(width) * 3.0 - 2.0;
            let (mut x, mut y, mut step) = (0.0, 0.0, 0);
            while step < steps && x * x + y * y <= 4.0 {
                (x, y) = (x * x - y * y + cx, 2.0 * x * y + cy);
                step += 1;
            }
            picture.push(step as u8);
        }
    }
    picture
}

#[test]
fn guests_on_several_threads_draw_one_picture() {
    const THREADS: u32 = 4;
    let (width, height, steps) = (160, 120, 40);
    let text = include_str!("../testdata/mandelbrot.wat");
    let module = module(text);
    let memory = SharedMemory::new(1).unwrap();
    let mut env = HostModule::<()>::new("env");
    env.shared_memory("memory", &memory).unwrap();

    let rows: Vec<u32> = thread::scope(|scope| {
        let guests: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut store = Store::with_config(&threads(), ()).unwrap();
                    store.register_host(&env).unwrap();
                    let instance = store.instantiate(&module).unwrap();
                    let draw = instance
                        .get_typed_func::<(u32, u32, u32), u32>(&store, "draw")
                        .unwrap();
                    draw.call(&mut store, (width, height, steps)).unwrap()
                })
            })
            .collect();
        guests
            .into_iter()
            .map(|guest| guest.join().unwrap())
            .collect()
    });

    assert_eq!(rows.iter().sum::<u32>(), height);
    assert_eq!(
        memory.load_u32(0, Ordering::SeqCst).unwrap(),
        height + THREADS
    );
    let mut picture = vec![0; (width * height) as usize];
    memory.read(16, &mut picture).unwrap();
    assert_eq!(picture, mandelbrot(width, height, steps));
}

#[test]
fn s1_the_memory_outlives_whoever_drops_it() {
    let guest = module(
        r#"(module
            (import "env" "memory" (memory 1 1 shared))
            (func (export "next") (result i32)
                (i32.atomic.rmw.add (i32.const 4) (i32.const 1))))"#,
    );
    let mut stores = Vec::new();
    let left = {
        let memory = SharedMemory::new(1).unwrap();
        for _ in 0..3 {
            let mut env = HostModule::new("env");
            env.shared_memory("memory", &memory).unwrap();
            let mut store = Store::with_config(&threads(), ()).unwrap();
            store.register_host(&env).unwrap();
            let instance = store.instantiate(&guest).unwrap();
            let next = instance.get_typed_func::<(), u32>(&store, "next").unwrap();
            stores.push((store, next));
        }
        memory.clone()
    };
    for (expected, (store, next)) in stores.iter_mut().enumerate() {
        assert_eq!(next.call(store, ()).unwrap(), expected as u32);
    }
    stores.remove(1);
    let (store, next) = &mut stores[1];
    assert_eq!(next.call(store, ()).unwrap(), 3);
    drop(left);
    let (store, next) = &mut stores[0];
    assert_eq!(next.call(store, ()).unwrap(), 4);
}

#[test]
fn s1_stores_come_and_go_on_many_threads() {
    let memory = SharedMemory::new(1).unwrap();
    let mut env = HostModule::<()>::new("env");
    env.shared_memory("memory", &memory).unwrap();
    let guest = module(
        r#"(module
            (import "env" "memory" (memory 1 1 shared))
            (func (export "f") (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 1)))))"#,
    );
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let mut store = Store::with_config(&threads(), ()).unwrap();
                    store.register_host(&env).unwrap();
                    let instance = store.instantiate(&guest).unwrap();
                    let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
                    f.call(&mut store, ()).unwrap();
                    memory.fetch_add_u64(8, 1, Ordering::Relaxed).unwrap();
                }
            });
        }
    });
    assert_eq!(memory.load_u64(8, Ordering::Relaxed).unwrap(), 200);
}

#[test]
fn a_host_module_has_shared_memories_beside_other_exports() {
    let (one, two) = (SharedMemory::new(1).unwrap(), SharedMemory::new(2).unwrap());
    let mut env = HostModule::new("env");
    env.func_wrap("tell", |mut caller: Caller<'_, Vec<u64>>, value: u64| {
        caller.data_mut().push(value);
    })
    .unwrap()
    .shared_memory("one", &one)
    .unwrap()
    .memory("own", MemoryType::new(3, None).unwrap())
    .unwrap()
    .shared_memory("two", &two)
    .unwrap()
    .shared_memory("one again", &one)
    .unwrap();

    let mut store = Store::with_config(&threads(), Vec::new()).unwrap();
    let host = store.register_host(&env).unwrap();
    // Nothing of how it is put together shows.
    assert_eq!(store.instance_names().collect::<Vec<_>>(), ["env"]);
    assert_eq!(host.name(&store), "env");
    assert_eq!(host.func_names(&store), ["tell".into()]);
    let names = host.memory_names(&store);
    assert_eq!(names, ["one", "one again", "own", "two"].map(Box::from));

    let guest = module(
        r#"(module
            (import "env" "tell" (func $tell (param i64)))
            (import "env" "two" (memory 2 2 shared))
            (func (export "run") (call $tell (i64.atomic.load (i32.const 65536)))))"#,
    );
    let instance = store.instantiate(&guest).unwrap();
    two.store_u64(65536, 77, Ordering::Release).unwrap();
    let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
    run.call(&mut store, ()).unwrap();
    assert_eq!(store.data(), &[77]);

    // A failed instantiation parks the C store; the host module is in the next one as well.
    let fails = module(r#"(module (func $f unreachable) (start $f))"#);
    store.instantiate(&fails).unwrap_err();
    store.instantiate(&guest).unwrap();

    // The handle of the store and the shared memory are the same memory.
    let (a, b) = (
        host.get_memory(&store, "one").unwrap(),
        host.get_memory(&store, "one again").unwrap(),
    );
    assert_eq!(a, b);
    a.write_value(&mut store, 3, 0x0102_0304u32).unwrap();
    assert_eq!(one.read_value::<u32>(3).unwrap(), 0x0102_0304);
    let own = host.get_memory(&store, "own").unwrap();
    assert_eq!(own.size(&store), 3);
    assert_eq!(own.data(&store).len(), 3 * 65536);
}

#[test]
fn a_shared_memory_is_imported_as_one_and_in_its_size() {
    let memory = SharedMemory::new(2).unwrap();
    assert_eq!(memory.ty(), MemoryType::shared(2, 2).unwrap());
    let mut env = HostModule::new("env");
    env.shared_memory("memory", &memory).unwrap();
    let mut store = Store::with_config(&threads(), ()).unwrap();
    store.register_host(&env).unwrap();
    for import in ["(memory 2 2 shared)", "(memory 1 5 shared)"] {
        let guest = module(&format!(r#"(module (import "env" "memory" {import}))"#));
        store.instantiate(&guest).unwrap();
    }
    for import in [
        "(memory 2 2)",
        "(memory 2)",
        "(memory 3 3 shared)",
        "(memory 1 1 shared)",
    ] {
        let guest = module(&format!(r#"(module (import "env" "memory" {import}))"#));
        let error = store.instantiate(&guest).unwrap_err();
        let ErrorKind::Link { found, .. } = error.kind() else {
            panic!("{import}: {error}");
        };
        assert!(matches!(found, LinkFound::Item(_)), "{import}: {error}");
    }
}

#[test]
fn s9_nobody_grows_a_shared_memory() {
    let memory = SharedMemory::new(1).unwrap();
    let mut env = HostModule::new("env");
    env.shared_memory("memory", &memory).unwrap();
    let mut store = Store::with_config(&threads(), ()).unwrap();
    let host = store.register_host(&env).unwrap();
    let guest = module(
        r#"(module
            (import "env" "memory" (memory 1 9 shared))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let instance = store.instantiate(&guest).unwrap();
    let grow = instance.get_typed_func::<u32, i32>(&store, "grow").unwrap();
    for delta in [1, 8, u32::MAX] {
        assert_eq!(grow.call(&mut store, delta).unwrap(), -1);
    }
    assert_eq!(grow.call(&mut store, 0).unwrap(), 1);
    let handle = host.get_memory(&store, "memory").unwrap();
    let error = handle.grow(&mut store, 1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Grow { max: 1, .. }));
    assert_eq!(handle.grow(&mut store, 0).unwrap(), 1);
    assert_eq!(memory.size(), 1);
}

#[test]
fn s3_a_shared_memory_obeys_the_limit_of_each_store() {
    let memory = SharedMemory::new(3).unwrap();
    let mut env = HostModule::new("env");
    env.shared_memory("memory", &memory).unwrap();
    let mut config = threads();
    config.max_memory_pages(2).unwrap();
    let mut store = Store::with_config(&config, ()).unwrap();
    let error = store.register_host(&env).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a memory of 3 pages is larger than the 2 that the configuration allows, see \
         `Config::max_memory_pages`"
    );
    assert_eq!(store.instance_names().len(), 0);
}

#[test]
fn s9_atomic_accesses_are_aligned_and_in_bounds() {
    let memory = SharedMemory::new(1).unwrap();
    let order = Ordering::SeqCst;
    memory.store_u32(65532, 5, order).unwrap();
    assert_eq!(memory.fetch_add_u32(65532, u32::MAX, order).unwrap(), 5);
    assert_eq!(
        memory
            .compare_exchange_u32(65532, 4, 9, order, order)
            .unwrap(),
        Ok(4)
    );
    assert_eq!(
        memory
            .compare_exchange_u32(65532, 4, 1, order, order)
            .unwrap(),
        Err(9)
    );
    memory
        .store_u64(65528, 0x0102_0304_0506_0708, order)
        .unwrap();
    assert_eq!(memory.load_u32(65528, order).unwrap(), 0x0506_0708);
    assert_eq!(memory.read_value::<u8>(65535).unwrap(), 1);
    assert_eq!(
        memory
            .compare_exchange_u64(65528, 0, 1, order, order)
            .unwrap(),
        Err(0x0102_0304_0506_0708)
    );

    let error = memory.load_u32(2, order).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unaligned atomic access: the offset 2 is not a multiple of 4"
    );
    let error = memory.fetch_add_u64(4, 1, order).unwrap_err();
    assert!(matches!(
        error.kind(),
        ErrorKind::MemoryAlignment { align: 8, .. }
    ));
    for offset in [65536, 65533, 1 << 32, u64::MAX, u64::MAX - 3] {
        let error = memory.store_u32(offset, 1, order).unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::MemoryAccess { len: 4, .. }
        ));
        memory.write_value(offset, 1u32).unwrap_err();
    }
}

#[test]
fn a_shared_memory_may_be_empty() {
    let memory = SharedMemory::new(0).unwrap();
    assert_eq!((memory.size(), memory.data_size()), (0, 0));
    memory.read(0, &mut []).unwrap();
    memory.read(0, &mut [0]).unwrap_err();
    memory.load_u32(0, Ordering::Relaxed).unwrap_err();
    SharedMemory::new(65537).unwrap_err();
}

#[test]
fn what_may_cross_threads() {
    fn both<T: Send + Sync + Clone>() {}
    both::<SharedMemory>();
    both::<wasmedge::Memory>();
}

#[test]
fn d3_to_wake_at_the_end_of_a_memory_breaks_nothing() {
    let wide = wasmedge::version::library().minor >= 17;
    let module = module(
        r#"(module
             (import "env" "memory" (memory 1 1 shared))
             (func (export "wait") (param i32) (result i32)
               (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const 2000000000)))
             (func (export "notify") (param i32 i32) (result i32)
               (memory.atomic.notify (local.get 0) (local.get 1))))"#,
    );
    let memory = SharedMemory::new(1).unwrap();
    let mut env = HostModule::<()>::new("env");
    env.shared_memory("memory", &memory).unwrap();
    let guest = || {
        let mut store = Store::with_config(&threads(), ()).unwrap();
        store.register_host(&env).unwrap();
        let instance = store.instantiate(&module).unwrap();
        (store, instance)
    };
    // Four bytes before the end, which 0.17.1 takes for too few, and beyond it.
    for address in [65_528, 65_532, 65_536, u32::MAX - 3] {
        let (mut store, instance) = guest();
        let wait = instance.get_typed_func::<u32, u32>(&store, "wait").unwrap();
        let waits = thread::spawn(move || wait.call(&mut store, address));
        let (mut store, instance) = guest();
        let notify = instance
            .get_typed_func::<(u32, u32), u32>(&store, "notify")
            .unwrap();
        thread::sleep(std::time::Duration::from_millis(100));
        // Nobody is woken by a count of nothing.
        for count in [0, 1] {
            match notify.call(&mut store, (address, count)) {
                Ok(woken) => {
                    assert!(address < if wide { 65_532 } else { 65_536 });
                    assert!(woken <= count);
                }
                Err(error) => {
                    assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
                    assert!(address >= if wide { 65_532 } else { 65_536 });
                }
            }
        }
        // Woken, or at the end of its time; or beyond the end.
        let waited = waits.join().unwrap();
        assert_eq!(waited.is_ok(), address < 65_536, "{waited:?}");
        assert_eq!(notify.call(&mut store, (8, 9)).unwrap(), 0);
    }
    let mut bytes = vec![1; 65_536];
    memory.read(0, &mut bytes).unwrap();
    assert!(bytes.iter().all(|byte| *byte == 0));
}
