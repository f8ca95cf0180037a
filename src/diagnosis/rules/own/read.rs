//! TOML → rules, with everything that is wrong in it.

use std::borrow::Cow;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::checks::Placed;
use super::fault::Fault;
use super::rule::Rule;
use super::shape::Shape;
use super::{Languages, MOST_FAULTS, MOST_RULES, RuleText, conditions, keys};
use crate::diagnosis::Cause;

/// The only version of the format so far.
const FORMAT: &str = "1";
/// A name is written into logs and header fields.
const LONGEST_NAME: usize = 80;
/// What a rule does.
const DOES: [&str; 7] = ["cause", "who", "retry", "words", "contact", "link", "leave"];

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
        for rule in rules
            .into_iter()
            .flat_map(|rules| rules.iter().take(MOST_RULES + 1))
        {
            if let DeValue::Table(table) = rule.get_ref() {
                out.extend(self.rule(table, rule.span()));
            }
        }
        out
    }

    fn rule(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Placed<'s>> {
        let (name, name_at) = self.name(table, &span);
        let conditions = match table.get("match").map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => conditions::read(self, table),
            _ => conditions::Conditions::default(),
        };
        let does = self.does(table, name.as_ref(), &conditions.groups);
        // a key that nobody knows, said already, may be what it was to do
        let is_known = |name: &str| keys::RULE.iter().any(|key| key.name == name);
        let all_known = table.keys().all(|name| is_known(name.get_ref()));
        if all_known && !DOES.iter().any(|key| table.contains_key(*key)) {
            let what = "this rule does nothing: it sets no cause, no words, …";
            self.wrong(name_at.clone(), what);
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
        if self.faults.len() <= MOST_FAULTS {
            self.faults.push(Fault::at(self.source, span, what));
        }
    }
}

pub fn one_or_many<'v, 't>(value: &'v Value<'t>) -> impl Iterator<Item = &'v Value<'t>> {
    let many = value.get_ref().as_array().map(|items| items.iter());
    let one = many.is_none().then_some(value);
    many.into_iter().flatten().chain(one)
}

pub fn text<'t>(table: &'t DeTable<'_>, key: &str) -> Option<&'t str> {
    table.get(key)?.get_ref().as_str()
}

pub fn texts(table: &DeTable<'_>, key: &str) -> Option<Vec<String>> {
    let all = one_or_many(table.get(key)?).filter_map(|value| value.get_ref().as_str());
    Some(all.map(str::to_owned).collect())
}

pub fn flag(table: &DeTable<'_>, key: &str) -> bool {
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
