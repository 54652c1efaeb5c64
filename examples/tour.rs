//! A guided tour: all parts of the crate, in the order in which one meets them.
//!
//! ```text
//! cargo run --example tour
//! ```
//!
//! prints
//!
//! ```text
//! 1. The library
//! 2. From bytes to a module
//!    imports `host` `note`: function (i32, i32) -> ()
//!    exports `memory`: memory 1..=4
//!    exports `calls`: global mut i32
//!    exports `operations`: table of funcref 2..=4
//!    exports `greet`: function () -> ()
//!    exports `divide`: function (i32, i32) -> (i32, i32)
//!    exports `apply`: function (i32, i32) -> (i32)
//!    exports `same`: function (externref) -> (externref)
//!    exports `spin`: function () -> ()
//! 3. A store, and what guests import
//!    registered: ["host"]
//! 4. Calls
//!    divide(17, 5) = (3, 2)
//!    (i32, i32) -> (i32, i32) of (23, 7) = [I32(3), I32(2)]
//!    the host noted ["a guest"]
//! 5. Memories, globals, tables
//!    1 page, "a visitor"
//!    greeted 42 times
//!    operation 0 of 7 = 14
//!    operation 1 of 7 = 49
//! 6. References to what the host has
//!    Some([1, 2, 3]) went through the guest
//! 7. Errors
//!    wasm trap: integer divide by zero, which is Some(DivideByZero)
//!    function type mismatch: the function is (i32, i32) -> (i32, i32), used as (f32) -> ()
//!    cannot link import `host` `note` (function (i32, i32) -> ()): no module is registered in the store; register it first
//!    cannot load the module: magic header not detected; a module begins with the bytes `\0asm`
//! 8. Guests that are not trusted
//!    wasm trap: out of fuel
//!    the code was stopped: it ran longer than its limit of 20ms
//! 9. Calls on another thread, and how to stop them
//!    wasm trap: interrupted
//!    interrupted: true
//!    to the end, the host kept ["a guest"]
//! 10. Native code
//!    divide(1000000, 7) = (142857, 1)
//! 11. Loader, validator and store in one object
//!    divide(9, 2) = (4, 1)
//!    apply(0, 21) = 42
//!    31 instructions
//! 12. The system, as far as the guest is let
//! /in/note.txt: 1 lines, 2 words, 8 bytes
//!    it exited with code Some(0)
//! ```

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use wasmedge::{
    Caller, Config, DirAccess, ErrorKind, ExternRef, Func, HostModule, Instance, Loader, Module,
    Store, Trap, Val, Validator, Vm, Wasi, version,
};

fn main() -> Result<()> {
    println!("1. The library");
    // Its headers at build time and the library of now are of one version.
    version::check()?;

    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/guests/tour.wat"
    ))?;
    let module = load(&wasm)?;
    let mut store = link()?;
    let guest = store.instantiate(&module)?;
    call(&mut store, guest)?;
    look_inside(&mut store, guest)?;
    refer(&mut store, guest)?;
    fail(&mut store, guest, &module)?;
    bound(&wasm)?;
    let store = stop(store, guest)?;
    println!("   to the end, the host kept {:?}", store.into_data());
    compile(&wasm)?;
    all_in_one(&wasm)?;
    reach_the_system()
}

fn load(wasm: &[u8]) -> Result<Module> {
    println!("2. From bytes to a module");
    // `Module::new` does both in one.
    let config = Config::new()?;
    let ast = Loader::new(&config)?.load_bytes(wasm)?;
    let module = Validator::new(&config)?.validate(ast)?;
    for import in module.imports() {
        println!("   imports {import}");
    }
    for export in module.exports() {
        println!("   exports {export}");
    }
    Ok(module)
}

/// What the host keeps in the store.
type Notes = Vec<String>;

fn link() -> Result<Store<Notes>> {
    println!("3. A store, and what guests import");
    // The description of a module, for any number of stores. The type of a function follows from the
    // closure; an error in it ends the guest.
    let mut host = HostModule::new("host");
    host.func_wrap(
        "note",
        |mut caller: Caller<'_, Notes>, at: u32, len: u32| {
            let memory = caller.get_memory("memory").ok_or("no memory")?;
            let text = memory.read_string(&caller, at, len)?;
            caller.data_mut().push(text);
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        },
    )?;
    // The store owns all that runs, and `Notes`. Everything else is a small copy that works with it.
    let mut store = Store::new(Notes::new())?;
    store.register_host(&host)?;
    println!(
        "   registered: {:?}",
        store.instance_names().collect::<Vec<_>>()
    );
    Ok(store)
}

fn call(store: &mut Store<Notes>, guest: Instance) -> Result<()> {
    println!("4. Calls");
    // The type is compared once, here, and each call is as fast as in C …
    let divide = guest.get_typed_func::<(i32, i32), (i32, i32)>(&store, "divide")?;
    println!(
        "   divide(17, 5) = {:?}",
        divide.call(&mut *store, (17, 5))?
    );
    // … or it is known only at run time.
    let divide = guest.get_func(&store, "divide").context("no function")?;
    let mut results = [Val::I32(0), Val::I32(0)];
    divide.call(&mut *store, &[Val::I32(23), Val::I32(7)], &mut results)?;
    println!("   {} of (23, 7) = {results:?}", divide.ty(&store)?);
    guest
        .get_typed_func::<(), ()>(&store, "greet")?
        .call(&mut *store, ())?;
    println!("   the host noted {:?}", store.data());
    Ok(())
}

fn look_inside(store: &mut Store<Notes>, guest: Instance) -> Result<()> {
    println!("5. Memories, globals, tables");
    let memory = guest.get_memory(&store, "memory").context("no memory")?;
    memory.write(&mut *store, 2, b"visitor")?;
    memory.write_value(&mut *store, 100, 1.5f64)?;
    println!(
        "   {} page, {:?}",
        memory.size(&store),
        memory.read_string(&store, 0, 9)?
    );

    let calls = guest.get_global(&store, "calls").context("no global")?;
    let greeted = calls.get(&store)?.i32().context("another type")?;
    calls.set(&mut *store, greeted + 41)?;
    println!("   greeted {} times", calls.get(&store)?);

    // A function of the host in the guest's table, which the guest calls by its index.
    let table = guest.get_table(&store, "operations").context("no table")?;
    let square = Func::wrap(&mut *store, |value: i32| value.wrapping_mul(value))?;
    table.set(&mut *store, 1, square)?;
    let apply = guest.get_typed_func::<(u32, i32), i32>(&store, "apply")?;
    for index in 0..2 {
        println!(
            "   operation {index} of 7 = {}",
            apply.call(&mut *store, (index, 7))?
        );
    }
    Ok(())
}

fn refer(store: &mut Store<Notes>, guest: Instance) -> Result<()> {
    println!("6. References to what the host has");
    let list = ExternRef::new(&mut *store, vec![1, 2, 3])?;
    let same = guest.get_typed_func::<Option<ExternRef>, Option<ExternRef>>(&store, "same")?;
    let back = same.call(&mut *store, Some(list))?.context("null")?;
    println!(
        "   {:?} went through the guest",
        back.downcast_ref::<Vec<i32>>(store)
    );
    Ok(())
}

fn fail(store: &mut Store<Notes>, guest: Instance, module: &Module) -> Result<()> {
    println!("7. Errors");
    let divide = guest.get_typed_func::<(i32, i32), (i32, i32)>(&store, "divide")?;
    let error = divide.call(&mut *store, (1, 0)).unwrap_err();
    println!("   {error}, which is {:?}", error.trap());
    let error = guest
        .get_typed_func::<f32, ()>(&store, "divide")
        .unwrap_err();
    println!("   {error}");
    let error = Store::new(())?.instantiate(module).unwrap_err();
    println!("   {error}");
    let error = Module::new(&Config::new()?, "no module").unwrap_err();
    println!("   {error}");
    Ok(())
}

fn bound(wasm: &[u8]) -> Result<()> {
    println!("8. Guests that are not trusted");
    // A bound for everything; the module is loaded with it, too, since some are put into its code.
    let mut config = Config::untrusted()?;
    config.fuel(100_000);
    let module = Module::new(&config, wasm)?;
    let mut note = HostModule::new("host");
    note.func_wrap("note", |_at: u32, _len: u32| {})?;
    let mut store = Store::with_config(&config, ())?;
    store.register_host(&note)?;
    let guest = store.instantiate(&module)?;
    let spin = guest.get_typed_func::<(), ()>(&store, "spin")?;
    println!("   {}", spin.call(&mut store, ()).unwrap_err());
    // Fuel is counted; time passes in host functions as well.
    store.set_fuel(u64::MAX)?;
    let limit = Duration::from_millis(20);
    println!(
        "   {}",
        spin.call_timeout(&mut store, (), limit).unwrap_err()
    );
    Ok(())
}

fn stop(mut store: Store<Notes>, guest: Instance) -> Result<Store<Notes>> {
    println!("9. Calls on another thread, and how to stop them");
    let spin = guest.get_typed_func::<(), ()>(&store, "spin")?;
    // From any thread.
    let handle = store.interrupt_handle()?;
    let stopper = thread::spawn(move || while !handle.interrupt() {});
    println!("   {}", spin.call(&mut store, ()).unwrap_err());
    stopper.join().expect("no panic");

    // The call owns the store until then. It is a future, too.
    let call = store.call_async(spin, ())?;
    call.cancel();
    let (store, result) = call.wait();
    println!(
        "   interrupted: {}",
        result.unwrap_err().trap() == Some(Trap::Interrupted)
    );
    Ok(store)
}

fn compile(wasm: &[u8]) -> Result<()> {
    println!("10. Native code");
    // SAFETY: this guest is ours: it does not attack the stack, nor share its table.
    let module = match unsafe { Module::compile(&Config::new()?, wasm) } {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
            println!("   {error}");
            return Ok(());
        }
        module => module?,
    };
    let mut note = HostModule::new("host");
    note.func_wrap("note", |_at: u32, _len: u32| {})?;
    let mut vm = Vm::new(())?;
    vm.register_host(&note)?;
    let quotient: (i32, i32) = vm.run_module(&module, "divide", (1_000_000, 7))?;
    println!("   divide(1000000, 7) = {quotient:?}");
    Ok(())
}

fn all_in_one(wasm: &[u8]) -> Result<()> {
    println!("11. Loader, validator and store in one object");
    let mut note = HostModule::new("host");
    note.func_wrap("note", |_at: u32, _len: u32| {})?;
    let mut config = Config::new()?;
    config.count_instructions(true);
    let mut vm = Vm::with_config(&config, ())?;
    vm.register_host(&note)?;
    let sum: (i32, i32) = vm.run_bytes(wasm, "divide", (9, 2))?;
    println!("   divide(9, 2) = {sum:?}");
    vm.register_bytes("guest", wasm)?;
    let same: i32 = vm.call_registered("guest", "apply", (0, 21))?;
    println!("   apply(0, 21) = {same}");
    println!("   {} instructions", vm.statistics().instruction_count());
    Ok(())
}

fn reach_the_system() -> Result<()> {
    println!("12. The system, as far as the guest is let");
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("note.txt"), "one two\n")?;
    let mut wasi = Wasi::new();
    wasi.args(["count", "/in/note.txt"])?.preopened_dir(
        folder.path(),
        "/in",
        DirAccess::ReadOnly,
    )?;
    let mut vm = Vm::new(())?;
    vm.register_wasi(&wasi)?;
    let count = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/guests/count.wasm");
    vm.run_file::<(), ()>(count, "_start", ())?;
    println!("   it exited with code {:?}", vm.store().wasi_exit_code());
    Ok(())
}
