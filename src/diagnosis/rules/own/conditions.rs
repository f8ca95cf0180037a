//! What a rule matches: `[rule.match]` → the parts that all must hold.

use toml::de::DeTable;

use super::super::format::fold;
use super::expression::Expression;
use super::fault::did_you_mean;
use super::glob::{Glob, LONGEST};
use super::matching::Part;
use super::read::{Reading, Value, cause, one_or_many, parsed};
use crate::bounce::{self, Kind, SHORT};

#[derive(Default)]
pub struct Conditions {
    pub parts: Vec<Part>,
    /// The names of groups that all expressions have.
    pub groups: Vec<String>,
}

/// In the order of their costs.
pub fn read(reading: &mut Reading<'_, '_>, table: &DeTable<'_>) -> Conditions {
    let mut out = Conditions::default();
    let mut with = |key: &str, read: &mut dyn FnMut(&Value<'_>) -> Part| {
        if let Some(value) = table.get(key) {
            out.parts.push(read(value));
        }
    };
    with("status", &mut |value| {
        Part::Status(parsed(
            reading,
            value,
            "status: as in 5.1.1, 5.1.*, 5.7.606-649",
        ))
    });
    with("reply", &mut |value| {
        Part::Reply(parsed(
            reading,
            value,
            "reply code: as in 550, 55*, 550-559",
        ))
    });
    with("kind", &mut |value| Part::Kind(known(value, kind)));
    with("cause", &mut |value| Part::Cause(known(value, cause)));
    with("dialect", &mut |value| {
        let values = one_or_many(value);
        Part::Dialect(values.filter_map(|value| dialect(reading, value)).collect())
    });
    with("remote_mta", &mut |value| {
        Part::RemoteMta(globs(reading, value))
    });
    with("reporting_mta", &mut |value| {
        Part::ReportingMta(globs(reading, value))
    });
    with("recipient", &mut |value| {
        Part::Recipient(globs(reading, value))
    });
    with("sender", &mut |value| Part::Sender(globs(reading, value)));
    with("subject", &mut |value| Part::Subject(globs(reading, value)));
    with("words", &mut |value| Part::Words(phrases(reading, value)));
    with("unless", &mut |value| Part::Unless(phrases(reading, value)));
    let mut groups: Option<Vec<String>> = None;
    with("diagnostic", &mut |value| {
        let all = expressions(reading, value);
        for expression in &all {
            match &mut groups {
                Some(groups) => groups.retain(|group| expression.groups.contains(group)),
                None => groups = Some(expression.groups.clone()),
            }
        }
        Part::Diagnostic(all)
    });
    out.groups = groups.unwrap_or_default();
    out
}

fn known<T>(value: &Value<'_>, named: fn(&str) -> Option<T>) -> Vec<T> {
    one_or_many(value)
        .filter_map(|value| named(value.get_ref().as_str()?))
        .collect()
}

fn kind(name: &str) -> Option<Kind> {
    [Kind::Failure, Kind::Delay, Kind::Success]
        .into_iter()
        .find(|kind| kind.name() == name)
}

pub fn dialect(reading: &mut Reading<'_, '_>, value: &Value<'_>) -> Option<&'static str> {
    let name = value.get_ref().as_str()?;
    let found = bounce::dialect_names().find(|known| *known == name);
    if found.is_none() {
        let meant = did_you_mean(name, bounce::dialect_names());
        reading.wrong(
            value.span(),
            format!("dialect: no such dialect as {name}{meant}"),
        );
    }
    found
}

fn globs(reading: &mut Reading<'_, '_>, value: &Value<'_>) -> Vec<Glob> {
    let mut out = Vec::new();
    for value in one_or_many(value) {
        match value.get_ref().as_str() {
            Some(text) if text.len() > LONGEST => {
                reading.wrong(value.span(), format!("it may be {LONGEST} bytes long"));
            }
            Some(text) => out.push(Glob::new(text.trim())),
            None => {}
        }
    }
    out
}

fn phrases(reading: &mut Reading<'_, '_>, value: &Value<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for value in one_or_many(value) {
        if let Some(text) = value.get_ref().as_str() {
            let folded = fold(text);
            if folded.len() < SHORT && !folded.is_empty() {
                reading.wrong(
                    value.span(),
                    format!("a phrase has {SHORT} characters at least"),
                );
            }
            out.push(folded);
        }
    }
    out
}

fn expressions(reading: &mut Reading<'_, '_>, value: &Value<'_>) -> Vec<Expression> {
    let mut out = Vec::new();
    for value in one_or_many(value) {
        let Some(source) = value.get_ref().as_str().filter(|source| !source.is_empty()) else {
            continue;
        };
        match Expression::new(source) {
            Ok(expression) => out.push(expression),
            Err(wrong) => {
                let at = reading.inside(value, source, wrong.at.start, wrong.at.len());
                reading.wrong(at, format!("diagnostic: {}", wrong.what));
            }
        }
    }
    out
}
