//! `plainbounce explain`: what a code means, in any of its spellings.

mod json;
mod people;
mod saying;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

use crate::diagnosis::codes::{Asked, Code, Reading, of_receivers, registry};
use crate::notice::{Language, LanguageTag, Languages};
use saying::Saying;

pub fn run(call: &super::Explain) -> anyhow::Result<ExitCode> {
    let language = language(&call.lang)?;
    let answer = match (&call.code, call.json) {
        (None, true) => all()
            .map(|code| json::line(code, None, &language))
            .collect(),
        (None, false) => all().map(|code| people::line(code, &language)).collect(),
        (Some(asked), true) => readings(asked)
            .map(|(code, spelled)| json::line(code, spelled.as_deref(), &language))
            .collect(),
        (Some(asked), false) => {
            people::explain(asked, &language).context("nothing is known of this code")?
        }
    };
    let answer: String = answer;
    // a closed output has been told enough
    let _ = std::io::stdout().write_all(answer.as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn language(tag: &LanguageTag) -> anyhow::Result<Arc<Language>> {
    Languages::built_in().named(tag).context("--lang")
}

/// The whole catalogue.
fn all() -> impl Iterator<Item = Code> {
    registry().chain(of_receivers())
}

/// All that a code means, the registry's reading first.
fn readings(asked: &Asked) -> impl Iterator<Item = (Code, Option<String>)> {
    let registered = asked.look_up().map(|code| (code, None));
    let others = asked.readings().into_iter();
    registered
        .into_iter()
        .chain(others.map(|Reading { code, spelled }| (code, spelled)))
}
