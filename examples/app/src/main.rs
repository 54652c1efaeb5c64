//! Has guests work on text. A guest is a WebAssembly module, binary or text, that nobody has to trust:
//! it gets fuel, time, and one function of the host.
//!
//! ```text
//! cargo run -- guest/shout.wat "the cat and the hat"
//! ```
//!
//! prints
//!
//! ```text
//! THE CAT AND THE HAT
//! 5 words: AND 1, CAT 1, HAT 1, THE 2
//! ```
//!
//! A guest exports
//!
//! * `memory`;
//! * `allocate(len) -> at`: room for that many bytes;
//! * `transform(at, len) -> (at, len)`: what becomes of a text;
//!
//! and may import `word(at, len)` from `host`, by which it tells a word that it has seen.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use wasmedge::{Caller, Config, HostModule, Module, Store};

/// What a guest may use: instructions, and time.
struct Limits {
    fuel: u64,
    time: Duration,
}

/// What the host keeps while a guest runs: how often it told each word.
type Words = BTreeMap<String, u32>;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let (guest, text, limits) = match args.as_slice() {
        [guest, text] => (guest, text, limits("1000000", "10000")),
        [guest, text, fuel, time] => (guest, text, limits(fuel, time)),
        _ => {
            eprintln!("usage: app GUEST TEXT [INSTRUCTIONS MILLISECONDS]");
            return ExitCode::from(2);
        }
    };
    match limits.and_then(|limits| transform(Path::new(guest), text, &limits)) {
        Ok((text, words)) => {
            println!("{text}");
            let list: Vec<_> = words
                .iter()
                .map(|(word, n)| format!("{word} {n}"))
                .collect();
            println!("{} words: {}", words.values().sum::<u32>(), list.join(", "));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{guest}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn limits(fuel: &str, time: &str) -> Result<Limits> {
    Ok(Limits {
        fuel: fuel.parse().context("the number of instructions")?,
        time: Duration::from_millis(time.parse().context("the time in milliseconds")?),
    })
}

/// What a guest makes of a text, and the words that it told.
fn transform(guest: &Path, text: &str, limits: &Limits) -> Result<(String, Words)> {
    let mut config = Config::untrusted()?;
    config.fuel(limits.fuel);
    let module = Module::new(&config, wat::parse_file(guest)?)?;

    let mut store = Store::with_config(&config, Words::new())?;
    store.register_host(&host()?)?;
    // The limit holds for all that the guest does, from its start function on.
    let text = store.with_timeout(limits.time, |store| call(store, &module, text))??;
    Ok((text, store.into_data()))
}

/// The functions that a guest may import.
fn host() -> Result<HostModule<Words>> {
    let mut host = HostModule::new("host");
    host.func_wrap(
        "word",
        |mut caller: Caller<'_, Words>, at: u32, len: u32| {
            let memory = caller.memory(0).context("the guest has no memory")?;
            let word = memory.read_string(&caller, at, len)?;
            *caller.data_mut().entry(word).or_default() += 1;
            anyhow::Ok(())
        },
    )?;
    Ok(host)
}

/// Calls the guest: the text goes into its memory, and what it makes of it comes out of there.
fn call(store: &mut Store<Words>, module: &Module, text: &str) -> Result<String> {
    let guest = store.instantiate(module)?;
    let allocate = guest.get_typed_func::<u32, u32>(&store, "allocate")?;
    let transform = guest.get_typed_func::<(u32, u32), (u32, u32)>(&store, "transform")?;
    let memory = guest
        .get_memory(&store, "memory")
        .context("no exported memory `memory`")?;

    let len = u32::try_from(text.len())?;
    let at = allocate.call(&mut *store, len)?;
    memory.write(&mut *store, at, text.as_bytes())?;
    let (at, len) = transform.call(&mut *store, (at, len))?;
    Ok(memory.read_string(&store, at, len)?)
}
