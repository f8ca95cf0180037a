//! The codes and what is known of each: enhanced status codes (RFC 3463 and the IANA registry) and
//! reply codes (RFC 5321 §4.2.3). The words on them are the languages' matter.

mod asked;
mod format;

use std::sync::OnceLock;

pub use asked::Asked;
pub use format::{Actor, Code, Waiting};

use super::cause;
use crate::mail::{EnhancedStatusCode, ReplyCode};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/codes.postcard"));

/// Every entry. Its packed form was written by our own build, so it can be read.
pub fn registry() -> &'static [Code] {
    static CODES: OnceLock<Vec<Code>> = OnceLock::new();
    CODES.get_or_init(|| postcard::from_bytes(PACKED).expect("packed by src/build.rs"))
}

/// The entry for an enhanced status code: its own, or that of its subject, or of its class.
pub fn of_status(status: EnhancedStatusCode) -> Option<&'static Code> {
    let EnhancedStatusCode {
        class,
        subject,
        detail,
    } = status;
    entry(&format!("X.{subject}.{detail}"))
        .or_else(|| entry(&format!("X.{subject}.X")))
        .or_else(|| entry(&format!("{class}.X.X")))
}

pub fn of_reply(reply: ReplyCode) -> Option<&'static Code> {
    entry(&reply.to_string())
}

fn entry(code: &str) -> Option<&'static Code> {
    registry().iter().find(|entry| entry.code == code)
}

impl Code {
    /// What a failure of this class means.
    pub fn cause_of(&self, class: Option<u8>) -> cause::Cause {
        self.transient_cause
            .filter(|_| class == Some(4))
            .unwrap_or(self.cause)
    }
}
