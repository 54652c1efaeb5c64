//! A small runner: calls a function of a module with arguments from the command line, interpreted, or
//! compiled first, with a line that tells how far the compiler is.
//!
//! ```text
//! cargo run --example wasmedge-run -- testdata/fibonacci.wat
//! cargo run --example wasmedge-run -- testdata/fibonacci.wat fib 21
//! cargo run --example wasmedge-run -- --compile testdata/fibonacci.wat fib 30
//! ```
//!
//! print
//!
//! ```text
//! fib (i32) -> (i32)
//! ```
//!
//! and `17711`, and, below the progress on the standard error, `1346269`. A program for WASI has the
//! function `_start`; what follows that are its arguments, and it finds the current directory as `/`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use wasmedge::{
    CompilePhase, Compiler, Config, DirAccess, ErrorKind, FuncType, Module, Val, ValType, Vm, Wasi,
};

const USAGE: &str = "usage: wasmedge-run [--compile] FILE [FUNCTION [ARGUMENT...]]";

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let compile = args.first().is_some_and(|first| first == "--compile");
    args.drain(..usize::from(compile));
    if let Some("--help" | "-h") = args.first().map(String::as_str) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(compile, &args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wasmedge-run: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(compile: bool, args: &[String]) -> Result<ExitCode> {
    let [file, rest @ ..] = args else {
        bail!(USAGE);
    };
    let wasm = wat::parse_file(file)?;
    let config = Config::new()?;
    let module = if compile {
        let folder = tempfile::tempdir()?;
        let output = folder.path().join("compiled.wasm");
        with_progress(&config, &wasm, &output)?;
        // SAFETY: this program has just written it, with this configuration, where nobody else can.
        // The user who asks for native code trusts the module with the stack, and it is the only one.
        unsafe { Module::from_compiled_file(&config, &output) }?
    } else {
        Module::new(&config, &wasm)?
    };

    let functions = module
        .exports()
        .filter_map(|export| Some((export.name(), export.ty().func()?)));
    let Some((name, values)) = rest.split_first() else {
        functions.for_each(|(name, ty)| println!("{name} {ty}"));
        return Ok(ExitCode::SUCCESS);
    };
    let mut wasi = Wasi::new();
    wasi.inherit_env()?
        .preopened_dir(".", "/", DirAccess::ReadWrite)?;
    if name == "_start" {
        wasi.arg(file)?.args(values)?;
    }
    let ty = functions
        .into_iter()
        .find(|(export, _)| export == name)
        .map(|(_, ty)| ty.clone());
    let ty = ty.with_context(|| format!("`{file}` has no function `{name}`"))?;
    let values = if name == "_start" { &[] } else { values };
    let params = parse(&ty, values)?;

    let mut vm = Vm::with_config(&config, ())?;
    vm.register_wasi(&wasi)?;
    match vm.run_module_values(&module, name, &params) {
        Ok(results) => results.iter().for_each(|result| println!("{result}")),
        Err(error) => match error.exit_code() {
            Some(code) => return Ok(ExitCode::from(code as u8)),
            None => return Err(error.into()),
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// The arguments, as the function takes them.
fn parse(ty: &FuncType, args: &[String]) -> Result<Vec<Val>> {
    let (want, have) = (ty.params().len(), args.len());
    ensure!(
        want == have,
        "the function is {ty}, and takes {want} arguments, not {have}"
    );
    let value = |(ty, text): (&ValType, &String)| {
        let value = match ty {
            ValType::I32 => Val::from(text.parse::<i32>()?),
            ValType::I64 => Val::from(text.parse::<i64>()?),
            ValType::F32 => Val::from(text.parse::<f32>()?),
            ValType::F64 => Val::from(text.parse::<f64>()?),
            other => bail!("no {other} can be given on the command line"),
        };
        anyhow::Ok(value)
    };
    let args = ty.params().iter().zip(args);
    args.map(|(ty, text)| value((ty, text)).with_context(|| format!("{text:?} is no {ty}")))
        .collect()
}

/// Compiles, with a line on the standard error that tells how that gets on: the phase, where the library
/// tells it, and for how long it has been compiling.
fn with_progress(config: &Config, wasm: &[u8], output: &Path) -> Result<()> {
    let (tell, told) = channel();
    let display = thread::spawn(move || {
        let start = Instant::now();
        let mut phase = "Load".to_owned();
        loop {
            let seconds = start.elapsed().as_secs_f64();
            eprint!("\r{phase:9} {seconds:6.1} s");
            match told.recv_timeout(Duration::from_millis(100)) {
                Ok(next) => phase = format!("{next:?}"),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        eprintln!("\rcompiled  {:6.1} s", start.elapsed().as_secs_f64());
    });
    let mut compiler = Compiler::new(config)?;
    let tell_phase = |phase: CompilePhase| tell.send(phase).unwrap_or_default();
    let compiled = match compiler.compile_bytes_with_progress(wasm, output, tell_phase) {
        // Below 0.15 the library keeps its phases to itself.
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
            compiler.compile_bytes(wasm, output)
        }
        other => other,
    };
    // The display ends when nobody can tell it anything.
    drop(tell);
    display.join().expect("the display does not panic");
    Ok(compiled?)
}
