//! How far the message got, as far as the report tells; a guess is never drawn.

use super::{Station, Words, clean_line};
use crate::bounce::{Action, Report, ReportedRecipient};
use crate::diagnosis::{Cause, Diagnosis};

pub fn write<'l>(
    report: &Report,
    recipient: &ReportedRecipient,
    diagnosis: &Diagnosis,
    words: &'l Words,
) -> Vec<Station<'l>> {
    let reporter = report.reporting_mta.as_deref();
    let refuser = recipient
        .remote_mta
        .as_deref()
        .filter(|remote| Some(*remote) != reporter);
    let mut out = Vec::new();
    if report.original.is_known() {
        out.push(station(&words.you, &words.station_sent, "done", words));
    }
    if let Some(name) = reporter {
        let (did, state) = of_reporter(recipient.action, refuser.is_some(), words);
        out.push(station(name, did, state, words));
    }
    if let Some(name) = refuser {
        let (did, state) = of_refuser(recipient.action, has_replied(diagnosis), words);
        out.push(station(name, did, state, words));
    }
    // one station alone tells no way
    if out.len() > 1 { out } else { Vec::new() }
}

fn station<'l>(name: &str, did: &'l str, state: &'static str, words: &Words) -> Station<'l> {
    Station {
        name: clean_line(name, &words.cut),
        did,
        state,
    }
}

/// What the system that reports did with the message.
fn of_reporter(action: Option<Action>, passed_on: bool, words: &Words) -> (&str, &'static str) {
    match action {
        Some(Action::Delivered) => (&words.station_delivered, "done"),
        Some(Action::Relayed | Action::Expanded) => (&words.station_passed_on, "done"),
        Some(Action::Delayed) => (&words.station_waiting, "waiting"),
        Some(Action::Failed) | None if passed_on => (&words.station_passed_on, "done"),
        Some(Action::Failed) | None => (&words.station_reported, "failed"),
    }
}

/// Whether the system behind it said something. What a name server or a dead line makes the
/// reporting system say is no reply of that one.
fn has_replied(diagnosis: &Diagnosis) -> bool {
    let nobody_there = [Cause::DomainUnknown, Cause::ConnectionFailed].contains(&diagnosis.cause);
    diagnosis.reply.is_some() && !nobody_there
}

/// What the system behind it did. Without a reply, nobody there has refused anything.
fn of_refuser(action: Option<Action>, replied: bool, words: &Words) -> (&str, &'static str) {
    match action {
        Some(Action::Delivered | Action::Relayed | Action::Expanded) => {
            (&words.station_accepted, "done")
        }
        Some(Action::Delayed) if replied => (&words.station_not_now, "waiting"),
        Some(Action::Failed) | None if replied => (&words.station_refused, "failed"),
        _ => (&words.station_not_reached, "failed"),
    }
}
