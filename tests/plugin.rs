//! Plug-ins: loaded, listed, registered; and what is refused.
//!
//! The list of plug-ins belongs to the process, so each test starts this program again. Real plug-ins
//! are looked for beside the library that the tests run with; where there are none, that is printed
//! and the tests that need one end there.

use std::fs;
use std::path::Path;

use support::{module, wasm};
use wasmedge::plugin::{self, Plugin, process};
use wasmedge::{Config, ErrorKind, HostModule, Store, Vm};

fn names(plugins: &[Plugin]) -> Vec<&str> {
    plugins.iter().map(Plugin::name).collect()
}

/// Loads a plug-in.
fn load(path: impl AsRef<Path>) -> wasmedge::Result<Vec<Plugin>> {
    // SAFETY: plug-ins of the library's own installation, or files that are none.
    unsafe { plugin::load(path) }
}

/// What the tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("errors") => errors(),
        Some("colon") => {
            // SAFETY: it loads nothing.
            let error = unsafe { plugin::load_default_paths() }.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
            assert!(error.to_string().contains("ends in a colon"), "{error}");
        }
        Some("default") => {
            // SAFETY: plug-ins of the library's own installation.
            unsafe { plugin::load_default_paths() }.unwrap();
            println!("default: {:?}", plugin::plugins());
        }
        Some("process") => process(),
        Some("vm") => vm(),
        Some("folder") => {
            let Some(folder) = support::plugin_folder() else {
                return none();
            };
            let Ok(loaded) = load(&folder) else {
                return none();
            };
            assert_eq!(loaded, plugin::plugins());
            for plugin in &loaded {
                assert!(!plugin.modules().is_empty());
                assert_eq!(Plugin::find(plugin.name()).as_ref(), Some(plugin));
            }
        }
        Some("logging") => logging(),
        Some("threads") => threads(),
        Some(other) => panic!("no part {other}"),
    }
}

fn none() {
    println!("no plug-in here: nothing more is tested");
}

fn errors() {
    assert_eq!(plugin::plugins(), []);
    assert_eq!(Plugin::find("wasi_logging"), None);
    assert_eq!(Plugin::find(""), None);
    let error = load("").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the path of a plug-in is empty; name its file, or a folder of plug-ins"
    );
    let error = load("a\0.so").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the path `a\\0.so` of a plug-in has a NUL in it, where C would cut it off"
    );
    let error = load("no/such/plugin.so").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Read { .. }), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.so");
    fs::write(&text, "not a shared library").unwrap();
    for path in [folder.path(), &text, &support::root().join("Cargo.toml")] {
        let error = load(path).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::PluginNotLoaded { .. }),
            "{error}"
        );
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
    not_one(folder.path());
    assert_eq!(plugin::plugins(), []);

    let error = process::allow(["echo"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "plug-in `wasmedge_process` is not loaded, see `plugin::load`; there is none"
    );
    let error = process::allow(["e\0cho"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the command `e\\0cho` has a NUL in it, where C would cut it off"
    );
    process::allow_all().unwrap_err();
}

/// Shared libraries that are no plug-ins: one that does something else, one that ends after its header,
/// and the library itself.
#[cfg(target_os = "linux")]
fn not_one(folder: &Path) {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let of = |name: &str| {
        let mut paths = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5));
        let path = paths.find(|path| {
            Path::new(path)
                .file_name()
                .is_some_and(|file| file.to_str().is_some_and(|file| file.starts_with(name)))
        });
        path.unwrap_or_else(|| panic!("no {name} in {maps}"))
    };
    let cut = folder.join("cut.so");
    fs::write(&cut, &fs::read(of("libm.so")).unwrap()[..64]).unwrap();
    for path in [
        Path::new(of("libm.so")),
        Path::new(of("libwasmedge.so")),
        &cut,
    ] {
        let error = load(path).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::PluginNotLoaded { .. }),
            "{error}"
        );
    }
}

#[cfg(not(target_os = "linux"))]
fn not_one(_: &Path) {}

/// Runs `echo hello` in a guest; its exit code and the length of its output.
fn echo() -> (i32, i32) {
    let mut vm = Vm::new(()).unwrap();
    let guest = wasm(include_str!("../testdata/process_echo.wat"));
    vm.run_bytes::<(), (i32, i32)>(guest, "run", ()).unwrap()
}

fn process() {
    let Some(file) = support::plugin_file("WasmEdgeProcess") else {
        return none();
    };
    let loaded = load(&file).unwrap();
    assert_eq!(names(&loaded), ["wasmedge_process"]);
    let plugin = &loaded[0];
    assert_eq!(format!("{plugin:?}"), "Plugin(\"wasmedge_process\")");
    assert_eq!(plugin.modules(), ["wasmedge_process".into()]);
    // It is there already.
    let error = load(&file).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::PluginNotLoaded { .. }),
        "{error}"
    );
    assert_eq!(plugin::plugins(), loaded);

    let mut store = Store::new(()).unwrap();
    let instance = store.register_plugin(plugin, "wasmedge_process").unwrap();
    assert_eq!(store.find_instance("wasmedge_process"), Some(instance));
    assert!(instance.get_func(&store, "wasmedge_process_run").is_some());
    let error = store
        .register_plugin(plugin, "wasmedge_process")
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NameTaken { .. }),
        "{error}"
    );
    let error = store.register_plugin(plugin, "other").unwrap_err();
    assert_eq!(
        error.to_string(),
        "plug-in `wasmedge_process` gave no module `other`; it has `wasmedge_process`"
    );
    // S2: as with any other module.
    let wrong = r#"(module (import "wasmedge_process" "wasmedge_process_run" (func (param i64))))"#;
    let error = store.instantiate(&module(wrong)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");

    let refused = echo();
    assert_ne!(refused.0, 0);
    process::allow(["cat", "echo"]).unwrap();
    assert_eq!(echo(), (0, 6));
    process::allow(["cat"]).unwrap();
    assert_eq!(echo(), refused);
    match process::allow_all() {
        Ok(()) => assert_eq!(echo(), (0, 6)),
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
            assert_eq!(echo(), refused);
        }
    }
}

/// What a `Vm` has by itself.
fn vm() {
    let Some(file) = support::plugin_file("WasmEdgeProcess") else {
        return none();
    };
    const NAME: &str = "wasmedge_process";
    let before = Vm::new(()).unwrap();
    let plugin = load(&file).unwrap().remove(0);
    assert_eq!(before.instance_names().len(), 0);

    let mut vm = Vm::new(()).unwrap();
    assert_eq!(vm.instance_names().collect::<Vec<_>>(), [NAME]);
    let error = vm.store_mut().register_plugin(&plugin, NAME).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NameTaken { .. }),
        "{error}"
    );
    vm.cleanup().unwrap();
    assert_eq!(vm.instance_names().collect::<Vec<_>>(), [NAME]);

    // What the store has stays, and the store does not get a second one.
    let mut own = HostModule::new(NAME);
    own.func_wrap("own", || 1).unwrap();
    let mut store = Store::new(()).unwrap();
    let own = store.register_host(&own).unwrap();
    let mut vm = Vm::with_store(&Config::new().unwrap(), store).unwrap();
    assert_eq!(vm.find_instance(NAME), Some(own));
    assert_eq!(vm.call_registered::<(), i32>(NAME, "own", ()).unwrap(), 1);

    // One that was there before gets the plug-in's module when a guest wants it.
    let mut vm = before;
    process::allow(["echo"]).unwrap();
    let guest = wasm(include_str!("../testdata/process_echo.wat"));
    let echo: (i32, i32) = vm.run_bytes(guest, "run", ()).unwrap();
    assert_eq!(echo, (0, 6));
}

fn logging() {
    match support::plugin_file("WasiLogging") {
        Some(file) => assert_eq!(names(&load(file).unwrap()), ["wasi_logging"]),
        // SAFETY: plug-ins of the library's own installation.
        None => unsafe { plugin::load_default_paths() }.unwrap(),
    }
    let Some(plugin) = Plugin::find("wasi_logging") else {
        return none();
    };
    assert_eq!(plugin.modules(), ["wasi:logging/logging".into()]);
    let mut store = Store::new(()).unwrap();
    let instance = store
        .register_plugin(&plugin, "wasi:logging/logging")
        .unwrap();
    assert_eq!(instance.name(&store), "wasi:logging/logging");
    let guest = r#"(module
        (import "wasi:logging/logging" "log"
          (func $log (param i32 i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "stdout" "hello from a plug-in")
        (func (export "f")
          (call $log (i32.const 2) (i32.const 0) (i32.const 6) (i32.const 6) (i32.const 20))))"#;
    let guest = store.instantiate(&module(guest)).unwrap();
    let f = guest.get_typed_func::<(), ()>(&store, "f").unwrap();
    f.call(&mut store, ()).unwrap();
    // The library's own log outlives the module, and one that was refused.
    assert!(
        store
            .register_plugin(&plugin, "wasi:logging/logging")
            .is_err()
    );
    drop(store);
    // A `Vm` has the module when a guest imports it.
    let import = r#"(module
        (import "wasi:logging/logging" "log" (func (param i32 i32 i32 i32 i32)))
        (func (export "f")))"#;
    for _ in 0..2 {
        let mut vm = Vm::new(()).unwrap();
        vm.run_bytes::<(), ()>(wasm(import), "f", ()).unwrap();
        assert_eq!(vm.instance_names().len(), 1);
    }
    for _ in 0..2 {
        Vm::new(()).unwrap().load_bytes("not wasm").unwrap_err();
    }
}

/// Several threads load, list and make modules at once.
fn threads() {
    let threads: Vec<_> = (0..8)
        .map(|index| {
            std::thread::spawn(move || {
                for _ in 0..50 {
                    let file = ["WasmEdgeProcess", "WasiLogging"].map(support::plugin_file);
                    if let Some(file) = &file[index % 2] {
                        // One of the threads is the first.
                        let _ = load(file);
                    }
                    let mut store = Store::new(()).unwrap();
                    for plugin in plugin::plugins() {
                        for module in plugin.modules() {
                            store.register_plugin(&plugin, &module).unwrap();
                        }
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn run(part: &str) {
    let output = support::run_part(part);
    println!("{output}");
}

#[test]
fn what_cannot_be_loaded_is_an_error() {
    run("errors");
}

#[test]
fn s15_a_variable_that_ends_in_a_colon_is_refused() {
    for value in [":", "/tmp:", "/tmp::"] {
        let mut command = support::part_command("colon");
        support::finish_part("colon", command.env("WASMEDGE_PLUGIN_PATH", value));
    }
}

#[test]
fn the_default_folders_are_those_of_the_variable_too() {
    let mut command = support::part_command("default");
    if let Some(folder) = support::plugin_folder() {
        command.env("WASMEDGE_PLUGIN_PATH", folder);
    }
    let output = support::finish_part("default", &mut command);
    if support::plugin_file("WasmEdgeProcess").is_some() {
        assert!(output.contains("Plugin(\"wasmedge_process\")"), "{output}");
    } else {
        println!("no plug-in here: {output}");
    }
}

#[test]
fn a_plug_in_is_loaded_and_its_module_registered() {
    run("process");
}

#[test]
fn a_vm_has_the_modules_of_plug_ins() {
    run("vm");
}

#[test]
fn a_folder_of_plug_ins_is_loaded() {
    run("folder");
}

#[test]
fn a_module_of_a_plug_in_runs() {
    run("logging");
}

#[test]
fn s10_threads_may_load_and_list_at_once() {
    run("threads");
}
