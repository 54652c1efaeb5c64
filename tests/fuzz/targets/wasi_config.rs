//! Any description of WASI, and a guest that calls its functions in any order with anything.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path};

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    MemorySection, MemoryType, TypeSection,
};
use wasmedge::{
    DirAccess, ErrorKind, FuncType, Instance, Memory, Module, Store, Val, ValType, Wasi,
};

use super::guest::{self, FUEL, encoded};
use super::source::Source;

const WASI: &str = "wasi_snapshot_preview1";

/// Where the paths are that the guest has in its memory, and arrays of places.
const PATHS: u32 = 1024;
const PATH_ROOM: u32 = 128;
const PATH_COUNT: u32 = 16;
const PLACES: u32 = 8192;

/// Paths that a guest may try to get out by, and that it finds something by.
const KNOWN: [&str; 16] = [
    "a",
    "d",
    "d/b",
    "new",
    "d/new",
    ".",
    "",
    "/",
    "..",
    "../outside",
    "d/../../outside",
    "/outside",
    "d/../a",
    "./d//b/",
    "d/.",
    "a/",
];

/// What the description refuses is what it says that it refuses; what the guest gets is what the
/// description says; and whatever the guest calls, it stays in its memory and in its directory, whose
/// own entries stay as they are when it may only read them.
pub(crate) fn run(data: &[u8]) {
    let mut source = Source::new(data);
    let scratch = tempfile::tempdir().expect("a folder for the guest");
    let own = scratch.path().join("box");
    fs::create_dir_all(own.join("d")).unwrap();
    fs::write(own.join("a"), "the guest may see it").unwrap();
    fs::write(own.join("d/b"), "this as well").unwrap();
    fs::write(scratch.path().join("outside"), "not this").unwrap();

    let mut described = Described::default();
    let mut wasi = describe(&mut source, &own, &mut described);
    let has_streams = give_streams(&mut wasi);
    let config = guest::untrusted();
    let mut store = Store::with_config(&config, source).unwrap();
    let names = match store.register_wasi(&wasi) {
        Ok(instance) => instance.func_names(&store),
        Err(error) => {
            // It can only be a function to deny that is not there.
            assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
            assert!(!described.denied.is_empty(), "{error}");
            return;
        }
    };
    let wasi = store.find_instance(WASI).expect("it is registered");
    let functions: Vec<_> = names
        .iter()
        .map(|name| {
            (
                &**name,
                wasi.get_func(&store, name).unwrap().ty(&store).unwrap(),
            )
        })
        .collect();
    let module = Module::new(&config, passing_on(&functions)).expect("a valid module");
    let instance = store.instantiate(&module).expect("all that it imports");
    let memory = instance.get_memory(&store, "memory").unwrap();
    described.is_what_the_guest_gets(&mut store, instance, memory);

    fill(&mut store, memory);
    for _ in 0..40 {
        if store.data_mut().is_over() {
            break;
        }
        let chosen = store.data_mut().below(functions.len());
        let (name, ty) = &functions[chosen];
        let Some(params) = params(&mut store, memory, name, ty, has_streams) else {
            continue;
        };
        let func = instance.get_func(&store, name).unwrap();
        let mut results = vec![Val::I32(0); ty.results().len()];
        store.set_fuel(FUEL).unwrap();
        match func.call(&mut store, &params, &mut results) {
            Ok(()) if *name == "proc_raise" || name.starts_with("sock_") => {
                assert_eq!(results, [Val::I32(76)], "{name}");
            }
            Ok(()) => {}
            Err(error) => {
                let Some(code) = error.exit_code() else {
                    panic!("{name} {params:?}: {error}");
                };
                assert_eq!(
                    (*name, &params[..]),
                    ("proc_exit", &[Val::I32(code as i32)][..])
                );
            }
        }
    }
    drop(store);

    assert_eq!(entries(scratch.path()), ["box", "outside"]);
    assert_eq!(
        fs::read(scratch.path().join("outside")).unwrap(),
        b"not this"
    );
    if !described.writes {
        assert_eq!(entries(&own), ["a", "d"]);
        assert_eq!(fs::read(own.join("a")).unwrap(), b"the guest may see it");
    }
}

/// What a guest is to find.
#[derive(Default)]
struct Described {
    args: Vec<Vec<u8>>,
    envs: Vec<Vec<u8>>,
    denied: BTreeSet<String>,
    writes: bool,
}

fn describe(source: &mut Source, own: &Path, described: &mut Described) -> Wasi {
    let mut wasi = Wasi::new();
    for _ in 0..source.below(12) {
        match source.below(4) {
            0 => {
                let arg = source.bytes(12);
                let outcome = wasi.arg(os_string(&arg));
                assert_eq!(outcome.is_ok(), !arg.contains(&0), "{arg:?}");
                described.args.extend(outcome.is_ok().then_some(arg));
            }
            1 => {
                let (name, value) = (source.bytes(6), source.bytes(12));
                let outcome = wasi.env(os_string(&name), os_string(&value));
                let fits = !name.is_empty() && !name.contains(&b'=');
                let text = [name, value].join(&b'=');
                assert_eq!(outcome.is_ok(), fits && !text.contains(&0), "{text:?}");
                described.envs.extend(outcome.is_ok().then_some(text));
            }
            2 => {
                let (host, guest) = (source.bytes(8), source.bytes(8));
                let guest = match source.below(3) {
                    0 => String::from_utf8_lossy(&guest).into_owned(),
                    1 => "/".to_owned(),
                    _ => "dir".to_owned(),
                };
                let host = match source.below(4) {
                    0 => own.join(os_string(&host)),
                    1 => own.join("d"),
                    _ => own.to_owned(),
                };
                let (access, writes) = match source.one_in(3) {
                    true => (DirAccess::ReadOnly, false),
                    false => (DirAccess::ReadWrite, true),
                };
                // An arbitrary path must not be a way out that the description gives.
                let inside = host.strip_prefix(own).is_ok_and(|rest| {
                    rest.components()
                        .all(|part| matches!(part, Component::Normal(_)))
                });
                if !inside {
                    continue;
                }
                let outcome = wasi.preopened_dir(&host, &guest, access).map(drop);
                let bytes = host.as_os_str().as_encoded_bytes();
                let bad = [guest.as_bytes(), bytes]
                    .iter()
                    .any(|path| path.is_empty() || path.contains(&b':') || path.contains(&0));
                assert_eq!(outcome.is_ok(), !bad && host.is_dir(), "{host:?} {guest:?}");
                described.writes |= outcome.is_ok() && writes;
            }
            _ => {
                const SOME: [&str; 6] = [
                    "fd_read",
                    "path_*",
                    "fd_*",
                    "random_get",
                    "args_get",
                    "proc_exit",
                ];
                let name = match source.below(8) {
                    0 => String::from_utf8_lossy(&source.bytes(8)).into_owned(),
                    chosen => SOME[chosen % SOME.len()].to_owned(),
                };
                wasi.deny([&*name]);
                described.denied.insert(name);
            }
        }
    }
    wasi
}

/// Streams that nobody else looks at; below 0.16 they are those of the process.
fn give_streams(wasi: &mut Wasi) -> bool {
    let file = || tempfile::tempfile().expect("a file for a stream");
    wasi.stdin(file()).is_ok() && wasi.stdout(file()).is_ok() && wasi.stderr(file()).is_ok()
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn entries(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

impl Described {
    /// Asks for arguments and environment as a guest does.
    fn is_what_the_guest_gets(&self, store: &mut Store<Source>, guest: Instance, memory: Memory) {
        for (sizes, get, expected) in [
            ("args_sizes_get", "args_get", &self.args),
            ("environ_sizes_get", "environ_get", &self.envs),
        ] {
            let is_denied = |name: &str| {
                self.denied
                    .iter()
                    .any(|pattern| match pattern.strip_suffix('*') {
                        Some(start) => name.starts_with(start),
                        None => name == pattern,
                    })
            };
            if is_denied(sizes) || is_denied(get) {
                continue;
            }
            let mut call = |name, first: u32, second: u32| {
                let func = guest
                    .get_typed_func::<(u32, u32), u32>(&*store, name)
                    .unwrap();
                assert_eq!(func.call(&mut *store, (first, second)).unwrap(), 0);
            };
            call(sizes, 0, 4);
            call(get, 4096, 8192);
            let count = memory.read_value::<u32>(&*store, 0).unwrap();
            let size = memory.read_value::<u32>(&*store, 4).unwrap();
            let mut text = vec![0; size as usize];
            memory.read(&*store, 8192, &mut text).unwrap();
            let mut found: Vec<_> = text.split(|&byte| byte == 0).collect();
            assert_eq!(found.pop(), Some(&[][..]), "a NUL at the end");
            assert_eq!(found.len(), count as usize);
            // Without any argument there is an empty name of the program.
            if !(expected.is_empty() && found == [b""]) {
                assert_eq!(found, *expected);
            }
        }
    }
}

/// Puts paths and places into the guest's memory.
fn fill(store: &mut Store<Source>, memory: Memory) {
    for index in 0..PATH_COUNT {
        let path = if store.data_mut().one_in(3) {
            store.data_mut().bytes(20)
        } else {
            let chosen = store.data_mut().below(KNOWN.len());
            KNOWN[chosen].as_bytes().to_vec()
        };
        let at = u64::from(PATHS + index * PATH_ROOM);
        memory.write(&mut *store, at, &path).unwrap();
        memory
            .write_value(
                &mut *store,
                at + u64::from(PATH_ROOM) - 4,
                path.len() as u32,
            )
            .unwrap();
    }
    for index in 0..16 {
        let (at, len) = (
            pointer(store.data_mut()),
            store.data_mut().number() as u32 % 70_000,
        );
        let place = u64::from(PLACES + index * 8);
        memory.write_value(&mut *store, place, at).unwrap();
        memory.write_value(&mut *store, place + 4, len).unwrap();
    }
}

/// An address in the memory of one page, or beyond.
fn pointer(source: &mut Source) -> u32 {
    match source.below(5) {
        0 => source.number() as u32,
        1 => 65_536 - source.below(40) as u32,
        2 => PLACES + 8 * source.below(16) as u32,
        _ => source.below(8192) as u32 * 8,
    }
}

/// The parameters of a call; `None` for one that would reach beyond the guest by what WASI is meant
/// to do, or take long.
fn params(
    store: &mut Store<Source>,
    memory: Memory,
    name: &str,
    ty: &FuncType,
    has_streams: bool,
) -> Option<Vec<Val>> {
    let mut params = Vec::new();
    let mut path = None;
    for (index, ty) in ty.params().iter().enumerate() {
        let source = store.data_mut();
        let param = match (ty, path.take()) {
            (ValType::I64, _) => Val::I64(match source.below(3) {
                0 => -1,
                _ => source.number() as i64,
            }),
            // The length of the path before it.
            (_, Some(slot)) if !source.one_in(6) => {
                let at = u64::from(PATHS + slot * PATH_ROOM + PATH_ROOM - 4);
                Val::I32(memory.read_value::<u32>(&*store, at).unwrap() as i32)
            }
            _ if index == 0 && (name.starts_with("fd_") || name.starts_with("path_")) => {
                Val::I32(match source.below(4) {
                    0 => source.number() as i32,
                    1 => source.below(8) as i32,
                    _ => 3 + source.below(3) as i32,
                })
            }
            _ => Val::I32(match source.below(4) {
                0 => source.below(10) as i32,
                1 if name.starts_with("path_") => {
                    let slot = source.below(PATH_COUNT as usize) as u32;
                    path = Some(slot);
                    (PATHS + slot * PATH_ROOM) as i32
                }
                1 => source.number() as i32,
                _ => pointer(source) as i32,
            }),
        };
        params.push(param);
    }
    let number = |index: usize| params.get(index).and_then(Val::i32).unwrap_or(0) as u32;
    match name {
        // The process's own streams are for looking at.
        "fd_close"
        | "fd_fdstat_get"
        | "fd_filestat_get"
        | "fd_prestat_get"
        | "fd_prestat_dir_name" => {}
        _ if name.starts_with("fd_") && number(0) <= 2 && !has_streams => return None,
        // Room on the disk is not the guest's to take here.
        "fd_allocate" => {
            let len = params[2].i64().unwrap_or(0);
            params[2] = Val::I64(len % 65_536);
        }
        // Below 0.17.1 a link is a way out, which is known.
        "path_symlink" => {
            let mut target = vec![0; number(1).min(65_536) as usize];
            memory.read(&*store, number(0), &mut target).ok()?;
            if target.starts_with(b"/") || target.windows(2).any(|two| two == b"..") {
                return None;
            }
        }
        // A clock comes first, and none takes long.
        "poll_oneoff" | "epoll_oneoff" => {
            let input = u64::from(number(0));
            for index in 0..u64::from(number(2)).min(1400) {
                let at = input + index * 48;
                if index == 0 && memory.write(&mut *store, at + 8, &[0; 16]).is_err() {
                    break;
                }
                let Ok(timeout) = memory.read_value::<u64>(&*store, at + 24) else {
                    break;
                };
                let short = timeout % 500_000;
                memory.write_value(&mut *store, at + 24, short).unwrap();
            }
        }
        _ => {}
    }
    Some(params)
}

/// A guest that passes the functions of WASI on.
fn passing_on(functions: &[(&str, FuncType)]) -> Vec<u8> {
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    let (mut own, mut code) = (FunctionSection::new(), CodeSection::new());
    let mut exports = ExportSection::new();
    let count = u32::try_from(functions.len()).unwrap();
    for (index, (name, ty)) in (0..).zip(functions) {
        types
            .ty()
            .function(encoded(ty.params()), encoded(ty.results()));
        imports.import(WASI, name, EntityType::Function(index));
        own.function(index);
        let mut function = Function::new([]);
        let mut body = function.instructions();
        for param in 0..u32::try_from(ty.params().len()).unwrap() {
            body.local_get(param);
        }
        body.call(index).end();
        code.function(&function);
        exports.export(name, ExportKind::Func, count + index);
    }
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: Some(1),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    exports.export("memory", ExportKind::Memory, 0);
    let mut wasm = wasm_encoder::Module::new();
    wasm.section(&types)
        .section(&imports)
        .section(&own)
        .section(&memories)
        .section(&exports)
        .section(&code);
    wasm.finish()
}
