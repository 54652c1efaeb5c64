//! The messages for a libclang that is missing or cannot read the headers.

use std::ffi::OsStr;
use std::path::Path;

use super::message::Message;

/// There is no libclang, or none that can be loaded; `reason` is what the loader said.
pub(crate) fn missing(reason: &str, libclang_path: Option<&OsStr>) -> Message {
    let places = match libclang_path {
        Some(path) => format!(
            "LIBCLANG_PATH = {}, and nowhere else",
            Path::new(path).display()
        ),
        None => "LIBCLANG_PATH (not set), then llvm-config, then the system's folders".to_owned(),
    };
    Message::new("no usable libclang was found.")
        .paragraph(
            "It reads WasmEdge's headers while building; the finished program does without it.",
        )
        .list("Looked for it in:", [places])
        .paragraph(format!("What it said: {reason}"))
        .list("What to do, one of:", ways())
}

/// libclang is there but stumbled over the headers; `reason` is what it said.
pub(crate) fn unreadable(reason: &str) -> Message {
    let reason = reason.trim_end().replace('\n', "\n  ");
    Message::new("libclang could not read WasmEdge's headers.")
        .paragraph(format_args!("It said:\n  {reason}"))
        .list("If a header of the compiler itself is missing (stddef.h, stdbool.h, stdint.h), one of:", ways())
        .paragraph(
            "If one of WasmEdge's is missing: install WasmEdge again, or name another installation in\n\
             WASMEDGE_DIR.",
        )
}

/// How to get libclang.
fn ways() -> [String; 5] {
    [
        "Debian, Ubuntu:  apt install libclang-dev",
        "Fedora:          dnf install clang-devel",
        "Homebrew:        brew install llvm",
        "installed elsewhere:  LIBCLANG_PATH=<the folder that holds libclang.so or libclang.dylib>",
        "in a checkout of this repository:  scripts/with-wasmedge COMMAND  (such as: scripts/with-wasmedge cargo test)",
    ]
    .map(str::to_owned)
}
