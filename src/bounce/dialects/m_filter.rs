//! m-FILTER, by Digital Arts, <https://www.daj.jp/bs/mf/>.
//!
//! ```text
//! X-Mailer: m-FILTER
//! Subject: failure notice
//!
//! このメールは「m-FILTER」が自動的に生成して送信しています。
//! […]
//! 以下のメールアドレスへの送信に失敗しました。
//! bob@example.net
//!
//! -------server message
//! 550 5.1.1 <bob@example.net>: User unknown
//!
//! -------SMTP command
//! DATA
//!
//! -------original message
//! ```
//!
//! Or `-------original mail info`, with a few fields only.

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{addresses_alone, between};

use super::Letter;

const SERVER: &str = "-------server message";
const COMMAND: &str = "-------SMTP command";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter
        .field("X-Mailer")
        .is_some_and(|mailer| mailer == "m-FILTER")
        && letter.says(SERVER)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &["-------original m"]);
    let (list, _) = notes.text.split_once(SERVER)?;
    let said = between(notes.text, SERVER, COMMAND)?;
    let recipients =
        addresses_alone(list).map(|address| ReportedRecipient::told(address, Action::Failed, said));
    let recipients = recipients.collect();
    notes.report(None, recipients)
}
