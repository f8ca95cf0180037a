//! ZoneMTA's `bounces.txt`: `expression,action,category,message` in each line, in the order in which
//! they are tried; the comments above a line are mostly replies that it is for.

use super::{Imported, Taken};

/// What its categories are here. `other` is no cause, and `envelope` may be the sender or the recipient.
const CATEGORIES: &[(&str, &str)] = &[
    ("rate", "rate-limited"),
    ("block", "policy-refused"),
    ("spam", "spam-suspected"),
    ("virus", "virus-suspected"),
    ("message", "content-refused"),
    ("config", "system-error"),
    ("recipient", "mailbox-unknown"),
    ("capacity", "mailbox-full"),
    ("greylist", "rate-limited"),
    ("network", "connection-failed"),
    ("dns", "domain-unknown"),
    ("protocol", "protocol-error"),
    ("auth", "sender-unauthenticated"),
    ("blacklist", "server-blocked"),
    ("policy", "policy-refused"),
    ("dmarc", "sender-unauthenticated"),
    ("sender", "sender-refused"),
];

pub fn read(text: &str) -> Imported {
    let mut out = Imported::default();
    let mut examples: Vec<String> = Vec::new();
    for (line, written) in (1..).zip(text.lines()) {
        let written = written.trim();
        if let Some(comment) = written.strip_prefix('#') {
            examples.extend(reply(comment.trim()));
            continue;
        }
        if written.is_empty() {
            // what is above an empty line is about many, or about another
            examples.clear();
            continue;
        }
        let parts: Vec<&str> = written.split(',').collect();
        let [expression, action, category, ..] = parts.as_slice() else {
            let why = "is no rule: expression,action,category,message".to_owned();
            out.left.push((line, why));
            continue;
        };
        let known = CATEGORIES.iter().find(|(name, _)| name == category);
        let Some((_, cause)) = known else {
            let why = format!("{expression}: no cause stands for the category {category}");
            out.left.push((line, why));
            examples.clear();
            continue;
        };
        let name = format!("line-{line}-{category}");
        out.rules.push(Taken {
            retry: match *action {
                "reject" => Some("no"),
                "slowdown" => Some("yes"),
                _ => None,
            },
            examples: std::mem::take(&mut examples),
            ..Taken::of(line, &name, vec![for_this_engine(expression)], cause)
        });
    }
    out
}

/// A comment that is a reply.
fn reply(comment: &str) -> Option<String> {
    let code = comment.get(..3)?;
    let is_code = code.bytes().all(|byte| byte.is_ascii_digit());
    (is_code && comment[3..].starts_with([' ', '-'])).then(|| comment.to_owned())
}

/// What JavaScript may escape, and need not: `\/`.
fn for_this_engine(expression: &str) -> String {
    expression.replace("\\/", "/")
}
