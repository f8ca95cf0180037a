//! `plainbounce rules`: the rules in the order in which they are tried, and their examples.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use super::FOUND_WRONG;
use crate::diagnosis::rules;

pub fn run(asked: &super::Rules) -> anyhow::Result<ExitCode> {
    let loaded = super::load(asked.file.config.as_deref())?;
    loaded.not_yet(&["rules."])?;
    let (said, fine) = match asked.what {
        // the build has refused what is wrong with the built-in ones
        super::RulesTask::Check => (
            format!("{} rules, nothing wrong\n", rules::all().count()),
            true,
        ),
        super::RulesTask::List => (list(), true),
        super::RulesTask::Test => test(),
    };
    // a closed output has been told enough
    let _ = std::io::stdout().write_all(said.as_bytes());
    Ok(if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND_WRONG)
    })
}

fn list() -> String {
    let mut out = String::new();
    for rule in rules::all() {
        let _ = writeln!(
            out,
            "{:<56} {:<22} {}",
            rule.name(),
            rule.cause().name(),
            rule.examples().next().unwrap_or_default()
        );
    }
    out
}

/// Each example has to be read by its own rule, before all others.
fn test() -> (String, bool) {
    let mut out = String::new();
    let (mut count, mut failed) = (0, 0);
    let examples =
        rules::all().flat_map(|rule| rule.examples().map(move |example| (rule, example)));
    for (rule, example) in examples {
        count += 1;
        let found = rules::read(&rules::folded(example)).map(rules::RuleIn::name);
        if found != Some(rule.name()) {
            failed += 1;
            let found = found.unwrap_or("no rule");
            let name = rule.name();
            let _ = writeln!(out, "{name}: its example is read by {found}: {example}");
        }
    }
    let _ = writeln!(out, "{count} examples, {failed} failed");
    (out, failed == 0)
}
