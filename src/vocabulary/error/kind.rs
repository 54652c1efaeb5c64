//! The kinds of error, with their texts.

use std::io;
use std::path::PathBuf;
use std::str::Utf8Error;
use std::time::Duration;

use super::names::{Count, Exported, Listed, Proposals, WhatToRegister, WhichModule};
use super::{BoxedError, Escaped, LinkFound, Quoted, Reason, Trap};
use crate::vocabulary::{ExternType, FuncType, Types, ValType, Version};

/// What happened; see [`Error::kind`](super::Error::kind).
///
/// Go: `ErrCategory`, `ErrCategory_WASM`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, ErrorKind, Module, Store};
///
/// fn explain(error: &wasmedge::Error) -> String {
///     match error.kind() {
///         ErrorKind::Link { module, name, expected, .. } => {
///             format!("give the guest a module `{module}` with `{name}`: {expected}")
///         }
///         ErrorKind::Exit(0) => "it is done".to_owned(),
///         _ => error.to_string(),
///     }
/// }
///
/// let wasm = wat::parse_str(r#"(module (import "env" "f" (func (param i32))))"#)?;
/// let module = Module::new(&Config::new()?, &wasm)?;
/// let error = Store::new(())?.instantiate(&module).unwrap_err();
/// assert_eq!(
///     explain(&error),
///     "give the guest a module `env` with `f`: function (i32) -> ()"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[doc(alias = "ErrCategory")]
#[doc(alias = "ErrCategory_WASM")]
pub enum ErrorKind {
    /// A file could not be read.
    #[error("cannot read {}: {source}", Quoted::path(path))]
    Read {
        /// The path as the program gave it.
        path: PathBuf,
        /// What the operating system, or the check before it, said.
        source: io::Error,
    },

    /// A file could not be written.
    #[error("cannot write {}: {source}", Quoted::path(path))]
    Write {
        /// The path as the program gave it.
        path: PathBuf,
        /// What the operating system, or the check before it, said.
        source: io::Error,
    },

    /// A module could not be compiled to native code.
    #[error(
        "cannot compile {} to {}: {reason}",
        WhichModule(input),
        Quoted::path(output)
    )]
    Compile {
        /// The file of the module, as the program gave it, if it came from one.
        input: Option<PathBuf>,
        /// Where the outcome was to go; nothing was written there.
        output: PathBuf,
        /// What is wrong with the module, or went wrong in the compiler.
        reason: Reason,
    },

    /// The bytes are not a WebAssembly module that the library can load.
    #[error("cannot load {}: {reason}", WhichModule(path))]
    Load {
        /// The file that the bytes were read from, as the program gave it, if they came from one.
        path: Option<PathBuf>,
        /// What is wrong with the bytes.
        reason: Reason,
    },

    /// The module loaded, but is not valid WebAssembly under the configured proposals.
    #[error("{} is not valid: {reason}", WhichModule(path))]
    Validate {
        /// The file that the module was loaded from, as the program gave it, if it came from one.
        path: Option<PathBuf>,
        /// The rule that is broken.
        reason: Reason,
    },

    /// An import of the module is not there, or is of another type.
    #[error(
        "cannot link import {} {} ({expected}): {found}{}",
        Quoted::name(module),
        Quoted::name(name),
        WhatToRegister(module, found)
    )]
    Link {
        /// The module name of the import.
        module: Box<str>,
        /// The item name of the import.
        name: Box<str>,
        /// The type that the module wants.
        expected: ExternType,
        /// What the store has instead.
        found: LinkFound,
    },

    /// The module is valid and linked, and could still not be instantiated.
    #[error("cannot instantiate the module: {reason}")]
    Instantiate {
        /// What went wrong.
        reason: Reason,
    },

    /// A module with this name is in the store already.
    #[error(
        "a module named {} is registered in this store already; take another name or store",
        Quoted::name(name)
    )]
    NameTaken {
        /// The name.
        name: Box<str>,
    },

    /// A host module has an item with this name already.
    #[error(
        "host module {} has an export {} already; give each one a name of its own",
        Quoted::name(module),
        Quoted::name(name)
    )]
    DuplicateExport {
        /// The host module.
        module: Box<str>,
        /// The name of the item.
        name: Box<str>,
    },

    /// An instance has no export of this name and kind.
    #[error("no exported {kind} {}; {}", Quoted::name(name), Exported(available))]
    NoSuchExport {
        /// `function`, `memory`, ….
        kind: &'static str,
        /// The name that was asked for.
        name: Box<str>,
        /// The exports of that kind that there are.
        available: Vec<Box<str>>,
    },

    /// A function was asked for, or called, with a type that is not its own.
    #[error("function type mismatch: the function is {actual}, used as {requested}")]
    Signature {
        /// The function's own type.
        actual: FuncType,
        /// The type it was used as.
        requested: FuncType,
    },

    /// A dynamic call gave room for another number of results than the function has.
    #[error(
        "the function has {}, and the results slice has room for {room}",
        Count(*actual as u64, "result")
    )]
    ResultCount {
        /// How many results the function has.
        actual: usize,
        /// The length of the slice.
        room: usize,
    },

    /// A host function gave results of other types than its own.
    #[error("a host function of type {ty} gave {} in place of its results", Types(found.results()))]
    HostResults {
        /// The function's type.
        ty: FuncType,
        /// The results it gave, as a type without parameters.
        found: FuncType,
    },

    /// A value is not of the type that a table, a global or a function wants.
    #[error("the {what} holds {expected}, and cannot hold {found}")]
    WrongType {
        /// `table` or `global`.
        what: &'static str,
        /// The type it holds.
        expected: ValType,
        /// The type of the value.
        found: ValType,
    },

    /// A value of one type was wanted as one of another; see `TryFrom` for [`Val`](crate::Val).
    #[error("the value is of type {found}, not {expected}")]
    ValueType {
        /// The type it was wanted as.
        expected: ValType,
        /// The type it has.
        found: ValType,
    },

    /// A proposal was asked for by a name that none has.
    #[error(
        "there is no proposal {}; the names are {}",
        Quoted::name(name),
        Proposals
    )]
    NoSuchProposal {
        /// The name.
        name: Box<str>,
    },

    /// A global that keeps its first value was to be set.
    #[error("the global is constant and cannot be set: it was not declared with `mut`")]
    ConstGlobal,

    /// Elements that a table does not have.
    #[error(
        "table access out of bounds: {} at index {index}, the table has {size}",
        Count(*len, "element")
    )]
    TableAccess {
        /// The first element.
        index: u64,
        /// How many.
        len: u64,
        /// How many the table has.
        size: u64,
    },

    /// A memory or a table cannot grow that far.
    #[error(
        "cannot grow the {what} of {} by {delta}: {max} is the most",
        Count(*size, unit.trim_end_matches('s'))
    )]
    Grow {
        /// `memory` or `table`.
        what: &'static str,
        /// `pages` or `elements`.
        unit: &'static str,
        /// The present size.
        size: u64,
        /// By how much it was to grow.
        delta: u64,
        /// The largest size.
        max: u64,
    },

    /// An access to a memory from the host reaches past the end of the memory. Nothing was read or
    /// written.
    #[error(
        "memory access out of bounds: {} at {offset}, the memory has {}",
        Count(*len, "byte"),
        Count(*size, "byte")
    )]
    MemoryAccess {
        /// Where the access starts.
        offset: u64,
        /// How many bytes it has.
        len: u64,
        /// The size of the memory in bytes.
        size: u64,
    },

    /// An atomic access to a memory whose offset is not a multiple of its size.
    #[error("unaligned atomic access: the offset {offset} is not a multiple of {align}")]
    MemoryAlignment {
        /// Where the access starts.
        offset: u64,
        /// How many bytes it has.
        align: u64,
    },

    /// What was read from a memory as a string is not UTF-8.
    #[error("no string in the memory, {} at {offset}: {source}", Count(*len, "byte"))]
    MemoryString {
        /// Where the string starts.
        offset: u64,
        /// How many bytes it has.
        len: u64,
        /// Where it is not UTF-8.
        source: Utf8Error,
    },

    /// The system has no address space, or no memory, for the memory of a guest.
    #[error(
        "the system has no room for a memory of {} of 64 KiB; it may limit the memory or the address \
         space of the process",
        Count(*pages, "page")
    )]
    NoMemory {
        /// The size of the memory in pages.
        pages: u64,
    },

    /// A host function wanted the memory of its caller, which has none.
    #[error(
        "the caller has no memory; a guest that a host function is to read from or write to has one \
         of its own, or imports one"
    )]
    NoMemoryInCaller,

    /// The memories of a store would be larger together than
    /// [`Config::max_instances_memory`](crate::Config::max_instances_memory) allows.
    #[error(
        "memories that may grow to {bytes} bytes are more than the {left} bytes that are left of the \
         store's {max}, which is its `Config::max_instances_memory`"
    )]
    StoreMemory {
        /// The largest size of those that were to be made.
        bytes: u64,
        /// What the bound leaves beside the memories that there are.
        left: u64,
        /// The bound.
        max: u64,
    },

    /// No instance of this name is registered.
    #[error(
        "no module {} is registered; there is {}",
        Quoted::name(name),
        Listed(registered)
    )]
    NoSuchInstance {
        /// The name that was asked for.
        name: Box<str>,
        /// The names that are registered.
        registered: Vec<Box<str>>,
    },

    /// A path has no plug-in that could be loaded.
    #[error(
        "no plug-in was loaded from {}: there is none for this version of the library, or it is \
         loaded already",
        Quoted::path(path)
    )]
    PluginNotLoaded {
        /// The path as the program gave it.
        path: PathBuf,
    },

    /// A plug-in that is needed is not loaded.
    #[error(
        "plug-in {} is not loaded, see `plugin::load`; there is {}",
        Quoted::name(name),
        Listed(loaded)
    )]
    NoSuchPlugin {
        /// The name of the plug-in.
        name: Box<str>,
        /// The plug-ins that are loaded.
        loaded: Vec<Box<str>>,
    },

    /// A plug-in has no module of this name, or could not make it.
    #[error(
        "plug-in {} gave no module {}; it has {}",
        Quoted::name(plugin),
        Quoted::name(module),
        Listed(available)
    )]
    NoSuchPluginModule {
        /// The name of the plug-in.
        plugin: Box<str>,
        /// The name of the module.
        module: Box<str>,
        /// The modules of the plug-in.
        available: Vec<Box<str>>,
    },

    /// WebAssembly code trapped.
    #[error("wasm trap: {0}")]
    Trap(Trap),

    /// The code was stopped because its time was over: that of
    /// [`with_timeout`](crate::Store::with_timeout) or a `call_timeout`. An interrupt from
    /// elsewhere that came first is [`Trap::Interrupted`].
    #[error("the code was stopped: it ran longer than its limit of {0:?}")]
    Timeout(Duration),

    /// The operating system could not start a thread.
    #[error("cannot start a thread: {0}; the system may limit threads or memory")]
    Thread(#[source] io::Error),

    /// There is too little stack left on this thread for the library to do what was asked for.
    /// Calls end with [`Trap::StackOverflow`] in place of this.
    #[error(
        "{} of stack are too few for {what}, which takes up to {needed}: use a thread with a larger stack, \
         or fewer calls inside one another",
        Count(*left as u64, "byte")
    )]
    ThreadStack {
        /// What was to be done.
        what: &'static str,
        /// How much stack was left, in bytes.
        left: usize,
        /// How much there has to be.
        needed: usize,
    },

    /// The program inside the guest ended itself with this exit code: WASI's `proc_exit`, or a host
    /// function that returned [`Error::exit`](super::Error::exit). Code 0 is the guest's success,
    /// yet the call that was running has no results.
    #[error("the guest exited with code {0}")]
    Exit(u32),

    /// A host function failed with a number of its own, 24 bits wide; see
    /// [`Error::user`](super::Error::user).
    ///
    /// Go: `ErrCategory_UserLevel`.
    #[error("host function failed with user code {0}")]
    #[doc(alias = "ErrCategory_UserLevel")]
    User(u32),

    /// A host function of the program returned this error; see
    /// [`Error::downcast_ref`](super::Error::downcast_ref).
    #[error("host function failed: {0}")]
    Host(#[source] BoxedError),

    /// A function of a guest failed, with a text of its own; see [`bindgen`](crate::bindgen).
    #[error("the guest function failed: {}", Escaped(.0))]
    Guest(String),

    /// A function of a guest gave results of other types than the program asked for; see
    /// [`bindgen`](crate::bindgen).
    #[error(
        "the guest function returns {}, used as {}",
        Escaped(actual),
        Escaped(requested)
    )]
    GuestResults {
        /// The types that it gave.
        actual: Box<str>,
        /// The types that were asked for.
        requested: Box<str>,
    },

    /// A guest does not follow its calling convention; see [`bindgen`](crate::bindgen).
    #[error("the guest breaks its calling convention: {}", Escaped(.0))]
    GuestAbi(String),

    /// A [`Vm`](crate::Vm) was asked for a step whose turn it is not.
    #[error("cannot {action}: {missing}")]
    Order {
        /// The step.
        action: &'static str,
        /// What has to come first.
        missing: &'static str,
    },

    /// The arguments of a call of this crate make no sense; C would abort or misread them.
    #[error("{}", Escaped(.0))]
    Invalid(String),

    /// This version of the library, or this crate's safe API, does not do that.
    #[error("unsupported: {} ({})", Escaped(what), Escaped(why))]
    Unsupported {
        /// What was asked for.
        what: Box<str>,
        /// Why it is not to be had.
        why: Box<str>,
    },

    /// The WasmEdge that the program runs with is not the one it was built with.
    #[error(
        "the program was built with the headers of WasmEdge {headers} and runs with the library of \
         WasmEdge {library}; their interfaces differ though their file name is the same: rebuild \
         the program, or let it load the library of version {headers}"
    )]
    VersionMismatch {
        /// The version of the headers at build time.
        headers: Version,
        /// The version of the loaded library.
        library: Version,
    },

    /// The library could not make a context: it is out of memory.
    #[error("WasmEdge could not create a {what}: out of memory")]
    NotCreated {
        /// The kind of context.
        what: &'static str,
    },

    /// An error of the library that has no kind of its own here.
    #[error("WasmEdge: {0}")]
    Library(Reason),
}
