//! Who gives a code, and what is meant by it there: the same code means other things at Microsoft
//! and at Google than in the registry.

use std::ops::ControlFlow;

use super::pattern::Pattern;
use super::{ALL, Code, Sign, Tells, of_giver};
use crate::mail::{EnhancedStatusCode, ReplyCode};

/// Who may have said something, as far as the report names it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Speaker<'a> {
    pub remote_mta: Option<&'a str>,
    pub reporting_mta: Option<&'a str>,
    /// In whose way the report is written.
    pub dialect: &'a str,
}

/// What was heard in a reply, of those who mean something of their own.
#[derive(Debug)]
pub struct Spoken {
    /// Who is known to speak, in the order of the files.
    givers: Vec<usize>,
    tokens: Vec<usize>,
    words: Vec<usize>,
}

impl Spoken {
    /// Reads what was said, in lower case and with one space between words.
    pub fn hear(folded: &str, speaker: Speaker<'_>) -> Self {
        let (mut givers, mut tokens, mut words) = (speaker.givers(), Vec::new(), Vec::new());
        ALL.phrases.search::<()>(folded, |at, phrase| {
            let end = at + usize::from(phrase.text.length);
            match Tells::of(phrase.owner) {
                // whoever writes to it has it in the address
                Tells::Giver(giver) if !continues(&folded[..at], '@') => givers.push(giver),
                Tells::Token(entry) if stands_alone(folded, at, end) => tokens.push(entry),
                Tells::Words(entry) => words.push(entry),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        givers.sort_unstable();
        givers.dedup();
        tokens.sort_unstable();
        Self {
            givers,
            tokens,
            words,
        }
    }

    /// What the speaker means by these codes.
    pub fn meaning(
        &self,
        status: Option<EnhancedStatusCode>,
        reply: Option<ReplyCode>,
    ) -> Option<Code> {
        self.own_token().or_else(|| {
            let codes = || {
                let givers = self.givers.iter().map(|&giver| &ALL.givers[giver]);
                givers.flat_map(of_giver)
            };
            let fits = |code: &Code| match code.0.pattern {
                Pattern::Status { .. } => status.is_some_and(|status| {
                    let EnhancedStatusCode {
                        class,
                        subject,
                        detail,
                    } = status;
                    code.0
                        .pattern
                        .covers(Some(class), Some(subject), Some(detail))
                }),
                Pattern::Reply(number) => reply.is_some_and(|reply| reply.number() == number),
                Pattern::Token => false,
                Pattern::Any => true,
            };
            let with_words = |code: &Code| fits(code) && self.has_words(code);
            let without = |code: &Code| fits(code) && code.says().next().is_none();
            codes().find(with_words).or_else(|| codes().find(without))
        })
    }

    /// The entries whose codes were heard, whoever gave them.
    pub fn tokens(&self) -> &[usize] {
        &self.tokens
    }

    /// A code that nobody else gives tells who speaks, mostly.
    fn own_token(&self) -> Option<Code> {
        let mut tokens = self.tokens.iter().map(|&entry| &ALL.entries[entry]);
        let counts =
            |giver: usize| !ALL.givers[giver].only_if_named || self.givers.contains(&giver);
        tokens.find(|entry| counts(entry.giver.into())).map(Code)
    }

    fn has_words(&self, code: &Code) -> bool {
        let is_it = |&entry: &usize| std::ptr::eq(&ALL.entries[entry], code.0);
        self.words.iter().any(is_it)
    }
}

/// Whether a word goes on behind this text.
fn continues(before: &str, also: char) -> bool {
    before.ends_with(|c: char| c.is_alphanumeric() || c == also)
}

fn stands_alone(text: &str, at: usize, end: usize) -> bool {
    !continues(&text[..at], '@') && !text[end..].starts_with(|c: char| c.is_alphanumeric())
}

impl Speaker<'_> {
    /// The remote MTA says what it says; where none is named, the reporting one speaks itself.
    fn givers(self) -> Vec<usize> {
        let host = host_name(self.remote_mta.or(self.reporting_mta).unwrap_or(""));
        let named = |sign: &&Sign| is_within(host, sign.text.of(&ALL.texts));
        let own = |sign: &&Sign| sign.text.of(&ALL.texts) == self.dialect;
        let by_host = ALL.hosts.iter().filter(named);
        let by_dialect = ALL.dialects.iter().filter(own);
        let by_dialect = by_dialect.filter(|_| self.remote_mta.is_none());
        by_host
            .chain(by_dialect)
            .map(|sign| sign.giver.into())
            .collect()
    }
}

/// `mx.example.net`, of `mx.example.net. (192.0.2.1)`.
fn host_name(host: &str) -> &[u8] {
    let name = host.as_bytes();
    let end = name.iter().position(|b| matches!(b, b' ' | b'(' | b'['));
    let name = &name[..end.unwrap_or(name.len())];
    name.strip_suffix(b".").unwrap_or(name)
}

fn is_within(name: &[u8], domain: &str) -> bool {
    let Some(before) = name.len().checked_sub(domain.len()) else {
        return false;
    };
    name[before..].eq_ignore_ascii_case(domain.as_bytes())
        && (before == 0 || name[before - 1] == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, said: &str, expected: Option<&str>) {
        let speaker = Speaker {
            remote_mta: Some(host),
            ..Speaker::default()
        };
        let word = |n: usize| said.split([' ', '-']).nth(n).unwrap_or("");
        let spoken = Spoken::hear(&said.to_lowercase(), speaker);
        let found = spoken.meaning(word(1).parse().ok(), word(0).parse().ok());
        assert_eq!(found.map(Code::key), expected, "{host}: {said}");
    }

    #[test]
    fn a_code_means_what_its_speaker_means() {
        let microsoft = "example-com.mail.protection.outlook.com";
        check(microsoft, "550 5.7.606 no", Some("microsoft/5.7.606-649"));
        check(microsoft, "550 5.7.255 no", None);
        check(microsoft, "550 5.4.1 no", Some("microsoft/5.4.1"));
        check("mx.example.net", "550 5.7.606 no", None);
        check(
            "gmail-smtp-in.l.google.com",
            "550 5.2.1 no",
            Some("google/5.2.1"),
        );
        check(
            "mx.example.net",
            "550 5.7.606 no [db5eur.prod.outlook.com]",
            Some("microsoft/5.7.606-649"),
        );
    }

    #[test]
    fn a_code_of_its_own_tells_who_speaks() {
        let relay = "mx.example.net";
        check(relay, "421 4.7.0 [TSS04] wait", Some("yahoo/TSS04"));
        check(relay, "421 4.7.0 TSS041 wait", None);
        check(relay, "550 AUP#In-1310", Some("charter/AUP#1300-1340"));
        check(relay, "550 127.0.0.2 says so", None);
        check(
            relay,
            "550 listed by spamhaus, 127.0.0.2",
            Some("spamhaus/127.0.0.2"),
        );
    }

    #[test]
    fn an_address_does_not_tell_who_speaks() {
        check("mx.example.net", "550 5.2.1 <bob@comcast.net> no", None);
    }
}
