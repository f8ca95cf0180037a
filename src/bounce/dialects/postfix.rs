//! Postfix before 2.3, and later where a content filter or a gateway kept only the words
//! (`bounce_notify_util.c`). Zimbra's mail goes through Postfix and comes back so, too.
//!
//! ```text
//! This is the mail system at host mail.example.org.
//!
//! I'm sorry to have to inform you that your message could not
//! be delivered to one or more recipients. It's attached below.
//!
//!                    The mail system
//!
//! <bob@example.net> (expanded from <team@example.org>): host
//!     mx.example.net[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO
//!     command)
//! ```
//!
//! A postmaster may put the introduction into words of his own (`bounce(5)`), but not the rest.

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::one_line;

use super::{Letter, yandex};

const PROGRAMS: [&str; 2] = [
    "This is the Postfix program at host ",
    "This is the mail system at host ",
];

/// Yandex puts its own words in front of Postfix's.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    let notes = letter.notes();
    let named = PROGRAMS.iter().any(|program| notes.contains(program));
    (named || paragraphs(notes).any(is_own)) && !yandex::recognizes(letter)
}

/// What only Postfix puts so, behind an address in angle brackets and a colon.
fn is_own(paragraph: &str) -> bool {
    let line = one_line(paragraph);
    recipient(paragraph).is_some() && line.contains(">: host ") && line.contains("] said: ")
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let waits = notes.text.contains("THIS IS A WARNING ONLY")
        || letter
            .subject
            .contains("Delayed Mail (still being retried)");
    let recipients = paragraphs(notes.text).filter_map(recipient);
    let recipients = recipients.map(|(address, alias, said)| {
        // what is waiting says so with a code of class 4; what was done, in a report on request
        let action = if waits {
            Action::Delayed
        } else if said.starts_with("delivered to ") || said.starts_with("delivery via ") {
            Action::Delivered
        } else {
            Action::Failed
        };
        let line = one_line(said);
        let (host, reply) = reply(&line).unzip();
        ReportedRecipient::told(address, action, reply.unwrap_or(&line))
            .from_host(host)
            .sent_to(alias)
    });
    let recipients = recipients.collect();
    let host = PROGRAMS
        .iter()
        .find_map(|program| notes.word_behind(program))
        .or_else(|| notes.sender_host());
    notes.report(host, recipients)
}

/// Who said what, as a status part would have it: `host mx.example.net[192.0.2.1] said: 550 …
/// (in reply to RCPT TO command)`
fn reply(said: &str) -> Option<(&str, &str)> {
    let (host, reply) = said.strip_prefix("host ")?.split_once("] said: ")?;
    let (host, _) = host.split_once('[')?;
    let end = reply.rfind(" (in reply to ").unwrap_or(reply.len());
    Some((host, &reply[..end]))
}

fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n")
        .map(|paragraph| paragraph.trim_start_matches('\n'))
        .filter(|paragraph| paragraph.starts_with('<'))
}

/// Address, alias and what was said: `<bob@example.net> (expanded from <team@…>): host …`
fn recipient(paragraph: &str) -> Option<(&str, Option<&str>, &str)> {
    let (address, rest) = paragraph.strip_prefix('<')?.split_once('>')?;
    let (alias, said) = match rest.strip_prefix(" (expanded from") {
        Some(rest) => {
            let (alias, said) = rest.split_once("):")?;
            (lone_address(alias), said)
        }
        None => (None, rest.strip_prefix(':')?),
    };
    let beside = said.starts_with(' ') && !said.trim().is_empty();
    (beside && !address.contains(['\n', '<'])).then_some((address, alias, said.trim()))
}
