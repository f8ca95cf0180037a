//! Sympa, where a moderator refuses a message (`default/mail_tt2/reject.tt2`); of what Sympa refuses
//! itself, it writes a delivery status notification.
//!
//! ```text
//! From: team-request@lists.example.org
//! Subject: Your message has been rejected.
//!
//! Your message for list team@lists.example.org
//! has been rejected by the moderator (carol@example.org).
//!
//! (Subject of your mail: Minutes)
//! ```

use crate::bounce::fold;
use crate::bounce::general::addresses_in;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const OPENING: &str = "Your message for list ";
const VERDICT: &str = "has been rejected by the moderator";

/// A person who quotes it writes something above it.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    is_by_robot(letter) && letter.opens_with(OPENING) && {
        let opening = letter.words().trim_start();
        let opening = &opening[..opening.floor_char_boundary(300)];
        fold(opening).contains(VERDICT)
    }
}

fn is_by_robot(letter: &Letter<'_>) -> bool {
    let by_list = letter.from.iter().any(|from| from.contains("-request@"));
    by_list || letter.is_from("sympa@") || letter.field("Auto-Submitted").is_some()
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let mut notes = Notes::of(letter);
    let said = notes.text.trim().split("\n\n").next()?;
    let (_, list) = *addresses_in(said).first()?;
    let recipients = vec![ReportedRecipient::told(list, Action::Failed, said)];
    notes.take_named(&["(Subject of your mail:"], &[]);
    notes.report(None, recipients)
}
