//! Tables in Markdown.

use std::fmt::Write as _;

use crate::callgrind::Count;
use crate::print::human;
use crate::times::{Row, Time};

/// How many times faster than the official SDK every operation ought to be.
const TARGET: f64 = 1.5;

const NONE: &str = "none";

fn nanos(time: Option<Time>) -> String {
    time.map_or(NONE.to_owned(), |time| human(time.nanos))
}

/// In times of the first runtime, the crate.
fn ratio(time: Option<Time>) -> String {
    let ratio = time.and_then(|time| time.ratio);
    ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"))
}

pub(crate) fn interpreted(rows: &[Row]) -> String {
    let mut text = String::from(
        "| operation | crate | official SDK | SDK / crate | C API | C API / crate | wasmi | wasmi / crate |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    lines(&mut text, rows);
    text
}

pub(crate) fn compiled(rows: &[Row]) -> String {
    let mut text = String::from(
        "| operation, compiled | crate | official SDK | SDK / crate | wasmtime | wasmtime / crate |\n\
         |---|--:|--:|--:|--:|--:|\n",
    );
    lines(&mut text, rows);
    text
}

fn lines(text: &mut String, rows: &[Row]) {
    for Row { operation, times } in rows {
        write!(text, "| {operation} | {} |", nanos(times[0])).unwrap();
        for time in &times[1..] {
            write!(text, " {} | {} |", nanos(*time), ratio(*time)).unwrap();
        }
        text.push('\n');
    }
}

/// Of the crate, the official SDK and the C API.
pub(crate) fn counts(rows: &[Row], counts: &[Vec<Option<Count>>; 3]) -> String {
    let mut text = String::from(
        "| operation | instructions: crate | official SDK | SDK / crate | C API \
         | allocations: crate | official SDK | C API |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (number, row) in rows.iter().enumerate() {
        let Some([safe, sdk, c]) = all(counts.each_ref().map(|counts| counts[number])) else {
            continue;
        };
        writeln!(
            text,
            "| {} | {} | {} | {:.2} | {} | {} | {} | {} |",
            row.operation,
            safe.instructions,
            sdk.instructions,
            sdk.instructions as f64 / safe.instructions as f64,
            c.instructions,
            safe.allocations,
            sdk.allocations,
            c.allocations,
        )
        .unwrap();
    }
    text
}

fn all([safe, sdk, c]: [Option<Count>; 3]) -> Option<[Count; 3]> {
    Some([safe?, sdk?, c?])
}

/// Whether the target is met, and where it is not, whether the C API could meet it.
pub(crate) fn verdict(rows: &[Row]) -> String {
    let mut met = 0;
    let mut missed = String::new();
    for Row { operation, times } in rows {
        let in_crates = |time: Option<Time>| time.and_then(|time| time.ratio);
        let (Some(sdk), Some(c)) = (in_crates(times[1]), in_crates(times[2])) else {
            continue;
        };
        if sdk >= TARGET {
            met += 1;
        } else {
            writeln!(missed, "* {operation}: {sdk:.2}; C API {:.2}", sdk / c).unwrap();
        }
    }
    let of = met + missed.lines().count();
    format!(
        "At least {TARGET} times faster than the official SDK: {met} of {of} operations. The others, with \
         how many times faster the C API is:\n\n{missed}"
    )
}
