//! `plainbounce check`: looks at all that the settings name, for the operator who has just put it in.
//!
//! It takes no mail, sends none, and leaves nothing behind. One finding a line, in plain words.

mod next_hop;
mod ports;

use std::fmt;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::rules::failed_examples;
use super::{FOUND_WRONG, one_line};
use crate::diagnosis::rules;
use crate::serve;
use crate::settings::{Loaded, Origin};

/// Sections that concern it: all of them.
const CONCERNED: [&str; 1] = [""];

/// All that was found, in the order in which mail goes.
#[derive(Default)]
struct Findings(Vec<(Verdict, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// Nothing wrong, but worth to know.
    Note,
    Wrong,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fine => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
        })
    }
}

impl Findings {
    fn fine(&mut self, what: impl Into<String>) {
        self.0.push((Verdict::Fine, what.into()));
    }

    fn note(&mut self, what: impl Into<String>) {
        self.0.push((Verdict::Note, what.into()));
    }

    fn wrong(&mut self, what: impl Into<String>) {
        self.0.push((Verdict::Wrong, what.into()));
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.0.iter().filter(|(found, _)| *found == verdict).count()
    }
}

/// An error is one of the settings themselves: then there is nothing to look at.
pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let loaded = super::load(file)?;
    loaded.not_yet(&CONCERNED)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let mut findings = Findings::default();
    settings(&loaded, &mut findings);
    runtime.context("cannot start")?.block_on(async {
        ports::look(&loaded, &mut findings).await;
        next_hop::look(&loaded, &mut findings).await;
    });
    words(&loaded, &mut findings);
    rules(&loaded, &mut findings);
    whoever_looks(&mut findings);
    say(&findings);
    Ok(match findings.count(Verdict::Wrong) {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FOUND_WRONG),
    })
}

fn settings(loaded: &Loaded, findings: &mut Findings) {
    let mut origins: Vec<String> = Vec::new();
    for entry in &loaded.entries {
        let origin = entry.origin.to_string();
        if entry.origin != Origin::Default && !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    match origins.as_slice() {
        [] => findings.note(format!(
            "settings: nothing is set, in {} or elsewhere",
            loaded.file.display()
        )),
        said => findings.fine(format!("settings: {}", said.join(", "))),
    }
    let is_open = ["smtp", "lmtp"].iter().any(|section| {
        let relay = loaded.settings.relay(section);
        relay.listen.is_some() || relay.tls_listen.is_some()
    });
    if !is_open && loaded.settings.milter.listen.is_none() {
        findings.note(
            "no door is to be open (smtp.listen, lmtp.listen, milter.listen): `annotate` needs none, \
             `serve` would not start",
        );
    }
}

/// Languages, templates, and what the operator has changed in them.
fn words(loaded: &Loaded, findings: &mut Findings) {
    let language = &loaded.settings.notice.language;
    let languages = loaded
        .notices()
        .map(|(languages, _)| languages.all().count());
    match serve::annotator(loaded).and(languages) {
        Ok(count) => findings.fine(format!(
            "notices: {language} where the mail does not say; {count} languages, all templates in order"
        )),
        Err(error) => findings.wrong(format!("{error:#}")),
    }
}

/// What is built in was looked at when it was built. What is wrong with the postmaster's has been said
/// with the words.
fn rules(loaded: &Loaded, findings: &mut Findings) {
    let built_in = rules::all().count();
    match loaded.rules_alone() {
        Ok(own) if own.is_empty() => findings.fine(format!("rules: {built_in} built in")),
        Ok(own) => {
            let count = own.all().len();
            match failed_examples(&own) {
                Ok(0) => findings.fine(format!("rules: {count} of yours, {built_in} built in")),
                Ok(failed) => findings.wrong(format!(
                    "rules: {count} of yours, and of their examples {failed} failed; `plainbounce rules test` shows them"
                )),
                Err(error) => findings.wrong(format!("rules: {error:#}")),
            }
        }
        Err(_) => {}
    }
}

fn whoever_looks(findings: &mut Findings) {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        findings.note(
            "root looked, who may open anything; whether the service's own user may, its log says \
             when it starts",
        );
    }
}

fn say(findings: &Findings) {
    let mut text = String::new();
    for (verdict, what) in &findings.0 {
        text.push_str(&format!("{verdict:<6} {}\n", one_line(what)));
    }
    text.push_str(&match findings.count(Verdict::Wrong) {
        0 => "nothing is wrong\n".to_owned(),
        1 => "one thing is wrong\n".to_owned(),
        more => format!("{more} things are wrong\n"),
    });
    // Whoever closed standard output has read enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
