//! How numbers are printed, and what they are of.

use std::fs;
use std::process::Command;

/// A time with its unit.
pub(crate) fn human(nanos: f64) -> String {
    match nanos {
        ..1e3 => format!("{nanos:.0} ns"),
        ..1e6 => format!("{:.1} µs", nanos / 1e3),
        _ => format!("{:.1} ms", nanos / 1e6),
    }
}

/// The compiler.
pub(crate) fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let rustc = String::from_utf8(output.expect("rustc runs").stdout).unwrap();
    rustc.trim().to_owned()
}

/// The processor and its cores.
pub(crate) fn processor() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |line| line.trim_start_matches(['\t', ':', ' ']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{model}, {cores} cores")
}

/// Puts what is printed into a page, between two lines of it.
pub(crate) fn put(path: &str, begin: &str, printed: &str, end: &str) {
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(begin).expect("where it begins");
    let (_, after) = rest.split_once(end).expect("where it ends");
    fs::write(path, format!("{before}{begin}\n{printed}\n{end}{after}")).unwrap();
}
