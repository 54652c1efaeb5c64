//! Gets hold of what a guest writes to its standard output: through a file of the guest's own, or, in
//! all versions of the library, with a function of the program's in place of WASI's.
//!
//! ```text
//! cargo run --example capture_output
//! ```
//!
//! prints, below WasmEdge 0.16 without the first line,
//!
//! ```text
//! the file has: "hello from the guest\n"
//! the host has: "hello from the guest\n"
//! ```

use std::fs::File;

use anyhow::{Result, anyhow};
use wasmedge::{Caller, ErrorKind, HostModule, Vm, Wasi};

const GUEST: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello from the guest\n")
  (func (export "_start")
    ;; The address and the length of the text, for descriptor 1.
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 21))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// The guest has another standard output: a file here, or one end of a pipe, or a socket.
fn with_file(guest: &[u8]) -> Result<String> {
    let file = tempfile::NamedTempFile::new()?;
    let mut wasi = Wasi::new();
    wasi.stdout(File::create(file.path())?)?;
    let mut vm = Vm::new(())?;
    vm.register_wasi(&wasi)?;
    vm.run_bytes::<(), ()>(guest, "_start", ())?;
    Ok(std::fs::read_to_string(file.path())?)
}

/// The guest imports from a module of the program's own, under the name of WASI. It has what this guest
/// needs; any other import is an error that says what is missing.
fn with_host_function(guest: &[u8]) -> Result<String> {
    let mut wasi = HostModule::new("wasi_snapshot_preview1");
    wasi.func_wrap(
        "fd_write",
        |mut caller: Caller<'_, Vec<u8>>, _fd: i32, parts: u32, count: u32, written: u32| {
            let memory = caller.memory(0).ok_or_else(|| anyhow!("no memory"))?;
            let mut total = 0;
            for part in 0..u64::from(count) {
                let part = u64::from(parts) + part * 8;
                let at: u32 = memory.read_value(&caller, part)?;
                let len: u32 = memory.read_value(&caller, part + 4)?;
                let (bytes, output) = memory.data_and_store_mut(&mut caller);
                let text = bytes
                    .get(at as usize..)
                    .and_then(|rest| rest.get(..len as usize));
                output.extend_from_slice(text.ok_or_else(|| anyhow!("out of bounds"))?);
                total += len;
            }
            memory.write_value(&mut caller, written, total)?;
            anyhow::Ok(0)
        },
    )?;
    let mut vm = Vm::new(Vec::new())?;
    vm.register_host(&wasi)?;
    vm.run_bytes::<(), ()>(guest, "_start", ())?;
    Ok(String::from_utf8(vm.into_data())?)
}

fn main() -> Result<()> {
    let guest = wat::parse_str(GUEST)?;
    match with_file(&guest) {
        Ok(text) => println!("the file has: {text:?}"),
        Err(error) => match error
            .downcast_ref::<wasmedge::Error>()
            .map(wasmedge::Error::kind)
        {
            Some(ErrorKind::Unsupported { .. }) => {}
            _ => return Err(error),
        },
    }
    println!("the host has: {:?}", with_host_function(&guest)?);
    Ok(())
}
