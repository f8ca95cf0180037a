//! A rule as it has been read.

use std::sync::Arc;

use super::super::cause::Cause;
use super::matching::Part;
use crate::bounce::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};
use crate::diagnosis::codes::{Actor, Waiting};

#[derive(Debug)]
pub struct Rule {
    pub path: String,
    pub line: usize,
    /// Who wrote it, under which licence, where it comes from.
    pub about: Option<Arc<str>>,
    /// All must hold; what costs least comes first.
    pub parts: Vec<Part>,
    pub does: Arc<Does>,
    pub examples: Vec<Example>,
}

impl Rule {
    /// `rules.d/local.toml:quota`
    pub fn id(&self) -> &str {
        &self.does.rule
    }
}

/// What comes of a rule where it fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Does {
    /// The rule that says so: `rules.d/local.toml:quota`.
    pub rule: String,
    pub cause: Option<Cause>,
    pub who: Option<Actor>,
    pub retry: Option<Waiting>,
    /// By language tag.
    pub words: Vec<(String, RuleWords)>,
    pub contact: Option<String>,
    pub link: Option<String>,
    pub leave: bool,
}

/// What is `None` is as it would be without the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleWords {
    pub title: Option<String>,
    pub why: Option<String>,
    pub steps: Option<Vec<String>>,
    pub postmaster: Option<Vec<String>>,
}

impl RuleWords {
    pub fn all(&self) -> impl Iterator<Item = &String> {
        let lists = [&self.steps, &self.postmaster];
        let lists = lists.into_iter().flatten().flatten();
        [&self.title, &self.why].into_iter().flatten().chain(lists)
    }
}

/// A rule that fits, with what the named groups of its expression matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub does: Arc<Does>,
    pub values: Vec<(String, String)>,
}

/// What a rule is tried with.
#[derive(Debug, Clone, Default)]
pub struct Example {
    pub line: usize,
    pub diagnostic: Option<String>,
    pub status: Option<String>,
    pub remote_mta: Option<String>,
    pub reporting_mta: Option<String>,
    pub recipient: Option<String>,
    pub sender: Option<String>,
    pub subject: Option<String>,
    pub dialect: Option<&'static str>,
    pub kind: Option<String>,
    pub message: Option<String>,
    pub cause: Option<Cause>,
    pub says: Option<String>,
    pub not: bool,
}

impl Example {
    /// The report that it stands for, if it is no whole message.
    pub fn report(&self) -> Report {
        let (kind, action) = match self.kind.as_deref() {
            Some("delay") => (Kind::Delay, Action::Delayed),
            Some("success") => (Kind::Success, Action::Delivered),
            _ => (Kind::Failure, Action::Failed),
        };
        let recipient = ReportedRecipient {
            final_recipient: self.recipient.clone(),
            action: Some(action),
            status: self
                .status
                .as_deref()
                .and_then(|status| status.parse().ok()),
            remote_mta: self.remote_mta.clone(),
            diagnostic: self.diagnostic.clone(),
            ..ReportedRecipient::default()
        };
        Report {
            reporting_mta: self.reporting_mta.clone(),
            recipients: vec![recipient],
            original: ReturnedMessage {
                subject: self.subject.clone(),
                from: self.sender.clone(),
                ..ReturnedMessage::default()
            },
            ..Report::without_recipients(kind, self.dialect.unwrap_or("rfc3464"))
        }
    }
}
