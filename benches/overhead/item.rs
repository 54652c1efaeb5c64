//! Globals, tables, and the look-up of exports.

use std::hint::black_box;

use wasmedge::{Ref, Val, sys};

use crate::guest::{self, Mode};
use crate::pair::{Pair, Sides, Target, looped, repeat};
use crate::raw::{name, ok};

pub(crate) fn pairs() -> Vec<Pair> {
    vec![
        Pair::new("global get", global_get),
        Pair::new("global set", global_set),
        Pair::new("table get", table_get),
        Pair::new("table set", table_set),
        Pair::new("look-up of an export", find)
            .target(Target::Instructions(1.1))
            .varies(40),
    ]
}

/// What an instance has, and that which keeps it alive.
macro_rules! find {
    ($raw:expr, $function:ident, $name:literal) => {{
        let raw = $raw;
        // SAFETY: the instance is alive.
        let found = unsafe { sys::$function(raw.instance(), name($name)) };
        assert!(!found.is_null());
        (raw, found)
    }};
}

fn global_get() -> Sides {
    let (store, instance) = guest::safe(Mode::Interpreted);
    let global = instance.get_global(&store, "global").unwrap();
    let (raw, raw_global) = find!(
        guest::raw(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindGlobal,
        "global"
    );
    let (c, c_global) = find!(
        guest::c(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindGlobal,
        "global"
    );
    Sides {
        safe: repeat(move || assert_eq!(global.get(&store).unwrap(), Val::I64(5))),
        raw: repeat(move || {
            let _alive = &raw;
            // SAFETY: the global is alive.
            let value = unsafe { sys::WasmEdge_GlobalInstanceGetValue(raw_global) };
            assert_eq!(value.Value as i64, 5);
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe {
            let _alive = &c;
            baseline::baseline_global_get(c_global, n);
        }),
    }
}

fn global_set() -> Sides {
    let (mut store, instance) = guest::safe(Mode::Interpreted);
    let global = instance.get_global(&store, "global").unwrap();
    let (raw, raw_global) = find!(
        guest::raw(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindGlobal,
        "global"
    );
    let (c, c_global) = find!(
        guest::c(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindGlobal,
        "global"
    );
    // SAFETY: a pure function of the library.
    let ty = unsafe { sys::WasmEdge_ValueGenI64(0) }.Type;
    Sides {
        safe: repeat(move || global.set(&mut store, black_box(5i64)).unwrap()),
        raw: repeat(move || {
            let _alive = &raw;
            let value = sys::WasmEdge_Value {
                Value: black_box(5),
                Type: ty,
            };
            // SAFETY: the global is alive, mutable, and of this type.
            #[allow(clippy::let_unit_value, reason = "a result from 0.14 on")]
            let _ = unsafe { sys::WasmEdge_GlobalInstanceSetValue(raw_global, value) };
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe {
            let _alive = &c;
            baseline::baseline_global_set(c_global, n);
        }),
    }
}

fn table_get() -> Sides {
    let (store, instance) = guest::safe(Mode::Interpreted);
    let table = instance.get_table(&store, "table").unwrap();
    let (raw, raw_table) = find!(
        guest::raw(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindTable,
        "table"
    );
    let (c, c_table) = find!(
        guest::c(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindTable,
        "table"
    );
    // SAFETY: a pure function of the library.
    let zero = unsafe { sys::WasmEdge_ValueGenI32(0) };
    Sides {
        safe: repeat(move || {
            let value = table.get(&store, black_box(1)).unwrap();
            assert!(matches!(value, Ref::Func(Some(_))));
        }),
        raw: repeat(move || {
            let _alive = &raw;
            let mut value = zero;
            // SAFETY: the table is alive, and there is room for a value of any type.
            unsafe {
                ok(sys::WasmEdge_TableInstanceGetData(
                    raw_table,
                    &raw mut value,
                    black_box(1),
                ));
            }
            assert!(value.Value != 0);
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe {
            let _alive = &c;
            baseline::baseline_table_get(c_table, n);
        }),
    }
}

fn table_set() -> Sides {
    let (mut store, instance) = guest::safe(Mode::Interpreted);
    let table = instance.get_table(&store, "table").unwrap();
    let func = instance.get_func(&store, "add").unwrap();
    let (raw, raw_table) = find!(
        guest::raw(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindTable,
        "table"
    );
    let (c, c_table) = find!(
        guest::c(Mode::Interpreted),
        WasmEdge_ModuleInstanceFindTable,
        "table"
    );
    // SAFETY: a pure function of the library.
    let value = unsafe { sys::WasmEdge_ValueGenFuncRef(raw.func("add")) };
    let c_func = c.func("add");
    Sides {
        safe: repeat(move || table.set(&mut store, black_box(1), func).unwrap()),
        raw: repeat(move || {
            let _alive = &raw;
            // SAFETY: the table is alive, and holds references to functions, such as this one.
            unsafe {
                ok(sys::WasmEdge_TableInstanceSetData(
                    raw_table,
                    value,
                    black_box(1),
                ));
            }
        }),
        // SAFETY: as above.
        c: looped(move |n| unsafe {
            let _alive = &c;
            baseline::baseline_table_set(c_table, c_func, n);
        }),
    }
}

fn find() -> Sides {
    let (store, instance) = guest::safe(Mode::Interpreted);
    let raw = guest::raw(Mode::Interpreted);
    let c = guest::c(Mode::Interpreted);
    Sides {
        safe: repeat(move || {
            let func = instance.get_func(&store, black_box("add"));
            black_box(func.unwrap());
        }),
        raw: repeat(move || {
            black_box(raw.func(black_box("add")));
        }),
        // SAFETY: the guest is alive.
        c: looped(move |n| unsafe { baseline::baseline_find(c.instance(), n) }),
    }
}
