//! Addresses in free text.

/// More than this is a list of something else.
pub const MOST_ADDRESSES: usize = 1_000;

/// Every address in a text, with where it begins.
pub fn addresses_in(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find('@').map(|at| from + at) {
        let start = text[from..at]
            .rfind(|c| !is_local(c))
            .map_or(from, |before| {
                from + before
                    + text[from + before..]
                        .chars()
                        .next()
                        .map_or(1, char::len_utf8)
            });
        let end = text[at + 1..]
            .find(|c| !is_domain(c))
            .map_or(text.len(), |end| at + 1 + end);
        // `http://example.org/?u=alice@example.org`
        let in_link = text[start..at].starts_with("//") && text[..start].ends_with(':');
        let start = start + prefix(&text[start..at]);
        let address = text[start..end].trim_end_matches(['.', '-']);
        if !in_link && start < at && address.len() > at + 1 - start && out.len() < MOST_ADDRESSES {
            out.push((start, address));
        }
        from = end.max(at + 1);
    }
    out
}

/// RFC 5322 §3.2.3, and what is not ASCII (RFC 6532).
fn is_local(c: char) -> bool {
    c.is_alphanumeric() && !is_cjk_prose(c)
        || !c.is_ascii()
            && !c.is_alphanumeric()
            && !c.is_whitespace()
            && !"。、：「」（）＜＞，；".contains(c)
        || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() && !is_cjk_prose(c) || c == '.' || c == '-'
}

/// Japanese and Chinese text stands around an address without a space.
fn is_cjk_prose(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}')
}

/// Types and labels that stick to an address: `SMTP=bob@…`, `rfc822;bob@…`, `mailto:bob@…`.
fn prefix(local: &str) -> usize {
    let upper = local.to_ascii_uppercase();
    let known = ["SMTP=", "RFC822=", "ADDRESS=", "TO=", "USER=", "MAILTO="];
    let typed = known
        .iter()
        .find(|known| upper.starts_with(*known))
        .map_or(0, |known| known.len());
    let rest = &local[typed..];
    typed
        + (rest.len()
            - rest
                .trim_start_matches(['*', '-', '\'', '`', '=', '.', '/', '|'])
                .len())
}
