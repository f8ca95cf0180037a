//! Values as the settings spell them: durations, sizes, lists, languages, secrets.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Durations are strings: `"30s"`, `"5m"`.
pub mod duration {
    use super::*;
    use std::time::Duration;

    const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom(format!("not a duration: {text:?} (as in \"30s\")"));
        let duration = humantime::parse_duration(&text).map_err(|_| wrong())?;
        // Clocks come to an end.
        if duration > LONGEST {
            return Err(D::Error::custom(format!("longer than a year: {text:?}")));
        }
        Ok(duration)
    }

    pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_duration(*duration))
    }
}

/// A duration that is not nothing: what may not wait at all would never come.
pub mod time_limit {
    use super::*;
    use std::time::Duration;

    pub use super::duration::serialize;

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let duration = duration::deserialize(from)?;
        if duration.is_zero() {
            return Err(D::Error::custom("must be longer than nothing"));
        }
        Ok(duration)
    }
}

/// Our own name, as it is said in a greeting, in EHLO and in `Received`.
pub fn hostname<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    if name.is_empty() || name.len() > 255 || !name.chars().all(allowed) {
        let what = format!("not a host name: {name:?} (as in \"mail.example.org\")");
        return Err(D::Error::custom(what));
    }
    Ok(Some(name))
}

/// A number of bytes, or a string with a unit: `26214400`, `"25MiB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

const UNITS: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("KB", 1_000),
    ("B", 1),
];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("not a size: {text:?} (as in \"25MiB\")");
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = text[digits.len()..].trim();
        let factor = match UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))
        {
            Some((_, factor)) => *factor,
            None if unit.is_empty() => 1,
            None => return Err(wrong()),
        };
        if digits.starts_with('+') {
            return Err(wrong());
        }
        let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
        number.checked_mul(factor).map(Size).ok_or_else(wrong)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = UNITS
            .iter()
            .take(3)
            .find(|(_, unit)| self.0 > 0 && self.0.is_multiple_of(*unit));
        match binary {
            Some((name, unit)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct NumberOrText;
        impl Visitor<'_> for NumberOrText {
            type Value = Size;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes or a string like \"25MiB\"")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Size, E> {
                u64::try_from(number)
                    .map(Size)
                    .map_err(|_| E::custom("a size is not negative"))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Size, E> {
                Ok(Size(number))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                text.parse().map_err(E::custom)
            }
        }
        from.deserialize_any(NumberOrText)
    }
}

/// A list of strings; in the environment, one string with commas.
pub fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct ListOrText;
    impl<'de> Visitor<'de> for ListOrText {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of strings")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(text
                .split(',')
                .map(str::trim)
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<String>, A::Error> {
            let mut all = Vec::new();
            while let Some(item) = items.next_element()? {
                all.push(item);
            }
            Ok(all)
        }
    }
    from.deserialize_any(ListOrText)
}

/// Names, in the order given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names(pub Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        list(from).map(Self)
    }
}

/// RFC 5321 §4.5.3.1.8: fewer than 100 recipients must never be the limit.
pub fn at_least_100<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let number = usize::deserialize(from)?;
    if number < 100 {
        return Err(D::Error::custom(format!(
            "must be at least 100, is {number}"
        )));
    }
    Ok(number)
}

/// A list of what is written as one string each; in the environment, one string with commas.
pub fn list_of<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = String>,
{
    let texts = list(from)?;
    let all = texts.iter().map(|text| text.parse());
    all.collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// A limit of a size: 0 would let nothing pass, and says in EHLO that there is no limit (RFC 1870 §4).
pub fn some_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Size, D::Error> {
    let size = Size::deserialize(from)?;
    if size.0 == 0 {
        return Err(D::Error::custom("must be more than nothing"));
    }
    Ok(size)
}

/// RFC 5321 §4.5.3.1.4: a command of 512 bytes must be taken.
pub fn at_least_512<'de, D: Deserializer<'de>>(from: D) -> Result<Size, D::Error> {
    let size = Size::deserialize(from)?;
    if size.0 < 512 {
        return Err(D::Error::custom(format!("must be at least 512, is {size}")));
    }
    Ok(size)
}

/// A URL that may hold a password; printing it shows everything else.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// With the password, for those who open what it names.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str("***");
        };
        // What comes after `?` can name a password as well.
        let (rest, query) = match rest.split_once('?') {
            Some((rest, _)) => (rest, "?***"),
            None => (rest, ""),
        };
        let rest = match rest.rsplit_once('@') {
            Some((login, place)) => match login.split_once(':') {
                Some((user, _)) => format!("{user}:***@{place}"),
                None => format!("{login}@{place}"),
            },
            None => rest.to_owned(),
        };
        write!(f, "{scheme}://{rest}{query}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(text.parse::<Size>().ok().map(|s| s.0), expected, "{text}");
        };
        check("25MiB", Some(25 << 20));
        check("25 MiB", Some(25 << 20));
        check("1000", Some(1000));
        check("2kB", Some(2000));
        check("MiB", None);
        check("2 parsecs", None);
        check("99999999999GiB", None);
        assert_eq!(Size(50 << 20).to_string(), "50MiB");
        assert_eq!(Size(1001).to_string(), "1001");
    }

    #[test]
    fn a_secret_does_not_print() {
        let check = |url: &str, expected: &str| {
            assert_eq!(Secret(url.into()).to_string(), expected);
        };
        check(
            "postgres://bob:s3cr@t@db/mail",
            "postgres://bob:***@db/mail",
        );
        check(
            "postgres://db/mail?password=s3cret",
            "postgres://db/mail?***",
        );
        check(
            "sqlite:///var/lib/journal.db",
            "sqlite:///var/lib/journal.db",
        );
        check("s3cret", "***");
    }
}
