//! What is wrong with a file of rules: where it stands, and the line itself with a caret below it.

use std::fmt;
use std::ops::Range;

use super::RuleText;

/// So much of a line is shown on each side of a mistake.
const SHOWN: usize = 60;

/// A mistake in a file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub path: String,
    /// Both from 1; the column in characters.
    pub line: usize,
    pub column: usize,
    pub what: String,
    /// The set works in spite of it.
    pub only_a_warning: bool,
    excerpt: String,
    caret: Range<usize>,
}

impl Fault {
    /// Of what stands at these bytes of a file.
    pub fn at(source: &RuleText, span: Range<usize>, what: impl Into<String>) -> Self {
        let text = source.text.as_str();
        let start = text.floor_char_boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |lf| lf + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |lf| start + lf);
        let first = text.floor_char_boundary(line_start.max(start.saturating_sub(SHOWN)));
        let last = text.floor_char_boundary(line_end.min(start + SHOWN));
        let end = text.floor_char_boundary(span.end.clamp(start, last));
        let before = text[first..start].chars().count();
        let marked = text[start..end].chars().count().max(1);
        Self {
            path: source.path.clone(),
            line: source.line_of(start),
            column: 1 + text[line_start..start].chars().count(),
            what: what.into().split_whitespace().collect::<Vec<_>>().join(" "),
            only_a_warning: false,
            excerpt: text[first..last]
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect(),
            caret: before..before + marked,
        }
    }

    pub fn warning(self) -> Self {
        Self {
            only_a_warning: true,
            ..self
        }
    }

    /// As a compiler shows it: the place and what is wrong, the line, the caret.
    pub fn with_caret(&self) -> String {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(self.caret.start);
        let carets = "^".repeat(self.caret.len());
        let line = self.excerpt.trim_end();
        format!("{self}\n {margin} |\n {number} | {line}\n {margin} | {indent}{carets}\n")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path, line, column, ..
        } = self;
        let sort = if self.only_a_warning { "warning: " } else { "" };
        write!(f, "{path}:{line}:{column}: {sort}{}", self.what)
    }
}

/// Of names that there are, the one that looks most like this: ` (did you mean words?)`.
pub fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let near = |known: &'k str| (strsim::jaro_winkler(known, name), known);
    let nearest = known
        .into_iter()
        .map(near)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, meant)) if likeness > 0.8 => format!(" (did you mean {meant}?)"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_mistake() {
        let source = RuleText::new("x.toml", "a = 1\nä = \"öb\" # c\n");
        let fault = Fault::at(&source, 11..16, "no such thing");
        assert_eq!(
            fault.with_caret(),
            "x.toml:2:5: no such thing\n   |\n 2 | ä = \"öb\" # c\n   |     ^^^^\n"
        );
    }
}
