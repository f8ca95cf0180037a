//! The catalogue of codes, as the build makes it of the files beside this one (`src/build/codes.rs`).

use std::borrow::Cow;

use serde::Deserialize;

use super::cause::Cause;
use super::pattern::Pattern;
use crate::bounce::{PhraseSet, Span};

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    You,
    Postmaster,
    OtherSide,
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    Yes,
    No,
    Maybe,
}

/// All files: the registry, and behind it the receivers.
#[derive(Debug, Clone)]
pub struct Catalogue<'t> {
    /// All strings, one behind the other; those of a list have a line each.
    pub texts: Cow<'t, str>,
    pub givers: Cow<'t, [Giver]>,
    /// The ends of the names of all their hosts.
    pub hosts: Cow<'t, [Sign]>,
    /// The dialects that are theirs.
    pub dialects: Cow<'t, [Sign]>,
    /// Those of each giver in a row: the registry's in the order of their patterns, the others in
    /// that of their file.
    pub entries: Cow<'t, [Entry]>,
    /// What stands in replies. Their owners are [`Tells`].
    pub phrases: PhraseSet<'t>,
}

#[derive(Debug, Clone, Copy)]
pub struct Giver {
    pub name: Span,
    pub only_if_named: bool,
    pub first: u16,
    pub end: u16,
}

#[derive(Debug, Clone, Copy)]
pub struct Sign {
    pub text: Span,
    pub giver: u8,
}

#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub giver: u8,
    /// `builtin:codes/microsoft/5.7.606-649`
    pub name: Span,
    pub code: Span,
    pub pattern: Pattern,
    pub cause: Cause,
    pub transient_cause: Option<Cause>,
    pub certain: bool,
    pub acts: Actor,
    pub waiting_helps: Waiting,
    pub says: Span,
    pub replies: Span,
    pub reference: Span,
}

/// What a phrase in a reply tells: who speaks, a code of its own, or the words beside a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    Giver(usize),
    Token(usize),
    Words(usize),
}

impl Tells {
    /// There are fewer givers.
    pub const GIVERS: usize = 1 << 8;

    /// What the build has made the owner of a phrase.
    pub fn of(owner: u16) -> Self {
        match usize::from(owner).checked_sub(Self::GIVERS) {
            None => Self::Giver(usize::from(owner)),
            Some(entry) if entry % 2 == 0 => Self::Token(entry / 2),
            Some(entry) => Self::Words(entry / 2),
        }
    }
}
