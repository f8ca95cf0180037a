//! The words of the postmaster's rules, with what their expressions matched filled in.

use super::groups::Group;
use super::languages::{Language, LanguageTag, Words};
use super::{clean_line, isolated};
use crate::bounce::Report;
use crate::diagnosis::codes::{Actor, Waiting};
use crate::diagnosis::rules::own::{Applied, Does, RuleWords, is_place};

/// What a rule says of a group of recipients, in one language.
pub struct OwnWords<'g> {
    does: &'g Does,
    words: Option<&'g RuleWords>,
    /// None, where the recipients do not share them.
    values: &'g [(String, String)],
    domain: Option<String>,
    refuser: Option<String>,
    language: &'g Language,
}

impl<'g> OwnWords<'g> {
    pub fn of(group: &Group<'g>, report: &Report, language: &'g Language) -> Option<Self> {
        let applied = group.own?;
        let shared = |(_, found): &(_, &crate::diagnosis::Diagnosis)| {
            found
                .own
                .as_ref()
                .is_some_and(|own| own.values == applied.values)
        };
        let shared = group.members.iter().all(shared);
        Some(Self {
            does: &applied.does,
            words: in_language(applied, language.tag()),
            values: if shared { &applied.values } else { &[] },
            domain: group.domain(),
            refuser: group.refuser(report),
            language,
        })
    }

    pub fn title(&self) -> Option<String> {
        self.filled(self.words?.title.as_ref()?)
    }

    pub fn why(&self) -> Option<String> {
        self.filled(self.words?.why.as_ref()?)
    }

    pub fn steps(&self) -> Option<Vec<String>> {
        self.all_filled(self.words?.steps.as_ref()?)
    }

    pub fn postmaster(&self) -> Option<Vec<String>> {
        self.all_filled(self.words?.postmaster.as_ref()?)
    }

    pub fn contact(&self) -> Option<String> {
        let contact = self.shown(self.does.contact.as_ref()?);
        Some(super::fill(
            &self.language.words().contact,
            "contact",
            &contact,
        ))
    }

    pub fn link(&self) -> Option<String> {
        self.does.link.clone()
    }

    /// `Who can act: Your postmaster`
    pub fn who(&self) -> Option<String> {
        let words = self.language.words();
        let who = match self.does.who? {
            Actor::You => &words.who_you,
            Actor::Postmaster => &words.who_postmaster,
            Actor::OtherSide => &words.who_other_side,
            Actor::Nobody => &words.who_nobody,
        };
        Some(labelled(&words.explain_who, who, words))
    }

    /// `Does waiting help: Yes`
    pub fn waiting(&self) -> Option<String> {
        let words = self.language.words();
        let waiting = match self.does.retry? {
            Waiting::Yes => &words.waiting_yes,
            Waiting::No => &words.waiting_no,
            Waiting::Maybe => &words.waiting_maybe,
        };
        Some(labelled(&words.explain_waiting, waiting, words))
    }

    fn all_filled(&self, texts: &[String]) -> Option<Vec<String>> {
        texts.iter().map(|text| self.filled(text)).collect()
    }

    /// The text with values in its places, none of which is looked into; `None` if one has no value:
    /// then it is said as it would be without the rule.
    fn filled(&self, text: &str) -> Option<String> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            out.push_str(before);
            match behind.split_once('}').filter(|(place, _)| is_place(place)) {
                Some((place, behind)) => {
                    out.push_str(&self.value(place)?);
                    rest = behind;
                }
                None => {
                    out.push('{');
                    rest = behind;
                }
            }
        }
        out.push_str(rest);
        Some(out)
    }

    fn value(&self, place: &str) -> Option<String> {
        if let Some((_, value)) = self.values.iter().find(|(name, _)| name == place) {
            return Some(self.shown(value));
        }
        let name = match place {
            "domain" => &self.domain,
            "refuser" => &self.refuser,
            _ => return None,
        };
        Some(match name {
            Some(name) => self.shown(name),
            None => self.language.words().receiving_side.clone(),
        })
    }

    fn shown(&self, text: &str) -> String {
        let clean = clean_line(text, &self.language.words().cut);
        isolated(&clean, self.language).into_owned()
    }
}

/// Its words in this very language, or in one that the reader reads, too.
fn in_language<'a>(applied: &'a Applied, tag: &LanguageTag) -> Option<&'a RuleWords> {
    let all = &applied.does.words;
    let parsed = |(of, _): &&(String, RuleWords)| of.parse::<LanguageTag>().ok();
    let exact = all.iter().find(|words| parsed(words).as_ref() == Some(tag));
    let near = || {
        all.iter()
            .find(|words| parsed(words).is_some_and(|of| of.is_near(tag)))
    };
    exact.or_else(near).map(|(_, words)| words)
}

fn labelled(label: &str, text: &str, words: &Words) -> String {
    format!("{} {text}", super::fill(&words.label, "text", label))
}
