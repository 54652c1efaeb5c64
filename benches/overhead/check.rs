//! Counts compared with those that were saved.
//!
//! What is compared is what the crate adds: the instructions of its side less those of the raw side.
//! The library's own part, which differs from one build to another, is in both and cancels out. With
//! the compiler that the saved counts are of, the numbers are the same on each run, but for pairs that say how far they vary, and 2 % of what the
//! crate adds is the most that it may grow. Another compiler makes other code, so that it may be 2 % of
//! all that the crate's side costs. Allocations must not grow at all.

use std::fs;
use std::process::exit;

use crate::counts::Counts;
use crate::record::{self, Record};

/// 2 %.
const SHARE: i64 = 50;

pub(crate) fn save() {
    let record = Record::now();
    record::print(&record);
    let path = Record::path();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, record.to_text()).unwrap();
    println!("\nsaved in {}", path.display());
}

/// Ends the process with 1 when a pair got worse.
pub(crate) fn check() {
    let path = Record::path();
    let saved = fs::read_to_string(&path).unwrap_or_else(|error| {
        eprintln!("cannot read {}: {error}; --save makes it", path.display());
        exit(1)
    });
    let saved = Record::from_text(&saved);
    let now = Record::now();
    let same_compiler = saved.rustc == now.rustc;
    if !same_compiler {
        println!("saved with {}, now {}", saved.rustc, now.rustc);
    }
    let pairs = crate::pairs();
    let varies = |name: &str| {
        let pair = pairs.iter().find(|pair| pair.name == name);
        pair.map_or(0, |pair| pair.varies)
    };
    let mut wrong = 0;
    let mut say = |line: String| {
        println!("{line}");
        wrong += 1;
    };
    for (name, before) in &saved.rows {
        match now.get(name) {
            None => say(format!("{name}: not there any more; --save leaves it out")),
            Some(after) => {
                if let Some(what) = worse(before, after, same_compiler, varies(name)) {
                    say(format!("{name}: {what}"));
                }
            }
        }
    }
    for (name, _) in &now.rows {
        if saved.get(name).is_none() {
            say(format!("{name}: not saved; --save does"));
        }
    }
    println!("{} pairs compared, {wrong} worse", now.rows.len());
    if wrong > 0 {
        exit(1);
    }
}

/// What got worse, if anything did.
fn worse(before: &Counts, after: &Counts, same_compiler: bool, varies: i64) -> Option<String> {
    let added = |[safe, raw, _]: &Counts| safe.instructions - raw.instructions;
    let (was, is) = (added(before), added(after));
    let all = before[0].instructions;
    // A crate that is faster than C adds less than nothing.
    let of = if same_compiler && was > 0 { was } else { all };
    if is - was > (of / SHARE).max(varies).max(1) {
        return Some(format!("adds {is} instructions, and added {was}"));
    }
    let [was, is] = [before, after].map(|[safe, raw, _]| safe.allocations - raw.allocations);
    (is > was).then(|| format!("adds {is} allocations, and added {was}"))
}
