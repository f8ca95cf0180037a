//! Barracuda Spam Firewall, on what it took for spam; where the delivery status part was lost.
//!
//! ```text
//! Subject: **Message you sent blocked by our bulk email filter**
//!
//! Your message to: bob@example.net
//! was blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN
//! DELIVERED:
//!
//! Subject: a subject
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient, ReturnedMessage};
use crate::bounce::words::{between, is_address, line_behind};

use super::Letter;

const OPENING: &str = "Your message to: ";
const VERDICT: &str = "\nwas blocked by our Spam Firewall";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING) && letter.says(VERDICT)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let list = between(notes.text, OPENING, VERDICT)?;
    let said = notes.text.trim().split("\n\n").next().unwrap_or("");
    let addresses = list.split([',', ' ', '\n']).map(str::trim);
    let addresses = addresses.filter(|word| is_address(word));
    let recipients =
        addresses.map(|address| ReportedRecipient::told(address, Action::Failed, said));
    let recipients = recipients.collect();
    let named = line_behind(letter.words(), "\nSubject: ").map(str::to_owned);
    let subject = notes.original.subject.clone().or(named);
    let report = notes.report(None, recipients)?;
    Some(Report {
        original: ReturnedMessage {
            subject,
            ..report.original
        },
        ..report
    })
}
