//! `docs/messages.md`, which explains each message: here each is provoked as its row says and compared with it, and
//! the page is searched for every kind of error and every text in the code.

use std::collections::BTreeSet;
use std::fs;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::time::Duration;

use support::{module, page, wasm};
use syn::visit::{self, Visit};
use wasmedge::bindgen::{WasmBindgen, WasmEdgeBindgen};
use wasmedge::log::{self, Level};
use wasmedge::plugin;
use wasmedge::{
    Caller, CompileCache, Compiler, Config, CostTable, DirAccess, Error, ErrorKind, ExternRef,
    ExternType, Func, FuncType, Global, GlobalType, HostModule, Instance, Limits, LinkFound,
    Loader, Memory, MemoryType, Module, Mutability, Proposal, Ref, RefType, SharedMemory, Store,
    Table, TableType, Trap, Val, ValType, Validator, Vm, Wasi, cli, keeper,
};

/// What stands behind a row: an error; or none, where the library lacks what it takes.
type Provoke = fn() -> Option<Error>;

fn failed<R>(result: wasmedge::Result<R>) -> Option<Error> {
    Some(result.err().expect("an error"))
}

fn config(set: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::new().unwrap();
    set(&mut config);
    config
}

fn store() -> Store<()> {
    Store::new(()).unwrap()
}

/// A path where nothing is, and the folder that it would be in.
fn scratch(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    (folder, path)
}

fn load_file(path: impl AsRef<Path>) -> Option<Error> {
    failed(
        Loader::new(&Config::new().unwrap())
            .unwrap()
            .load_file(path),
    )
}

fn load(config: &Config, bytes: impl AsRef<[u8]>) -> Option<Error> {
    failed(Loader::new(config).unwrap().load_bytes(bytes))
}

/// What running `f` of a module ends with.
fn run(config: &Config, text: &str) -> Option<Error> {
    let mut vm = Vm::with_config(config, ()).unwrap();
    failed(vm.run_bytes::<(), ()>(wasm(text), "f", ()))
}

fn trap(body: &str) -> Option<Error> {
    run(
        &config(|config| {
            config.proposal(Proposal::Threads, true).unwrap();
        }),
        &format!(
            r#"(module (memory 1) (table 2 funcref) (elem (i32.const 0) $f) (type $other (func (param i64)))
                 (func $f (export "f") {body}))"#
        ),
    )
}

fn link(text: &str, register: impl FnOnce(&mut Store<()>)) -> Option<Error> {
    let mut store = store();
    register(&mut store);
    failed(store.instantiate(&module(text)))
}

/// A call of a function `f` that a host function ends.
fn host<R>(f: impl Fn() -> R + Send + Sync + 'static) -> Option<Error>
where
    R: wasmedge::HostResults + 'static,
{
    let mut env = HostModule::<()>::new("env");
    env.func_wrap("f", f).unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&env).unwrap();
    let text = r#"(module (import "env" "f" (func)) (func (export "f") call 0))"#;
    failed(vm.run_bytes::<(), ()>(wasm(text), "f", ()))
}

/// A module with native code; none where the library has no compiler.
fn compiled(config: &Config, text: &str) -> Option<Module> {
    Compiler::new(config).ok()?;
    // SAFETY: no tables, and next to no stack.
    Some(unsafe { Module::compile(config, wasm(text)) }.unwrap())
}

fn compile(output: &Path) -> Option<Error> {
    let compiler = Compiler::new(&Config::new().unwrap()).ok()?;
    failed(compiler.compile_bytes(wasm("(module)"), output))
}

/// What compiling a module with 64-bit memories or tables ends with.
fn compile_wide(text: &str) -> Option<Error> {
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Memory64, true).ok()?;
    config.proposal(Proposal::Threads, true).unwrap();
    let compiler = Compiler::new(&config).ok()?;
    let (_folder, path) = scratch("out.wasm");
    failed(compiler.compile_bytes(wasm(text), path))
}

fn from_compiled(config: &Config, bytes: &[u8]) -> Option<Error> {
    // SAFETY: nothing of it is run.
    failed(unsafe { Module::from_compiled_bytes(config, bytes) })
}

/// A guest of `wasmedge-bindgen` that answers with these bytes, and a table of results behind them.
fn answer(flag: u8, len: u32, table: &[u32], allocate: &str) -> Option<Error> {
    let mut data = vec![flag];
    for word in [73, len].iter().chain(table) {
        data.extend(word.to_le_bytes());
    }
    let data: String = data.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let (mut store, instance) = support::instance(&format!(
        r#"(module
             (memory (export "memory") 1)
             (func (export "allocate") (param i32) (result i32) {allocate})
             (func (export "deallocate") (param i32 i32))
             (func (export "f") (param i32 i32) (result i32) (i32.const 64))
             (data (i32.const 64) "{data}")
             (data (i32.const 200) "\ff\ff\ff\ff"))"#
    ));
    let guest = WasmEdgeBindgen::new(&store, instance).unwrap();
    failed(guest.call_values(&mut store, "f", &[]))
}

fn wasmedge_guest() -> (Store<()>, WasmEdgeBindgen) {
    let mut store = store();
    let bytes = include_bytes!("../testdata/wasmedge_bindgen.wasm");
    let module = Module::new(&Config::new().unwrap(), bytes).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let guest = WasmEdgeBindgen::new(&store, instance).unwrap();
    (store, guest)
}

fn wasm_bindgen(text: &str) -> (Store<()>, WasmBindgen) {
    let module = module(text);
    let mut store = store();
    for glue in WasmBindgen::glue(&module).unwrap() {
        store.register_host(&glue).unwrap();
    }
    let instance = store.instantiate(&module).unwrap();
    let guest = WasmBindgen::new(&store, instance).unwrap();
    (store, guest)
}

fn tool(args: &[&str]) -> Option<Error> {
    // SAFETY: it is refused, and nothing runs.
    failed(unsafe { cli::tool(args) })
}

/// What a row is made of that nothing here provokes: the kind, with something in it.
fn made(kind: ErrorKind) -> Option<Error> {
    Some(kind.into())
}

fn made_link(found: LinkFound) -> Option<Error> {
    made(ErrorKind::Link {
        module: "env".into(),
        name: "f".into(),
        expected: ExternType::Func(FuncType::new([], [])),
        found,
    })
}

const EMPTY: &str = "(module)";
const ONE: &str = r#"(module (func (export "one") (result i32) i32.const 1))"#;
const IMPORT: &str = r#"(module (import "env" "f" (func)))"#;

const LOADING: &[(&str, Provoke)] = &[
    ("Read/nothing", || load_file(scratch("guest.wasm").1)),
    ("Read/folder", || load_file(scratch("").0.path())),
    ("Read/device", || load_file("/dev/null")),
    ("Read/large", || {
        let (_folder, path) = scratch("large.wasm");
        fs::File::create(&path).unwrap().set_len(1 << 32).unwrap();
        load_file(path)
    }),
    ("Load/bytes", || load(&Config::new().unwrap(), "not wasm")),
    ("Load/file", || {
        let (_folder, path) = scratch("guest.wasm");
        fs::write(&path, "not wasm").unwrap();
        load_file(path)
    }),
    ("Load/text", || load(&Config::new().unwrap(), "\n(module)")),
    ("Load/cut", || load(&Config::new().unwrap(), b"\0asm\x01\0")),
    ("Load/component", || {
        load(&Config::new().unwrap(), b"\0asm\x0d\0\x01\0")
    }),
    ("Load/instruction", || {
        let mut bytes = wasm("(module (func nop))");
        let nop = bytes.iter().rposition(|&byte| byte == 1).unwrap();
        bytes[nop] = 0xff;
        load(&Config::new().unwrap(), bytes)
    }),
    ("Load/native", || {
        load(&Config::new().unwrap(), b"\x7fELF\x02\x01\x01")
    }),
    ("Load/memory", || {
        let config = config(|config| {
            config.max_memory_pages(1).unwrap();
        });
        load(&config, wasm("(module (memory 2))"))
    }),
    ("Validate/proposal", || {
        load(
            &Config::new().unwrap(),
            wasm("(module (memory 1 1 shared))"),
        )
    }),
    ("Validate/unproven", || {
        load(
            &Config::new().unwrap(),
            wasm("(module (func $f return_call $f))"),
        )
    }),
    ("Validate/missing-proposal", || {
        load(&Config::new().unwrap(), wasm("(module (memory i64 1))"))
    }),
    ("Load/table", || {
        load(
            &Config::new().unwrap(),
            wasm("(module (table 10000001 funcref))"),
        )
    }),
    ("Validate/shared-table", || {
        // A table of funcref, and the flags of a shared memory.
        load(
            &Config::new().unwrap(),
            b"\0asm\x01\0\0\0\x04\x05\x01\x70\x03\x01\x01",
        )
    }),
    ("Load/tables", || {
        let config = config(|config| {
            config.max_table_elements(10).unwrap();
        });
        load(&config, wasm("(module (table 11 funcref))"))
    }),
    ("Validate/locals", || {
        let locals = "i32 ".repeat(50_001);
        load(
            &Config::new().unwrap(),
            wasm(&format!("(module (func (local {locals})))")),
        )
    }),
    ("Validate/type", || {
        failed(Module::new(
            &Config::new().unwrap(),
            wasm("(module (func (result i32)))"),
        ))
    }),
    ("Validate/file", || {
        let (_folder, path) = scratch("guest.wasm");
        fs::write(&path, wasm("(module (func (result i32)))")).unwrap();
        failed(Module::from_file(&Config::new().unwrap(), path))
    }),
    ("Validate/library", || {
        let more = config(|config| {
            config.proposal(Proposal::MultiMemories, true).unwrap();
        });
        let two = wasm("(module (memory 1) (memory 1))");
        let ast = Loader::new(&more).unwrap().load_bytes(two).unwrap();
        let validator = Validator::new(&Config::new().unwrap()).unwrap();
        failed(validator.validate(ast))
    }),
];

const LINKING: &[(&str, Provoke)] = &[
    ("Link/empty", || link(IMPORT, |_| {})),
    ("Link/module", || {
        link(IMPORT, |store| {
            store.register("host", &module(EMPTY)).unwrap();
        })
    }),
    ("Link/wasi", || {
        let name = "wasi_snapshot_preview1";
        link(
            &format!(r#"(module (import "{name}" "sched_yield" (func (result i32))))"#),
            |_| {},
        )
    }),
    ("Link/item", || {
        let two = r#"(module (func (export "g")) (func (export "h")))"#;
        link(IMPORT, |store| {
            store.register("env", &module(two)).unwrap();
        })
    }),
    ("Link/nothing", || {
        link(IMPORT, |store| {
            store.register("env", &module(EMPTY)).unwrap();
        })
    }),
    ("Link/type", || {
        let other = r#"(module (func (export "f") (param i32)))"#;
        link(IMPORT, |store| {
            store.register("env", &module(other)).unwrap();
        })
    }),
    ("Link/unknown", || made_link(LinkFound::UnknownType)),
    ("NameTaken/twice", || {
        let mut store = store();
        store.register("env", &module(EMPTY)).unwrap();
        failed(store.register("env", &module(EMPTY)))
    }),
    ("DuplicateExport/twice", || {
        let mut env = HostModule::<()>::new("env");
        env.func_wrap("f", || ()).unwrap();
        failed(env.func_wrap("f", || ()).map(drop))
    }),
    ("NoSuchInstance/name", || {
        let mut vm = Vm::new(()).unwrap();
        vm.register_bytes("guest", wasm(ONE)).unwrap();
        failed(vm.call_registered::<(), i32>("guets", "one", ()))
    }),
    ("NoSuchInstance/none", || {
        let mut vm = Vm::with_store(&Config::new().unwrap(), store()).unwrap();
        match vm.call_registered::<(), i32>("guest", "one", ()) {
            // A plug-in is loaded, whose modules a `Vm` has.
            Err(error) if error.to_string().contains("there is `") => None,
            other => failed(other),
        }
    }),
    ("NoSuchExport/name", || {
        let mut vm = Vm::new(()).unwrap();
        failed(vm.run_bytes::<(), i32>(wasm(ONE), "two", ()))
    }),
    ("NoSuchExport/none", || {
        let mut vm = Vm::new(()).unwrap();
        failed(vm.run_bytes::<(), i32>(wasm(EMPTY), "one", ()))
    }),
    ("Instantiate/passed-on", || {
        let defines = r#"(module (type (func (param f32))) (func (export "f")))"#;
        let passes_on = r#"(module (import "a" "f" (func)) (export "f" (func 0)))"#;
        link(r#"(module (import "b" "f" (func)))"#, |store| {
            store.register("a", &module(defines)).unwrap();
            store.register("b", &module(passes_on)).unwrap();
        })
    }),
    ("Instantiate/data", || {
        let config = config(|config| {
            for proposal in [Proposal::ReferenceTypes, Proposal::BulkMemoryOperations] {
                config.proposal(proposal, false).unwrap();
            }
        });
        let text = r#"(module (memory 1) (data (i32.const 65536) "x"))"#;
        let mut store = Store::with_config(&config, ()).unwrap();
        failed(store.instantiate(&Module::new(&config, wasm(text)).unwrap()))
    }),
    ("Invalid/bounds", || {
        let mut store = Store::with_config(&Config::untrusted().unwrap(), ()).unwrap();
        failed(store.instantiate(&module(EMPTY)))
    }),
    ("Invalid/memory-of-store", || {
        let config = config(|config| {
            config.max_memory_pages(1).unwrap();
        });
        let mut store = Store::with_config(&config, ()).unwrap();
        failed(store.instantiate(&module("(module (memory 2))")))
    }),
    ("StoreMemory/bound", || {
        let config = config(|config| {
            config.max_instances_memory(1 << 20);
        });
        let mut store = Store::with_config(&config, ()).unwrap();
        failed(store.instantiate(&module("(module (memory 1 20))")))
    }),
    ("NoMemory/system", || made(ErrorKind::NoMemory { pages: 2 })),
    ("NoMemoryInCaller/none", || {
        let mut store = Store::new(()).unwrap();
        let wants = |caller: Caller<'_, ()>| caller.default_memory().map(drop);
        let func = Func::wrap(&mut store, wants).unwrap();
        failed(func.call(&mut store, &[], &mut []))
    }),
    ("Unsupported/instance-name", || {
        let (mut store, instance) = support::instance(EMPTY);
        failed(store.register_instance("second", instance))
    }),
];

const CALLING: &[(&str, Provoke)] = &[
    ("Signature/call", || {
        let mut vm = Vm::new(()).unwrap();
        failed(vm.run_bytes::<i32, i32>(wasm(ONE), "one", 1))
    }),
    ("ResultCount/room", || {
        let (mut store, instance) = support::instance(ONE);
        let one = instance.get_func(&store, "one").unwrap();
        failed(one.call(&mut store, &[], &mut []))
    }),
    ("Order/validate", || failed(Vm::new(()).unwrap().validate())),
    ("Order/instantiate", || {
        let mut vm = Vm::new(()).unwrap();
        vm.load_bytes(wasm(EMPTY)).unwrap();
        failed(vm.instantiate())
    }),
    ("Order/nothing", || {
        failed(Vm::new(()).unwrap().instantiate())
    }),
    ("Order/call", || {
        failed(Vm::new(()).unwrap().call::<(), ()>("f", ()))
    }),
    ("Exit/code", || host(|| Err::<(), _>(Error::exit(3)))),
    ("User/code", || host(|| Err::<(), _>(Error::user(7)))),
    ("Host/error", || {
        host(|| Err::<(), _>("twelve".parse::<i32>().unwrap_err()))
    }),
    ("HostResults/types", || {
        let mut store = store();
        let ty = FuncType::new([], [ValType::I32]);
        let func = Func::new(&mut store, ty, |_, _, results| {
            results[0] = Val::I64(1);
            Ok::<(), Error>(())
        });
        failed(func.unwrap().call(&mut store, &[], &mut [Val::I32(0)]))
    }),
    ("Timeout/limit", || {
        let (mut store, instance) =
            support::instance(r#"(module (func (export "f") (loop (br 0))))"#);
        let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
        failed(f.call_timeout(&mut store, (), Duration::from_millis(5)))
    }),
    ("ThreadStack/load", || {
        // Deeper and deeper: the system may give a thread more stack than it asked for.
        fn load(config: &Config) -> Error {
            let taken = std::hint::black_box([0_u8; 4096]);
            match Module::new(config, b"\0asm\x01\0\0\0") {
                Err(error) => error,
                Ok(_) => {
                    let error = load(config);
                    std::hint::black_box(&taken);
                    error
                }
            }
        }
        let small = std::thread::Builder::new().stack_size(128 << 10);
        let config = Config::new().unwrap();
        Some(small.spawn(move || load(&config)).unwrap().join().unwrap())
    }),
    ("Thread/none", || {
        made(ErrorKind::Thread(std::io::ErrorKind::WouldBlock.into()))
    }),
    ("Unsupported/process-end", || {
        made(ErrorKind::Unsupported {
            what: "to use the library while the process ends".into(),
            why:
                "its log and other static objects are gone by now; do it before the process ends, \
                  or in a handler that `main` registers"
                    .into(),
        })
    }),
    ("Unsupported/second-compiled", || {
        let module = compiled(&Config::new().unwrap(), ONE)?;
        let mut store = store();
        store.instantiate(&module).unwrap();
        failed(store.instantiate(&module))
    }),
    ("Unsupported/nested-compiled", || {
        let text =
            r#"(module (import "env" "f" (func)) (func (export "f") call 0) (func (export "g")))"#;
        let module = compiled(&Config::new().unwrap(), text)?;
        let mut env = HostModule::<Option<Instance>>::new("env");
        env.func_wrap("f", |mut caller: Caller<'_, Option<Instance>>| {
            let instance = caller.data().expect("an instance");
            let g = instance.get_typed_func::<(), ()>(&caller, "g")?;
            g.call(&mut caller, ())
        })
        .unwrap();
        let mut store = Store::new(None).unwrap();
        store.register_host(&env).unwrap();
        let instance = store.instantiate(&module).unwrap();
        *store.data_mut() = Some(instance);
        let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
        failed(f.call(&mut store, ()))
    }),
    ("Invalid/counters", || {
        let counting = config(|config| {
            config.measure_cost(true);
        });
        failed(store().instantiate(&compiled(&counting, ONE)?))
    }),
];

const TRAPS: &[(&str, Provoke)] = &[
    ("Trap/Unreachable", || trap("unreachable")),
    ("Trap/MemoryOutOfBounds", || {
        trap("(drop (i32.load (i32.const 65536)))")
    }),
    ("Trap/TableOutOfBounds", || {
        trap("(drop (table.get (i32.const 2)))")
    }),
    ("Trap/UndefinedElement", || {
        trap("(call_indirect (i32.const 2))")
    }),
    ("Trap/UninitializedElement", || {
        trap("(call_indirect (i32.const 1))")
    }),
    ("Trap/IndirectCallTypeMismatch", || {
        trap("(call_indirect (type $other) (i64.const 0) (i32.const 0))")
    }),
    ("Trap/DivideByZero", || {
        trap("(drop (i32.div_s (i32.const 1) (i32.const 0)))")
    }),
    ("Trap/IntegerOverflow", || {
        trap("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))")
    }),
    ("Trap/InvalidConversionToInteger", || {
        trap("(drop (i32.trunc_f32_s (f32.const nan)))")
    }),
    ("Trap/RefTypeMismatch", || {
        Some(Trap::RefTypeMismatch.into())
    }),
    ("Trap/UnalignedAtomic", || {
        trap("(drop (i32.atomic.load (i32.const 1)))")
    }),
    ("Trap/ExpectedSharedMemory", || {
        trap("(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))")
    }),
    ("Trap/HostFunction", || Some(Trap::HostFunction.into())),
    ("Trap/StackOverflow", || {
        let config = config(|config| {
            config.max_call_depth(100).unwrap();
        });
        run(&config, r#"(module (func $f (export "f") call $f))"#)
    }),
    ("Trap/OutOfFuel", || {
        let config = config(|config| {
            config.fuel(100);
        });
        run(&config, r#"(module (func (export "f") (loop (br 0))))"#)
    }),
    ("Trap/Interrupted", || {
        let (mut store, instance) =
            support::instance(r#"(module (func (export "f") (loop (br 0))))"#);
        let handle = store.interrupt_handle().unwrap();
        let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
        std::thread::scope(|scope| {
            // It says no until the code runs.
            scope.spawn(move || while !handle.interrupt() {});
            failed(f.call(&mut store, ()))
        })
    }),
    ("Trap/ArrayOutOfBounds", || {
        Some(Trap::ArrayOutOfBounds.into())
    }),
    ("Trap/NullReference", || Some(Trap::NullReference.into())),
    ("Trap/CastFailure", || Some(Trap::CastFailure.into())),
    ("Trap/UncaughtException", || {
        Some(Trap::UncaughtException.into())
    }),
];

const DATA: &[(&str, Provoke)] = &[
    ("MemoryAccess/read", || {
        let mut store = store();
        let memory = Memory::new(&mut store, MemoryType::new(1, None).unwrap()).unwrap();
        failed(memory.read(&store, 65_530, &mut [0; 8]))
    }),
    ("MemoryAlignment/odd", || {
        failed(SharedMemory::new(1).unwrap().load_u32(2, Ordering::SeqCst))
    }),
    ("MemoryString/utf8", || {
        let mut store = store();
        let memory = Memory::new(&mut store, MemoryType::new(1, None).unwrap()).unwrap();
        memory.write(&mut store, 0, &[0xff]).unwrap();
        failed(memory.read_string(&store, 0, 1))
    }),
    ("Grow/memory", || {
        let mut store = store();
        let memory = Memory::new(&mut store, MemoryType::new(1, Some(2)).unwrap()).unwrap();
        failed(memory.grow(&mut store, 2))
    }),
    ("Grow/table", || {
        let mut store = store();
        let ty = TableType::new(RefType::FuncRef, 1, Some(2)).unwrap();
        let table = Table::new(&mut store, ty, Ref::Func(None)).unwrap();
        failed(table.grow(&mut store, 2, Ref::Func(None)))
    }),
    ("TableAccess/index", || {
        let mut store = store();
        let ty = TableType::new(RefType::FuncRef, 1, None).unwrap();
        let table = Table::new(&mut store, ty, Ref::Func(None)).unwrap();
        failed(table.get(&store, 1))
    }),
    ("ValueType/conversion", || {
        failed(i32::try_from(Val::I64(1)))
    }),
    ("NoSuchProposal/name", || failed("gcc".parse::<Proposal>())),
    ("ConstGlobal/set", || {
        let mut store = store();
        let ty = GlobalType::new(ValType::I32, Mutability::Const);
        let global = Global::new(&mut store, ty, 1).unwrap();
        failed(global.set(&mut store, 2))
    }),
    ("WrongType/table", || {
        let mut store = store();
        let ty = TableType::new(RefType::FuncRef, 1, None).unwrap();
        failed(Table::new(&mut store, ty, Ref::Extern(None)))
    }),
    ("WrongType/global", || {
        let ty = GlobalType::new(ValType::I32, Mutability::Const);
        failed(Global::new(store(), ty, 1.0_f32))
    }),
    ("Invalid/limits", || failed(Limits::new(2, Some(1)))),
    ("Invalid/memory-type", || {
        failed(MemoryType::new(65_537, None))
    }),
    ("Invalid/table-type", || {
        failed(TableType::new(RefType::FuncRef, 1 << 32, None))
    }),
    ("Invalid/table-size", || {
        let ty = TableType::new(RefType::FuncRef, 10_000_001, None).unwrap();
        failed(Table::new(store(), ty, Ref::Func(None)))
    }),
    ("Invalid/table-of-store", || {
        let config = config(|config| {
            config.max_table_elements(1).unwrap();
        });
        let mut store = Store::with_config(&config, ()).unwrap();
        let ty = TableType::new(RefType::FuncRef, 2, None).unwrap();
        failed(Table::new(&mut store, ty, Ref::Func(None)))
    }),
    ("Invalid/host-global", || {
        let ty = GlobalType::new(ValType::ExternRef, Mutability::Var);
        let reference = ExternRef::new(store(), 1).unwrap();
        let value = Val::ExternRef(Some(reference));
        failed(
            HostModule::<()>::new("env")
                .global("g", ty, value)
                .map(drop),
        )
    }),
];

const SETTINGS: &[(&str, Provoke)] = &[
    ("Unsupported/unproven", || {
        failed(
            Config::new()
                .unwrap()
                .proposal(Proposal::TailCall, true)
                .map(drop),
        )
    }),
    ("Unsupported/proposal", || {
        failed(
            Config::new()
                .unwrap()
                .proposal(Proposal::RelaxedSimd, true)
                .map(drop),
        )
    }),
    ("Unsupported/component", || {
        failed(
            Config::new()
                .unwrap()
                .proposal(Proposal::Component, true)
                .map(drop),
        )
    }),
    ("Invalid/proposal", || {
        let mut config = Config::new().unwrap();
        // SAFETY: nothing runs under it.
        unsafe { config.enable_unchecked(Proposal::FunctionReferences) }.unwrap();
        failed(config.proposal(Proposal::ReferenceTypes, false).map(drop))
    }),
    ("Invalid/pages", || {
        failed(Config::new().unwrap().max_memory_pages(65_537).map(drop))
    }),
    ("Invalid/depth", || {
        failed(Config::new().unwrap().max_call_depth(u32::MAX).map(drop))
    }),
    ("Invalid/elements", || {
        failed(
            Config::new()
                .unwrap()
                .max_table_elements(u64::MAX)
                .map(drop),
        )
    }),
    ("Invalid/fuel", || failed(store().set_fuel(1))),
    ("Invalid/costs", || {
        failed(CostTable::from_slice(&[0; 65_537]))
    }),
    ("Invalid/instruction", || {
        failed(CostTable::uniform(1).set("i32_add", 1).map(drop))
    }),
    ("Unsupported/log-level", || {
        failed(log::set_level(Level::Warn))
    }),
    ("Unsupported/log-callback", || {
        failed(log::set_callback(|_| {}))
    }),
];

const SYSTEM: &[(&str, Provoke)] = &[
    ("Read/host-folder", || {
        let (_folder, path) = scratch("nothing");
        failed(
            Wasi::new()
                .preopened_dir(path, "/", DirAccess::ReadOnly)
                .map(drop),
        )
    }),
    ("Read/host-file", || {
        let (_folder, path) = scratch("file");
        fs::write(&path, "").unwrap();
        failed(
            Wasi::new()
                .preopened_dir(path, "/", DirAccess::ReadOnly)
                .map(drop),
        )
    }),
    ("Invalid/argument", || {
        failed(Wasi::new().arg("a\0b").map(drop))
    }),
    ("Invalid/variable", || {
        failed(Wasi::new().env("A", "a\0b").map(drop))
    }),
    ("Invalid/variable-name", || {
        failed(Wasi::new().env("A=B", "").map(drop))
    }),
    ("Invalid/folder", || {
        failed(
            Wasi::new()
                .preopened_dir("", "/", DirAccess::ReadOnly)
                .map(drop),
        )
    }),
    ("Invalid/folder-nul", || {
        failed(
            Wasi::new()
                .preopened_dir("a\0b", "/", DirAccess::ReadOnly)
                .map(drop),
        )
    }),
    ("Invalid/colon", || {
        failed(
            Wasi::new()
                .preopened_dir(".", "c:", DirAccess::ReadOnly)
                .map(drop),
        )
    }),
    ("Invalid/deny", || {
        let mut wasi = Wasi::new();
        wasi.deny(["socket"]);
        failed(store().register_wasi(&wasi))
    }),
    ("Unsupported/streams", || {
        failed(
            Wasi::new()
                .stdout(fs::File::open("/dev/null").unwrap())
                .map(drop),
        )
    }),
    ("Invalid/plugin-path", || {
        // SAFETY: nothing is loaded, here and below.
        failed(unsafe { plugin::load("") })
    }),
    ("Invalid/plugin-nul", || {
        // SAFETY: as above.
        failed(unsafe { plugin::load("a\0b") })
    }),
    ("Read/plugin", || {
        let (_folder, path) = scratch("nothing.so");
        // SAFETY: as above.
        failed(unsafe { plugin::load(path) })
    }),
    ("PluginNotLoaded/none", || {
        let (folder, _) = scratch("");
        // SAFETY: as above.
        failed(unsafe { plugin::load(folder.path()) })
    }),
    ("NoSuchPlugin/process", || {
        failed(plugin::process::allow(["ls"]))
    }),
    ("NoSuchPluginModule/name", || {
        made(ErrorKind::NoSuchPluginModule {
            plugin: "p".into(),
            module: "m".into(),
            available: vec!["n".into()],
        })
    }),
    ("Invalid/command", || {
        failed(plugin::process::allow(["a\0b"]))
    }),
    ("Unsupported/allow-all", || {
        failed(plugin::process::allow_all())
    }),
];

const COMPILING: &[(&str, Provoke)] = &[
    ("Compile/bytes", || {
        let compiler = Compiler::new(&Config::new().unwrap()).ok()?;
        failed(compiler.compile_bytes("not wasm", scratch("out.wasm").0.path().join("out")))
    }),
    ("Compile/file", || {
        let compiler = Compiler::new(&Config::new().unwrap()).ok()?;
        let (_folder, path) = scratch("guest.wasm");
        fs::write(&path, "not wasm").unwrap();
        failed(compiler.compile_file(&path, path.with_extension("aot.wasm")))
    }),
    ("Compile/native", || {
        let compiler = Compiler::new(&Config::new().unwrap()).ok()?;
        let (_folder, path) = scratch("out.wasm");
        failed(compiler.compile_bytes(b"\x7fELF\x02\x01\x01", path))
    }),
    ("Compile/table64", || {
        compile_wide("(module (table i64 1 funcref) (func (call_indirect (i64.const 0))))")
    }),
    ("Compile/memory64", || {
        compile_wide(
            "(module (memory i64 1)
               (func (drop (memory.atomic.notify (i64.const 0) (i32.const 1)))))",
        )
    }),
    ("Write/folder", || {
        compile(&scratch("nothing").1.join("out.wasm"))
    }),
    ("Write/is-folder", || compile(scratch("").0.path())),
    ("Write/no-name", || compile(Path::new(".."))),
    ("Write/others", || {
        let (_folder, path) = scratch("cache");
        open_to_all(&path);
        failed(CompileCache::new(path))
    }),
    ("Write/above", || {
        let (_folder, path) = scratch("open");
        open_to_all(&path);
        failed(CompileCache::new(path.join("cache")))
    }),
    ("Load/not-compiled", || {
        from_compiled(&Config::new().unwrap(), &wasm(EMPTY))
    }),
    ("Load/compiled-native", || {
        from_compiled(&Config::new().unwrap(), b"\x7fELF\x02\x01\x01")
    }),
    ("Unsupported/compiled-bounds", || {
        let compiler = Compiler::new(&Config::new().unwrap()).ok()?;
        let (_folder, path) = scratch("out.wasm");
        let format = config(|config| {
            config.output_format(wasmedge::OutputFormat::Wasm);
        });
        drop(compiler);
        Compiler::new(&format)
            .unwrap()
            .compile_bytes(wasm(ONE), &path)
            .unwrap();
        from_compiled(&Config::untrusted().unwrap(), &fs::read(path).unwrap())
    }),
    ("Unsupported/exceptions", || {
        let config = config(|config| {
            // SAFETY: nothing is run.
            unsafe { config.enable_unchecked(Proposal::ExceptionHandling) }.unwrap();
        });
        failed(Compiler::new(&config))
    }),
    ("Unsupported/phases", || {
        let mut compiler = Compiler::new(&Config::new().unwrap()).ok()?;
        let (_folder, path) = scratch("out.wasm");
        failed(compiler.compile_bytes_with_progress(wasm(EMPTY), path, |_| {}))
    }),
    ("Invalid/keeper", || {
        let module = compiled(&Config::new().unwrap(), ONE)?;
        store().instantiate(&module).unwrap();
        failed(keeper::set_enabled(false))
    }),
    ("Invalid/tool-argument", || tool(&["wasmedge", "a\0b"])),
    ("Invalid/tool-path", || tool(&["wasmedge", ""])),
    ("Invalid/tool-number", || {
        let (_folder, path) = scratch("guest.wasm");
        fs::write(&path, wasm(r#"(module (func (export "f") (param i32)))"#)).unwrap();
        tool(&["wasmedge", "--reactor", path.to_str().unwrap(), "f", "x"])
    }),
];

/// Makes a folder that all may write to.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fs::create_dir(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
}

const BINDGEN: &[(&str, Provoke)] = &[
    ("Guest/error", || answer(1, 0, &[], "i32.const 1024")),
    ("GuestResults/types", || {
        let (mut store, guest) = wasmedge_guest();
        failed(guest.call::<_, i32>(&mut store, "say", "x"))
    }),
    ("GuestAbi/flag", || answer(2, 0, &[], "i32.const 1024")),
    ("GuestAbi/count", || answer(0, 1001, &[], "i32.const 1024")),
    ("GuestAbi/code", || {
        answer(0, 1, &[200, 0, 4], "i32.const 1024")
    }),
    ("GuestAbi/total", || {
        answer(0, 2, &[0, 21, 65_536, 0, 21, 65_536], "i32.const 1024")
    }),
    ("GuestAbi/room", || answer(0, 0, &[], "i32.const 0")),
    ("GuestAbi/size", || {
        answer(0, 1, &[200, 6, 3], "i32.const 1024")
    }),
    ("GuestAbi/bool", || {
        answer(0, 1, &[200, 11, 1], "i32.const 1024")
    }),
    ("GuestAbi/char", || {
        answer(0, 1, &[200, 12, 4], "i32.const 1024")
    }),
    ("GuestAbi/null", || {
        let text = r#"(module (memory (export "memory") 1)
            (func (export "f") (result i32 i32) (i32.const 0) (i32.const 0)))"#;
        let (mut store, guest) = wasm_bindgen(text);
        failed(guest.call::<_, String>(&mut store, "f", ()))
    }),
    ("GuestAbi/number", || {
        let (mut store, guest) =
            wasm_bindgen(r#"(module (func (export "f") (result i32) i32.const 2))"#);
        failed(guest.call::<_, bool>(&mut store, "f", ()))
    }),
    ("GuestAbi/throw", || {
        let (mut store, guest) = wasm_bindgen(
            r#"(module (import "w" "__wbindgen_throw" (func (param i32 i32)))
                 (func (export "f") (call 0 (i32.const 0) (i32.const 0))))"#,
        );
        failed(guest.call::<_, ()>(&mut store, "f", ()))
    }),
    ("Unsupported/none", || {
        let (mut store, guest) = wasmedge_guest();
        failed(guest.call::<_, String>(&mut store, "say", None::<&str>))
    }),
    ("Unsupported/floats", || {
        let (mut store, guest) = wasmedge_guest();
        failed(guest.call::<_, String>(&mut store, "say", &[1.0_f32][..]))
    }),
    ("Unsupported/glue", || {
        let (mut store, guest) = wasm_bindgen(
            r#"(module (import "w" "__wbg_now" (func)) (func (export "f") (call 0)))"#,
        );
        failed(guest.call::<_, ()>(&mut store, "f", ()))
    }),
];

const LIBRARY: &[(&str, Provoke)] = &[
    ("VersionMismatch/library", || {
        let headers = wasmedge::version::headers();
        let library = headers;
        made(ErrorKind::VersionMismatch { headers, library })
    }),
    ("NotCreated/memory", || {
        made(ErrorKind::NotCreated { what: "store" })
    }),
    ("Library/code", || {
        let error = load(&Config::new().unwrap(), b"\0asm\x01\0")?;
        match error.kind() {
            ErrorKind::Load { reason, .. } => made(ErrorKind::Library(reason.clone())),
            _ => panic!("{error}"),
        }
    }),
];

const PANICS: &[(&str, fn())] = &[
    ("panic/store", || {
        let (_store, instance) = support::instance(EMPTY);
        instance.name(store());
    }),
    ("panic/shared", || {
        let mut env = HostModule::<()>::new("env");
        env.shared_memory("memory", &SharedMemory::new(1).unwrap())
            .unwrap();
        let mut store = store();
        let instance = store.register_host(&env).unwrap();
        instance.get_memory(&store, "memory").unwrap().data(&store);
    }),
    ("panic/polled", || {
        let call = store().spawn(|_| ()).unwrap();
        let mut call = pin!(call);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            // Until it is there, and once more.
            if call.as_mut().poll(&mut context).is_ready() {
                let _ = call.as_mut().poll(&mut context);
            }
        }
    }),
    ("panic/user-code", || {
        let _ = Error::user(1 << 24);
    }),
];

fn this_version() -> page::Version {
    let version = wasmedge::version::headers();
    (version.major, version.minor, version.patch)
}

/// The name of the variant.
fn kind(error: &Error) -> String {
    let text = format!("{:?}", error.kind());
    // Some variants are printed as their text.
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

fn panic_text(provoke: fn()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(provoke)).expect_err("a panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

/// One test: some of it is about the whole process.
#[test]
fn each_message_is_what_its_row_says() {
    let rows = page::rows();
    let provoked = [
        LOADING, LINKING, CALLING, TRAPS, DATA, SETTINGS, SYSTEM, COMPILING, BINDGEN, LIBRARY,
    ]
    .concat();
    let provoked: Vec<_> = provoked.into_iter().collect();
    let mut known: BTreeSet<&str> = provoked.iter().map(|(id, _)| *id).collect();
    known.extend(PANICS.iter().map(|(id, _)| *id));
    let is_ours = |row: &&page::Row| {
        !row.id.is_empty() && !row.id.starts_with(char::is_lowercase)
            || row.id.starts_with("panic/")
    };
    let on_page: BTreeSet<&str> = rows.iter().filter(is_ours).map(|row| &*row.id).collect();
    assert_eq!(known, on_page, "here and on the page");

    let row = |id: &str| rows.iter().find(|row| row.id == id).expect("as above");
    let mut problems = Vec::new();
    let mut count = 0;
    let mut compare = |id: &str, text: &str| {
        let expected = &row(id).messages[0];
        println!("{id}: {text}");
        if !page::is(expected, text) {
            problems.push(format!("{id}\n  page: {expected}\n  crate: {text}"));
        }
        let starts_well = text.starts_with(|c: char| !c.is_uppercase()) || text.starts_with('W');
        assert!(starts_well && !text.ends_with('.'), "{text}");
        count += 1;
    };
    for (id, provoke) in provoked {
        if !row(id).is_of(this_version()) {
            continue;
        }
        let Some(error) = provoke() else {
            println!("{id}: left out, this library lacks what it takes");
            continue;
        };
        let variant = id.split('/').next().expect("a first part");
        assert_eq!(kind(&error), variant, "{id}: {error}");
        compare(id, &error.to_string());
    }
    for (id, provoke) in PANICS {
        compare(id, &panic_text(*provoke));
    }
    println!("{count} messages compared, of {} rows", on_page.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The variants of an enum in the sources.
fn variants(path: &str, name: &str) -> Vec<String> {
    let file = parse(&support::root().join(path));
    let item = file.items.into_iter().find_map(|item| match item {
        syn::Item::Enum(item) if item.ident == name => Some(item),
        _ => None,
    });
    let variants = item.expect("the enum").variants.into_iter();
    variants.map(|variant| variant.ident.to_string()).collect()
}

fn parse(path: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(path).expect("a source")).expect("Rust")
}

#[test]
fn no_kind_and_no_trap_is_without_a_row() {
    let rows = page::rows();
    for kind in variants("src/vocabulary/error/kind.rs", "ErrorKind") {
        let has_row = rows
            .iter()
            .any(|row| row.id.starts_with(&format!("{kind}/")));
        assert!(has_row, "docs/messages.md: no row for ErrorKind::{kind}");
    }
    for trap in variants("src/vocabulary/error/trap.rs", "Trap") {
        let has_row = rows.iter().any(|row| row.id == format!("Trap/{trap}"));
        assert!(has_row, "docs/messages.md: no row for Trap::{trap}");
    }
}

/// The texts of a source that somebody may be shown.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.0.push(literal.value());
    }

    /// Of attributes, the texts of errors alone.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("error") {
            let text = attribute.parse_args_with(|input: syn::parse::ParseStream<'_>| {
                let text = input.parse::<syn::LitStr>();
                input.step(|cursor| Ok(((), skip(*cursor))))?;
                text
            });
            self.0.extend(text.map(|text| text.value()));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Path>()
                    .is_ok_and(|path| path.is_ident("test"))
        };
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }

    /// What `Debug` and `Display` of values write is no message.
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let is_of = |name: &str| {
            let path = item.trait_.as_ref().map(|(_, path, _)| path);
            path.and_then(|path| path.segments.last())
                .is_some_and(|last| last.ident == name)
        };
        if !is_of("Debug") {
            visit::visit_item_impl(self, item);
        }
    }

    /// What cannot happen is no message either.
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "expect" {
            self.visit_expr(&call.receiver);
        } else {
            visit::visit_expr_method_call(self, call);
        }
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let said = ["format", "panic", "assert", "write", "concat"];
        if said.iter().any(|name| call.path.is_ident(name)) {
            type Arguments = syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>;
            let arguments = call.parse_body_with(Arguments::parse_terminated);
            for argument in &arguments.unwrap_or_default() {
                // They live as long as this call.
                let mut inner = Self::default();
                inner.visit_expr(argument);
                self.0.append(&mut inner.0);
            }
        }
    }
}

fn skip(mut cursor: syn::buffer::Cursor<'_>) -> syn::buffer::Cursor<'_> {
    while let Some((_, next)) = cursor.token_tree() {
        cursor = next;
    }
    cursor
}

/// Texts that are none of their own: what stands for values, and in messages.
const OTHERS: &[&str] = &[
    "an external reference",
    "shared library or program (ELF)",
    "library or program (PE)",
    "library or program (Mach-O)",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn no_text_of_the_code_is_without_a_row() {
    let rows = page::rows();
    let messages: Vec<&String> = rows.iter().flat_map(|row| &row.messages).collect();
    let mut files = Vec::new();
    sources(&support::root().join("src"), &mut files);
    let mut missing = Vec::new();
    let mut count = 0;
    for file in &files {
        let mut texts = Texts::default();
        texts.visit_file(&parse(file));
        for text in texts.0 {
            let pattern = page::pattern(&text);
            if !page::is_said(&pattern) || OTHERS.contains(&&*pattern) {
                continue;
            }
            count += 1;
            if !messages.iter().any(|message| page::has(message, &pattern)) {
                missing.push(format!("{}: {pattern}", file.display()));
            }
        }
    }
    println!("{count} texts in {} sources", files.len());
    assert!(
        missing.is_empty(),
        "docs/messages.md: no row for\n{}",
        missing.join("\n")
    );
    assert!(count > 120, "{count}");
}
