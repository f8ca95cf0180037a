//! Recipients with the same cause in groups, the gravest first; and what those of a group have in
//! common.

use std::sync::Arc;

use crate::bounce::{Action, Report, ReportedRecipient};
use crate::diagnosis::codes::Code;
use crate::diagnosis::{Cause, Diagnosis, meaning};

use super::Diagnosed;
use crate::diagnosis::rules::own::Applied;

pub type Member<'r> = (&'r ReportedRecipient, &'r Diagnosis);

pub struct Group<'r> {
    pub action: Action,
    pub cause: Cause,
    /// The postmaster's rule that fits all of them.
    pub own: Option<&'r Applied>,
    pub members: Vec<Member<'r>>,
}

/// Recipients of whom one rule says other things, each in its own way, are told apart so many times.
const MOST_OF_A_RULE: usize = 10;

pub fn groups<'r>(diagnosed: &Diagnosed<'r>) -> Vec<Group<'r>> {
    let mut out: Vec<Group<'r>> = Vec::new();
    for (recipient, diagnosis) in diagnosed.report.recipients.iter().zip(diagnosed.diagnoses) {
        let action = recipient.action.unwrap_or(Action::Failed);
        let cause = diagnosis.cause;
        let own = diagnosis.own.as_ref();
        let same = |group: &Group<'_>| {
            let rule = |own: Option<&'r Applied>| own.map(|own| Arc::as_ptr(&own.does));
            (
                group.action,
                group.cause,
                group.own.map(|own| Arc::as_ptr(&own.does)),
            ) == (action, cause, rule(own))
        };
        let of_rule = out.iter().filter(|group| same(group)).count();
        let joins =
            |group: &&mut Group<'_>| same(group) && (group.own == own || of_rule >= MOST_OF_A_RULE);
        match out.iter_mut().find(joins) {
            Some(group) => group.members.push((recipient, diagnosis)),
            None => out.push(Group {
                action,
                cause,
                own,
                members: vec![(recipient, diagnosis)],
            }),
        }
    }
    out.sort_by_key(|group| (group.action.kind(), group.cause));
    out
}

impl Group<'_> {
    /// The code that all of them were given, where its giver means more by it than its cause says.
    pub fn code(&self, report: &Report) -> Option<Code> {
        let (first, found) = self.members[0];
        let same = |(_, other): &Member<'_>| {
            (other.status, other.reply, &other.rule) == (found.status, found.reply, &found.rule)
        };
        let all_same = self.members.iter().all(same);
        all_same.then(|| meaning(report, first, found)).flatten()
    }

    pub fn domain(&self) -> Option<String> {
        self.shared(|(recipient, _)| domain_of(recipient))
    }

    pub fn refuser(&self, report: &Report) -> Option<String> {
        self.shared(|(recipient, _)| refuser(recipient, report))
    }

    /// What all members have in common, if they do.
    fn shared(&self, of: impl Fn(&Member<'_>) -> Option<String>) -> Option<String> {
        let first = self.members.first().and_then(&of)?;
        let mut others = self.members.iter().skip(1);
        others
            .all(|member| of(member).as_ref() == Some(&first))
            .then_some(first)
    }
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
