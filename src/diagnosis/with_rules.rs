//! The postmaster's rules over what was found without them.

use super::codes::Waiting;
use super::rules::own::{Applied, Outside, OwnRules, Seen};
use super::{Confidence, Diagnosis, diagnose, said_of};
use crate::bounce::{Report, ReportedRecipient};

/// Never fails. The first of the rules that fits has the last word.
pub fn diagnose_with(
    rules: &OwnRules,
    report: &Report,
    recipient: &ReportedRecipient,
    outside: Outside<'_>,
) -> Diagnosis {
    let found = diagnose(report, recipient);
    if rules.is_empty() {
        return found;
    }
    match rules.first(&seen(report, recipient, &found, outside)) {
        Some(applied) => found.changed_by(applied),
        None => found,
    }
}

/// A recipient as the rules look at it. Where nobody said anything of it alone, the words around it
/// are what was said.
pub fn seen<'r>(
    report: &'r Report,
    recipient: &'r ReportedRecipient,
    found: &'r Diagnosis,
    outside: Outside<'r>,
) -> Seen<'r> {
    let mut said = said_of(report, recipient);
    if said.is_empty() {
        let context = recipient.context.as_deref().unwrap_or_default();
        said = super::share_of(report, context);
    }
    Seen::new(report, recipient, found, said, outside)
}

impl Diagnosis {
    fn changed_by(mut self, applied: Applied) -> Self {
        let does = &applied.does;
        if let Some(cause) = does.cause {
            (self.cause, self.confidence) = (cause, Confidence::Stated);
        }
        match does.retry {
            Some(Waiting::Yes) => self.permanent = false,
            Some(Waiting::No) => self.permanent = true,
            Some(Waiting::Maybe) | None => {}
        }
        self.rule = Some(does.rule.clone().into());
        self.own = Some(applied);
        self
    }
}
