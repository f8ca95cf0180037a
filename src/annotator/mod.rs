//! Joins reading, diagnosing, explaining and rewriting: envelope and message in, outcome out.

mod settings;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::bounce::{self, Report};
use crate::diagnosis::rules::own::{Outside, OwnRules};
use crate::diagnosis::{Diagnosis, diagnose_with};
use crate::mail::{Envelope, Message, decode_header_text};
use crate::notice::{self, Diagnosed, House, Language, Style};
use crate::rewrite::{self, Edit};
pub use settings::{Readers, Settings};

/// What is to be done with one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on as it came.
    Untouched(Summary),
    /// It goes on with this edit.
    Annotated(Edit, Summary),
}

/// What was seen in a message, for the log: no text of the message is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// As `kind` in `inspect --json`.
    pub kind: &'static str,
    /// As `cause`, of the gravest recipient, if there is one.
    pub cause: Option<&'static str>,
    /// As `rule`, of the same.
    pub rule: Option<String>,
    /// Why nothing was added, where something might have been.
    pub note: Option<&'static str>,
}

/// A report and what it means for each of its recipients, in the same order. Complaints, receipts
/// and automatic replies have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub report: Report,
    pub diagnoses: Vec<Diagnosis>,
}

/// Reads a message as the annotator does, without changing it; `None` is ordinary mail. Never
/// panics.
pub fn read(envelope: &Envelope, message: &Message<'_>) -> Option<Reading> {
    read_with(&OwnRules::default(), envelope, message)
}

/// The same with the postmaster's rules.
pub fn read_with(rules: &OwnRules, envelope: &Envelope, message: &Message<'_>) -> Option<Reading> {
    guarded(|| try_to_read(rules, envelope, message)).flatten()
}

fn try_to_read(rules: &OwnRules, envelope: &Envelope, message: &Message<'_>) -> Option<Reading> {
    let report = bounce::read(envelope, message)?;
    let around = Around::of(rules, envelope, message);
    let recipients = report.recipients.iter();
    let diagnoses = recipients
        .map(|recipient| diagnose_with(rules, &report, recipient, around.outside()))
        .collect();
    Some(Reading { report, diagnoses })
}

/// What the postmaster's rules may want to know beside the report.
#[derive(Debug, Default)]
pub struct Around {
    subject: Option<String>,
    readers: Vec<String>,
}

impl Around {
    pub fn of(rules: &OwnRules, envelope: &Envelope, message: &Message<'_>) -> Self {
        if !rules.look_around() {
            return Self::default();
        }
        Self {
            subject: message.field("Subject").map(decode_header_text),
            readers: settings::mailboxes(envelope, message),
        }
    }

    pub fn outside(&self) -> Outside<'_> {
        Outside {
            subject: self.subject.as_deref(),
            readers: &self.readers,
        }
    }
}

/// The only place where a panic ends: a fault of ours must cost nobody a mail.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Cheap to share between sessions, never changes.
#[derive(Debug, Clone)]
pub struct Annotator {
    settings: Arc<Settings>,
    /// Instead of the one in the settings.
    name: Option<String>,
}

impl Annotator {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            name: None,
        }
    }

    /// Never fails and never panics: whatever goes wrong inside, the answer is `Untouched`.
    ///
    /// `head` is the beginning of the message as it was sent (header section and body, without
    /// SMTP's transparency), `whole` whether it is all of it.
    pub fn annotate(&self, envelope: &Envelope, head: &[u8], whole: bool) -> Outcome {
        guarded(|| self.try_to(envelope, head, whole)).unwrap_or_else(|| {
            let note = Some("a fault inside plainbounce");
            Outcome::Untouched(Summary {
                kind: "ordinary",
                note,
                ..Summary::default()
            })
        })
    }

    /// What the header section alone says: a summary, where no body could lead to a notice; `None`
    /// where the body has to be seen. It decides as [`Self::annotate`] would.
    pub fn glance(&self, envelope: &Envelope, header: &[u8]) -> Option<Summary> {
        guarded(|| {
            let message = Message::read(header, false);
            if bounce::may_be_of_delivery(envelope, &message) {
                return None;
            }
            let reading = try_to_read(&self.settings.rules, envelope, &message);
            let ordinary = || Summary {
                kind: "ordinary",
                ..Summary::default()
            };
            Some(reading.map_or_else(ordinary, |reading| reading.summary()))
        })
        .flatten()
    }

    /// The same with another name under the notice.
    #[must_use]
    pub fn signing_as(&self, name: String) -> Self {
        let (settings, name) = (self.settings.clone(), Some(name));
        Self { settings, name }
    }

    fn try_to(&self, envelope: &Envelope, head: &[u8], whole: bool) -> Outcome {
        let message = Message::read(head, whole);
        let Some(reading) = try_to_read(&self.settings.rules, envelope, &message) else {
            return Outcome::Untouched(Summary {
                kind: "ordinary",
                ..Summary::default()
            });
        };
        let summary = reading.summary();
        if !reading.report.kind.is_of_delivery() {
            return Outcome::Untouched(summary);
        }
        let note = match rewrite::hands_off(&message) {
            Some(note) => note,
            None if reading.is_left() => "a rule of the postmaster's leaves it as it is",
            None => match self.edit(envelope, &message, &reading, &summary) {
                Ok(Some(edit)) => return Outcome::Annotated(edit, summary),
                Ok(None) => "too little of it was seen",
                Err(_) => "a template of the notice failed",
            },
        };
        Outcome::Untouched(Summary {
            note: Some(note),
            ..summary
        })
    }

    fn edit(
        &self,
        envelope: &Envelope,
        message: &Message<'_>,
        reading: &Reading,
        summary: &Summary,
    ) -> Result<Option<Edit>, notice::FormError> {
        let Reading { report, diagnoses } = reading;
        let style = self.settings.style_for(envelope, message);
        let language = style.language_for(report, &self.settings.languages);
        let house = self.house(style, &language);
        let notice = notice::write(&Diagnosed { report, diagnoses }, &house);
        let order = rewrite::Order {
            forms: &self.settings.forms,
            house: &house,
            mark: summary.mark(message.line_end()),
        };
        rewrite::annotate(message, notice, &order)
    }

    fn house<'h>(&'h self, style: &'h Style, language: &'h Language) -> House<'h> {
        House {
            name: self.name.as_ref().unwrap_or(&self.settings.name),
            style,
            language,
            known_domains: &self.settings.known_domains,
        }
    }

    /// What is read in a message, and the text of the notice that it would get.
    pub fn explain(&self, envelope: &Envelope, whole: &[u8]) -> Option<(Reading, Option<String>)> {
        guarded(|| {
            let message = Message::read(whole, true);
            let reading = try_to_read(&self.settings.rules, envelope, &message)?;
            let silent = !reading.report.kind.is_of_delivery() || reading.is_left();
            let text = (!silent).then(|| self.text(envelope, &message, &reading));
            Some((reading, text.flatten()))
        })
        .flatten()
    }

    fn text(
        &self,
        envelope: &Envelope,
        message: &Message<'_>,
        reading: &Reading,
    ) -> Option<String> {
        let Reading { report, diagnoses } = reading;
        let style = self.settings.style_for(envelope, message);
        let language = style.language_for(report, &self.settings.languages);
        let house = self.house(style, &language);
        let notice = notice::write(&Diagnosed { report, diagnoses }, &house);
        let written = self.settings.forms.write(notice, &language, None);
        written.ok().map(|written| written.text)
    }
}

impl Reading {
    /// Whether the postmaster's rules say of all its recipients that nothing is to be added.
    fn is_left(&self) -> bool {
        let leaves = |found: &Diagnosis| found.own.as_ref().is_some_and(|own| own.does.leave);
        !self.diagnoses.is_empty() && self.diagnoses.iter().all(leaves)
    }

    /// The diagnosis of the recipient who is worst off.
    fn gravest(&self) -> Option<&Diagnosis> {
        let pairs = self.report.recipients.iter().zip(&self.diagnoses);
        let action = |r: &bounce::ReportedRecipient| r.action.map(bounce::Action::kind);
        pairs
            .min_by_key(|(recipient, found)| (action(recipient), found.cause))
            .map(|(_, d)| d)
    }

    fn summary(&self) -> Summary {
        let gravest = self.gravest();
        Summary {
            kind: self.report.kind.name(),
            cause: gravest.map(|diagnosis| diagnosis.cause.name()),
            rule: gravest.and_then(|diagnosis| diagnosis.rule.as_deref().map(str::to_owned)),
            note: None,
        }
    }
}

impl Summary {
    /// The value of the field that marks what was done: version, cause, rule.
    fn mark(&self, eol: &str) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let cause = self.cause.unwrap_or("unknown");
        let rule = self.rule.as_deref().unwrap_or("none");
        format!("{version}; cause={cause};{eol} rule={rule}")
    }
}
