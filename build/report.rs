//! The messages for an installation that was not found.

use std::slice;

use super::host::{Host, Scope, Variable};
use super::library::Library;
use super::locate::{LIB_DIR, VARIABLES};
use super::message::Message;
use super::place::{Gap, HEADER};
use super::version;

/// The variables name something that is not a whole installation.
pub(crate) fn wrong_variables(variables: &[Variable], gap: &Gap) -> Message {
    let names: Vec<&str> = variables
        .iter()
        .map(|variable| variable.name.as_str())
        .collect();
    let (verb, them) = match names.len() {
        1 => ("names", "it"),
        _ => ("name", "them"),
    };
    let names = names.join(" and ");
    let summary = gap.summary;
    Message::new(format!(
        "{names} {verb} no whole WasmEdge installation: {summary}."
    ))
    .paragraph(settings(variables))
    .list("Looked for:", gap.details.iter().cloned())
    .paragraph(format!(
        "What to do: correct {names}, or unset {them} to have the usual places searched.\n{SHAPE}"
    ))
}

/// One variable of the pair is set without the other.
pub(crate) fn half_pair(set: &Variable, missing: &str, dir: &str) -> Message {
    let name = &set.name;
    Message::new(format!("{name} is set without {missing}."))
        .paragraph(settings(slice::from_ref(set)))
        .paragraph(format!(
            "The two go together; {LIB_DIR} may stand alone where include/{HEADER} lies beside the folder."
        ))
        .paragraph(format!(
            "What to do: set {missing} as well, or {dir} instead, or unset {name}\n\
             to have the usual places searched.\n{SHAPE}"
        ))
}

/// No variable is set and no usual place holds an installation.
pub(crate) fn nothing_found(host: &Host, library: Library, looked_at: &[(String, Gap)]) -> Message {
    Message::new("the WasmEdge C library was not found.")
        .paragraph(format_args!(
            "Looked for {HEADER} and {}.",
            library.pattern()
        ))
        .list("Places looked at:", places(host, looked_at))
        .list("Variables:", variables(host))
        .list(
            &format!("What to do (version {}), one of:", version::supported()),
            ways(host),
        )
}

/// How to get the library, and where to say that it is there.
fn ways(host: &Host) -> Vec<String> {
    if host.target.native {
        return WAYS.map(str::to_owned).to_vec();
    }
    let dir = host.name_in(Scope::Target, VARIABLES[2]);
    vec![
        format!("unpack a release of WasmEdge for {}, anywhere: https://github.com/WasmEdge/WasmEdge/releases", host.target.triple),
        format!("and name it:  {dir}=<the folder that holds include/ and lib/>"),
        format!("or            {} and {}", host.name_in(Scope::Target, LIB_DIR), host.name_in(Scope::Target, VARIABLES[1])),
        "They are for that target alone; cargo needs a linker for it as well (CARGO_TARGET_<TARGET>_LINKER).".to_owned(),
    ]
}

/// What the variables are for.
const SHAPE: &str = "\
WASMEDGE_DIR is the folder that holds include/ and lib/; WASMEDGE_INCLUDE_DIR the one that holds
wasmedge/wasmedge.h; WASMEDGE_LIB_DIR the one that holds the library itself.";

/// How to get the library.
const WAYS: [&str; 6] = [
    "the official installer, which puts it into ~/.wasmedge: https://wasmedge.org/docs/start/install",
    "Debian 13 or newer:  apt install libwasmedge-dev",
    "Homebrew:            brew install wasmedge",
    "installed elsewhere:  WASMEDGE_DIR=<the folder that holds include/ and lib/>",
    "or                    WASMEDGE_LIB_DIR=<folder> WASMEDGE_INCLUDE_DIR=<folder>",
    "in a checkout of this repository:  scripts/with-wasmedge COMMAND  (such as: scripts/with-wasmedge cargo test)",
];

/// The places, a line each, with what was found of a half installation below.
fn places(host: &Host, looked_at: &[(String, Gap)]) -> Vec<String> {
    if looked_at.is_empty() {
        return vec![format!(
            "none: building for {}, and what lies in the usual places is not",
            host.target.triple
        )];
    }
    let mut lines = Vec::new();
    for (place, gap) in looked_at {
        lines.push(format!("{place}: {}", gap.summary));
        lines.extend(gap.half().iter().map(|line| format!("    {line}")));
    }
    lines
}

/// Every variable that could have named the installation.
fn variables(host: &Host) -> Vec<String> {
    let scopes = [Scope::Target, Scope::Plain];
    let scoped = scopes
        .into_iter()
        .flat_map(|scope| VARIABLES.map(|name| host.name_in(scope, name)));
    let others = ["WASMEDGE_STATIC", "PKG_CONFIG_PATH", "HOME"].map(str::to_owned);
    scoped
        .chain(others)
        .map(|name| match host.var(&name) {
            Some(value) => Variable { name, value }.to_string(),
            None => format!("{name} is not set"),
        })
        .collect()
}

/// The variables and their values, a line each.
fn settings(variables: &[Variable]) -> String {
    let lines = variables.iter().map(|variable| format!("  {variable}"));
    lines.collect::<Vec<_>>().join("\n")
}
