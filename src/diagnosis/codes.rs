//! The codes and what is known of each: enhanced status codes (RFC 3463 and the IANA registry),
//! reply codes (RFC 5321 §4.2.3), and what receivers mean by them that have a way of their own. The
//! words on them are the languages' matter.

mod asked;
mod format;
mod pattern;
mod readings;
mod spoken;

pub use asked::Asked;
pub use format::{Actor, Waiting};
use format::{Catalogue, Entry, Giver, Sign, Tells};
pub use readings::Reading;
pub use spoken::{Speaker, Spoken};

use super::cause::{self, Cause};
use crate::mail::{EnhancedStatusCode, ReplyCode};

mod builtin {
    use std::borrow::Cow;

    use super::cause::Cause::*;
    use super::format::Actor::*;
    use super::format::Waiting::{Maybe, No, Yes};
    use super::format::{Catalogue, Entry, Giver, Sign};
    use super::pattern::Pattern::*;
    use crate::bounce::{Phrase, PhraseSet, Span, Starts};

    include!(concat!(env!("OUT_DIR"), "/codes.rs"));
}

static ALL: &Catalogue<'static> = &builtin::CODES;

/// What one who gives a code means by it.
#[derive(Debug, Clone, Copy)]
pub struct Code(&'static Entry);

impl Code {
    /// `X.1.1` for any class, `5.X.X` for a whole class, `5.7.606-649`, `550` for a reply, `TSS04`.
    pub fn code(self) -> &'static str {
        self.0.code.of(&ALL.texts)
    }

    /// `builtin:codes/X.1.1`, `builtin:codes/microsoft/5.7.606-649`
    pub fn name(self) -> &'static str {
        self.0.name.of(&ALL.texts)
    }

    /// Under which the languages may have words on it: `X.1.1`, `microsoft/5.7.606-649`.
    pub fn key(self) -> &'static str {
        self.name().trim_start_matches("builtin:codes/")
    }

    /// Whose it is, if it is not the registry's.
    pub fn giver(self) -> Option<&'static str> {
        let giver = usize::from(self.0.giver);
        (giver > 0).then(|| ALL.givers[giver].name.of(&ALL.texts))
    }

    /// What a failure of this class means.
    pub fn cause_of(self, class: Option<u8>) -> Cause {
        self.0
            .transient_cause
            .filter(|_| class == Some(4))
            .unwrap_or(self.0.cause)
    }

    /// Whether the code alone says its cause; a generic one does not.
    pub fn is_certain(self) -> bool {
        self.0.certain
    }

    /// Whether nobody else gives it, the registry included.
    pub fn is_own(self) -> bool {
        match self.0.pattern {
            pattern::Pattern::Token => true,
            pattern::Pattern::Status { from, .. } => from >= FIRST_OWN && self.0.giver > 0,
            _ => false,
        }
    }

    pub fn acts(self) -> Actor {
        self.0.acts
    }

    pub fn waiting_helps(self) -> Waiting {
        self.0.waiting_helps
    }

    /// Words of which one stands beside the code where it means this; of none, it always does.
    pub fn says(self) -> impl Iterator<Item = &'static str> {
        self.0.says.of(&ALL.texts).lines()
    }

    /// The reply codes that the registry lists beside it.
    pub fn replies(self) -> impl Iterator<Item = &'static str> {
        self.0.replies.of(&ALL.texts).lines()
    }

    pub fn reference(self) -> &'static str {
        self.0.reference.of(&ALL.texts)
    }
}

/// The registry has no details from here on, and will hardly ever have.
const FIRST_OWN: u16 = 100;

/// Every entry of the registry.
pub fn registry() -> impl Iterator<Item = Code> {
    of_giver(&ALL.givers[0])
}

/// Every entry of those who mean something of their own, in the order of the files.
pub fn of_receivers() -> impl Iterator<Item = Code> {
    ALL.givers[1..].iter().flat_map(of_giver)
}

fn of_giver(giver: &Giver) -> impl Iterator<Item = Code> + use<> {
    let entries = &ALL.entries[usize::from(giver.first)..usize::from(giver.end)];
    entries.iter().map(Code)
}

/// The registry's entry for an enhanced status code: its own, or that of its subject, or of its
/// class.
pub fn of_status(status: EnhancedStatusCode) -> Option<Code> {
    let EnhancedStatusCode {
        class,
        subject,
        detail,
    } = status;
    registered(None, Some(subject), Some(detail))
        .or_else(|| registered(None, Some(subject), None))
        .or_else(|| registered(Some(class), None, None))
}

pub fn of_reply(reply: ReplyCode) -> Option<Code> {
    exactly(pattern::Pattern::Reply(reply.number()))
}

fn registered(class: Option<u8>, subject: Option<u16>, detail: Option<u16>) -> Option<Code> {
    let (from, to) = detail.map_or((0, u16::MAX), |detail| (detail, detail));
    exactly(pattern::Pattern::Status {
        class,
        subject,
        from,
        to,
    })
}

fn exactly(pattern: pattern::Pattern) -> Option<Code> {
    let registry = &ALL.entries[..usize::from(ALL.givers[0].end)];
    let place = registry.binary_search_by_key(&pattern, |entry| entry.pattern);
    place.ok().map(|at| Code(&registry[at]))
}
