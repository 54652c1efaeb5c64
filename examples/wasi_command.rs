//! Runs a program for WASI, with arguments, a directory, the standard input, and an exit code.
//!
//! ```text
//! echo 'one two three' | cargo run --example wasi_command
//! ```
//!
//! prints
//!
//! ```text
//! /texts/poem.txt: 2 lines, 8 words, 40 bytes
//! standard input: 1 lines, 3 words, 14 bytes
//! it exited with code 0
//! /texts/none.txt: No such file or directory
//! it exited with code 1
//! ```

use anyhow::Result;
use wasmedge::{DirAccess, Vm, Wasi};

/// Counts lines, words and bytes. Its source is examples/guests/count.c.
const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/guests/count.wasm");

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(
        folder.path().join("poem.txt"),
        "so much depends\nupon a red wheel barrow\n",
    )?;

    for args in [
        &["count", "/texts/poem.txt", "-"][..],
        &["count", "/texts/none.txt"],
    ] {
        // What the guest gets of this machine, and nothing else: no variables, no other directory.
        let mut wasi = Wasi::new();
        wasi.args(args)?
            .preopened_dir(folder.path(), "/texts", DirAccess::ReadOnly)?;

        let mut vm = Vm::new(())?;
        vm.register_wasi(&wasi)?;
        // A program that calls `exit` ends the call with an error, also when the code is 0.
        let code = match vm.run_file::<(), ()>(GUEST, "_start", ()) {
            Ok(()) => 0,
            Err(error) => match error.exit_code() {
                Some(code) => code,
                None => return Err(error.into()),
            },
        };
        println!("it exited with code {code}");
    }
    Ok(())
}
