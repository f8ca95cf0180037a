//! What rules are held against: one recipient of a report, and what is around it.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::super::format::fold;
use super::super::{what_was_said, without_repeated_codes};
use super::needed::folded;
use crate::bounce::{Report, ReportedRecipient};
use crate::diagnosis::Diagnosis;

/// What is known of a message beside its report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'o> {
    pub subject: Option<&'o str>,
    /// Who gets the report.
    pub readers: &'o [String],
}

/// One recipient of a report, as rules look at it.
pub struct Seen<'r> {
    pub report: &'r Report,
    pub recipient: &'r ReportedRecipient,
    pub found: &'r Diagnosis,
    pub outside: Outside<'r>,
    /// What was said, as it stands in the report.
    raw: &'r str,
    /// The same without what the reporting side put in front and codes in the middle.
    said: Cow<'r, str>,
    phrases: OnceCell<String>,
    lower: OnceCell<Lower>,
}

/// Names and addresses in lower case.
#[derive(Debug, Default)]
pub struct Lower {
    pub remote_mta: Option<String>,
    pub reporting_mta: Option<String>,
    pub recipients: Vec<String>,
    pub senders: Vec<String>,
    pub subjects: Vec<String>,
}

impl<'r> Seen<'r> {
    /// `said` is what was said of the recipient, as far as it is read.
    pub fn new(
        report: &'r Report,
        recipient: &'r ReportedRecipient,
        found: &'r Diagnosis,
        said: &'r str,
        outside: Outside<'r>,
    ) -> Self {
        Self {
            report,
            recipient,
            found,
            outside,
            raw: said,
            said: without_repeated_codes(what_was_said(said)),
            phrases: OnceCell::new(),
            lower: OnceCell::new(),
        }
    }

    /// What was said, as expressions see it: at first as the refusing side said it.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        let raw = (self.raw != self.said).then_some(self.raw);
        std::iter::once(&*self.said).chain(raw)
    }

    pub fn phrases(&self) -> &str {
        self.phrases.get_or_init(|| fold(&self.said))
    }

    pub fn lower(&self) -> &Lower {
        self.lower.get_or_init(|| {
            let lower = |text: &String| text.to_lowercase();
            let (report, recipient) = (self.report, self.recipient);
            let of = |texts: &[Option<&String>]| texts.iter().flatten().map(|t| lower(t)).collect();
            let mut senders: Vec<String> = of(&[report.original.from.as_ref()]);
            senders.extend(self.outside.readers.iter().map(lower));
            let subject = self.outside.subject.map(str::to_lowercase);
            let mut subjects: Vec<String> = of(&[report.original.subject.as_ref()]);
            subjects.extend(subject);
            Lower {
                remote_mta: recipient.remote_mta.as_ref().map(lower),
                reporting_mta: report.reporting_mta.as_ref().map(lower),
                recipients: of(&[
                    recipient.final_recipient.as_ref(),
                    recipient.original_recipient.as_ref(),
                ]),
                senders,
                subjects,
            }
        })
    }

    /// All text that words of rules may be in, in the form in which they are looked for.
    pub fn everything(&self) -> String {
        let mut out = folded(&self.said);
        let phrases = self.phrases();
        if phrases != out {
            out.push('\n');
            out.push_str(phrases);
        }
        if self.raw != self.said {
            out.push('\n');
            out.push_str(&folded(self.raw));
        }
        let lower = self.lower();
        let names = lower.remote_mta.iter().chain(&lower.reporting_mta);
        let addresses = lower.recipients.iter().chain(&lower.senders);
        for text in names.chain(addresses).chain(&lower.subjects) {
            out.push('\n');
            out.push_str(text);
        }
        out
    }
}
