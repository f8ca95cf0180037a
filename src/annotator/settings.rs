//! What the annotator works with: languages, forms, and what notices are like, for whom.

use std::sync::Arc;

use crate::diagnosis::rules::own::OwnRules;
use crate::mail::{Envelope, Message, parse_addresses};
use crate::notice::{Forms, Languages, Style};

/// What the annotator works with, the same for every message.
#[derive(Debug)]
pub struct Settings {
    /// Who adds the explanation, as the notice signs it: our host name.
    pub name: String,
    pub languages: Languages,
    pub forms: Forms,
    /// What notices are like.
    pub style: Style,
    /// What they are like for some readers; the first that fits counts.
    pub others: Vec<(Readers, Style)>,
    /// Domains that users write to, beside those that everybody knows.
    pub known_domains: Vec<String>,
    /// The postmaster's.
    pub rules: Arc<OwnRules>,
}

impl Settings {
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            languages: Languages::default(),
            forms: Forms::built_in(),
            style: Style::default(),
            others: Vec::new(),
            known_domains: Vec::new(),
            rules: Arc::default(),
        }
    }

    /// What the notice is like for whoever gets this message.
    pub(super) fn style_for(&self, envelope: &Envelope, message: &Message<'_>) -> &Style {
        if self.others.is_empty() {
            return &self.style;
        }
        let readers = mailboxes(envelope, message);
        let fits = |(of, _): &&(Readers, Style)| readers.iter().any(|reader| of.hold(reader));
        let found = self.others.iter().find(fits);
        found.map_or(&self.style, |(_, style)| style)
    }
}

/// Mailboxes (`alice@example.org`) and domains (`example.org`, all mailboxes in it).
#[derive(Debug, Clone, Default)]
pub struct Readers(pub Vec<String>);

impl Readers {
    fn hold(&self, mailbox: &str) -> bool {
        let domain = mailbox.rsplit_once('@').map_or("", |(_, domain)| domain);
        let named = |name: &String| {
            let name = name.trim_start_matches('@');
            name.eq_ignore_ascii_case(mailbox) || name.eq_ignore_ascii_case(domain)
        };
        self.0.iter().any(named)
    }
}

/// Whom a message is for: as its envelope says; a pipe has none, and the last MTA wrote it into the
/// header section.
pub(super) fn mailboxes(envelope: &Envelope, message: &Message<'_>) -> Vec<String> {
    if !envelope.forward_paths.is_empty() {
        return envelope.forward_paths.clone();
    }
    let fields = ["Delivered-To", "X-Original-To", "Envelope-To", "To"];
    let values = fields.into_iter().filter_map(|name| message.field(name));
    values.flat_map(parse_addresses).collect()
}
