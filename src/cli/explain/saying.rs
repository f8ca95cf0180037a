//! What a language says of a code: in words of its own, or else in those of its cause.

use crate::diagnosis::codes::Code;
use crate::notice::{Language, fill};

/// The words on one code, for the case that nobody knows whose mail it is.
pub struct Saying<'l> {
    pub title: &'l str,
    pub why: String,
    pub you: &'l [String],
    pub postmaster: &'l [String],
}

impl<'l> Saying<'l> {
    /// Of a code of that class.
    pub fn of(code: Code, class: Option<u8>, language: &'l Language) -> Self {
        let cause = language.cause(code.cause_of(class));
        let own = language.code(code);
        let why = own.map_or(&cause.why, |own| &own.why);
        let they = &language.words().receiving_side;
        let you = own.map(|own| own.you.as_slice());
        Self {
            title: own.map_or(&cause.title, |own| &own.title),
            why: fill(&fill(why, "domain", they), "refuser", they),
            you: you.filter(|you| !you.is_empty()).unwrap_or(&cause.steps),
            postmaster: own.map_or(&cause.postmaster, |own| &own.postmaster),
        }
    }
}
