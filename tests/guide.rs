//! The fragments of the WasmEdge Go guide, in its order and with its values. Its complete programs are
//! examples; `docs/go-to-rust.md` says which.

use core::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use support::{module, wasm};
use wasmedge::{
    Caller, Config, CostTable, DirAccess, Error, ErrorKind, Executor, ExternRef, ExternType, Func,
    FuncType, Global, GlobalType, HostModule, Limits, Loader, Memory, MemoryType, Module,
    Mutability, OptLevel, OutputFormat, Proposal, Ref, RefType, Store, Table, TableType, Trap,
    V128, Val, ValType, Validator, Vm, Wasi, version,
};

const FIB: &str = include_str!("../testdata/fibonacci.wat");

/// Never ends.
const SPIN: &str = r#"(module (func (export "spin") (loop (br 0))))"#;

#[test]
fn versions() {
    let library = version::library();
    let parts = [library.major, library.minor, library.patch].map(|part| part.to_string());
    assert_eq!(library.to_string(), parts.join("."));
}

#[test]
fn vectors() {
    // The guide names the high half first; lanes begin with the lowest bits.
    let val = V128::from_u64x2([5678, 1234]);
    assert_eq!(val.to_bits(), 1234 << 64 | 5678);
    assert_eq!(V128::from_bits(1234 << 64 | 5678).to_u64x2(), [5678, 1234]);
    let echo = wasm(r#"(module (func (export "f") (param v128) (result v128) local.get 0))"#);
    let back: V128 = Vm::new(()).unwrap().run_bytes(&echo, "f", val).unwrap();
    assert_eq!(back, val);
}

#[test]
fn references() {
    let mut store = Store::new(()).unwrap();
    let func = Func::wrap(&mut store, || 5).unwrap();
    let val = Val::from(Some(func));
    assert_eq!(val.func_ref(), Some(Some(func)));

    let num = ExternRef::new(&mut store, 1234).unwrap();
    *num.downcast_mut(&mut store).unwrap() = 5678;
    assert_eq!(num.downcast_ref::<i32>(&store), Some(&5678));
    assert!(num.release(&mut store).is_some());
    assert_eq!(num.downcast_ref::<i32>(&store), None);
}

#[test]
fn results() {
    let fails = wasm(r#"(module (func (export "f") unreachable))"#);
    let mut vm = Vm::new(()).unwrap();
    let error = vm.run_bytes::<(), ()>(&fails, "f", ()).unwrap_err();
    // The category: not one of the program's own.
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    assert_eq!(error.user_code(), None);

    let own = Error::user(123456);
    assert_eq!(own.user_code(), Some(123456));
    assert!(matches!(own.kind(), ErrorKind::User(123456)));
}

#[test]
fn limits() {
    let limits = Limits::new(12, None).unwrap();
    assert_eq!((limits.min(), limits.max()), (12, None));
    let limits = Limits::new(15, Some(50)).unwrap();
    assert_eq!((limits.min(), limits.max()), (15, Some(50)));

    // A shared memory has a maximum; the guide's without one gets its minimum in C.
    let shared = MemoryType::shared(20, 20).unwrap();
    assert!(shared.is_shared());
    assert_eq!(shared.limits().min(), 20);
    let shared = MemoryType::shared(30, 40).unwrap();
    assert!(shared.is_shared());
    assert_eq!(shared.limits(), Limits::new(30, Some(40)).unwrap());
}

#[test]
fn function_types() {
    use ValType::{ExternRef, F32, F64, I32, I64};
    let ty = FuncType::new([ExternRef, I32, I64], [F32, F64]);
    assert_eq!(ty.params().len(), 3);
    assert_eq!(ty.results().len(), 2);
    assert_eq!(ty.params(), [ExternRef, I32, I64]);
    assert_eq!(ty.results(), [F32, F64]);
    assert_eq!(ty.to_string(), "(externref, i32, i64) -> (f32, f64)");
}

#[test]
fn table_memory_and_global_types() {
    let ty = TableType::new(RefType::ExternRef, 12, None).unwrap();
    assert_eq!(ty.element(), RefType::ExternRef);
    assert_eq!(RefType::ExternRef.to_string(), "externref");
    assert_eq!(ty.limits(), Limits::new(12, None).unwrap());

    let ty = MemoryType::new(1, None).unwrap();
    assert_eq!(ty.limits(), Limits::new(1, None).unwrap());

    let ty = GlobalType::new(ValType::F64, Mutability::Var);
    assert_eq!(ty.content(), ValType::F64);
    assert_eq!(ty.mutability(), Mutability::Var);
    assert_eq!(Mutability::Var.to_string(), "var");
    assert_eq!(Mutability::Const.to_string(), "const");
}

#[test]
fn imports_and_exports() {
    let ast = Loader::new(&Config::new().unwrap())
        .unwrap()
        .load_bytes(wasm(include_str!("../testdata/add_two.wat")))
        .unwrap();
    let ty = FuncType::new([ValType::I32, ValType::I32], [ValType::I32]);
    for import in ast.imports() {
        assert_eq!((import.module(), import.name()), ("extern", "add"));
        assert_eq!(import.ty(), &ExternType::Func(ty.clone()));
        assert_eq!(import.ty().func(), Some(&ty));
    }
    for export in ast.exports() {
        assert_eq!(export.name(), "addTwo");
        assert_eq!(export.ty().func(), Some(&ty));
    }
    assert_eq!(ast.imports().len(), 1);
    assert_eq!(ast.exports().len(), 1);
}

#[test]
fn an_asynchronous_call() {
    let vm = Vm::new(()).unwrap();
    let call = vm
        .run_bytes_async::<i32, i32>(wasm(FIB), "fib", 20)
        .unwrap();
    let (_, fib) = call.wait();
    assert_eq!(fib.unwrap(), 10946);
}

#[test]
fn waiting_for_a_time() {
    let vm = Vm::new(()).unwrap();
    let call = vm
        .run_bytes_async::<(), ()>(wasm(SPIN), "spin", ())
        .unwrap();
    let call = call.wait_for(Duration::from_millis(100)).unwrap_err();
    call.cancel();
    let (_, result) = call.wait();
    assert_eq!(result.unwrap_err().trap(), Some(Trap::Interrupted));
}

#[test]
fn configurations() {
    let mut config = Config::new().unwrap();
    for proposal in [
        Proposal::ImportExportMutGlobals,
        Proposal::NonTrapFloatToIntConversions,
        Proposal::SignExtensionOperators,
        Proposal::MultiValue,
        Proposal::BulkMemoryOperations,
        Proposal::ReferenceTypes,
        Proposal::Simd,
    ] {
        assert!(config.has_proposal(proposal), "{proposal:?}");
    }
    config.proposal(Proposal::Simd, true).unwrap();
    // From 0.14 on the library keeps it while something that needs it is on.
    for proposal in [
        Proposal::Gc,
        Proposal::FunctionReferences,
        Proposal::ReferenceTypes,
    ] {
        config.proposal(proposal, false).unwrap();
    }
    assert!(!config.has_proposal(Proposal::ReferenceTypes));
    assert!(config.has_proposal(Proposal::BulkMemoryOperations));

    config.wasi(true);
    assert!(config.has_wasi());

    assert_eq!(config.get_max_memory_pages(), 65536);
    config.max_memory_pages(1234).unwrap();
    assert_eq!(config.get_max_memory_pages(), 1234);
}

#[test]
fn compiler_and_statistics_options() {
    let mut config = Config::new().unwrap();
    config
        .optimization_level(OptLevel::O2)
        .output_format(OutputFormat::Native)
        .dump_ir(true)
        .generic_binary(true);
    assert_eq!(config.get_optimization_level(), OptLevel::O2);
    assert_eq!(config.get_output_format(), OutputFormat::Native);
    assert!(config.dumps_ir());
    assert!(config.is_generic_binary());

    assert!(!config.counts_instructions());
    assert!(!config.measures_cost());
    assert!(!config.measures_time());
    config
        .count_instructions(true)
        .measure_cost(true)
        .measure_time(true);
    assert!(config.counts_instructions());
    assert!(config.measures_cost());
    assert!(config.measures_time());
}

#[test]
fn compiled_code_is_interpreted_unless_the_program_asks() {
    // What the guide forces by a switch is the rule: the native code in the file is not looked at.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compiled.wasm");
    let config = Config::new().unwrap();
    wasmedge::Compiler::new(&config)
        .unwrap()
        .compile_bytes(wasm(FIB), &file)
        .unwrap();
    let mut counting = Config::new().unwrap();
    counting.count_instructions(true);
    let mut vm = Vm::with_config(&counting, ()).unwrap();
    let compiled = std::fs::read(&file).unwrap();
    for ast in [
        vm.loader().load_file(&file),
        vm.loader().load_bytes(compiled),
    ] {
        vm.load_module(ast.unwrap());
        vm.validate().unwrap();
        vm.instantiate().unwrap();
        assert_eq!(vm.call::<i32, i32>("fib", 21).unwrap(), 17711);
    }
    // The compiler was not told to count.
    assert_ne!(vm.statistics().instruction_count(), 0);
}

#[test]
fn statistics_and_costs() {
    let mut config = Config::new().unwrap();
    config
        .count_instructions(true)
        .measure_cost(true)
        .measure_time(true);
    let mut vm = Vm::with_config(&config, ()).unwrap();
    let mut costs = CostTable::uniform(0);
    for (name, cost) in [
        ("block", 10),
        ("loop", 11),
        ("if", 12),
        ("else", 12),
        ("br", 20),
        ("br_if", 21),
        ("br_table", 22),
    ] {
        costs.set(name, cost).unwrap();
    }
    vm.set_cost_table(&costs);
    vm.set_fuel(5_000_000).unwrap();
    let fib: i32 = vm.run_bytes(wasm(FIB), "fib", 10).unwrap();
    assert_eq!(fib, 89);
    // As many `if`s as calls: 2 * 89 - 1.
    assert_eq!(vm.statistics().total_cost(), 12 * 177);
    assert_ne!(vm.statistics().instruction_count(), 0);
    assert!(vm.statistics().instructions_per_second().unwrap() > 0.0);

    // A limit that is too low.
    vm.set_fuel(100).unwrap();
    let error = vm.call::<i32, i32>("fib", 10).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
}

#[test]
fn creations_of_a_vm() {
    let config = Config::new().unwrap();
    Vm::new(()).unwrap();
    Vm::with_config(&config, ()).unwrap();
    Vm::with_store(&config, Store::new(()).unwrap()).unwrap();
    let store = Store::with_config(&config, ()).unwrap();
    let vm = Vm::with_store(&config, store).unwrap();
    let _: &Store<()> = vm.store();
    let _: Store<()> = vm.into_store();
}

#[test]
fn what_a_vm_loads() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), wasm(FIB)).unwrap();
    let mut vm = Vm::new(()).unwrap();
    let fib = |vm: &mut Vm<()>| {
        vm.validate().unwrap();
        vm.instantiate().unwrap();
        vm.call::<i32, i32>("fib", 20).unwrap()
    };
    vm.load_file(file.path()).unwrap();
    assert_eq!(fib(&mut vm), 10946);
    vm.load_bytes(wasm(FIB)).unwrap();
    assert_eq!(fib(&mut vm), 10946);
    let ast = vm.loader().load_file(file.path()).unwrap();
    vm.load_module(ast);
    assert_eq!(fib(&mut vm), 10946);
}

#[test]
fn wasi_is_built_in_on_demand() {
    const NAME: &str = "wasi_snapshot_preview1";
    let mut config = Config::new().unwrap();
    assert_eq!(Vm::new(()).unwrap().find_instance(NAME), None);
    config.wasi(true);
    assert!(
        Vm::with_config(&config, ())
            .unwrap()
            .find_instance(NAME)
            .is_some()
    );
}

#[test]
fn a_wasi_module_of_the_program_s_own() {
    let mut wasi = Wasi::new();
    wasi.inherit_args()
        .unwrap()
        .inherit_env()
        .unwrap()
        .preopened_dir(".", ".", DirAccess::ReadWrite)
        .unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_wasi(&wasi).unwrap();
    let command = wasm(r#"(module (memory (export "memory") 1) (func (export "_start")))"#);
    vm.run_bytes::<(), ()>(command, "_start", ()).unwrap();
    assert_eq!(vm.store().wasi_exit_code(), Some(0));
}

#[test]
fn what_a_vm_has() {
    let mut vm = Vm::new(()).unwrap();
    vm.register_bytes("mod", wasm(FIB)).unwrap();
    assert_eq!(vm.active_instance(), None);
    vm.load_bytes(wasm(FIB)).unwrap();
    vm.validate().unwrap();
    let active = vm.instantiate().unwrap();
    assert_eq!(vm.active_instance(), Some(active));

    let ty = FuncType::new([ValType::I32], [ValType::I32]);
    assert_eq!(vm.functions(), [("fib".into(), ty.clone())]);
    let registered = vm.find_instance("mod").unwrap();
    for instance in [active, registered] {
        let fib = instance.get_func(&vm, "fib").unwrap();
        assert_eq!(fib.ty(&vm).unwrap(), ty);
    }
    assert_eq!(active.get_func(&vm, "no-such-function"), None);

    assert_eq!(vm.instance_names().collect::<Vec<_>>(), ["mod"]);
    assert_eq!(vm.find_instance("no-such-module"), None);

    let ast = vm.loader().load_bytes(wasm(FIB)).unwrap();
    vm.validator().validate(ast).unwrap();
    assert_eq!(vm.executor().statistics().instruction_count(), 0);
    assert_eq!(vm.store().instance_names().collect::<Vec<_>>(), ["mod"]);
}

#[test]
fn a_loader_and_a_validator() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fibonacci.wasm");
    std::fs::write(&file, wasm(FIB)).unwrap();
    let config = Config::new().unwrap();
    let loader = Loader::new(&config).unwrap();
    let validator = Validator::new(&config).unwrap();
    for ast in [loader.load_file(&file), loader.load_bytes(wasm(FIB))] {
        validator.validate(ast.unwrap()).unwrap();
    }
}

#[test]
fn an_executor_and_a_store() {
    let config = Config::new().unwrap();
    let executor = Executor::new(&config).unwrap();
    let mut store = Store::with_executor(executor, ()).unwrap();
    let registered = store.register("module", &module(FIB)).unwrap();

    let mut host = HostModule::new("mod");
    host.func_wrap("add", |a: i32, b: i32| a.wrapping_add(b))
        .unwrap();
    store.register_host(&host).unwrap();

    let instance = store.instantiate(&module(FIB)).unwrap();
    let fib = instance.get_typed_func::<i32, i32>(&store, "fib").unwrap();
    assert_eq!(fib.call(&mut store, 21).unwrap(), 17711);
    let (mut store, result) = store.call_async(fib, 20).unwrap().wait();
    assert_eq!(result.unwrap(), 10946);

    let names: Vec<_> = store.instance_names().collect();
    assert_eq!(names.len(), 2);
    assert_eq!(store.find_instance("module"), Some(registered));
    assert_eq!(store.find_instance("no-such-module"), None);
    assert_eq!(instance.func_names(&store), ["fib".into()]);
    let fib = instance.get_func(&store, "fib").unwrap();
    let mut results = [Val::I32(0)];
    fib.call(&mut store, &[Val::I32(5)], &mut results).unwrap();
    assert_eq!(results, [Val::I32(8)]);
}

#[test]
fn tables() {
    let mut store = Store::new(()).unwrap();
    let ty = TableType::new(RefType::FuncRef, 10, Some(20)).unwrap();
    let table = Table::new(&mut store, ty, None::<Func>).unwrap();
    assert_eq!(table.ty(&store).unwrap().element(), RefType::FuncRef);

    // The guide writes the number 5 here, which is no function.
    let five = Func::wrap(&mut store, || 5).unwrap();
    table.set(&mut store, 3, five).unwrap();
    assert_eq!(table.get(&store, 3).unwrap(), Ref::from(five));
    for error in [
        table.set(&mut store, 13, five).unwrap_err(),
        table.get(&store, 13).unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::TableAccess { .. }));
    }

    assert_eq!(table.size(&store), 10);
    assert_eq!(table.grow(&mut store, 6, None::<Func>).unwrap(), 10);
    assert_eq!(table.size(&store), 16);
    table.grow(&mut store, 6, None::<Func>).unwrap_err();
}

#[test]
fn memories() {
    let mut store = Store::new(()).unwrap();
    let ty = MemoryType::new(1, Some(5)).unwrap();
    let memory = Memory::new(&mut store, ty).unwrap();
    assert_eq!(memory.ty(&store), ty);

    let data = &b"A quick brown fox jumps over the lazy dog"[..10];
    memory.write(&mut store, 0x1000, data).unwrap();
    let mut found = [0; 10];
    memory.read(&store, 0x1000, &mut found).unwrap();
    assert_eq!(&found, b"A quick br");
    assert_eq!(&memory.data(&store)[0x1000..0x100a], b"A quick br");
    for error in [
        memory.write(&mut store, 0xFFFF, data).unwrap_err(),
        memory.read(&store, 0xFFFF, &mut found).unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::MemoryAccess { .. }));
    }

    assert_eq!(memory.size(&store), 1);
    memory.grow(&mut store, 2).unwrap();
    assert_eq!(memory.size(&store), 3);
    memory.grow(&mut store, 3).unwrap_err();
}

#[test]
fn globals() {
    let mut store = Store::new(()).unwrap();
    let ty = GlobalType::new(ValType::I64, Mutability::Var);
    let global = Global::new(&mut store, ty, 1000i64).unwrap();
    assert_eq!(global.ty(&store).unwrap(), ty);
    global.set(&mut store, 888i64).unwrap();
    assert_eq!(global.get(&store).unwrap(), Val::I64(888));
    // The guide's SDK does nothing here, and says nothing.
    let error = global.set(&mut store, 888i32).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WrongType { .. }));
}

#[test]
fn a_host_function_of_a_type_known_at_run_time() {
    let ty = FuncType::new([ValType::I32, ValType::I32], [ValType::I32]);
    let mut store = Store::new(()).unwrap();
    let add = Func::new(&mut store, ty.clone(), |_, params, results| {
        let numbers = params.iter().filter_map(Val::i32);
        results[0] = Val::I32(numbers.fold(0, i32::wrapping_add));
        Ok::<(), Error>(())
    });
    let add = add.unwrap();
    assert_eq!(add.ty(&store).unwrap(), ty);
    let mut sum = [Val::I32(0)];
    add.call(&mut store, &[Val::I32(1234), Val::I32(5678)], &mut sum)
        .unwrap();
    assert_eq!(sum, [Val::I32(6912)]);
}

#[test]
fn a_host_function_reads_its_caller_s_memory() {
    static SEEN: AtomicI32 = AtomicI32::new(0);
    let mut host = HostModule::<()>::new("extern");
    host.func_wrap("load_offset", |caller: Caller<'_, ()>, offset: u32| {
        let memory = caller.memory(0).ok_or_else(|| Error::user(1))?;
        let number: i32 = memory.read_value(&caller, u64::from(offset))?;
        SEEN.store(number, Ordering::Relaxed);
        let own = caller
            .instance()
            .map(|instance| instance.func_names(&caller));
        assert_eq!(own, Some(vec!["run".into()]));
        assert_eq!(caller.executor().statistics().instruction_count(), 0);
        Ok::<(), Error>(())
    })
    .unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_host(&host).unwrap();
    let guest = wasm(
        r#"(module
             (import "extern" "load_offset" (func $load (param i32)))
             (memory 1)
             (data (i32.const 64) "\15\2b\00\00")
             (func (export "run") (param i32) (call $load (local.get 0))))"#,
    );
    vm.run_bytes::<i32, ()>(&guest, "run", 64).unwrap();
    assert_eq!(SEEN.load(Ordering::Relaxed), 0x2b15);
    // The guide's SDK hands out memory here that is not the guest's.
    let error = vm.call::<i32, ()>("run", -1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MemoryAccess { .. }));
}

#[test]
fn a_host_module_of_all_kinds() {
    let mut host = HostModule::<()>::new("module");
    host.func_wrap("add", |a: i32, b: i32| a.wrapping_add(b))
        .and_then(|host| {
            host.table("table", TableType::new(RefType::FuncRef, 10, Some(20))?)?
                .memory("memory", MemoryType::new(1, Some(2))?)?
                .global(
                    "global",
                    GlobalType::new(ValType::I32, Mutability::Var),
                    666,
                )
        })
        .unwrap();
    let mut store = Store::new(()).unwrap();
    let host = store.register_host(&host).unwrap();
    assert_eq!(host.func_names(&store), ["add".into()]);
    assert_eq!(host.table_names(&store), ["table".into()]);
    assert_eq!(host.memory_names(&store), ["memory".into()]);
    assert_eq!(host.global_names(&store), ["global".into()]);
    let table = host.get_table(&store, "table").unwrap();
    assert_eq!(table.size(&store), 10);
    let memory = host.get_memory(&store, "memory").unwrap();
    assert_eq!(memory.size(&store), 1);
    let global = host.get_global(&store, "global").unwrap();
    assert_eq!(global.get(&store).unwrap(), Val::I32(666));
    let add = host
        .get_typed_func::<(i32, i32), i32>(&store, "add")
        .unwrap();
    assert_eq!(add.call(&mut store, (1234, 5678)).unwrap(), 6912);
}

#[test]
fn modules_are_shared() {
    // The guide's AST, loaded and validated once and for all stores.
    let module = Module::new(&Config::new().unwrap(), wasm(FIB)).unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_module("mod", &module).unwrap();
    assert_eq!(
        vm.run_module::<i32, i32>(&module, "fib", 20).unwrap(),
        10946
    );
}
