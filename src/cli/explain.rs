//! `plainbounce explain`: what a code means, in any of its spellings.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context;

use crate::diagnosis::codes::{Actor, Asked, Code, Reading, Waiting};
use crate::notice::{CodeWords, Language, Words};

pub fn run(asked: &super::Explain) -> anyhow::Result<ExitCode> {
    let explanation = explain(&asked.code, asked.lang).context("nothing is known of this code")?;
    // a closed output has been told enough
    let _ = std::io::stdout().write_all(explanation.as_bytes());
    Ok(ExitCode::SUCCESS)
}

/// The explanation, ready to be printed; `None` where nothing is known of such a code at all.
fn explain(asked: &Asked, language: Language) -> Option<String> {
    let mut out = String::new();
    let registered = asked.look_up();
    match registered {
        Some(code) => of_registry(&mut out, asked, code, language),
        None => paragraph(&mut out, "", &asked.to_string()),
    }
    let readings = asked.readings();
    if !readings.is_empty() {
        let _ = writeln!(out, "\n{}", language.words().explain_readings);
        for reading in &readings {
            of_receiver(&mut out, asked, reading, language);
        }
    }
    (registered.is_some() || !readings.is_empty()).then_some(out)
}

fn of_registry(out: &mut String, asked: &Asked, code: Code, language: Language) {
    let words = language.words();
    if !asked.is_listed_as(code) {
        let unlisted = words
            .explain_unregistered
            .replace("{code}", &asked.to_string());
        paragraph(out, "", &unlisted);
        out.push('\n');
    }
    let said = language.code(code.key());
    paragraph(
        out,
        &format!("{asked}  "),
        said.map_or("", |said| said.title.as_str()),
    );
    if let Some(text) = class(asked, words) {
        paragraph(out, "", text);
    }
    if let Some(said) = said {
        sentences(out, said, words);
    }
    facts(out, "", asked, code, words);
}

/// What a receiver means: in words of its own, if the language has some, else in its cause's.
fn of_receiver(out: &mut String, asked: &Asked, reading: &Reading, language: Language) {
    let (words, code) = (language.words(), reading.code);
    let mut heading = code.giver().unwrap_or("").to_owned();
    let mut add = |text: &str| {
        heading.push_str(if heading.is_empty() { "" } else { ", " });
        heading.push_str(text);
    };
    if let Some(spelled) = &reading.spelled {
        add(&words.explain_spelled.replace("{code}", spelled));
    } else if !["any", asked.to_string().as_str()].contains(&code.code()) {
        add(&words.explain_spelled.replace("{code}", code.code()));
    }
    if let Some(said) = code.says().next() {
        let quoted = words.quoted.replace("{text}", said);
        add(&words.explain_where_it_says.replace("{words}", &quoted));
    }
    out.push('\n');
    paragraph(out, "  ", &heading);
    let own = language.code(code.key());
    let cause = language.cause(code.cause_of(asked.class()));
    paragraph(out, "    ", own.map_or(&cause.title, |own| &own.title));
    facts(out, "    ", asked, code, words);
}

/// Who can act, whether waiting helps, and where it is written.
fn facts(out: &mut String, indent: &str, asked: &Asked, code: Code, words: &Words) {
    let success = matches!(asked.class(), Some(2 | 3));
    let mut labelled = |label: &str, text: &str| {
        paragraph(out, &format!("{indent}{label}: "), text);
    };
    labelled(&words.explain_who, actor(code.acts(), success, words));
    if !success {
        let waiting = if asked.class() == Some(4) {
            Waiting::Yes
        } else {
            code.waiting_helps()
        };
        labelled(&words.explain_waiting, wait(waiting, words));
        labelled(&words.explain_cause, code.cause_of(asked.class()).name());
    }
    let replies: Vec<&str> = code.replies().collect();
    if !replies.is_empty() {
        labelled(&words.explain_replies, &replies.join(&words.list_separator));
    }
    labelled(&words.explain_source, code.reference());
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
fn class<'w>(asked: &Asked, words: &'w Words) -> Option<&'w str> {
    match asked.class()? {
        2 => Some(&words.class_success),
        4 => Some(&words.class_transient),
        5 => Some(&words.class_permanent),
        _ => None,
    }
}
