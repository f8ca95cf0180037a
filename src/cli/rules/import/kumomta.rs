//! KumoMTA's bounce classifier: `[rules]`, and in it a list of expressions for each of its classes
//! (<https://docs.kumomta.com/reference/kumo/configure_bounce_classifier/>).

use toml::de::{DeTable, DeValue};

use super::{Imported, Taken, line_of};

/// What its classes are here, and whether it helps to wait.
const CLASSES: &[(&str, &str)] = &[
    ("InvalidRecipient", "mailbox-unknown"),
    ("BadDomain", "domain-unknown"),
    ("DNSFailure", "domain-unknown"),
    ("InactiveMailbox", "mailbox-disabled"),
    ("InvalidSender", "sender-refused"),
    ("QuotaIssues", "mailbox-full"),
    ("NoAnswerFromHost", "connection-failed"),
    ("BadConnection", "connection-failed"),
    ("RoutingErrors", "routing-loop"),
    ("TransientFailure", "system-error"),
    ("MessageExpired", "delivery-expired"),
    ("ProtocolErrors", "protocol-error"),
    ("AuthenticationFailed", "sender-unauthenticated"),
    ("PolicyRelated", "policy-refused"),
    ("TooManyRecipients", "rate-limited"),
    ("SpamBlock", "server-blocked"),
    ("SpamContent", "spam-suspected"),
    ("VirusContent", "virus-suspected"),
    ("ProhibitedAttachment", "content-refused"),
    ("ContentRelated", "content-refused"),
    ("RelayDenied", "relay-denied"),
    ("BadConfiguration", "system-error"),
];

/// An error is of TOML.
pub fn read(text: &str) -> Result<Imported, String> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        format!("{line}: {}", error.message())
    })?;
    let Some(DeValue::Table(rules)) = table.get_ref().get("rules").map(|rules| rules.get_ref())
    else {
        return Err("there is no [rules] in it".to_owned());
    };
    let mut out = Imported::default();
    let mut rules: Vec<_> = rules.iter().collect();
    rules.sort_by_key(|(class, _)| class.span().start);
    for (class, list) in rules {
        let name = class.get_ref();
        let items = list.get_ref().as_array().map(|items| items.iter());
        let expressions = items.into_iter().flatten();
        let expressions =
            expressions.filter_map(|item| Some((item.span().start, item.get_ref().as_str()?)));
        let known = CLASSES.iter().find(|(class, _)| class == name);
        for (start, expression) in expressions {
            let line = line_of(text, start);
            match known {
                // one by one: of each the line is known
                Some((_, cause)) => {
                    let name = format!("{name}-{line}");
                    out.rules
                        .push(Taken::of(line, &name, vec![expression.to_owned()], cause));
                }
                None => {
                    let why = format!("{expression}: no cause stands for the class {name}");
                    out.left.push((line, why));
                }
            }
        }
    }
    Ok(out)
}
