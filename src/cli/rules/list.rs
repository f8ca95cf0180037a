//! `rules list`: the rules in the order in which they are tried, each with its source.

use std::fmt::Write as _;

use super::Answer;
use crate::diagnosis::rules;
use crate::settings::Loaded;

pub fn run(loaded: &Loaded, hits: bool) -> anyhow::Result<Answer> {
    if hits {
        anyhow::bail!("--hits: this version has no journal yet that could count them");
    }
    let own = loaded.rules_alone()?;
    let mut out = String::new();
    for rule in own.all() {
        let does = &rule.does;
        let cause = match does.cause {
            Some(cause) => cause.name(),
            None if does.leave => "(leave)",
            None => "-",
        };
        let (path, line) = (&rule.path, rule.line);
        let about = rule.about.as_ref().map(|about| format!(" ({about})"));
        let about = about.unwrap_or_default();
        let _ = writeln!(out, "{:<56} {cause:<22} {path}:{line}{about}", rule.id());
    }
    for rule in rules::all() {
        let example = rule.examples().next().unwrap_or_default();
        let cause = rule.cause().name();
        let _ = writeln!(out, "{:<56} {cause:<22} {example}", rule.name());
    }
    Ok((out, true))
}
