//! The loaded library: the right one (S14), and quiet (S16).

pub(crate) mod button;
pub(crate) mod door;
pub mod log;
pub(crate) mod owned;
pub(crate) mod types;
pub mod version;

use once_cell::sync::OnceCell;

use crate::compat::{self, string};
use crate::sys;
use crate::vocabulary::{Error, ErrorKind, Result, Version};

/// Makes sure, once in the process, that the library may be called; and that it may be still.
///
/// Every owner of a C context calls this before it creates one, so no other C function runs first.
pub(crate) fn ready() -> Result<()> {
    door::check()?;
    static CHECKED: OnceCell<()> = OnceCell::new();
    CHECKED
        .get_or_try_init(|| {
            check(version::headers(), loaded_version())?;
            let _inside = door::open(door::Purpose::Library, "the library")?;
            log::first_use();
            door::watch();
            Ok(())
        })
        .copied()
}

/// The version the loaded library says it has.
pub(crate) fn loaded_version() -> Version {
    Version {
        // SAFETY: takes nothing, and has this signature in every version.
        major: unsafe { sys::WasmEdge_VersionGetMajor() },
        // SAFETY: takes nothing, and has this signature in every version.
        minor: unsafe { sys::WasmEdge_VersionGetMinor() },
        // SAFETY: takes nothing, and has this signature in every version.
        patch: unsafe { sys::WasmEdge_VersionGetPatch() },
    }
}

/// The version as the library writes it, with what follows the numbers in those that are no
/// release.
pub(crate) fn full_version() -> &'static str {
    // SAFETY: takes nothing, and gives a constant of the library.
    let text = unsafe { string::static_text(sys::WasmEdge_VersionGet()) };
    text.unwrap_or_default()
}

/// All releases share one soname though their ABIs differ, so the dynamic linker checks nothing.
fn check(headers: Version, library: Version) -> Result<()> {
    if headers != library {
        return Err(Error::from(ErrorKind::VersionMismatch { headers, library }));
    }
    if !compat::value_types_match() {
        return Err(Error::unsupported(
            format!("WasmEdge {library}"),
            "it describes value types in another way than this crate does",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_of_another_version_is_refused_with_both_numbers() {
        let version = |minor| Version {
            major: 0,
            minor,
            patch: 4,
        };
        let error = check(version(13), version(14)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("headers of WasmEdge 0.13.4"), "{text}");
        assert!(text.contains("library of WasmEdge 0.14.4"), "{text}");
    }

    #[test]
    fn the_library_of_this_test_is_the_right_one() {
        ready().unwrap();
    }
}
