//! dma, the DragonFly Mail Agent, whose reports are words only (`dma.c`, `net.c`).
//!
//! ```text
//! This is the DragonFly Mail Agent v0.13 at host.example.org.
//!
//! There was an error delivering your mail to <bob@example.net>.
//!
//! mx.example.net [192.0.2.1] did not like our RCPT TO:
//! 550 5.1.1 User unknown
//!
//! Message headers follow.
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const ERROR: &str = "There was an error delivering your mail to <";
const COPIES: [&str; 2] = ["Message headers follow.", "Original message follows."];

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let words = letter.words().trim_start();
    words.starts_with("This is the ") && letter.notes().contains(ERROR)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &COPIES);
    let (_, rest) = notes.text.split_once(ERROR)?;
    let (address, said) = rest.split_once(">.")?;
    let (host, said) = match said.split_once(" did not like our ") {
        Some((host, said)) => (
            host.split_whitespace().next(),
            said.split_once(":\n").map_or(said, |(_, reply)| reply),
        ),
        None => (None, said),
    };
    let recipient = ReportedRecipient::told(address, Action::Failed, said).from_host(host);
    let reporter = notes.text.lines().find_map(|line| line.split_once(" at "));
    let reporter = reporter.map(|(_, host)| host.trim_end_matches('.').to_owned());
    notes.report(reporter, vec![recipient])
}
