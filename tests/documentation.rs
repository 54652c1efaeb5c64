//! The guide and what it tells: every page is there and leads on, and lists that are to be complete are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    support::root()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files in a folder and those below it whose names end so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found
}

/// The pages of the guide by their files: those that the crate includes.
fn pages() -> Vec<String> {
    let guide = read("src/guide.rs");
    let files = guide.split('"').skip(1).step_by(2);
    let pages: Vec<_> = files
        .filter(|file| file.ends_with(".md"))
        .map(|file| format!("docs/{file}"))
        .collect();
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

#[test]
fn every_page_of_the_guide_is_in_the_crate() {
    let pages = pages();
    let written = files("docs/guide", ".md");
    assert!(!written.is_empty());
    for file in written {
        assert!(pages.contains(&file.display().to_string()), "{file:?}");
    }
    for page in pages {
        read(&page);
        // Cargo.toml lists what is published, with patterns for folders.
        let manifest = read("Cargo.toml");
        let folder = format!("\"/{}/*.md\"", Path::new(&page).parent().unwrap().display());
        let from = page.starts_with("docs/from-") && manifest.contains("\"/docs/from-*.md\"");
        let listed = manifest.contains(&format!("\"/{page}\"")) || manifest.contains(&folder);
        assert!(listed || from, "{page} is not published");
    }
}

#[test]
fn every_example_is_in_the_guide_or_the_table_from_go() {
    let text: String = pages().iter().map(read).collect();
    let named: BTreeSet<&str> = text
        .split('`')
        .filter(|code| code.starts_with("examples/") && code.ends_with(".rs"))
        .collect();
    let mut there_are = BTreeSet::new();
    for path in files("examples", ".rs") {
        if path.components().count() == 2 {
            there_are.insert(path.display().to_string());
        }
    }
    assert!(!there_are.is_empty());
    let there_are: BTreeSet<&str> = there_are.iter().map(String::as_str).collect();
    assert_eq!(named, there_are);
}

/// The names of environment variables in code: in quotes, in capitals, no alias in an attribute, none of cargo's own
/// and no constant of C.
fn variables(code: &str) -> BTreeSet<String> {
    const CARGO: [&str; 5] = ["OUT_DIR", "TARGET", "HOST", "CARGO_", "RUSTC"];
    let code = code.lines().map(str::trim);
    let code = code.filter(|line| !line.starts_with("//") && !line.starts_with("#["));
    let quoted = code.flat_map(|line| line.split('"').skip(1).step_by(2));
    let is_variable = |name: &&str| {
        let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
        name.len() > 3
            && name.chars().all(is_name)
            && !CARGO.iter().any(|own| name.starts_with(own))
            && !name.starts_with("WASMEDGE_VERSION")
    };
    quoted.filter(is_variable).map(str::to_owned).collect()
}

#[test]
fn every_environment_variable_is_in_the_guide() {
    let page = read("docs/guide/building.md");
    let named: BTreeSet<&str> = page
        .split('`')
        .filter(|code| code.len() > 3 && code.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    let mut read_ones = variables(&read("build.rs"));
    for file in [files("build", ".rs"), files("src", ".rs")].concat() {
        if !file.starts_with("build/docs_rs") {
            read_ones.extend(variables(&read(&file)));
        }
    }
    for name in ["WASMEDGE_DIR", "WASMEDGE_STATIC", "WASMEDGE_PLUGIN_PATH"] {
        assert!(read_ones.contains(name), "{read_ones:?}");
    }
    for name in &read_ones {
        assert!(named.contains(name.as_str()), "{name} is not in the guide");
    }
    // Of those in the guide that no code here reads, others do: bindgen, the loader, the standard library;
    // and cargo passes on what the build script tells dependent packages.
    let emitted = read("build/emit.rs");
    for name in named {
        let elsewhere = [
            "BINDGEN_EXTRA_CLANG_ARGS",
            "DYLD_LIBRARY_PATH",
            "LD_LIBRARY_PATH",
            "TMPDIR",
        ];
        let told = name
            .strip_prefix("DEP_WASMEDGE_")
            .is_some_and(|key| emitted.contains(&format!("metadata={key}=")));
        assert!(
            told || elsewhere.contains(&name) || read_ones.contains(name),
            "nothing reads {name}"
        );
    }
}

#[test]
fn names_in_c_and_go_can_be_read_on_the_page() {
    let mut aliases = 0;
    for file in files("src", ".rs") {
        let text = read(&file);
        let mut docs = String::new();
        for line in text.lines().map(str::trim_start) {
            if line.starts_with("///") {
                docs.push_str(line);
            } else if let Some(alias) = line.strip_prefix("#[doc(alias = \"") {
                let alias = alias.split('"').next().unwrap();
                aliases += 1;
                assert!(
                    docs.contains(&format!("`{alias}`")),
                    "{}: {alias} is an alias that nobody sees",
                    file.display()
                );
            } else if !line.starts_with("#[") {
                docs.clear();
            }
        }
    }
    assert!(aliases > 500, "{aliases}");
}
