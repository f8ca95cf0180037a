//! A mistyped domain: `gmial.com` for `gmail.com`.

use crate::diagnosis::Cause;

/// Where most people have their mailboxes, a domain a line. One that is named here is never taken
/// for a mistake.
const WELL_KNOWN: &str = include_str!("mail_domains.txt");

/// The shortest domain of which one slip leaves enough to tell which was meant.
const SHORTEST: usize = 6;
/// From this length on, two slips do.
const LONG: usize = 10;

/// The address that may have been meant, if the cause can come of a slip in the domain. `known` are
/// domains beside those that everybody knows.
pub fn suggestion(address: &str, cause: Cause, known: &[String]) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = domain.to_ascii_lowercase();
    let known = || known.iter().map(String::as_str).chain(WELL_KNOWN.lines());
    if known().any(|known| known.eq_ignore_ascii_case(&domain)) {
        return None;
    }
    let most = slips(cause, domain.len())?;
    let alike = |meant: &&str| meant.len().abs_diff(domain.len()) <= most;
    let distance = |meant: &str| strsim::osa_distance(&domain, &meant.to_ascii_lowercase());
    let measured = || known().filter(alike).map(|meant| (distance(meant), meant));
    let (least, nearest) = measured().min_by_key(|(distance, _)| *distance)?;
    // where two are as near, nobody knows which
    let only = measured()
        .filter(|(distance, _)| *distance == least)
        .count()
        == 1;
    (only && least <= most).then(|| format!("{local}@{nearest}"))
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
