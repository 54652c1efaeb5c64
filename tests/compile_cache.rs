//! The cache of compiled modules: what is loaded from it, and what never is (S4).
#![cfg(unix)]

#[cfg(target_os = "linux")]
#[path = "support/kill.rs"]
mod kill;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use support::wasm;
use wasmedge::log::{self, Level};
use wasmedge::{CompileCache, Config, ErrorKind, Module, OptLevel, Proposal, Store, cli};

const ADD: &str = r#"(module (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))"#;

/// Where the parts have their cache.
const FOLDER: &str = "WASMEDGE_TEST_CACHE";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn cache(&self) -> CompileCache {
        CompileCache::new(self.path()).unwrap()
    }

    /// A cache with one entry in it, and its path.
    fn filled(&self) -> (CompileCache, PathBuf) {
        let cache = self.cache();
        cache.fill(&Config::new().unwrap(), wasm(ADD)).unwrap();
        let entry = only(cache.folder());
        (cache, entry)
    }

    fn part(&self, part: &str) -> Command {
        let mut command = support::part_command(part);
        command.env(FOLDER, self.path());
        command
    }

    fn run(&self, part: &str) -> String {
        support::finish_part(part, &mut self.part(part))
    }
}

fn paths(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The path of the only entry.
fn only(folder: &Path) -> PathBuf {
    let paths = paths(folder);
    assert_eq!(paths.len(), 1, "{paths:?}");
    paths.into_iter().next().unwrap()
}

/// Compiles or loads, and runs what came of it.
fn add(cache: &CompileCache) {
    let config = Config::new().unwrap();
    // SAFETY: the guest has no tables, and next to no stack; nobody forges entries.
    check(&unsafe { cache.compile(&config, wasm(ADD)) }.expect("a compiled module"));
}

fn check(module: &Module) {
    let mut store = Store::new(()).unwrap();
    let instance = store.instantiate(module).unwrap();
    let add = instance.get_typed_func::<(i32, i32), i32>(&store, "add");
    assert_eq!(add.unwrap().call(&mut store, (40, 2)).unwrap(), 42);
}

/// Two files at one path are told apart by this: an entry that is made anew is another file.
fn file(path: &Path) -> u64 {
    fs::symlink_metadata(path).unwrap().ino()
}

fn refused(folder: &Path, part: &str) {
    let error = CompileCache::new(folder).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Write { .. }), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("cannot write `"), "{text}");
    assert!(text.contains(part), "{text}");
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Whether files can be given to another user.
fn is_root() -> bool {
    // SAFETY: asks for a number.
    unsafe { libc::geteuid() == 0 }
}

/// What the other tests start in a process of its own; nothing when started as a test.
#[test]
fn part() {
    let Some(part) = support::part() else { return };
    let folder = std::env::var_os(FOLDER).expect("a folder");
    let cache = CompileCache::new(&folder).unwrap();
    match &*part {
        "compile" => {
            // All versions say what they do at this level.
            log::set_level(Level::Debug).unwrap();
            // It compiles, too.
            wasmedge::keeper::set_enabled(false).unwrap();
            add(&cache);
        }
        "many" => {
            for _ in 0..20 {
                add(&cache);
                for path in paths(cache.folder()) {
                    // Another one may have been faster; a folder is one that still works.
                    let _ = fs::remove_file(path);
                }
            }
        }
        "for ever" => loop {
            for bytes in 0..10 {
                let config = Config::new().unwrap();
                let mut module = wasm(ADD);
                module.extend([0, 2, 1, bytes]);
                cache.fill(&config, module).unwrap();
            }
            for path in paths(cache.folder()) {
                let _ = fs::remove_file(path);
            }
        },
        "full" => full(&cache),
        #[cfg(target_os = "linux")]
        step if STEPS.contains(&step) => killed(step, &cache),
        other => panic!("no part {other}"),
    }
}

/// Where a process that makes an entry is killed.
#[cfg(target_os = "linux")]
const STEPS: [&str; 4] = [
    "killed by the linker's last call",
    "killed at the first bytes",
    "killed at the digest",
    "killed at the flush",
];

/// How long an entry is without its digest.
#[cfg(target_os = "linux")]
fn length_of_code() -> u32 {
    let folder = Folder::new();
    let (_, entry) = folder.filled();
    u32::try_from(entry.metadata().unwrap().len() - 32).unwrap()
}

/// Makes an entry, and does not come to the end of it.
#[cfg(target_os = "linux")]
fn killed(step: &str, cache: &CompileCache) {
    const ANY: std::ops::RangeInclusive<u32> = 0..=u32::MAX;
    match STEPS.iter().position(|name| *name == step) {
        // The linker writes its file under another name, too. The entry's own comes after the flush.
        Some(0) => kill::at(
            &[
                #[cfg(target_arch = "x86_64")]
                libc::SYS_rename,
                libc::SYS_renameat,
                libc::SYS_renameat2,
            ],
            ANY,
        ),
        Some(1) => {
            let len = length_of_code();
            kill::at(&[libc::SYS_write], len..=len);
        }
        Some(2) => kill::at(&[libc::SYS_write], 32..=32),
        _ => kill::at(&[libc::SYS_fsync], ANY),
    }
    cache.fill(&Config::new().unwrap(), wasm(ADD)).unwrap();
}

/// A disk that is full: the library's linker would end the process.
fn full(cache: &CompileCache) {
    let config = Config::new().unwrap();
    let limit = libc::rlimit {
        rlim_cur: 4096,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the signal that would end the process is ignored; a limit of this process.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
    let error = cache.fill(&config, wasm(ADD)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Write { .. }), "{error}");
    assert!(error.to_string().contains("disk space"), "{error}");
    assert!(paths(cache.folder()).is_empty());
    // Nor does the tool go that far.
    let output = cache.folder().join("out.wasm");
    let input = output.with_file_name("in.wasm");
    fs::write(&input, wasm(ADD)).unwrap();
    let line = ["wasmedgec".into(), input.clone(), output.clone()];
    // SAFETY: nothing else runs in this process.
    let error = unsafe { cli::compiler(line) }.unwrap_err();
    assert!(error.to_string().contains("disk space"), "{error}");
    fs::remove_file(input).unwrap();
    assert!(paths(cache.folder()).is_empty());

    let limit = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        ..limit
    };
    // SAFETY: as above.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &limit) }, 0);
    add(cache);
    only(cache.folder());
}

#[test]
fn what_is_there_is_not_compiled_again() {
    let folder = Folder::new();
    // Below 0.15 the library writes to the standard output, and from then on the crate to the other.
    let compiled = || {
        let mut part = folder.part("compile");
        let (stdout, stderr) = support::finish_part_streams("compile", &mut part);
        (stdout + &stderr).matches("compile start").count()
    };
    // The module itself, and before it the one of the keeper.
    assert_eq!(compiled(), 2);
    let entry = only(&folder.path());
    let first = file(&entry);
    assert_eq!(compiled(), 0);
    assert_eq!(file(&entry), first);

    let cache = folder.cache();
    for _ in 0..3 {
        add(&cache);
        cache.fill(&Config::new().unwrap(), wasm(ADD)).unwrap();
    }
    assert_eq!(file(&entry), first);
    let metadata = fs::metadata(&entry).unwrap();
    assert_eq!(metadata.mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn other_bytes_and_other_options_are_other_entries() {
    let folder = Folder::new();
    let cache = folder.cache();
    let config = |change: &dyn Fn(&mut Config)| {
        let mut config = Config::new().unwrap();
        change(&mut config);
        config
    };
    let configs = [
        Config::new().unwrap(),
        config(&|config| {
            config.optimization_level(OptLevel::O0);
        }),
        config(&|config| {
            config.generic_binary(true);
        }),
        config(&|config| {
            config.interruptible(true);
        }),
        config(&|config| {
            config.count_instructions(true);
        }),
        config(&|config| {
            config.measure_cost(true);
        }),
        config(&|config| {
            config.proposal(Proposal::Threads, true).unwrap();
        }),
    ];
    for (index, config) in configs.iter().enumerate() {
        for _ in 0..2 {
            cache.fill(config, wasm(ADD)).unwrap();
            assert_eq!(paths(cache.folder()).len(), index + 1);
        }
        // SAFETY: as in `add`.
        let module = unsafe { cache.compile(config, wasm(ADD)) }.unwrap();
        let mut store = Store::with_config(config, ()).unwrap();
        let instance = store.instantiate(&module).unwrap();
        let add = instance.get_typed_func::<(i32, i32), i32>(&store, "add");
        assert_eq!(add.unwrap().call(&mut store, (1, 2)).unwrap(), 3);
    }
    let sub = ADD.replace("i32.add", "i32.sub");
    cache.fill(&configs[0], wasm(&sub)).unwrap();
    assert_eq!(paths(cache.folder()).len(), configs.len() + 1);
}

#[test]
fn s4_a_damaged_entry_is_made_anew() {
    type Damage = fn(&Path, &[u8]);
    let damages: [(&str, Damage); 9] = [
        ("a byte in the middle", |path, bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("a byte of the digest", |path, bytes| {
            let mut bytes = bytes.to_vec();
            *bytes.last_mut().unwrap() ^= 0x80;
            fs::write(path, bytes).unwrap();
        }),
        ("the last byte missing", |path, bytes| {
            fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        }),
        ("half of it", |path, bytes| {
            fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("a byte too many", |path, bytes| {
            fs::write(path, [bytes, b"x"].concat()).unwrap();
        }),
        ("empty", |path, _| fs::write(path, "").unwrap()),
        ("shorter than a digest", |path, _| {
            fs::write(path, "x").unwrap();
        }),
        ("a symbolic link to a good one", |path, bytes| {
            let target = path.with_file_name("..").join("good");
            fs::write(&target, bytes).unwrap();
            mode(&target, 0o600);
            fs::remove_file(path).unwrap();
            symlink(&target, path).unwrap();
        }),
        ("a pipe", |path, _| {
            fs::remove_file(path).unwrap();
            let made = Command::new("mkfifo").arg(path).status().unwrap();
            assert!(made.success());
        }),
    ];
    let folder = Folder::new();
    let (cache, entry) = folder.filled();
    for (what, damage) in damages {
        let good = fs::read(&entry).unwrap();
        damage(&entry, &good);
        let damaged = file(&entry);
        add(&cache);
        assert_ne!(file(&entry), damaged, "{what}");
        let anew = file(&entry);
        assert!(fs::symlink_metadata(&entry).unwrap().is_file(), "{what}");
        add(&cache);
        assert_eq!(file(&entry), anew, "{what}");
        assert_eq!(only(cache.folder()), entry);
    }
}

#[test]
fn s4_an_entry_under_the_name_of_another_one_is_made_anew() {
    let folder = Folder::new();
    let (cache, entry) = folder.filled();
    let sub = ADD.replace("i32.add", "i32.sub");
    cache.fill(&Config::new().unwrap(), wasm(&sub)).unwrap();
    let mut others = paths(cache.folder());
    others.remove(&entry);
    fs::copy(others.first().unwrap(), &entry).unwrap();
    // It would subtract.
    add(&cache);
}

#[test]
fn what_cannot_be_kept_is_loaded_all_the_same_and_reported() {
    let folder = Folder::new();
    let (cache, entry) = folder.filled();
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    fs::write(entry.join("something"), "").unwrap();
    add(&cache);
    let error = cache.fill(&Config::new().unwrap(), wasm(ADD)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Write { .. }), "{error}");
    assert!(error.to_string().contains("directory"), "{error}");
    assert_eq!(only(cache.folder()), entry);
}

#[test]
fn s4_an_entry_that_others_may_write_to_is_made_anew() {
    let folder = Folder::new();
    let (cache, entry) = folder.filled();
    for bits in [0o620, 0o602, 0o666] {
        mode(&entry, bits);
        let open = file(&entry);
        add(&cache);
        assert_ne!(file(&entry), open, "{bits:o}");
        assert_eq!(fs::metadata(&entry).unwrap().mode() & 0o777, 0o600);
    }
    // To read does no harm.
    mode(&entry, 0o644);
    let readable = file(&entry);
    add(&cache);
    assert_eq!(file(&entry), readable);
}

#[test]
fn s4_a_folder_that_others_may_write_to_is_refused() {
    let folder = Folder::new();
    let (cache, _) = folder.filled();
    for bits in [0o720, 0o702, 0o777, 0o1777] {
        mode(cache.folder(), bits);
        refused(cache.folder(), "others may write");
        let error = cache.fill(&Config::new().unwrap(), wasm(ADD)).unwrap_err();
        assert!(error.to_string().contains("others may write"), "{error}");
        // SAFETY: as in `add`.
        let loaded = unsafe { cache.compile(&Config::new().unwrap(), wasm(ADD)) };
        assert!(loaded.is_err(), "{bits:o}");
    }
    mode(cache.folder(), 0o755);
    add(&cache);

    // Nor one that others may exchange, unless that is as in `/tmp`.
    mode(folder.0.path(), 0o777);
    refused(&folder.path(), "put another folder in its place");
    mode(folder.0.path(), 0o1777);
    CompileCache::new(folder.path()).unwrap();
    mode(folder.0.path(), 0o700);
}

#[test]
fn s4_what_is_another_user_s_is_not_loaded() {
    if !is_root() {
        println!("not the system administrator: nothing can be given away");
        return;
    }
    let other = Some(65534);
    let folder = Folder::new();
    let (cache, entry) = folder.filled();
    chown(&entry, other, None).unwrap();
    let given = file(&entry);
    add(&cache);
    assert_ne!(file(&entry), given);
    assert_eq!(fs::metadata(&entry).unwrap().uid(), 0);

    chown(cache.folder(), other, None).unwrap();
    refused(&folder.path(), "another user's");
    chown(cache.folder(), Some(0), None).unwrap();
    chown(folder.0.path(), other, None).unwrap();
    refused(&folder.path(), "put another folder in its place");
    chown(folder.0.path(), Some(0), None).unwrap();
    add(&cache);
}

#[test]
fn folders_that_cannot_be_one_are_named_with_the_reason() {
    let folder = Folder::new();
    refused(&folder.path().join("below"), "No such file");
    fs::write(folder.path(), "").unwrap();
    refused(&folder.path(), "not a directory");
    refused(Path::new(""), "the path names no file");

    // Through a link it is the folder that the link is to.
    let link = folder.0.path().join("link");
    symlink(folder.0.path(), &link).unwrap();
    let cache = CompileCache::new(link.join("real")).unwrap();
    assert!(!cache.folder().starts_with(&link));
    add(&cache);

    // And it is made again.
    fs::remove_dir_all(cache.folder()).unwrap();
    add(&cache);
    only(cache.folder());
}

#[test]
fn what_is_no_module_is_an_error_and_no_entry() {
    let folder = Folder::new();
    let cache = folder.cache();
    let error = cache
        .fill(&Config::new().unwrap(), b"not wasm")
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Compile { .. }), "{error}");
    assert!(paths(cache.folder()).is_empty());
}

#[test]
fn what_a_killed_program_left_is_no_entry_and_goes_when_it_is_old() {
    let folder = Folder::new();
    let cache = folder.cache();
    let leftover = |name: &str, age: u64| {
        let path = cache.folder().join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("module.wasm"), "half").unwrap();
        let time = SystemTime::now() - Duration::from_secs(age);
        File::open(&path).unwrap().set_modified(time).unwrap();
        path
    };
    let new = leftover(".wasmedge-0123456789abcdef", 60);
    let old = leftover(".wasmedge-fedcba9876543210", 2 * 24 * 60 * 60);
    let other = leftover("something else", 2 * 24 * 60 * 60);
    add(&cache);
    assert!(new.exists() && other.exists());
    assert!(!old.exists());
}

#[test]
fn a_program_that_is_killed_leaves_no_half_entry() {
    let folder = Folder::new();
    for round in 0..6 {
        let mut child = folder
            .part("for ever")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(300 + 37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let cache = folder.cache();
        let files: Vec<_> = paths(cache.folder())
            .into_iter()
            .filter(|path| path.is_file())
            .map(|path| (file(&path), path))
            .collect();
        for bytes in 0..10 {
            let mut module = wasm(ADD);
            module.extend([0, 2, 1, bytes]);
            // SAFETY: as in `add`.
            check(&unsafe { cache.compile(&Config::new().unwrap(), module) }.unwrap());
        }
        // All that had their place were whole, and so none of them was made anew.
        for (before, path) in files {
            assert_eq!(file(&path), before, "{}", path.display());
        }
    }
}

/// The same, at each step of the writing.
#[cfg(target_os = "linux")]
#[test]
fn a_program_that_is_killed_while_it_writes_leaves_no_half_entry() {
    use std::os::unix::process::ExitStatusExt;

    for step in STEPS {
        let folder = Folder::new();
        let status = folder.part(step).stdout(Stdio::null()).status().unwrap();
        assert_eq!(status.signal(), Some(libc::SIGSYS), "{step}: {status}");
        // What it had written, under a name that is no entry's.
        let cache = folder.cache();
        let left = only(cache.folder());
        let name = left.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(".wasmedge-"), "{step}: {name}");
        let len = |path: &PathBuf| path.metadata().unwrap().len();
        println!(
            "{step}: {} bytes",
            paths(&left).iter().map(len).sum::<u64>()
        );
        // Nobody takes it for one, and it is in nobody's way.
        add(&cache);
        let mut entries = paths(cache.folder());
        assert!(entries.remove(&left), "{step}");
        let entry = entries.pop_first().unwrap();
        let made = file(&entry);
        add(&cache);
        assert_eq!(file(&entry), made, "{step}");
    }
}

#[test]
fn s15_a_full_disk_is_an_error() {
    Folder::new().run("full");
}

#[test]
fn several_processes_and_threads_use_one_folder() {
    let folder = Folder::new();
    let children: Vec<_> = (0..3)
        .map(|_| folder.part("many").stdout(Stdio::null()).spawn().unwrap())
        .collect();
    let cache = folder.cache();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..20).for_each(|_| add(&cache)));
        }
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    add(&cache);
    only(cache.folder());
}
