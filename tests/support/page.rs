//! `docs/messages.md`, read.

use std::fs;

/// What varies in a message.
const VARIES: char = '…';

/// Major, minor, patch.
pub type Version = (u32, u32, u32);

/// A row of a table.
#[derive(Debug)]
pub struct Row {
    /// The heading that it stands under.
    pub section: String,
    /// Empty in tables whose rows have none.
    pub id: String,
    /// What is in the cell of the message: one, or several.
    pub messages: Vec<String>,
    from: Version,
    below: Version,
}

impl Row {
    /// Whether the message belongs to this version.
    pub fn is_of(&self, version: Version) -> bool {
        (self.from..self.below).contains(&version)
    }
}

/// All rows of the page.
pub fn rows() -> Vec<Row> {
    let path = crate::root().join("docs/messages.md");
    let page = fs::read_to_string(path).expect("the page of messages");
    let mut rows = Vec::new();
    let mut section = String::new();
    let mut has_id = false;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut section);
        }
        let Some(line) = line.strip_prefix("| ") else {
            continue;
        };
        let cells: Vec<&str> = line.split(" | ").collect();
        match cells[0] {
            "id" => has_id = true,
            "message" => has_id = false,
            first => {
                let (id, message) = if has_id {
                    (first, cells[1])
                } else {
                    ("", first)
                };
                let (from, below) = versions(id);
                rows.push(Row {
                    section: section.clone(),
                    id: spans(id).into_iter().next().unwrap_or_default(),
                    messages: spans(message),
                    from,
                    below,
                });
            }
        }
    }
    assert!(rows.len() > 100, "{} rows", rows.len());
    rows
}

/// Reads `, from 0.14, below 0.16`.
fn versions(text: &str) -> (Version, Version) {
    let limit = |word: &str| {
        let version = text.split(", ").find_map(|part| part.strip_prefix(word))?;
        let mut parts = version
            .split('.')
            .map(|part| part.parse().expect("a number"));
        let mut part = || parts.next().unwrap_or(0);
        Some((part(), part(), part()))
    };
    let last = (u32::MAX, 0, 0);
    (
        limit("from ").unwrap_or_default(),
        limit("below ").unwrap_or(last),
    )
}

/// The code spans of a cell.
fn spans(mut text: &str) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(start) = text.find('`') {
        let rest = &text[start..];
        let fence = &rest[..rest.len() - rest.trim_start_matches('`').len()];
        let inner = &rest[fence.len()..];
        let end = inner
            .find(fence)
            .unwrap_or_else(|| panic!("no end of `{inner}"));
        let span = &inner[..end];
        let span = match fence.len() {
            1 => span,
            _ => span.trim_start_matches(' ').trim_end_matches(' '),
        };
        found.push(span.to_owned());
        text = &inner[end + fence.len()..];
    }
    found
}

/// Whether a text is the message, whatever stands for what varies.
pub fn is(message: &str, text: &str) -> bool {
    let (first, last) = (message.split(VARIES).next(), message.rsplit(VARIES).next());
    let fits =
        |part: Option<&str>, at: fn(&str, &str) -> bool| part.is_some_and(|part| at(text, part));
    fits(first, |text, part| text.starts_with(part))
        && fits(last, |text, part| text.ends_with(part))
        && in_order(message, text)
        && (message.contains(VARIES) || message == text)
}

/// Whether the fixed parts of a text are in a message, in their order.
pub fn has(message: &str, text: &str) -> bool {
    in_order(text, message)
}

fn in_order(parts: &str, text: &str) -> bool {
    let mut rest = text;
    parts.split(VARIES).map(str::trim).all(|part| {
        let found = rest.split_once(part);
        rest = found.map_or(rest, |(_, rest)| rest);
        found.is_some()
    })
}

/// A format string as a message: what is in braces varies.
pub fn pattern(literal: &str) -> String {
    let mut pattern = String::new();
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                pattern.push(c);
            }
            '{' => {
                chars.by_ref().find(|c| *c == '}');
                pattern.push(VARIES);
            }
            _ => pattern.push(c),
        }
    }
    pattern
}

/// Whether a text has words enough to be said to somebody.
pub fn is_said(pattern: &str) -> bool {
    let words = pattern.split([' ', VARIES]);
    let is_word = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    words.filter(is_word).count() >= 3
}
