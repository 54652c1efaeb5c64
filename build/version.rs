//! The version of the headers, the range that is supported, and the cfgs that follow.

use std::fmt;
use std::fs;
use std::path::Path;

use super::message::Message;

/// The version header, seen from the include folder.
pub(crate) const VERSION_HEADER: &str = "wasmedge/version.h";

/// The oldest version that is supported.
const OLDEST: Number = Number(0, 13, 4);
/// The first version that no longer is.
pub(crate) const TOO_NEW: Number = Number(0, 18, 0);

/// The versions at which the C interface changed, and the cfg that is on from there.
pub(crate) const THRESHOLDS: [(&str, Number); 7] = [
    ("wasmedge_0_13_5", Number(0, 13, 5)),
    ("wasmedge_0_14", Number(0, 14, 0)),
    ("wasmedge_0_14_1", Number(0, 14, 1)),
    ("wasmedge_0_15", Number(0, 15, 0)),
    ("wasmedge_0_16", Number(0, 16, 0)),
    ("wasmedge_0_17", Number(0, 17, 0)),
    ("wasmedge_0_17_1", Number(0, 17, 1)),
];

/// Major, minor and patch number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(pub(crate) u32, pub(crate) u32, pub(crate) u32);

/// The version as the headers tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) number: Number,
    /// `WASMEDGE_VERSION`, which may have a suffix such as `-rc.1`.
    pub(crate) text: String,
}

impl Number {
    /// One number that grows with the version: 0.13.4 is 13004.
    pub(crate) fn as_integer(self) -> u32 {
        self.0 * 1_000_000 + self.1 * 1_000 + self.2
    }

    /// The cfgs that are on for this version.
    pub(crate) fn cfgs(self) -> impl Iterator<Item = &'static str> {
        THRESHOLDS
            .iter()
            .filter(move |(_, since)| self >= *since)
            .map(|(cfg, _)| *cfg)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Reads the version header in an include folder and refuses what is not supported.
pub(crate) fn read(include: &Path) -> Result<Version, Message> {
    let file = include.join(VERSION_HEADER);
    let text = fs::read_to_string(&file).map_err(|error| {
        Message::new(format_args!(
            "cannot read {}, which says WasmEdge's version: {error}.",
            file.display()
        ))
        .paragraph("Without it the installation is not complete: install WasmEdge again.")
    })?;
    let version = parse(&text).map_err(|problem| {
        Message::new(format_args!(
            "cannot tell WasmEdge's version from {}: {problem}.",
            file.display()
        ))
        .paragraph(
            "A WasmEdge built from a source tree without git tags has no version: \
                 give CMake one, or use a release.",
        )
    })?;
    check(&version, &file)?;
    Ok(version)
}

/// Takes the version from the text of the version header.
pub(crate) fn parse(header: &str) -> Result<Version, String> {
    let text = define(header, "WASMEDGE_VERSION")?
        .trim_matches('"')
        .to_owned();
    let part = |name| {
        let value = define(header, name)?;
        value
            .parse::<u32>()
            .map_err(|_| format!("{name} is {value:?}, not a number"))
    };
    let number = Number(
        part("WASMEDGE_VERSION_MAJOR")?,
        part("WASMEDGE_VERSION_MINOR")?,
        part("WASMEDGE_VERSION_PATCH")?,
    );
    let rest = text.strip_prefix(&number.to_string());
    match rest {
        Some(rest) if !rest.starts_with(|c: char| c.is_ascii_digit()) => {
            Ok(Version { number, text })
        }
        _ => Err(format!(
            "WASMEDGE_VERSION is {text:?}, but its parts say {number}"
        )),
    }
}

/// The value of a `#define`.
fn define<'a>(header: &'a str, name: &str) -> Result<&'a str, String> {
    let value = header.lines().find_map(|line| {
        let line = line.trim_start().strip_prefix('#')?.trim_start();
        let rest = line
            .strip_prefix("define")?
            .trim_start()
            .strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
    });
    let value = value.ok_or_else(|| format!("{name} is not defined in it"))?;
    let value = value.split("//").next().unwrap_or(value);
    let value = value.split("/*").next().unwrap_or(value).trim();
    if value.is_empty() {
        Err(format!("{name} is empty in it"))
    } else {
        Ok(value)
    }
}

/// Refuses a version outside the supported range.
fn check(version: &Version, file: &Path) -> Result<(), Message> {
    if (OLDEST..TOO_NEW).contains(&version.number) {
        return Ok(());
    }
    Err(Message::new(format_args!(
        "WasmEdge {} is not supported by this crate.",
        version.text
    ))
    .paragraph(format_args!(
        "  found      {} in {}\n  supported  {}",
        version.number,
        file.display(),
        supported(),
    ))
    .paragraph("Install a supported version, or name the folder of one in WASMEDGE_DIR."))
}

/// The supported range in words.
pub(crate) fn supported() -> String {
    format!("{OLDEST} or newer, older than {TOO_NEW}")
}
