//! Tags: the kinds of exceptions.

use crate::compat;
use crate::runtime::store::{self, AsStore, Handle, StoreCore};
use crate::vocabulary::{FuncType, Result};

/// An exception tag in a [`Store`](crate::Store): what one module throws and another catches, and
/// the values that go with it. From 0.14 of the library on, and for modules that are loaded with
/// [`Config::enable_unchecked`](crate::Config::enable_unchecked) alone: the library's exceptions
/// are not safe.
///
/// A small handle, as [`Instance`](crate::Instance) is; its methods panic with another store than
/// its own. Tags come from modules, which import and export them like functions; the library has no
/// way to make one, nor to throw or catch from outside. An exception that nothing catches ends the
/// call with [`Trap::UncaughtException`](crate::Trap::UncaughtException).
///
/// C: `WasmEdge_TagInstanceContext`.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module, Proposal, Store};
///
/// let wasm = wat::parse_str(
///     r#"(module
///          (tag $error (export "error") (param i32))
///          (func (export "fail") (throw $error (i32.const 7))))"#,
/// )?;
/// # if wasmedge::version::headers().minor < 14 { return Ok(()) }
/// let mut config = Config::new()?;
/// // SAFETY: no branch of the module leaves a `try_table`; it has none.
/// unsafe { config.enable_unchecked(Proposal::ExceptionHandling) }?;
/// let mut store = Store::with_config(&config, ())?;
/// let instance = store.instantiate(&Module::new(&config, &wasm)?)?;
/// let error = instance.get_tag(&store, "error").unwrap();
/// assert_eq!(error.ty(&store)?.to_string(), "(i32) -> ()");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_TagInstanceContext")]
pub struct Tag {
    handle: Handle<compat::RawTag>,
}

impl Tag {
    pub(crate) const fn new(handle: Handle<compat::RawTag>) -> Self {
        Self { handle }
    }

    /// Returns the type: its parameters are the values that an exception carries; it has no
    /// results.
    ///
    /// C: `WasmEdge_TagInstanceGetTagType`, `WasmEdge_TagTypeGetFunctionType`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when values of one of the types
    /// cannot be passed by this crate.
    #[doc(alias = "WasmEdge_TagInstanceGetTagType")]
    #[doc(alias = "WasmEdge_TagTypeGetFunctionType")]
    pub fn ty(self, store: impl AsStore) -> Result<FuncType> {
        self.type_in(store::core(&store))
    }

    pub(crate) fn type_in(self, core: &StoreCore) -> Result<FuncType> {
        let tag = self.handle.get(core);
        // SAFETY: the tag lives in the store; its type is a view into it.
        unsafe { compat::tag_type(tag) }
    }
}
