//! Report → Diagnosis: the status that fits best, the cause, and which rule said so.

pub mod cause;
pub mod codes;
pub mod rules;

pub use cause::Cause;

use std::borrow::Cow;

use crate::bounce::{Action, ReportedRecipient, first_reply, first_status};
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
    pub status: Option<EnhancedStatusCode>,
    pub reply: Option<ReplyCode>,
    pub cause: Cause,
    pub confidence: Confidence,
    /// Whether the same message would be refused again: class 5.
    pub permanent: bool,
    /// What the cause was read from: `builtin:common/user-unknown`, `builtin:codes/X.1.1`.
    pub rule: Option<Cow<'static, str>>,
}

/// Never fails: of what nobody said anything, the cause is `unknown`.
pub fn diagnose(recipient: &ReportedRecipient) -> Diagnosis {
    let said = recipient.diagnostic.as_deref().unwrap_or("");
    let reply = first_reply(said).or_else(|| reply_of_success(recipient.action, said));
    let status = best_status(recipient.status, first_status(said), reply);
    let (mut cause, mut confidence, mut rule) = cause_of(recipient.action, said, status, reply);
    if confidence == Confidence::Generic
        && let Some(context) = &recipient.context
        && let Some(found) = rules::read(context)
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
        reply,
        cause,
        confidence,
        permanent,
        rule,
    }
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

/// What the refusing side said comes first, then its enhanced status code, then its reply code.
fn cause_of(
    action: Option<Action>,
    said: &str,
    status: Option<EnhancedStatusCode>,
    reply: Option<ReplyCode>,
) -> Finding {
    if let Some(Action::Delivered | Action::Relayed | Action::Expanded) = action {
        return (Cause::Delivered, Confidence::Stated, None);
    }
    if let Some(rule) = rules::read(said) {
        return (rule.cause(), Confidence::Stated, Some(rule.name().into()));
    }
    let by_status = status.and_then(|s| from_code(codes::of_status(s)?, s.class));
    let by_reply = || reply.and_then(|r| from_code(codes::of_reply(r)?, r.class()));
    match by_status {
        Some(found) if found.1 == Confidence::Likely => found,
        Some(found) if found.0 != Cause::Unknown => found,
        found => by_reply()
            .or(found)
            .unwrap_or((Cause::Unknown, Confidence::Generic, None)),
    }
}

fn from_code(code: &codes::Code, class: u8) -> Option<Finding> {
    let confidence = if code.certain {
        Confidence::Likely
    } else {
        Confidence::Generic
    };
    Some((
        code.cause_of(Some(class)),
        confidence,
        Some(format!("builtin:codes/{}", code.code).into()),
    ))
}
