//! BIGLOBE and the providers that it serves.
//!
//! ```text
//! From: postmaster@biglobe.ne.jp
//! Subject: Returned mail: Service unavailable
//!
//!    ----- The following addresses had delivery problems -----
//! bob@example.biglobe.ne.jp
//!
//!    ----- Non-delivered information -----
//! The number of messages in recipient's mailbox exceeded the local limit.
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{addresses_alone, between};

use super::Letter;

const LIST: &str = "----- The following addresses had delivery problems -----";
const INFORMATION: &str = "----- Non-delivered information -----";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(LIST) && letter.says(INFORMATION)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let list = between(notes.text, LIST, INFORMATION)?;
    let said = between(notes.text, INFORMATION, "\n\n")?;
    let recipients =
        addresses_alone(list).map(|address| ReportedRecipient::told(address, Action::Failed, said));
    let recipients = recipients.collect();
    notes.report(None, recipients)
}
