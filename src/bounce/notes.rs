//! The notes of a letter: what a mail system says in it, apart from the message that it returns.

use super::general::said;
use super::letter::{Letter, returned_in_words};
use super::report::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};
use super::text;
use crate::mail::parse_addresses;

pub struct Notes<'l> {
    pub letter: &'l Letter<'l>,
    pub text: &'l str,
    pub original: ReturnedMessage,
    /// Whether a message, or its header section, came back.
    pub returns: bool,
}

impl<'l> Notes<'l> {
    /// Cut where a returned message seems to begin.
    pub fn of(letter: &'l Letter<'l>) -> Self {
        Self::between(letter, letter.notes().len(), letter.copy())
    }

    /// Cut at the first line with one of the marks that a program puts above its copy; without one,
    /// where a returned message seems to begin.
    pub fn until(letter: &'l Letter<'l>, marks: &[&str]) -> Self {
        let mut at = 0;
        for line in letter.words().split_inclusive('\n') {
            if marks.iter().any(|mark| line.contains(mark)) {
                return Self::between(letter, at, Some(at + line.len()));
            }
            at += line.len();
        }
        Self::of(letter)
    }

    fn between(letter: &'l Letter<'l>, end: usize, copy: Option<usize>) -> Self {
        let enclosed = letter.enclosed().cloned();
        let words = letter.words();
        let inline = copy.map(|at| returned_in_words(words, at..words.len()));
        Self {
            letter,
            text: &words[..end],
            returns: enclosed.is_some() || inline.is_some(),
            original: enclosed.or(inline).unwrap_or_default(),
        }
    }

    /// The report on these recipients. Where there is only one, and nothing is said of it in its
    /// place, all the notes are about it.
    pub fn report(
        self,
        reporting_mta: Option<String>,
        mut recipients: Vec<ReportedRecipient>,
    ) -> Option<Report> {
        if let [only] = recipients.as_mut_slice()
            && only.diagnostic.is_none()
        {
            let context = || said::context(self.text, &self.letter.subject);
            only.context.get_or_insert_with(context);
        }
        shorten(&mut recipients);
        (!recipients.is_empty()).then_some(Report {
            kind: Kind::Failure,
            dialect: "",
            reporting_mta,
            arrival_date: None,
            recipients,
            original: self.original,
        })
    }

    /// What stands behind a label at the start of a line.
    pub fn labelled(&self, label: &str) -> Option<&'l str> {
        let mut lines = self.text.lines();
        lines
            .find_map(|line| line.trim_start().strip_prefix(label))
            .map(str::trim)
    }

    /// Where nothing came back, the notes may name the message all the same.
    pub fn take_named(&mut self, subjects: &[&str], dates: &[&str]) {
        let named = |labels: &[&str]| labels.iter().find_map(|label| self.labelled(label));
        if !self.original.is_known() {
            let (subject, date) = (named(subjects), named(dates));
            self.original.subject = subject.map(str::to_owned);
            self.original.date = date.map(str::to_owned);
        }
    }

    /// The word behind the first of these phrases: `at host mx.example.org.` → `mx.example.org`
    pub fn word_behind(&self, phrase: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(phrase)?;
        let word = rest.split_whitespace().next()?;
        let word = word.trim_matches(['.', ',', ':', ';', '<', '>', '(', ')', '"', '[', ']']);
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// The host part of the letter's From: programs sign with their own name.
    pub fn sender_host(&self) -> Option<String> {
        let from = self.letter.message.field("From").map(parse_addresses)?;
        let (_, host) = from.first()?.split_once('@')?;
        Some(host.to_owned())
    }
}

/// What is said once of thousands is given to the first in full, and to the rest in short.
fn shorten(recipients: &mut [ReportedRecipient]) {
    let mut total = 0;
    let said = recipients.iter_mut().filter_map(|r| r.diagnostic.as_mut());
    for diagnostic in said {
        total += diagnostic.len();
        if total > MOST_SAID {
            diagnostic.truncate(diagnostic.floor_char_boundary(SHORT));
        }
    }
}

const MOST_SAID: usize = 256 << 10;
const SHORT: usize = 100;

impl ReportedRecipient {
    /// A recipient of whom a program says this; its codes and the refusing host are looked for in it.
    pub fn told(address: &str, action: Action, said: &str) -> Self {
        let line = said::short(said);
        Self {
            final_recipient: Some(address.to_owned()),
            action: Some(action),
            status: text::first_status(&line),
            remote_mta: said::refuser(&line),
            diagnostic: (!line.is_empty()).then_some(line),
            ..Self::default()
        }
    }

    pub fn from_host(self, host: Option<&str>) -> Self {
        Self {
            remote_mta: host.map(str::to_owned).or(self.remote_mta),
            ..self
        }
    }

    pub fn sent_to(self, original: Option<&str>) -> Self {
        Self {
            original_recipient: original.map(str::to_owned),
            ..self
        }
    }
}

/// The address that a line consists of, in angle brackets, quotes or bare.
pub fn lone_address(line: &str) -> Option<&str> {
    let line = line.trim().trim_matches(['<', '>', '"', '\'', '*', ' ']);
    let (local, domain) = line.rsplit_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '\t', '<', '>', ';', ',']);
    (plain(local) && plain(domain)).then_some(line)
}
