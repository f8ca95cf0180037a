//! `rules test`: the examples beside the rules, the postmaster's and the built-in ones.

use std::fmt::Write as _;
use std::path::Path;

use super::{Answer, check};
use crate::annotator::{Reading, read_with};
use crate::diagnosis::diagnose_with;
use crate::diagnosis::rules;
use crate::diagnosis::rules::own::{Example, Outside, OwnRules, Rule};
use crate::mail::{Envelope, Message};
use crate::settings::Loaded;

/// What went wrong with one example.
struct Failed {
    rule: String,
    /// Where it stands.
    place: String,
    expected: String,
    found: String,
    of: String,
}

pub fn run(loaded: &Loaded) -> anyhow::Result<Answer> {
    let (own, faults) = check::read(loaded, &loaded.rule_files()?)?;
    if faults.iter().any(|fault| !fault.only_a_warning) {
        return Ok((check::told(&faults), false));
    }
    let (mut count, mut failed) = own_examples(&own)?;
    for rule in rules::all() {
        for example in rule.examples() {
            count += 1;
            failed.extend(test_built_in(rule, example));
        }
    }
    let mut out = String::new();
    for one in &failed {
        let _ = writeln!(out, "{}  {}", one.rule, one.place);
        for (name, value) in [
            ("expected", &one.expected),
            ("found", &one.found),
            ("of", &one.of),
        ] {
            let _ = writeln!(out, "  {name:<9} {value}");
        }
    }
    let bare = own
        .all()
        .iter()
        .filter(|rule| rule.examples.is_empty())
        .count();
    if bare > 0 {
        let _ = writeln!(out, "{bare} rules of yours have no example");
    }
    let _ = writeln!(out, "{count} examples, {} failed", failed.len());
    Ok((out, failed.is_empty()))
}

/// How many of the postmaster's own examples fail.
pub fn failed_examples(own: &OwnRules) -> anyhow::Result<usize> {
    own_examples(own).map(|(_, failed)| failed.len())
}

/// How many there are, and what failed.
fn own_examples(own: &OwnRules) -> anyhow::Result<(usize, Vec<Failed>)> {
    let (mut count, mut failed) = (0, Vec::new());
    for rule in own.all() {
        for example in &rule.examples {
            count += 1;
            failed.extend(test(own, rule, example)?);
        }
    }
    Ok((count, failed))
}

/// Each example has to be read by its own rule, before all others.
fn test_built_in(rule: rules::RuleIn<'static>, example: &str) -> Option<Failed> {
    let found = rules::read(&rules::folded(example)).map(rules::RuleIn::name);
    (found != Some(rule.name())).then(|| Failed {
        rule: rule.name().to_owned(),
        place: String::new(),
        expected: rule.name().to_owned(),
        found: found.unwrap_or("no rule").to_owned(),
        of: example.to_owned(),
    })
}

fn test(own: &OwnRules, rule: &Rule, example: &Example) -> anyhow::Result<Option<Failed>> {
    let reading = read(own, rule, example)?;
    let fits = |found: &Option<String>| found.as_deref() == Some(rule.id());
    let outcomes: Vec<_> = reading
        .iter()
        .flat_map(|reading| &reading.diagnoses)
        .collect();
    let rules: Vec<Option<String>> = outcomes
        .iter()
        .map(|found| found.rule.as_deref().map(str::to_owned))
        .collect();
    let by_rule = outcomes.iter().zip(&rules).find(|(_, rule)| fits(rule));
    let said = by_rule.map(|(found, _)| words(found));
    let (expected, fine) = match (example.not, example.cause, &example.says) {
        (true, cause, _) => {
            let other = cause.is_none_or(|cause| outcomes.iter().all(|found| found.cause == cause));
            let cause = cause.map_or(String::new(), |cause| format!(", {}", cause.name()));
            (
                format!("any rule but this{cause}"),
                by_rule.is_none() && other,
            )
        }
        (false, cause, says) => {
            let cause_is = by_rule.is_some_and(|(found, _)| cause.is_none_or(|c| found.cause == c));
            let says_it = says
                .as_ref()
                .is_none_or(|says| said.as_ref().is_some_and(|s| s.contains(says)));
            let cause = cause.map_or(String::new(), |cause| format!(", {}", cause.name()));
            let says = says
                .as_ref()
                .map_or(String::new(), |says| format!(", \"{says}\" said"));
            (format!("{}{cause}{says}", rule.id()), cause_is && says_it)
        }
    };
    let found: Vec<String> = outcomes
        .iter()
        .zip(&rules)
        .map(|(found, rule)| {
            format!(
                "{}, {}",
                rule.as_deref().unwrap_or("no rule"),
                found.cause.name()
            )
        })
        .collect();
    let found = match found.is_empty() {
        true => "no report on a delivery".to_owned(),
        false => found.join("; "),
    };
    Ok((!fine).then(|| Failed {
        rule: rule.id().to_owned(),
        place: format!("{}:{}", rule.path, example.line),
        expected,
        found: match (&said, &example.says) {
            (Some(said), Some(says)) if !said.contains(says) => format!("{found}: {said}"),
            _ => found,
        },
        of: about(example),
    }))
}

fn about(example: &Example) -> String {
    let all = [
        &example.message,
        &example.diagnostic,
        &example.status,
        &example.remote_mta,
    ];
    let others = [&example.recipient, &example.sender, &example.subject];
    let mut all = all.into_iter().chain(others).flatten();
    all.next().cloned().unwrap_or_default()
}

/// The rule's words, filled in, one behind the other.
fn words(found: &crate::diagnosis::Diagnosis) -> String {
    let Some(own) = &found.own else {
        return String::new();
    };
    let all = own.does.words.iter().flat_map(|(_, words)| words.all());
    let filled = all.map(|text| {
        own.values.iter().fold(text.clone(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    });
    filled.collect::<Vec<_>>().join(" ")
}

fn read(own: &OwnRules, rule: &Rule, example: &Example) -> anyhow::Result<Option<Reading>> {
    let Some(message) = &example.message else {
        let report = example.report();
        let found = diagnose_with(own, &report, &report.recipients[0], Outside::default());
        return Ok(Some(Reading {
            report,
            diagnoses: vec![found],
        }));
    };
    let file = Path::new(&rule.path)
        .parent()
        .unwrap_or(Path::new(""))
        .join(message);
    let bytes = std::fs::read(&file).map_err(|error| {
        let (path, line) = (&rule.path, example.line);
        anyhow::anyhow!("{path}:{line}: {}: {error}", file.display())
    })?;
    Ok(read_with(
        own,
        &Envelope::default(),
        &Message::read(&bytes, true),
    ))
}
