//! What a rule matches.

use std::borrow::Cow;

use super::super::cause::Cause;
use super::expression::Expression;
use super::glob::Glob;
use super::numbers::{ReplyPattern, StatusPattern};
use super::rule::{Applied, Rule};
use super::seen::Seen;
use crate::bounce::Kind;

/// One thing that a rule asks for. Of a list, one is enough.
#[derive(Debug)]
pub enum Part {
    Status(Vec<StatusPattern>),
    Reply(Vec<ReplyPattern>),
    Kind(Vec<Kind>),
    Cause(Vec<Cause>),
    Dialect(Vec<&'static str>),
    RemoteMta(Vec<Glob>),
    ReportingMta(Vec<Glob>),
    Recipient(Vec<Glob>),
    Sender(Vec<Glob>),
    Subject(Vec<Glob>),
    /// In the form in which phrases are compared.
    Words(Vec<String>),
    Unless(Vec<String>),
    Diagnostic(Vec<Expression>),
}

impl Part {
    /// The key that asks for it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Reply(_) => "reply",
            Self::Kind(_) => "kind",
            Self::Cause(_) => "cause",
            Self::Dialect(_) => "dialect",
            Self::RemoteMta(_) => "remote_mta",
            Self::ReportingMta(_) => "reporting_mta",
            Self::Recipient(_) => "recipient",
            Self::Sender(_) => "sender",
            Self::Subject(_) => "subject",
            Self::Words(_) => "words",
            Self::Unless(_) => "unless",
            Self::Diagnostic(_) => "diagnostic",
        }
    }

    /// The text on which it holds; of `unless`, nothing.
    pub fn held<'s>(&self, seen: &'s Seen<'_>) -> Option<Cow<'s, str>> {
        let found = seen.found;
        let one = |text: &'s str| Some(Cow::Borrowed(text));
        let of = |globs: &[Glob], texts: &'s [String], is: fn(&Glob, &str) -> bool| {
            let mut texts = texts.iter();
            let text = texts.find(|text| globs.iter().any(|glob| is(glob, text)));
            text.map(|text| Cow::Borrowed(text.as_str()))
        };
        let lower = || seen.lower();
        match self {
            Self::Status(any) => {
                let both = [found.status, found.reported_status];
                let is = |status: &_| any.iter().any(|pattern| pattern.is(*status));
                let status = both.into_iter().flatten().find(is)?;
                Some(status.to_string().into())
            }
            Self::Reply(any) => {
                let reply = found
                    .reply
                    .filter(|&reply| any.iter().any(|p| p.is(reply)))?;
                Some(reply.to_string().into())
            }
            Self::Kind(any) => any
                .contains(&kind(seen))
                .then(|| Cow::Borrowed(kind(seen).name())),
            Self::Cause(any) => any
                .contains(&found.cause)
                .then(|| found.cause.name().into()),
            Self::Dialect(any) => any
                .contains(&seen.report.dialect)
                .then(|| seen.report.dialect.into()),
            Self::RemoteMta(any) => of(any, lower().remote_mta.as_slice(), Glob::is_host),
            Self::ReportingMta(any) => of(any, lower().reporting_mta.as_slice(), Glob::is_host),
            Self::Recipient(any) => of(any, &lower().recipients, Glob::is_address),
            Self::Sender(any) => of(any, &lower().senders, Glob::is_address),
            Self::Subject(any) => of(any, &lower().subjects, Glob::is),
            Self::Words(any) => {
                place_of(any, seen.phrases()).and_then(|place| one(&seen.phrases()[place]))
            }
            Self::Unless(any) => place_of(any, seen.phrases()).is_none().then_some("".into()),
            Self::Diagnostic(any) => {
                let matched = first_match(any, seen, |found| found.get(0).map(|all| all.range()));
                matched.and_then(|(text, range)| one(&text[range?]))
            }
        }
    }

    fn values(&self, seen: &Seen<'_>) -> Vec<(String, String)> {
        let Self::Diagnostic(any) = self else {
            return Vec::new();
        };
        if any.iter().all(|expression| expression.groups.is_empty()) {
            return Vec::new();
        }
        for expression in any {
            let Some(regex) = expression.compiled() else {
                continue;
            };
            if let Some(found) = seen.said().find_map(|text| regex.captures(text)) {
                let value =
                    |name: &String| Some((name.clone(), found.name(name)?.as_str().to_owned()));
                return expression.groups.iter().filter_map(value).collect();
            }
        }
        Vec::new()
    }
}

fn first_match<'s, T>(
    any: &[Expression],
    seen: &'s Seen<'_>,
    take: impl Fn(&regex::Captures<'s>) -> T,
) -> Option<(&'s str, T)> {
    for expression in any {
        let Some(regex) = expression.compiled() else {
            continue;
        };
        for text in seen.said() {
            if let Some(found) = regex.captures(text) {
                return Some((text, take(&found)));
            }
        }
    }
    None
}

fn place_of(any: &[String], text: &str) -> Option<std::ops::Range<usize>> {
    any.iter().find_map(|phrase| {
        let start = memchr::memmem::find(text.as_bytes(), phrase.as_bytes())?;
        Some(start..start + phrase.len())
    })
}

fn kind(seen: &Seen<'_>) -> Kind {
    seen.recipient
        .action
        .map_or(seen.report.kind, |action| action.kind())
}

impl Rule {
    pub fn fits(&self, seen: &Seen<'_>) -> Option<Applied> {
        let holds = |part: &Part| match part {
            Part::Diagnostic(any) => any.iter().filter_map(Expression::compiled).any(|regex| {
                let mut said = seen.said();
                said.any(|text| regex.is_match(text))
            }),
            part => part.held(seen).is_some(),
        };
        self.parts.iter().all(holds).then(|| Applied {
            does: self.does.clone(),
            values: self
                .parts
                .iter()
                .flat_map(|part| part.values(seen))
                .collect(),
        })
    }
}
