//! What is wrong with a layer, in one line: where it stands, which key, what.

use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

/// A TOML error of a file: `/etc/x.toml:3: unknown key smtp.lisen (did you mean smtp.listen?)`.
pub fn in_file(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let Some(span) = error.span() else {
        return anyhow::anyhow!("{}: {}", path.display(), one_line(error.message()));
    };
    let line = line_of(text, span.start);
    let key = match DeTable::parse(text) {
        Ok(table) => key_at(table.get_ref(), &span),
        Err(_) => key_as_written(text, line),
    };
    let what = said(key.as_deref(), error.message());
    anyhow::anyhow!("{}:{line}: {what}", path.display())
}

/// The same for a value that has no lines: `environment PLAINBOUNCE__SMTP__LISEN: unknown key …`.
pub fn in_value(place: impl Display, key: &str, error: &toml::de::Error) -> anyhow::Error {
    anyhow::anyhow!("{place}: {}", said(Some(key), error.message()))
}

/// A mistake that begins at a byte of a file: `/etc/notice.d/de.toml:3: unknown key words.wy`.
pub fn at(path: &Path, text: &str, byte: usize, what: &str) -> anyhow::Error {
    let line = line_of(text, byte);
    anyhow::anyhow!("{}:{line}: {}", path.display(), one_line(what))
}

pub fn in_name(path: &Path, what: impl Display) -> anyhow::Error {
    anyhow::anyhow!("{}: {what}", path.display())
}

/// `/etc/notice.d/notice.html:12: syntax error: unexpected `}`, expected end of block`
pub fn in_template(folder: &Path, error: &minijinja::Error) -> anyhow::Error {
    let file = folder.join(error.name().unwrap_or("notice.html"));
    let line = error
        .line()
        .map_or(String::new(), |line| format!(":{line}"));
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    anyhow::anyhow!("{}{line}: {}", file.display(), one_line(&what))
}

fn line_of(text: &str, byte: usize) -> usize {
    let before = &text.as_bytes()[..byte.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

fn said(key: Option<&str>, message: &str) -> String {
    match (key, message.strip_prefix("unknown field `")) {
        (Some(key), Some(rest)) => match nearest(key, rest) {
            Some(meant) => format!("unknown key {key} (did you mean {meant}?)"),
            None => format!("unknown key {key}"),
        },
        (Some(key), None) => format!("{key}: {}", one_line(message)),
        (None, _) => one_line(message),
    }
}

/// The key of those that serde expected (`…, expected one of `a`, `b``) that looks most like it.
fn nearest(key: &str, expected: &str) -> Option<String> {
    let (folder, name) = key
        .rsplit_once('.')
        .map_or(("", key), |(folder, name)| (folder, name));
    let known = expected
        .split('`')
        .skip(1)
        .filter(|word| !word.contains([' ', ',']));
    let (likeness, meant) = known
        .filter(|known| !known.is_empty() && *known != name)
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let dot = if folder.is_empty() { "" } else { "." };
    (likeness > 0.8).then(|| format!("{folder}{dot}{meant}"))
}

/// The dotted path of the key that stands, or whose value stands, at a place in the file.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let covers = |other: Range<usize>| other.start <= span.start && span.start < other.end.max(1);
    for (key, value) in table.iter() {
        let deeper = match value.get_ref() {
            DeValue::Table(table) => key_at(table, span),
            DeValue::Array(items) => items.iter().find_map(|item| match item.get_ref() {
                DeValue::Table(table) => key_at(table, span),
                _ => None,
            }),
            _ => None,
        };
        if let Some(deeper) = deeper {
            return Some(format!("{}.{deeper}", key.get_ref()));
        }
        if covers(key.span()) || covers(value.span()) {
            return Some(key.get_ref().to_string());
        }
    }
    None
}

/// The same where the file is no TOML: what the line says, below the header above it.
fn key_as_written(text: &str, line: usize) -> Option<String> {
    let (key, _) = text.lines().nth(line - 1)?.split_once('=')?;
    let above = text.lines().take(line - 1);
    let header = above.filter(|line| line.starts_with('[')).last();
    let section = header.map(|header| header.trim_matches(['[', ']', ' ']));
    let is_key = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let key = [section, Some(key.trim())]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(".");
    key.chars().all(is_key).then_some(key)
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
