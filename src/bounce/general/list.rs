//! A list of recipients, and where it ends.

use super::signs::speaks_of_delivery_in_text;
use crate::bounce::fold;

/// A list of recipients that a sentence announces: `did not reach the following recipient(s):`
#[derive(Default)]
pub struct List {
    /// The sentence so far, folded.
    sentence: String,
    is_open: bool,
    /// Whether the next line begins a paragraph.
    begins: bool,
    /// How far in its first address stands.
    indent: Option<usize>,
}

impl List {
    pub fn read(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            self.sentence.clear();
            self.begins = true;
            return;
        }
        // a paragraph that begins with no address is behind the list
        let ends = self.begins && self.indent.is_some() && !text.contains('@');
        self.is_open &= !ends;
        self.begins = false;
        if text.contains('@') {
            self.sentence.clear();
        } else if self.sentence.len() < LONGEST_SENTENCE {
            self.sentence.push_str(&fold(text));
            self.sentence.push(' ');
            if text.ends_with([':', '：']) && speaks_of_delivery_in_text(&self.sentence) {
                (self.is_open, self.indent) = (true, None);
                self.sentence.clear();
            }
        }
    }

    /// Whether an address this far in is one of the list, and not in what is said of one.
    pub fn takes(&mut self, indent: usize) -> bool {
        self.is_open && indent <= *self.indent.get_or_insert(indent)
    }
}

const LONGEST_SENTENCE: usize = 500;
