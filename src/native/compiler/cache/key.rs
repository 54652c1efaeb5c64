//! All that the outcome of the compiler depends on.

use std::fmt::Write as _;
use std::fs;

use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::library;
use crate::vocabulary::{Error, Result};

/// What an entry is found by, and what its digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key([u8; 32]);

/// To be raised when entries of this crate's former versions are no longer to be loaded.
const FORMAT: &str = "wasmedge-safe 2";

impl Key {
    /// # Errors
    ///
    /// When the code is for this very processor, and nobody knows which one that is.
    pub(super) fn new(config: &Config, wasm: &[u8]) -> Result<Self> {
        library::ready()?;
        let processor = if config.is_generic_binary() {
            None
        } else {
            Some(processor().ok_or_else(|| {
                Error::unsupported(
                    "a cache of code for this processor",
                    "the system does not tell which one it is; see `Config::generic_binary`",
                )
            })?)
        };
        Ok(Self::from_parts(config, processor.as_deref(), wasm))
    }

    fn from_parts(config: &Config, processor: Option<&str>, wasm: &[u8]) -> Self {
        let options = format!(
            "{:?} {} {} {} {} {} {} {:?}",
            config.get_optimization_level(),
            config.is_generic_binary(),
            config.is_interruptible(),
            config.counts_instructions(),
            config.measures_cost(),
            config.measures_time(),
            config.get_max_memory_pages(),
            config.proposals(),
        );
        let system = [std::env::consts::OS, std::env::consts::ARCH];
        let mut digest = Sha256::new();
        for part in [
            FORMAT,
            library::full_version(),
            system[0],
            system[1],
            processor.unwrap_or_default(),
            &options,
        ]
        .map(str::as_bytes)
        .into_iter()
        .chain([wasm])
        {
            // With its length, so that no two lists of parts are the same bytes.
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// The name of the entry.
    pub(super) fn name(&self) -> String {
        let mut name = String::with_capacity(2 * self.0.len());
        for byte in self.0 {
            // Writing to a `String` does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// What says that these bytes are what the compiler made for this key.
    pub(super) fn seal(&self, compiled: &[u8]) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.0)
            .chain_update(compiled)
            .finalize()
            .into()
    }
}

/// What tells processors apart that run the same code differently: machines may share a folder.
fn processor() -> Option<String> {
    // Lines of the first processor; those that are about its speed, its load or its place are left
    // out.
    const TELLS: [&str; 16] = [
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "stepping",
        "flags",
        "CPU implementer",
        "CPU architecture",
        "CPU variant",
        "CPU part",
        "CPU revision",
        "Features",
        "isa",
        "mvendorid",
        "marchid",
        "mimpid",
    ];
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let lines = text.lines().take_while(|line| !line.is_empty());
    let tells: String = lines
        .filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            TELLS.contains(&name.trim_end())
        })
        .collect();
    (!tells.is_empty()).then_some(tells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OptLevel;
    use crate::vocabulary::Proposal;

    #[test]
    fn every_part_makes_another_key() {
        let config = || Config::new().unwrap();
        let changed = |change: &dyn Fn(&mut Config)| {
            let mut config = config();
            change(&mut config);
            Key::from_parts(&config, Some("p"), b"wasm")
        };
        let keys = [
            Key::from_parts(&config(), Some("p"), b"wasm"),
            Key::from_parts(&config(), Some("q"), b"wasm"),
            Key::from_parts(&config(), None, b"wasm"),
            Key::from_parts(&config(), Some("p"), b"wasm "),
            Key::from_parts(&config(), Some("p"), b""),
            changed(&|config| {
                config.optimization_level(OptLevel::O0);
            }),
            changed(&|config| {
                config.generic_binary(true);
            }),
            changed(&|config| {
                config.interruptible(true);
            }),
            changed(&|config| {
                config.count_instructions(true);
            }),
            changed(&|config| {
                config.measure_cost(true);
            }),
            changed(&|config| {
                config.measure_time(true);
            }),
            changed(&|config| {
                config.max_memory_pages(16).unwrap();
            }),
            changed(&|config| {
                config.proposal(Proposal::Simd, false).unwrap();
            }),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
        assert_eq!(keys[0], Key::from_parts(&config(), Some("p"), b"wasm"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_processor_is_told() {
        let tells = processor().expect("a processor");
        assert_eq!(processor().as_deref(), Some(&*tells));
        assert!(!tells.contains("MHz"), "{tells}");
    }
}
