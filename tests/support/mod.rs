//! What several test files share.

pub mod counting;
pub mod page;

use std::ffi::{CString, OsString};
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasmedge::{Config, HostModule, Instance, Module, Store, sys};

/// The folder of the repository. Tests run in `tests/`, that of their package.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the folder around tests/")
}

/// The binary form of a module in the text format.
pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text of a module")
}

/// A validated module, under the default configuration.
pub fn module(text: &str) -> Module {
    Module::new(&Config::new().unwrap(), wasm(text)).expect("a valid module")
}

/// An instance in a store of its own.
pub fn instance(text: &str) -> (Store<()>, Instance) {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(&module(text)).expect("an instance");
    (store, instance)
}

/// An instance in a store of its own, of a module that imports `env` `host`.
pub fn instance_with(
    module: &Module,
    host: impl Fn() + Send + Sync + 'static,
) -> (Store<()>, Instance) {
    let mut env = HostModule::new("env");
    env.func_wrap("host", host).unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(module).unwrap();
    (store, instance)
}

/// A program that cargo built, started as cargo would: a library that needs a newer libc than the
/// machine's comes with a loader of its own, which cargo calls its runner.
pub fn command(program: PathBuf) -> Command {
    let runner = std::env::vars()
        .find(|(name, _)| name.starts_with("CARGO_TARGET_") && name.ends_with("_RUNNER"))
        .map(|(_, runner)| runner)
        .unwrap_or_default();
    let mut words = runner.split_whitespace().map(OsString::from);
    match words.next() {
        None => Command::new(program),
        Some(loader) => {
            let mut command = Command::new(loader);
            command.args(words).arg(program);
            command
        }
    }
}

/// The path of an example, which `cargo test` builds beside the tests.
pub fn example(name: &str) -> PathBuf {
    // <target>/<profile>/build/<package>/out. The path of the running test would not do: started
    // through a runner, that is the runner's.
    let profile = Path::new(env!("WASMEDGE_SAFE_BINDINGS")).ancestors().nth(3);
    let example = profile
        .expect("a target folder")
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        example.is_file(),
        "{} is not built; `cargo test` without `--test`, or `cargo build --examples`, builds it",
        example.display()
    );
    example
}

/// Where the plug-ins of the library are: beside it, as the build script's link to it says.
pub fn plugin_folder() -> Option<PathBuf> {
    let link = Path::new(env!("WASMEDGE_SAFE_BINDINGS")).join("lib/libwasmedge.so");
    let beside = link.canonicalize().ok()?.parent()?.to_owned();
    let folders = [beside.join("wasmedge"), beside.join("../plugin")];
    folders.into_iter().find(|folder| folder.is_dir())
}

/// The file of a plug-in, if there is one.
pub fn plugin_file(name: &str) -> Option<PathBuf> {
    let file = plugin_folder()?.join(format!("libwasmedgePlugin{name}.so"));
    file.is_file().then_some(file)
}

/// Which part of its test file this process is to run: the variable that [`run_part`] sets.
const PART: &str = "WASMEDGE_TEST_PART";

/// The part that this process was started for, if it was.
pub fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// This test program again, to run nothing but one test of the file that calls.
#[track_caller]
pub fn test_command(name: &str) -> Command {
    // Not `current_exe`, which is the loader where this runs through one.
    let program = std::env::args().next().expect("the path of this program");
    let mut command = command(program.into());
    // Its name where the file is a program, and where it is a module of `all`.
    let file = Path::new(Location::caller().file()).file_stem();
    let file = file.expect("the name of a file").to_string_lossy();
    command.args(["--exact", name, &format!("{file}::{name}"), "--nocapture"]);
    command
}

/// This test program again, to run nothing but its test `part`, for what belongs to a process.
#[track_caller]
pub fn part_command(part: &str) -> Command {
    let mut command = test_command("part");
    command.arg("--test-threads=1").env(PART, part);
    command
}

/// Runs one part in a process of its own, and returns what it wrote to its standard output.
#[track_caller]
pub fn run_part(part: &str) -> String {
    finish_part(part, &mut part_command(part))
}

/// Runs one part in a process of its own, and returns what it wrote to its standard output and to its
/// standard error.
#[track_caller]
pub fn run_part_streams(part: &str) -> (String, String) {
    finish_part_streams(part, &mut part_command(part))
}

/// Runs a command of [`part_command`]; the part has to pass.
pub fn finish_part(part: &str, command: &mut Command) -> String {
    finish_part_streams(part, command).0
}

/// As [`finish_part`], and what was written to the standard error as well.
pub fn finish_part_streams(part: &str, command: &mut Command) -> (String, String) {
    let output = command.output().expect("this program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{part}: {stdout} {stderr}");
    assert!(stdout.contains("1 passed"), "{part} ran nothing: {stdout}");
    (stdout, stderr)
}

/// What the system says of the memory of this process, in bytes, such as `VmRSS`.
#[cfg(target_os = "linux")]
pub fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|line| line.0 == name).expect("a line of it");
    let kib = value.trim().strip_suffix(" kB").expect("a number of KiB");
    kib.parse::<u64>().unwrap() * 1024
}

/// Compiles a module: what the library reports most of. In a process of its own, since no two threads
/// may.
pub fn compile() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in.wasm"), wasm("(module (func))")).unwrap();
    let c_path = |path: &Path| CString::new(path.to_str().unwrap()).unwrap();
    let (input, output) = (c_path(&path("in.wasm")), c_path(&path("out.wasm")));
    // SAFETY: contexts that are made here and freed here, and paths that end in NUL; no other
    // thread compiles.
    unsafe {
        let config = sys::WasmEdge_ConfigureCreate();
        let compiler = sys::WasmEdge_CompilerCreate(config);
        assert!(
            !compiler.is_null(),
            "the library was built without a compiler"
        );
        let result = sys::WasmEdge_CompilerCompile(compiler, input.as_ptr(), output.as_ptr());
        assert_eq!(result.Code, 0);
        sys::WasmEdge_CompilerDelete(compiler);
        sys::WasmEdge_ConfigureDelete(config);
    }
}

/// Counts how many copies of it are alive.
#[derive(Debug, Default)]
pub struct Counted(std::sync::Arc<()>);

impl Counted {
    /// A new one, that shares the count.
    pub fn again(&self) -> Self {
        Self(std::sync::Arc::clone(&self.0))
    }

    /// How many there are, this one included.
    pub fn alive(&self) -> usize {
        std::sync::Arc::strong_count(&self.0)
    }
}
