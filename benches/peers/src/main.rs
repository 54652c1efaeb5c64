//! What calls cost in this crate and in other runtimes: the official SDK, wasmi and wasmtime, each a
//! program of its own, started side by side and measured in turn.
//!
//! `benches/peers/run` builds them all and runs this.

#[path = "../../overhead/callgrind.rs"]
mod callgrind;
mod counts;
mod peer;
#[path = "../../overhead/print.rs"]
mod print;
mod table;
mod times;

use times::Group;

/// What runs code without compiling it.
const INTERPRETED: Group = Group {
    mode: "interpreted",
    programs: &["wasmedge-safe", "wasmedge-sdk", "c", "wasmi"],
};

const COMPILED: Group = Group {
    mode: "compiled",
    programs: &["wasmedge-safe", "wasmedge-sdk", "wasmtime"],
};

/// Those whose instructions are comparable: they run the same library.
const COUNTED: [&str; 3] = ["wasmedge-safe", "wasmedge-sdk", "c"];

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");
const BEGIN: &str = "<!-- printed by: benches/peers/run --page -->\n";
const END: &str = "<!-- end of what benches/peers/run prints -->\n";

fn main() {
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    let text = compare(asked("--counts") || asked("--page"));
    print!("{text}");
    if asked("--page") {
        print::put(PAGE, BEGIN, &text, END);
    }
}

fn compare(with_counts: bool) -> String {
    let mut text = format!("{}; {}; {}\n", print::rustc(), print::processor(), load());
    let (names, rows) = times::measure(&INTERPRETED);
    text += &format!("\nInterpreted: {}\n\n", names.join("; "));
    text += &table::interpreted(&rows);
    text += &format!("\n{}", table::verdict(&rows));
    if with_counts {
        let counts = COUNTED.map(|name| counts::counts(name, INTERPRETED.mode));
        text += &format!("\n{}", table::counts(&rows, &counts));
    }
    let (names, rows) = times::measure(&COMPILED);
    text += &format!("\nCompiled: {}\n\n", names.join("; "));
    text += &table::compiled(&rows);
    text
}

/// What else the machine did just before.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = load.split(' ').next().unwrap_or("unknown");
    format!("load average before: {minute}")
}
