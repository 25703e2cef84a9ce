//! Processes that are killed, and processes that race.

use std::collections::BTreeMap;
use std::fs;
use std::hint;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use persist_core::{
    Description, Error, ErrorKind, LoadOptions, Location, Result, SaveOptions, Watch, snapshot,
};
use tempfile::tempdir;

use crate::child;
use crate::snapshot::state;

const KILLS: u64 = 40;
const ROUNDS: usize = 60;
const STATE_BYTES: usize = 100_000;

fn target(folder: &Path) -> Location {
    Location::parse(folder.join("agent.json.gz")).expect("a path")
}

fn save(location: &Location, seed: u64, options: &SaveOptions) -> Result<()> {
    let description = Description { snapshot_index: seed, ..Description::default() };
    let text = state(STATE_BYTES, seed);
    snapshot::save(location, &text[..], &description, options, Watch::none()).map(drop)
}

/// Asserts that the location holds one whole snapshot, all of one writer.
fn assert_whole(location: &Location) {
    let verification = snapshot::verify(location, Watch::none()).expect("an answer");
    assert!(verification.is_whole(), "{verification}");
    let mut loaded =
        snapshot::load(location, &LoadOptions::default(), Watch::none()).expect("load");
    let mut text = Vec::new();
    loaded.state.read_to_end(&mut text).map_err(Error::from_io).expect("a whole state");
    assert!(text == state(STATE_BYTES, loaded.metadata.snapshot_index), "old and new are mixed");
}

fn leftovers(folder: &Path) -> usize {
    fs::read_dir(folder).expect("a folder").count() - 1
}

/// Starts a part, and returns it once it says that it is at work.
fn started(mut command: Command) -> Child {
    let mut child = command.spawn().expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
    let is_ready = lines.any(|line| line.is_ok_and(|line| line.contains("at work")));
    assert!(is_ready, "the part ended before it began");
    child
}

#[test]
fn a_killed_save_leaves_the_old_or_the_new_snapshot() {
    let folder = tempdir().expect("a folder");
    let location = target(folder.path());
    save(&location, 0, &SaveOptions::default()).expect("save");
    let mut kills_with_leftovers = 0;
    for kill in 0..KILLS {
        let mut child = started(child::command("crash::save_until_killed", folder.path()));
        // Spread over more than the time of one save, from its very start.
        let delay = Duration::from_micros(kill * 1_237 % 40_000);
        let start = Instant::now();
        while start.elapsed() < delay {
            hint::spin_loop();
        }
        child.kill().expect("it still runs");
        child.wait().expect("it ended");
        kills_with_leftovers += usize::from(leftovers(folder.path()) > 0);
        assert_whole(&location);
        save(&location, kill, &SaveOptions::default()).expect("save");
        assert_eq!(leftovers(folder.path()), 0, "kill {kill}");
        assert_whole(&location);
    }
    assert!(kills_with_leftovers > 0, "no kill fell into a save");
}

#[test]
#[ignore = "the process `a_killed_save_leaves_the_old_or_the_new_snapshot` kills"]
fn save_until_killed() {
    let location = target(&child::folder());
    println!("at work");
    thread::scope(|scope| {
        for (first, durable) in [(1_000, true), (2_000, false)] {
            let (location, options) =
                (&location, SaveOptions { durable, ..SaveOptions::default() });
            scope.spawn(move || {
                for seed in first.. {
                    save(location, seed, &options).expect("save");
                }
            });
        }
    });
}

#[test]
fn the_temporary_of_a_living_writer_stays() {
    let folder = tempdir().expect("a folder");
    let mut child = started(child::command("crash::save_and_wait", folder.path()));
    let location = Location::parse(folder.path().join("other.json.gz")).expect("a path");
    save(&location, 1, &SaveOptions::default()).expect("save");
    assert_eq!(leftovers(folder.path()), 1, "the writer lives");
    child.kill().expect("it still runs");
    child.wait().expect("it ended");
    save(&location, 2, &SaveOptions::default()).expect("save");
    assert_eq!(leftovers(folder.path()), 0, "the writer is dead");
}

/// A state that comes to no end.
struct Stuck;

impl Read for Stuck {
    fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
        println!("at work");
        loop {
            thread::park();
        }
    }
}

#[test]
#[ignore = "the process `the_temporary_of_a_living_writer_stays` kills"]
fn save_and_wait() {
    let location = target(&child::folder());
    let description = Description::default();
    snapshot::save(&location, Stuck, &description, &SaveOptions::default(), Watch::none())
        .expect("it is killed before");
}

#[test]
fn one_of_many_racing_processes_wins() {
    let folder = tempdir().expect("a folder");
    let command = || child::command("crash::claim_every_round", folder.path());
    let children: Vec<_> = (0..3).map(|_| started_racer(command())).collect();
    let mut wins = BTreeMap::new();
    for child in children {
        for round in rounds_won(child) {
            *wins.entry(round).or_insert(0) += 1;
        }
    }
    assert_eq!(wins, (0..ROUNDS).map(|round| (round, 1)).collect());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), ROUNDS);
}

fn started_racer(mut command: Command) -> Child {
    command.spawn().expect("the binary starts")
}

fn rounds_won(child: Child) -> Vec<usize> {
    let output = child.wait_with_output().expect("it ended");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let rounds = text.lines().filter_map(|line| line.strip_prefix("won "));
    rounds.map(|round| round.parse().expect("a number")).collect()
}

#[test]
#[ignore = "one of the processes of `one_of_many_racing_processes_wins`"]
fn claim_every_round() {
    let folder = child::folder();
    let options = SaveOptions { overwrite: false, durable: false, ..SaveOptions::default() };
    println!();
    for round in 0..ROUNDS {
        let location = Location::parse(folder.join(format!("{round}.json"))).expect("a path");
        match save(&location, 1, &options) {
            Ok(()) => println!("won {round}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Exists, "{}", error.report()),
        }
    }
}
