//! Mail.ru, an Exim that says in Russian first what Exim says in English below.
//!
//! ```text
//! From: mailer-daemon@corp.mail.ru
//! X-Failed-Recipients: bob@example.net
//!
//! Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.
//!
//! К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:
//!
//!   bob@example.net
//!     SMTP error from remote mail server after RCPT TO:<bob@example.net>:
//!     host mx.example.net [192.0.2.1]: 550 5.1.1 User unknown
//!
//! **********************
//!
//! This message was created automatically by mail delivery software.
//! ```

use crate::bounce::report::Report;

use super::{Letter, exim};

const OPENING: &str = "Это письмо создано автоматически сервером Mail.Ru";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING)
}

/// Its English half is the whole of an Exim bounce; where that is missing, the other half has the
/// same lists.
pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let words = letter.words();
    let english = words.find("\nThis message was created automatically by");
    exim::read_words(letter, &words[english.map_or(0, |at| at + 1)..])
}
