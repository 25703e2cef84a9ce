//! Writes the golden files of format version 1 into a folder.
//!
//! `cargo run -p persist-core --example fixtures -- tests/fixtures/v1` made the ones kept there, once.
//! Times and ids differ with every run, so nothing that exists is written over.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use persist_core::format::{self, WriteOptions};
use persist_core::{Algorithm, Description, Watch};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: fixtures <folder>")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let text =
        r#"{"name":"Zoë","lone":"\ud800","goals":["a","b"],"ratio":0.5,"lc":{"deep":[[[{}]]]}}"#;
    let blocks = many_messages(6_000);
    for (name, state, description) in [
        ("null", "null", Description::default()),
        ("text", text, described()),
        ("blocks", &blocks, described()),
        ("long", "[]", with_long_extra()?),
    ] {
        write(&folder.join(format!("{name}.json.gz")), state, &description, Algorithm::Gzip)?;
        if state.len() < 1000 {
            write(&folder.join(format!("{name}.json")), state, &description, Algorithm::None)?;
        }
        let frames = if name == "blocks" { &many_messages(80_000) } else { state };
        write(&folder.join(format!("{name}.json.zst")), frames, &description, Algorithm::Zstd)?;
    }
    Ok(())
}

fn write(
    path: &Path,
    state: &str,
    description: &Description,
    algorithm: Algorithm,
) -> Result<(), Box<dyn Error>> {
    let options = WriteOptions { algorithm, level: None };
    let mut file = File::create_new(path)?;
    format::write(&mut file, &mut state.as_bytes(), description, &options, Watch::none())?;
    Ok(())
}

fn described() -> Description {
    Description {
        agent_id: "agent".into(),
        session_id: "session-1".into(),
        snapshot_index: 7,
        description: Some("a \"description\" in Ünïcode".into()),
        tags: vec!["first".into(), "zweite".into()],
        state_format: Some("persist/1".into()),
        ..Description::default()
    }
}

/// Metadata that takes two stored blocks, with the end of another document inside.
fn with_long_extra() -> Result<Description, persist_core::Error> {
    let decoy = r#",\"metadata_size\":\"0000000120\",\"metadata_hash\":\"0000\"}}"#;
    let extra = format!("{{\"decoy\":\"{decoy}\",\"long\":\"{}\"}}", "x".repeat(70_000));
    Ok(Description { extra: extra.parse()?, ..described() })
}

/// A state of two blocks: 6,000 messages make that for gzip, 80,000 for zstd.
fn many_messages(count: u32) -> String {
    let messages: Vec<String> = (0..count)
        .map(|n| {
            format!(
                "{{\"role\":\"user\",\"id\":{n},\"content\":\"message number {} of many\"}}",
                u64::from(n) * u64::from(n) % 997
            )
        })
        .collect();
    format!("[{}]", messages.join(","))
}
