//! The program of a runtime, as seen from outside.

use std::io::{self, BufRead, Write};

use crate::operations::operations;
use crate::{Mode, Runtime};

/// Does what is asked on the standard input, until it ends.
///
/// It first says a line with the name of the runtime, and a line with the operations, between tabs. A
/// request is a line with the number of an operation and how often it is to be done; the answer is a line
/// with the nanoseconds that it took in all, or `none`. The argument `compiled` asks for compiled code.
pub fn serve<R: Runtime>() -> io::Result<()> {
    let mode = match std::env::args().nth(1).as_deref() {
        Some("compiled") => Mode::Compiled,
        _ => Mode::Interpreted,
    };
    let mut runtime = R::new(mode);
    let (names, operations): (Vec<_>, Vec<_>) = operations::<R>().into_iter().unzip();
    let mut out = io::stdout().lock();
    writeln!(out, "{}\n{}", R::name(), names.join("\t"))?;
    for request in io::stdin().lock().lines() {
        let request = request?;
        let numbers = request.split_once(' ').and_then(|(operation, n)| {
            let operation = operations.get(operation.parse::<usize>().ok()?)?;
            Some((operation, n.parse().ok()?))
        });
        let Some((run, n)) = numbers else {
            return Err(io::Error::other(format!("not a request: {request}")));
        };
        match run(&mut runtime, n) {
            Some(time) => writeln!(out, "{}", time.as_nanos())?,
            None => writeln!(out, "none")?,
        }
    }
    Ok(())
}
