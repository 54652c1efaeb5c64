//! The numbers of docs/performance.md.

use std::fmt::Write as _;
use std::fs;

use crate::pair::Pair;
use crate::plot;
use crate::print::{self, human};
use crate::record::{self, Record};
use crate::times::{self, Times};

const BEGIN: &str = "<!-- printed by: cargo bench --bench overhead -- --page -->\n";
const END: &str = "<!-- end of what is printed -->\n";

/// Writes page and plot anew, but for the text of the page.
pub(crate) fn write() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let record = Record::now();
    let held = record::held();
    let rows: Vec<_> = crate::pairs()
        .into_iter()
        .map(|pair| {
            eprintln!("{}", pair.name);
            let times = times::in_turn(&pair);
            (pair, times)
        })
        .collect();
    let mut printed = machine(&record);
    printed += &table(&record, &rows);
    printed += &keeper(&rows);
    printed += "\n| bytes of heap for | crate | C |\n|---|--:|--:|\n";
    for (what, [safe, c]) in held {
        writeln!(printed, "| {what} | {safe} | {c} |").unwrap();
    }
    print::put(&format!("{docs}/performance.md"), BEGIN, &printed, END);
    fs::write(format!("{docs}/performance.svg"), plot::plot(&rows)).unwrap();
    print!("{printed}");
}

/// What the numbers are of.
fn machine(record: &Record) -> String {
    format!(
        "WasmEdge {}; {}; {}\n\n",
        wasmedge::version::library_text(),
        record.rustc,
        print::processor(),
    )
}

fn table(record: &Record, rows: &[(Pair, Times)]) -> String {
    let mut text = String::from(
        "| operation | instructions: crate | raw | C | added | allocations: crate / raw / C \
         | time: crate | raw | C | crate / C | target |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for (pair, times) in rows {
        let counts = record.get(pair.name);
        write!(text, "| {} |", pair.name).unwrap();
        match counts {
            None => text += " | | | | |",
            Some([safe, raw, c]) => write!(
                text,
                " {} | {} | {} | {:+} | {} / {} / {} |",
                safe.instructions,
                raw.instructions,
                c.instructions,
                safe.instructions - raw.instructions,
                safe.allocations,
                raw.allocations,
                c.allocations,
            )
            .unwrap(),
        }
        for nanos in times.nanos {
            write!(text, " {} |", human(nanos)).unwrap();
        }
        let verdict = record::verdict(pair, counts, Some(times.ratio));
        writeln!(text, " {:.2} | {verdict} |", times.ratio).unwrap();
    }
    text
}

/// The crate's calls into compiled code beside those of a C program, which has no keeper.
fn keeper(rows: &[(Pair, Times)]) -> String {
    let mut text = String::from(
        "\n| call into compiled code | crate, with the keeper | C, without one | crate / C |\n\
         |---|--:|--:|--:|\n",
    );
    let nanos = |name: String, side: usize| {
        let row = rows.iter().find(|(pair, _)| pair.name == name);
        row.expect("a pair with and without the keeper").1.nanos[side]
    };
    for (pair, _) in rows {
        if let Some(call) = pair.name.strip_prefix("no keeper: ") {
            let with = nanos(format!("compiled: {call}"), 0);
            let without = nanos(pair.name.to_owned(), 2);
            let ratio = with / without;
            let [with, without] = [with, without].map(human);
            writeln!(text, "| {call} | {with} | {without} | {ratio:.2} |").unwrap();
        }
    }
    text
}
