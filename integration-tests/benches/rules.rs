//! Ten thousand rules, as a postmaster who collects them may have: most have an expression, some
//! phrases, hosts, addresses or a status alone; some of their words are in many mails.

use std::fmt::Write as _;

use plainbounce::diagnosis::rules::own::{Fault, OwnRules, RuleText};

const WORDS: [&str; 12] = [
    "mailbox",
    "quota",
    "blocked",
    "policy",
    "recipient",
    "rejected",
    "unknown",
    "suspended",
    "domain",
    "reputation",
    "temporarily",
    "address",
];

/// A file of them.
pub fn many() -> String {
    let mut out = String::new();
    for number in 0..10_000 {
        let (one, other) = (WORDS[number % 12], WORDS[number / 12 % 12]);
        let matches = match number % 10 {
            0..5 => {
                format!("diagnostic = '{one} {other}(?: is| was)? (?<id>K{number:05}-[0-9a-f]+)'")
            }
            5 => format!(
                "diagnostic = '^5\\d\\d[ -].*({one} \\({number:05}|{other} \\[{number:05})'"
            ),
            6 => format!("words = ['{one} {other} {number:05}', '{other} number {number:05}']"),
            7 => format!("remote_mta = 'mx*.customer{number:05}.example'"),
            8 => format!("recipient = '*@customer{number:05}.example'"),
            _ => format!(
                "status = '5.7.{}'\nmatch.subject = '*{number:05}*'",
                number % 1000
            ),
        };
        let _ = write!(
            out,
            "[[rule]]\nname = 'r{number:05}'\nmatch.{matches}\ncause = 'mailbox-full'\n\
             words.en.why = 'The {{domain}} has said no.'\n\
             [[rule.example]]\ndiagnostic = '550 x'\nnot = true\n"
        );
    }
    out
}

pub fn read(text: &str) -> (OwnRules, Vec<Fault>) {
    let (rules, faults) = OwnRules::read(&[RuleText::new("bench.toml", text)], &|_| Ok(()));
    assert!(faults.is_empty(), "{}", faults[0]);
    (rules, faults)
}
