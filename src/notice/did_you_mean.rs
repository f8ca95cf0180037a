//! A mistyped domain: `gmial.com` for `gmail.com`.

use std::sync::LazyLock;

use crate::diagnosis::Cause;

/// Where most people have their mailboxes, a domain a line. One that is named here is never taken
/// for a mistake.
static WELL_KNOWN: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("mail_domains.txt").lines().collect());

/// The shortest domain of which one slip leaves enough to tell which was meant.
const SHORTEST: usize = 6;
/// From this length on, two slips do.
const LONG: usize = 10;

/// The address that may have been meant, if the cause can come of a slip in the domain. `known` are
/// domains beside those that everybody knows.
pub fn suggestion(address: &str, cause: Cause, known: &[String]) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let most = slips(cause, domain.len())?;
    let domain = domain.to_ascii_lowercase();
    let known = known
        .iter()
        .map(String::as_str)
        .chain(WELL_KNOWN.iter().copied());
    let (mut nearest, mut least, mut ambiguous) = ("", usize::MAX, false);
    for meant in known {
        if meant.eq_ignore_ascii_case(&domain) {
            return None;
        }
        if !may_be(&domain, meant, most) {
            continue;
        }
        let distance = strsim::osa_distance(&domain, &meant.to_ascii_lowercase());
        ambiguous = distance == least || distance > least && ambiguous;
        if distance < least {
            (nearest, least) = (meant, distance);
        }
    }
    // where two are as near, nobody knows which
    (least <= most && !ambiguous).then(|| format!("{local}@{nearest}"))
}

/// Whether so few slips may have made one of the other, seen at a glance: few domains get further,
/// and the exact distance is dear. Of two slips, none is in the first letter.
fn may_be(domain: &str, meant: &str, slips: usize) -> bool {
    let (domain, meant) = (domain.as_bytes(), meant.as_bytes());
    let near = domain.len().abs_diff(meant.len()) <= slips;
    near && match slips {
        1 => differ_in_one_place(domain, meant),
        _ => domain.first() == meant.first(),
    }
}

/// All that differs lies within two characters.
fn differ_in_one_place(one: &[u8], other: &[u8]) -> bool {
    let same = |(a, b): &(&u8, &u8)| a == b;
    let in_front = one.iter().zip(other).take_while(same).count();
    let behind = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(same)
        .count();
    in_front + behind + 2 >= one.len().max(other.len())
}

/// How many slips may be behind it. Where the domain answered, it exists, and only a small one may be.
fn slips(cause: Cause, length: usize) -> Option<usize> {
    use Cause::*;
    let most = match cause {
        DomainUnknown | DomainRefusesMail if length >= LONG => 2,
        DomainUnknown | DomainRefusesMail => 1,
        ConnectionFailed | DeliveryExpired | RelayDenied | MailboxUnknown => 1,
        _ => return None,
    };
    (length >= SHORTEST).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_the_domain_is_seen_where_it_can_be_the_reason() {
        fn check(address: &str, cause: Cause, expected: Option<&str>) {
            let known = ["example.net".to_owned()];
            let found = suggestion(address, cause, &known);
            assert_eq!(found.as_deref(), expected, "{address}");
        }
        check("Bob@gmial.com", Cause::DomainUnknown, Some("Bob@gmail.com"));
        check(
            "bob@exmaple.net",
            Cause::DomainUnknown,
            Some("bob@example.net"),
        );
        check(
            "bob@hotmial.con",
            Cause::DomainUnknown,
            Some("bob@hotmail.com"),
        );
        check("bob@gmial.com", Cause::MailboxFull, None);
        check("bob@gmail.com", Cause::MailboxUnknown, None);
        check("bob@mail.com", Cause::DomainUnknown, None);
        check("bob@example.net", Cause::DomainUnknown, None);
        check("bob@gmx.eu", Cause::DomainUnknown, None);
        check("bob@yahoo.co", Cause::DomainUnknown, None);
        check("bob@gmail.co", Cause::DomainUnknown, Some("bob@gmail.com"));
        check("bob@unrelated.example", Cause::DomainUnknown, None);
    }
}
