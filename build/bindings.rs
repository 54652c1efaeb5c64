//! The raw bindings, made from the installed headers.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::{env, fs};

use bindgen::callbacks::{EnumVariantCustomBehavior, EnumVariantValue, ParseCallbacks};
use bindgen::{Abi, Builder, EnumVariation, RustEdition, RustTarget};

use super::host::Host;
use super::libclang;
use super::message::Message;

/// What is bound.
const NAMES: &str = "(WasmEdge|WASMEDGE)_.*";
/// The functions: their names, unlike those of the types of callbacks, do not end in `_t`.
const FUNCTIONS: &str = "WasmEdge_.*([^t]|[^_]t)";

/// Writes `bindings.rs` to `OUT_DIR`, and the names of the error codes beside it.
pub(crate) fn generate(include: &Path, out_dir: &Path) -> Result<(), Message> {
    let codes = ErrorCodes::default();
    let bindings = builder(include)
        .parse_callbacks(Box::new(codes.clone()))
        .generate()
        .map_err(|error| libclang::unreadable(&error.to_string()))?;
    let write = |name: &str, text: String| {
        let file = out_dir.join(name);
        fs::write(&file, text).map_err(|error| {
            Message::new(format_args!("cannot write {}: {error}.", file.display()))
                .about_target_folder()
        })
    };
    write("bindings.rs", bindings.to_string())?;
    write("error_codes.rs", codes.table())
}

/// Collects the names of the error codes, which differ from version to version.
#[derive(Clone, Debug, Default)]
struct ErrorCodes(Rc<RefCell<Vec<(i64, String)>>>);

impl ErrorCodes {
    /// The pairs of number and name, as a Rust expression.
    fn table(&self) -> String {
        let rows = self.0.borrow();
        let rows = rows
            .iter()
            .map(|(code, name)| format!("({code:#x}, {name:?}),\n"));
        format!("&[\n{}]\n", rows.collect::<String>())
    }
}

impl ParseCallbacks for ErrorCodes {
    fn enum_variant_behavior(
        &self,
        _: Option<&str>,
        name: &str,
        value: EnumVariantValue,
    ) -> Option<EnumVariantCustomBehavior> {
        let code = match value {
            EnumVariantValue::Signed(code) => code,
            EnumVariantValue::Unsigned(code) => i64::try_from(code).ok()?,
            EnumVariantValue::Boolean(_) => return None,
        };
        let name = name.strip_prefix("WasmEdge_ErrCode_")?;
        self.0.borrow_mut().push((code, name.to_owned()));
        None
    }
}

/// Loads libclang before bindgen does, which would panic where there is none.
pub(crate) fn load_libclang(host: &Host) -> Result<(), Message> {
    let path = ["LIBCLANG_PATH", "LLVM_CONFIG_PATH"].map(|name| host.var(name));
    clang_sys::load().map_err(|reason| libclang::missing(&reason, path[0].as_deref()))
}

/// What is generated, and how.
fn builder(include: &Path) -> Builder {
    Builder::default()
        .header("wrapper.h")
        .clang_arg(format!("-I{}", include.display()))
        .parse_callbacks(Box::new(bindgen::CargoCallbacks::new()) as Box<dyn ParseCallbacks>)
        .allowlist_function(NAMES)
        .allowlist_type(NAMES)
        .allowlist_var(NAMES)
        // A C enum may hold a number this crate has no name for; as a Rust enum that would be undefined behaviour.
        .default_enum_style(EnumVariation::NewType {
            is_bitfield: false,
            is_global: true,
        })
        // Constants keep their C names, `WasmEdge_ErrCode_Success`, which start with the enum's own.
        .prepend_enum_name(false)
        // Some functions of older versions throw; a C++ exception may not pass through `extern "C"`.
        .override_abi(Abi::CUnwind, FUNCTIONS)
        .must_use_type("WasmEdge_Result")
        // The layout tests check at compile time that the compiler sees the types as C does.
        .layout_tests(true)
        .generate_comments(false)
        .generate_cstr(true)
        .use_core()
        .rust_target(rust_target())
        .rust_edition(RustEdition::Edition2024)
}

/// The oldest compiler this crate supports.
fn rust_target() -> RustTarget {
    env::var("CARGO_PKG_RUST_VERSION")
        .ok()
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}
