//! `plainbounce serve`.

use std::path::Path;
use std::process::ExitCode;

pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    crate::serve::run(&super::load(file)?, &|| super::load(file))?;
    Ok(ExitCode::SUCCESS)
}
