//! The postmaster's rules: files of TOML in, the first rule that fits out. Files are read elsewhere;
//! here is their text.

mod checks;
mod conditions;
mod effects;
mod examples;
mod expression;
mod fault;
mod glob;
mod index;
mod keys;
mod matching;
mod needed;
mod numbers;
mod read;
mod rule;
mod schema;
mod seen;
mod shape;
mod trace;

pub use effects::is_place;
pub use fault::Fault;
pub use rule::{Applied, Does, Example, Rule, RuleWords};
pub use schema::schema;
pub use seen::{Outside, Seen};
pub use trace::Tried;

use checks::Placed;
use index::Index;
use matching::Part;
use read::Reading;

/// More rules than that are refused.
const MOST_RULES: usize = 50_000;
/// More mistakes than that tell nothing new.
pub const MOST_FAULTS: usize = 200;

/// A file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// What its rules are called by: `rules.d/local.toml`.
    pub name: String,
    /// Where it lies, as faults say it.
    pub path: String,
    pub text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl RuleText {
    pub fn new(path: &str, text: &str) -> Self {
        Self::named(path, path, text.to_owned())
    }

    /// A name is written into header fields: what cannot stand there becomes `_`.
    pub fn named(name: &str, path: &str, text: String) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        Self {
            name: name
                .chars()
                .map(|c| if fits(c) { c } else { '_' })
                .collect(),
            path: path.to_owned(),
            text,
            lines,
        }
    }

    /// From 1.
    fn line_of(&self, byte: usize) -> usize {
        1 + self.lines.partition_point(|lf| *lf < byte)
    }
}

/// Whether there is a language of this tag, or what to say of it.
pub type Languages<'l> = &'l dyn Fn(&str) -> Result<(), String>;

/// The postmaster's rules, in the order in which they are tried.
#[derive(Debug, Default)]
pub struct OwnRules {
    rules: Vec<Rule>,
    index: Index,
    looks_around: bool,
}

impl OwnRules {
    /// The rules of these files, and everything that is wrong with them. A set with anything else
    /// than warnings is none.
    pub fn read(files: &[RuleText], languages: Languages<'_>) -> (Self, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut placed: Vec<Placed<'_>> = Vec::new();
        for source in files {
            let mut reading = Reading {
                source,
                languages,
                faults: &mut faults,
                about: None,
            };
            placed.extend(reading.rules());
            if let Some(first) = placed.get(MOST_RULES) {
                let what = format!("there are more than {MOST_RULES} rules");
                return (
                    Self::default(),
                    vec![Fault::at(first.source, first.name.clone(), what)],
                );
            }
            if faults.len() > MOST_FAULTS {
                break;
            }
        }
        checks::names(&placed, &mut faults);
        let places: Vec<_> = placed.iter().map(|p| (p.source, p.name.clone())).collect();
        let rules: Vec<Rule> = placed.into_iter().map(|placed| placed.rule).collect();
        let index = Index::new(&rules);
        let at = |number: usize, what| {
            let (source, name) = &places[number];
            Fault::at(source, name.clone(), what)
        };
        if faults.is_empty() {
            faults.extend(checks::unreachable(&rules, &index, &at));
        }
        let place = |fault: &Fault| files.iter().position(|file| file.path == fault.path);
        faults.sort_by_cached_key(|fault| (place(fault), fault.line, fault.column));
        faults.truncate(MOST_FAULTS);
        let around = |part: &Part| matches!(part, Part::Sender(_) | Part::Subject(_));
        let looks_around = rules.iter().flat_map(|rule| &rule.parts).any(around);
        let own = Self {
            rules,
            index,
            looks_around,
        };
        (own, faults)
    }

    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether one of them asks for what is beside the report: see [`Outside`].
    pub fn look_around(&self) -> bool {
        self.looks_around
    }

    /// The first rule that fits.
    pub fn first(&self, seen: &Seen<'_>) -> Option<Applied> {
        let mut candidates = self.index.candidates(seen).into_iter();
        candidates.find_map(|number| self.rules[number].fits(seen))
    }
}
