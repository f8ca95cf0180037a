//! Recipients with the same cause, each group with what is said about it, the gravest first.

use super::languages::CauseWords;
use super::{Block, Diagnosed, Language, Said, Words, clean_line, date, fill, stations};
use crate::bounce::{Action, Report, ReportedRecipient};
use crate::diagnosis::{Cause, Confidence, Diagnosis};

/// More recipients of one cause are counted, not listed.
const MOST_LISTED: usize = 10;
/// More different replies than this tell the postmaster nothing new.
const MOST_REPLIES: usize = 3;

type Member<'r> = (&'r ReportedRecipient, &'r Diagnosis);

struct Group<'r> {
    action: Action,
    cause: Cause,
    members: Vec<Member<'r>>,
}

pub fn write(diagnosed: &Diagnosed<'_>, language: Language) -> Vec<Block> {
    groups(diagnosed)
        .iter()
        .map(|group| block(group, diagnosed, language))
        .collect()
}

fn groups<'r>(diagnosed: &Diagnosed<'r>) -> Vec<Group<'r>> {
    let mut out: Vec<Group<'r>> = Vec::new();
    for (recipient, diagnosis) in diagnosed.report.recipients.iter().zip(diagnosed.diagnoses) {
        let action = recipient.action.unwrap_or(Action::Failed);
        let cause = diagnosis.cause;
        match out
            .iter_mut()
            .find(|group| group.action == action && group.cause == cause)
        {
            Some(group) => group.members.push((recipient, diagnosis)),
            None => out.push(Group {
                action,
                cause,
                members: vec![(recipient, diagnosis)],
            }),
        }
    }
    out.sort_by_key(|group| (group.action.kind(), group.cause));
    out
}

fn block(group: &Group<'_>, diagnosed: &Diagnosed<'_>, language: Language) -> Block {
    let words = language.words();
    let cause = language.cause(group.cause);
    let (first, diagnosis) = group.members[0];
    let addresses = addresses(group, words);
    let unlisted = addresses.len().saturating_sub(MOST_LISTED);
    Block {
        heading: heading(group.action, words),
        more: (unlisted > 0).then(|| fill(&words.and_more, "count", &unlisted.to_string())),
        recipients: addresses.into_iter().take(MOST_LISTED).collect(),
        stations: stations::write(diagnosed.report, first, diagnosis, words),
        why: why(group, cause, diagnosed.report, words),
        steps: steps(group.action, cause, words),
        retry: retry(group, words),
        repair: &cause.repair,
        said: said(group, words),
        postmaster: &cause.postmaster,
    }
}

fn heading(action: Action, words: &'static Words) -> &'static str {
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

fn why(group: &Group<'_>, cause: &CauseWords, report: &Report, words: &Words) -> String {
    let why = match group.action {
        Action::Relayed => &words.relayed_why,
        Action::Expanded => &words.expanded_why,
        Action::Delayed => cause.why_delayed.as_ref().unwrap_or(&cause.why),
        _ if group.members.len() > 1 => cause.why_many.as_ref().unwrap_or(&cause.why),
        _ => &cause.why,
    };
    let domain = shared(group, |(recipient, _)| domain_of(recipient));
    let refuser = shared(group, |(recipient, _)| refuser(recipient, report));
    let named = |name: Option<String>| match name {
        Some(name) => clean_line(&name, &words.cut),
        None => words.receiving_side.clone(),
    };
    let why = fill(
        &fill(why, "domain", &named(domain)),
        "refuser",
        &named(refuser),
    );
    let stated = group
        .members
        .iter()
        .all(|(_, found)| found.confidence == Confidence::Stated);
    if stated || group.cause == Cause::Unknown {
        why
    } else {
        fill(&words.likely, "why", &why)
    }
}

/// What all members have in common, if they do.
fn shared(group: &Group<'_>, of: impl Fn(&Member<'_>) -> Option<String>) -> Option<String> {
    let first = group.members.first().and_then(&of)?;
    group
        .members
        .iter()
        .all(|member| of(member).as_ref() == Some(&first))
        .then_some(first)
}

fn domain_of(recipient: &ReportedRecipient) -> Option<String> {
    let (_, domain) = recipient.address()?.rsplit_once('@')?;
    (!domain.is_empty()).then(|| domain.to_lowercase())
}

/// Who refused: the recipient's domain where the host that did is one of its own; else that host,
/// since it may as well be the sender's own provider.
fn refuser(recipient: &ReportedRecipient, report: &Report) -> Option<String> {
    let host = recipient
        .remote_mta
        .as_ref()
        .or(report.reporting_mta.as_ref());
    let (domain, host) = (domain_of(recipient), host.map(|host| host.to_lowercase()));
    match (domain, host) {
        (Some(domain), Some(host)) => Some(if is_of(&host, &domain) { domain } else { host }),
        (domain, host) => domain.or(host),
    }
}

/// `mx.example.net` is of example.net, and of mail.example.net, too.
fn is_of(host: &str, domain: &str) -> bool {
    let below = |name: &str, parent: &str| {
        name.strip_suffix(parent)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let parent = host
        .split_once('.')
        .map(|(_, parent)| parent)
        .filter(|p| p.contains('.'));
    below(host, domain) || parent.is_some_and(|parent| below(domain, parent))
}

fn steps(action: Action, cause: &'static CauseWords, words: &'static Words) -> &'static [String] {
    match action {
        Action::Failed => &cause.steps,
        Action::Delayed => &words.delay_steps,
        Action::Delivered | Action::Relayed | Action::Expanded => &words.success_steps,
    }
}

fn retry(group: &Group<'_>, words: &Words) -> Option<String> {
    match group.action {
        Action::Failed => Some(words.no_retry.clone()),
        Action::Delayed => {
            let until = group
                .members
                .iter()
                .find_map(|(recipient, _)| recipient.will_retry_until);
            let until = until.and_then(|until| date::spell(&until, words));
            Some(match until {
                Some(time) => fill(&words.will_retry_until, "time", &time),
                None => words.will_retry.clone(),
            })
        }
        Action::Delivered | Action::Relayed | Action::Expanded => None,
    }
}

fn said(group: &Group<'_>, words: &Words) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::new();
    for (recipient, diagnosis) in &group.members {
        let said = said_about(recipient, diagnosis, words);
        if !out.contains(&said) {
            out.push(said);
        }
        if out.len() == MOST_REPLIES {
            break;
        }
    }
    out
}

fn said_about(recipient: &ReportedRecipient, diagnosis: &Diagnosis, words: &Words) -> Said {
    let code = diagnosis.status.map(|status| status.to_string());
    let code = code.or(diagnosis.reply.map(|reply| reply.to_string()));
    let host = recipient
        .remote_mta
        .as_deref()
        .map(|host| clean_line(host, &words.cut));
    let by = match (&code, &host) {
        (Some(code), Some(host)) => fill(&fill(&words.which_said, "code", code), "host", host),
        (Some(code), None) => fill(&words.which_said_no_host, "code", code),
        (None, Some(host)) => fill(&words.said_no_code_host, "host", host),
        (None, None) => words.said_only.clone(),
    };
    let text = recipient
        .diagnostic
        .as_deref()
        .map(|text| clean_line(text, &words.cut));
    Said {
        by,
        words: text.filter(|text| !text.is_empty()),
    }
}
