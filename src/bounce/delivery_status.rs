//! Delivery status notifications (RFC 3464, and RFC 6533 for addresses in UTF-8).

use std::cell::LazyCell;

use crate::mail::{ContentType, DateTime, EnhancedStatusCode, Message, Part, PartId};
use crate::mail::{HeaderSection, decode_header_text, parse_date, unfold};

use super::letter::Letter;
use super::report::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};
use super::{general, returned, text};

/// More recipients than this are not listed: the notice names ten.
const MOST_RECIPIENTS: usize = 100_000;

/// After so many lines that are no field, nothing sensible comes any more.
const MOST_STRAY_LINES: usize = 1_000;

/// Whether this is the part that a machine reads (RFC 3464 §2.1, RFC 6533 §6).
pub fn is_delivery_status(content_type: &ContentType) -> bool {
    content_type.main == "message"
        && matches!(
            content_type.sub.as_str(),
            "delivery-status" | "global-delivery-status"
        )
}

/// Reads the first delivery status part that names a recipient. A report that somebody forwarded
/// is a message in the message, and is not looked into.
pub fn read(message: &Message<'_>) -> Option<Report> {
    let parts = message
        .leaves()
        .filter(|&id| is_delivery_status(&message.part(id).content_type));
    parts
        .map(|id| read_part(message, id))
        .find(|report| !report.recipients.is_empty())
}

fn read_part(message: &Message<'_>, id: PartId) -> Report {
    let bytes = message.part_bytes(message.part(id));
    let mut report = from_groups(&bytes, returned::find(message, id));
    if let Some(words) = words(message, id) {
        let subject = message.field("Subject").map(decode_header_text);
        fill_in_from_words(&words, &subject.unwrap_or_default(), &mut report);
    }
    report
}

/// Reads the fields where a program wrote them into its words, or spoilt the parts around them.
pub fn read_words(letter: &Letter<'_>) -> Option<Report> {
    if !letter.from_mail_system {
        return None;
    }
    let words = letter.words();
    let begins = |name: &str| {
        words
            .find(name)
            .filter(|&at| at == 0 || words.as_bytes()[at - 1] == b'\n')
    };
    let recipient = begins("Final-Recipient:").or_else(|| begins("Original-Recipient:"))?;
    let start = ["Reporting-MTA:", "Action:"]
        .iter()
        .filter_map(|name| begins(name))
        .min();
    let start = start.unwrap_or(recipient).min(recipient);
    let mut report = from_groups(&words.as_bytes()[start..], letter.enclosed().cloned());
    fill_in_from_words(&words[..start], &letter.subject, &mut report);
    (!report.recipients.is_empty()).then_some(report)
}

fn from_groups(body: &[u8], original: Option<ReturnedMessage>) -> Report {
    let mut report = Report::without_recipients(Kind::Failure, "rfc3464");
    report.original = original.unwrap_or_default();
    for group in groups(body) {
        report.take_group(&group);
    }
    report
}

/// One group of fields: of the message first, then of each recipient (RFC 3464 §2.1).
#[derive(Default)]
struct Group<'b> {
    /// Names and values, as they lie in the body.
    fields: Vec<(&'b [u8], &'b [u8])>,
}

impl Group<'_> {
    /// The value in one line.
    fn field(&self, name: &str) -> Option<String> {
        let is_it = |(n, _): &&(&[u8], &[u8])| n.eq_ignore_ascii_case(name.as_bytes());
        self.fields
            .iter()
            .find(is_it)
            .map(|(_, value)| unfold(value))
    }

    fn has(&self, name: &str) -> bool {
        let is_it = |(n, _): &(&[u8], &[u8])| n.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().any(is_it)
    }

    fn has_recipient(&self) -> bool {
        ["final-recipient", "original-recipient", "action", "status"]
            .iter()
            .any(|name| self.has(name))
    }
}

/// Cuts the body into its groups. An empty line ends one, and so does a second recipient: some
/// programs forget the empty line.
fn groups(body: &[u8]) -> Vec<Group<'_>> {
    let mut out = Vec::new();
    let (mut at, mut stray_lines) = (0, 0);
    while at < body.len() && out.len() < MOST_RECIPIENTS && stray_lines < MOST_STRAY_LINES {
        let section = HeaderSection::read(body, at..body.len());
        let mut group = Group::default();
        for field in &section.fields {
            let (name, value) = (&body[field.name.clone()], &body[field.value.clone()]);
            let again = name.eq_ignore_ascii_case(b"final-recipient");
            if again && group.has("final-recipient") {
                out.push(std::mem::take(&mut group));
            }
            group.fields.push((name, value));
        }
        if !group.fields.is_empty() {
            out.push(group);
        }
        // a line that is no field ends a section without moving on: step over it
        at = if section.body > at {
            section.body
        } else {
            stray_lines += 1;
            next_line(body, at)
        };
    }
    out
}

fn next_line(body: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |lf| at + lf + 1)
}

impl Report {
    fn take_group(&mut self, group: &Group<'_>) {
        if self.reporting_mta.is_none() {
            self.reporting_mta = value(group, "reporting-mta", mta_name);
        }
        if self.arrival_date.is_none() {
            self.arrival_date = group.field("arrival-date");
        }
        if group.has_recipient() {
            self.recipients.push(recipient(group));
        }
    }
}

/// What a field of the group says, as far as it makes sense.
fn value<T>(group: &Group<'_>, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    group.field(name).as_deref().and_then(read)
}

fn recipient(group: &Group<'_>) -> ReportedRecipient {
    let status = value(group, "status", text::first_status);
    let actual = || value(group, "x-actual-recipient", address);
    let will_retry_until = value(group, "will-retry-until", date);
    ReportedRecipient {
        original_recipient: value(group, "original-recipient", address).or_else(actual),
        final_recipient: value(group, "final-recipient", address),
        action: value(group, "action", action).or(guess_action(status, will_retry_until)),
        status,
        remote_mta: value(group, "remote-mta", mta_name),
        diagnostic: group
            .field("diagnostic-code")
            .map(|d| without_type(&d).to_owned()),
        last_attempt: group.field("last-attempt-date"),
        will_retry_until,
        context: None,
    }
}

/// What the action must be where the report leaves it out.
fn guess_action(status: Option<EnhancedStatusCode>, until: Option<DateTime>) -> Option<Action> {
    match status.map(|s| s.class) {
        Some(2) => Some(Action::Delivered),
        Some(4) if until.is_some() => Some(Action::Delayed),
        _ => Some(Action::Failed),
    }
}

fn action(value: &str) -> Option<Action> {
    // programs write `failed (permanent)` and the like
    let word: String = value
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    Some(match word.to_ascii_lowercase().as_str() {
        "failed" | "failure" => Action::Failed,
        "delayed" => Action::Delayed,
        "delivered" => Action::Delivered,
        "relayed" => Action::Relayed,
        "expanded" => Action::Expanded,
        _ => return None,
    })
}

/// `dns; mx.example.net (192.0.2.1, the server for the domain)` → `mx.example.net`
fn mta_name(value: &str) -> Option<String> {
    let name = without_type(value)
        .split([' ', '('])
        .find(|word| !word.is_empty())?;
    let name = name.trim_matches(['[', ']', '.']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// `rfc822; bob@example.net` → `bob@example.net`
fn address(value: &str) -> Option<String> {
    let kind = value.split_once(';').map_or("", |(kind, _)| kind.trim());
    let value = without_type(value);
    let typed = text::typed_address(value);
    let address = if kind.eq_ignore_ascii_case("utf-8") {
        text::decode_utf8_address(typed)
    } else {
        text::decode_xtext(typed)
    };
    (!address.is_empty()).then_some(address)
}

/// The value behind its type, `smtp; 550 no` → `550 no` (RFC 3464 §2.1.2).
fn without_type(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if is_type(kind.trim()) => rest.trim(),
        _ => value.trim(),
    }
}

fn is_type(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn date(value: &str) -> Option<DateTime> {
    parse_date(value.as_bytes())
}

/// Where the machine's part has no diagnostic, or one that says nothing, the words for people often
/// do.
fn fill_in_from_words(words: &str, subject: &str, report: &mut Report) {
    let addresses = report.recipients.iter().filter_map(|r| r.address());
    let addresses: Vec<String> = addresses.map(str::to_owned).collect();
    let only_one = report.recipients.len() == 1;
    // mostly nothing is missing
    let about = LazyCell::new(|| general::Words::new(words, &addresses));
    for recipient in &mut report.recipients {
        if recipient.diagnostic.as_deref().is_none_or(says_nothing) {
            let address = recipient.address().unwrap_or_default().to_owned();
            let said = about.about(&address);
            recipient.diagnostic = said
                .filter(|said| has_code(said))
                .or_else(|| about.spoken(&address))
                .or(recipient.diagnostic.take());
        }
        if only_one {
            recipient.context = Some(general::context(words, subject));
        }
    }
}

/// The words for people are short, whoever writes them.
const MOST_WORDS: usize = 64 << 10;

/// `X-Unix; 71` has no words in it.
fn says_nothing(diagnostic: &str) -> bool {
    diagnostic
        .chars()
        .filter(|c| c.is_alphabetic())
        .nth(2)
        .is_none()
}

fn has_code(said: &str) -> bool {
    text::first_reply(said).is_some() || text::first_status(said).is_some()
}

/// What the part in front of the status part says.
fn words(message: &Message<'_>, status_part: PartId) -> Option<String> {
    let first = message
        .leaves()
        .take_while(|&id| id < status_part)
        .map(|id| message.part(id));
    let text = |part: &Part| part.content_type.main == "text";
    let part = first.into_iter().find(|part| text(part))?;
    let words = message.part_text_start(part, MOST_WORDS);
    let html = part.content_type.sub == "html";
    Some(if html {
        crate::mail::html_to_text(&words)
    } else {
        words
    })
}
