//! A service that keeps a state of its own in a snapshot: run it again and it counts on.
//!
//! `cargo run -p persist-core --example embed -- visits.json.gz`

use std::env;
use std::io::Read;

use persist_core::{
    Description, Error, ErrorKind, LoadOptions, Location, Result, SaveOptions, Watch, snapshot,
};
use serde::{Deserialize, Serialize};

/// What the service would lose with its process.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Visits {
    count: u64,
    guests: Vec<String>,
}

/// Names the dialect of the state text, so that no other program takes it for its own.
const STATE_FORMAT: &str = "visits/1";

fn main() {
    let path = env::args_os().nth(1).unwrap_or_else(|| "visits.json.gz".into());
    if let Err(error) = Location::parse(path).and_then(|location| visit(&location)) {
        eprintln!("embed: {}", error.report());
        if let Some(hint) = error.hint() {
            eprintln!("hint: {hint}");
        }
        std::process::exit(1);
    }
}

/// Counts one visit, and prints the count and what the snapshot says of itself.
fn visit(location: &Location) -> Result<()> {
    let mut visits = match load(location) {
        Err(error) if error.kind() == ErrorKind::NotFound => Visits::default(),
        loaded => loaded?,
    };
    visits.count += 1;
    visits.guests.push(format!("guest {}", visits.count));
    save(location, &visits)?;

    let metadata = snapshot::metadata(location, Watch::none())?;
    println!("visit {} is kept in {location}", load(location)?.count);
    println!("snapshot {} of {}", metadata.snapshot_id, metadata.timestamp);
    println!("state {}", metadata.content_hash);
    Ok(())
}

fn save(location: &Location, visits: &Visits) -> Result<()> {
    let text = serde_json::to_vec(visits).expect("numbers and strings are JSON");
    let description = Description {
        agent_id: "visits".to_owned(),
        snapshot_index: visits.count,
        state_format: Some(STATE_FORMAT.to_owned()),
        ..Description::default()
    };
    let options = SaveOptions::default();
    snapshot::save(location, &text[..], &description, &options, Watch::none())?;
    Ok(())
}

fn load(location: &Location) -> Result<Visits> {
    let mut loaded = snapshot::load(location, &LoadOptions::default(), Watch::none())?;
    let stranger =
        || Error::not_a_snapshot("its state is not one of visits").at(&location.to_string());
    if loaded.metadata.state_format.as_deref() != Some(STATE_FORMAT) {
        return Err(stranger());
    }
    let mut text = Vec::new();
    loaded.state.read_to_end(&mut text).map_err(Error::from_io)?;
    serde_json::from_slice(&text).map_err(|error| stranger().caused_by(error))
}
