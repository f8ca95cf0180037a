//! `plainbounce explain`: what a code means, in any of its spellings.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context;

use crate::diagnosis::codes::{Actor, Asked, Code, Waiting};
use crate::notice::{CodeWords, Language, Words};

pub fn run(asked: &super::Explain) -> anyhow::Result<ExitCode> {
    let explanation = explain(asked.code, asked.lang).context("nothing is known of this code")?;
    // a closed output has been told enough
    let _ = std::io::stdout().write_all(explanation.as_bytes());
    Ok(ExitCode::SUCCESS)
}

/// The explanation, ready to be printed; `None` where nothing is known of such a code at all.
fn explain(asked: Asked, language: Language) -> Option<String> {
    let code = asked.look_up()?;
    let words = language.words();
    let mut out = String::new();
    if !asked.is_listed_as(code) {
        let unlisted = words
            .explain_unregistered
            .replace("{code}", &asked.to_string());
        paragraph(&mut out, "", &unlisted);
        out.push('\n');
    }
    let said = language.code(&code.code);
    paragraph(
        &mut out,
        &format!("{asked}  "),
        said.map_or("", |said| said.title.as_str()),
    );
    if let Some(text) = class(asked, words) {
        paragraph(&mut out, "", text);
    }
    if let Some(said) = said {
        sentences(&mut out, said, words);
    }
    facts(&mut out, asked, code, words);
    Some(out)
}

/// Who can act, whether waiting helps, and where it is written.
fn facts(out: &mut String, asked: Asked, code: &Code, words: &Words) {
    let success = matches!(asked.class(), Some(2 | 3));
    labelled(out, &words.explain_who, actor(code.acts, success, words));
    if !success {
        let waiting = if asked.class() == Some(4) {
            Waiting::Yes
        } else {
            code.waiting_helps
        };
        labelled(out, &words.explain_waiting, wait(waiting, words));
        labelled(
            out,
            &words.explain_cause,
            code.cause_of(asked.class()).name(),
        );
    }
    if !code.replies.is_empty() {
        labelled(
            out,
            &words.explain_replies,
            &code.replies.join(&words.list_separator),
        );
    }
    labelled(out, &words.explain_source, &code.reference);
}

fn sentences(out: &mut String, said: &CodeWords, words: &Words) {
    let _ = writeln!(out, "\n{}", words.explain_why);
    paragraph(out, "    ", &said.why);
    list(out, &words.explain_you, &said.you);
    list(out, &words.explain_postmaster, &said.postmaster);
    out.push('\n');
}

fn list(out: &mut String, heading: &str, steps: &[String]) {
    let _ = writeln!(out, "\n{heading}");
    for (number, step) in steps.iter().enumerate() {
        paragraph(out, &format!("  {}. ", number + 1), step);
    }
}

fn labelled(out: &mut String, label: &str, text: &str) {
    paragraph(out, &format!("{label}: "), text);
}

/// Lines of at most 72 columns, the later ones as far in as the first one's text.
fn paragraph(out: &mut String, first: &str, text: &str) {
    let rest = " ".repeat(textwrap::core::display_width(first).min(8));
    let options = textwrap::Options::new(72)
        .initial_indent(first)
        .subsequent_indent(&rest);
    let _ = writeln!(out, "{}", textwrap::fill(text, options));
}

fn actor(actor: Actor, success: bool, words: &Words) -> &str {
    match actor {
        Actor::You => &words.who_you,
        Actor::Postmaster => &words.who_postmaster,
        Actor::OtherSide => &words.who_other_side,
        Actor::Nobody if success => &words.who_nobody_done,
        Actor::Nobody => &words.who_nobody,
    }
}

fn wait(waiting: Waiting, words: &Words) -> &str {
    match waiting {
        Waiting::Yes => &words.waiting_yes,
        Waiting::No => &words.waiting_no,
        Waiting::Maybe => &words.waiting_maybe,
    }
}

/// What the first digit says, where one was given.
fn class(asked: Asked, words: &Words) -> Option<&str> {
    match asked.class()? {
        2 => Some(&words.class_success),
        4 => Some(&words.class_transient),
        5 => Some(&words.class_permanent),
        _ => None,
    }
}
