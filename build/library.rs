//! The library that is wanted, shared or static, and how its files are called.

use std::fs;
use std::path::{Path, PathBuf};

use super::host::Host;
use super::message::Message;

/// Which files count as the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    /// `libwasmedge.so`, `libwasmedge.so.0`, …
    SharedObject,
    /// `libwasmedge.dylib`, `libwasmedge.0.dylib`, …
    Dylib,
    /// `libwasmedge.a`
    Static,
}

impl Library {
    /// What the target uses and the program asks for: shared, unless `WASMEDGE_STATIC` or the feature `static`
    /// says otherwise. The variable has the last word.
    pub(crate) fn wanted(host: &Host) -> Result<Self, Message> {
        Ok(if wants_static(host)? {
            Self::Static
        } else {
            Self::shared(host)
        })
    }

    /// The shared library of the target.
    fn shared(host: &Host) -> Self {
        match host.target.os.as_str() {
            "macos" | "ios" => Self::Dylib,
            _ => Self::SharedObject,
        }
    }

    /// The name the linker knows the library by.
    pub(crate) fn link_name(self) -> &'static str {
        match self {
            Self::SharedObject => "libwasmedge.so",
            Self::Dylib => "libwasmedge.dylib",
            Self::Static => "libwasmedge.a",
        }
    }

    /// The name the loader knows the library by, in every supported version.
    pub(crate) fn loader_name(self) -> Option<&'static str> {
        match self {
            Self::SharedObject => Some("libwasmedge.so.0"),
            Self::Dylib => Some("libwasmedge.0.dylib"),
            Self::Static => None,
        }
    }

    /// The files as a pattern, for messages.
    pub(crate) fn pattern(self) -> &'static str {
        match self {
            Self::SharedObject => "libwasmedge.so*",
            Self::Dylib => "libwasmedge*.dylib",
            Self::Static => "libwasmedge.a",
        }
    }

    /// Whether a file of this name belongs to the library.
    fn has_file(self, name: &str) -> bool {
        name == self.link_name()
            || match self {
                Self::SharedObject => name.starts_with("libwasmedge.so."),
                Self::Dylib => name.starts_with("libwasmedge.") && name.ends_with(".dylib"),
                Self::Static => false,
            }
    }

    /// The library's files in a folder, sorted by name; links that lead nowhere are left out.
    pub(crate) fn files_in(self, folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries
            .filter(|entry| {
                entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| self.has_file(name))
            })
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect();
        files.sort();
        files
    }
}

/// Reads `WASMEDGE_STATIC`; without it the feature decides.
fn wants_static(host: &Host) -> Result<bool, Message> {
    let Some(variable) = host.setting("WASMEDGE_STATIC") else {
        return Ok(host.static_feature);
    };
    match variable.value.to_str() {
        Some("1" | "true" | "yes" | "on") => Ok(true),
        Some("0" | "false" | "no" | "off") => Ok(false),
        _ => Err(
            Message::new(format_args!("{variable} means nothing.")).paragraph(
                "What to do: 1 links libwasmedge.a, 0 the shared library; without it, the feature\n\
             `static` decides.",
            ),
        ),
    }
}
