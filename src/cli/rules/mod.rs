//! `plainbounce rules`: a file for each of its tasks.

mod check;
mod import;
mod list;
mod test;
mod try_out;
mod why;

use std::io::Write as _;
use std::process::ExitCode;

pub use test::failed_examples;

use super::{FOUND_WRONG, RulesTask};
use crate::diagnosis::rules::own;

/// What goes to standard output, and whether all is well.
type Answer = (String, bool);

pub fn run(asked: &super::Rules) -> anyhow::Result<ExitCode> {
    let load = || super::load(asked.config.as_deref());
    let (said, fine) = match &asked.task {
        RulesTask::List { hits } => list::run(&load()?, *hits)?,
        RulesTask::Why { file } => why::run(&load()?, file)?,
        RulesTask::Check => check::run(&load()?)?,
        RulesTask::Test => test::run(&load()?)?,
        RulesTask::Try { rules, mails, all } => try_out::run(&load()?, rules, mails, *all)?,
        RulesTask::Import { format, file } => import::run(*format, file)?,
        RulesTask::Schema => (format!("{:#}\n", own::schema()), true),
    };
    // a closed output has been told enough
    let _ = std::io::stdout().write_all(said.as_bytes());
    Ok(if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND_WRONG)
    })
}
