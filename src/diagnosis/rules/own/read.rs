//! TOML → rules, with everything that is wrong in it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::checks::Placed;
use super::fault::{Fault, did_you_mean};
use super::rule::{Does, Example, Rule, RuleWords};
use super::shape::Shape;
use super::{Languages, RuleText, conditions, keys};
use crate::diagnosis::Cause;
use crate::diagnosis::codes::{Actor, Waiting};

/// The only version of the format so far.
const FORMAT: &str = "1";
/// A name is written into logs and header fields.
const LONGEST_NAME: usize = 80;

pub struct Reading<'s, 'f> {
    pub source: &'s RuleText,
    pub languages: Languages<'f>,
    pub faults: &'f mut Vec<Fault>,
    pub about: Option<Arc<str>>,
}

pub type Value<'t> = Spanned<DeValue<'t>>;

impl<'s> Reading<'s, '_> {
    pub fn rules(&mut self) -> Vec<Placed<'s>> {
        let source = self.source;
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        for error in &errors {
            let at = error.span().unwrap_or(0..0);
            self.wrong(at, error.message());
        }
        let table = table.get_ref();
        let faults = &mut *self.faults;
        Shape { source, faults }.check(table, keys::FILE);
        if let Some(format) = table.get("format")
            && format
                .get_ref()
                .as_integer()
                .is_some_and(|number| number.as_str() != FORMAT)
        {
            self.wrong(format.span(), "this version reads format 1 only");
        }
        let about: Vec<&str> = ["author", "licence", "source"]
            .into_iter()
            .filter_map(|key| text(table, key))
            .collect();
        self.about = (!about.is_empty()).then(|| about.join(", ").into());
        let rules = table
            .get("rule")
            .and_then(|rules| rules.get_ref().as_array());
        let mut out = Vec::new();
        for rule in rules.into_iter().flat_map(|rules| rules.iter()) {
            if let DeValue::Table(table) = rule.get_ref() {
                out.extend(self.rule(table, rule.span()));
            }
        }
        out
    }

    fn rule(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Placed<'s>> {
        let before = self.faults.len();
        let (name, name_at) = self.name(table, &span);
        let conditions = match table.get("match").map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => conditions::read(self, table),
            _ => conditions::Conditions::default(),
        };
        let does = Does {
            rule: format!("{}:{name}", self.source.name),
            cause: text(table, "cause").and_then(cause),
            who: text(table, "who").and_then(actor),
            retry: text(table, "retry").and_then(waiting),
            words: self.words(table, &conditions.groups),
            contact: text(table, "contact").map(str::to_owned),
            link: self.link(table),
            leave: flag(table, "leave"),
        };
        if (Does {
            rule: does.rule.clone(),
            ..Does::default()
        }) == does
            && self.faults.len() == before
        {
            self.wrong(
                name_at.clone(),
                "this rule does nothing: it sets no cause, no words, …",
            );
        }
        let rule = Rule {
            path: self.source.path.clone(),
            line: self.source.line_of(name_at.start),
            about: self.about.clone(),
            parts: conditions.parts,
            does: Arc::new(does),
            examples: self.examples(table),
        };
        Some(Placed {
            rule,
            source: self.source,
            name: name_at,
        })
    }

    fn name<'t>(
        &mut self,
        table: &'t DeTable<'_>,
        rule: &Range<usize>,
    ) -> (Cow<'t, str>, Range<usize>) {
        let Some((value, name)) = table
            .get("name")
            .and_then(|v| Some((v, v.get_ref().as_str()?)))
        else {
            if !table.contains_key("name") {
                self.wrong(rule.clone(), "a rule needs a name");
            }
            return ("".into(), rule.clone());
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !name.chars().all(fits) || name.len() > LONGEST_NAME {
            let what = "name: at most 80 letters, digits and - _ . without accents or spaces";
            self.wrong(value.span(), what);
        }
        (name.into(), value.span())
    }

    fn words(&mut self, table: &DeTable<'_>, groups: &[String]) -> Vec<(String, RuleWords)> {
        let Some(DeValue::Table(all)) = table.get("words").map(Spanned::get_ref) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for (tag, words) in all {
            if let Err(what) = (self.languages)(tag.get_ref()) {
                self.wrong(tag.span(), what);
            }
            if let DeValue::Table(words) = words.get_ref() {
                words
                    .iter()
                    .for_each(|(_, value)| self.places(value, groups));
                let words = RuleWords {
                    title: text(words, "title").map(str::to_owned),
                    why: text(words, "why").map(str::to_owned),
                    steps: texts(words, "do"),
                    postmaster: texts(words, "postmaster"),
                };
                out.push((tag.get_ref().to_string(), words));
            }
        }
        out
    }

    /// What stands in braces must be a group, or what all notices know.
    fn places(&mut self, value: &Value<'_>, groups: &[String]) {
        let known = || {
            groups
                .iter()
                .map(String::as_str)
                .chain(["domain", "refuser"])
        };
        for value in one_or_many(value) {
            let text = value.get_ref().as_str().unwrap_or_default();
            let unknown: HashSet<&str> = places(text)
                .filter(|place| known().all(|k| k != *place))
                .collect();
            for place in unknown {
                let at = self.inside(
                    value,
                    text,
                    text.find(&format!("{{{place}}}")).unwrap_or(0),
                    place.len() + 2,
                );
                let meant = did_you_mean(place, known());
                let what = format!("no group of the expression is called {place}{meant}");
                self.wrong(at, what);
            }
        }
    }

    fn link(&mut self, table: &DeTable<'_>) -> Option<String> {
        let value = table.get("link")?;
        let link = value.get_ref().as_str()?;
        let plain = |c: char| c.is_ascii_graphic() && !"<>\"'\\{}|^`".contains(c);
        let rest = link.strip_prefix("https://").unwrap_or_default();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() || host.contains('@') || !link.chars().all(plain) {
            self.wrong(
                value.span(),
                "link: it must be a whole https:// URL, percent-encoded",
            );
        }
        Some(link.to_owned())
    }

    fn examples(&mut self, table: &DeTable<'_>) -> Vec<Example> {
        let Some(all) = table
            .get("example")
            .and_then(|all| all.get_ref().as_array())
        else {
            return Vec::new();
        };
        let tables = all
            .iter()
            .filter_map(|value| Some((value.span(), value.get_ref().as_table()?)));
        tables
            .map(|(span, table)| self.example(table, span))
            .collect()
    }

    fn example(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Example {
        let own = |key| text(table, key).map(str::to_owned);
        let about = ["cause", "says", "not"];
        if table
            .iter()
            .all(|(key, _)| about.contains(&&**key.get_ref()))
        {
            self.wrong(
                span.clone(),
                "an example needs a diagnostic, a status, a message, …",
            );
        }
        if let Some(value) = table.get("status")
            && let Some(status) = value.get_ref().as_str()
            && status.parse::<crate::mail::EnhancedStatusCode>().is_err()
        {
            self.wrong(
                value.span(),
                "status: an example has one status, as in 5.1.1",
            );
        }
        Example {
            line: self.source.line_of(span.start),
            diagnostic: own("diagnostic"),
            status: own("status"),
            remote_mta: own("remote_mta"),
            reporting_mta: own("reporting_mta"),
            recipient: own("recipient"),
            sender: own("sender"),
            subject: own("subject"),
            dialect: table
                .get("dialect")
                .and_then(|value| conditions::dialect(self, value)),
            kind: own("kind"),
            message: own("message"),
            cause: text(table, "cause").and_then(cause),
            says: own("says"),
            not: flag(table, "not"),
        }
    }

    /// Where a piece of a text stands in the file, if it is written there as it is.
    pub fn inside(
        &self,
        value: &Value<'_>,
        text: &str,
        start: usize,
        length: usize,
    ) -> Range<usize> {
        let span = value.span();
        let written = self.source.text.get(span.clone()).unwrap_or_default();
        match written.find(text) {
            Some(at) if !text.is_empty() => {
                let from = span.start + at + start.min(text.len());
                from..from + length
            }
            _ => span,
        }
    }

    pub fn wrong(&mut self, span: Range<usize>, what: impl Into<String>) {
        self.faults.push(Fault::at(self.source, span, what));
    }
}

/// What stands in braces, if it is one word.
pub fn places(text: &str) -> impl Iterator<Item = &str> {
    let opened = text.split('{').skip(1);
    let inside = opened.filter_map(|rest| rest.split_once('}').map(|(place, _)| place));
    inside.filter(|place| is_place(place))
}

pub fn is_place(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

pub fn one_or_many<'v, 't>(value: &'v Value<'t>) -> impl Iterator<Item = &'v Value<'t>> {
    let many = value.get_ref().as_array().map(|items| items.iter());
    let one = many.is_none().then_some(value);
    many.into_iter().flatten().chain(one)
}

fn text<'t>(table: &'t DeTable<'_>, key: &str) -> Option<&'t str> {
    table.get(key)?.get_ref().as_str()
}

fn texts(table: &DeTable<'_>, key: &str) -> Option<Vec<String>> {
    let all = one_or_many(table.get(key)?).filter_map(|value| value.get_ref().as_str());
    Some(all.map(str::to_owned).collect())
}

fn flag(table: &DeTable<'_>, key: &str) -> bool {
    let value = table.get(key);
    value
        .and_then(|value| value.get_ref().as_bool())
        .unwrap_or(false)
}

pub fn cause(name: &str) -> Option<Cause> {
    Cause::ALL
        .iter()
        .copied()
        .find(|cause| cause.name() == name)
}

fn actor(name: &str) -> Option<Actor> {
    Some(match name {
        "you" => Actor::You,
        "postmaster" => Actor::Postmaster,
        "other-side" => Actor::OtherSide,
        "nobody" => Actor::Nobody,
        _ => return None,
    })
}

fn waiting(name: &str) -> Option<Waiting> {
    Some(match name {
        "yes" => Waiting::Yes,
        "no" => Waiting::No,
        "maybe" => Waiting::Maybe,
        _ => return None,
    })
}

/// Each of a key's texts as what it stands for; what it is not is told.
pub fn parsed<T: FromStr>(reading: &mut Reading<'_, '_>, value: &Value<'_>, is: &str) -> Vec<T> {
    let mut out = Vec::new();
    for value in one_or_many(value) {
        if let Some(text) = value.get_ref().as_str() {
            match text.trim().parse() {
                Ok(one) => out.push(one),
                Err(_) => reading.wrong(value.span(), format!("this is no {is}")),
            }
        }
    }
    out
}
