//! Yandex Mail, a Postfix with words of its own in front; where the delivery status part was lost.
//!
//! ```text
//! From: mailer-daemon@yandex.ru
//!
//! Это письмо отправлено почтовым сервером yandex.ru.
//! […]
//! This is the mail system at host yandex.ru.
//!
//! I'm sorry to have to inform you that your message could not
//! be delivered to one or more recipients. It's attached below.
//!
//! Please, do not reply to this message.
//!
//! <bob@example.net>: host mx.example.net[192.0.2.1] said: 550 5.1.1 <bob@example.net>: Recipient
//!     address rejected (in reply to RCPT TO command)
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::Report;
use crate::bounce::words::{bracketed, entries, failed};

use super::Letter;

const OPENING: &str = "Это письмо отправлено почтовым сервером";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.says(OPENING)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let entries = entries(notes.text, |line| {
        bracketed(line).filter(|_| line.starts_with('<') && line.contains(">:"))
    });
    let reporter = notes.word_behind("This is the mail system at host ");
    notes.report(reporter, failed(entries))
}
