//! Why a rule fits or does not: for `rules why`.

use super::OwnRules;
use super::matching::Part;
use super::rule::Rule;
use super::seen::Seen;

/// How one rule was tried.
#[derive(Debug)]
pub struct Tried<'t> {
    pub rule: &'t Rule,
    /// What held, by its key, on what text; of `unless` none.
    pub held: Vec<(&'static str, String)>,
    /// The first key that did not hold, and what was there in its place.
    pub failed: Option<(&'static str, Option<String>)>,
}

impl OwnRules {
    /// Every rule up to the first that fits, and that one.
    pub fn tried<'t>(&'t self, seen: &Seen<'_>) -> Vec<Tried<'t>> {
        let mut out = Vec::new();
        for rule in &self.rules {
            let tried = Tried::of(rule, seen);
            let fits = tried.failed.is_none();
            out.push(tried);
            if fits {
                break;
            }
        }
        out
    }
}

impl<'t> Tried<'t> {
    fn of(rule: &'t Rule, seen: &Seen<'_>) -> Self {
        let mut tried = Self {
            rule,
            held: Vec::new(),
            failed: None,
        };
        for part in &rule.parts {
            match part.held(seen) {
                Some(text) => tried.held.push((part.key(), text.into_owned())),
                None => {
                    tried.failed = Some((part.key(), part.there(seen)));
                    break;
                }
            }
        }
        tried
    }
}

impl Part {
    /// What a report has where the part looks, if it is short.
    fn there(&self, seen: &Seen<'_>) -> Option<String> {
        let found = seen.found;
        match self {
            Self::Status(_) => found.status.map(|status| status.to_string()),
            Self::Reply(_) => found.reply.map(|reply| reply.to_string()),
            Self::Cause(_) => Some(found.cause.name().to_owned()),
            Self::Kind(_) => Some(seen.report.kind.name().to_owned()),
            Self::Dialect(_) => Some(seen.report.dialect.to_owned()),
            Self::RemoteMta(_) => seen.recipient.remote_mta.clone(),
            Self::ReportingMta(_) => seen.report.reporting_mta.clone(),
            Self::Recipient(_) => seen.recipient.address().map(str::to_owned),
            Self::Sender(_) => seen.report.original.from.clone(),
            Self::Subject(_) => seen.report.original.subject.clone(),
            Self::Unless(_) => Some("one of them was said".to_owned()),
            Self::Words(_) | Self::Diagnostic(_) => None,
        }
    }
}
