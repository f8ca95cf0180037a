//! Phrases that are looked for all at once, in one pass over a text.

/// The first bytes of a phrase; no phrase is shorter.
pub type Start = [u8; 3];

/// Some phrases, in the order of their bytes.
pub struct PhraseSet {
    phrases: Vec<String>,
    starts: Starts,
}

impl PhraseSet {
    pub fn new(phrases: &[String]) -> Self {
        let mut phrases = phrases.to_vec();
        phrases.sort_unstable();
        let starts = Starts::of(phrases.iter().filter_map(|phrase| start(phrase.as_bytes())));
        Self { phrases, starts }
    }

    /// Whether one of them is in a folded text.
    pub fn is_in(&self, folded: &str) -> bool {
        let text = folded.as_bytes();
        (0..text.len()).any(|at| {
            let rest = &text[at..];
            start(rest)
                .is_some_and(|start| self.starts.may_contain(start) && self.begins(rest, start))
        })
    }

    fn begins(&self, text: &[u8], start: Start) -> bool {
        let first = self
            .phrases
            .partition_point(|phrase| phrase.as_bytes() < start.as_slice());
        self.phrases[first..]
            .iter()
            .take_while(|phrase| phrase.as_bytes().starts_with(&start))
            .any(|phrase| text.starts_with(phrase.as_bytes()))
    }
}

/// The first bytes of what stands somewhere in a text.
pub fn start(text: &[u8]) -> Option<Start> {
    text.first_chunk().copied()
}

/// A bit for the bytes that a phrase can start with: most places of a text need no more of a look.
pub struct Starts(Box<[u64; 1024]>);

impl Starts {
    pub fn of(starts: impl Iterator<Item = Start>) -> Self {
        let mut bits = Box::new([0; 1024]);
        for start in starts {
            let (word, bit) = place(start);
            bits[word] |= bit;
        }
        Self(bits)
    }

    pub fn may_contain(&self, start: Start) -> bool {
        let (word, bit) = place(start);
        self.0[word] & bit != 0
    }
}

/// The three bytes folded into sixteen bits.
fn place([first, second, third]: Start) -> (usize, u64) {
    let bits = u16::from_be_bytes([first.wrapping_mul(31) ^ third, second]);
    (usize::from(bits >> 6), 1 << (bits & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        let phrases = ["not delivered", "notice", "退信"].map(str::to_owned);
        let set = PhraseSet::new(&phrases);
        let check = |text: &str, expected| assert_eq!(set.is_in(text), expected, "{text}");
        check("it was not delivered", true);
        check("notice", true);
        check("系统退信通知", true);
        check("not deliver", false);
        check("no", false);
        check("", false);
    }
}
