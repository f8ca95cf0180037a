//! The two forms of a notice, made from templates: text within 72 columns, and HTML.

use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, context};

use super::Notice;

/// RFC 3676 §4.2 and custom: what a terminal shows without wrapping, quoted once or twice.
const COLUMNS: usize = 72;

/// The notice in text, and below it what the report itself says, if that is to follow.
///
/// # Errors
/// Only if a template is wrong.
pub fn text(notice: &Notice, report: Option<&str>) -> Result<String, Error> {
    environment()
        .get_template("notice.txt")?
        .render(context! { report, ..notice_context(notice) })
}

/// The same in HTML.
///
/// # Errors
/// Only if a template is wrong.
pub fn html(notice: &Notice, report: Option<&str>) -> Result<String, Error> {
    environment()
        .get_template("notice.html")?
        .render(context! { report, ..notice_context(notice) })
}

fn notice_context(notice: &Notice) -> minijinja::Value {
    minijinja::Value::from(Serde(notice))
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_syntax(block_lines());
        environment.set_auto_escape_callback(|name| match name {
            "notice.html" => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        environment.add_filter("wrap", wrap);
        environment
            .add_template("notice.txt", include_str!("forms/notice.txt"))
            .and_then(|()| {
                environment.add_template("notice.html", include_str!("forms/notice.html"))
            })
            .expect("a test renders both");
        environment
    })
}

/// A line with only a block tag in it leaves nothing behind.
fn block_lines() -> SyntaxConfig {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    syntax.expect("these are whitespace options alone")
}

/// Text in lines of at most 72 columns, the first behind `first`, the others behind as many spaces.
fn wrap(text: &str, first: &str) -> String {
    let rest = " ".repeat(textwrap::core::display_width(first));
    // What UAX #14 adds to spaces and hyphens is for other scripts, and costs.
    let separator = if text.is_ascii() {
        textwrap::WordSeparator::AsciiSpace
    } else {
        textwrap::WordSeparator::UnicodeBreakProperties
    };
    let options = textwrap::Options::new(COLUMNS)
        .word_separator(separator)
        .initial_indent(first)
        .subsequent_indent(&rest);
    textwrap::fill(text, options)
}
