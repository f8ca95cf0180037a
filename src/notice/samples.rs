//! One report for each cause and each turn that a notice can take, to look at notices and to try
//! templates. No real mail is in them.

use super::{Diagnosed, House, Language, Notice, Style};
use crate::bounce::{Action, Report, ReportedRecipient, ReturnedMessage};
use crate::diagnosis::{Cause, Confidence, Diagnosis};
use crate::mail::parse_date;

/// A report to look at.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Of the cause, or of what is special about it.
    pub name: &'static str,
    pub report: Report,
    pub diagnoses: Vec<Diagnosis>,
}

/// What each cause is mostly said with.
const SAID: &[(Cause, &str)] = {
    use Cause::*;
    &[
        (MailboxUnknown, "550 5.1.1 <bob@example.net>: no such user"),
        (MailboxFull, "552 5.2.2 mailbox is over its quota"),
        (MailboxDisabled, "550 5.2.1 this account is disabled"),
        (
            MailboxMoved,
            "551 5.1.6 user has moved to <bob@example.org>",
        ),
        (DomainUnknown, "5.1.2 host or domain name not found"),
        (DomainRefusesMail, "556 5.1.10 the domain has a null MX"),
        (
            RecipientRefused,
            "550 5.7.1 only members may write to this list",
        ),
        (
            MessageTooBig,
            "552 5.3.4 message exceeds the limit of 20 MB",
        ),
        (
            ContentRefused,
            "554 5.6.1 attachments of type .exe are not allowed",
        ),
        (SpamSuspected, "554 5.7.1 rejected as spam"),
        (VirusSuspected, "554 5.7.1 a virus was found in the message"),
        (SenderRefused, "553 5.1.8 sender domain does not exist"),
        (
            SenderUnauthenticated,
            "550 5.7.26 unauthenticated mail is refused (SPF, DKIM)",
        ),
        (ServerBlocked, "554 5.7.1 192.0.2.7 is on our block list"),
        (
            ServerMisconfigured,
            "550 5.7.25 192.0.2.7 has no reverse DNS name",
        ),
        (RateLimited, "450 4.7.1 too many messages, try again later"),
        (PolicyRefused, "550 5.7.1 refused by local policy"),
        (RelayDenied, "550 5.7.1 relaying denied"),
        (RoutingLoop, "554 5.4.6 too many hops"),
        (DeliveryExpired, "4.4.7 delivery time expired"),
        (
            ConnectionFailed,
            "4.4.1 connect to mx.example.net: connection timed out",
        ),
        (
            EncryptionFailed,
            "5.7.10 TLS is required, and was not offered",
        ),
        (ProtocolError, "501 5.1.3 bad recipient address syntax"),
        (SystemFull, "452 4.3.1 insufficient system storage"),
        (SystemError, "451 4.3.0 internal error"),
        (Delivered, "250 2.1.5 delivered"),
        (Unknown, "554 5.0.0 transaction failed"),
    ]
};

/// All of them, in the order of the causes, and then the turns.
pub fn all() -> Vec<Sample> {
    let of_cause = |cause: &Cause| SAID.iter().find(|(said, _)| said == cause);
    let causes = Cause::ALL.iter().filter_map(of_cause);
    let mut out: Vec<Sample> = causes
        .map(|&(cause, said)| of(cause.name(), cause, said))
        .collect();
    out.extend(turns());
    out
}

/// The notice on each of them, without anything that an operator may add.
pub fn notices<'l>(language: &'l Language, style: &'l Style) -> Vec<Notice<'l>> {
    let write = |sample: &Sample| sample.notice(language, style);
    all().iter().map(write).collect()
}

impl Sample {
    pub fn notice<'l>(&self, language: &'l Language, style: &'l Style) -> Notice<'l> {
        let (report, diagnoses) = (&self.report, self.diagnoses.as_slice());
        let house = House {
            name: "mail.example.org",
            style,
            language,
            known_domains: &[],
        };
        super::write(&Diagnosed { report, diagnoses }, &house)
    }

    fn action(mut self, name: &'static str, action: Action) -> Self {
        self.name = name;
        self.report.kind = action.kind();
        for recipient in &mut self.report.recipients {
            recipient.action = Some(action);
        }
        self
    }

    fn and(mut self, other: Self) -> Self {
        self.report.recipients.extend(other.report.recipients);
        self.diagnoses.extend(other.diagnoses);
        self
    }

    /// With another recipient for the first.
    fn to(mut self, address: &str) -> Self {
        self.report.recipients[0].final_recipient = Some(address.to_owned());
        self
    }
}

fn turns() -> Vec<Sample> {
    let sample = |name, cause: Cause| {
        let (_, said) = SAID
            .iter()
            .find(|(said, _)| *said == cause)
            .expect("of every cause");
        of(name, cause, said)
    };
    let mut delay = sample("", Cause::ConnectionFailed).action("delay", Action::Delayed);
    delay.report.recipients[0].will_retry_until = parse_date(b"Mon, 19 Oct 2026 14:03:00 +0200");
    let mut likely = sample("likely", Cause::MailboxUnknown);
    likely.diagnoses[0].confidence = Confidence::Likely;
    let mut forwarded = sample("forwarded", Cause::MailboxFull);
    forwarded.report.recipients[0].original_recipient = Some("info@example.com".to_owned());
    let mut unfamiliar = sample("unfamiliar", Cause::SpamSuspected);
    unfamiliar.report.original = ReturnedMessage::default();
    let many =
        (1..=34).map(|n| sample("many", Cause::MailboxUnknown).to(&format!("user{n}@example.net")));
    let many = many.reduce(Sample::and);
    let several = sample("several", Cause::MailboxUnknown)
        .and(sample("", Cause::MailboxFull).to("carla@example.com"))
        .and(sample("", Cause::MailboxFull).to("dora@example.com"));
    let mistyped = sample("mistyped", Cause::DomainUnknown).to("bob@gmial.com");
    let relayed = sample("", Cause::Delivered).action("relayed", Action::Relayed);
    let expanded = sample("", Cause::Delivered).action("expanded", Action::Expanded);
    let mut out = vec![
        delay, relayed, expanded, likely, forwarded, mistyped, several,
    ];
    out.extend(many);
    out.push(unfamiliar);
    out
}

fn of(name: &'static str, cause: Cause, said: &str) -> Sample {
    let delivered = cause == Cause::Delivered;
    let action = if delivered {
        Action::Delivered
    } else {
        Action::Failed
    };
    let words: Vec<&str> = said.splitn(3, ' ').collect();
    let status = words.iter().find_map(|word| word.parse().ok());
    let reply = words[0].parse().ok();
    let nobody_there = [Cause::DomainUnknown, Cause::DeliveryExpired].contains(&cause);
    let recipient = ReportedRecipient {
        final_recipient: Some("bob@example.net".to_owned()),
        action: Some(action),
        status,
        remote_mta: (!nobody_there).then(|| "mx.example.net".to_owned()),
        diagnostic: Some(said.to_owned()),
        ..ReportedRecipient::default()
    };
    let mut report = Report::without_recipients(action.kind(), "");
    report.reporting_mta = Some("mail.example.org".to_owned());
    report.original = ReturnedMessage {
        message_id: Some("<42@example.org>".to_owned()),
        subject: Some("Q3 figures".to_owned()),
        to: Some("bob@example.net".to_owned()),
        date: Some("Mon, 12 Oct 2026 14:03:00 +0200".to_owned()),
        ..ReturnedMessage::default()
    };
    report.recipients.push(recipient);
    Sample {
        name,
        report,
        diagnoses: vec![Diagnosis {
            status,
            reported_status: None,
            reply,
            cause,
            confidence: Confidence::Stated,
            permanent: !delivered,
            rule: None,
            own: None,
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_sample() {
        let all = all();
        for cause in Cause::ALL {
            assert!(
                all.iter().any(|sample| sample.name == cause.name()),
                "{}",
                cause.name()
            );
        }
    }
}
