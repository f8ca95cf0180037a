//! An edit: what to change in a message that otherwise stays, byte for byte, as it came.

use std::ops::Range;

/// Bytes of the head to be replaced; an empty range inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    pub range: Range<usize>,
    pub with: Vec<u8>,
}

/// The changes to one message. Splices lie in the head that the annotator was shown, in order and
/// apart; what comes after the head passes unseen, and `end` follows the last byte of the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    pub splices: Vec<Splice>,
    pub end: Vec<u8>,
}

impl Edit {
    /// The head with its splices carried out. `end` is not in it: it is due after the last byte.
    pub fn apply_to_head(&self, head: &[u8]) -> Vec<u8> {
        let added: usize = self.splices.iter().map(|s| s.with.len()).sum();
        let mut out = Vec::with_capacity(head.len() + added);
        let mut at = 0;
        for splice in &self.splices {
            out.extend_from_slice(&head[at..splice.range.start]);
            out.extend_from_slice(&splice.with);
            at = splice.range.end;
        }
        out.extend_from_slice(&head[at..]);
        out
    }

    /// By how many bytes the message becomes longer.
    pub fn growth(&self) -> i64 {
        let splices = self.splices.iter();
        let grown: i64 = splices
            .map(|splice| splice.with.len() as i64 - splice.range.len() as i64)
            .sum();
        grown + self.end.len() as i64
    }
}
