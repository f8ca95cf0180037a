//! MailMarshal SMTP (Marshal, later Trustwave), <https://www.levelblue.com>.
//!
//! ```text
//! Subject: Undeliverable Mail: "a subject"
//!
//! Your message:
//!    From:    alice@example.org
//!    Subject: a subject
//!
//! Could not be delivered because of
//!
//! 550 5.1.1 User unknown
//!
//! The following recipients were affected:
//!     bob@example.net
//!
//! Additional Information
//! ======================
//! Original Sender:    <alice@example.org>
//! Sender-MTA:         <192.0.2.25>
//! Remote-MTA:         <192.0.2.1>
//! Reporting-MTA:      <relay.example.org>
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{addresses_alone, between};

use super::Letter;

const REASON: &str = "\nCould not be delivered because of";
const LIST: &str = "\nThe following recipients were affected:";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with("Your message:") && letter.says(REASON) && letter.says(LIST)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let reason = between(notes.text, REASON, LIST)?;
    let list = between(notes.text, LIST, "\nAdditional Information")?;
    let name = |label| {
        let value = notes.labelled(label)?.trim_matches(['<', '>', '\t', ' ']);
        (!value.is_empty()).then(|| value.to_owned())
    };
    let recipients = addresses_alone(list).map(|address| ReportedRecipient {
        remote_mta: name("Remote-MTA:"),
        ..ReportedRecipient::told(address, Action::Failed, reason)
    });
    let recipients = recipients.collect();
    let reporter = name("Reporting-MTA:");
    notes.report(reporter, recipients)
}
