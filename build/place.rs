//! One place that may hold WasmEdge: which folders belong to it, and what is in them.

use std::path::{Path, PathBuf};

use super::host::Target;
use super::library::Library;
use super::platform;

/// The header a place must hold, seen from its include folder.
pub(crate) const HEADER: &str = "wasmedge/wasmedge.h";

/// Folders that may hold the header and the library.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// How messages call the place.
    pub(crate) name: String,
    /// The folder that holds all of it, when there is one.
    pub(crate) root: Option<PathBuf>,
    pub(crate) include_dirs: Vec<PathBuf>,
    pub(crate) lib_dirs: Vec<PathBuf>,
}

/// A library for another processor than what is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Foreign {
    file: PathBuf,
    arch: String,
}

/// A whole installation: the headers and the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    /// The folder that holds all of it, when there is one.
    pub(crate) root: Option<PathBuf>,
    /// The folder that holds `wasmedge/wasmedge.h`.
    pub(crate) include: PathBuf,
    /// The folder that holds the library.
    pub(crate) lib: PathBuf,
    /// The library's files in that folder.
    pub(crate) files: Vec<PathBuf>,
    /// How they are to be linked.
    pub(crate) library: Library,
}

/// Why a place holds no whole installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The difference in a few words, such as "header without its library".
    pub(crate) summary: &'static str,
    /// What was found where and what was missing where, a line each.
    pub(crate) details: Vec<String>,
    /// Whether nothing at all of WasmEdge is there.
    pub(crate) empty: bool,
}

impl Place {
    /// An installation prefix such as `/usr/local`.
    pub(crate) fn prefix(root: &Path, target: &Target) -> Self {
        let multiarch = format!("lib/{}-linux-gnu", target.arch);
        Self {
            name: root.display().to_string(),
            root: Some(root.to_owned()),
            include_dirs: vec![root.join("include")],
            lib_dirs: vec![root.join(multiarch), root.join("lib64"), root.join("lib")],
        }
    }

    /// Looks for the header and the library.
    pub(crate) fn inspect(&self, library: Library, target: &Target) -> Result<Installation, Gap> {
        let include = self
            .include_dirs
            .iter()
            .find(|dir| dir.join(HEADER).is_file());
        let with_library = || {
            let dirs = self.lib_dirs.iter();
            dirs.filter(|dir| !library.files_in(dir).is_empty())
        };
        let lib = with_library().find(|dir| foreign(dir, library, target).is_none());
        if let (Some(_), None, Some(other)) = (include, lib, with_library().next()) {
            return Err(self
                .gap(library, include, Some(other))
                .of_another(foreign(other, library, target), target));
        }
        match (include, lib) {
            (Some(include), Some(lib)) => Ok(Installation {
                root: self.root.clone(),
                include: include.clone(),
                lib: lib.clone(),
                files: library.files_in(lib),
                library,
            }),
            (include, lib) => Err(self.gap(library, include, lib)),
        }
    }

    /// Says what is missing.
    fn gap(&self, library: Library, include: Option<&PathBuf>, lib: Option<&PathBuf>) -> Gap {
        let summary = match (include, lib) {
            (Some(_), _) => "header without its library",
            (None, Some(_)) => "library without its headers",
            (None, None) if self.is_unknown() => "wasmedge is not known to it",
            (None, None) if self.is_absent() => "no such folder",
            (None, None) => "neither header nor library",
        };
        let header = whereabouts(include, &self.include_dirs);
        let files = whereabouts(lib, &self.lib_dirs);
        let hint = match lib {
            None => self.hint(library),
            Some(_) => None,
        };
        let empty = include.is_none() && lib.is_none() && hint.is_none();
        let mut details = vec![
            format!("header   {HEADER}: {header}"),
            format!("library  {}: {files}", library.pattern()),
        ];
        details.extend(hint.map(str::to_owned));
        Gap {
            summary,
            details,
            empty,
        }
    }

    /// Whether there is nowhere to look: pkg-config does not know WasmEdge.
    fn is_unknown(&self) -> bool {
        self.include_dirs.is_empty() && self.lib_dirs.is_empty()
    }

    /// Whether none of the folders is there.
    fn is_absent(&self) -> bool {
        match &self.root {
            Some(root) => !root.is_dir(),
            None => !self
                .include_dirs
                .iter()
                .chain(&self.lib_dirs)
                .any(|dir| dir.is_dir()),
        }
    }

    /// What helps when only the other kind of library is there.
    fn hint(&self, library: Library) -> Option<&'static str> {
        let has = |kind: Library| {
            self.lib_dirs
                .iter()
                .any(|dir| !kind.files_in(dir).is_empty())
        };
        match library {
            Library::Static => (has(Library::SharedObject) || has(Library::Dylib))
                .then_some("the shared library is there: WASMEDGE_STATIC=0 links it"),
            _ => {
                has(Library::Static).then_some("libwasmedge.a is there: WASMEDGE_STATIC=1 links it")
            }
        }
    }
}

/// The first of the library's files in a folder that is for another processor.
fn foreign(dir: &Path, library: Library, target: &Target) -> Option<Foreign> {
    let files = library.files_in(dir).into_iter();
    let known = files.filter_map(|file| {
        let arch = platform::of(&file)?;
        Some(Foreign { file, arch })
    });
    known.into_iter().find(|found| found.arch != target.arch)
}

impl Gap {
    /// What there is, is for another processor.
    fn of_another(mut self, foreign: Option<Foreign>, target: &Target) -> Self {
        self.summary = "its library is for another processor";
        self.details.extend(foreign.map(|Foreign { file, arch }| {
            format!(
                "         {} is for {arch}, and what is built is for {}",
                file.display(),
                target.arch
            )
        }));
        self
    }

    /// The details of a half installation; empty where there is nothing of WasmEdge.
    pub(crate) fn half(&self) -> &[String] {
        if self.empty { &[] } else { &self.details }
    }
}

/// "found in …" or "missing in …, …".
fn whereabouts(found: Option<&PathBuf>, dirs: &[PathBuf]) -> String {
    match found {
        Some(dir) => format!("found in {}", dir.display()),
        None if dirs.is_empty() => "missing, no folder named for it".to_owned(),
        None => {
            let dirs: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
            format!("missing in {}", dirs.join(", "))
        }
    }
}
