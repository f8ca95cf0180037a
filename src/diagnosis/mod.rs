//! Report → Diagnosis: the status that fits best, the cause, and which rule said so.

pub mod cause;
pub mod codes;
pub mod rules;

pub use cause::Cause;

use std::borrow::Cow;
use std::iter;

use codes::{Code, Speaker};

use crate::bounce::{Action, Report, ReportedRecipient, first_reply, first_status};
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
}

/// Never fails: of what nobody said anything, the cause is `unknown`.
pub fn diagnose(report: &Report, recipient: &ReportedRecipient) -> Diagnosis {
    let said = said_of(report, recipient);
    let reply = first_reply(said).or_else(|| reply_of_success(recipient.action, said));
    let status = best_status(recipient.status, first_status(said), reply);
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
    }
}

/// So much is read of what was said of all recipients together, if it is more than [`LEAST`] of
/// each: ten thousand recipients cost no more than one.
const MOST_OF_ALL: usize = 1 << 20;
const MOST: usize = 8 << 10;
const LEAST: usize = 120;

/// What was said of a recipient, as far as it is read.
fn said_of<'r>(report: &Report, recipient: &'r ReportedRecipient) -> &'r str {
    let said = recipient.diagnostic.as_deref().unwrap_or("");
    let share = MOST_OF_ALL / report.recipients.len().max(1);
    &said[..said.floor_char_boundary(share.clamp(LEAST, MOST))]
}

/// `250 2.0.0 accepted`: of what was delivered, the reply stands in front.
fn reply_of_success(action: Option<Action>, said: &str) -> Option<ReplyCode> {
    let done = matches!(action, Some(Action::Delivered | Action::Relayed));
    let code = said.split([' ', '-']).next().filter(|_| done)?;
    code.parse().ok()
}

/// The reported status, unless the words hold a better one: where the reported one is generic, or
/// of another class than the reply.
fn best_status(
    reported: Option<EnhancedStatusCode>,
    said: Option<EnhancedStatusCode>,
    reply: Option<ReplyCode>,
) -> Option<EnhancedStatusCode> {
    let (Some(old), Some(new)) = (reported, said) else {
        return reported.or(said);
    };
    let contradicted = reply.is_some_and(|reply| reply.class() != old.class);
    let better = old.is_generic() && !new.is_generic();
    let fits = reply.is_none_or(|reply| reply.class() == new.class);
    Some(if better || contradicted && fits {
        new
    } else {
        old
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
