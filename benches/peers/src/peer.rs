//! The program of a runtime, which waits for requests: see `measure::serve`.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) operations: Vec<String>,
    process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// Where cargo puts programs, this one among them.
pub(crate) fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("this program's own path");
    own.with_file_name(name)
}

impl Peer {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let requests = process.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut line = || {
            let line = answers
                .next()
                .unwrap_or_else(|| panic!("{command:?} has ended"));
            line.expect("a line")
        };
        Self {
            name: line(),
            operations: line().split('\t').map(str::to_owned).collect(),
            process,
            requests,
            answers,
        }
    }

    /// How long it takes to do an operation `n` times; none if the runtime has no such operation.
    pub(crate) fn run(&mut self, operation: usize, n: u64) -> Option<Duration> {
        writeln!(self.requests, "{operation} {n}").expect("the runtime takes requests");
        let answer = self.answers.next();
        let Some(Ok(answer)) = answer else {
            panic!("{}, {}: ended", self.name, self.operations[operation]);
        };
        if answer == "none" {
            return None;
        }
        Some(Duration::from_nanos(answer.parse().expect("nanoseconds")))
    }

    /// Lets it end.
    pub(crate) fn end(mut self) {
        drop(self.requests);
        let status = self.process.wait().expect("the process can be waited for");
        assert!(status.success(), "{}: {status}", self.name);
    }
}
