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
        self.pieces(head)
            .for_each(|piece| out.extend_from_slice(piece));
        out
    }

    /// The same, piece by piece.
    pub fn pieces<'e>(&'e self, head: &'e [u8]) -> impl Iterator<Item = &'e [u8]> {
        let ends = self.splices.iter().map(|splice| splice.range.end);
        let starts = std::iter::once(0).chain(ends);
        let spliced = self.splices.iter().zip(starts);
        let before = spliced.flat_map(|(splice, start)| {
            let kept = &head[start..splice.range.start];
            [kept, splice.with.as_slice()]
        });
        let last = self.splices.last().map_or(0, |splice| splice.range.end);
        before.chain([&head[last..]])
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
