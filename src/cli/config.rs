//! `plainbounce config`: the settings in force as TOML, each with where it came from.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::settings::Entry;

pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let loaded = super::load(file)?;
    let text: String = loaded.entries.iter().map(line).collect();
    // Whoever closed standard output has read enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn line(Entry { key, value, origin }: &Entry) -> String {
    match value {
        Some(value) => format!("{key} = {value}  # {origin}\n"),
        None => format!("# {key} is unset\n"),
    }
}
