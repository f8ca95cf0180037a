//! Service extensions (RFC 5321 §2.2): what a next hop has, and what of it we offer.

use super::command::{Parameter, PathCommand};
use super::reply::Reply;

/// What passes through unchanged, with the parameters that it brings to MAIL and to RCPT.
const PASSED_ON: [(&str, &[&str], &[&str]); 9] = [
    ("8BITMIME", &["BODY"], &[]),                      // RFC 6152
    ("SMTPUTF8", &["SMTPUTF8"], &[]),                  // RFC 6531
    ("ENHANCEDSTATUSCODES", &[], &[]),                 // RFC 2034
    ("DSN", &["RET", "ENVID"], &["NOTIFY", "ORCPT"]),  // RFC 3461
    ("DELIVERBY", &["BY"], &[]),                       // RFC 2852
    ("MT-PRIORITY", &["MT-PRIORITY"], &[]),            // RFC 6710
    ("FUTURERELEASE", &["HOLDFOR", "HOLDUNTIL"], &[]), // RFC 4865
    ("RRVS", &[], &["RRVS"]),                          // RFC 7293
    ("NO-SOLICITING", &["SOLICIT"], &[]),              // RFC 3865
];

/// These say something about the session in which they are sent; ours is another.
const NEVER: [&str; 3] = ["AUTH", "XCLIENT", "XFORWARD"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Keyword in upper case, and its parameters.
    offered: Vec<(String, String)>,
}

impl Extensions {
    /// Of the reply to EHLO: the first line is the greeting.
    pub fn of(reply: &Reply) -> Self {
        let lines = reply.lines().skip(1);
        Self::named(lines.filter_map(|line| std::str::from_utf8(line).ok()))
    }

    pub fn named<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let split = |line: &'a str| line.split_once(' ').unwrap_or((line, ""));
        let offered = lines
            .map(split)
            .map(|(k, v)| (k.to_ascii_uppercase(), v.to_owned()));
        Self {
            offered: offered.collect(),
        }
    }

    pub fn has(&self, keyword: &str) -> bool {
        self.offered.iter().any(|(offered, _)| offered == keyword)
    }

    /// In the order in which they were named.
    pub fn keywords(&self) -> Vec<String> {
        let keywords = self.offered.iter().map(|(keyword, _)| keyword.clone());
        keywords.collect()
    }

    /// What stands behind the keyword, if it was offered.
    pub fn value(&self, keyword: &str) -> Option<&str> {
        let found = self.offered.iter().find(|(offered, _)| offered == keyword);
        found.map(|(_, value)| value.as_str())
    }

    /// RFC 1870 §4: no number, or 0, is no fixed limit.
    pub fn size_limit(&self) -> Option<u64> {
        self.value("SIZE")?
            .trim()
            .parse()
            .ok()
            .filter(|limit| *limit > 0)
    }

    /// What we say behind the greeting line of our reply to EHLO.
    pub fn offer(&self, max_message_size: u64) -> Vec<String> {
        let size = self
            .size_limit()
            .map_or(max_message_size, |theirs| theirs.min(max_message_size));
        // CHUNKING ends here: what comes in chunks goes on by DATA, with the same content.
        let ours = ["PIPELINING", "CHUNKING"].map(str::to_owned);
        let mut offer = Vec::from(ours);
        offer.push(format!("SIZE {size}"));
        for (keyword, ..) in PASSED_ON {
            if let Some(value) = self.value(keyword) {
                offer.push(format!("{keyword} {value}").trim_end().to_owned());
            }
        }
        offer
    }

    /// The keyword of a parameter that a next hop with these would not understand, or could not
    /// keep: RFC 8689 §2 wants it `verified`.
    pub fn unknown<'c>(
        &self,
        command: &'c PathCommand,
        is_mail: bool,
        verified: bool,
    ) -> Option<&'c str> {
        let mut parameters = command.parameters.iter();
        let keeps = |parameter: &Parameter| verified || parameter.keyword != "REQUIRETLS";
        let unknown = parameters.find(|p| !keeps(p) || !self.knows(p, is_mail));
        unknown.map(|parameter| parameter.keyword.as_str())
    }

    /// Takes from the command what only we understand.
    pub fn trim(&self, command: &mut PathCommand, is_mail: bool) {
        let ours = |p: &Parameter| is_mail && p.keyword == "SIZE" && !self.has("SIZE");
        command.parameters.retain(|parameter| !ours(parameter));
    }

    fn knows(&self, parameter: &Parameter, is_mail: bool) -> bool {
        let keyword = parameter.keyword.as_str();
        let brings = |names: &[&str]| names.contains(&keyword);
        let passed_on = PASSED_ON
            .iter()
            .find(|(_, mail, rcpt)| brings(mail) || brings(rcpt));
        match passed_on {
            // RFC 3030 §3: what is binary can go on by BDAT only, and we go on by DATA.
            _ if keyword == "BODY" && is_binary(parameter) => false,
            Some((extension, mail, rcpt)) => {
                self.has(extension) && brings(if is_mail { mail } else { rcpt })
            }
            None if keyword == "SIZE" => is_mail,
            // RFC 8689 §2: a word without a value.
            None if keyword == "REQUIRETLS" => {
                is_mail && parameter.value.is_none() && self.has(keyword)
            }
            None => !NEVER.contains(&keyword) && self.has(keyword),
        }
    }
}

fn is_binary(parameter: &Parameter) -> bool {
    parameter
        .value
        .as_deref()
        .is_some_and(|value| value.eq_ignore_ascii_case("BINARYMIME"))
}
