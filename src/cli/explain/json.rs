//! `explain --json`: an entry of the catalogue a line.

use serde::Serialize;

use super::Saying;
use crate::diagnosis::codes::{Actor, Code, Waiting};
use crate::notice::Language;

#[derive(Debug, Serialize)]
struct Entry<'a> {
    code: &'a str,
    /// Under which it stands in `rule` of `inspect --json`.
    rule: &'a str,
    /// Whose it is; `null` is everybody's.
    giver: Option<&'a str>,
    /// Words of which one stands beside the code where it means this.
    says: Vec<&'a str>,
    /// How it spells the code that was asked for, if otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    spelled: Option<&'a str>,
    cause: &'a str,
    acts: &'a str,
    waiting_helps: &'a str,
    replies: Vec<&'a str>,
    reference: &'a str,
    lang: &'a str,
    title: &'a str,
    why: &'a str,
    you: &'a [String],
    postmaster: &'a [String],
}

pub fn line(code: Code, spelled: Option<&str>, language: &Language) -> String {
    let saying = Saying::of(code, None, language);
    let entry = Entry {
        code: code.code(),
        rule: code.name(),
        giver: code.giver(),
        says: code.says().collect(),
        spelled,
        cause: code.cause_of(None).name(),
        acts: actor(code.acts()),
        waiting_helps: waiting(code.waiting_helps()),
        replies: code.replies().collect(),
        reference: code.reference(),
        lang: language.tag().as_str(),
        title: saying.title,
        why: &saying.why,
        you: saying.you,
        postmaster: saying.postmaster,
    };
    let mut line = serde_json::to_string(&entry).expect("strings are JSON");
    line.push('\n');
    line
}

fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::You => "you",
        Actor::Postmaster => "postmaster",
        Actor::OtherSide => "other-side",
        Actor::Nobody => "nobody",
    }
}

fn waiting(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Yes => "yes",
        Waiting::No => "no",
        Waiting::Maybe => "maybe",
    }
}
