//! What the words of many programs have in common: labels, lists of recipients.

use super::notes::lone_address;
use super::report::{Action, ReportedRecipient};

/// What stands behind a label.
pub fn behind<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    text.split_once(label).map(|(_, rest)| rest)
}

/// The rest of the line behind a label.
pub fn line_behind<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    behind(text, label).map(|rest| rest.lines().next().unwrap_or("").trim())
}

/// What stands between two labels; up to the end, if the second is missing.
pub fn between<'t>(text: &'t str, from: &str, to: &str) -> Option<&'t str> {
    let rest = behind(text, from)?;
    Some(
        rest.split_once(to)
            .map_or(rest, |(inside, _)| inside)
            .trim(),
    )
}

/// Lists in which a line begins with a recipient: each address, with the rest of its line and the
/// lines up to the next one. `begins` gives address and rest of a line that begins an entry.
pub fn entries<'t>(
    text: &'t str,
    begins: impl Fn(&'t str) -> Option<(&'t str, &'t str)>,
) -> Vec<(&'t str, String)> {
    let mut out: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        if let Some((address, rest)) = begins(line) {
            out.push((address, format!("{rest}\n")));
        } else if let Some((_, said)) = out.last_mut() {
            said.push_str(line);
            said.push('\n');
        }
    }
    out
}

/// The entries of a list of recipients that did not get the message. An empty line ends what is
/// said of each.
pub fn failed(entries: Vec<(&str, String)>) -> Vec<ReportedRecipient> {
    let entries = entries.into_iter();
    let failed = entries.map(|(address, said)| {
        let said = said.trim_start().split("\n\n").next().unwrap_or("");
        ReportedRecipient::told(address, Action::Failed, said)
    });
    failed.collect()
}

/// `<bob@example.net>: what is said`, with or without the colon.
pub fn bracketed(line: &str) -> Option<(&str, &str)> {
    let (address, rest) = line.trim().strip_prefix('<')?.split_once('>')?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    is_address(address).then_some((address, rest.trim()))
}

/// Whether a word has the form of an address.
pub fn is_address(word: &str) -> bool {
    let halves = word.split_once('@');
    let whole = !word.contains([' ', '\t', '<', '>', '"', ',']);
    whole && halves.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

/// The lines that hold an address and nothing else.
pub fn addresses_alone(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(lone_address)
}
