//! Random operations on a table, compared with a vector.

use proptest::collection::vec;
use proptest::prelude::*;
use support::module;
use wasmedge::{ErrorKind, ExternRef, Func, Ref, RefType, Store, Table, TableType};

#[derive(Clone, Debug)]
enum Operation {
    Get(u64),
    Set(u64, Option<usize>),
    Fill(u64, Option<usize>, u64),
    Grow(u64, Option<usize>),
}

/// Mostly near the size of the table, and sometimes far away.
fn indices() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..40u64, 1 => any::<u64>()]
}

/// One of four things, or null.
fn things() -> impl Strategy<Value = Option<usize>> {
    proptest::option::of(0..4usize)
}

fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![
        indices().prop_map(Operation::Get),
        (indices(), things()).prop_map(|(at, to)| Operation::Set(at, to)),
        (indices(), things(), indices()).prop_map(|(at, to, len)| Operation::Fill(at, to, len)),
        (prop_oneof![4 => 0..6u64, 1 => any::<u64>()], things())
            .prop_map(|(by, to)| Operation::Grow(by, to)),
    ]
}

fn check(
    store: &mut Store<()>,
    table: Table,
    things: &[Ref; 4],
    null: Ref,
    max: u64,
    operations: Vec<Operation>,
) {
    let of = |thing: Option<usize>| thing.map_or(null, |thing| things[thing]);
    let mut model = vec![null; usize::try_from(table.size(&*store)).unwrap()];
    for operation in operations {
        let size = model.len() as u64;
        let fits = |at: u64, len: u64| at.checked_add(len).is_some_and(|end| end <= size);
        match operation {
            Operation::Get(at) => match table.get(&*store, at) {
                Ok(value) => assert_eq!(value, model[at as usize]),
                Err(error) => assert!(!fits(at, 1), "{error}"),
            },
            Operation::Set(at, to) => {
                let done = table.set(&mut *store, at, of(to)).is_ok();
                assert_eq!(done, fits(at, 1));
                if done {
                    model[at as usize] = of(to);
                }
            }
            Operation::Fill(at, to, len) => {
                let done = table.fill(&mut *store, at, of(to), len).is_ok();
                assert_eq!(done, fits(at, len));
                if done {
                    model[at as usize..(at + len) as usize].fill(of(to));
                }
            }
            Operation::Grow(by, to) => match table.grow(&mut *store, by, of(to)) {
                Ok(before) => {
                    assert_eq!(before, size);
                    model.resize((size + by) as usize, of(to));
                }
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Grow { .. }), "{error}");
                    assert!(size.checked_add(by).is_none_or(|new| new > max));
                }
            },
        }
        assert_eq!(table.size(&*store), model.len() as u64);
    }
    for (at, expected) in model.iter().enumerate() {
        assert_eq!(table.get(&*store, at as u64).unwrap(), *expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_table_of_functions_is_a_vector(operations in vec(operations(), 0..60), min in 0..20u64) {
        let mut store = Store::new(()).unwrap();
        let things = [0, 1, 2, 3].map(|n| Ref::from(Func::wrap(&mut store, move || n).unwrap()));
        let ty = TableType::new(RefType::FuncRef, min, Some(50)).unwrap();
        let null = Ref::Func(None);
        let table = Table::new(&mut store, ty, null).unwrap();
        check(&mut store, table, &things, null, 50, operations);
    }

    #[test]
    fn an_exported_table_of_external_values_is_a_vector(operations in vec(operations(), 0..60)) {
        let mut store = Store::new(()).unwrap();
        let guest = module(r#"(module (table (export "t") 7 30 externref))"#);
        let table = store.instantiate(&guest).unwrap().get_table(&store, "t").unwrap();
        let things = [0, 1, 2, 3].map(|n| Ref::from(ExternRef::new(&mut store, n).unwrap()));
        check(&mut store, table, &things, Ref::Extern(None), 30, operations);
    }
}
