//! What the build script may know of the machine: environment variables, target, folders.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Reads an environment variable.
pub(crate) type ReadVariable = Box<dyn Fn(&str) -> Option<OsString>>;

/// The machine as the build script sees it. Tests make their own.
pub(crate) struct Host {
    /// The platform that is built for.
    pub(crate) target: Target,
    /// The folder below which system folders such as `usr/local` lie: `/`.
    pub(crate) root: PathBuf,
    /// Whether the cargo feature `static` is on.
    pub(crate) static_feature: bool,
    /// Asks pkg-config for `wasmedge`.
    pub(crate) pkg_config: Box<dyn Fn() -> Option<PkgConfig>>,
    read: ReadVariable,
    asked: RefCell<BTreeSet<String>>,
}

/// The platform that is built for.
pub(crate) struct Target {
    /// The whole name, such as `x86_64-unknown-linux-gnu`.
    pub(crate) triple: String,
    /// Cargo's name of the processor, such as `x86_64`.
    pub(crate) arch: String,
    /// Cargo's name of the system, such as `linux`.
    pub(crate) os: String,
    /// Whether the build runs on that same platform.
    pub(crate) native: bool,
}

/// The folders pkg-config names.
pub(crate) struct PkgConfig {
    pub(crate) include_dirs: Vec<PathBuf>,
    pub(crate) lib_dirs: Vec<PathBuf>,
}

/// A variable that is set, and the name it is set under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: OsString,
}

/// Which of the two names of a variable is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The name that starts with the target, such as `X86_64_UNKNOWN_LINUX_GNU_WASMEDGE_DIR`. Wins.
    Target,
    /// The name itself, such as `WASMEDGE_DIR`.
    Plain,
}

impl Variable {
    /// The value as a path; a relative one is taken from the folder the build script runs in, the package's.
    pub(crate) fn path(&self) -> PathBuf {
        std::path::absolute(&self.value).unwrap_or_else(|_| PathBuf::from(&self.value))
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, Path::new(&self.value).display())
    }
}

impl Host {
    /// A machine with the given variables and folders, without pkg-config.
    pub(crate) fn new(target: Target, root: PathBuf, read: ReadVariable) -> Self {
        Self {
            target,
            root,
            static_feature: false,
            pkg_config: Box::new(|| None),
            read,
            asked: RefCell::default(),
        }
    }

    /// Reads a variable and notes that the build depends on it. An empty one counts as not set.
    pub(crate) fn var(&self, name: &str) -> Option<OsString> {
        self.asked.borrow_mut().insert(name.to_owned());
        (self.read)(name).filter(|value| !value.is_empty())
    }

    /// Reads one of the two variables that `name` stands for.
    pub(crate) fn scoped(&self, scope: Scope, name: &str) -> Option<Variable> {
        let name = self.name_in(scope, name);
        self.var(&name).map(|value| Variable { name, value })
    }

    /// Reads a variable, the name with the target first.
    pub(crate) fn setting(&self, name: &str) -> Option<Variable> {
        self.scoped(Scope::Target, name)
            .or_else(|| self.scoped(Scope::Plain, name))
    }

    /// The full name of a variable.
    pub(crate) fn name_in(&self, scope: Scope, name: &str) -> String {
        match scope {
            Scope::Plain => name.to_owned(),
            Scope::Target => {
                let prefix = self.target.triple.to_uppercase().replace(['-', '.'], "_");
                format!("{prefix}_{name}")
            }
        }
    }

    /// Every variable that was read, in the order of the alphabet.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.borrow().iter().cloned().collect()
    }
}
