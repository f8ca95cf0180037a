//! Dates and lists as a language writes them, by the CLDR.

use icu_datetime::DateTimeFormatter;
use icu_datetime::fieldsets::YMD;
use icu_datetime::fieldsets::zone::LocalizedOffsetShort;
use icu_datetime::input::{Date, Time, UtcOffset, ZonedDateTime};
use icu_list::ListFormatter;
use icu_list::options::{ListFormatterOptions, ListLength};
use icu_locale_core::Locale;

use super::Language;
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
    let form = YMD::long().with_time_hm().with_zone(LocalizedOffsetShort);
    let formatter = DateTimeFormatter::try_new(locale(language)?.into(), form).ok()?;
    let written = formatter.format(&ZonedDateTime {
        date: day,
        time,
        zone,
    });
    Some(written.to_string())
}

/// `bob@example.net, carl@example.net and dora@example.net`
pub fn list(items: &[String], language: &Language) -> String {
    let options = ListFormatterOptions::default().with_length(ListLength::Wide);
    let formatter =
        locale(language).and_then(|locale| ListFormatter::try_new_and(locale.into(), options).ok());
    match (items, formatter) {
        ([one], _) => one.clone(),
        (_, Some(formatter)) => formatter.format(items.iter()).to_string(),
        (_, None) => items.join(&language.words().list_separator),
    }
}

/// English readers are everywhere: the day stands in front of the month, as in most places.
fn locale(language: &Language) -> Option<Locale> {
    match language.tag().as_str() {
        "en" => "en-GB",
        tag => tag,
    }
    .parse()
    .ok()
}
