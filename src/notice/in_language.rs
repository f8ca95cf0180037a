//! Dates and lists as a language writes them, by the CLDR.

use std::borrow::Cow;

use icu_datetime::DateTimeFormatter;
use icu_datetime::fieldsets::zone::LocalizedOffsetShort;
use icu_datetime::fieldsets::{Combo, YMD, YMDT};
use icu_datetime::input::{Date, Time, UtcOffset, ZonedDateTime};
use icu_list::ListFormatter;
use icu_list::options::{ListFormatterOptions, ListLength};
use icu_locale_core::Locale;

use super::{Language, LanguageTag};
use crate::mail::{DateTime, parse_date};

/// `12 October 2026 at 14:03 GMT+2`; `None` for what is no date. The time stays in the zone in which
/// it was written.
pub fn date(date: &str, language: &Language) -> Option<String> {
    parse_date(date.as_bytes()).and_then(|date| date_time(&date, language))
}

pub fn date_time(date: &DateTime, language: &Language) -> Option<String> {
    let year = i32::from(date.year);
    let day = Date::try_new_iso(year, date.month, date.day).ok()?;
    let time = Time::try_new(date.hour, date.minute, 0, 0).ok()?;
    let seconds = 60 * (60 * i32::from(date.tz_hour) + i32::from(date.tz_minute));
    let sign = if date.tz_before_gmt { -1 } else { 1 };
    let zone = UtcOffset::try_from_seconds(sign * seconds).ok()?;
    let formatter = language.dates.get_or_init(|| Dates::of(language.tag()));
    let date = ZonedDateTime {
        date: day,
        time,
        zone,
    };
    Some(formatter.0.as_ref()?.format(&date).to_string())
}

type DateForm = Combo<YMDT, LocalizedOffsetShort>;

/// How a language writes dates; `None` where the CLDR has no such tag.
#[derive(Debug)]
pub struct Dates(Option<DateTimeFormatter<DateForm>>);

impl Dates {
    fn of(tag: &LanguageTag) -> Self {
        let form = YMD::long().with_time_hm().with_zone(LocalizedOffsetShort);
        let formatter = |locale: Locale| DateTimeFormatter::try_new(locale.into(), form).ok();
        Self(locale(tag).and_then(formatter))
    }
}

/// A value fit to stand in a sentence: where the sentence runs from right to left, isolated, so that
/// neither turns the other round (UAX #9 §2.4).
pub fn isolated<'v>(value: &'v str, language: &Language) -> Cow<'v, str> {
    match language.direction() {
        "rtl" => Cow::Owned(format!("\u{2068}{value}\u{2069}")),
        _ => Cow::Borrowed(value),
    }
}

/// `bob@example.net, carl@example.net and dora@example.net`
pub fn list(items: &[String], language: &Language) -> String {
    let items: Vec<Cow<'_, str>> = items.iter().map(|item| isolated(item, language)).collect();
    if let [one] = items.as_slice() {
        return one.clone().into_owned();
    }
    let options = ListFormatterOptions::default().with_length(ListLength::Wide);
    let formatter = |locale: Locale| ListFormatter::try_new_and(locale.into(), options).ok();
    match locale(language.tag()).and_then(formatter) {
        Some(formatter) => formatter.format(items.iter()).to_string(),
        None => items.join(&language.words().list_separator),
    }
}

/// English readers are everywhere: the day stands in front of the month, as in most places.
fn locale(tag: &LanguageTag) -> Option<Locale> {
    match tag.as_str() {
        "en" => "en-GB",
        tag => tag,
    }
    .parse()
    .ok()
}
