//! Every key that a file of rules may have: what it takes, and what it is for. Reading, "did you
//! mean" and the schema go by this list.

use super::super::cause::Cause;

pub struct Key {
    pub name: &'static str,
    pub takes: Takes,
    pub about: &'static str,
}

#[derive(Clone, Copy)]
pub enum Takes {
    Text,
    /// One text, or a list of them.
    Texts,
    OneOf(fn() -> Vec<&'static str>),
    /// One of them, or a list.
    SomeOf(fn() -> Vec<&'static str>),
    Flag,
    Number,
    Table(&'static [Key]),
    /// `[[…]]`
    Tables(&'static [Key]),
    /// A table for each language.
    Languages(&'static [Key]),
}

const fn key(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key { name, takes, about }
}

pub const FILE: &[Key] = &[
    key("format", Takes::Number, "The version of this format: 1."),
    key("author", Takes::Text, "Who wrote these rules."),
    key(
        "licence",
        Takes::Text,
        "Under which licence, as SPDX names it.",
    ),
    key("source", Takes::Text, "Where they come from: a URL."),
    key(
        "rule",
        Takes::Tables(RULE),
        "The rules, in the order in which they are tried.",
    ),
];

pub const RULE: &[Key] = &[
    key(
        "name",
        Takes::Text,
        "What the log, `inspect` and the mark in a message call it.",
    ),
    key(
        "match",
        Takes::Table(MATCH),
        "What it matches: all that is said here must hold.",
    ),
    key("cause", Takes::OneOf(causes), "The cause that it sets."),
    key("who", Takes::OneOf(actors), "Who can act."),
    key(
        "retry",
        Takes::OneOf(waiting),
        "Whether it helps to wait and send the message again.",
    ),
    key(
        "words",
        Takes::Languages(WORDS),
        "Its words, by language; what is left out is as without it.",
    ),
    key(
        "contact",
        Takes::Text,
        "Whom the reader may ask: a name, an address, a URL.",
    ),
    key(
        "link",
        Takes::Text,
        "A page on it (https); the one link in a notice that can be clicked.",
    ),
    key("leave", Takes::Flag, "Do not annotate this."),
    key(
        "example",
        Takes::Tables(EXAMPLE),
        "What `rules test` tries.",
    ),
];

pub const MATCH: &[Key] = &[
    key(
        "status",
        Takes::Texts,
        "Enhanced status codes: 5.1.1, 5.1.*, 5.7.606-649.",
    ),
    key("reply", Takes::Texts, "Reply codes: 550, 55*, 550-559."),
    key(
        "diagnostic",
        Takes::Texts,
        "Regular expressions on what was said, without case unless they say (?-i).",
    ),
    key(
        "words",
        Takes::Texts,
        "Phrases of which one was said; case and runs of spaces do not count.",
    ),
    key("unless", Takes::Texts, "Phrases of which none was said."),
    key(
        "remote_mta",
        Takes::Texts,
        "The host that refused, as a glob; a plain domain stands for the hosts below it, too.",
    ),
    key(
        "reporting_mta",
        Takes::Texts,
        "The host that wrote the report, in the same way.",
    ),
    key(
        "recipient",
        Takes::Texts,
        "The recipient that was not reached: an address or a domain, as a glob.",
    ),
    key(
        "sender",
        Takes::Texts,
        "Who sent the message, and gets the report, in the same way.",
    ),
    key(
        "subject",
        Takes::Texts,
        "The subject of the returned message or of the report, as a glob.",
    ),
    key(
        "dialect",
        Takes::Texts,
        "How the report is written: postfix, exim, rfc3464, …",
    ),
    key("kind", Takes::SomeOf(kinds), "What the report is about."),
    key(
        "cause",
        Takes::SomeOf(causes),
        "The cause that was found without the postmaster's rules.",
    ),
];

pub const WORDS: &[Key] = &[
    key("title", Takes::Text, "In the place of the heading \"Why\"."),
    key(
        "why",
        Takes::Text,
        "Why it did not arrive. {name} is what the group (?<name>…) matched.",
    ),
    key("do", Takes::Texts, "What the reader can do, a step each."),
    key(
        "postmaster",
        Takes::Texts,
        "What the sending side's administrator can do, a step each.",
    ),
];

pub const EXAMPLE: &[Key] = &[
    key("diagnostic", Takes::Text, "What the refusing side said."),
    key("status", Takes::Text, "The status that is reported."),
    key("remote_mta", Takes::Text, "The host that refused."),
    key(
        "reporting_mta",
        Takes::Text,
        "The host that wrote the report.",
    ),
    key("recipient", Takes::Text, "The recipient's address."),
    key("sender", Takes::Text, "The sender's address."),
    key(
        "subject",
        Takes::Text,
        "The subject of the returned message.",
    ),
    key("dialect", Takes::Text, "How the report is written."),
    key(
        "kind",
        Takes::OneOf(kinds),
        "What the report is about: failure, unless it is said.",
    ),
    key(
        "message",
        Takes::Text,
        "A whole message in a file, named from this file's folder, in the place of all these.",
    ),
    key(
        "cause",
        Takes::OneOf(causes),
        "The cause that must be found.",
    ),
    key(
        "says",
        Takes::Text,
        "What must be in the rule's own words, with its groups filled in.",
    ),
    key(
        "not",
        Takes::Flag,
        "The rule must not be the one that fits.",
    ),
];

pub fn names(keys: &'static [Key]) -> impl Iterator<Item = &'static str> {
    keys.iter().map(|key| key.name)
}

pub fn causes() -> Vec<&'static str> {
    Cause::ALL.iter().map(|cause| cause.name()).collect()
}

pub fn actors() -> Vec<&'static str> {
    vec!["you", "postmaster", "other-side", "nobody"]
}

pub fn waiting() -> Vec<&'static str> {
    vec!["yes", "no", "maybe"]
}

pub fn kinds() -> Vec<&'static str> {
    vec!["failure", "delay", "success"]
}
