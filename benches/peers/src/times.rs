//! How long the runtimes take, in turn.

use std::process::Command;
use std::time::Duration;

use crate::peer::{self, Peer};

/// Each set of processes has addresses of its own, which can matter more than what is compared.
const SETS: usize = 3;
/// Many short rounds: what else the machine does falls into a few of them.
const ROUNDS: usize = 61;
const ROUND: Duration = Duration::from_micros(400);
/// What takes longer than this is done once in a set.
const SLOW: Duration = Duration::from_millis(100);

/// The runtimes that are compared, the first of them with each.
pub(crate) struct Group {
    pub(crate) mode: &'static str,
    pub(crate) programs: &'static [&'static str],
}

/// What the runtimes of a group took for an operation, in the order of the group.
pub(crate) struct Row {
    pub(crate) operation: String,
    pub(crate) times: Vec<Option<Time>>,
}

/// Medians.
#[derive(Clone, Copy)]
pub(crate) struct Time {
    pub(crate) nanos: f64,
    /// In times of the group's first, in the same rounds, if that has the operation.
    pub(crate) ratio: Option<f64>,
}

/// The names of the runtimes, and what they took.
pub(crate) fn measure(group: &Group) -> (Vec<String>, Vec<Row>) {
    let mut names = Vec::new();
    // By operation, round and runtime.
    let mut rounds: Vec<(String, Vec<Round>)> = Vec::new();
    for set in 1..=SETS {
        let mut peers: Vec<_> = group
            .programs
            .iter()
            .map(|program| Peer::start(Command::new(peer::program(program)).arg(group.mode)))
            .collect();
        names = peers.iter().map(|peer| peer.name.clone()).collect();
        let operations = peers[0].operations.clone();
        for peer in &peers {
            assert_eq!(peer.operations, operations, "{}", peer.name);
        }
        rounds.resize_with(operations.len(), Default::default);
        for (number, operation) in operations.into_iter().enumerate() {
            eprintln!("{}, {set} of {SETS}: {operation}", group.mode);
            rounds[number].0 = operation;
            rounds[number].1.extend(in_turn(&mut peers, number));
        }
        peers.into_iter().for_each(Peer::end);
    }
    let rows = rounds.into_iter().map(|(operation, rounds)| Row {
        operation,
        times: (0..group.programs.len())
            .map(|peer| time(&rounds, peer))
            .collect(),
    });
    (names, rows.collect())
}

/// The nanoseconds of each runtime.
type Round = Vec<Option<f64>>;

/// So that what else the machine does meets all of them.
fn in_turn(peers: &mut [Peer], operation: usize) -> Vec<Round> {
    let often: Vec<_> = peers
        .iter_mut()
        .map(|peer| how_often(peer, operation))
        .collect();
    let slow = often.iter().flatten().any(|(_, slow)| *slow);
    let mut round = || {
        let peers = peers.iter_mut().zip(&often);
        let times = peers.map(|(peer, often)| {
            let (n, _) = (*often)?;
            let time = peer.run(operation, n)?;
            Some(time.as_secs_f64() * 1e9 / n as f64)
        });
        times.collect()
    };
    let rounds = if slow { 1 } else { ROUNDS };
    (0..rounds).map(|_| round()).collect()
}

/// How often a runtime does it in a round, and whether it is slow.
fn how_often(peer: &mut Peer, operation: usize) -> Option<(u64, bool)> {
    let mut n = 1;
    if peer.run(operation, n)? > SLOW {
        return Some((n, true));
    }
    // Any of them may have been interrupted.
    let mut least = |n| (0..3).filter_map(|_| peer.run(operation, n)).min();
    while least(n)? < ROUND && n < 1 << 20 {
        n *= 2;
    }
    Some((n, false))
}

fn time(rounds: &[Round], peer: usize) -> Option<Time> {
    let nanos: Option<_> = rounds.iter().map(|round| round[peer]).collect();
    let ratios: Option<_> = rounds
        .iter()
        .map(|round| Some(round[peer]? / round[0]?))
        .collect();
    Some(Time {
        nanos: median(nanos?),
        ratio: ratios.map(median),
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
