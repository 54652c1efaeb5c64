//! A table of counts: made, printed, written to a file and read from one.

use std::path::PathBuf;

use crate::callgrind::Count;
use crate::counts::{self, Counts};
use crate::pair::{Pair, Target};
use crate::print;

pub(crate) struct Record {
    /// What compiled the crate.
    pub(crate) rustc: String,
    pub(crate) rows: Vec<(String, Counts)>,
}

impl Record {
    /// Counts.
    pub(crate) fn now() -> Self {
        let pairs = crate::pairs();
        let counts = counts::read(&pairs);
        let names = pairs.iter().filter(|pair| pair.counted);
        let names = names.map(|pair| pair.name.to_owned());
        Self {
            rustc: print::rustc(),
            rows: names.zip(counts).collect(),
        }
    }

    /// The file of the library's version.
    pub(crate) fn path() -> PathBuf {
        let version = wasmedge::version::library_text();
        format!("{}/counts/{version}.tsv", env!("CARGO_MANIFEST_DIR")).into()
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!(
            "# {}\n# pair\tinstructions: crate\traw\tC\tallocations: crate\traw\tC\n",
            self.rustc
        );
        for (name, counts) in &self.rows {
            let instructions = counts.map(|count| count.instructions);
            let allocations = counts.map(|count| count.allocations);
            text += name;
            for number in instructions.into_iter().chain(allocations) {
                text += &format!("\t{number}");
            }
            text.push('\n');
        }
        text
    }

    pub(crate) fn from_text(text: &str) -> Self {
        let mut lines = text.lines();
        let rustc = lines.next().and_then(|line| line.strip_prefix("# "));
        let rows = lines.filter(|line| !line.starts_with('#')).map(|line| {
            let mut columns = line.split('\t');
            let name = columns.next().unwrap().to_owned();
            let numbers: Vec<i64> = columns.map(|text| text.parse().unwrap()).collect();
            let side = |side: usize| Count {
                instructions: numbers[side],
                allocations: numbers[side + 3],
            };
            (name, [side(0), side(1), side(2)])
        });
        Self {
            rustc: rustc.expect("the compiler in the first line").to_owned(),
            rows: rows.collect(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Counts> {
        self.rows
            .iter()
            .find_map(|(own, counts)| (own == name).then_some(counts))
    }
}

/// What is asked of a pair, and whether it is so; `time` is the crate's in times C's.
pub(crate) fn verdict(pair: &Pair, counts: Option<&Counts>, time: Option<f64>) -> String {
    let (target, met) = match (pair.target, counts) {
        (Target::None, _) => return String::new(),
        (Target::Added(most), Some([safe, raw, _])) => (
            format!("+{most}, no allocation"),
            Some(
                safe.instructions - raw.instructions <= most && safe.allocations <= raw.allocations,
            ),
        ),
        (Target::Instructions(most), Some([safe, _, c])) => (
            format!("{most} times C"),
            Some(safe.instructions as f64 <= most * c.instructions as f64),
        ),
        (Target::Time(most), _) => (
            format!("{most} times C's time"),
            time.map(|time| time <= most),
        ),
        (_, None) => unreachable!("targets in instructions are for pairs that are counted"),
    };
    match met {
        None => target,
        Some(true) => format!("{target}: met"),
        Some(false) => format!("{target}: missed"),
    }
}

pub(crate) fn print(record: &Record) {
    println!(
        "{}, WasmEdge {}",
        record.rustc,
        wasmedge::version::library_text()
    );
    println!("Instructions (but for those inside malloc) and allocations; added: crate - raw.\n");
    println!(
        "{:48} {:>8} {:>8} {:>8} {:>8}  {:12}  target on 0.13.4",
        "", "crate", "raw", "C", "added", "allocations"
    );
    for pair in crate::pairs() {
        let Some(counts @ [safe, raw, c]) = record.get(pair.name) else {
            continue;
        };
        println!(
            "{:48} {:8} {:8} {:8} {:+8}  {:3} {:3} {:3}   {}",
            pair.name,
            safe.instructions,
            raw.instructions,
            c.instructions,
            safe.instructions - raw.instructions,
            safe.allocations,
            raw.allocations,
            c.allocations,
            verdict(&pair, Some(counts), None),
        );
    }
    for (what, [safe, c]) in held() {
        println!("\nbytes of heap for {what}: {safe}, in C {c}");
    }
}

/// The bytes of heap that idle things hold, through the crate and in C.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn held() -> Vec<(&'static str, [usize; 2])> {
    crate::held::per_instance().to_vec()
}

/// Only glibc is asked.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn held() -> Vec<(&'static str, [usize; 2])> {
    Vec::new()
}
