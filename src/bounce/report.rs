//! A report: what a message tells about the delivery of another, in the words of RFC 3464.
//! What it does not say is `None`.

use crate::mail::{DateTime, EnhancedStatusCode};

/// What sort of mail a message is. The names are those of the interface page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Failure,
    Delay,
    /// Delivered, relayed or expanded, and somebody wanted to know.
    Success,
    /// A complaint about a message (RFC 5965).
    Feedback,
    /// What somebody did with a message (RFC 8098).
    Receipt,
    /// The answer of a program (RFC 3834).
    AutoReply,
    /// Everything else.
    Ordinary,
}

impl Kind {
    /// Whether it tells of a delivery: only such a report has recipients, and gets a notice.
    pub fn is_of_delivery(self) -> bool {
        matches!(self, Self::Failure | Self::Delay | Self::Success)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Delay => "delay",
            Self::Success => "success",
            Self::Feedback => "feedback",
            Self::Receipt => "receipt",
            Self::AutoReply => "auto-reply",
            Self::Ordinary => "ordinary",
        }
    }
}

/// What was done for a recipient (RFC 3464 §2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Failed,
    Delayed,
    Delivered,
    Relayed,
    Expanded,
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }

    pub fn kind(self) -> Kind {
        match self {
            Self::Failed => Kind::Failure,
            Self::Delayed => Kind::Delay,
            Self::Delivered | Self::Relayed | Self::Expanded => Kind::Success,
        }
    }
}

/// What is reported about one recipient (RFC 3464 §2.3). Addresses have no type, encodings undone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedRecipient {
    pub original_recipient: Option<String>,
    pub final_recipient: Option<String>,
    pub action: Option<Action>,
    pub status: Option<EnhancedStatusCode>,
    pub remote_mta: Option<String>,
    /// What was said about it, without its type, in one line.
    pub diagnostic: Option<String>,
    /// As the report writes it.
    pub last_attempt: Option<String>,
    pub will_retry_until: Option<DateTime>,
    /// All the words around it, for a reader who found nothing in the diagnostic.
    pub context: Option<String>,
}

impl ReportedRecipient {
    /// The address that a person would recognise: where the final one is a local name, a file or a
    /// pipe, the one that the message was sent to.
    pub fn address(&self) -> Option<&str> {
        let is_mail = |address: &&String| {
            let local = address.trim_start_matches(['"', ' ']);
            address.contains('@') && !local.starts_with(['|', '/'])
        };
        let both = [&self.final_recipient, &self.original_recipient];
        let known = both.into_iter().flatten();
        known
            .clone()
            .find(is_mail)
            .or(known.into_iter().next())
            .map(String::as_str)
    }
}

impl ReportedRecipient {
    /// Sendmail and dma name the recipient's own domain where they found no server for it: what does
    /// not exist is no MTA.
    pub fn forget_missing_server(&mut self) {
        let domain = self.address().and_then(|address| address.rsplit_once('@'));
        let own = domain.is_some_and(|(_, domain)| {
            let named = self.remote_mta.as_deref().unwrap_or_default();
            named.eq_ignore_ascii_case(domain)
        });
        if own && self.has_no_server() {
            self.remote_mta = None;
        }
    }

    fn has_no_server(&self) -> bool {
        let said = self.diagnostic.as_deref().unwrap_or_default();
        let said = said.to_ascii_lowercase();
        let by_status = self.status.is_some_and(|s| (s.subject, s.detail) == (1, 2));
        by_status || MISSING.iter().any(|words| said.contains(words))
    }
}

const MISSING: [&str; 7] = [
    "host unknown",
    "unknown host",
    "host not found",
    "no such domain",
    "domain does not exist",
    "domain not found",
    "dns lookup failure: host",
];

/// The message that the report is about, as far as it came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnedMessage {
    pub message_id: Option<String>,
    pub subject: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub date: Option<String>,
    /// Where its trace says that it went: `for <bob@example.net>` in Received, and the fields of
    /// final delivery.
    pub sent_for: Vec<String>,
    /// From Content-Language and Accept-Language, the first to be preferred (RFC 3282).
    pub languages: Vec<String>,
}

impl ReturnedMessage {
    /// Whether anything came back that its sender would know again.
    pub fn is_known(&self) -> bool {
        self.message_id.is_some() || self.subject.is_some()
    }
}

/// A report: on a delivery, or of one of the kinds that have no recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: Kind,
    /// Who wrote it, if its shape tells: a dialect's name, or `rfc3464` and the like.
    pub dialect: &'static str,
    pub reporting_mta: Option<String>,
    /// When the message arrived there, as the report writes it.
    pub arrival_date: Option<String>,
    pub recipients: Vec<ReportedRecipient>,
    pub original: ReturnedMessage,
}

impl Report {
    /// A report of which no more is known than its kind.
    pub fn without_recipients(kind: Kind, dialect: &'static str) -> Self {
        Self {
            kind,
            dialect,
            reporting_mta: None,
            arrival_date: None,
            recipients: Vec::new(),
            original: ReturnedMessage::default(),
        }
    }
}
