//! The version of the library: at build time, at run time, and that they are the same.

use crate::vocabulary::Result;
pub use crate::vocabulary::Version;
use crate::{library, sys};

/// The version of the headers that this program was built with.
///
/// # Examples
///
/// ```
/// use wasmedge::version;
///
/// if version::headers().minor >= 16 {
///     println!("guests may have standard streams of their own");
/// }
/// ```
pub const fn headers() -> Version {
    Version {
        major: sys::WASMEDGE_VERSION_MAJOR,
        minor: sys::WASMEDGE_VERSION_MINOR,
        patch: sys::WASMEDGE_VERSION_PATCH,
    }
}

/// The version of the library that this program runs with.
///
/// C: `WasmEdge_VersionGetMajor`, `WasmEdge_VersionGetMinor`, `WasmEdge_VersionGetPatch`. Go:
/// `GetVersion`, `GetVersionMajor`, `GetVersionMinor`, `GetVersionPatch`.
#[doc(alias = "WasmEdge_VersionGetMajor")]
#[doc(alias = "WasmEdge_VersionGetMinor")]
#[doc(alias = "WasmEdge_VersionGetPatch")]
#[doc(alias = "GetVersion")]
#[doc(alias = "GetVersionMajor")]
#[doc(alias = "GetVersionMinor")]
#[doc(alias = "GetVersionPatch")]
pub fn library() -> Version {
    library::loaded_version()
}

/// The version of the library as it writes it itself, with what follows the numbers in one that is
/// no release, such as `-rc.1`.
///
/// C: `WasmEdge_VersionGet`. Go: `GetVersion`.
///
/// # Examples
///
/// ```
/// use wasmedge::version;
///
/// assert!(version::library_text().starts_with(&version::library().to_string()));
/// ```
#[doc(alias = "WasmEdge_VersionGet")]
#[doc(alias = "GetVersion")]
pub fn library_text() -> &'static str {
    library::full_version()
}

/// Checks that the loaded library is the one the program was built for.
///
/// Every type of this crate does this itself before it first calls the library; an application may
/// call it at start-up to report a wrong installation early.
///
/// # Errors
///
/// [`ErrorKind::VersionMismatch`](crate::ErrorKind::VersionMismatch) with both versions.
///
/// # Examples
///
/// ```
/// wasmedge::version::check()?;
/// assert_eq!(wasmedge::version::headers(), wasmedge::version::library());
/// # Ok::<(), wasmedge::Error>(())
/// ```
pub fn check() -> Result<()> {
    library::ready()
}
