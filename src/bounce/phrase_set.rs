//! Phrases that are looked for all at once, in one pass over a text.
//!
//! A set is numbers and one text: those that are built in are computed by `src/build.rs` and lie
//! ready in the program, so that a start does nothing for them; others are made at run time.

use std::borrow::Cow;
use std::cmp::Ordering;
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
    /// The bits are those of all phrases.
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
/// The first bytes of a window.
const FIRST: u64 = (1 << (8 * SHORT)) - 1;

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
        // the next eight bytes, the last of them highest; no phrase has a zero in it
        let mut window = start(&text[..text.len().min(LONG - 1)]) << 8;
        for at in 0..text.len() {
            let byte = text.get(at + LONG - 1).copied().unwrap_or(0);
            window = window >> 8 | u64::from(byte) << 56;
            let first = window & FIRST;
            if !self.short.may_begin(first) {
                continue;
            }
            let mut found = |phrase: &Phrase| found(at, phrase);
            let mut all_in = |bucket| self.all_at(&text[at..], bucket, &mut found);
            if let Some(broken) = all_in(self.short.bucket(first)) {
                return Some(broken);
            }
            if self.long.may_begin(window)
                && let Some(broken) = all_in(self.long.bucket(window))
            {
                return Some(broken);
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
        if bucket.is_empty() {
            return None;
        }
        let first = bucket.start;
        let wanted = key(text);
        let sorts_before = |phrase: &Phrase| match self.key(phrase).cmp(&wanted) {
            Ordering::Equal => self.bytes(phrase) <= text,
            order => order.is_lt(),
        };
        let before = self.phrases[bucket].partition_point(sorts_before);
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

    fn key(&self, phrase: &Phrase) -> u128 {
        let length = usize::from(phrase.text.length);
        let from = &self.texts.as_bytes()[phrase.text.start as usize..];
        if length >= KEY {
            key(from)
        } else {
            // what is behind it is another phrase
            key(from) & !(u128::MAX >> (8 * length))
        }
    }

    fn bytes(&self, phrase: &Phrase) -> &[u8] {
        let start = phrase.text.start as usize;
        &self.texts.as_bytes()[start..start + usize::from(phrase.text.length)]
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
        let mut firsts = Starts::empty(short.len() + long.len());
        for (phrase, _) in short.iter().chain(&long) {
            firsts.add(start(&phrase.as_bytes()[..SHORT]));
        }
        set.short = set.add(short, SHORT);
        set.short.bits = firsts.bits;
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

/// So many bytes put most phrases in order.
const KEY: usize = 16;

/// The first bytes as a number that sorts like them; no phrase has a zero in it.
fn key(bytes: &[u8]) -> u128 {
    let first = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut few = [0; KEY];
        few[..bytes.len()].copy_from_slice(bytes);
        few
    });
    u128::from_be_bytes(first)
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
