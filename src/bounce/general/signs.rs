//! Whether a letter is a bounce, and of which sort.

use super::super::report::Action;
use super::super::text::{first_reply, first_status};
use super::addresses::{names_somebody, names_somebody_elsewhere};
use super::{Letter, Notes, phrases};
use crate::bounce::{PhraseSet, fold};

/// How far into the letter a mail system comes to the point.
const OPENING: usize = 3000;

/// Whether the header section lets it be one; that of most mails does not.
pub fn may_be_bounce(letter: &Letter<'_>) -> bool {
    letter.from_mail_system || by_its_subject(letter) && !is_answer(letter)
}

/// Whether it answers something, as people do.
fn is_answer(letter: &Letter<'_>) -> bool {
    let names = ["In-Reply-To", "References"];
    !letter.null_path && names.iter().any(|name| letter.field(name).is_some())
}

fn by_its_subject(letter: &Letter<'_>) -> bool {
    let subject = fold(&letter.subject);
    speaks_of_delivery(&subject) && (!is_reply(&subject) || is_to_bounces(letter))
}

/// A mail system has to say only that something was not delivered. What seems to come from a
/// person needs all the marks of a bounce, and that a program sent it or that it returns what the
/// reader sent.
pub fn is_bounce(notes: &Notes<'_>) -> bool {
    let letter = notes.letter;
    if letter.field("X-Failed-Recipients").is_some() && letter.from_mail_system {
        return true;
    }
    let subject = by_its_subject(letter);
    let words = || speaks_of_delivery_in_text(&fold(start_of(notes.text, OPENING)));
    if letter.from_mail_system {
        subject && (is_tied(notes) || words()) || is_daemons(notes, words)
    } else {
        let tied = || is_tied(notes) || names_somebody_elsewhere(notes);
        subject && by_program(notes) && tied() && words()
    }
}

fn speaks_of_delivery(subject: &str) -> bool {
    phrases().of_subjects.is_in(subject)
}

pub fn speaks_of_delivery_in_text(text: &str) -> bool {
    phrases().of_texts.is_in(text)
}

/// Whatever its subject is, a mail system that answers nobody and speaks of a delivery reports; so
/// does a daemon that names somebody, in a language that nobody here knows. A postmaster may be a
/// person, who explains a bounce to a user.
fn is_daemons(notes: &Notes<'_>, words: impl Fn() -> bool) -> bool {
    let letter = notes.letter;
    let daemon = is_from_daemon(letter);
    let nobodys = letter.null_path || notes.returns || !letter.has_path;
    let named = || letter.null_path && names_somebody(notes);
    (daemon || nobodys && is_tied(notes) || named()) && words() || daemon && named()
}

/// What stands in the way of a person's having written it.
fn by_program(notes: &Notes<'_>) -> bool {
    let letter = notes.letter;
    let program = letter.null_path
        || is_automatic(letter)
        || is_to_bounces(letter)
        || returns_readers_own(notes)
        || says_it_is_automatic(notes);
    program && !is_answer(letter) && !quotes(notes.text)
}

/// Whether a message came back, or a code is given.
pub fn is_tied(notes: &Notes<'_>) -> bool {
    notes.returns || first_reply(notes.text).is_some() || first_status(notes.text).is_some()
}

/// Whether a report that names nobody is one all the same.
pub fn names_nobody(notes: &Notes<'_>) -> bool {
    let subject = speaks_of_delivery(&fold(&notes.letter.subject));
    is_tied(notes) && (subject || notes.returns || is_from_daemon(notes.letter))
}

/// RFC 3834 §5, and what programs wrote before it. What goes to many readers returns nothing, and
/// what quotes a subject tells of something else.
fn is_automatic(letter: &Letter<'_>) -> bool {
    let to_many = letter.field("List-Unsubscribe").is_some() && !is_to_bounces(letter);
    let is_quote = |c: char| "\"“”„«»‘".contains(c);
    if to_many || letter.subject.contains(is_quote) || letter.subject.contains(" '") {
        return false;
    }
    let says = |name: &str| letter.field(name).unwrap_or_default().to_ascii_lowercase();
    says("Auto-Submitted").starts_with("auto-")
        || ["bulk", "junk"].contains(&says("Precedence").as_str())
        || letter.field("X-Failed-Recipients").is_some()
}

/// What goes to where a list wants its bounces is one, mostly.
fn is_to_bounces(letter: &Letter<'_>) -> bool {
    let local = |to: &String| to.split('@').next().map(str::to_ascii_lowercase);
    let ends = ["-bounces", "-admin", "-owner"];
    letter.to().iter().filter_map(local).any(|local| {
        ends.iter().any(|end| local.ends_with(end))
            || ["owner-", "bounce"]
                .iter()
                .any(|start| local.starts_with(start))
            || local.contains("-bounces+")
    })
}

/// No person writes under this name; some do as postmaster.
fn is_from_daemon(letter: &Letter<'_>) -> bool {
    let daemon = |address: &String| address.to_ascii_lowercase().starts_with("mailer-daemon");
    letter.from.iter().any(daemon)
}

/// Its first words say so, and the message that failed lies in a part of its own.
fn says_it_is_automatic(notes: &Notes<'_>) -> bool {
    let opening = fold(start_of(notes.text, 300));
    let says = [
        "created automatically",
        "automatically generated",
        "generated automatically",
    ];
    notes.letter.enclosed().is_some() && says.iter().any(|phrase| opening.contains(phrase))
}

/// The sender of the returned message is the one who gets it back.
fn returns_readers_own(notes: &Notes<'_>) -> bool {
    let from = notes.original.from.as_deref().unwrap_or("");
    notes
        .letter
        .to()
        .iter()
        .any(|to| from.eq_ignore_ascii_case(to))
}

/// Lines that a person quotes.
fn quotes(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with('>') && !line.starts_with(">>>"))
}

/// A person's answer (RFC 5322 §3.6.4) begins its subject so, and names what it answers; `[#4711]`
/// and `[project]` are what programs put in front of what they pass on.
fn is_reply(subject: &str) -> bool {
    let by_person = REPLIES.iter().any(|prefix| {
        let rest = subject.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.trim_start().starts_with([':', '：']))
    });
    by_person || subject.starts_with(['[', '【']) && !subject.starts_with("[반송]")
}

/// `Re:`, `Fwd:` and the like as mail programs write them in many languages.
const REPLIES: [&str; 26] = [
    "re", "aw", "fw", "fwd", "wg", "sv", "tr", "rv", "antw", "vs", "odp", "pd", "ynt", "ilt",
    "rif", "res", "enc", "vb", "vl", "doorst", "отв", "回复", "答复", "转发", "回覆", "返信",
];

/// Delayed where it says that it is still being tried, and not that it was given up; delivered
/// where its first words say that, and nothing of a failure.
pub fn action(notes: &Notes<'_>) -> Action {
    let text = fold(start_of(notes.text, OPENING));
    let subject = fold(&notes.letter.subject);
    let signs = phrases();
    if (signs.delays.is_in(&text) || signs.delays.is_in(&subject)) && !signs.given_up.is_in(&text) {
        return Action::Delayed;
    }
    let first = fold(start_of(notes.text, FIRST_WORDS));
    let says = |set: &PhraseSet<'_>| set.is_in(&first) || set.is_in(&subject);
    if says(&signs.successes) && !says(&signs.texts) && !says(&signs.undelivered) {
        Action::Delivered
    } else {
        Action::Failed
    }
}

/// Postfix goes on with what else might happen.
const FIRST_WORDS: usize = 240;

/// The start of a text, cut at a character.
fn start_of(text: &str, length: usize) -> &str {
    let end = (0..=length.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}
