//! `explain` for people: paragraphs within 72 columns.

use std::fmt::Write as _;

use super::Saying;
use crate::diagnosis::codes::{Actor, Asked, Code, Reading, Waiting};
use crate::notice::{Language, Words, list as listed};

/// One line on an entry of the catalogue.
pub fn line(code: Code, language: &Language) -> String {
    let saying = Saying::of(code, None, language);
    let giver = code.giver().unwrap_or("");
    let said = code.says().next();
    let said = said.map_or(String::new(), |said| format!(" ({said})"));
    format!(
        "{:<14} {}{said}{}{giver}\n",
        code.code(),
        saying.title,
        if giver.is_empty() { "" } else { " - " }
    )
}

/// The explanation, ready to be printed; `None` where nothing is known of such a code at all.
pub fn explain(asked: &Asked, language: &Language) -> Option<String> {
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

fn of_registry(out: &mut String, asked: &Asked, code: Code, language: &Language) {
    let words = language.words();
    if !asked.is_listed_as(code) {
        let unlisted = words
            .explain_unregistered
            .replace("{code}", &asked.to_string());
        paragraph(out, "", &unlisted);
        out.push('\n');
    }
    let saying = Saying::of(code, asked.class(), language);
    paragraph(out, &format!("{asked}  "), saying.title);
    if let Some(text) = class(asked, words) {
        paragraph(out, "", text);
    }
    let _ = writeln!(out, "\n{}", words.explain_why);
    paragraph(out, "    ", &saying.why);
    steps(out, "", &words.explain_you, saying.you);
    steps(out, "", &words.explain_postmaster, saying.postmaster);
    out.push('\n');
    facts(out, "", asked, code, language);
}

/// What a receiver means, and with which words beside the code.
fn of_receiver(out: &mut String, asked: &Asked, reading: &Reading, language: &Language) {
    let code = reading.code;
    let saying = Saying::of(code, asked.class(), language);
    out.push('\n');
    paragraph(out, "  ", &heading(asked, reading, language.words()));
    paragraph(out, "    ", saying.title);
    paragraph(out, "    ", &saying.why);
    if let Some(own) = language.code(code) {
        steps(out, "    ", &language.words().explain_you, &own.you);
        steps(
            out,
            "    ",
            &language.words().explain_postmaster,
            &own.postmaster,
        );
        out.push('\n');
    }
    facts(out, "    ", asked, code, language);
}

fn heading(asked: &Asked, reading: &Reading, words: &Words) -> String {
    let code = reading.code;
    let mut parts: Vec<String> = code.giver().map(str::to_owned).into_iter().collect();
    if let Some(spelled) = &reading.spelled {
        parts.push(words.explain_spelled.replace("{code}", spelled));
    } else if !["any", asked.to_string().as_str()].contains(&code.code()) {
        parts.push(words.explain_spelled.replace("{code}", code.code()));
    }
    if let Some(said) = code.says().next() {
        let quoted = words.quoted.replace("{text}", said);
        parts.push(words.explain_where_it_says.replace("{words}", &quoted));
    }
    parts.join(&words.list_separator)
}

/// Who can act, whether waiting helps, and where it is written.
fn facts(out: &mut String, indent: &str, asked: &Asked, code: Code, language: &Language) {
    let words = language.words();
    let success = matches!(asked.class(), Some(2 | 3));
    let mut labelled = |label: &str, text: &str| {
        let label = words.label.replace("{text}", label);
        paragraph(out, &format!("{indent}{label} "), text);
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
    let replies: Vec<String> = code.replies().map(str::to_owned).collect();
    if !replies.is_empty() {
        labelled(&words.explain_replies, &listed(&replies, language));
    }
    labelled(&words.explain_source, code.reference());
}

fn steps(out: &mut String, indent: &str, heading: &str, steps: &[String]) {
    if steps.is_empty() {
        return;
    }
    out.push('\n');
    paragraph(out, indent, heading);
    for (number, step) in steps.iter().enumerate() {
        paragraph(out, &format!("{indent}  {}. ", number + 1), step);
    }
}

/// Lines of at most 72 columns, the later ones as far in as the first one's text.
fn paragraph(out: &mut String, first: &str, text: &str) {
    let rest = " ".repeat(textwrap::core::display_width(first).min(10));
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
