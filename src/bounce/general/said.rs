//! What a bounce says about an address, and who says it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::super::text::{first_reply, first_status, one_line};
use super::cut::is_heading;
use super::{addresses_in, phrases};
use crate::bounce::PhraseSet;

/// Longer than this, no reply is.
const MOST: usize = 1500;
/// Of all the words, so much is looked through for a reason.
const MOST_CONTEXT: usize = 4000;

/// How many of the places where an address stands are looked at.
const MOST_PLACES: usize = 10;

/// What is said about one address, as [`Words::about`] finds it.
pub fn about(text: &str, address: &str, all: &[String]) -> Option<String> {
    Words::new(text, all).about(address)
}

/// Words, and which lines of them name which of some addresses: read once, for all of them.
pub struct Words<'t> {
    text: &'t str,
    lines: Vec<Line<'t>>,
    places: HashMap<String, Vec<usize>>,
}

struct Line<'t> {
    text: &'t str,
    /// In lower case.
    names: Vec<String>,
    has_reply: bool,
    has_code: bool,
}

/// What is looked for first: a reply; then an enhanced status code alone will do, as a link to an
/// explanation may hold one as well.
type Coded = fn(&Line<'_>) -> bool;

impl<'t> Words<'t> {
    pub fn new(text: &'t str, addresses: &[String]) -> Self {
        let mut places: HashMap<String, Vec<usize>> = addresses
            .iter()
            .map(|address| (address.to_lowercase(), Vec::new()))
            .collect();
        let mut lines = Vec::new();
        for (number, text) in text.lines().enumerate() {
            let mut names: Vec<String> = addresses_in(text)
                .iter()
                .map(|(_, address)| address.to_lowercase())
                .collect();
            names.retain(|name| places.contains_key(name));
            for name in &names {
                places.entry(name.clone()).or_default().push(number);
            }
            let has_reply = first_reply(text).is_some();
            lines.push(Line {
                text,
                names,
                has_reply,
                has_code: has_reply || first_status(text).is_some(),
            });
        }
        Self {
            text,
            lines,
            places,
        }
    }

    /// The lines about an address that hold a code; else, where it is the only one, the first lines
    /// of all that hold a code; else the lines behind it.
    pub fn about(&self, address: &str) -> Option<String> {
        let address = address.to_lowercase();
        let places = self
            .places
            .get(&address)
            .map_or(&[] as &[usize], Vec::as_slice);
        let first = &places[..places.len().min(MOST_PLACES)];
        let last = &places[places.len() - first.len()..];
        let reply = |coded: Coded| {
            let mut found = first.iter();
            found
                .find_map(|&at| self.reply_from(at, &address, coded))
                .or_else(|| self.only_reply(&address, coded))
        };
        reply(|line| line.has_reply)
            .or_else(|| reply(|line| line.has_code))
            .or_else(|| {
                last.iter()
                    .rev()
                    .find_map(|&at| self.block_from(at, &address))
            })
            .or_else(|| places.is_empty().then(|| said(self.text)).flatten())
    }

    /// What a line says that begins with an address and a mark, `<bob@example.net>: no such domain`,
    /// and the lines below it: of such a line, nobody doubts of whom it speaks.
    pub fn spoken(&self, address: &str) -> Option<String> {
        let address = address.to_lowercase();
        let mut places = self.places.get(&address)?.iter().take(MOST_PLACES);
        let at = *places.find(|&&at| is_spoken(self.lines[at].text))?;
        let end = |line: &Line<'_>| {
            line.text.trim().is_empty() || is_rule(line.text) || self.is_others(line, &address)
        };
        let mut out = vec![without_address(self.lines[at].text)];
        let below = self.lines[at + 1..].iter().take(20);
        out.extend(below.take_while(|line| !end(line)).map(|line| line.text));
        said(&server_side(&out))
    }

    fn only_reply(&self, address: &str, coded: Coded) -> Option<String> {
        let mut lines = (0..self.lines.len()).filter(|&at| coded(&self.lines[at]));
        let at = lines.next().filter(|_| self.places.len() < 2)?;
        self.reply_from(at, address, coded)
    }

    /// Whether a line is about another one.
    fn is_others(&self, line: &Line<'_>, address: &str) -> bool {
        !line.names.is_empty() && !line.names.iter().any(|name| name == address)
    }

    /// From the first code in the paragraph at a line, to the end of what is said there.
    fn reply_from(&self, at: usize, address: &str, coded: Coded) -> Option<String> {
        let mut out: Vec<&str> = Vec::new();
        let mut empty = 0;
        for (behind, line) in self.lines[at..].iter().take(40).enumerate() {
            if behind > 0 && self.is_others(line, address) {
                break;
            }
            empty = if line.text.trim().is_empty() {
                empty + 1
            } else {
                0
            };
            if out.is_empty() {
                if coded(line) {
                    out.push(without_address(line.text));
                } else if empty > 1 || behind > 8 {
                    break;
                }
            } else if empty > 0 && !self.continues(at + behind) || is_rule(line.text) {
                break;
            } else {
                out.push(line.text);
            }
        }
        said(&server_side(&out))
    }

    /// A reply of several lines may have empty ones between (`550-5.7.26 …`).
    fn continues(&self, empty: usize) -> bool {
        let begins =
            |line: Option<&Line<'_>>| line.is_some_and(|line| begins_with_reply(line.text));
        begins(self.lines.get(empty + 1)) && empty > 0 && begins(self.lines.get(empty - 1))
    }

    /// The rest of an address's line and the lines behind it, up to an empty one.
    fn block_from(&self, at: usize, address: &str) -> Option<String> {
        let mut out: Vec<&str> = rest_of_line(self.lines[at].text).into_iter().collect();
        for line in self.lines[at + 1..].iter().take(20) {
            let text = line.text;
            let over =
                !out.is_empty() && text.trim().is_empty() || is_closing(text) || is_heading(text);
            if self.is_others(line, address) || is_rule(text) || over {
                break;
            }
            if !text.trim().is_empty() {
                out.push(text);
            }
        }
        said(&out.join("\n"))
    }
}

/// What stands behind the address in its line, if these are words.
fn rest_of_line(line: &str) -> Option<&str> {
    let (start, address) = *addresses_in(line).first()?;
    let rest =
        line[start + address.len()..].trim_start_matches(['>', '"', ':', ')', ' ', '\'', ',', '.']);
    (rest.chars().filter(|c| c.is_alphabetic()).count() > 3).then_some(rest)
}

/// Whether a line begins with an address of which it speaks, in one of the ways of the programs.
fn is_spoken(line: &str) -> bool {
    without_address(line).len() < line.len()
}

/// The line behind the address that it begins with, if it speaks of it: `<bob@example.net>: …`,
/// `bob@example.net... Deferred: …`
fn without_address(line: &str) -> &str {
    let text = line.trim_start();
    let begins = text.trim_start_matches('<');
    let Some((0, address)) = addresses_in(text_of_first_word(begins)).first().copied() else {
        return line;
    };
    let rest = begins[address.len()..].trim_start_matches('>').trim_start();
    let marks = ["...", ":"];
    let said = marks.iter().find_map(|mark| rest.strip_prefix(mark));
    said.map_or(line, str::trim_start)
}

fn text_of_first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or("")
}

/// Of a dialogue, what the server said: Courier and Sendmail mark it so.
fn server_side(lines: &[&str]) -> String {
    let mut out = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        let talks = line.starts_with(">>>") || line.ends_with("]:") && !line.contains(": ");
        if !talks && !is_about_waiting(line) {
            out.push_str(line.strip_prefix("<<<").unwrap_or(line));
            out.push('\n');
        }
    }
    out
}

/// Sendmail's lines on what it will do next.
fn is_about_waiting(line: &str) -> bool {
    line.starts_with("Warning: message still undelivered") || line.starts_with("Will keep trying")
}

/// What a program says at the end, to whoever reads it.
fn is_closing(line: &str) -> bool {
    let line = line.trim_start();
    CLOSINGS.iter().any(|closing| line.starts_with(closing))
}

const CLOSINGS: [&str; 8] = [
    "Please reply to",
    "Please do not reply",
    "Please contact",
    "If you feel",
    "If you have any",
    "For further",
    "For more information",
    "For assistance",
];

fn begins_with_reply(line: &str) -> bool {
    let line = line.trim().as_bytes();
    line.len() > 3 && line[..3].iter().all(u8::is_ascii_digit) && matches!(line[3], b'-' | b' ')
}

/// Words in one line, if there are any, and not too many.
fn said(words: &str) -> Option<String> {
    let said = one_line(words);
    (!said.is_empty()).then(|| cut(&said, MOST))
}

/// A line of dashes, or of other marks.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() > 4 && line.chars().all(|c| !c.is_alphanumeric())
}

/// All that the notes and the subject say, where nothing certain was found.
pub fn context(text: &str, subject: &str) -> String {
    format!("{subject} / {}", cut(&one_line(text), MOST_CONTEXT))
}

/// A text in one line, no longer than a reply is.
pub fn short(text: &str) -> String {
    cut(&one_line(start_of(text, 4 * MOST)), MOST)
}

fn cut(text: &str, most: usize) -> String {
    start_of(text, most).to_owned()
}

/// The start of a text, cut at a character.
fn start_of(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The system that wrote the report, where it says so.
pub fn reporter(notes: &super::Notes<'_>) -> Option<String> {
    name_behind(&phrases().reporters, notes.text)
}

/// The system that refused, where the words name it.
pub fn refuser(said: &str) -> Option<String> {
    name_behind(&phrases().refusers, said)
}

/// The host name right behind the first of the phrases.
fn name_behind(phrases: &PhraseSet<'_>, text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut places = Vec::new();
    phrases.search::<()>(&lower, |at, phrase| {
        places.push((phrase.owner, at, usize::from(phrase.text.length)));
        ControlFlow::Continue(())
    });
    places.sort_unstable();
    places.dedup_by_key(|&mut (phrase, ..)| phrase);
    places.into_iter().find_map(|(_, at, length)| {
        let at = at + length;
        let name: String = text[at..]
            .chars()
            .skip_while(|c| matches!(c, '<' | '"' | '\''))
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        let name = name.trim_end_matches(['.', '-']);
        (name.contains('.') && name.len() > 3).then(|| name.to_owned())
    })
}
