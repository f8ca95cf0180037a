//! Phrases that are looked for all at once, in one pass over a text.
//!
//! A set is numbers and one text: those that are built in are computed by `src/build.rs` and lie
//! ready in the program, so that a start does nothing for them; others are made at run time.

use std::borrow::Cow;
use std::ops::ControlFlow;

/// A piece of a longer text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub length: u16,
}

impl Span {
    pub fn of(self, text: &str) -> &str {
        let start = self.start as usize;
        &text[start..start + usize::from(self.length)]
    }

    /// Puts a piece behind a text, and says where it lies.
    pub fn append(texts: &mut String, piece: &str) -> Self {
        let start = u32::try_from(texts.len()).expect("texts are shorter than 4 GB");
        let length = u16::try_from(piece.len()).expect("a piece is shorter than 64 KB");
        texts.push_str(piece);
        Self { start, length }
    }
}

/// Some phrases, each with a number that says whose it is.
#[derive(Debug, Clone)]
pub struct PhraseSet<'t> {
    /// All phrases, one behind the other.
    pub texts: Cow<'t, str>,
    /// First those that are shorter than [`LONG`], then the others, each in the order of their
    /// bucket and their bytes.
    pub phrases: Cow<'t, [Phrase]>,
    pub short: Starts<'t>,
    pub long: Starts<'t>,
}

#[derive(Debug, Clone, Copy)]
pub struct Phrase {
    pub text: Span,
    pub owner: u16,
    /// The longest of the other phrases that this one begins with, or [`NONE`].
    pub shorter: u16,
}

/// No phrase has this place.
pub const NONE: u16 = u16::MAX;
/// No phrase is shorter.
pub const SHORT: usize = 3;
/// So many bytes tell most phrases apart.
pub const LONG: usize = 8;

/// Where the phrases are that start with some bytes.
#[derive(Debug, Clone)]
pub struct Starts<'t> {
    /// A bit for each hash of such a start: most places of a text need no more of a look.
    pub bits: Cow<'t, [u64]>,
    /// Where the phrases of each bucket begin, and where those of the last end.
    pub buckets: Cow<'t, [u16]>,
}

impl PhraseSet<'_> {
    /// Whether one of them is in a folded text.
    pub fn is_in(&self, folded: &str) -> bool {
        self.search(folded, |_, _| ControlFlow::Break(())).is_some()
    }

    /// Calls `found` with each phrase in a folded text and the place where it begins, until it has
    /// seen enough.
    pub fn search<B>(
        &self,
        folded: &str,
        mut found: impl FnMut(usize, &Phrase) -> ControlFlow<B>,
    ) -> Option<B> {
        let text = folded.as_bytes();
        // the last eight bytes, the latest of them highest
        let mut window = 0;
        for (at, &byte) in text.iter().enumerate() {
            window = window >> 8 | u64::from(byte) << 56;
            let starts = [
                (&self.short, window >> (64 - 8 * SHORT), SHORT),
                (&self.long, window, LONG),
            ];
            for (starts, start, width) in starts {
                if !starts.may_begin(start) {
                    continue;
                }
                let Some(from) = (at + 1).checked_sub(width) else {
                    continue;
                };
                if let Some(broken) = self.all_at(&text[from..], starts.bucket(start), |phrase| {
                    found(from, phrase)
                }) {
                    return Some(broken);
                }
            }
        }
        None
    }

    /// The phrases of a bucket that a text begins with. What a text begins with is the last that
    /// sorts before it, or a start of that one: so many phrases that are nearly there cost little.
    fn all_at<B>(
        &self,
        text: &[u8],
        bucket: std::ops::Range<usize>,
        mut found: impl FnMut(&Phrase) -> ControlFlow<B>,
    ) -> Option<B> {
        let first = bucket.start;
        let before = self.phrases[bucket].partition_point(|phrase| self.bytes(phrase) <= text);
        let mut next = (first + before).checked_sub(1).filter(|&at| at >= first);
        while let Some(phrase) = next.and_then(|at| self.phrases.get(at)) {
            if text.starts_with(self.bytes(phrase))
                && let ControlFlow::Break(broken) = found(phrase)
            {
                return Some(broken);
            }
            next = (phrase.shorter != NONE).then_some(usize::from(phrase.shorter));
        }
        None
    }

    fn bytes(&self, phrase: &Phrase) -> &[u8] {
        phrase.text.of(&self.texts).as_bytes()
    }
}

impl PhraseSet<'static> {
    /// Of folded phrases, each with the number of its owner. None may be shorter than [`SHORT`].
    pub fn new<'p>(phrases: impl IntoIterator<Item = (&'p str, u16)>) -> Self {
        let (short, long): (Vec<_>, Vec<_>) = phrases
            .into_iter()
            .partition(|(phrase, _)| phrase.len() < LONG);
        let mut set = Self {
            texts: Cow::Owned(String::new()),
            phrases: Cow::Owned(Vec::new()),
            short: Starts::empty(short.len()),
            long: Starts::empty(long.len()),
        };
        set.short = set.add(short, SHORT);
        set.long = set.add(long, LONG);
        set
    }

    /// Adds phrases that are found by their first `width` bytes.
    fn add(&mut self, mut phrases: Vec<(&str, u16)>, width: usize) -> Starts<'static> {
        let mut starts = Starts::empty(phrases.len());
        let start = |phrase: &str| start(&phrase.as_bytes()[..width]);
        phrases.sort_by_key(|&(phrase, _)| (starts.bucket_of(start(phrase)), phrase));
        let first = self.phrases.len();
        let mut counts = vec![0u16; starts.buckets.len()];
        for (text, owner) in phrases {
            starts.add(start(text));
            counts[starts.bucket_of(start(text)) + 1] += 1;
            let shorter = self.longest_start_of(text, first);
            let text = Span::append(self.texts.to_mut(), text);
            self.phrases.to_mut().push(Phrase {
                text,
                owner,
                shorter,
            });
        }
        let mut end = u16::try_from(first).expect("fewer phrases than that");
        for count in &mut counts {
            end += *count;
            *count = end;
        }
        assert!(end < NONE, "fewer phrases than that");
        starts.buckets = Cow::Owned(counts);
        starts
    }

    /// Of the phrases from `first` on that are there already.
    fn longest_start_of(&self, text: &str, first: usize) -> u16 {
        let starts_it = |phrase: &Phrase| text.as_bytes().starts_with(self.bytes(phrase));
        let place = self.phrases[first..].iter().rposition(starts_it);
        place.map_or(NONE, |at| u16::try_from(first + at).unwrap_or(NONE))
    }
}

impl<'t> Starts<'t> {
    /// Room for so many phrases: few bits that are set by chance, few phrases in a bucket.
    fn empty(phrases: usize) -> Self {
        let buckets = phrases.next_power_of_two().max(2);
        Self {
            bits: Cow::Owned(vec![0; (buckets / 4).max(2)]),
            buckets: Cow::Owned(vec![0; buckets + 1]),
        }
    }

    fn add(&mut self, start: u64) {
        let bit = self.bit_of(start);
        self.bits.to_mut()[bit / 64] |= 1 << (bit % 64);
    }

    fn may_begin(&self, start: u64) -> bool {
        let bit = self.bit_of(start);
        self.bits[bit / 64] & 1 << (bit % 64) != 0
    }

    fn bucket(&self, start: u64) -> std::ops::Range<usize> {
        let bucket = self.bucket_of(start);
        usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1])
    }

    fn bit_of(&self, start: u64) -> usize {
        highest(start, self.bits.len().trailing_zeros() + 6)
    }

    fn bucket_of(&self, start: u64) -> usize {
        highest(start, (self.buckets.len() - 1).trailing_zeros())
    }
}

/// So many of the bits of a hash (Knuth's multiplicative one).
fn highest(start: u64, bits: u32) -> usize {
    (start.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize
}

/// The bytes as a number, the last of them highest.
fn start(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<(usize, u16)> {
        let set = PhraseSet::new((0..).zip(phrases).map(|(number, phrase)| (*phrase, number)));
        let mut found = Vec::new();
        set.search::<()>(text, |at, phrase| {
            found.push((at, phrase.owner));
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        found
    }

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let phrases = ["not delivered", "notice", "退信", "not"];
        let check = |text: &str, expected: &[(usize, u16)]| {
            assert_eq!(found(&phrases, text), expected, "{text}");
        };
        check("it was not delivered", &[(7, 0), (7, 3)]);
        check("notice", &[(0, 1), (0, 3)]);
        check("系统退信通知", &[(6, 2)]);
        check("not deliver", &[(0, 3)]);
        check("no", &[]);
        check("", &[]);
    }

    #[test]
    fn finds_every_phrase_that_begins_at_a_place() {
        let phrases = [
            "mailbox is full",
            "mailbox is",
            "mailbox i",
            "mailbox is full",
            "mailbox is not full",
            "mail",
        ];
        let all = [(0, 0), (0, 1), (0, 2), (0, 3), (0, 5)];
        assert_eq!(found(&phrases, "mailbox is full"), all);
        assert_eq!(
            found(&phrases, "a mailbox is new"),
            [(2, 1), (2, 2), (2, 5)]
        );
    }
}
