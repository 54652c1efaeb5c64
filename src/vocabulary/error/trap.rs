//! Why WebAssembly code trapped.

/// Why WebAssembly code trapped.
///
/// # Examples
///
/// ```
/// use wasmedge::{HostModule, Trap, Vm};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (import "env" "trap" (func $trap))
///          (memory 1)
///          (func (export "beyond") (drop (i32.load (i32.const 65536))))
///          (func (export "host") call $trap))"#,
/// )?;
/// let mut env = HostModule::new("env");
/// // A host function may trap, too.
/// env.func_wrap("trap", || Err::<(), _>(Trap::Unreachable))?;
/// let mut vm = Vm::new(())?;
/// vm.register_host(&env)?;
/// let error = vm.run_bytes::<(), ()>(&wasm, "beyond", ()).unwrap_err();
/// assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
/// assert_eq!(error.to_string(), "wasm trap: out of bounds memory access");
/// let error = vm.call::<(), ()>("host", ()).unwrap_err();
/// assert_eq!(error.trap(), Some(Trap::Unreachable));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Trap {
    /// The `unreachable` instruction.
    #[error("unreachable instruction executed")]
    Unreachable,
    /// A load, a store or a bulk operation past the end of a memory.
    #[error("out of bounds memory access")]
    MemoryOutOfBounds,
    /// A table access past the end of a table.
    #[error("out of bounds table access")]
    TableOutOfBounds,
    /// `call_indirect` with an index past the end of its table.
    #[error("undefined table element")]
    UndefinedElement,
    /// `call_indirect` on a null entry.
    #[error("uninitialized table element")]
    UninitializedElement,
    /// `call_indirect` on a function of another type.
    #[error("indirect call type mismatch")]
    IndirectCallTypeMismatch,
    /// Integer division or remainder by zero.
    #[error("integer divide by zero")]
    DivideByZero,
    /// An integer division whose result does not fit.
    #[error("integer overflow")]
    IntegerOverflow,
    /// Conversion to an integer of a number that has none.
    #[error("invalid conversion to integer")]
    InvalidConversionToInteger,
    /// A reference of another type than its place allows.
    #[error("reference type mismatch")]
    RefTypeMismatch,
    /// An atomic access whose address is not a multiple of its size.
    #[error("unaligned atomic access")]
    UnalignedAtomic,
    /// An atomic wait on a memory that is not shared.
    #[error("expected shared memory")]
    ExpectedSharedMemory,
    /// A host function of the library or of a plug-in failed.
    #[error("host function of the library or of a plug-in failed")]
    HostFunction,
    /// More calls inside one another than [`Config::max_call_depth`](crate::Config::max_call_depth)
    /// allows.
    #[error("call stack exhausted")]
    StackOverflow,
    /// The cost limit is reached.
    #[error("out of fuel")]
    OutOfFuel,
    /// The execution was interrupted from outside.
    #[error("interrupted")]
    Interrupted,
    /// An array access past the end of the array (from 0.14 on).
    #[error("out of bounds array access")]
    ArrayOutOfBounds,
    /// A null reference where none is allowed (from 0.14 on).
    #[error("null reference")]
    NullReference,
    /// A reference cast that failed (from 0.14 on).
    #[error("cast failure")]
    CastFailure,
    /// A WebAssembly exception that nobody caught (from 0.14 on).
    #[error("uncaught exception")]
    UncaughtException,
}
