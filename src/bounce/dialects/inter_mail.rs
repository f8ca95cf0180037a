//! InterMail (Software.com, later Openwave): many providers, au (KDDI, `ezweb.ne.jp`) among them.
//!
//! ```text
//! From: Mail Administrator <Postmaster@example.org>
//! Subject: Mail System Error - Returned Mail
//!
//! This Message was undeliverable due to the following reason:
//!
//! Each of the following recipients was rejected by a remote mail server.
//! The reasons given by the server are included to help you determine why
//! each recipient was rejected.
//!
//!     Recipient: <bob@example.net>
//!     Reason:    <bob@example.net>... User unknown
//!
//! Please reply to <Postmaster@example.org>
//! if you feel this message to be in error.
//! ```
//!
//! au says the same after a few Japanese lines, with `>>> RCPT TO:<…>` and `<<< 550 …` instead of
//! `Reason:`; other reasons stand in front of addresses in angle brackets: `The user(s) account is
//! disabled.`, `Your message was not delivered within 0 days and 1 hours.`

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{bracketed, entries};

use super::Letter;

const REASONS: [&str; 7] = [
    "This Message was undeliverable due to the following reason",
    "Each of the following recipients was rejected by a remote",
    "The following recipients did not receive this message",
    "The following recipients did not receive your message",
    "Your message was not delivered within ",
    "The user(s) account is ",
    "The following destination addresses were unknown",
];

/// au's filter refused, and has no words for it.
const FILTERED: &str = "the recipient does not accept mail from this sender";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let au = [".ezweb.ne.jp", "@ezweb.ne.jp", "@au.com"];
    letter.is_from("postmaster@")
        && (letter.subject == "Mail System Error - Returned Mail"
            || au.iter().any(|host| letter.is_from(host)))
        && REASONS.iter().any(|reason| letter.says(reason))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(
        letter,
        &["--------------------------------------------------"],
    );
    let entries = entries(notes.text, entry);
    let start = entries.first().map_or(0, |(address, _)| {
        notes.text.find(address).unwrap_or_default()
    });
    let reason = english(&notes.text[..start]);
    let filtered = letter.field("X-SPASIGN").is_some_and(|sign| sign == "NG");
    let recipients = entries.iter().map(|(address, said)| ReportedRecipient {
        context: Some(if filtered {
            FILTERED.to_owned()
        } else {
            format!("{reason} {said}")
        }),
        ..ReportedRecipient::told(address, Action::Failed, &words(&reason, said))
    });
    let recipients = recipients.collect();
    notes.report(None, recipients)
}

/// `Recipient: <bob@example.net>`, `<bob@example.net>`, `<bob@example.net>: 550 user unknown`; the
/// Netscape Messaging Server, which grew from the same root, writes `SMTP <bob@example.net>`
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let labels = ["Recipient:", "SMTP "];
    let rest = labels.iter().find_map(|label| line.strip_prefix(label));
    bracketed(rest.unwrap_or(line))
}

/// What the server answered; where none did, the reason above the list.
fn words(reason: &str, said: &str) -> String {
    let said = said.split("\n\n").next().unwrap_or("");
    let answer = said.lines().map(str::trim).filter_map(|line| {
        let line = line.strip_prefix("Reason:").unwrap_or(line);
        let line = line.strip_prefix("<<<").unwrap_or(line);
        (!line.starts_with(">>>")).then(|| line.trim())
    });
    let answer = answer.collect::<Vec<_>>().join(" ");
    if answer.trim().is_empty() {
        reason.to_owned()
    } else if reason.contains("The user(s) account is ") {
        // the server only says `user unknown` then
        format!("{answer} ({reason})")
    } else {
        answer
    }
}

/// The lines in English: the others say the same in Japanese.
fn english(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| line.is_ascii());
    let lines: Vec<&str> = lines.filter(|line| line.len() > 12).collect();
    lines.join(" ")
}
