//! The operating system as a guest sees it.

use std::env;
use std::ffi::{CString, OsStr};
use std::ffi::{c_char, c_int};
use std::fmt;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod errno;
mod overrides;
mod poll;
mod register;
mod renumber;

use crate::library;
use crate::library::door::{self, Purpose};
use crate::library::owned::Owned;
use crate::vocabulary::{Error, ErrorKind, Quoted, Result, WASI};
use crate::{compat, sys};

/// What a guest may do with a directory.
///
/// The library keeps a read-only directory from being written to through its own descriptor alone:
/// a guest that opens a *sub*directory may create, rename and delete entries there. Where that
/// matters, let the file system refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DirAccess {
    /// Look, and read files.
    ReadOnly,
    /// Create, change and delete entries, too.
    ReadWrite,
}

/// What a guest gets of the system that it runs on through WASI: arguments, environment variables,
/// directories, and the standard streams.
///
/// A plain description: make it once, and [register](crate::Store::register_wasi) it in as many
/// stores as there are. A new one has an empty program name and no further arguments, no
/// environment, no directories, and the standard streams of this process.
///
/// The library lets a guest use sockets, and raise a signal in this process; [`deny`](Self::deny)
/// refuses that, and whatever else a guest is not to do. Two functions that write past the guest's
/// memory, `sock_getaddrinfo` and `sock_getsockopt`, are refused at first.
///
/// C: `WasmEdge_ModuleInstanceCreateWASI`.
///
/// # Examples
///
/// ```
/// use wasmedge::{DirAccess, Vm, Wasi};
///
/// let mut wasi = Wasi::new();
/// wasi.args(["guest", "--verbose"])?
///     .env("LANG", "C")?
///     .preopened_dir(".", "/", DirAccess::ReadOnly)?;
/// let mut vm = Vm::new(())?;
/// vm.register_wasi(&wasi)?;
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
///          (memory (export "memory") 1)
///          (func (export "_start") (call $exit (i32.const 3))))"#,
/// )?;
/// let error = vm.run_bytes::<(), ()>(&wasm, "_start", ()).unwrap_err();
/// assert_eq!(error.exit_code(), Some(3));
/// assert_eq!(vm.store().wasi_exit_code(), Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
#[doc(alias = "WasmEdge_ModuleInstanceCreateWASI")]
pub struct Wasi {
    args: Vec<CString>,
    envs: Vec<CString>,
    dirs: Vec<Dir>,
    streams: Streams,
    /// Functions that return an error, by name or by how it begins.
    denied: Vec<Box<str>>,
    /// Whether the guest has the library's unsound functions.
    is_unchecked: bool,
}

/// Standard input, output and error, where they are not the process's own.
type Streams = [Option<Arc<OwnedFd>>; 3];

/// A directory of the host that the guest finds open.
#[derive(Clone)]
struct Dir {
    host: PathBuf,
    /// How the library wants it: `guest:host`, or `guest:host:readonly`.
    text: CString,
}

impl Wasi {
    /// The module name that guests import WASI by.
    pub(crate) const MODULE: &'static str = WASI;

    /// Creates a description with nothing in it.
    ///
    /// Go: `NewWasiModule`.
    #[doc(alias = "NewWasiModule")]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an argument. The first one is the program's name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when there is a NUL in it, where C would cut it off.
    pub fn arg(&mut self, arg: impl AsRef<OsStr>) -> Result<&mut Self> {
        let arg = arg.as_ref();
        let arg = c_string(arg.as_encoded_bytes(), || {
            format!("the argument {}", Quoted::path(arg))
        })?;
        self.args.push(arg);
        Ok(self)
    }

    /// Adds arguments.
    ///
    /// # Errors
    ///
    /// Same as [`arg`](Self::arg); those before the wrong one are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Wasi;
    ///
    /// let mut wasi = Wasi::new();
    /// wasi.args(["wc", "--lines"])?.arg("poem.txt")?;
    /// assert!(wasi.arg("cut\0off").is_err());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn args(&mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<&mut Self> {
        for arg in args {
            self.arg(arg)?;
        }
        Ok(self)
    }

    /// Adds the arguments of this process, its name included.
    ///
    /// # Errors
    ///
    /// Same as [`arg`](Self::arg).
    pub fn inherit_args(&mut self) -> Result<&mut Self> {
        self.args(env::args_os())
    }

    /// Adds an environment variable.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the name is empty or has a `=` in it, or when there is a NUL in
    /// either.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Wasi;
    ///
    /// let mut wasi = Wasi::new();
    /// wasi.env("LANG", "C")?.envs([("HOME", "/"), ("USER", "guest")])?;
    /// assert!(wasi.env("NOT=A_NAME", "").is_err());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Result<&mut Self> {
        let name = name.as_ref();
        if name.is_empty() || name.as_encoded_bytes().contains(&b'=') {
            return Err(Error::invalid(format!(
                "{} cannot be the name of an environment variable: one is not empty and has no `=` \
                 in it",
                Quoted::path(name)
            )));
        }
        let text = [name.as_encoded_bytes(), value.as_ref().as_encoded_bytes()].join(&b'=');
        // Its value may be a secret.
        let text = c_string(&text, || {
            format!("the environment variable {}", Quoted::path(name))
        })?;
        self.envs.push(text);
        Ok(self)
    }

    /// Adds environment variables.
    ///
    /// # Errors
    ///
    /// Same as [`env`](Self::env); those before the wrong one are kept.
    pub fn envs(
        &mut self,
        envs: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Result<&mut Self> {
        for (name, value) in envs {
            self.env(name, value)?;
        }
        Ok(self)
    }

    /// Adds the environment variables of this process.
    ///
    /// # Errors
    ///
    /// Same as [`env`](Self::env).
    pub fn inherit_env(&mut self) -> Result<&mut Self> {
        self.envs(env::vars_os())
    }

    /// Lets the guest find a directory of the host open, under a path of its own.
    ///
    /// It is looked at now, so that a mistake shows early, and opened when the description is
    /// registered. Which descriptor it gets, from 3 on, is the library's choice where there are
    /// several.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`] when `host` is not there or no directory (C would leave it out without a
    /// word), and [`ErrorKind::Invalid`] when one of the paths is empty or has a NUL or a colon in
    /// it, for which the library has no notation.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{DirAccess, ErrorKind, Wasi};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let mut wasi = Wasi::new();
    /// wasi.preopened_dir(folder.path(), "/data", DirAccess::ReadWrite)?;
    /// let gone = folder.path().join("none");
    /// let error = wasi.preopened_dir(gone, "/none", DirAccess::ReadOnly).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Read { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn preopened_dir(
        &mut self,
        host: impl AsRef<Path>,
        guest: impl AsRef<str>,
        access: DirAccess,
    ) -> Result<&mut Self> {
        let (host, guest) = (host.as_ref(), guest.as_ref());
        let host_bytes = host.as_os_str().as_encoded_bytes();
        for (whose, path) in [("host", host_bytes), ("guest", guest.as_bytes())] {
            if path.is_empty() {
                return Err(Error::invalid(format!(
                    "the {whose} path of a directory is empty; the present one is `.`"
                )));
            }
            if path.contains(&b':') {
                return Err(Error::invalid(format!(
                    "the {whose} path {} has a colon in it, at which the library would split it; rename \
                     it, or go by a symbolic link",
                    Quoted::bytes(path)
                )));
            }
        }
        let mut text = [guest.as_bytes(), host_bytes].join(&b':');
        if access == DirAccess::ReadOnly {
            text.extend_from_slice(b":readonly");
        }
        let text = c_string(&text, || {
            let (host, guest) = (Quoted::path(host), Quoted::path(guest));
            format!("the path {host} or {guest} of a directory")
        })?;
        check_dir(host)?;
        let host = host.to_owned();
        self.dirs.push(Dir { host, text });
        Ok(self)
    }

    /// Gives the guest another standard input than this process has: a file, one end of a pipe, ….
    ///
    /// C: `WasmEdge_ModuleInstanceCreateWASIWithFds`, `WasmEdge_ModuleInstanceInitWASIWithFds`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] before 0.16, where guests have the streams of the process.
    #[doc(alias = "WasmEdge_ModuleInstanceCreateWASIWithFds")]
    #[doc(alias = "WasmEdge_ModuleInstanceInitWASIWithFds")]
    pub fn stdin(&mut self, stream: impl Into<OwnedFd>) -> Result<&mut Self> {
        self.stream(0, stream.into())
    }

    /// Gives the guest another standard output than this process has.
    ///
    /// It stays open as long as this description and the stores that it was registered in.
    ///
    /// C: `WasmEdge_ModuleInstanceCreateWASIWithFds`, `WasmEdge_ModuleInstanceInitWASIWithFds`.
    ///
    /// # Errors
    ///
    /// Same as [`stdin`](Self::stdin).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::File;
    /// use wasmedge::{ErrorKind, Wasi};
    ///
    /// let file = tempfile::NamedTempFile::new()?;
    /// let mut wasi = Wasi::new();
    /// match wasi.stdout(File::create(file.path())?) {
    ///     Ok(_) => println!("what the guest writes is in the file"),
    ///     // Before 0.16.
    ///     Err(error) => assert!(matches!(error.kind(), ErrorKind::Unsupported { .. })),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WasmEdge_ModuleInstanceCreateWASIWithFds")]
    #[doc(alias = "WasmEdge_ModuleInstanceInitWASIWithFds")]
    pub fn stdout(&mut self, stream: impl Into<OwnedFd>) -> Result<&mut Self> {
        self.stream(1, stream.into())
    }

    /// Gives the guest another standard error than this process has.
    ///
    /// C: `WasmEdge_ModuleInstanceCreateWASIWithFds`, `WasmEdge_ModuleInstanceInitWASIWithFds`.
    ///
    /// # Errors
    ///
    /// Same as [`stdin`](Self::stdin).
    #[doc(alias = "WasmEdge_ModuleInstanceCreateWASIWithFds")]
    #[doc(alias = "WasmEdge_ModuleInstanceInitWASIWithFds")]
    pub fn stderr(&mut self, stream: impl Into<OwnedFd>) -> Result<&mut Self> {
        self.stream(2, stream.into())
    }

    fn stream(&mut self, index: usize, stream: OwnedFd) -> Result<&mut Self> {
        if !compat::WASI_HAS_STREAMS {
            return Err(Error::unsupported(
                "standard streams of a guest's own",
                "the library has them from 0.16 on; below, guests have those of the process",
            ));
        }
        self.streams[index] = Some(Arc::new(stream));
        Ok(self)
    }

    /// Refuses functions: they are there, and return the error `notcapable`, as the guest would get
    /// it for a descriptor without the right. A name that ends in an asterisk stands for all that
    /// begin so.
    ///
    /// A name that WASI does not have is an error when the description is registered.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{Vm, Wasi};
    ///
    /// let mut wasi = Wasi::new();
    /// wasi.deny(["proc_raise", "sock_*"]);
    /// let mut vm = Vm::new(())?;
    /// vm.register_wasi(&wasi)?;
    ///
    /// let wasm = wat::parse_str(
    ///     r#"(module
    ///          (import "wasi_snapshot_preview1" "proc_raise" (func (param i32) (result i32)))
    ///          (export "raise" (func 0)))"#,
    /// )?;
    /// assert_eq!(vm.run_bytes::<i32, i32>(&wasm, "raise", 6)?, 76);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deny(&mut self, functions: impl IntoIterator<Item = impl Into<Box<str>>>) -> &mut Self {
        self.denied.extend(functions.into_iter().map(Into::into));
        self
    }

    /// Gives the guest the library's own functions also where they do not keep to the guest's
    /// memory: `sock_getaddrinfo` and `sock_getsockopt` in all versions, `poll_oneoff` and
    /// `epoll_oneoff` before 0.16. What is [denied](Self::deny) stays so.
    ///
    /// # Safety
    ///
    /// Guests that the description is registered for give these functions room for what they write:
    /// 26 bytes for each address and 256 for each name that `sock_getaddrinfo` finds, four for
    /// `sock_getsockopt`; and they poll less than 2²⁶ subscriptions.
    pub const unsafe fn allow_unchecked(&mut self) -> &mut Self {
        self.is_unchecked = true;
        self
    }

    /// Makes the C module. It uses the streams, which must outlive it.
    pub(crate) fn build(&self) -> Result<Owned<sys::WasmEdge_ModuleInstanceContext>> {
        library::ready()?;
        for dir in &self.dirs {
            check_dir(&dir.host)?;
        }
        let args = pointers(&self.args);
        let envs = pointers(&self.envs);
        let dirs: Vec<_> = self.dirs.iter().map(|dir| dir.text.as_ptr()).collect();
        let _inside = door::open(Purpose::Library, "making WASI")?;
        // SAFETY: the strings live during the call, and the streams longer than the module, as
        // promised by the caller; nobody else owns the context.
        let instance = unsafe {
            let instance = compat::create_wasi(&args, &envs, &dirs, self.raw_streams());
            Owned::new(instance)
        }?;
        self.check_descriptors(&instance)?;
        Ok(instance)
    }

    /// The numbers of the standard streams, if one of them is not the process's own.
    fn raw_streams(&self) -> Option<[c_int; 3]> {
        if self.streams.iter().all(Option::is_none) {
            return None;
        }
        let mut raw = [0, 1, 2];
        for (raw, stream) in raw.iter_mut().zip(&self.streams) {
            if let Some(stream) = stream {
                *raw = stream.as_raw_fd();
            }
        }
        Some(raw)
    }

    /// Makes sure that C opened all there is: what it cannot open it leaves out, with a line in its
    /// log. It numbers descriptors without gaps, so the last one tells.
    fn check_descriptors(
        &self,
        instance: &Owned<sys::WasmEdge_ModuleInstanceContext>,
    ) -> Result<()> {
        let last = i32::try_from(2 + self.dirs.len()).unwrap_or(i32::MAX);
        // SAFETY: the instance is alive, and no code runs in it.
        if unsafe { native_handle(instance.as_ptr(), last) }.is_some() {
            return Ok(());
        }
        for dir in &self.dirs {
            let Err(source) = fs::read_dir(&dir.host) else {
                continue;
            };
            let path = dir.host.clone();
            return Err(Error::from(ErrorKind::Read { path, source }));
        }
        Err(Error::invalid(
            "the library could not open all directories and streams of the guest; the process may \
             have too many files open",
        ))
    }
}

impl fmt::Debug for Wasi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dirs: Vec<_> = self.dirs.iter().map(|dir| &dir.text).collect();
        f.debug_struct("Wasi")
            .field("args", &self.args)
            .field("envs", &self.envs)
            .field("dirs", &dirs)
            .field("streams", &self.streams)
            .field("denied", &self.denied)
            .field("is_unchecked", &self.is_unchecked)
            .finish()
    }
}

/// The instance of WASI in a store.
/// The operating system's handle behind a descriptor of the guest.
///
/// # Safety
///
/// `instance` is alive, and no code runs in it.
pub(crate) unsafe fn native_handle(
    instance: *const sys::WasmEdge_ModuleInstanceContext,
    fd: i32,
) -> Option<u64> {
    let mut handle = 0;
    // SAFETY: `instance` is alive, and no code runs in it; the handle is written when the answer is
    // 0.
    let answer =
        unsafe { sys::WasmEdge_ModuleInstanceWASIGetNativeHandler(instance, fd, &raw mut handle) };
    (answer == 0).then_some(handle)
}

fn check_dir(path: &Path) -> Result<()> {
    let source = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => io::Error::new(io::ErrorKind::NotADirectory, "it is not a directory"),
        Err(error) => error,
    };
    let path = path.to_owned();
    Err(Error::from(ErrorKind::Read { path, source }))
}

fn c_string(bytes: &[u8], what: impl FnOnce() -> String) -> Result<CString> {
    CString::new(bytes).map_err(|_| {
        let what = what();
        Error::invalid(format!("{what} has a NUL in it, where C would cut it off"))
    })
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|text| text.as_ptr()).collect()
}
