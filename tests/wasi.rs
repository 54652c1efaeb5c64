//! What a guest gets of the system through WASI, and what it does not get.

use std::fs;
use std::path::Path;

use support::{module, wasm};
use wasmedge::log::{self, Level};
use wasmedge::{Config, DirAccess, Error, ErrorKind, HostModule, Store, Vm, Wasi};

const STREAMS: &str = include_str!("../testdata/wasi_streams.wat");
const ENVIRONMENT: &str = include_str!("../testdata/wasi_environment.wat");
const FILES: &str = include_str!("../testdata/wasi_files.wat");
const EXIT: &str = include_str!("../testdata/wasi_exit.wat");

const RENUMBER: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "renumber") (param i32 i32) (result i32)
      (call $renumber (local.get 0) (local.get 1))))"#;

/// WASI's error code for what the rights of a descriptor do not cover.
const NOT_CAPABLE: i32 = 76;

/// A `Vm` in which the guest is the active instance.
fn vm(wasi: &Wasi, guest: &str) -> Vm<()> {
    log::set_level(Level::Off).unwrap();
    let mut vm = Vm::new(()).unwrap();
    vm.register_wasi(wasi).unwrap();
    vm.load_bytes(wasm(guest)).unwrap();
    vm.validate().unwrap();
    vm.instantiate().unwrap();
    vm
}

/// What the guest has at the place that its function `byte` reads from.
fn text(vm: &mut Vm<()>, len: i32) -> String {
    let bytes = (0..len).map(|index| vm.call::<i32, i32>("byte", index).unwrap());
    let bytes = bytes.map(|byte| u8::try_from(byte).unwrap()).collect();
    String::from_utf8(bytes).unwrap()
}

fn strings(wasi: &Wasi, which: &str) -> (i32, String) {
    let mut vm = vm(wasi, ENVIRONMENT);
    let (count, len) = vm.call::<(), (i32, i32)>(which, ()).unwrap();
    (count, text(&mut vm, len))
}

/// What the other tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    match support::part().as_deref() {
        None => {}
        Some("hello") => {
            assert_eq!(
                vm(&Wasi::new(), STREAMS)
                    .call::<_, i32>("hello", 1)
                    .unwrap(),
                0
            );
        }
        Some("inherit") => {
            let mut wasi = Wasi::new();
            wasi.inherit_args().unwrap().inherit_env().unwrap();
            let (count, args) = strings(&wasi, "args");
            assert_eq!(usize::try_from(count).unwrap(), std::env::args().len());
            assert!(args.contains("\0--exact\0part\0"), "{args:?}");
            let (count, environ) = strings(&wasi, "environ");
            assert_eq!(usize::try_from(count).unwrap(), std::env::vars_os().count());
            assert!(
                environ.contains("WASMEDGE_TEST_PART=inherit\0"),
                "{environ:?}"
            );
        }
        Some(other) => panic!("no part {other}"),
    }
}

#[test]
fn the_standard_output_is_that_of_the_process() {
    let output = support::run_part("hello");
    assert!(output.contains("hello from the guest\n"), "{output}");
}

#[test]
fn arguments_and_environment_come_from_the_program() {
    let mut wasi = Wasi::new();
    wasi.arg("guest").unwrap();
    wasi.args(["one", "", "drei ö"]).unwrap();
    wasi.env("NAME", "value").unwrap();
    wasi.envs([("EMPTY", ""), ("EQUALS", "a=b")]).unwrap();
    let args = "guest\0one\0\0drei ö\0";
    assert_eq!(strings(&wasi, "args"), (4, args.to_owned()));
    let environ = "NAME=value\0EMPTY=\0EQUALS=a=b\0";
    assert_eq!(strings(&wasi, "environ"), (3, environ.to_owned()));
}

#[test]
fn there_is_nothing_but_an_empty_name_by_default() {
    assert_eq!(strings(&Wasi::new(), "args"), (1, "\0".to_owned()));
    assert_eq!(strings(&Wasi::new(), "environ"), (0, String::new()));
    let vm = vm(&Wasi::new(), ENVIRONMENT);
    for fd in 0..3 {
        assert_eq!(vm.store().wasi_native_handle(fd), Some(fd as u64));
    }
    assert_eq!(vm.store().wasi_native_handle(3), None);
    assert_eq!(vm.store().wasi_native_handle(-1), None);
}

#[test]
fn arguments_and_environment_of_the_process_can_be_passed_on() {
    support::run_part("inherit");
}

fn with_dir(folder: &Path, access: DirAccess) -> Vm<()> {
    let mut wasi = Wasi::new();
    wasi.preopened_dir(folder, "/", access).unwrap();
    vm(&wasi, FILES)
}

#[test]
fn files_in_a_directory_are_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.txt"), "for the guest").unwrap();
    let mut vm = with_dir(folder.path(), DirAccess::ReadWrite);
    assert_eq!(vm.call::<(), i32>("write", ()).unwrap(), 0);
    let written = fs::read_to_string(folder.path().join("out.txt")).unwrap();
    assert_eq!(written, "written by the guest");
    assert_eq!(vm.call::<(), (i32, i32)>("read", ()).unwrap(), (0, 13));
    assert_eq!(text(&mut vm, 13), "for the guest");
    assert!(vm.store().wasi_native_handle(3).unwrap() > 2);
    assert_eq!(vm.call::<(), i32>("unlink", ()).unwrap(), 0);
    assert!(!folder.path().join("in.txt").exists());
}

/// Below 0.14 the library frees the descriptor and goes on with it, in the first of these.
#[test]
fn s1_a_descriptor_may_become_itself() {
    const BADF: i32 = 8;
    let folder = tempfile::tempdir().unwrap();
    let mut wasi = Wasi::new();
    for name in ["/a", "/b"] {
        wasi.preopened_dir(folder.path(), name, DirAccess::ReadOnly)
            .unwrap();
    }
    let mut vm = vm(&wasi, RENUMBER);
    let mut renumber = |fd: i32, to: i32| vm.call::<_, i32>("renumber", (fd, to)).unwrap();
    for _ in 0..100 {
        assert_eq!(renumber(3, 3), 0);
        assert_eq!(renumber(4, 4), 0);
    }
    for (fd, to) in [(9, 9), (-1, -1), (3, 9), (9, 3)] {
        assert_eq!(renumber(fd, to), BADF, "{fd} to {to}");
    }
    assert_eq!(renumber(4, 3), 0);
    assert_eq!(renumber(3, 3), 0);
    assert_eq!(renumber(4, 4), BADF);
    assert!(vm.store().wasi_native_handle(3).is_some());
    assert!(vm.store().wasi_native_handle(4).is_none());
}

#[test]
fn a_read_only_directory_refuses_writing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.txt"), "for the guest").unwrap();
    let mut vm = with_dir(folder.path(), DirAccess::ReadOnly);
    assert_eq!(vm.call::<(), (i32, i32)>("read", ()).unwrap(), (0, 13));
    for function in ["write", "overwrite", "unlink"] {
        assert_eq!(
            vm.call::<(), i32>(function, ()).unwrap(),
            NOT_CAPABLE,
            "{function}"
        );
    }
    assert!(!folder.path().join("out.txt").exists());
    assert!(folder.path().join("in.txt").exists());
}

#[test]
fn a_directory_need_not_be_absolute() {
    let mut wasi = Wasi::new();
    wasi.preopened_dir(
        support::root().join("testdata"),
        "data",
        DirAccess::ReadOnly,
    )
    .unwrap();
    wasi.preopened_dir(support::root().join("src"), "code", DirAccess::ReadOnly)
        .unwrap();
    let vm = vm(&wasi, EXIT);
    assert!(vm.store().wasi_native_handle(4).is_some());
    assert!(vm.store().wasi_native_handle(5).is_none());
}

#[test]
fn s6_exit_codes_are_the_guest_s() {
    for code in [0, 3, 255, u32::MAX] {
        let mut vm = vm(&Wasi::new(), EXIT);
        assert_eq!(vm.store().wasi_exit_code(), Some(0));
        let error = vm.call::<u32, i32>("exit", code).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Exit(_)), "{error}");
        assert_eq!(error.exit_code(), Some(code));
        assert_eq!(vm.store().wasi_exit_code(), Some(code));
        // The instance is as usable as before.
        assert_eq!(vm.call::<(), i32>("one", ()).unwrap(), 1);
        assert_eq!(vm.store().wasi_exit_code(), Some(code));
    }
}

#[test]
fn s6_a_start_function_may_exit_too() {
    let mut store = Store::new(()).unwrap();
    store.register_wasi(&Wasi::new()).unwrap();
    let guest = module(
        r#"(module
             (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
             (func $main (call $exit (i32.const 7)))
             (start $main))"#,
    );
    let error = store.instantiate(&guest).unwrap_err();
    assert_eq!(error.exit_code(), Some(7));
}

#[test]
fn s6_the_exit_of_a_host_function_is_not_wasi_s() {
    let mut vm = vm(&Wasi::new(), EXIT);
    vm.call::<u32, i32>("exit", 3).unwrap_err();
    let mut env = HostModule::new("env");
    env.func_wrap("quit", || Err::<(), _>(Error::exit(5)))
        .unwrap();
    vm.register_host(&env).unwrap();
    let guest = wasm(r#"(module (import "env" "quit" (func)) (export "f" (func 0)))"#);
    let error = vm.run_bytes::<(), ()>(guest, "f", ()).unwrap_err();
    assert_eq!(error.exit_code(), Some(5));
    assert_eq!(vm.store().wasi_exit_code(), Some(3));
}

#[test]
fn s2_wasi_functions_are_imported_with_their_own_types_alone() {
    let mut store = Store::new(()).unwrap();
    store.register_wasi(&Wasi::new()).unwrap();
    for (name, ty) in [
        ("fd_write", "(param i32 i32 i32) (result i32)"),
        ("fd_write", "(param i64 i32 i32 i32) (result i32)"),
        ("proc_exit", "(param i32) (result i32)"),
        ("sock_accept", "(param externref)"),
        ("random_get", ""),
    ] {
        let text = format!(r#"(module (import "wasi_snapshot_preview1" "{name}" (func {ty})))"#);
        let error = store.instantiate(&module(&text)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
        assert!(error.to_string().contains("found function ("), "{error}");
    }
}

#[test]
fn there_is_one_wasi_in_a_store() {
    let mut store = Store::new(()).unwrap();
    assert_eq!(store.wasi_exit_code(), None);
    assert_eq!(store.wasi_native_handle(1), None);
    let wasi = store.register_wasi(&Wasi::new()).unwrap();
    assert_eq!(store.find_instance("wasi_snapshot_preview1"), Some(wasi));
    let error = store.register_wasi(&Wasi::new()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NameTaken { .. }),
        "{error}"
    );
    assert_eq!(wasi.name(&store), "wasi_snapshot_preview1");
}

#[test]
fn a_vm_has_wasi_built_in_if_its_configuration_says_so() {
    let mut config = Config::new().unwrap();
    assert!(!config.has_wasi());
    assert!(config.wasi(true).has_wasi());
    let mut vm = Vm::with_config(&config, ()).unwrap();
    let error = vm.run_bytes::<u32, i32>(wasm(EXIT), "exit", 4).unwrap_err();
    assert_eq!(error.exit_code(), Some(4));
    assert!(vm.register_wasi(&Wasi::new()).is_err());
    assert!(!config.wasi(false).has_wasi());
    let vm = Vm::with_config(&config, ()).unwrap();
    assert_eq!(vm.store().instance_names().len(), 0);
}

#[test]
fn s15_what_c_would_cut_or_skip_is_refused() {
    let text = |result: Result<&mut Wasi, Error>| result.unwrap_err().to_string();
    let mut wasi = Wasi::new();
    let cut = "has a NUL in it, where C would cut it off";
    assert_eq!(
        text(wasi.arg("a\0b")),
        format!("the argument `a\\0b` {cut}")
    );
    assert_eq!(
        text(wasi.args(["a", "\0"])),
        format!("the argument `\\0` {cut}")
    );
    assert_eq!(
        text(wasi.env("A", "\0")),
        format!("the environment variable `A` {cut}")
    );
    assert_eq!(
        text(wasi.env("A=B", "")),
        "`A=B` cannot be the name of an environment variable: one is not empty and has no `=` in it"
    );
    assert!(text(wasi.env("", "x")).starts_with("`` cannot be"));

    let mut dir = |host, guest| text(wasi.preopened_dir(host, guest, DirAccess::ReadWrite));
    assert_eq!(
        dir("", "/"),
        "the host path of a directory is empty; the present one is `.`"
    );
    assert_eq!(
        dir(".", ""),
        "the guest path of a directory is empty; the present one is `.`"
    );
    assert_eq!(
        dir(".", "/a:b"),
        "the guest path `/a:b` has a colon in it, at which the library would split it; \
         rename it, or go by a symbolic link"
    );
    assert!(dir("a:b", "/").starts_with("the host path `a:b` has a colon"));
    assert_eq!(
        dir(".\0", "/"),
        format!("the path `.\\0` or `/` of a directory {cut}")
    );
    assert!(dir("no-such-directory", "/").starts_with("cannot read `no-such-directory`: "));
    assert_eq!(
        dir("Cargo.toml", "/"),
        "cannot read `Cargo.toml`: it is not a directory"
    );
    // What was refused is not there.
    let (count, args) = strings(&wasi, "args");
    assert_eq!((count, &*args), (1, "a\0"));
}

#[test]
fn a_directory_that_is_gone_meanwhile_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut wasi = Wasi::new();
    wasi.preopened_dir(folder.path(), "/", DirAccess::ReadOnly)
        .unwrap();
    drop(folder);
    let mut store = Store::new(()).unwrap();
    let error = store.register_wasi(&wasi).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Read { .. }), "{error}");
    // And the store can have another one.
    store.register_wasi(&Wasi::new()).unwrap();
}

#[test]
fn one_description_serves_many_stores() {
    let mut wasi = Wasi::new();
    wasi.arg("shared").unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let wasi = wasi.clone();
            std::thread::spawn(move || strings(&wasi, "args"))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), (1, "shared\0".to_owned()));
    }
}

#[test]
fn standard_streams_are_given_or_said_to_be_unsupported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in"), "through a file").unwrap();
    let (input, output) = (fs::File::open(path("in")), fs::File::create(path("out")));
    let mut wasi = Wasi::new();
    if let Err(error) = wasi.stdin(input.unwrap()) {
        assert!(
            matches!(error.kind(), ErrorKind::Unsupported { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("from 0.16 on"), "{error}");
        return;
    }
    wasi.stdout(output.unwrap()).unwrap();
    let mut vm = vm(&wasi, STREAMS);
    // The store keeps the streams.
    drop(wasi);
    assert_eq!(vm.call::<(), i32>("cat", ()).unwrap(), 0);
    assert_eq!(vm.call::<i32, i32>("hello", 1).unwrap(), 0);
    let text = fs::read_to_string(path("out")).unwrap();
    assert_eq!(text, "through a filehello from the guest\n");
    assert_eq!(vm.store().wasi_native_handle(2), Some(2));
    drop(vm);
}
