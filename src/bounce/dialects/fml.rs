//! fml, a mailing list manager, <http://www.fml.org/>. It writes from the list's own address.
//!
//! ```text
//! From: team-admin@example.org
//! Subject: Loop Alert: Duplicated Message-ID (team ML)
//! Message-Id: <202610121100.FML12345.team@example.org>
//! X-MLServer: fml [fml 4.0.3 release (20011202/4.0.3)]
//!
//! Duplicated Message-ID in <team@example.org>.
//!
//! Original mail as follows:
//!
//!    From alice@example.org  Mon Oct 12 11:00:00 2026
//! ```
//!
//! A person who may not post reads `You are not a member of this mailing list <team@example.org>.`

use crate::bounce::general::addresses_in;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::returned;
use crate::bounce::words::behind;

use super::Letter;

const WORDS: [&str; 9] = [
    "Duplicated Message-ID in <",
    "You are not a member of this mailing list",
    "NOT MEMBER article from ",
    "reject mail from ",
    "reject spammers:",
    "Loop Back Warning:",
    " header may cause mail loop",
    " has detected a loop condition so that",
    "Security alert:",
];

const HEADING: &str = "Original mail as follows:";

/// Articles that fml sends on have its `X-MLServer` too, but keep their author and Message-ID.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    let field = |name| letter.field(name).unwrap_or_default();
    field("X-MLServer").starts_with("fml")
        && field("Message-Id").contains(".FML")
        && letter.from.iter().any(|from| from.contains("-admin@"))
        && WORDS.iter().any(|words| letter.says(words))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &[HEADING]);
    let list = addresses_in(notes.text)
        .into_iter()
        .map(|(_, address)| address.to_owned())
        .find(|address| {
            !letter
                .to()
                .iter()
                .any(|to| to.eq_ignore_ascii_case(address))
        });
    let list = list.or_else(|| Some(letter.from.first()?.replacen("-admin@", "@", 1)))?;
    let recipients = vec![ReportedRecipient::told(&list, Action::Failed, notes.text)];
    let copy = behind(letter.words(), HEADING).map(outdented);
    let original = copy.map(|copy| returned::read(copy.as_bytes(), 0..copy.len()));
    Some(Report {
        original: original.unwrap_or_default(),
        ..notes.report(None, recipients)?
    })
}

/// The copy stands three spaces in, with the line in front that begins a message in a mailbox.
fn outdented(copy: &str) -> String {
    let lines = copy.lines().skip_while(|line| line.trim().is_empty());
    let lines = lines.map(|line| line.strip_prefix("   ").unwrap_or(line));
    let lines = lines.skip_while(|line| line.starts_with("From "));
    lines.collect::<Vec<_>>().join("\n")
}
