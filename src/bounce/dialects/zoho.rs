//! Zoho Mail. It begins like Exim.
//!
//! ```text
//! From: mailer-daemon@mail.zoho.com
//! X-ZohoMail: Si CHF_MF_NL
//!
//! This message was created automatically by mail delivery software.
//!  A message that you sent could not be delivered to one or more of its recipients. This is a
//! permanent error.
//!
//! bob@example.net Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <bob@example.net> unknown
//! ```
//!
//! Where no server answered: `[Status: Error, Address: <bob@example.net>, ResponseCode 421, , Host not
//! reachable.]`

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{entries, is_address};

use super::Letter;

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let by_zoho = letter.message.field("X-ZohoMail").is_some() || letter.is_from("zoho.com");
    by_zoho
        && letter.opens_with("This message was created automatically by mail delivery software")
        && (letter.says("ERROR_CODE :") || letter.says("\n[Status: "))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let entries = entries(notes.text, entry);
    let recipients = entries.iter().map(|(address, said)| {
        // the codes stand apart from what they belong to
        let said = said.split("\n\n").next().unwrap_or("");
        let said = said.replace("ERROR_CODE :", " ").replace(" ,", ",");
        let said = said.replace("ResponseCode", "");
        ReportedRecipient::told(address, Action::Failed, &codes_first(&said))
    });
    let recipients = recipients.collect();
    notes.report(None, recipients)
}

fn entry(line: &str) -> Option<(&str, &str)> {
    if let Some(rest) = line.trim().strip_prefix("[Status: ") {
        let (_, rest) = rest.split_once('<')?;
        let (address, said) = rest.split_once('>')?;
        return is_address(address).then(|| (address, said.trim_matches([',', ' ', ']'])));
    }
    let (address, said) = line.trim().split_once(' ')?;
    (is_address(address) && said.contains("ERROR_CODE :")).then_some((address, said))
}

/// `Invalid Address,  550,  5.1.1 <bob@example.net> unknown` →
/// `550 5.1.1 <bob@example.net> unknown (Invalid Address)`
fn codes_first(said: &str) -> String {
    let mut pieces = said
        .split(',')
        .map(str::trim)
        .filter(|piece| !piece.is_empty());
    let mut words = Vec::new();
    let code = |piece: &&str| piece.len() == 3 && piece.bytes().all(|b| b.is_ascii_digit());
    for piece in pieces.by_ref() {
        if code(&piece) {
            let rest: Vec<&str> = pieces.collect();
            let words = if words.is_empty() {
                String::new()
            } else {
                format!(" ({})", words.join(", "))
            };
            return format!("{piece} {}{words}", rest.join(", "));
        }
        words.push(piece);
    }
    words.join(", ")
}
