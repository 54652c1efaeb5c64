//! S14: a library of another version than the headers' is an error, not a crash.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A library that, loaded first, answers for the version functions.
fn impostor(folder: &Path, version: [u32; 3]) -> std::path::PathBuf {
    let [major, minor, patch] = version;
    let source = folder.join("impostor.c");
    let text = format!(
        "unsigned WasmEdge_VersionGetMajor(void) {{ return {major}; }}\n\
         unsigned WasmEdge_VersionGetMinor(void) {{ return {minor}; }}\n\
         unsigned WasmEdge_VersionGetPatch(void) {{ return {patch}; }}\n"
    );
    fs::write(&source, text).unwrap();
    let library = folder.join("impostor.so");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let status = Command::new(compiler)
        .args(["-shared", "-fPIC", "-nostdlib", "-o"])
        .args([&library, &source])
        .status()
        .expect("a C compiler, which linking Rust needs as well");
    assert!(status.success());
    library
}

#[cfg(target_os = "linux")]
#[test]
fn s14_a_library_of_another_version_is_an_error_with_both_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let output = support::command(support::example("fibonacci"))
        .env("LD_PRELOAD", impostor(folder.path(), [0, 99, 7]))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let headers = wasmedge::version::headers();
    assert!(
        stderr.contains(&format!("headers of WasmEdge {headers}")),
        "{stderr}"
    );
    assert!(stderr.contains("library of WasmEdge 0.99.7"), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn s14_the_library_of_this_test_is_the_one_of_its_headers() {
    wasmedge::version::check().unwrap();
    assert_eq!(wasmedge::version::headers(), wasmedge::version::library());
}
