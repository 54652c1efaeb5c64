//! The build script's own logic: finding an installation, reading its version, what cargo is told, and the text of
//! every message. It runs on folders and variables made for each test.

#![allow(dead_code, reason = "the build script uses what these tests do not")]

#[path = "../build/docs_rs.rs"]
mod docs_rs;
#[path = "../build/emit.rs"]
mod emit;
#[path = "../build/host.rs"]
mod host;
#[path = "../build/libclang.rs"]
mod libclang;
#[path = "../build/library.rs"]
mod library;
#[path = "../build/loader_path.rs"]
mod loader_path;
#[path = "../build/locate.rs"]
mod locate;
#[path = "../build/message.rs"]
mod message;
#[path = "../build/place.rs"]
mod place;
#[path = "../build/platform.rs"]
mod platform;
#[path = "../build/plugins.rs"]
mod plugins;
#[path = "../build/report.rs"]
mod report;
#[path = "../build/version.rs"]
mod version;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use host::{Host, PkgConfig, Target};
use library::Library;
use place::Installation;
use support::page;
use tempfile::TempDir;
use version::{Number, Version};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A machine in a temporary folder: system folders below `root`, the user's below `home`.
struct Machine {
    folder: TempDir,
    variables: HashMap<String, OsString>,
    os: &'static str,
    native: bool,
    static_feature: bool,
    pkg_config: Option<(PathBuf, PathBuf)>,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = folder.path().join("home").into_os_string();
        Self {
            folder,
            variables: HashMap::from([("HOME".to_owned(), home)]),
            os: "linux",
            native: true,
            static_feature: false,
            pkg_config: None,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The path as messages print it.
    fn shown(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
        self
    }

    fn header(&self, prefix: &str) -> &Self {
        self.file(&format!("{prefix}/include/wasmedge/wasmedge.h"), "")
    }

    /// A header and a shared library in `prefix/lib`.
    fn whole(&self, prefix: &str) -> &Self {
        self.header(prefix)
            .file(&format!("{prefix}/lib/libwasmedge.so"), "")
    }

    fn set(&mut self, name: &str, path: &str) -> &mut Self {
        let value = self.path(path).into_os_string();
        self.variables.insert(name.to_owned(), value);
        self
    }

    fn set_text(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    fn host(&self) -> Host {
        let (arch, triple) = match self.os {
            "macos" => ("aarch64", "aarch64-apple-darwin"),
            _ => ("x86_64", TARGET),
        };
        let target = Target {
            triple: triple.to_owned(),
            arch: arch.to_owned(),
            os: self.os.to_owned(),
            native: self.native,
        };
        let variables = self.variables.clone();
        let read = Box::new(move |name: &str| variables.get(name).cloned());
        let mut host = Host::new(target, self.path("root"), read);
        host.static_feature = self.static_feature;
        let named = self.pkg_config.clone();
        host.pkg_config = Box::new(move || {
            let (include, lib) = named.clone()?;
            Some(PkgConfig {
                include_dirs: vec![include],
                lib_dirs: vec![lib],
            })
        });
        host
    }

    fn found(&self) -> Installation {
        match locate::locate(&self.host()) {
            Ok(installation) => installation,
            Err(message) => panic!("not found: {message}"),
        }
    }

    /// The lines of the message, without their indentation.
    fn refused(&self) -> Vec<String> {
        match locate::locate(&self.host()) {
            Ok(installation) => panic!("found: {installation:?}"),
            Err(message) => lines(&message.to_string()),
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[track_caller]
fn assert_line(lines: &[String], line: &str) {
    assert!(
        lines.iter().any(|one| one == line),
        "no line {line:?} in\n{}",
        lines.join("\n")
    );
}

// ---- where it is found ----

#[test]
fn every_usual_prefix_is_found() {
    for prefix in [
        "home/.wasmedge",
        "home/.local",
        "root/usr/local",
        "root/home/linuxbrew/.linuxbrew",
        "root/usr",
    ] {
        let machine = Machine::new();
        machine.whole(prefix);
        let found = machine.found();
        assert_eq!(found.root, Some(machine.path(prefix)));
        assert_eq!(found.include, machine.path(prefix).join("include"));
        assert_eq!(found.lib, machine.path(prefix).join("lib"));
        assert_eq!(found.library, Library::SharedObject);
    }
}

#[test]
fn the_usual_prefixes_have_an_order() {
    let machine = Machine::new();
    let prefixes = [
        "root/usr",
        "root/home/linuxbrew/.linuxbrew",
        "root/usr/local",
        "home/.local",
        "home/.wasmedge",
    ];
    for prefix in prefixes {
        machine.whole(prefix);
        assert_eq!(machine.found().root, Some(machine.path(prefix)));
    }
}

#[test]
fn each_library_folder_of_a_prefix_is_found() {
    for lib in ["lib", "lib64", "lib/x86_64-linux-gnu"] {
        let machine = Machine::new();
        machine
            .header("root/usr")
            .file(&format!("root/usr/{lib}/libwasmedge.so.0.1.0"), "");
        assert_eq!(machine.found().lib, machine.path("root/usr").join(lib));
    }
}

#[test]
fn a_half_installation_does_not_hide_a_whole_one() {
    let machine = Machine::new();
    machine.header("home/.wasmedge").whole("root/usr");
    assert_eq!(machine.found().root, Some(machine.path("root/usr")));
}

#[test]
fn plugins_and_dangling_links_are_no_library() {
    let machine = Machine::new();
    machine
        .header("root/usr")
        .file("root/usr/lib/libwasmedgePluginWasi.so", "")
        .file("root/usr/lib/libwasmedge.so.0.d/readme", "");
    #[cfg(unix)]
    std::os::unix::fs::symlink("gone", machine.path("root/usr/lib/libwasmedge.so"))
        .expect("a link");
    let place = format!("{}: header without its library", machine.shown("root/usr"));
    assert_line(&machine.refused(), &place);
}

#[test]
fn dir_is_found() {
    let mut machine = Machine::new();
    machine.whole("opt/wasmedge").whole("home/.wasmedge");
    machine.set("WASMEDGE_DIR", "opt/wasmedge");
    assert_eq!(machine.found().root, Some(machine.path("opt/wasmedge")));
}

#[test]
fn lib_dir_and_include_dir_are_found() {
    let mut machine = Machine::new();
    machine
        .whole("home/.wasmedge")
        .file("a/wasmedge/wasmedge.h", "")
        .file("b/libwasmedge.so", "");
    machine
        .set("WASMEDGE_INCLUDE_DIR", "a")
        .set("WASMEDGE_LIB_DIR", "b");
    let found = machine.found();
    assert_eq!(found.root, None);
    assert_eq!(
        (found.include, found.lib),
        (machine.path("a"), machine.path("b"))
    );
}

#[test]
fn the_pair_wins_over_dir() {
    let mut machine = Machine::new();
    machine.whole("pair").whole("dir");
    machine
        .set("WASMEDGE_INCLUDE_DIR", "pair/include")
        .set("WASMEDGE_LIB_DIR", "pair/lib")
        .set("WASMEDGE_DIR", "dir");
    assert_eq!(machine.found().lib, machine.path("pair/lib"));
}

#[test]
fn the_name_with_the_target_wins() {
    let mut machine = Machine::new();
    machine.whole("one").whole("two");
    machine
        .set("WASMEDGE_INCLUDE_DIR", "two/include")
        .set("WASMEDGE_LIB_DIR", "two/lib")
        .set("WASMEDGE_DIR", "two")
        .set("X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_DIR", "one");
    assert_eq!(machine.found().root, Some(machine.path("one")));
}

#[test]
fn the_pair_with_the_target_wins() {
    let mut machine = Machine::new();
    machine.whole("one").whole("two");
    machine
        .set("WASMEDGE_DIR", "two")
        .set("X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_LIB_DIR", "one/lib")
        .set(
            "X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_INCLUDE_DIR",
            "one/include",
        );
    assert_eq!(machine.found().lib, machine.path("one/lib"));
}

#[test]
fn the_variable_of_the_official_installer_stands_alone() {
    let mut machine = Machine::new();
    machine.whole("home/elsewhere");
    machine.set("WASMEDGE_LIB_DIR", "home/elsewhere/lib");
    let found = machine.found();
    assert_eq!(found.root, Some(machine.path("home/elsewhere")));
    assert_eq!(found.include, machine.path("home/elsewhere/include"));

    machine.whole("opt/wasmedge");
    machine.set("WASMEDGE_DIR", "opt/wasmedge");
    assert_eq!(machine.found().root, Some(machine.path("opt/wasmedge")));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let mut machine = Machine::new();
    machine.whole("home/.wasmedge");
    machine
        .set_text("WASMEDGE_DIR", "")
        .set_text("WASMEDGE_STATIC", "");
    assert_eq!(machine.found().root, Some(machine.path("home/.wasmedge")));
}

#[test]
fn pkg_config_comes_before_the_prefixes_and_after_the_variables() {
    let mut machine = Machine::new();
    machine.whole("known").whole("home/.wasmedge").whole("dir");
    machine.pkg_config = Some((machine.path("known/include"), machine.path("known/lib")));
    assert_eq!(machine.found().lib, machine.path("known/lib"));
    machine.set("WASMEDGE_DIR", "dir");
    assert_eq!(machine.found().lib, machine.path("dir/lib"));
}

#[test]
fn the_usual_prefixes_are_not_for_another_platform() {
    let mut machine = Machine::new();
    machine.native = false;
    machine.whole("home/.wasmedge").whole("cross");
    assert_line(
        &machine.refused(),
        "none: building for x86_64-unknown-linux-gnu, and what lies in the usual places is not",
    );
    // What is recommended is what is looked at.
    let refused = machine.refused();
    assert_line(
        &refused,
        "and name it:  X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_DIR=<the folder that holds include/ and lib/>",
    );
    for installer in ["~/.wasmedge", "apt", "brew", "scripts/with-wasmedge"] {
        assert!(
            !refused.iter().any(|line| line.contains(installer)),
            "{refused:?}"
        );
    }
    machine.set("X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_DIR", "cross");
    assert_eq!(machine.found().root, Some(machine.path("cross")));
}

/// The beginning of an ELF file: 64 bits, little end first.
fn elf(processor: u8) -> Vec<u8> {
    let mut header = vec![0; 64];
    header[..6].copy_from_slice(b"\x7fELF\x02\x01");
    header[16..20].copy_from_slice(&[3, 0, processor, 0]);
    header
}

const X86_64: u8 = 0x3e;
const AARCH64: u8 = 0xb7;

#[test]
fn a_library_for_another_processor_is_refused() {
    let mut machine = Machine::new();
    machine.header("opt").file("opt/lib/libwasmedge.so", "");
    let library = machine.path("opt/lib/libwasmedge.so");
    fs::write(&library, elf(AARCH64)).unwrap();
    machine.set("WASMEDGE_DIR", "opt");
    let refused = machine.refused();
    assert_eq!(
        refused[0],
        "WASMEDGE_DIR names no whole WasmEdge installation: its library is for another processor."
    );
    let reason = format!(
        "{} is for aarch64, and what is built is for x86_64",
        library.display()
    );
    assert_line(&refused, &reason);

    fs::write(&library, elf(X86_64)).unwrap();
    assert_eq!(machine.found().lib, machine.path("opt/lib"));
}

#[test]
fn a_library_for_another_processor_hides_none_that_fits() {
    let machine = Machine::new();
    machine
        .whole("home/.wasmedge")
        .file("home/.wasmedge/lib64/libwasmedge.so", "");
    let library = |folder| machine.path(folder).join("libwasmedge.so");
    fs::write(library("home/.wasmedge/lib64"), elf(AARCH64)).unwrap();
    fs::write(library("home/.wasmedge/lib"), elf(X86_64)).unwrap();
    assert_eq!(machine.found().lib, machine.path("home/.wasmedge/lib"));

    fs::write(library("home/.wasmedge/lib"), elf(AARCH64)).unwrap();
    machine.whole("root/usr");
    assert_eq!(machine.found().lib, machine.path("root/usr/lib"));
}

#[test]
fn the_processor_of_a_library_is_read_from_its_beginning() {
    let machine = Machine::new();
    let file = machine.path("file");
    let of = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        platform::of(&file)
    };
    assert_eq!(of(&elf(X86_64)).as_deref(), Some("x86_64"));
    assert_eq!(of(&elf(0xf3)).as_deref(), Some("riscv64"));
    assert_eq!(of(&elf(0x77)).as_deref(), Some("processor 119 of ELF"));
    let mut big = elf(0);
    (big[5], big[19]) = (2, 0x16);
    assert_eq!(of(&big).as_deref(), Some("s390x"));
    let mut apple = vec![0; 32];
    apple[..8].copy_from_slice(&[0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]);
    assert_eq!(of(&apple).as_deref(), Some("aarch64"));
    for other in [&b""[..], b"\x7fELF", b"!<arch>\n", &[b' '; 40]] {
        assert_eq!(of(other), None);
    }
    assert_eq!(platform::of(&machine.path("nothing")), None);
}

#[test]
fn a_machine_that_lacks_both_is_told_so_at_once() {
    let library = locate::locate(&Machine::new().host()).unwrap_err();
    let both = library.and(libclang::missing("nothing there", None));
    let both = lines(&both.to_string());
    assert_eq!(both[0], "the WasmEdge C library was not found.");
    assert_line(&both, "And besides: no usable libclang was found.");
    assert_line(&both, "What it said: nothing there");
}

#[test]
fn macos_has_its_own_names() {
    let mut machine = Machine::new();
    machine.os = "macos";
    machine
        .header("root/opt/homebrew")
        .file("root/opt/homebrew/lib/libwasmedge.0.dylib", "");
    let found = machine.found();
    assert_eq!(found.library, Library::Dylib);
    assert_eq!(found.root, Some(machine.path("root/opt/homebrew")));
}

#[test]
fn every_variable_that_is_read_is_one_to_watch() {
    let machine = Machine::new();
    machine.whole("root/usr");
    let host = machine.host();
    locate::locate(&host).expect("an installation");
    let asked = host.asked();
    for name in ["LIB_DIR", "INCLUDE_DIR", "DIR", "STATIC"] {
        assert!(asked.contains(&format!("WASMEDGE_{name}")), "{asked:?}");
        let name = format!("X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_{name}");
        assert!(asked.contains(&name), "{asked:?}");
    }
    for name in ["HOME", "PKG_CONFIG_PATH"] {
        assert!(asked.contains(&name.to_owned()), "{asked:?}");
    }
}

// ---- static or shared ----

#[test]
fn the_static_library_is_asked_for() {
    let mut machine = Machine::new();
    machine
        .whole("root/usr")
        .file("root/usr/lib/libwasmedge.a", "");
    assert_eq!(machine.found().library, Library::SharedObject);
    machine.static_feature = true;
    assert_eq!(machine.found().library, Library::Static);
    machine.set_text("WASMEDGE_STATIC", "0");
    assert_eq!(machine.found().library, Library::SharedObject);
    machine.static_feature = false;
    machine.set_text("WASMEDGE_STATIC", "1");
    assert_eq!(machine.found().library, Library::Static);
    machine.set_text("X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_STATIC", "0");
    assert_eq!(machine.found().library, Library::SharedObject);
}

#[test]
fn the_other_kind_of_library_is_pointed_at() {
    let mut machine = Machine::new();
    machine.header("opt").file("opt/lib/libwasmedge.a", "");
    machine.set("WASMEDGE_DIR", "opt");
    let refused = machine.refused();
    assert_line(
        &refused,
        "libwasmedge.a is there: WASMEDGE_STATIC=1 links it",
    );

    let mut machine = Machine::new();
    machine.whole("opt");
    machine
        .set("WASMEDGE_DIR", "opt")
        .set_text("WASMEDGE_STATIC", "1");
    let refused = machine.refused();
    assert_line(
        &refused,
        "the shared library is there: WASMEDGE_STATIC=0 links it",
    );
}

#[test]
fn an_odd_value_of_static_is_refused() {
    let mut machine = Machine::new();
    machine.whole("root/usr");
    machine.set_text("WASMEDGE_STATIC", "maybe");
    assert_eq!(
        machine.refused(),
        [
            "WASMEDGE_STATIC = maybe means nothing.",
            "",
            "What to do: 1 links libwasmedge.a, 0 the shared library; without it, the feature",
            "`static` decides.",
        ]
    );
}

// ---- variables that are wrong ----

#[test]
fn a_dir_that_is_not_there() {
    let mut machine = Machine::new();
    machine.whole("home/.wasmedge");
    machine.set("WASMEDGE_DIR", "gone");
    let gone = machine.shown("gone");
    assert_eq!(
        machine.refused(),
        [
            "WASMEDGE_DIR names no whole WasmEdge installation: no such folder.",
            "",
            &format!("WASMEDGE_DIR = {gone}"),
            "",
            "Looked for:",
            &format!("header   wasmedge/wasmedge.h: missing in {gone}/include"),
            &format!(
                "library  libwasmedge.so*: missing in \
                 {gone}/lib/x86_64-linux-gnu, {gone}/lib64, {gone}/lib"
            ),
            "",
            "What to do: correct WASMEDGE_DIR, or unset it to have the usual places searched.",
            "WASMEDGE_DIR is the folder that holds include/ and lib/; \
             WASMEDGE_INCLUDE_DIR the one that holds",
            "wasmedge/wasmedge.h; WASMEDGE_LIB_DIR the one that holds the library itself.",
        ]
    );
}

#[test]
fn a_dir_with_a_header_without_its_library() {
    let mut machine = Machine::new();
    machine.header("opt").whole("home/.wasmedge");
    machine.set("WASMEDGE_DIR", "opt");
    let (refused, opt) = (machine.refused(), machine.shown("opt"));
    assert_eq!(
        refused[0],
        "WASMEDGE_DIR names no whole WasmEdge installation: header without its library."
    );
    assert_line(&refused, &format!("WASMEDGE_DIR = {opt}"));
    assert_line(
        &refused,
        &format!("header   wasmedge/wasmedge.h: found in {opt}/include"),
    );
    assert_line(
        &refused,
        &format!(
            "library  libwasmedge.so*: missing in \
             {opt}/lib/x86_64-linux-gnu, {opt}/lib64, {opt}/lib"
        ),
    );
}

#[test]
fn a_dir_with_a_library_without_its_headers() {
    let mut machine = Machine::new();
    machine
        .file("opt/lib64/libwasmedge.so.0", "")
        .whole("home/.wasmedge");
    let variable = "X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_DIR";
    machine.set(variable, "opt");
    let (refused, opt) = (machine.refused(), machine.shown("opt"));
    assert_eq!(
        refused[0],
        format!("{variable} names no whole WasmEdge installation: library without its headers.")
    );
    assert_line(
        &refused,
        &format!("header   wasmedge/wasmedge.h: missing in {opt}/include"),
    );
    assert_line(
        &refused,
        &format!("library  libwasmedge.so*: found in {opt}/lib64"),
    );
    assert_line(
        &refused,
        &format!("What to do: correct {variable}, or unset it to have the usual places searched."),
    );
}

#[test]
fn a_pair_that_is_wrong() {
    let mut machine = Machine::new();
    machine.header("opt").whole("home/.wasmedge");
    machine
        .set("WASMEDGE_LIB_DIR", "opt/lib")
        .set("WASMEDGE_INCLUDE_DIR", "opt/include");
    let (refused, opt) = (machine.refused(), machine.shown("opt"));
    assert_eq!(
        refused[0],
        "WASMEDGE_LIB_DIR and WASMEDGE_INCLUDE_DIR name no whole WasmEdge installation: \
         header without its library."
    );
    assert_line(&refused, &format!("WASMEDGE_LIB_DIR = {opt}/lib"));
    assert_line(&refused, &format!("WASMEDGE_INCLUDE_DIR = {opt}/include"));
    assert_line(
        &refused,
        &format!("library  libwasmedge.so*: missing in {opt}/lib"),
    );
}

#[test]
fn the_headers_beside_a_library_folder_without_library_do_not_help() {
    let mut machine = Machine::new();
    machine.header("opt").whole("home/.wasmedge");
    machine.set("WASMEDGE_LIB_DIR", "opt/lib");
    assert_eq!(
        machine.refused()[0],
        "WASMEDGE_LIB_DIR names no whole WasmEdge installation: header without its library."
    );
}

#[test]
fn only_one_of_the_pair() {
    let pair = ["WASMEDGE_LIB_DIR", "WASMEDGE_INCLUDE_DIR"];
    for (set, missing) in [(pair[0], pair[1]), (pair[1], pair[0])] {
        for prefix in ["", "X86_64_UNKNOWN_LINUX_GNU_"] {
            let mut machine = Machine::new();
            machine.whole("home/.wasmedge");
            let (set, missing) = (format!("{prefix}{set}"), format!("{prefix}{missing}"));
            machine.set(&set, "opt/folder");
            let refused = machine.refused();
            assert_eq!(refused[0], format!("{set} is set without {missing}."));
            assert_line(
                &refused,
                &format!("{set} = {}", machine.shown("opt/folder")),
            );
            assert_line(
                &refused,
                &format!(
                    "What to do: set {missing} as well, or {prefix}WASMEDGE_DIR instead, or unset {set}"
                ),
            );
        }
    }
}

#[test]
fn dir_does_not_make_up_for_an_include_dir_without_its_lib_dir() {
    let mut machine = Machine::new();
    machine.whole("opt");
    machine
        .set("WASMEDGE_INCLUDE_DIR", "opt/include")
        .set("WASMEDGE_DIR", "opt");
    assert_eq!(
        machine.refused()[0],
        "WASMEDGE_INCLUDE_DIR is set without WASMEDGE_LIB_DIR."
    );
}

// ---- nothing found ----

#[test]
fn nothing_found_lists_places_and_variables() {
    let mut machine = Machine::new();
    machine
        .header("home/.local")
        .file("root/usr/lib/libwasmedge.so.0", "")
        .file("root/usr/local/readme", "");
    machine.set_text("PKG_CONFIG_PATH", "somewhere");
    let (root, home) = (machine.shown("root"), machine.shown("home"));
    assert_eq!(
        machine.refused(),
        [
            "the WasmEdge C library was not found.",
            "",
            "Looked for wasmedge/wasmedge.h and libwasmedge.so*.",
            "",
            "Places looked at:",
            "pkg-config: wasmedge is not known to it",
            &format!("{home}/.wasmedge: no such folder"),
            &format!("{home}/.local: header without its library"),
            &format!("header   wasmedge/wasmedge.h: found in {home}/.local/include"),
            &format!(
                "library  libwasmedge.so*: missing in {home}/.local/lib/x86_64-linux-gnu, \
                 {home}/.local/lib64, {home}/.local/lib"
            ),
            &format!("{root}/usr/local: neither header nor library"),
            &format!("{root}/home/linuxbrew/.linuxbrew: no such folder"),
            &format!("{root}/usr: library without its headers"),
            &format!("header   wasmedge/wasmedge.h: missing in {root}/usr/include"),
            &format!("library  libwasmedge.so*: found in {root}/usr/lib"),
            "",
            "Variables:",
            "X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_LIB_DIR is not set",
            "X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_INCLUDE_DIR is not set",
            "X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_DIR is not set",
            "WASMEDGE_LIB_DIR is not set",
            "WASMEDGE_INCLUDE_DIR is not set",
            "WASMEDGE_DIR is not set",
            "WASMEDGE_STATIC is not set",
            "PKG_CONFIG_PATH = somewhere",
            &format!("HOME = {home}"),
            "",
            "What to do (version 0.13.4 or newer, older than 0.18.0), one of:",
            "the official installer, which puts it into ~/.wasmedge: \
             https://wasmedge.org/docs/start/install",
            "Debian 13 or newer:  apt install libwasmedge-dev",
            "Homebrew:            brew install wasmedge",
            "installed elsewhere:  WASMEDGE_DIR=<the folder that holds include/ and lib/>",
            "or                    WASMEDGE_LIB_DIR=<folder> WASMEDGE_INCLUDE_DIR=<folder>",
            "in a checkout of this repository:  scripts/with-wasmedge COMMAND  \
             (such as: scripts/with-wasmedge cargo test)",
        ]
    );
}

#[test]
fn what_pkg_config_names_and_is_not_there_is_listed() {
    let mut machine = Machine::new();
    machine.header("known");
    machine.pkg_config = Some((machine.path("known/include"), machine.path("known/lib")));
    let (refused, known) = (machine.refused(), machine.shown("known"));
    assert_line(&refused, "pkg-config: header without its library");
    assert_line(
        &refused,
        &format!("library  libwasmedge.so*: missing in {known}/lib"),
    );
}

// ---- the version ----

/// A version header as WasmEdge's own build writes it.
fn version_header(text: &str, Number(major, minor, patch): Number) -> String {
    format!(
        "// wasmedge/version.h - WasmEdge C API\n\
         #ifndef WASMEDGE_C_API_VERSION_H\n#define WASMEDGE_C_API_VERSION_H\n\n\
         // WasmEdge version.\n\
         #define WASMEDGE_VERSION \"{text}\"\n\
         #define WASMEDGE_VERSION_MAJOR {major}\n\
         #define WASMEDGE_VERSION_MINOR {minor}\n\
         #define WASMEDGE_VERSION_PATCH {patch}\n\n\
         #define WasmEdge_Plugin_CurrentAPIVersion 2\n\n\
         #endif // WASMEDGE_C_API_VERSION_H\n"
    )
}

#[test]
fn good_version_headers() {
    let number = Number(0, 13, 4);
    let version = version::parse(&version_header("0.13.4", number)).expect("a version");
    assert_eq!((version.text.as_str(), version.number), ("0.13.4", number));

    let suffix = version::parse(&version_header("0.17.0-rc.1", Number(0, 17, 0)));
    assert_eq!(suffix.expect("a version").text, "0.17.0-rc.1");

    let windows = version_header("0.13.4", number).replace('\n', "\r\n");
    assert_eq!(version::parse(&windows).expect("a version").number, number);

    let spaced = "\t#  define\tWASMEDGE_VERSION   \"0.14.1\" // as a text\n\
                  # define WASMEDGE_VERSION_MAJOR 0 /* never */\n\
                  #define WASMEDGE_VERSION_MINOR\t14\n\
                  #define WASMEDGE_VERSION_PATCH 1";
    let version = version::parse(spaced).expect("a version");
    assert_eq!(
        (version.text.as_str(), version.number),
        ("0.14.1", Number(0, 14, 1))
    );
}

#[test]
fn odd_version_headers() {
    let good = version_header("0.13.4", Number(0, 13, 4));
    let problem = |header: &str| version::parse(header).expect_err("no version");
    assert_eq!(problem(""), "WASMEDGE_VERSION is not defined in it");
    assert_eq!(
        problem(&good.replace("_PATCH", "_STEP")),
        "WASMEDGE_VERSION_PATCH is not defined in it"
    );
    assert_eq!(
        problem(&good.replace("MINOR 13", "MINOR")),
        "WASMEDGE_VERSION_MINOR is empty in it"
    );
    assert_eq!(
        problem(&good.replace("MINOR 13", "MINOR x")),
        "WASMEDGE_VERSION_MINOR is \"x\", not a number"
    );
    assert_eq!(
        problem(&good.replace("MAJOR 0", "MAJOR -1")),
        "WASMEDGE_VERSION_MAJOR is \"-1\", not a number"
    );
    assert_eq!(
        problem(&good.replace("\"0.13.4\"", "\"0.13.41\"")),
        "WASMEDGE_VERSION is \"0.13.41\", but its parts say 0.13.4"
    );
}

/// What reading a version header in a folder gives, and the file.
fn read_version(header: Option<&str>) -> (Result<Version, Vec<String>>, String) {
    let machine = Machine::new();
    if let Some(text) = header {
        machine.file("include/wasmedge/version.h", text);
    }
    let read = version::read(&machine.path("include"));
    let read = read.map_err(|message| lines(&message.to_string()));
    (read, machine.shown("include/wasmedge/version.h"))
}

#[test]
fn unsupported_versions() {
    for number in [
        Number(0, 12, 0),
        Number(0, 13, 3),
        Number(0, 18, 0),
        Number(1, 0, 0),
    ] {
        let (read, file) = read_version(Some(&version_header(&number.to_string(), number)));
        assert_eq!(
            read.expect_err("not supported"),
            [
                &format!("WasmEdge {number} is not supported by this crate."),
                "",
                &format!("found      {number} in {file}"),
                "supported  0.13.4 or newer, older than 0.18.0",
                "",
                "Install a supported version, or name the folder of one in WASMEDGE_DIR.",
            ]
        );
    }
}

#[test]
fn supported_versions() {
    for number in [
        Number(0, 13, 4),
        Number(0, 14, 0),
        Number(0, 16, 4),
        Number(0, 17, 99),
    ] {
        let (read, _) = read_version(Some(&version_header(&number.to_string(), number)));
        assert_eq!(read.expect("supported").number, number);
    }
}

#[test]
fn a_version_header_that_is_missing_or_says_nothing() {
    let (read, file) = read_version(None);
    let refused = read.expect_err("no file");
    assert!(
        refused[0].starts_with(&format!(
            "cannot read {file}, which says WasmEdge's version: "
        )),
        "{refused:?}"
    );
    let (read, file) = read_version(Some("#define WASMEDGE_VERSION \"\"\n"));
    assert_eq!(
        read.expect_err("no version")[0],
        format!(
            "cannot tell WasmEdge's version from {file}: WASMEDGE_VERSION_MAJOR is not defined in it."
        )
    );
}

#[test]
fn cfgs_of_each_release() {
    let all = [
        "wasmedge_0_13_5",
        "wasmedge_0_14",
        "wasmedge_0_14_1",
        "wasmedge_0_15",
        "wasmedge_0_16",
        "wasmedge_0_17",
        "wasmedge_0_17_1",
    ];
    for (number, count) in [
        (Number(0, 13, 4), 0),
        (Number(0, 13, 5), 1),
        (Number(0, 14, 0), 2),
        (Number(0, 14, 1), 3),
        (Number(0, 15, 0), 4),
        (Number(0, 15, 1), 4),
        (Number(0, 16, 0), 5),
        (Number(0, 16, 4), 5),
        (Number(0, 17, 0), 6),
        (Number(0, 17, 1), 7),
        (Number(0, 17, 2), 7),
    ] {
        let cfgs: Vec<&str> = number.cfgs().collect();
        assert_eq!(cfgs, all[..count], "{number}");
    }
}

// ---- what cargo is told ----

fn version(number: Number) -> Version {
    Version {
        number,
        text: number.to_string(),
    }
}

#[test]
fn every_cfg_is_declared_and_those_of_the_version_are_set() {
    let told = emit::cfgs(&version(Number(0, 14, 0)));
    assert_eq!(told.len(), 7 + 2);
    assert_line(&told, "rustc-check-cfg=cfg(wasmedge_0_17_1)");
    assert_eq!(
        told[7..],
        ["rustc-cfg=wasmedge_0_13_5", "rustc-cfg=wasmedge_0_14"]
    );
}

#[test]
fn metadata_for_dependent_build_scripts() {
    let machine = Machine::new();
    machine.whole("opt");
    let mut installation = Installation {
        root: Some(PathBuf::from("/r")),
        include: PathBuf::from("/i"),
        lib: PathBuf::from("/l"),
        files: Vec::new(),
        library: Library::SharedObject,
    };
    let version = version(Number(1, 13, 4));
    let told = emit::metadata(&installation, &version);
    let without_root = [
        "metadata=INCLUDE=/i",
        "metadata=LIB=/l",
        "metadata=VERSION=1.13.4",
        "metadata=VERSION_NUMBER=1013004",
    ];
    assert_eq!(told[0], "metadata=ROOT=/r");
    assert_eq!(told[1..], without_root);
    installation.root = None;
    assert_eq!(emit::metadata(&installation, &version), without_root);
}

#[test]
fn the_static_library_brings_what_it_needs() {
    let mut machine = Machine::new();
    machine.header("opt").file("opt/lib/libwasmedge.a", "");
    machine
        .set("WASMEDGE_DIR", "opt")
        .set_text("WASMEDGE_STATIC", "1")
        .set_text("WASMEDGE_STATIC_LIBS", "z, static=fmt,");
    let told = emit::link_static(&machine.host(), &machine.found());
    assert_eq!(
        told,
        [
            &format!("rustc-link-search=native={}", machine.shown("opt/lib")),
            "rustc-link-lib=static=wasmedge",
            "rustc-link-lib=z",
            "rustc-link-lib=static=fmt",
            "rustc-link-lib=stdc++",
            "rustc-link-lib=pthread",
            "rustc-link-lib=dl",
            "rustc-link-lib=m",
            "rustc-link-lib=rt",
        ]
    );
    machine.os = "macos";
    let told = emit::link_static(&machine.host(), &machine.found());
    assert_eq!(told.last().map(String::as_str), Some("rustc-link-lib=c++"));
}

#[test]
fn cargo_watches_the_script_the_version_the_library_and_the_variables() {
    let machine = Machine::new();
    machine.whole("root/usr");
    let host = machine.host();
    let installation = locate::locate(&host).expect("an installation");
    let told = emit::reruns(&host, &installation);
    let (include, lib) = (
        machine.shown("root/usr/include"),
        machine.shown("root/usr/lib"),
    );
    for file in [
        "build.rs",
        "build",
        "wrapper.h",
        &format!("{include}/wasmedge/version.h"),
        &format!("{lib}/libwasmedge.so"),
    ] {
        assert_line(&told, &format!("rerun-if-changed={file}"));
    }
    assert_line(&told, "rerun-if-env-changed=WASMEDGE_DIR");
}

// ---- docs.rs ----

#[test]
fn docs_rs_needs_no_installation_and_links_nothing() {
    let mut machine = Machine::new();
    machine.static_feature = true;
    assert!(!docs_rs::is_here(&machine.host()));
    machine.set_text("DOCS_RS", "1");
    let host = machine.host();
    assert!(docs_rs::is_here(&host));

    let told = emit::without_library(&host, &version(docs_rs::VERSION));
    for line in [
        "rustc-cfg=wasmedge_0_17_1",
        "metadata=VERSION=0.17.1",
        "rerun-if-changed=build",
        "rerun-if-env-changed=DOCS_RS",
    ] {
        assert_line(&told, line);
    }
    assert!(!told.iter().any(|line| line.contains("link")), "{told:?}");

    let out_dir = machine.path("out");
    let refused = docs_rs::stand_in(&host, support::root(), &out_dir).expect_err("no such folder");
    let refused = refused.to_string();
    let from = support::root().join("build/docs_rs");
    let said = format!("cannot copy {}/", from.display());
    assert!(refused.starts_with(&said), "{refused}");
    fs::create_dir(&out_dir).expect("a folder");
    docs_rs::stand_in(&host, support::root(), &out_dir).expect("bindings");
    assert_eq!(names(&out_dir), docs_rs::FILES);
}

#[test]
fn the_bindings_for_docs_rs_are_of_the_newest_supported_version() {
    let bindings = committed("bindings.rs");
    let Number(major, minor, patch) = docs_rs::VERSION;
    for (name, value) in [("MAJOR", major), ("MINOR", minor), ("PATCH", patch)] {
        let line = format!("pub const WASMEDGE_VERSION_{name}: u32 = {value};");
        assert!(bindings.contains(&line), "{line}");
    }
    let (newest, _) = version::THRESHOLDS[version::THRESHOLDS.len() - 1];
    assert!(docs_rs::VERSION.cfgs().any(|cfg| cfg == newest));
    assert!(Number(major, minor + 1, 0) >= version::TOO_NEW);
}

#[test]
fn the_bindings_for_docs_rs_are_what_bindgen_makes_of_the_headers() {
    let installed = Path::new(env!("WASMEDGE_SAFE_BINDINGS"));
    let made = |name| fs::read_to_string(installed.join(name)).expect("what the build script made");
    let headers = version::read(Path::new(env!("WASMEDGE_SAFE_HEADERS")));
    let headers = headers.expect("the installed version").number;
    let [bindings, _] = docs_rs::FILES;
    if headers != docs_rs::VERSION {
        // Of no other version can they be.
        assert!(tokens(&committed(bindings)) != tokens(&made(bindings)));
        println!(
            "{headers} is installed: not compared with those of {}",
            docs_rs::VERSION
        );
        return;
    }
    for name in docs_rs::FILES {
        let (committed, made) = (tokens(&committed(name)), tokens(&made(name)));
        let same = committed.iter().zip(&made).take_while(|(a, b)| a == b);
        let place = same.count();
        assert!(
            committed == made,
            "{name} differs: {:?} instead of {:?}; cp {} {}",
            committed.get(place),
            made.get(place),
            installed.join(name).display(),
            docs_rs::FOLDER,
        );
    }
}

fn committed(name: &str) -> String {
    let file = support::root().join(docs_rs::FOLDER).join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Statements without what depends on the version of bindgen and on whether there is a rustfmt: the comment at the
/// top, white space, and commas at the end.
fn tokens(text: &str) -> Vec<String> {
    let text = match text.split_once("*/") {
        Some((_, text)) => text,
        None => text,
    };
    let mut text: String = text.split_whitespace().collect();
    for end in [')', ']', '}', '>'] {
        text = text.replace(&format!(",{end}"), &end.to_string());
    }
    text.split_inclusive([';', '}'])
        .map(str::to_owned)
        .collect()
}

// ---- the folder of links ----

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn the_folder_of_links_holds_the_names_of_linker_and_loader() {
    for file in ["libwasmedge.so", "libwasmedge.so.0", "libwasmedge.so.0.1.0"] {
        let mut machine = Machine::new();
        machine
            .header("opt")
            .file(&format!("opt/lib/{file}"), "the library");
        machine.set("WASMEDGE_DIR", "opt");
        let folder = loader_path::make(&machine.path("out"), &machine.found()).expect("a folder");
        assert_eq!(folder, machine.path("out/lib"));
        for name in ["libwasmedge.so", "libwasmedge.so.0", file] {
            let text = fs::read_to_string(folder.join(name));
            assert_eq!(text.expect("a link"), "the library");
        }
    }
}

#[test]
fn the_folder_of_links_is_made_anew() {
    let mut machine = Machine::new();
    machine
        .header("old")
        .file("old/lib/libwasmedge.so.0.0.3", "old")
        .header("new")
        .file("new/lib/libwasmedge.so.0.1.0", "new");
    machine.set("WASMEDGE_DIR", "old");
    loader_path::make(&machine.path("out"), &machine.found()).expect("a folder");
    fs::remove_dir_all(machine.path("old")).expect("gone");
    machine.set("WASMEDGE_DIR", "new");
    let folder = loader_path::make(&machine.path("out"), &machine.found()).expect("a folder");
    assert_eq!(
        names(&folder),
        [
            "libwasmedge.so",
            "libwasmedge.so.0",
            "libwasmedge.so.0.1.0",
            "wasmedge"
        ]
    );
    let text = fs::read_to_string(folder.join("libwasmedge.so.0"));
    assert_eq!(text.expect("a link"), "new");
}

#[test]
fn plugins_lie_beside_the_library() {
    for (lib, plugins) in [
        (
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/x86_64-linux-gnu/wasmedge",
        ),
        ("/usr/local/lib", "/usr/local/lib/wasmedge"),
        ("/lib64", "/lib64/wasmedge"),
        ("/home/me/.wasmedge/lib", "/home/me/.wasmedge/lib/../plugin"),
    ] {
        assert_eq!(plugins::folder_of(lib.as_ref()), Path::new(plugins));
    }
}

#[cfg(unix)]
#[test]
fn plugins_are_seen_from_the_folder_of_links() {
    let mut machine = Machine::new();
    machine.whole("old").whole("opt");
    for prefix in ["old", "opt"] {
        machine.set("WASMEDGE_DIR", prefix);
        loader_path::make(&machine.path("out"), &machine.found()).expect("a folder");
    }
    machine.file("opt/plugin/one.so", "the plug-in");
    for link in ["out/plugin", "out/lib/wasmedge"] {
        let text = fs::read_to_string(machine.path(link).join("one.so"));
        assert_eq!(text.expect("a plug-in"), "the plug-in");
    }
}

// ---- libclang ----

#[test]
fn no_libclang() {
    let message = libclang::missing("nothing there", Some("/empty".as_ref())).to_string();
    let message = lines(&message);
    assert_eq!(message[0], "no usable libclang was found.");
    assert_line(
        &message,
        "It reads WasmEdge's headers while building; the finished program does without it.",
    );
    assert_line(&message, "LIBCLANG_PATH = /empty, and nowhere else");
    assert_line(&message, "What it said: nothing there");
    assert_line(&message, "Debian, Ubuntu:  apt install libclang-dev");
    assert_line(&message, "Fedora:          dnf install clang-devel");
    assert_line(&message, "Homebrew:        brew install llvm");
    let message = lines(&libclang::missing("nothing there", None).to_string());
    assert_line(
        &message,
        "LIBCLANG_PATH (not set), then llvm-config, then the system's folders",
    );
}

#[test]
fn headers_that_cannot_be_read() {
    let message = libclang::unreadable("'stddef.h' file not found\n").to_string();
    let message = lines(&message);
    assert_eq!(message[0], "libclang could not read WasmEdge's headers.");
    assert_line(&message, "'stddef.h' file not found");
    assert_line(
        &message,
        "If a header of the compiler itself is missing (stddef.h, stdbool.h, stdint.h), one of:",
    );
}

// ---- the page of messages ----

/// A machine whose variables are these, and what is said there first.
fn first_line(set: impl FnOnce(&mut Machine)) -> String {
    let mut machine = Machine::new();
    set(&mut machine);
    machine.refused().swap_remove(0)
}

/// The first line of a message.
fn first(message: &message::Message) -> String {
    lines(&message.to_string()).swap_remove(0)
}

/// A machine on which the folder for links cannot be made.
fn unwritable() -> String {
    let mut machine = Machine::new();
    machine
        .whole("opt")
        .file("out", "a file, where a folder is to be");
    machine.set("WASMEDGE_DIR", "opt");
    let made = loader_path::make(&machine.path("out"), &machine.found());
    first(&made.expect_err("no folder"))
}

#[test]
fn the_page_of_messages_has_each_message() {
    let old = Number(0, 12, 0);
    let read = |header: Option<&str>| {
        let (read, _) = read_version(header);
        read.expect_err("no version").swap_remove(0)
    };
    let said = [
        ("build/not-found", first_line(|_| {})),
        (
            "build/variable",
            first_line(|machine| {
                machine.set("WASMEDGE_DIR", "opt");
            }),
        ),
        (
            "build/pair",
            first_line(|machine| {
                machine
                    .set("WASMEDGE_LIB_DIR", "opt/lib")
                    .set("WASMEDGE_INCLUDE_DIR", "opt/include");
            }),
        ),
        (
            "build/half",
            first_line(|machine| {
                machine.set("WASMEDGE_INCLUDE_DIR", "opt/include");
            }),
        ),
        (
            "build/static",
            first_line(|machine| {
                machine.set_text("WASMEDGE_STATIC", "maybe");
            }),
        ),
        (
            "build/unsupported",
            read(Some(&version_header("0.12.0", old))),
        ),
        ("build/no-version-header", read(None)),
        ("build/no-version", read(Some(""))),
        ("build/no-libclang", first(&libclang::missing("none", None))),
        ("build/headers", first(&libclang::unreadable("none"))),
        ("build/links", unwritable()),
    ];
    let rows = page::rows();
    let mut ids: Vec<&str> = rows.iter().map(|row| &*row.id).collect();
    ids.retain(|id| id.starts_with("build/"));
    let known: Vec<&str> = said.iter().map(|(id, _)| *id).collect();
    assert_eq!(known, ids, "here and on the page");
    for (id, text) in said {
        let row = rows.iter().find(|row| row.id == id).expect("as above");
        assert!(page::is(&row.messages[0], &text), "{id}: {text}");
    }
}

/// What the source of the build script begins messages with.
#[test]
fn the_page_of_messages_has_each_message_of_the_source() {
    let rows = page::rows();
    let messages: Vec<&String> = rows.iter().flat_map(|row| &row.messages).collect();
    let folder = support::root().join("build");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the build script") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let source = fs::read_to_string(path).expect("a source");
        for rest in source.split("Message::new(").skip(1) {
            let literal = rest.split('"').nth(1).expect("a literal");
            let joined: Vec<&str> = literal.split("\\\n").map(str::trim_start).collect();
            let pattern = page::pattern(&joined.concat());
            count += 1;
            assert!(
                messages.iter().any(|message| page::has(message, &pattern)),
                "docs/messages.md has no {pattern:?}"
            );
        }
    }
    assert!(count >= 11, "{count}");
}
