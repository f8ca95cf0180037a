//! The two forms of a notice, made from templates: text within 72 columns, and HTML.

mod prepared;
mod values;
mod wrap;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::{Language, Notice};
use prepared::Prepared;

/// The notice could not be put into its form: a template is wrong.
pub type FormError = minijinja::Error;

const TEXT: (&str, &str) = ("notice.txt", include_str!("forms/notice.txt"));
const HTML: (&str, &str) = ("notice.html", include_str!("forms/notice.html"));

/// So many outlines are kept at most, of some 15 kB each. Most mail has a few dozen.
const MOST_PREPARED: usize = 500;

/// The templates, and what was made of them. One set of forms serves one set of languages.
pub struct Forms {
    environment: Environment<'static>,
    /// An operator's template may look at the values themselves: what it makes of one notice says
    /// nothing of the next.
    is_built_in: bool,
    prepared: Mutex<HashMap<u128, Arc<Outlines>>>,
}

/// A notice in both forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    /// In ASCII.
    pub html: String,
}

/// Both forms of notices that differ only in their values.
struct Outlines {
    text: Prepared,
    html: Prepared,
}

impl Forms {
    pub fn built_in() -> Self {
        Self::new(None, None).expect("a test renders both")
    }

    /// With an operator's templates in the place of one of ours or of both.
    ///
    /// # Errors
    /// If a template is no template; `name` and `line` of the error say where.
    pub fn new(text: Option<String>, html: Option<String>) -> Result<Self, FormError> {
        let is_built_in = text.is_none() && html.is_none();
        let mut environment = Environment::new();
        environment.set_syntax(block_lines());
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(|name| match name {
            "notice.html" => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        environment.add_filter("wrap", wrap::wrap_or_put_off);
        for ((name, built_in), own) in [(TEXT, text), (HTML, html)] {
            let source = own.unwrap_or_else(|| built_in.to_owned());
            environment.add_template_owned(name, source)?;
        }
        Ok(Self {
            environment,
            is_built_in,
            prepared: Mutex::default(),
        })
    }

    /// Whether no template is an operator's.
    pub fn are_built_in(&self) -> bool {
        self.is_built_in
    }

    /// The notice in both forms, and below it what the report itself says, if that is to follow.
    ///
    /// # Errors
    /// Only if a template is wrong.
    pub fn write(
        &self,
        notice: Notice<'_>,
        language: &Language,
        report: Option<&str>,
    ) -> Result<Written, FormError> {
        if !self.is_built_in {
            return self.render(&notice, language, report);
        }
        let (outline, values) = values::take(notice, report);
        let outlines = self.outlines(&outline, language, report.is_some())?;
        Ok(Written {
            text: outlines
                .text
                .filled(&values, |out, value| out.push_str(value)),
            html: outlines.html.filled(&values, html_value),
        })
    }

    /// The templates themselves at work.
    fn render(
        &self,
        notice: &Notice<'_>,
        language: &Language,
        report: Option<&str>,
    ) -> Result<Written, FormError> {
        let words = Value::from(Serde(language.words()));
        let notice = Value::from(Serde(notice));
        let context = context! { report, words, ..notice };
        let form = |name| self.environment.get_template(name)?.render(&context);
        Ok(Written {
            text: form(TEXT.0)?,
            html: in_ascii(&form(HTML.0)?),
        })
    }

    /// What the templates make of a notice whose values are left open. Most notices are like one
    /// before, and rendering is dear.
    fn outlines(
        &self,
        outline: &Notice<'_>,
        language: &Language,
        with_report: bool,
    ) -> Result<Arc<Outlines>, FormError> {
        let mut hasher = SipHasher13::new();
        (outline, with_report).hash(&mut hasher);
        let key = hasher.finish128().as_u128();
        let known = || self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return Ok(Arc::clone(found));
        }
        let report = with_report.then(|| values::marker(values::REPORT));
        let written = self.render(outline, language, report.as_deref())?;
        let made = Arc::new(Outlines {
            text: Prepared::of(&written.text),
            html: Prepared::of(&written.html),
        });
        let mut all = known();
        if all.len() >= MOST_PREPARED {
            all.clear();
        }
        all.insert(key, Arc::clone(&made));
        Ok(made)
    }
}

impl fmt::Debug for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forms").finish_non_exhaustive()
    }
}

/// A line with only a block tag in it leaves nothing behind.
fn block_lines() -> SyntaxConfig {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    syntax.expect("these are whitespace options alone")
}

/// Escaped, to the letter as minijinja does it, and in ASCII.
fn html_value(out: &mut String, value: &str) {
    let is_special = |c: char| matches!(c, '<' | '>' | '&' | '"' | '\'' | '/') || !c.is_ascii();
    let mut rest = value;
    while let Some(at) = rest.find(is_special) {
        let (plain, marked) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = marked.chars();
        match characters.next() {
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('&') => out.push_str("&amp;"),
            Some('"') => out.push_str("&quot;"),
            Some('\'') => out.push_str("&#x27;"),
            Some('/') => out.push_str("&#x2f;"),
            Some(other) => reference(out, other),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// HTML's name for any character.
fn reference(out: &mut String, character: char) {
    use fmt::Write as _;
    let _ = write!(out, "&#x{:x};", u32::from(character));
}

/// HTML says in ASCII all that there is, and needs no encoding then. What marks the place of a value
/// stays.
fn in_ascii(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 16);
    for piece in html.split_inclusive(|c: char| !c.is_ascii()) {
        match piece.char_indices().next_back() {
            Some((at, last)) if !last.is_ascii() && !values::marks(last) => {
                out.push_str(&piece[..at]);
                reference(&mut out, last);
            }
            _ => out.push_str(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Style, samples};
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_value_is_escaped_as_in_a_template(value in "[a<>&\"'/é…\u{200d}]{0,20}") {
            let mut out = String::new();
            html_value(&mut out, &value);
            let escaped = minijinja::HtmlEscape(&value).to_string();
            proptest::prop_assert_eq!(out, in_ascii(&escaped));
        }
    }

    #[test]
    fn a_prepared_form_is_what_the_template_makes() {
        let forms = Forms::built_in();
        let (language, style) = (Language::english(), Style::default());
        for sample in samples::notices(&language, &style) {
            let rendered = forms.render(&sample, &language, Some("it <says>"));
            let written = forms.write(sample, &language, Some("it <says>"));
            let (rendered, written) = (rendered.expect("right"), written.expect("right"));
            assert_eq!(written.text, rendered.text);
            assert_eq!(written.html, rendered.html);
        }
    }
}
