//! Each group of recipients with what is said about it.

use std::borrow::Cow;

use super::groups::{Group, groups};
use super::languages::{CauseWords, CodeWords};
use super::own_words::OwnWords;
use super::{Block, Diagnosed, House, Language, Said, Words};
use super::{clean_line, did_you_mean, fill, in_language, isolated, stations};
use crate::bounce::{Action, Report, ReportedRecipient};
use crate::diagnosis::{Cause, Confidence, Diagnosis};

/// More recipients of one cause are counted, not listed.
const MOST_LISTED: usize = 10;
/// More different replies than this tell the postmaster nothing new.
const MOST_REPLIES: usize = 3;

pub fn write<'l>(diagnosed: &Diagnosed<'_>, house: &House<'l>) -> Vec<Block<'l>> {
    groups(diagnosed)
        .iter()
        .map(|group| block(group, diagnosed.report, house))
        .collect()
}

fn block<'l>(group: &Group<'_>, report: &Report, house: &House<'l>) -> Block<'l> {
    let language = house.language;
    let (words, said) = (language.words(), Sayings::of(group, report, language));
    let (first, diagnosis) = group.members[0];
    let mut recipients = addresses(group, words);
    let unlisted = recipients.len().saturating_sub(MOST_LISTED);
    recipients.truncate(MOST_LISTED);
    Block {
        heading: heading(group.action, words),
        more: (unlisted > 0).then(|| fill(&words.and_more, "count", &unlisted.to_string())),
        listed: in_language::list(&recipients, language),
        recipients,
        stations: stations::write(report, first, diagnosis, words),
        title: said.own.as_ref().and_then(OwnWords::title),
        why: why(group, &said, report, language),
        suggestion: suggestion(group, house),
        steps: said.steps(group.action, words),
        retry: said.retry(retry(group, language)),
        repair: said.repair(),
        contact: said.own.as_ref().and_then(OwnWords::contact),
        link: said.own.as_ref().and_then(OwnWords::link),
        said: replies(group, language),
        postmaster: said.postmaster(),
    }
}

/// What a language says of a group: of its cause, of what the receiver means by its code, and what
/// the postmaster's rule says in it.
struct Sayings<'l, 'g> {
    cause: &'l CauseWords,
    code: Option<&'l CodeWords>,
    own: Option<OwnWords<'g>>,
}

impl<'l: 'g, 'g> Sayings<'l, 'g> {
    fn of(group: &Group<'g>, report: &Report, language: &'l Language) -> Self {
        let failed = group.action == Action::Failed;
        let code = failed.then(|| group.code(report)).flatten();
        Self {
            cause: language.cause(group.cause),
            code: code.and_then(|code| language.code(code)),
            own: OwnWords::of(group, report, language),
        }
    }

    fn steps(&self, action: Action, words: &'l Words) -> Cow<'l, [String]> {
        if let Some(own) = self.own.as_ref().and_then(OwnWords::steps) {
            return own.into();
        }
        let of_code = self.code.map(|code| code.you.as_slice());
        let steps = match action {
            Action::Failed => of_code
                .filter(|you| !you.is_empty())
                .unwrap_or(&self.cause.steps),
            Action::Delayed => &words.delay_steps,
            Action::Delivered | Action::Relayed | Action::Expanded => &words.success_steps,
        };
        steps.into()
    }

    fn postmaster(&self) -> Cow<'l, [String]> {
        if let Some(own) = self.own.as_ref().and_then(OwnWords::postmaster) {
            return own.into();
        }
        let of_code = self.code.map(|code| &code.postmaster);
        of_code.unwrap_or(&self.cause.postmaster).as_slice().into()
    }

    fn repair(&self) -> Cow<'l, str> {
        match self.own.as_ref().and_then(OwnWords::who) {
            Some(own) => own.into(),
            None => self.cause.repair.as_str().into(),
        }
    }

    fn retry(&self, usual: Option<String>) -> Option<String> {
        match (usual, self.own.as_ref().and_then(OwnWords::waiting)) {
            (Some(usual), Some(own)) => Some(format!("{usual} {own}.")),
            (usual, own) => usual.or(own),
        }
    }
}

fn heading(action: Action, words: &Words) -> &str {
    match action {
        Action::Failed => &words.failure_heading,
        Action::Delayed => &words.delay_heading,
        Action::Delivered => &words.success_heading,
        Action::Relayed => &words.relayed_heading,
        Action::Expanded => &words.expanded_heading,
    }
}

/// Each address once, in the order of the report.
fn addresses(group: &Group<'_>, words: &Words) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let all = group
        .members
        .iter()
        .map(|(recipient, _)| recipient.address());
    let unique = all.filter(|address| seen.insert(*address));
    let shown = |address: Option<&str>| match address {
        Some(address) => clean_line(address, &words.cut),
        None => words.unnamed_recipient.clone(),
    };
    unique.map(shown).collect()
}

fn why(group: &Group<'_>, said: &Sayings<'_, '_>, report: &Report, language: &Language) -> String {
    let own = said.own.as_ref().and_then(OwnWords::why);
    let why = own.unwrap_or_else(|| usual_why(group, said, report, language));
    match forwarded(group, language) {
        Some(forwarded) => format!("{forwarded} {why}"),
        None => why,
    }
}

fn usual_why(
    group: &Group<'_>,
    said: &Sayings<'_, '_>,
    report: &Report,
    language: &Language,
) -> String {
    let words = language.words();
    let (cause, many) = (said.cause, group.members.len() > 1);
    let why = match group.action {
        Action::Relayed => &words.relayed_why,
        Action::Expanded => &words.expanded_why,
        Action::Delayed => cause.why_delayed.as_ref().unwrap_or(&cause.why),
        _ if many => cause.why_many.as_ref().unwrap_or(&cause.why),
        _ => said.code.map_or(&cause.why, |code| &code.why),
    };
    let mut why = why.clone();
    if why.contains("{domain}") {
        why = fill(&why, "domain", &side(group.domain(), language));
    }
    if why.contains("{refuser}") {
        why = fill(&why, "refuser", &side(group.refuser(report), language));
    }
    let stated = |(_, found): &(_, &Diagnosis)| found.confidence == Confidence::Stated;
    if !group.members.iter().all(stated) && group.cause != Cause::Unknown {
        why = fill(&words.likely, "why", &why);
    }
    why
}

/// A domain or host, or that it is the other side.
fn side(name: Option<String>, language: &Language) -> String {
    match name {
        Some(name) => shown(&name, language),
        None => language.words().receiving_side.clone(),
    }
}

/// What came with the report, in a sentence.
fn shown(value: &str, language: &Language) -> String {
    isolated(&clean_line(value, &language.words().cut), language).into_owned()
}

/// That the message went on to another address than the one that the reader knows.
fn forwarded(group: &Group<'_>, language: &Language) -> Option<String> {
    let [(recipient, found)] = group.members.as_slice() else {
        return None;
    };
    let from = recipient.original_recipient.as_ref()?;
    let to = recipient.final_recipient.as_ref()?;
    let both_are_mail = from.contains('@') && to.contains('@');
    if from.eq_ignore_ascii_case(to) || !both_are_mail {
        return None;
    }
    let words = language.words();
    let refused = group.action == Action::Failed && found.reply.is_some();
    let sentence = if refused {
        &words.forwarded_refused
    } else {
        &words.forwarded
    };
    let sentence = fill(sentence, "original", &shown(from, language));
    Some(fill(&sentence, "final", &shown(to, language)))
}

/// Where the address looks mistyped, the one that may have been meant.
fn suggestion(group: &Group<'_>, house: &House<'_>) -> Option<String> {
    let [(recipient, _)] = group.members.as_slice() else {
        return None;
    };
    let written = recipient.original_recipient.as_deref();
    let written = written.or(recipient.address())?;
    let meant = did_you_mean::suggestion(written, group.cause, house.known_domains)?;
    let (failed, language) = (group.action == Action::Failed, house.language);
    let sentence = &language.words().did_you_mean;
    failed.then(|| fill(sentence, "address", &shown(&meant, language)))
}

fn retry(group: &Group<'_>, language: &Language) -> Option<String> {
    let words = language.words();
    match group.action {
        Action::Failed => Some(words.no_retry.clone()),
        Action::Delayed => {
            let mut members = group.members.iter();
            let until = members.find_map(|(recipient, _)| recipient.will_retry_until);
            let until = until.and_then(|until| in_language::date_time(&until, language));
            Some(match until {
                Some(time) => fill(&words.will_retry_until, "time", &isolated(&time, language)),
                None => words.will_retry.clone(),
            })
        }
        Action::Delivered | Action::Relayed | Action::Expanded => None,
    }
}

fn replies(group: &Group<'_>, language: &Language) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::new();
    for (recipient, diagnosis) in &group.members {
        let said = said_about(recipient, diagnosis, language);
        if !out.contains(&said) {
            out.push(said);
        }
        if out.len() == MOST_REPLIES {
            break;
        }
    }
    out
}

fn said_about(recipient: &ReportedRecipient, found: &Diagnosis, language: &Language) -> Said {
    let words = language.words();
    let code = found.status.map(|status| status.to_string());
    let code = code.or(found.reply.map(|reply| reply.to_string()));
    let host = recipient.remote_mta.as_deref();
    let put = |text: &str, name: &str, value: &str| fill(text, name, &shown(value, language));
    let by = match (&code, host) {
        (Some(code), Some(host)) => put(&put(&words.which_said, "code", code), "host", host),
        (Some(code), None) => put(&words.which_said_no_host, "code", code),
        (None, Some(host)) => put(&words.said_no_code_host, "host", host),
        (None, None) => words.said_only.clone(),
    };
    let text = recipient.diagnostic.as_deref();
    let text = text.map(|text| clean_line(text, &words.cut));
    Said {
        by,
        words: text.filter(|text| !text.is_empty()),
    }
}
