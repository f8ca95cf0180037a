//! Dates in the order and words of a language.

use super::{Words, fill};
use crate::mail::{DateTime, parse_date};

/// `12 October 2026 at 14:03 (+02:00)`; `None` for what is no date. The time stays in the zone in
/// which it was written.
pub fn in_words(date: &str, words: &Words) -> Option<String> {
    parse_date(date.as_bytes()).and_then(|date| spell(&date, words))
}

pub fn spell(date: &DateTime, words: &Words) -> Option<String> {
    let month = words.months.get(usize::from(date.month).checked_sub(1)?)?;
    let sign = if date.tz_before_gmt { '-' } else { '+' };
    let values = [
        ("day", date.day.to_string()),
        ("month", month.clone()),
        ("year", date.year.to_string()),
        ("hour", format!("{:02}", date.hour)),
        ("minute", format!("{:02}", date.minute)),
        (
            "offset",
            format!("{sign}{:02}:{:02}", date.tz_hour, date.tz_minute),
        ),
    ];
    let put = |text: String, (name, value): &(&str, String)| fill(&text, name, value);
    Some(values.iter().fold(words.date_format.clone(), put))
}
