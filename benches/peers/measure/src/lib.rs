//! What runtimes are compared by: the same guest, the same operations, measured in the same way.
//!
//! A program for a runtime implements [`Runtime`] and calls [`serve`]; another program tells it what to
//! measure and when, so that several take turns.

mod operations;
mod serve;
#[path = "../../../overhead/timed.rs"]
mod timed;

pub use serve::serve;

/// How the guest runs, where a runtime can do both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Interpreted,
    Compiled,
}

/// The host functions, which a loop in wasm calls.
#[derive(Clone, Copy, Debug)]
pub enum Host {
    /// `()`.
    Nothing,
    /// `(i32, i32) -> i32`, the sum.
    Add,
    /// The same, and counts its calls in [`State`].
    State,
}

impl Host {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Add, Self::State];

    /// The guest's function, `(i32)`, that calls it as often as its parameter says.
    pub const fn export(self) -> &'static str {
        match self {
            Self::Nothing => "loop nothing",
            Self::Add => "loop add",
            Self::State => "loop state",
        }
    }
}

/// What the host functions keep.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    pub calls: u64,
}

/// A runtime with the [`guest`] instantiated, and with what the operations need looked up before.
///
/// Every method does one operation in the best way that the runtime's documentation has for it, and
/// panics when it fails; loops, clocks and comparing the outcome with what is expected are in one place
/// for all.
pub trait Runtime: Sized {
    /// Where instances are made, and with which they are freed.
    type Instances;

    /// The name and the version.
    fn name() -> String;

    fn new(mode: Mode) -> Self;

    /// Calls the export `nothing`, typed where the runtime has typed calls; so do the next two.
    fn call_nothing(&mut self);
    /// Calls the export `add`.
    fn call_add(&mut self, a: i32, b: i32) -> i32;
    /// Calls the export `swap`.
    fn call_swap(&mut self, a: i32, b: i64) -> (i64, i32);
    /// Calls the export `add` as a function whose type is not known at compile time.
    fn call_add_dynamic(&mut self, a: i32, b: i32) -> i32;
    /// Calls [`Host::export`].
    fn call_loop(&mut self, host: Host, times: u32);

    /// Reads the export `memory` into the buffer, or into one that the runtime makes.
    fn memory_read(&mut self, offset: u32, buffer: &mut [u8]);
    fn memory_write(&mut self, offset: u32, bytes: &[u8]);
    /// Gets the export `global`, an i64.
    fn global_get(&mut self) -> i64;
    fn global_set(&mut self, value: i64);
    /// Whether there is a function at the index in the export `table`.
    fn table_get(&mut self, index: u32) -> bool;
    /// Whether there is an exported function of this name.
    fn find(&mut self, name: &str) -> bool;

    /// Makes a module of bytes, ready to be instantiated in the runtime's mode.
    fn load(&self, wasm: &[u8]);
    /// None where there can be no two instances in one store.
    fn instances(&self) -> Option<Self::Instances>;
    /// Makes another instance of [`small`], which is a module already.
    fn instantiate(&self, instances: &mut Self::Instances);
    /// Makes a store with an instance of [`small`], which is a module already, calls its `add`, and drops
    /// both.
    fn run_in_store(&self, a: i32, b: i32) -> i32;

    /// Calls `add` of [`small`] by its name, through an object that is a whole virtual machine.
    fn call_by_name(&mut self, _a: i32, _b: i32) -> Option<i32> {
        None
    }
    /// Makes such an object, lets it run `add` of the bytes of [`small`], and drops it.
    fn run_in_vm(&self, _a: i32, _b: i32) -> Option<i32> {
        None
    }
}

/// The guest of most operations.
pub fn guest() -> Vec<u8> {
    wat::parse_str(include_str!("guest.wat")).unwrap()
}

/// A guest without memory, of which many instances are made.
pub fn small() -> Vec<u8> {
    wat::parse_str(include_str!("small.wat")).unwrap()
}
