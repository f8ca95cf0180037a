//! `rules import`: the phrases of other programs as rules; what could not be taken over is said line
//! by line.

mod kumomta;
mod zonemta;

use std::fmt::Write as _;
use std::path::Path;

use super::Answer;
use crate::cli::{ImportFormat, complain};
use crate::diagnosis::rules::own::{OwnRules, RuleText};

/// What becomes of a file.
#[derive(Default)]
struct Imported {
    rules: Vec<Taken>,
    /// What could not be taken over, with its line.
    left: Vec<(usize, String)>,
}

/// One rule that is taken over.
struct Taken {
    line: usize,
    name: String,
    expressions: Vec<String>,
    cause: &'static str,
    retry: Option<&'static str>,
    examples: Vec<String>,
}

pub fn run(format: ImportFormat, file: &Path) -> anyhow::Result<Answer> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| anyhow::anyhow!("{shown}: cannot be read: {error}"))?;
    let (mut imported, program) = match format {
        ImportFormat::Kumomta => {
            let read = kumomta::read(&text);
            (
                read.map_err(|error| anyhow::anyhow!("{shown}: {error}"))?,
                "KumoMTA",
            )
        }
        ImportFormat::Zonemta => (zonemta::read(&text), "ZoneMTA"),
    };
    imported.drop_what_is_wrong();
    imported.keep_examples_that_hold();
    imported.left.sort();
    for (line, why) in &imported.left {
        complain(&format!("{shown}:{line}: {why}"));
    }
    let (taken, left) = (imported.expressions(), imported.left.len());
    complain(&format!(
        "{shown}: {taken} of {} expressions taken over",
        taken + left
    ));
    Ok((imported.toml(&shown.to_string(), program), left == 0))
}

impl Imported {
    fn expressions(&self) -> usize {
        self.rules.iter().map(|rule| rule.expressions.len()).sum()
    }

    /// An expression that is none here goes, and the rule with its last one.
    fn drop_what_is_wrong(&mut self) {
        for rule in &mut self.rules {
            let wrong = |expression: &String| {
                let one = Taken::of(rule.line, "x", vec![expression.clone()], rule.cause);
                let text = RuleText::new("x", &one.toml());
                let (_, faults) = OwnRules::read(&[text], &|_| Ok(()));
                faults.first().map(|fault| fault.what.clone())
            };
            let faults: Vec<Option<String>> = rule.expressions.iter().map(wrong).collect();
            for (expression, what) in rule.expressions.iter().zip(&faults) {
                if let Some(what) = what {
                    let what = what.trim_start_matches("diagnostic: ");
                    self.left.push((rule.line, format!("{expression}: {what}")));
                }
            }
            let mut faults = faults.into_iter();
            rule.expressions
                .retain(|_| faults.next().flatten().is_none());
        }
        self.rules.retain(|rule| !rule.expressions.is_empty());
    }

    /// What stands beside an expression need not be an example of it, nor first be its own.
    fn keep_examples_that_hold(&mut self) {
        let all: String = self.rules.iter().map(Taken::toml).collect();
        let (own, _) = OwnRules::read(&[RuleText::new("x", &all)], &|_| Ok(()));
        let kept: Vec<Vec<String>> = own
            .all()
            .iter()
            .map(|rule| {
                let holds = |diagnostic: &&crate::diagnosis::rules::own::Example| {
                    let report = diagnostic.report();
                    let outside = Default::default();
                    let found = crate::diagnosis::diagnose_with(
                        &own,
                        &report,
                        &report.recipients[0],
                        outside,
                    );
                    found.rule.as_deref() == Some(rule.id())
                };
                let holding = rule.examples.iter().filter(holds);
                holding
                    .filter_map(|example| example.diagnostic.clone())
                    .collect()
            })
            .collect();
        for (rule, kept) in self.rules.iter_mut().zip(kept) {
            rule.examples = kept;
        }
    }

    fn toml(&self, file: &str, program: &str) -> String {
        let mut out = format!(
            "# Taken over by `plainbounce rules import`. Its author and its licence are those of the file.\n\
             format = 1\nsource = {}\n\n",
            quoted(&format!("{program}: {file}"))
        );
        for rule in &self.rules {
            out.push_str(&rule.toml());
            out.push('\n');
        }
        out
    }
}

impl Taken {
    fn of(line: usize, name: &str, expressions: Vec<String>, cause: &'static str) -> Self {
        Self {
            line,
            name: name.to_owned(),
            expressions,
            cause,
            retry: None,
            examples: Vec::new(),
        }
    }

    fn toml(&self) -> String {
        let mut out = format!(
            "[[rule]]\nname = {}\ncause = \"{}\"\n",
            quoted(&self.name),
            self.cause
        );
        if let Some(retry) = self.retry {
            let _ = writeln!(out, "retry = \"{retry}\"");
        }
        match self.expressions.as_slice() {
            [one] => {
                let _ = writeln!(out, "match.diagnostic = {}", quoted(one));
            }
            all => {
                out.push_str("match.diagnostic = [\n");
                for one in all {
                    let _ = writeln!(out, "  {},", quoted(one));
                }
                out.push_str("]\n");
            }
        }
        for example in &self.examples {
            let _ = write!(
                out,
                "\n[[rule.example]]\ndiagnostic = {}\n",
                quoted(example)
            );
        }
        out
    }
}

/// As a person would write it: an expression as it is, where TOML has a way for that.
fn quoted(text: &str) -> String {
    if text.contains(['\'', '\n', '\r']) || text.chars().any(char::is_control) {
        toml::Value::from(text).to_string()
    } else if text.contains(['\\', '"']) {
        format!("'{text}'")
    } else {
        format!("\"{text}\"")
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    1 + text.as_bytes()[..byte]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
}
