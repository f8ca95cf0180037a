//! MDaemon and SecurityGateway (Alt-N): a letter that an administrator may change, with the
//! transcript of the session below.
//!
//! ```text
//! The attached message had PERMANENT fatal delivery errors!
//!
//! YOUR MESSAGE WAS NOT DELIVERED TO ONE OR MORE RECIPIENTS!
//!
//! Failed address: bob@example.net
//!
//! --- Session Transcript ---
//!  Mon 2026-10-12 11:00:00: Attempting SMTP connection to [192.0.2.1:25]
//!  Mon 2026-10-12 11:00:01: <-- 220 mx.example.net ESMTP
//!  Mon 2026-10-12 11:00:01: --> RCPT To:<bob@example.net>
//!  Mon 2026-10-12 11:00:01: <-- 550 5.1.1 User unknown
//! --- End Transcript ---
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::first_reply;

use super::Letter;

const FATAL: &str = "attached message had PERMANENT fatal delivery errors";
const START: &str = "--- Session Transcript ---";
const END: &str = "--- End Transcript ---";
const FAILED: &str = "Failed address:";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    // the transcript may hold what looks like a heading
    let words = letter.words();
    words.contains(START) && words.contains(END) || letter.notes().contains(FATAL)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &[END]);
    let session = Session::read(notes.text);
    let named = notes.text.lines().filter_map(|line| {
        let address = line.trim().strip_prefix(FAILED)?;
        lone_address(address)
    });
    let mut addresses: Vec<&str> = named.collect();
    if addresses.is_empty() {
        let asked = session.refused.iter().map(|(address, _)| *address);
        addresses = asked.collect();
    }
    if addresses.is_empty() {
        addresses.extend(session.to);
    }
    let waits = !notes.text.contains(FATAL) && notes.text.contains("TRANSIENT");
    let action = if waits {
        Action::Delayed
    } else {
        Action::Failed
    };
    let recipients = addresses.iter().map(|address| {
        let mut refused = session.refused.iter();
        let own = refused.find(|(asked, _)| asked.eq_ignore_ascii_case(address));
        let said = own.map_or(session.last, |(_, said)| said);
        ReportedRecipient::told(address, action, said).from_host(session.host)
    });
    let recipients = recipients.collect();
    let host = notes.sender_host();
    notes.report(host, recipients)
}

#[derive(Default)]
struct Session<'t> {
    host: Option<&'t str>,
    to: Option<&'t str>,
    refused: Vec<(&'t str, &'t str)>,
    /// The last refusal, or, where nobody answered, the last that happened.
    last: &'t str,
}

/// More refusals than this one session has not.
const MOST_REFUSED: usize = 100;

impl<'t> Session<'t> {
    fn read(text: &'t str) -> Self {
        let mut out = Self::default();
        let mut asked = None;
        let mut answered = false;
        let lines = text.lines().skip_while(|line| !line.contains(START));
        for line in lines.skip(1) {
            let line = without_time(line);
            if let Some(command) = line.strip_prefix("--> ") {
                let upper = command.to_ascii_uppercase();
                let address = upper.starts_with("RCPT TO:").then(|| &command[8..]);
                asked = address.and_then(lone_address);
            } else if let Some(reply) = line.strip_prefix("<-- ") {
                let greets = reply
                    .strip_prefix("220")
                    .map(|rest| &rest[rest.len().min(1)..]);
                let name = greets.and_then(|greeting| greeting.split(' ').next());
                out.host = out.host.or(name.filter(|name| name.contains('.')));
                if first_reply(reply).is_some() {
                    (answered, out.last) = (true, reply);
                    if let Some(address) = asked.filter(|_| out.refused.len() < MOST_REFUSED) {
                        out.refused.push((address, reply));
                    }
                }
            } else if let Some(to) = line.trim_start_matches(['*', ' ']).strip_prefix("To: ") {
                out.to = lone_address(to).or(out.to);
            } else if !answered && line.chars().filter(|c| c.is_alphabetic()).count() > 8 {
                out.last = line.trim_start_matches(['*', ' ']);
            }
        }
        out
    }
}

/// ` Mon 2026-10-12 11:00:01: [1234:5] <-- 550 …` → `<-- 550 …`
fn without_time(line: &str) -> &str {
    let line = line.trim();
    let stamped = line.get(..25).is_some_and(|start| {
        let digits = start.bytes().filter(u8::is_ascii_digit).count();
        digits == 14 && start.ends_with(": ")
    });
    let rest = if stamped { &line[25..] } else { line };
    match rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        Some((thread, rest)) if thread.bytes().all(|b| b.is_ascii_digit() || b == b':') => rest,
        _ => rest,
    }
}
