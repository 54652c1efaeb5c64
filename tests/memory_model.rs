//! Random operations on memories, compared with the same on a `Vec<u8>`.

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use support::instance;
use wasmedge::{ErrorKind, Memory, SharedMemory, Store, TypedFunc, log};

const PAGE: u64 = 65536;
const MAX: u64 = 4;

#[derive(Clone, Debug)]
enum Op {
    Write(u64, Vec<u8>),
    Read(u64, usize),
    WriteU16(u64, u16),
    ReadU16(u64),
    WriteU128(u64, u128),
    ReadU128(u64),
    ReadString(u64, u64),
    Slice(u64, u8),
    Grow(u64),
    GuestGrow(u32),
    GuestSet(u32, u8),
    GuestGet(u32),
}

/// Offsets where something happens: at the ends of pages, and of the integers.
fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..PAGE,
        8 => (0..=MAX + 1, -20i64..20).prop_map(|(page, by)| (page * PAGE).wrapping_add_signed(by)),
        1 => any::<u64>(),
        1 => (0..20u64).prop_map(|by| (1 << 32) - 10 + by),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (offset(), vec(any::<u8>(), 0..40)).prop_map(|(at, bytes)| Op::Write(at, bytes)),
        4 => (offset(), 0..40usize).prop_map(|(at, len)| Op::Read(at, len)),
        1 => (offset(), any::<u16>()).prop_map(|(at, value)| Op::WriteU16(at, value)),
        1 => offset().prop_map(Op::ReadU16),
        1 => (offset(), any::<u128>()).prop_map(|(at, value)| Op::WriteU128(at, value)),
        1 => offset().prop_map(Op::ReadU128),
        1 => (offset(), prop_oneof![0..40u64, any::<u64>()])
            .prop_map(|(at, len)| Op::ReadString(at, len)),
        1 => (offset(), any::<u8>()).prop_map(|(at, value)| Op::Slice(at, value)),
        1 => prop_oneof![0..3u64, any::<u64>(), Just(u64::from(u32::MAX))].prop_map(Op::Grow),
        1 => prop_oneof![0..3u32, any::<u32>()].prop_map(Op::GuestGrow),
        1 => (offset(), any::<u8>()).prop_map(|(at, value)| Op::GuestSet(at as u32, value)),
        1 => offset().prop_map(|at| Op::GuestGet(at as u32)),
    ]
}

/// The bytes of the model that an access is about, if it has them.
fn range(model: &mut [u8], offset: u64, len: usize) -> Option<&mut [u8]> {
    let start = usize::try_from(offset).ok()?;
    model.get_mut(start..start.checked_add(len)?)
}

/// Both work and give the same, or both do not.
fn same<T: PartialEq + std::fmt::Debug>(
    op: &Op,
    found: wasmedge::Result<T>,
    expected: Option<T>,
    size: usize,
) {
    match (found, expected) {
        (Ok(found), Some(expected)) => assert_eq!(found, expected, "{op:?}"),
        (Err(error), None) => match error.kind() {
            ErrorKind::MemoryAccess { size: found, .. } => assert_eq!(*found, size as u64),
            ErrorKind::Trap(_) => {}
            kind => panic!("{op:?}: {kind:?}"),
        },
        (found, expected) => panic!("{op:?}: {found:?} is not {expected:?}"),
    }
}

struct Guest {
    store: Store<()>,
    memory: Memory,
    grow: TypedFunc<u32, i32>,
    set: TypedFunc<(u32, u32), ()>,
    get: TypedFunc<u32, u32>,
}

impl Guest {
    fn new() -> Self {
        let (store, instance) = instance(
            r#"(module
                (memory (export "memory") 1 4)
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
                (func (export "set") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
                (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#,
        );
        Self {
            memory: instance.get_memory(&store, "memory").unwrap(),
            grow: instance.get_typed_func(&store, "grow").unwrap(),
            set: instance.get_typed_func(&store, "set").unwrap(),
            get: instance.get_typed_func(&store, "get").unwrap(),
            store,
        }
    }

    fn apply(&mut self, model: &mut Vec<u8>, op: &Op) {
        let Self { store, memory, .. } = self;
        let size = model.len();
        let pages = size as u64 / PAGE;
        match op {
            Op::Write(at, bytes) => {
                let place =
                    range(model, *at, bytes.len()).map(|place| place.copy_from_slice(bytes));
                same(op, memory.write(store, *at, bytes), place, size);
            }
            Op::Read(at, len) => {
                let mut bytes = vec![0; *len];
                let found = memory.read(store, *at, &mut bytes).map(|()| bytes);
                same(
                    op,
                    found,
                    range(model, *at, *len).map(|place| place.to_vec()),
                    size,
                );
            }
            Op::WriteU16(at, value) => {
                let bytes = value.to_le_bytes();
                let place = range(model, *at, 2).map(|place| place.copy_from_slice(&bytes));
                same(op, memory.write_value(store, *at, *value), place, size);
            }
            Op::ReadU16(at) => {
                let value = range(model, *at, 2)
                    .map(|place| u16::from_le_bytes((&*place).try_into().unwrap()));
                same(op, memory.read_value(store, *at), value, size);
            }
            Op::WriteU128(at, value) => {
                let bytes = value.to_le_bytes();
                let place = range(model, *at, 16).map(|place| place.copy_from_slice(&bytes));
                same(op, memory.write_value(store, *at, *value), place, size);
            }
            Op::ReadU128(at) => {
                let value = range(model, *at, 16)
                    .map(|place| u128::from_le_bytes((&*place).try_into().unwrap()));
                same(op, memory.read_value(store, *at), value, size);
            }
            Op::ReadString(at, len) => {
                let len = usize::try_from(*len).unwrap();
                let bytes = range(model, *at, len).map(|place| place.to_vec());
                match (memory.read_string(store, *at, len as u64), bytes) {
                    (Err(error), Some(bytes))
                        if matches!(error.kind(), ErrorKind::MemoryString { .. }) =>
                    {
                        String::from_utf8(bytes).unwrap_err();
                    }
                    (found, bytes) => {
                        let bytes = bytes.map(|bytes| String::from_utf8(bytes).unwrap());
                        same(op, found, bytes, size);
                    }
                }
            }
            Op::Slice(at, value) => {
                let bytes = memory.data_mut(store);
                assert_eq!(bytes.len(), model.len());
                let found =
                    range(bytes, *at, 1).map(|place| std::mem::replace(&mut place[0], *value));
                let place =
                    range(model, *at, 1).map(|place| std::mem::replace(&mut place[0], *value));
                assert_eq!(found, place, "{op:?}");
            }
            Op::Grow(delta) => match memory.grow(store, *delta) {
                Ok(before) => {
                    assert_eq!(before, pages);
                    assert!(pages + delta <= MAX);
                    model.resize(size + (delta * PAGE) as usize, 0);
                }
                Err(error) => {
                    assert!(
                        pages.checked_add(*delta).is_none_or(|sum| sum > MAX),
                        "{error}"
                    );
                }
            },
            Op::GuestGrow(delta) => {
                let found = self.grow.call(store, *delta).unwrap();
                if pages + u64::from(*delta) <= MAX {
                    assert_eq!(found, pages as i32);
                    model.resize(size + *delta as usize * PAGE as usize, 0);
                } else {
                    assert_eq!(found, -1);
                }
            }
            Op::GuestSet(at, value) => {
                let found = self.set.call(store, (*at, u32::from(*value)));
                let place = range(model, u64::from(*at), 1).map(|place| place[0] = *value);
                same(op, found, place, size);
            }
            Op::GuestGet(at) => {
                let found = self.get.call(store, *at);
                let place = range(model, u64::from(*at), 1).map(|place| u32::from(place[0]));
                same(op, found, place, size);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn s9_a_memory_is_a_vector_of_bytes(ops in vec(op(), 1..60)) {
        // Each access of the guest out of bounds is a line in the log.
        log::set_level(log::Level::Off).unwrap();
        let mut guest = Guest::new();
        let mut model = vec![0; PAGE as usize];
        for op in &ops {
            guest.apply(&mut model, op);
            assert_eq!(guest.memory.data_size(&guest.store), model.len() as u64);
        }
        assert!(guest.memory.data(&guest.store) == model);
    }

    #[test]
    fn s9_a_shared_memory_is_a_vector_of_bytes(ops in vec(op(), 1..60)) {
        let memory = SharedMemory::new(1).unwrap();
        let mut model = vec![0; PAGE as usize];
        let size = model.len();
        for op in &ops {
            match op {
                Op::Write(at, bytes) => {
                    let place = range(&mut model, *at, bytes.len())
                        .map(|place| place.copy_from_slice(bytes));
                    same(op, memory.write(*at, bytes), place, size);
                }
                Op::WriteU128(at, value) => {
                    let bytes = value.to_le_bytes();
                    let place = range(&mut model, *at, 16).map(|place| place.copy_from_slice(&bytes));
                    same(op, memory.write_value(*at, *value), place, size);
                }
                Op::ReadU16(at) => {
                    let value = range(&mut model, *at, 2)
                        .map(|place| u16::from_le_bytes((&*place).try_into().unwrap()));
                    same(op, memory.read_value(*at), value, size);
                }
                _ => {}
            }
        }
        let mut bytes = vec![0; size];
        memory.read(0, &mut bytes).unwrap();
        assert!(bytes == model);
    }
}
