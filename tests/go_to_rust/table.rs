//! `docs/go-to-rust.md`, read and compared with the sources.

use std::collections::HashSet;

use super::index::{Names, Package};

/// The headings after which rows are no longer about callables: about the other names, and about the
/// guide's programs.
const NAMES: &str = "## Types, constants and variables";
const PROGRAMS: &str = "## The guide's programs";

/// How many of Go's names there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) functions: usize,
    pub(crate) methods: usize,
    pub(crate) others: usize,
}

/// What a cell says in Rust.
#[derive(Debug, PartialEq, Eq)]
enum Means {
    /// The item at this path.
    Item(String),
    /// This type is dropped.
    Drop(String),
    /// The first, a trait, which the second, a type, implements.
    Trait(String, String),
}

/// Where something is shown.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    /// A test, by file and name.
    Test(String, String),
    /// An example, by file.
    Example(String),
    /// The example in the documentation of this item, or of the row's own.
    Doc(Option<String>),
}

/// What is wrong with the page; nothing when all is well.
pub(crate) fn problems(text: &str, package: &Package, expected: Counts) -> Vec<String> {
    let (text, programs) = text.split_once(PROGRAMS).unwrap_or((text, ""));
    let (callables, others) = text.split_once(NAMES).unwrap_or((text, ""));
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    let mut found = Counts::default();
    for (is_callable, rows) in [(true, callables), (false, others)] {
        for cells in rows.lines().filter_map(cells) {
            let name = cells[0].trim_matches('`');
            if !seen.insert(name) {
                problems.push(format!("{name}: a second row"));
            } else if !is_callable {
                found.others += 1;
            } else if name.contains('.') {
                found.methods += 1;
            } else {
                found.functions += 1;
            }
            let of_row = row(name, &cells, is_callable, package);
            problems.extend(
                of_row
                    .into_iter()
                    .map(|problem| format!("{name}: {problem}")),
            );
        }
    }
    if found != expected {
        problems.push(format!("{found:?} instead of {expected:?}"));
    }
    for cells in programs.lines().filter_map(cells) {
        let lines = cells[0];
        match parse_shown(cells[cells.len() - 1]) {
            Err(problem) => problems.push(format!("{lines}: {problem}")),
            Ok(shown) => {
                let of_row = shown
                    .iter()
                    .filter_map(|shown| names(shown, &[], package).err());
                problems.extend(of_row.map(|problem| format!("{lines}: {problem}")));
            }
        }
    }
    problems
}

/// The cells of a row whose first one is code, or a number of the guide's lines.
fn cells(line: &str) -> Option<Vec<&str>> {
    let line = line.strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    cells[0]
        .starts_with(['`', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
        .then_some(cells)
}

fn row(name: &str, cells: &[&str], is_callable: bool, package: &Package) -> Vec<String> {
    let (rust, shown) = match (is_callable, cells) {
        (true, &[_, rust, _, shown]) => (rust, parse_shown(shown)),
        (false, &[_, rust, _]) => (rust, Ok(Vec::new())),
        _ => return vec![format!("{} cells", cells.len())],
    };
    let (means, shown) = match (parse_means(rust), shown) {
        (Ok(means), Ok(shown)) => (means, shown),
        (means, shown) => return means.err().into_iter().chain(shown.err()).collect(),
    };
    let mut problems = Vec::new();
    let alias = name.rsplit('.').next().unwrap_or(name);
    for means in &means {
        match means {
            Means::Item(path) => match package.item(path) {
                None => problems.push(format!("there is no public `{path}`")),
                Some(item) if item.aliases.iter().any(|own| own == alias) => {}
                Some(_) if last(path) == alias => {}
                Some(_) => problems.push(format!("`{path}` has no alias {alias}")),
            },
            Means::Drop(path) if package.item(path).is_some() => {}
            Means::Drop(path) => problems.push(format!("there is no public `{path}`")),
            Means::Trait(of, path) if package.item(path).is_some() => {
                if !package.implements(last(path), of) {
                    problems.push(format!("`{path}` does not implement {of}"));
                }
            }
            Means::Trait(_, path) => problems.push(format!("there is no public `{path}`")),
        }
    }
    for shown in &shown {
        match names(shown, &means, package) {
            Err(problem) => problems.push(problem),
            Ok(names) if means.iter().any(|means| means.is_used_in(&names)) => {}
            Ok(_) => problems.push(format!("{shown:?} uses nothing of it")),
        }
    }
    problems
}

impl Means {
    fn path(&self) -> &str {
        match self {
            Self::Item(path) | Self::Drop(path) | Self::Trait(_, path) => path,
        }
    }

    /// Whether code with these names may use it. What is dropped need not be named there; and `new`
    /// alone would be anything.
    fn is_used_in(&self, names: &Names) -> bool {
        match self {
            Self::Drop(_) => true,
            Self::Trait(_, path) => names.contains(last(path)),
            Self::Item(path) => match path.strip_suffix("::new") {
                Some(ty) => names.contains("new") && names.contains(last(ty)),
                None => names.contains(last(path)),
            },
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The names that are used where something is shown.
fn names(shown: &Shown, means: &[Means], package: &Package) -> Result<Names, String> {
    let documented = |path: &str| match package.item(path) {
        Some(item) if !item.doc_test.is_empty() => Ok(item.doc_test.clone()),
        Some(_) => Err(format!("`{path}` has no example in its documentation")),
        None => Err(format!("there is no public `{path}`")),
    };
    match shown {
        Shown::Test(file, name) => package
            .test(file, name)
            .ok_or_else(|| format!("there is no test {name} in {file}")),
        Shown::Example(file) => package
            .program(file)
            .ok_or_else(|| format!("there is no {file}")),
        Shown::Doc(Some(path)) => documented(path),
        Shown::Doc(None) => match means {
            [first, ..] => documented(first.path()),
            [] => Err("whose documentation is meant?".into()),
        },
    }
}

/// `` [`a::b`], drop of [`C`], `Trait` of [`D`] ``.
fn parse_means(cell: &str) -> Result<Vec<Means>, String> {
    let part = |part: &str| {
        let link = |text: &str| {
            let text = text.strip_prefix("[`")?.strip_suffix("`]")?;
            Some(text.to_owned())
        };
        if let Some((of, path)) = part.split_once(" of ") {
            let path = link(path)?;
            return Some(match of.strip_prefix('`') {
                Some(name) => Means::Trait(name.strip_suffix('`')?.to_owned(), path),
                None if of == "drop" => Means::Drop(path),
                None => return None,
            });
        }
        link(part).map(Means::Item)
    };
    cell.split(", ")
        .map(|text| part(text).ok_or_else(|| format!("what does `{text}` mean?")))
        .collect()
}

/// `` `tests/a.rs::b`, `examples/c.rs`, doc test, doc test of [`D`] ``.
fn parse_shown(cell: &str) -> Result<Vec<Shown>, String> {
    let part = |part: &str| {
        if part == "doc test" {
            return Some(Shown::Doc(None));
        }
        if let Some(path) = part.strip_prefix("doc test of [`") {
            return Some(Shown::Doc(Some(path.strip_suffix("`]")?.to_owned())));
        }
        let code = part.strip_prefix('`')?.strip_suffix('`')?;
        match code.split_once("::") {
            Some((file, name)) if file.starts_with("tests/") => {
                Some(Shown::Test(file.to_owned(), name.to_owned()))
            }
            None if code.starts_with("examples/") => Some(Shown::Example(code.to_owned())),
            _ => None,
        }
    };
    cell.split(", ")
        .map(|text| part(text).ok_or_else(|| format!("where is `{text}`?")))
        .collect()
}
