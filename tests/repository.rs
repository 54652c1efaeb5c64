//! The pages of the repository say what there is: their links lead somewhere, and `docs/architecture.md` names each
//! folder and file of `src/`, and says in which order they import.
//!
//! The script's messages are explained in `docs/messages.md`; that of the crate and the build have tests of their own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::page;

fn root() -> PathBuf {
    support::root().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Markdown files in a folder and those below it.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            let is_built = ["target", ".git", "corpus", "artifacts"].contains(&&*name);
            if !is_built {
                pages(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The links of a page, outside of code: `](here)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("```")
        .step_by(2)
        .flat_map(|prose| prose.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link)
}

/// A heading as the fragment of a link, as forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
    });
    kept.collect()
}

fn has_anchor(page: &Path, fragment: &str) -> bool {
    let text = fs::read_to_string(page).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let mut anchors = headings.map(|line| anchor(line.trim_start_matches('#').trim()));
    anchors.any(|each| each == fragment)
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut all = Vec::new();
    pages(&root(), &mut all);
    let mut count = 0;
    let mut broken = Vec::new();
    for page in &all {
        let text = fs::read_to_string(page).expect("a page");
        for link in links(&text) {
            // Links of rustdoc name items.
            if link.contains("://") || link.contains("::") || link.contains(['(', ' ']) {
                continue;
            }
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().expect("a folder").join(path),
            };
            let is_item = !path.contains(['.', '/']) && !path.is_empty();
            let leads = target.exists() && (fragment.is_empty() || has_anchor(&target, fragment));
            if !leads && !is_item {
                broken.push(format!("{}: {link}", page.display()));
            }
            count += 1;
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(count > 40, "{count} links in {} pages", all.len());
}

/// What stands between backquotes in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The files below `src`, as paths from there.
fn sources(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let path = path.strip_prefix(root().join("src")).expect("below it");
            found.insert(path.to_string_lossy().into_owned());
        }
    }
}

#[test]
fn the_page_of_the_architecture_names_each_file() {
    let page = read("docs/architecture.md");
    let rooms = page.split("\n## Files").nth(1).expect("the files");
    let rooms = rooms.split("\n## ").next().expect("the files");
    let mut named = BTreeSet::new();
    for row in rooms.lines().filter(|line| line.starts_with("| `")) {
        let room = row.split('|').nth(1).expect("a first cell");
        let mut folder = "";
        for name in quoted(room) {
            if name.ends_with('/') {
                folder = name;
            } else {
                assert!(named.insert(format!("{folder}{name}")), "twice: {name}");
            }
        }
    }
    let mut there = BTreeSet::new();
    sources(&root().join("src"), &mut there);
    let missing: Vec<_> = there.difference(&named).collect();
    let gone: Vec<_> = named.difference(&there).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/architecture.md, the files: not named {missing:?}, not there {gone:?}"
    );
}

#[test]
fn what_else_the_page_of_the_architecture_names_is_there() {
    let page = read("docs/architecture.md");
    let rest = page.split("\n## Files").nth(1).expect("the files");
    let rest = rest
        .split_once("\nOutside of")
        .expect("the end of the files")
        .1;
    let mut count = 0;
    for name in quoted(rest) {
        let is_path = name.ends_with(".rs") || name.ends_with('/');
        if !is_path {
            continue;
        }
        count += 1;
        let places = [root().join(name), root().join("src").join(name)];
        // `compat.rs` after `sys/…` in the same line: a file of some room.
        let is_somewhere = || {
            let mut there = BTreeSet::new();
            sources(&root().join("src"), &mut there);
            there.iter().any(|path| path.ends_with(&format!("/{name}")))
        };
        assert!(
            places.iter().any(|place| place.exists()) || is_somewhere(),
            "docs/architecture.md names `{name}`, which is not there"
        );
    }
    assert!(count > 30, "{count}");
}

/// The floors of the page, from the ground up.
fn floors() -> Vec<String> {
    let page = read("docs/architecture.md");
    let table = page.split("\n## Floors").nth(1).expect("the floors");
    let table = table.split("\n## ").next().expect("the floors");
    let rows = table.lines().filter_map(|line| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let floor: usize = cells.next()?.parse().ok()?;
        Some((floor, quoted(cells.next()?).next()?.to_owned()))
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    rows.into_iter().map(|(_, name)| name).collect()
}

/// The code of a file without its comments and its tests.
fn code(path: &str) -> String {
    let text = read(&format!("src/{path}"));
    let text = text.split("#[cfg(test)]\nmod ").next().expect("a part");
    let lines = text
        .lines()
        .map(|line| line.split("//").next().expect("a part"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The names that follow `crate::` in a piece of code, also those in braces.
fn names_of_the_crate(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let name = |text: &str| -> String {
        let text = text.trim_start();
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => found.push(name(after)),
            Some(list) => {
                let (mut depth, mut start) = (0, 0);
                for (index, c) in list.char_indices() {
                    let ends = depth == 0 && (c == ',' || c == '}');
                    if ends {
                        found.push(name(&list[start..index]));
                        start = index + 1;
                    }
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    if depth < 0 {
                        break;
                    }
                }
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn the_names_after_crate_are_read() {
    let code = "use crate::{a, b::{self, c}, d}; use crate::e::{f, g}; x(crate::h::i());";
    assert_eq!(names_of_the_crate(code), ["a", "b", "d", "e", "h"]);
}

#[test]
fn no_file_imports_from_a_floor_above() {
    let floors = floors();
    assert!(floors.len() > 8, "{floors:?}");
    let floor_of = |name: &str| floors.iter().position(|own| own == name);
    let mut there = BTreeSet::new();
    sources(&root().join("src"), &mut there);
    let (mut imports, mut wrong) = (0, Vec::new());
    for path in &there {
        let own = path.split(['/', '.']).next().expect("a part");
        if ["lib", "guide"].contains(&own) {
            continue;
        }
        let Some(floor) = floor_of(own) else {
            wrong.push(format!("{path} is on no floor"));
            continue;
        };
        let code = code(path);
        for name in names_of_the_crate(&code) {
            imports += 1;
            match floor_of(&name) {
                // A name that `lib.rs` gives to programs may lead up unseen.
                None => wrong.push(format!("{path}: `crate::{name}` is on no floor")),
                Some(other) if other > floor => wrong.push(format!("{path}: up to {name}")),
                Some(_) => {}
            }
        }
        // Nor by its parents.
        let depth = path.matches('/').count() + usize::from(!path.ends_with("mod.rs"));
        let parents = "super::".repeat(depth);
        if code.contains(&parents) {
            wrong.push(format!("{path}: `{parents}` leads out of its floor"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(imports > 300, "{imports}");
}

#[test]
fn the_crate_names_its_floors_from_the_ground_up() {
    let code = code("lib.rs");
    let declared: Vec<_> = code
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|name| name.trim_end_matches(';').to_owned())
        .filter(|name| name != "guide")
        .collect();
    assert_eq!(declared, floors());
}

#[test]
fn comments_keep_to_the_width_of_the_code() {
    let mut there = BTreeSet::new();
    sources(&root().join("src"), &mut there);
    let mut wide = Vec::new();
    for path in &there {
        let text = read(&format!("src/{path}"));
        let lines = text.lines().enumerate();
        // Rows of tables cannot be broken.
        let comments =
            lines.filter(|(_, line)| line.contains("//") && !line.trim_start().contains("| "));
        wide.extend(
            comments
                .filter(|(_, line)| line.chars().count() > 100)
                .map(|(number, _)| format!("{path}:{}", number + 1)),
        );
    }
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn versions_are_told_apart_in_one_folder() {
    let mut there = BTreeSet::new();
    sources(&root().join("src"), &mut there);
    let elsewhere: Vec<_> = there
        .iter()
        .filter(|path| !path.starts_with("compat/") && code(path).contains("wasmedge_0_"))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert!(
        there
            .iter()
            .any(|path| code(path).contains("wasmedge_0_14"))
    );
}

/// What follows the bracket that closes the first one.
fn after_closing(text: &str, open: char) -> &str {
    let close = if open == '{' { '}' } else { ')' };
    let mut depth = 0;
    let end = text.char_indices().find(|&(_, c)| {
        depth += i32::from(c == open) - i32::from(c == close);
        depth == 0
    });
    end.map_or("", |(end, _)| &text[end + 1..])
}

/// A text of the shell, with what is put into it as what varies.
fn shell_pattern(text: &str) -> String {
    let mut pattern = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        pattern += before;
        pattern.push('…');
        rest = match after.chars().next() {
            Some(open @ ('{' | '(')) => after_closing(after, open),
            _ => after.trim_start_matches(|c: char| c.is_alphanumeric() || "_*@".contains(c)),
        };
    }
    pattern + rest
}

/// A file that is named nowhere would be compiled and run by nobody.
#[test]
fn every_test_file_is_run() {
    let manifest = read("tests/Cargo.toml");
    let all = read("tests/all.rs");
    let mut count = 0;
    for entry in fs::read_dir(root().join("tests")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let file = if path.join("main.rs").is_file() {
            format!("{name}/main.rs")
        } else if path.extension().is_some_and(|end| end == "rs") && name != "all" {
            format!("{name}.rs")
        } else {
            continue;
        };
        count += 1;
        let target = format!("name = \"{name}\"\npath = \"{file}\"\n");
        let (_, rest) = manifest
            .split_once(&target)
            .unwrap_or_else(|| panic!("tests/Cargo.toml has no target {name} of {file}"));
        let is_module = all.contains(&format!("\nmod {name};\n"));
        assert_eq!(
            rest.starts_with("test = false\n"),
            is_module,
            "tests/{file}: in tests/all.rs and `test = false` in tests/Cargo.toml, or neither"
        );
    }
    assert!(count > 40, "{count}");
}

#[test]
fn the_page_of_messages_has_what_ends_the_script() {
    let rows = page::rows();
    let messages: Vec<&String> = rows.iter().flat_map(|row| &row.messages).collect();
    let mut count = 0;
    for script in ["with-wasmedge", "lib/cache.sh", "lib/debian.sh"] {
        let text = read(&format!("scripts/{script}"));
        for line in text.lines() {
            let ends = ["die \"", "apt_failed \"", "lack \""].iter();
            for rest in ends.flat_map(|end| line.split(end).skip(1)) {
                let literal = rest.rsplit_once('"').map_or(rest, |(literal, _)| literal);
                let literal = literal.split("\" ;;").next().expect("a part");
                let pattern = shell_pattern(literal);
                if !page::is_said(&pattern) {
                    continue;
                }
                count += 1;
                assert!(
                    messages.iter().any(|message| page::has(message, &pattern)),
                    "docs/messages.md has no {pattern:?}, of {script}"
                );
            }
        }
    }
    assert!(count >= 25, "{count}");
}
