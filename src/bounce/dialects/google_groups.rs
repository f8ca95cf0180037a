//! Google Groups, on a message to a group that does not exist or does not take it; in the language
//! of the sender, so that only header and links tell.
//!
//! ```text
//! From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
//! X-Failed-Recipients: team@googlegroups.com
//!
//! Hello alice@example.org,
//!
//! We're writing to let you know that the group you tried to contact (team) may not exist, or you
//! may not have permission to post messages to the group. A few more details on why […]:
//!
//!  * You might have spelled or formatted the group name incorrectly.
//!  […]
//! If you have questions related to this or any other Google Group, visit the Help Center at
//! https://groups.google.com/support/.
//!
//! ----- Original message -----
//! ```
//!
//! Groups of a domain link to `https://support.google.com/a/example.org/bin/topic.py?topic=25838`.

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::mail::parse_addresses;

use super::{Letter, gmail};

const LINKS: [&str; 2] = ["https://groups.google.com/", "bin/topic.py?topic=25838"];

/// What it says, in words that the rules know.
const MEANING: &str = "the group you tried to contact may not exist, \
                       or you may not have permission to post messages to the group";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.is_from("mailer-daemon@google")
        && letter.message.field("X-Failed-Recipients").is_some()
        && LINKS.iter().any(|link| letter.says(link))
        && !gmail::recognizes(letter)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &["----- Original message -----"]);
    let failed = letter.message.field("X-Failed-Recipients")?;
    let said = sentence(notes.text);
    let recipients = parse_addresses(failed).into_iter();
    let recipients = recipients.map(|address| ReportedRecipient {
        context: Some(MEANING.to_owned()),
        ..ReportedRecipient::told(&address, Action::Failed, said)
    });
    let recipients = recipients.collect();
    notes.report(None, recipients)
}

/// The paragraph behind the greeting.
fn sentence(notes: &str) -> &str {
    let mut paragraphs = notes.trim_start().split("\n\n").map(str::trim);
    let first = paragraphs.next().unwrap_or("");
    paragraphs.next().unwrap_or(first)
}
