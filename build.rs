//! Finds the WasmEdge C library, reads its version, generates the raw bindings and tells cargo: see `build/`.

#[path = "build/main.rs"]
mod build;

fn main() -> std::process::ExitCode {
    build::main()
}
