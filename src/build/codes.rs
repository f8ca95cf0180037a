//! Codes as a person writes them in TOML, one file for each who gives them, and the catalogue that
//! they become.

use std::borrow::Cow;

use serde::Deserialize;

use crate::bounce::{PhraseSet, Span};
use crate::cause::Cause;
use crate::codes::{Actor, Catalogue, Entry, Giver, Sign, Tells, Waiting};
use crate::pattern::Pattern;

/// The codes of one who gives them: the registry, or a receiver that has a way of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeFile {
    /// As people call it.
    pub name: String,
    /// Where it is written, of all codes that do not say so themselves.
    pub reference: String,
    /// The ends of the names of its hosts.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What stands in replies of its own. Upper and lower case do not count.
    #[serde(default)]
    pub says: Vec<String>,
    /// The dialects that are its own.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// Whether its own codes look like something else where nothing names it.
    #[serde(default)]
    pub only_if_named: bool,
    pub code: Vec<WrittenCode>,
}

/// The facts on a code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenCode {
    /// `X.1.1` for any class, `5.X.X` for a whole one, `5.7.606-649` for a range, `550` for a reply,
    /// `TSS04` for what is nobody else's, `any` for any code with the words.
    pub code: String,
    /// What a failure with this code means.
    pub cause: Cause,
    /// The same where the first digit is 4, if that is another thing.
    pub transient_cause: Option<Cause>,
    /// Whether the code alone says its cause; a generic one does not.
    #[serde(default = "yes")]
    pub certain: bool,
    pub acts: Actor,
    pub waiting_helps: Waiting,
    /// Words of which one has to stand beside it.
    #[serde(default)]
    pub says: Vec<String>,
    /// How a code of its own is written in a reply, if not like `code`.
    #[serde(default)]
    pub written: Vec<String>,
    /// The reply codes that the registry lists beside it.
    #[serde(default)]
    pub replies: Vec<String>,
    pub reference: Option<String>,
}

fn yes() -> bool {
    true
}

/// Of files, each with its name; `None` is the registry.
pub fn catalogue(files: Vec<(Option<&str>, CodeFile)>) -> Catalogue<'static> {
    let mut maker = Maker::default();
    for (name, file) in files {
        maker.add(name, file);
    }
    let phrases = maker.phrases.iter();
    Catalogue {
        texts: Cow::Owned(maker.texts),
        givers: Cow::Owned(maker.givers),
        hosts: Cow::Owned(maker.hosts),
        dialects: Cow::Owned(maker.dialects),
        entries: Cow::Owned(maker.entries),
        phrases: PhraseSet::new(phrases.map(|(text, tells)| (text.as_str(), owner(*tells)))),
    }
}

fn owner(tells: Tells) -> u16 {
    let number = match tells {
        Tells::Giver(giver) => giver,
        Tells::Token(entry) => Tells::GIVERS + 2 * entry,
        Tells::Words(entry) => Tells::GIVERS + 2 * entry + 1,
    };
    u16::try_from(number).expect("fewer codes than that")
}

#[derive(Default)]
struct Maker {
    texts: String,
    givers: Vec<Giver>,
    hosts: Vec<Sign>,
    dialects: Vec<Sign>,
    entries: Vec<Entry>,
    phrases: Vec<(String, Tells)>,
}

impl Maker {
    fn add(&mut self, name: Option<&str>, mut file: CodeFile) {
        if name.is_none() {
            file.code.sort_by_key(|code| pattern(&code.code));
        }
        let giver = self.givers.len();
        self.tells(&file.says, Tells::Giver(giver));
        let first = self.entries.len() as u16;
        for code in file.code {
            self.entry(name, giver, &file.reference, code);
        }
        let (hosts, dialects) = (
            self.signs(&file.hosts, giver),
            self.signs(&file.dialects, giver),
        );
        self.hosts.extend(hosts);
        self.dialects.extend(dialects);
        let name = self.text(&file.name);
        self.givers.push(Giver {
            name,
            only_if_named: file.only_if_named,
            first,
            end: self.entries.len() as u16,
        });
    }

    fn entry(&mut self, file: Option<&str>, giver: usize, reference: &str, code: WrittenCode) {
        let number = self.entries.len();
        let pattern = pattern(&code.code);
        if pattern == Pattern::Token {
            let written = match code.written.as_slice() {
                [] => std::slice::from_ref(&code.code),
                written => written,
            };
            let all: Vec<_> = written.iter().flat_map(|form| spellings(form)).collect();
            self.tells(&all, Tells::Token(number));
        }
        self.tells(&code.says, Tells::Words(number));
        let name = match file {
            Some(file) => format!("builtin:codes/{file}/{}", own_name(&code)),
            None => format!("builtin:codes/{}", code.code),
        };
        let entry = Entry {
            giver: giver as u8,
            name: self.text(&name),
            code: self.text(&code.code),
            pattern,
            cause: code.cause,
            transient_cause: code.transient_cause,
            certain: code.certain,
            acts: code.acts,
            waiting_helps: code.waiting_helps,
            says: self.list(&code.says),
            replies: self.list(&code.replies),
            reference: self.text(code.reference.as_deref().unwrap_or(reference)),
        };
        self.entries.push(entry);
    }

    fn tells(&mut self, phrases: &[String], tells: Tells) {
        let folded = phrases.iter().map(|phrase| (phrase.to_lowercase(), tells));
        self.phrases.extend(folded);
    }

    fn signs(&mut self, texts: &[String], giver: usize) -> Vec<Sign> {
        let giver = giver as u8;
        let sign = |text: &String| Sign {
            text: self.text(text),
            giver,
        };
        texts.iter().map(sign).collect()
    }

    fn list(&mut self, items: &[String]) -> Span {
        self.text(&items.join("\n"))
    }

    fn text(&mut self, text: &str) -> Span {
        // many codes have the same reference
        match self.texts.find(text) {
            Some(start) => Span {
                start: start as u32,
                length: text.len() as u16,
            },
            None => Span::append(&mut self.texts, text),
        }
    }
}

/// Of the meanings of one code, each has a name of its own: `5.2.1`, `5.2.1/quarantined`.
fn own_name(code: &WrittenCode) -> String {
    let Some(said) = code.says.first() else {
        return code.code.clone();
    };
    let letters = said.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = letters.filter(|word| !word.is_empty()).collect();
    format!("{}/{}", code.code, words.join("-").to_lowercase())
}

fn pattern(code: &str) -> Pattern {
    if code == "any" {
        return Pattern::Any;
    }
    let parts: Vec<&str> = code.split('.').collect();
    match parts.as_slice() {
        [reply] => number(reply).map_or(Pattern::Token, Pattern::Reply),
        [class, subject, detail] => status(class, subject, detail).unwrap_or(Pattern::Token),
        _ => Pattern::Token,
    }
}

fn status(class: &str, subject: &str, detail: &str) -> Option<Pattern> {
    let class = open(class)?.map(|class| class as u8);
    let (from, to) = match detail.split_once('-') {
        Some((from, to)) => (number(from)?, number(to)?),
        None => open(detail)?.map_or((0, u16::MAX), |detail| (detail, detail)),
    };
    Some(Pattern::Status {
        class,
        subject: open(subject)?,
        from,
        to,
    })
}

/// A number, or an x where it is left open.
fn open(text: &str) -> Option<Option<u16>> {
    if text.eq_ignore_ascii_case("x") {
        return Some(None);
    }
    number(text).map(Some)
}

fn number(text: &str) -> Option<u16> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// All that a range at the end of a token stands for: `127.0.0.4-7`. Where both ends are full tens,
/// so is what lies between: `AUP#1300-1340`.
fn spellings(token: &str) -> Vec<String> {
    let alone = || vec![token.to_owned()];
    let Some((start, to)) = token.rsplit_once('-') else {
        return alone();
    };
    let prefix = start.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &start[prefix.len()..];
    let (Ok(from), Ok(to)) = (digits.parse::<u32>(), to.parse::<u32>()) else {
        return alone();
    };
    let step = if from % 10 == 0 && to % 10 == 0 {
        10
    } else {
        1
    };
    let width = digits.len();
    (from..=to)
        .step_by(step)
        .map(|number| format!("{prefix}{number:0width$}"))
        .collect()
}
