//! The answer of `inspect --json`: its keys and their order are those of the interface page.

use serde::Serialize;

use crate::annotator::Reading;
use crate::bounce::{ReportedRecipient, ReturnedMessage};
use crate::diagnosis::Diagnosis;

#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: Option<&'a str>,
    kind: &'a str,
    reporting_mta: Option<&'a str>,
    original: Original<'a>,
    recipients: Vec<Recipient<'a>>,
}

#[derive(Debug, Default, Serialize)]
struct Original<'a> {
    message_id: Option<&'a str>,
    subject: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    date: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Recipient<'a> {
    address: Option<&'a str>,
    action: Option<&'a str>,
    status: Option<String>,
    reply: Option<String>,
    remote_mta: Option<&'a str>,
    diagnostic: Option<&'a str>,
    cause: &'a str,
    confidence: &'a str,
    permanent: bool,
    rule: Option<&'a str>,
    /// Only where the text held a better one.
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_status: Option<String>,
}

/// One object in one line.
pub fn line(file: Option<&str>, reading: Option<&Reading>) -> String {
    let report = reading.map(|reading| &reading.report);
    let answer = Answer {
        file,
        kind: report.map_or("ordinary", |report| report.kind.name()),
        reporting_mta: report.and_then(|report| report.reporting_mta.as_deref()),
        original: report
            .map(|report| original(&report.original))
            .unwrap_or_default(),
        recipients: reading.map(recipients).unwrap_or_default(),
    };
    let mut line = serde_json::to_string(&answer).expect("strings and numbers are JSON");
    line.push('\n');
    line
}

fn original(returned: &ReturnedMessage) -> Original<'_> {
    Original {
        message_id: returned.message_id.as_deref(),
        subject: returned.subject.as_deref(),
        from: returned.from.as_deref(),
        to: returned.to.as_deref(),
        date: returned.date.as_deref(),
    }
}

fn recipients(reading: &Reading) -> Vec<Recipient<'_>> {
    let pairs = reading.report.recipients.iter().zip(&reading.diagnoses);
    pairs
        .map(|(reported, diagnosis)| recipient(reported, diagnosis))
        .collect()
}

fn recipient<'a>(reported: &'a ReportedRecipient, diagnosis: &'a Diagnosis) -> Recipient<'a> {
    Recipient {
        address: reported.address(),
        action: reported.action.map(|action| action.name()),
        status: diagnosis.status.map(|status| status.to_string()),
        reply: diagnosis.reply.map(|reply| reply.to_string()),
        remote_mta: reported.remote_mta.as_deref(),
        diagnostic: reported.diagnostic.as_deref(),
        cause: diagnosis.cause.name(),
        confidence: diagnosis.confidence.name(),
        permanent: diagnosis.permanent,
        rule: diagnosis.rule.as_deref(),
        reported_status: diagnosis.reported_status.map(|status| status.to_string()),
    }
}
