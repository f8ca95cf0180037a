//! Report → Diagnosis: the status that fits best, the cause, and which rule said so.

pub mod cause;
pub mod codes;
pub mod rules;
mod with_rules;

pub use cause::Cause;
pub use with_rules::{diagnose_with, seen};

use std::borrow::Cow;
use std::iter;

use codes::{Code, Speaker};
use rules::own::Applied;

use crate::bounce::{Action, Report, ReportedRecipient, first_reply, statuses};
use crate::mail::{EnhancedStatusCode, ReplyCode};

/// How sure a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// The refusing side said so.
    Stated,
    /// Its code means that, mostly.
    Likely,
    /// No more than the class of the code.
    Generic,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Likely => "likely",
            Self::Generic => "generic",
        }
    }
}

/// What a report means for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The one that fits best.
    pub status: Option<EnhancedStatusCode>,
    /// The one that the report gives, if that is another.
    pub reported_status: Option<EnhancedStatusCode>,
    pub reply: Option<ReplyCode>,
    pub cause: Cause,
    pub confidence: Confidence,
    /// Whether the same message would be refused again: class 5.
    pub permanent: bool,
    /// What the cause was read from: `builtin:common/user-unknown`, `builtin:codes/X.1.1`.
    pub rule: Option<Cow<'static, str>>,
    /// The postmaster's rule that fits.
    pub own: Option<Applied>,
}

/// Never fails: of what nobody said anything, the cause is `unknown`.
pub fn diagnose(report: &Report, recipient: &ReportedRecipient) -> Diagnosis {
    let said = said_of(report, recipient);
    let reply = first_reply(said).or_else(|| reply_of_success(recipient.action, said));
    let status = best_status(recipient.status, said, reply);
    let (mut cause, mut confidence, mut rule) = cause_of(report, recipient, said, status, reply);
    if confidence == Confidence::Generic
        && let Some(context) = &recipient.context
        && let Some(found) = rules::read(&rules::folded(context))
    {
        let name = Some(found.name().into());
        (cause, confidence, rule) = (found.cause(), Confidence::Likely, name);
    }
    let class = status.map(|s| s.class).or(reply.map(ReplyCode::class));
    let permanent = match recipient.action {
        Some(Action::Failed) | None => class != Some(4),
        _ => false,
    };
    Diagnosis {
        status,
        reported_status: recipient.status.filter(|_| recipient.status != status),
        reply,
        cause,
        confidence,
        permanent,
        rule,
        own: None,
    }
}

/// So much is read of what was said of all recipients together, if it is more than [`LEAST`] of
/// each: ten thousand recipients cost no more than one.
const MOST_OF_ALL: usize = 1 << 20;
const MOST: usize = 8 << 10;
const LEAST: usize = 100;

/// What was said of a recipient, as far as it is read.
fn said_of<'r>(report: &Report, recipient: &'r ReportedRecipient) -> &'r str {
    share_of(report, recipient.diagnostic.as_deref().unwrap_or(""))
}

fn share_of<'r>(report: &Report, said: &'r str) -> &'r str {
    let share = MOST_OF_ALL / report.recipients.len().max(1);
    &said[..said.floor_char_boundary(share.clamp(LEAST, MOST))]
}

/// `250 2.0.0 accepted`: of what was delivered, the reply stands in front.
fn reply_of_success(action: Option<Action>, said: &str) -> Option<ReplyCode> {
    let done = matches!(action, Some(Action::Delivered | Action::Relayed));
    let code = said.split([' ', '-']).next().filter(|_| done)?;
    code.parse().ok()
}

/// The reported status, unless the words hold a better one: where the reported one tells little, is
/// of another class than the reply, or is not what the refusing side itself said.
fn best_status(
    reported: Option<EnhancedStatusCode>,
    said: &str,
    reply: Option<ReplyCode>,
) -> Option<EnhancedStatusCode> {
    let Some(old) = reported else {
        return telling_status(said);
    };
    let Some(new) = telling_status(said).filter(|&new| new != old) else {
        return reported;
    };
    let tells_more = !tells(old) && tells(new) && old.class == new.class;
    let better = old.is_generic() && !new.is_generic() || tells_more;
    let contradicted = reply.is_some_and(|reply| reply.class() != old.class);
    let fits = reply.is_none_or(|reply| reply.class() == new.class);
    let replied = || tells(new) && reply.is_some_and(|reply| is_reply(said, reply, new));
    Some(if better || contradicted && fits || replied() {
        new
    } else {
        old
    })
}

/// The first status in a text that says what was wrong, if it is of the class of the first; else
/// the first: `5.1.0 - Unknown address error 550-'5.2.2 …'`.
fn telling_status(said: &str) -> Option<EnhancedStatusCode> {
    let first = statuses(said).next()?;
    let mut others = statuses(said);
    others
        .find(|status| status.class == first.class && tells(*status))
        .or(Some(first))
}

/// `5.1.0` says no more than that something is wrong with the address, and `4.4.7` that the time is
/// up: not over what.
fn tells(status: EnhancedStatusCode) -> bool {
    let expired = (status.subject, status.detail) == (4, 7);
    status.subject != 0 && status.detail != 0 && !expired
}

/// Whether the status stands right behind the reply code.
fn is_reply(said: &str, reply: ReplyCode, status: EnhancedStatusCode) -> bool {
    let (reply, status) = (reply.to_string(), status.to_string());
    let mut places = said.match_indices(&reply).map(|(at, code)| at + code.len());
    places.any(|at| {
        let behind = said[at..].strip_prefix([' ', '-']);
        behind.is_some_and(|behind| behind.starts_with(&status))
    })
}

type Finding = (Cause, Confidence, Option<Cow<'static, str>>);

/// What the refusing side said comes first, then its code as it means it, then the enhanced status
/// code as the registry has it, then the reply code.
fn cause_of(
    report: &Report,
    recipient: &ReportedRecipient,
    said: &str,
    status: Option<EnhancedStatusCode>,
    reply: Option<ReplyCode>,
) -> Finding {
    if let Some(Action::Delivered | Action::Relayed | Action::Expanded) = recipient.action {
        return (Cause::Delivered, Confidence::Stated, None);
    }
    let said = rules::folded(said);
    if let Some(rule) = rules::read(&said) {
        return (rule.cause(), Confidence::Stated, Some(rule.name().into()));
    }
    let class = status.map(|s| s.class).or(reply.map(ReplyCode::class));
    let spoken = codes::Spoken::hear(&said, speaker(report, recipient));
    let meant = spoken.meaning(status, reply);
    let registered = || status.and_then(codes::of_status);
    let of_reply = || reply.and_then(codes::of_reply);
    let finding = |code: Code| from_code(code, class);
    let mut findings = meant
        .into_iter()
        .chain(iter::once_with(registered).flatten());
    let says = |found: &Finding| found.1 != Confidence::Generic || found.0 != Cause::Unknown;
    let found = findings.by_ref().map(finding).find(says);
    found
        .or_else(|| of_reply().map(|code| from_code(code, reply.map(ReplyCode::class))))
        .or_else(|| registered().map(finding))
        .unwrap_or((Cause::Unknown, Confidence::Generic, None))
}

/// What a receiver means by its code, where that is what was found: its words tell more than those
/// of the cause.
pub fn meaning(report: &Report, recipient: &ReportedRecipient, found: &Diagnosis) -> Option<Code> {
    let said = rules::folded(said_of(report, recipient));
    let spoken = codes::Spoken::hear(&said, speaker(report, recipient));
    let class = found.status.map(|s| s.class);
    let class = class.or(found.reply.map(ReplyCode::class));
    let fits = |code: &Code| code.is_certain() && code.cause_of(class) == found.cause;
    spoken.meaning(found.status, found.reply).filter(fits)
}

fn speaker<'r>(report: &'r Report, recipient: &'r ReportedRecipient) -> Speaker<'r> {
    Speaker {
        remote_mta: recipient.remote_mta.as_deref(),
        reporting_mta: report.reporting_mta.as_deref(),
        dialect: report.dialect,
    }
}

/// What nobody else says is as good as words.
fn from_code(code: Code, class: Option<u8>) -> Finding {
    let confidence = match (code.is_certain(), code.is_own()) {
        (true, true) => Confidence::Stated,
        (true, false) => Confidence::Likely,
        (false, _) => Confidence::Generic,
    };
    let name = Cow::Borrowed(code.name());
    (code.cause_of(class), confidence, Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_status_is_taken_from_the_text() {
        fn check(reported: &str, said: &str, expected: &str) {
            let best = best_status(reported.parse().ok(), said, first_reply(said));
            let best = best.map(|status| status.to_string());
            assert_eq!(best.as_deref(), Some(expected), "{reported}: {said}");
        }
        check("5.0.0", "550 5.1.1 no such user", "5.1.1");
        check("5.0.0", "550 no such user", "5.0.0");
        check("5.0.0", "554 seems to be spam (#5.6.0)", "5.6.0");
        check("", "550 5.1.1 no such user", "5.1.1");
        check("4.4.7", "450 4.7.1 access denied", "4.7.1");
        check("4.4.7", "554 4.4.7 expired <421 4.4.2 timed out>", "4.4.2");
        check(
            "5.0.0",
            "5.1.0 - Unknown address error 550-'5.2.2 full",
            "5.2.2",
        );
        check("5.1.1", "552 5.2.2 over quota", "5.2.2");
        check("5.1.3", "553 bad recipient (#5.7.1)", "5.1.3");
        check("5.1.1", "550 #5.1.0 address rejected", "5.1.1");
        check("5.1.1", "450 4.2.0 later", "4.2.0");
        check("5.7.606", "550 5.7.606 banned", "5.7.606");
    }
}
