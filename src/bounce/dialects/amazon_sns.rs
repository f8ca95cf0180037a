//! What Amazon SES tells a topic, in a mail from Amazon SNS, as JSON,
//! <https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html>.
//!
//! ```text
//! From: SES bounces <no-reply@sns.amazonaws.com>
//! Subject: AWS Notification Message
//! x-amz-sns-message-id: ad6bdf42-0000-0000-0000-000000000000
//!
//! {"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General",
//! "bouncedRecipients":[{"emailAddress":"bob@example.net","action":"failed","status":"5.1.1",
//! "diagnosticCode":"smtp; 550 5.1.1 user unknown"}], "reportingMTA":"dsn; a27-23.smtp-out.example"},
//! "mail":{"source":"alice@example.org","destination":["bob@example.net"], …}}
//!
//! --
//! If you wish to stop receiving notifications from this topic, […]
//! ```
//!
//! The other types are `Delivery` and, among events, `DeliveryDelay`; complaints are no reports on a
//! delivery. Events say `eventType`. An envelope `{"Type":"Notification","Message":"{…}"}` may be
//! around it.

use serde::Deserialize;

use crate::bounce::report::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};

use super::Letter;

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.is_from("@sns.amazonaws.com")
        && letter.message.field("x-amz-sns-message-id").is_some()
        && letter.opens_with("{")
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let words = letter.words().trim_start();
    // Sendmail breaks lines of more than 990 bytes, with an exclamation mark
    let notification = notification(words).or_else(|| notification(&words.replace("!\n ", "")))?;
    let (recipients, reporting_mta) = match notification.kind.as_str() {
        "Bounce" => notification.bounce?.read(),
        "Delivery" => notification.delivery?.read(),
        "DeliveryDelay" => notification.delivery_delay?.read(),
        _ => return None,
    };
    Some(Report {
        kind: Kind::Failure,
        dialect: "",
        reporting_mta,
        arrival_date: None,
        recipients,
        original: notification.mail.read(),
    })
}

/// The footer of SNS follows the JSON.
fn notification(words: &str) -> Option<Notification> {
    fn first<'j, T: Deserialize<'j>>(words: &'j str) -> Option<T> {
        let values = serde_json::Deserializer::from_str(words).into_iter();
        values.filter_map(Result::ok).next()
    }
    let inside = first(words).map(|Envelope { message }| message);
    first(inside.as_deref().unwrap_or(words))
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Message")]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    #[serde(rename = "notificationType", alias = "eventType")]
    kind: String,
    bounce: Option<Bounce>,
    delivery: Option<Delivery>,
    delivery_delay: Option<Delay>,
    #[serde(default)]
    mail: Mail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(default)]
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    bounced_recipients: Vec<Recipient>,
    #[serde(rename = "reportingMTA")]
    reporting_mta: Option<String>,
    #[serde(rename = "remoteMtaIp")]
    remote_mta_ip: Option<String>,
}

impl Bounce {
    fn read(self) -> (Vec<ReportedRecipient>, Option<String>) {
        let kind = format!("{} {}", self.bounce_type, words(&self.bounce_sub_type));
        let recipients = self.bounced_recipients.iter();
        let recipients = recipients.map(|recipient| ReportedRecipient {
            remote_mta: self.remote_mta_ip.clone(),
            ..recipient.read(Action::Failed, &kind)
        });
        let recipients = recipients.collect();
        (recipients, self.reporting_mta.as_deref().and_then(name))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    recipients: Vec<String>,
    smtp_response: Option<String>,
    #[serde(rename = "reportingMTA")]
    reporting_mta: Option<String>,
}

impl Delivery {
    fn read(self) -> (Vec<ReportedRecipient>, Option<String>) {
        let said = self.smtp_response.unwrap_or_default();
        let recipients = self.recipients.iter();
        let recipients =
            recipients.map(|address| ReportedRecipient::told(address, Action::Delivered, &said));
        let recipients = recipients.collect();
        (recipients, self.reporting_mta.as_deref().and_then(name))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delay {
    #[serde(default)]
    delay_type: String,
    delayed_recipients: Vec<Recipient>,
    #[serde(rename = "reportingMTA")]
    reporting_mta: Option<String>,
}

impl Delay {
    fn read(self) -> (Vec<ReportedRecipient>, Option<String>) {
        let kind = words(&self.delay_type);
        let recipients = self.delayed_recipients.iter();
        let recipients = recipients.map(|recipient| recipient.read(Action::Delayed, &kind));
        let recipients = recipients.collect();
        (recipients, self.reporting_mta.as_deref().and_then(name))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    status: Option<String>,
    diagnostic_code: Option<String>,
}

impl Recipient {
    fn read(&self, action: Action, kind: &str) -> ReportedRecipient {
        let said = self.diagnostic_code.as_deref().unwrap_or("");
        let said = said.strip_prefix("smtp;").unwrap_or(said).trim();
        let status = self.status.as_deref().and_then(|code| code.parse().ok());
        let recipient = ReportedRecipient::told(&self.email_address, action, said);
        ReportedRecipient {
            status: status.or(recipient.status),
            context: Some(kind.to_owned()),
            ..recipient
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Mail {
    source: Option<String>,
    destination: Vec<String>,
    common_headers: CommonHeaders,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CommonHeaders {
    from: Vec<String>,
    to: Vec<String>,
    subject: Option<String>,
    date: Option<String>,
    message_id: Option<String>,
}

impl Mail {
    fn read(self) -> ReturnedMessage {
        let headers = self.common_headers;
        let list = |list: Vec<String>| (!list.is_empty()).then(|| list.join(", "));
        ReturnedMessage {
            message_id: headers.message_id,
            subject: headers.subject,
            from: list(headers.from).or(self.source),
            to: list(headers.to).or(list(self.destination)),
            date: headers.date,
            ..ReturnedMessage::default()
        }
    }
}

/// `MailboxFull` → `Mailbox Full`
fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// `dsn; a27-23.smtp-out.us-west-2.amazonses.com`
fn name(mta: &str) -> Option<String> {
    let name = mta.rsplit(';').next()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
