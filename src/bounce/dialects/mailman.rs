//! Mailman, where a list refuses a message: `Bouncer.py` and `ListAdmin.py` of Mailman 2,
//! `bounces.py`, `moderator.py` and `reject.py` of Mailman 3. It writes from the list's own addresses,
//! and Mailman 2 marks what it writes itself.
//!
//! ```text
//! From: team-bounces@lists.example.org
//! Subject: a subject
//! X-Mailman-Version: 2.1.39
//! X-List-Administrivia: yes
//! List-Id: <team.lists.example.org>
//!
//! You are not allowed to post to this mailing list, and your message has
//! been automatically rejected.  If you think that your messages are
//! being rejected in error, contact the mailing list owner at
//! team-owner@lists.example.org.
//! ```
//!
//! A moderator's refusal has the subject `Request to mailing list Team rejected`, and says `Your
//! request to the Team mailing list […] has been rejected by the list moderator.` Mailman 3 begins
//! `Your message to the Team mailing-list was rejected for the following reasons:`

use crate::bounce::fold;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const WORDS: [&str; 6] = [
    "mailing-list was rejected for the following reasons",
    "has been automatically rejected",
    "has been rejected by the list moderator",
    "you are not allowed to post to this mailing list",
    "message has been rejected",
    "your message was rejected",
];

const ENDS: [&str; 3] = ["-bounces@", "-owner@", "-admin@"];

/// Held messages and subscriptions are marked so, too: the words have to tell.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    let marked = letter
        .field("X-List-Administrivia")
        .is_some_and(|mark| mark == "yes");
    let version = letter.field("X-Mailman-Version");
    let by_list = || {
        ENDS.iter()
            .any(|end| letter.from.iter().any(|f| f.contains(end)))
    };
    // Mailman 3 has no mark; articles of the list come from people
    let marked = marked || version.as_deref().is_some_and(|v| v.starts_with('3')) && by_list();
    let known = version.is_some();
    let opening = || fold(&letter.words()[..letter.words().floor_char_boundary(1000)]);
    marked && known && {
        let opening = opening();
        let post =
            !opening.contains("your request to the") || opening.contains("posting of your message");
        post && WORDS.iter().any(|words| opening.contains(words))
    }
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let recipients = vec![ReportedRecipient::told(
        &list(letter)?,
        Action::Failed,
        notes.text,
    )];
    notes.report(None, recipients)
}

/// `team-bounces@lists.example.org` → `team@lists.example.org`
fn list(letter: &Letter<'_>) -> Option<String> {
    if let Some(list) = letter.field("X-BeenThere") {
        return Some(list);
    }
    let from = letter.from.first()?;
    let end = ENDS.iter().find(|end| from.contains(**end))?;
    Some(from.replacen(end, "@", 1))
}
