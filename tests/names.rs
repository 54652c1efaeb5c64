//! D8: whatever a guest or a file is called, messages print it on one line, visibly, and not for ever.

use std::collections::BTreeSet;
use std::fs;

use support::wasm;
use syn::visit::Visit;
use wasmedge::bindgen::WasmBindgen;
use wasmedge::log::{self, Level};
use wasmedge::{
    CompileCache, Compiler, Config, CostTable, DirAccess, Error, ErrorKind, ExternType, FuncType,
    HostModule, LinkFound, Loader, Module, Store, Vm, Wasi, cli, plugin,
};

/// A name that clears the screen, forges a line, hides, turns the writing round and ends its quotes.
const HOSTILE: &str =
    "a\u{1b}[2J\n[error] b\r\0\u{7f}\u{9b}1m\u{202e}c\u{2066}\u{200b}\u{feff}\u{2028}\u{3164}` d\\";

/// How the name looks in a message.
const SHOWN: &str = "`a\\u{1b}[2J\\n[error] b\\r\\0\\u{7f}\\u{9b}1m\\u{202e}c\\u{2066}\\u{200b}\\u{feff}\\u{2028}\\u{3164}\\` d\\\\`";

fn long() -> String {
    HOSTILE.repeat(1000)
}

/// The name in the text format.
fn literal(name: &str) -> String {
    let bytes = name.bytes().map(|byte| format!("\\{byte:02x}"));
    format!("\"{}\"", bytes.collect::<String>())
}

/// Fails for a text that does more to a terminal than to be read.
#[track_caller]
fn is_readable(text: &str) {
    let is_bad = |c: &char| {
        c.is_control() || "\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{3164}".contains(*c)
    };
    assert_eq!(text.chars().find(is_bad), None, "{text:?}");
    assert!(text.len() < 60_000, "{} bytes", text.len());
}

/// All forms in which an error is printed.
#[track_caller]
fn check(error: &Error) {
    is_readable(&error.to_string());
    is_readable(&error.kind().to_string());
    is_readable(&format!("{error:?}"));
    let kind = format!("{:?}", error.kind());
    assert!(!kind.contains(['\u{1b}', '\n', '\0', '\u{202e}']), "{kind}");
}

/// As [`check`], and the name has to be in the text.
#[track_caller]
fn shows(error: &Error) {
    check(error);
    assert!(error.to_string().contains(SHOWN), "{error}");
}

fn failed<R>(result: wasmedge::Result<R>) -> Error {
    result.err().expect("an error")
}

fn hostile(text: &str) -> Module {
    Module::new(
        &Config::new().unwrap(),
        wasm(&text.replace("NAME", &literal(HOSTILE))),
    )
    .expect("a module")
}

/// Each kind of error with a name, a path or a text in it.
fn kinds(name: &str) -> Vec<ErrorKind> {
    let io = || std::io::Error::from(std::io::ErrorKind::NotFound);
    let boxed = || -> Box<str> { name.into() };
    let many = || vec![boxed(); 20];
    let reason = || {
        let error = failed(Module::new(&Config::new().unwrap(), b"no"));
        match error.into_kind() {
            ErrorKind::Load { reason, .. } => reason,
            other => panic!("{other}"),
        }
    };
    let link = |found| ErrorKind::Link {
        module: boxed(),
        name: boxed(),
        expected: ExternType::Func(FuncType::new([], [])),
        found,
    };
    vec![
        ErrorKind::Read {
            path: name.into(),
            source: io(),
        },
        ErrorKind::Write {
            path: name.into(),
            source: io(),
        },
        ErrorKind::Compile {
            input: Some(name.into()),
            output: name.into(),
            reason: reason(),
        },
        ErrorKind::Load {
            path: Some(name.into()),
            reason: reason(),
        },
        ErrorKind::Validate {
            path: Some(name.into()),
            reason: reason(),
        },
        link(LinkFound::NoModule(many())),
        link(LinkFound::NoItem(many())),
        ErrorKind::NameTaken { name: boxed() },
        ErrorKind::DuplicateExport {
            module: boxed(),
            name: boxed(),
        },
        ErrorKind::NoSuchExport {
            kind: "function",
            name: boxed(),
            available: many(),
        },
        ErrorKind::NoSuchInstance {
            name: boxed(),
            registered: many(),
        },
        ErrorKind::PluginNotLoaded { path: name.into() },
        ErrorKind::NoSuchPlugin {
            name: boxed(),
            loaded: many(),
        },
        ErrorKind::NoSuchPluginModule {
            plugin: boxed(),
            module: boxed(),
            available: many(),
        },
        ErrorKind::NoSuchProposal { name: boxed() },
        ErrorKind::Guest(name.to_owned()),
        ErrorKind::GuestAbi(name.to_owned()),
        ErrorKind::GuestResults {
            actual: boxed(),
            requested: boxed(),
        },
        ErrorKind::Invalid(name.to_owned()),
        ErrorKind::Unsupported {
            what: boxed(),
            why: boxed(),
        },
    ]
}

#[test]
fn d8_each_kind_of_error_is_readable() {
    for name in [HOSTILE, &long()] {
        for kind in kinds(name) {
            check(&Error::from(kind));
        }
        is_readable(&LinkFound::NoModule(vec![name.into(); 20]).to_string());
        is_readable(&LinkFound::NoItem(vec![name.into(); 20]).to_string());
    }
}

struct HasText(bool);

impl<'ast> Visit<'ast> for HasText {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.0 |= ["str", "String", "PathBuf", "LinkFound"]
            .iter()
            .any(|text| ident == text);
    }

    /// What lives for ever is the crate's.
    fn visit_type_reference(&mut self, _: &'ast syn::TypeReference) {}

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

/// A new kind that has a text has to be in [`kinds`].
#[test]
fn d8_no_kind_of_error_is_left_out() {
    let path = support::root().join("src/vocabulary/error/kind.rs");
    let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let item = file.items.into_iter().find_map(|item| match item {
        syn::Item::Enum(item) if item.ident == "ErrorKind" => Some(item),
        _ => None,
    });
    let variants = item.expect("the enum").variants.into_iter();
    let with_text: BTreeSet<String> = variants
        .filter(|variant| {
            let mut found = HasText(false);
            found.visit_variant(variant);
            found.0
        })
        .map(|variant| variant.ident.to_string())
        .collect();
    let checked: BTreeSet<String> = kinds("")
        .iter()
        .map(|kind| {
            let text = format!("{kind:?}");
            text.chars().take_while(|c| c.is_alphanumeric()).collect()
        })
        .collect();
    assert_eq!(checked, with_text);
}

#[test]
fn d8_types_of_imports_and_exports() {
    let module = hostile(r#"(module (import NAME NAME (func)) (export NAME (func 0)))"#);
    let import = module.imports().next().unwrap();
    assert_eq!((import.module(), import.name()), (HOSTILE, HOSTILE));
    assert_eq!(
        import.to_string(),
        format!("{SHOWN} {SHOWN}: function () -> ()")
    );
    let export = module.exports().next().unwrap();
    assert_eq!(export.to_string(), format!("{SHOWN}: function () -> ()"));
}

#[test]
fn d8_linking() {
    let wants = hostile(r#"(module (import NAME NAME (func)))"#);
    let mut store = Store::new(()).unwrap();
    shows(&failed(store.instantiate(&wants)));

    let exports = hostile(r#"(module (func (export NAME)))"#);
    let other = hostile(r#"(module (func (export NAME) (param i32)))"#);
    let instance = store.register(HOSTILE, &other).unwrap();
    shows(&failed(store.instantiate(&wants)));
    shows(&failed(store.register(HOSTILE, &exports)));
    shows(&failed(store.register_host(&HostModule::new(HOSTILE))));
    shows(&failed(instance.get_typed_func::<(), ()>(&store, "f")));
    shows(&failed(
        instance.get_typed_func::<(), ()>(&store, &HOSTILE[1..]),
    ));
    let mut same = HostModule::<()>::new(HOSTILE);
    same.func_wrap(HOSTILE, || ()).unwrap();
    shows(&failed(same.func_wrap(HOSTILE, || ())));
}

#[test]
fn d8_vm() {
    let mut vm = Vm::new(()).unwrap();
    let module = wasm(&r#"(module (func (export NAME)))"#.replace("NAME", &literal(HOSTILE)));
    shows(&failed(vm.run_bytes::<(), ()>(&module, "f", ())));
    vm.register_bytes(HOSTILE, &module).unwrap();
    shows(&failed(vm.call_registered::<(), ()>(HOSTILE, "f", ())));
    shows(&failed(vm.call_registered::<(), ()>("f", "f", ())));
}

#[test]
fn d8_bindgen() {
    let glue = format!("__wbg_{HOSTILE}");
    let text = r#"(module
        (import "w" "__wbindgen_throw" (func (param i32 i32))) (import "w" GLUE (func))
        (memory (export "memory") 1) (data (i32.const 0) NAME)
        (func (export "throw") (call 0 (i32.const 0) (i32.const LEN)))
        (func (export "glue") (call 1)))"#;
    let text = text.replace("LEN", &HOSTILE.len().to_string());
    let module = hostile(&text.replace("GLUE", &literal(&glue)));
    let mut store = Store::new(()).unwrap();
    for module in WasmBindgen::glue(&module).unwrap() {
        store.register_host(&module).unwrap();
    }
    let instance = store.instantiate(&module).unwrap();
    let guest = WasmBindgen::new(&store, instance).unwrap();
    let error = failed(guest.call::<_, ()>(&mut store, "throw", ()));
    assert!(matches!(error.kind(), ErrorKind::Guest(text) if text == HOSTILE));
    check(&error);
    let error = failed(guest.call::<_, ()>(&mut store, "glue", ()));
    check(&error);
    let shown = SHOWN.replace("`a", "`__wbg_a");
    assert!(error.to_string().contains(&shown), "{error}");
    shows(&failed(guest.call::<_, ()>(&mut store, HOSTILE, ())));
}

#[test]
fn d8_paths() {
    let folder = tempfile::tempdir().unwrap();
    // NUL cannot be in a path.
    let name = HOSTILE.replace(['\0', '/'], "");
    let path = folder.path().join(&name);
    let config = Config::new().unwrap();
    let loader = Loader::new(&config).unwrap();
    check(&failed(loader.load_file(&path)));
    fs::write(&path, "not wasm").unwrap();
    check(&failed(loader.load_file(&path)));
    check(&failed(Module::from_file(&config, &path)));
    if let Ok(compiler) = Compiler::new(&config) {
        check(&failed(
            compiler.compile_file(&path, path.with_extension("out")),
        ));
        check(&failed(
            compiler.compile_bytes(wasm("(module)"), path.join("out")),
        ));
    }
    check(&failed(CompileCache::new(&path)));
    check(&failed(Wasi::new().preopened_dir(
        &path,
        HOSTILE,
        DirAccess::ReadOnly,
    )));
    check(&failed(Wasi::new().preopened_dir(
        folder.path(),
        "a:\u{1b}",
        DirAccess::ReadOnly,
    )));
    // SAFETY: nothing is loaded, here and below.
    check(&failed(unsafe { plugin::load(&path) }));
    // SAFETY: as above.
    check(&failed(unsafe { plugin::load(HOSTILE) }));
}

#[test]
fn d8_words_of_the_program() {
    shows(&failed(Wasi::new().arg(HOSTILE).map(drop)));
    shows(&failed(Wasi::new().env(HOSTILE, "").map(drop)));
    check(&failed(
        Wasi::new().env(format!("{HOSTILE}="), "").map(drop),
    ));
    shows(&failed(CostTable::slots(HOSTILE)));
    let mut wasi = Wasi::new();
    wasi.deny([HOSTILE]);
    shows(&failed(Store::new(()).unwrap().register_wasi(&wasi)));
    check(&failed(plugin::process::allow([HOSTILE])));
    // SAFETY: nothing is run: the argument is refused.
    shows(&failed(unsafe { cli::tool(["wasmedge", HOSTILE]) }));
}

/// What the other tests start in a process of its own, since the log belongs to the process.
#[test]
fn part() {
    let Some(part) = support::part() else { return };
    assert_eq!(part, "log");
    log::set_level(Level::Debug).unwrap();
    hostile_log();
}

/// Has the library itself name what it cannot find.
fn hostile_log() {
    let name = HOSTILE.replace('\0', "");
    // What this crate does not look up first: a tool that runs a module with imports.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guest.wasm");
    let text = r#"(module (import NAME NAME (func)) (func (export "_start")))"#;
    fs::write(&path, wasm(&text.replace("NAME", &literal(&name)))).unwrap();
    // SAFETY: nothing else runs in this process.
    let _ = unsafe { cli::tool(["wasmedge".into(), path]) };
}

/// From 0.15 on the crate has the library's messages; below, the library writes them itself.
#[test]
fn d8_log() {
    let (_, stderr) = support::run_part_streams("log");
    let version = wasmedge::version::library();
    if (version.major, version.minor) >= (0, 15) {
        assert!(stderr.contains("[2J"), "{stderr}");
        stderr.lines().for_each(is_readable);
        assert!(
            !stderr.lines().any(|line| line.starts_with("[error] b")),
            "{stderr}"
        );
    }
}
