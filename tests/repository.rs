//! The pages of the repository say what there is: their links lead somewhere, and `docs/architecture.md` names each
//! folder and file of `src/`.
//!
//! The script's messages are explained in `docs/messages.md`; that of the crate and the build have tests of their own.
//!
//! Not in the published package, which has not all of the pages.

#[path = "support/page.rs"]
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
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
fn the_page_of_the_house_names_each_file_of_it() {
    let page = read("docs/architecture.md");
    let rooms = page.split("## The rooms").nth(1).expect("the rooms");
    let rooms = rooms.split("\n## ").next().expect("the rooms");
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
        "docs/architecture.md, the rooms: not named {missing:?}, not there {gone:?}"
    );
}

#[test]
fn what_else_the_page_of_the_house_names_is_there() {
    let page = read("docs/architecture.md");
    let rest = page.split("## The rooms").nth(1).expect("the rooms");
    let rest = rest
        .split_once("\nOutside of")
        .expect("the end of the rooms")
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

#[test]
fn the_page_of_messages_has_what_ends_the_script() {
    let rows = page::rows();
    let messages: Vec<&String> = rows.iter().flat_map(|row| &row.messages).collect();
    let mut count = 0;
    for script in ["with-wasmedge", "lib/cache.sh", "lib/debian.sh"] {
        let text = read(&format!("scripts/{script}"));
        for line in text.lines() {
            let ends = ["die \"", "apt_failed \""].iter();
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
