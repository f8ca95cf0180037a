//! au one net (KDDI, `dion.ne.jp`): a few Japanese lines, and below them what the server said.
//!
//! ```text
//! From: no-reply@example.dion.ne.jp
//! Subject: メールエラー通知
//! Reply-To: no-reply@app.auone-net.jp
//!
//! Your mail sent on: Mon, 12 Oct 2026 11:00:00 +0900
//!      Could not be delivered to: <bob@example.dion.ne.jp>
//!      As their mailbox is full.
//! ```
//!
//! The first line may be `Your mail attempted to be delivered on: …`.

use crate::bounce::notes::Notes;
use crate::bounce::report::Report;
use crate::bounce::words::{bracketed, entries, failed};

use super::Letter;

const OPENINGS: [&str; 2] = [
    "Your mail sent on: ",
    "Your mail attempted to be delivered on: ",
];
const ENTRY: &str = "Could not be delivered to: ";

/// It writes under the name of nobody in particular, so its addresses have to tell.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    let answers = || letter.field("Reply-To").unwrap_or_default();
    (letter.from_mail_system
        || letter.is_from("no-reply@")
            && (letter.is_from(".dion.ne.jp") || answers().contains("no-reply@app.auone-net.jp")))
        && OPENINGS.iter().any(|opening| begins_line(letter, opening))
        && letter.says(ENTRY)
}

fn begins_line(letter: &Letter<'_>, opening: &str) -> bool {
    letter.opens_with(opening) || letter.says(&format!("\n{opening}"))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let entries = entries(notes.text, |line| {
        bracketed(line.trim().strip_prefix(ENTRY)?)
    });
    notes.report(None, failed(entries))
}
