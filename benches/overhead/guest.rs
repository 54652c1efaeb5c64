//! The guest of most pairs, once in the crate's hands and once in those of the C API.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use wasmedge::{
    Caller, Compiler, Config, HostModule, Instance, Module, Store, TypedFunc, keeper, sys,
};

use crate::host;
use crate::raw::{self, Host, HostFn};

/// How the guest runs.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Interpreted,
    Compiled,
    /// Compiled, without the crate's keeper; which cannot be stopped, so such pairs come first.
    WithoutKeeper,
}

/// What the program keeps in the store.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) calls: u64,
    pub(crate) inner: Option<TypedFunc<(i32, i32), i32>>,
}

/// The bytes of the guest.
fn wasm() -> Vec<u8> {
    wat::parse_str(include_str!("guest.wat")).unwrap()
}

/// Names the file of compiled code for a process that is to use it and not to make it.
const COMPILED: &str = "WASMEDGE_OVERHEAD_COMPILED";

/// The guest compiled, for any processor of the kind: valgrind does not know all instructions.
pub(crate) fn compiled() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        if let Some(made) = std::env::var_os(COMPILED) {
            return made.into();
        }
        let version = wasmedge::version::library_text();
        let file = format!("{}/overhead-{version}.wasm", env!("CARGO_TARGET_TMPDIR"));
        let mut config = Config::new().unwrap();
        config.generic_binary(true);
        let compiler = Compiler::new(&config).unwrap();
        compiler.compile_bytes(wasm(), &file).unwrap();
        file.into()
    })
}

/// What a process of [`compiled`]'s kind needs in its environment.
pub(crate) fn compiled_for_another() -> (&'static str, &'static Path) {
    (COMPILED, compiled())
}

/// The host functions of the guest, through the crate.
fn env() -> HostModule<State> {
    let mut env = HostModule::new("env");
    let add = |a: i32, b: i32| a.wrapping_add(b);
    env.func_wrap("nothing", || {}).unwrap();
    env.func_wrap("add", add).unwrap();
    env.func_wrap(
        "eight",
        |a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32| {
            [b, c, d, e, f, g, h].into_iter().fold(a, i32::wrapping_add)
        },
    )
    .unwrap();
    env.func_wrap(
        "state",
        move |mut caller: Caller<'_, State>, a: i32, b: i32| {
            caller.data_mut().calls += 1;
            add(a, b)
        },
    )
    .unwrap();
    env.func_wrap("nest", |mut caller: Caller<'_, State>, a: i32, b: i32| {
        let inner = caller.data().inner.unwrap();
        inner.call(&mut caller, (a, b))
    })
    .unwrap();
    env
}

/// An instance in a store of its own.
pub(crate) fn safe(mode: Mode) -> (Store<State>, Instance) {
    let config = Config::new().unwrap();
    let module = match mode {
        Mode::Interpreted => Module::new(&config, wasm()),
        Mode::Compiled | Mode::WithoutKeeper => {
            keeper::set_enabled(matches!(mode, Mode::Compiled)).unwrap();
            // SAFETY: made by the library's compiler, from a guest with next to no stack.
            unsafe { Module::from_compiled_file(&config, compiled()) }
        }
    }
    .unwrap();
    let mut store = Store::new(State::default()).unwrap();
    store.register_host(&env()).unwrap();
    let instance = store.instantiate(&module).unwrap();
    store.data_mut().inner = Some(instance.get_typed_func(&store, "inner").unwrap());
    (store, instance)
}

/// An instance through the C API alone.
pub(crate) struct Raw {
    guest: raw::Guest,
    data: *mut baseline::Data,
}

/// The guest with host functions in Rust.
pub(crate) fn raw(mode: Mode) -> Rc<Raw> {
    with_hosts(
        mode,
        [
            host::nothing,
            host::add,
            host::eight,
            host::state,
            host::nest,
        ],
    )
}

/// The guest with host functions in C.
pub(crate) fn c(mode: Mode) -> Rc<Raw> {
    with_hosts(
        mode,
        [
            baseline::baseline_host_nothing,
            baseline::baseline_host_add,
            baseline::baseline_host_eight,
            baseline::baseline_host_state,
            baseline::baseline_host_nest,
        ],
    )
}

fn with_hosts(mode: Mode, hosts: [HostFn; 5]) -> Rc<Raw> {
    let data = Box::into_raw(Box::new(baseline::Data {
        calls: 0,
        executor: std::ptr::null_mut(),
        inner: std::ptr::null(),
    }));
    let types = [
        ("nothing", 0, 0),
        ("add", 2, 1),
        ("eight", 8, 1),
        ("state", 2, 1),
        ("nest", 2, 1),
    ];
    let hosts: Vec<_> = types
        .into_iter()
        .zip(hosts)
        .map(|((name, params, results), call)| Host {
            name,
            params,
            results,
            call,
            data: data.cast(),
        })
        .collect();
    let guest = match mode {
        Mode::Interpreted => raw::Guest::new(&wasm(), &hosts),
        // SAFETY: made by the library's compiler.
        Mode::Compiled | Mode::WithoutKeeper => unsafe {
            raw::Guest::from_file(compiled(), &hosts)
        },
    };
    // SAFETY: made above, and no code runs that could use it.
    unsafe {
        (*data).executor = guest.executor();
        (*data).inner = guest.func("inner");
    }
    Rc::new(Raw { guest, data })
}

impl Raw {
    pub(crate) fn func(&self, export: &str) -> *const sys::WasmEdge_FunctionInstanceContext {
        self.guest.func(export)
    }

    pub(crate) fn executor(&self) -> *mut sys::WasmEdge_ExecutorContext {
        self.guest.executor()
    }

    pub(crate) fn instance(&self) -> *mut sys::WasmEdge_ModuleInstanceContext {
        self.guest.instance()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: made in `with_hosts`; no code runs any more that could use it.
        drop(unsafe { Box::from_raw(self.data) });
    }
}
