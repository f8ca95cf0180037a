//! Joins reading, diagnosing, explaining and rewriting: envelope and message in, outcome out.

mod settings;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::bounce::{self, Report};
use crate::diagnosis::{Diagnosis, diagnose};
use crate::mail::{Envelope, Message};
use crate::notice::{self, Diagnosed, House};
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
    guarded(|| try_to_read(envelope, message)).flatten()
}

fn try_to_read(envelope: &Envelope, message: &Message<'_>) -> Option<Reading> {
    let report = bounce::read(envelope, message)?;
    let recipients = report.recipients.iter();
    let diagnoses = recipients
        .map(|recipient| diagnose(&report, recipient))
        .collect();
    Some(Reading { report, diagnoses })
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
            let reading = try_to_read(envelope, &message);
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
        let Some(reading) = try_to_read(envelope, &message) else {
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
        let settings = &self.settings;
        let style = settings.style_for(envelope, message);
        let language = style.language_for(report, &settings.languages);
        let house = House {
            name: self.name.as_ref().unwrap_or(&settings.name),
            style,
            language: &language,
            known_domains: &settings.known_domains,
        };
        let notice = notice::write(&Diagnosed { report, diagnoses }, &house);
        let order = rewrite::Order {
            forms: &settings.forms,
            house: &house,
            mark: summary.mark(message.line_end()),
        };
        rewrite::annotate(message, notice, &order)
    }
}

impl Reading {
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
