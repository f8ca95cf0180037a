//! What a rule matches, and what it is held against.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::super::cause::Cause;
use super::super::format::fold;
use super::super::{what_was_said, without_repeated_codes};
use super::expression::{Expression, folded};
use super::glob::Glob;
use super::numbers::{ReplyPattern, StatusPattern};
use super::rule::{Applied, Rule};
use crate::bounce::{Kind, Report, ReportedRecipient};
use crate::diagnosis::Diagnosis;

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

/// What is known of a message beside its report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'o> {
    pub subject: Option<&'o str>,
    /// Who gets the report.
    pub readers: &'o [String],
}

/// One recipient of a report, as rules look at it.
pub struct Seen<'r> {
    pub report: &'r Report,
    pub recipient: &'r ReportedRecipient,
    pub found: &'r Diagnosis,
    pub outside: Outside<'r>,
    /// What was said, as it stands in the report.
    raw: &'r str,
    /// The same without what the reporting side put in front and codes in the middle.
    said: Cow<'r, str>,
    phrases: OnceCell<String>,
    lower: OnceCell<Lower>,
}

/// Names and addresses in lower case.
#[derive(Debug, Default)]
struct Lower {
    remote_mta: Option<String>,
    reporting_mta: Option<String>,
    recipients: Vec<String>,
    senders: Vec<String>,
    subjects: Vec<String>,
}

impl<'r> Seen<'r> {
    /// `said` is what was said of the recipient, as far as it is read.
    pub fn new(
        report: &'r Report,
        recipient: &'r ReportedRecipient,
        found: &'r Diagnosis,
        said: &'r str,
        outside: Outside<'r>,
    ) -> Self {
        Self {
            report,
            recipient,
            found,
            outside,
            raw: said,
            said: without_repeated_codes(what_was_said(said)),
            phrases: OnceCell::new(),
            lower: OnceCell::new(),
        }
    }

    /// What was said, as expressions see it: at first as the refusing side said it.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        let raw = (self.raw != self.said).then_some(self.raw);
        std::iter::once(&*self.said).chain(raw)
    }

    pub fn phrases(&self) -> &str {
        self.phrases.get_or_init(|| fold(&self.said))
    }

    fn lower(&self) -> &Lower {
        self.lower.get_or_init(|| {
            let lower = |text: &String| text.to_lowercase();
            let (report, recipient) = (self.report, self.recipient);
            let of = |texts: &[Option<&String>]| texts.iter().flatten().map(|t| lower(t)).collect();
            let mut senders: Vec<String> = of(&[report.original.from.as_ref()]);
            senders.extend(self.outside.readers.iter().map(lower));
            let subject = self.outside.subject.map(str::to_lowercase);
            let mut subjects: Vec<String> = of(&[report.original.subject.as_ref()]);
            subjects.extend(subject);
            Lower {
                remote_mta: recipient.remote_mta.as_ref().map(lower),
                reporting_mta: report.reporting_mta.as_ref().map(lower),
                recipients: of(&[
                    recipient.final_recipient.as_ref(),
                    recipient.original_recipient.as_ref(),
                ]),
                senders,
                subjects,
            }
        })
    }

    /// All text that words of rules may be in, in the form in which they are looked for.
    pub fn everything(&self) -> String {
        let mut out = folded(&self.said);
        let phrases = self.phrases();
        if phrases != out {
            out.push('\n');
            out.push_str(phrases);
        }
        if self.raw != self.said {
            out.push('\n');
            out.push_str(&folded(self.raw));
        }
        let lower = self.lower();
        let names = lower.remote_mta.iter().chain(&lower.reporting_mta);
        let addresses = lower.recipients.iter().chain(&lower.senders);
        for text in names.chain(addresses).chain(&lower.subjects) {
            out.push('\n');
            out.push_str(text);
        }
        out
    }
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
