//! Globs over names and addresses: `*` is anything, `?` one character; case does not count.

/// Longer ones are refused.
pub const LONGEST: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it is the whole of a text in lower case.
    pub fn is(&self, lower: &str) -> bool {
        is(self.0.as_bytes(), lower.as_bytes())
    }

    /// A host; a name without `*` stands for the hosts below it, too.
    pub fn is_host(&self, lower: &str) -> bool {
        let below = || {
            let above = lower.strip_suffix(self.0.as_str());
            above.is_some_and(|above| above.ends_with('.'))
        };
        self.is(lower) || !self.is_open() && below()
    }

    /// An address; without `@` its domain alone counts.
    pub fn is_address(&self, lower: &str) -> bool {
        let domain = lower.rsplit_once('@').map_or(lower, |(_, domain)| domain);
        match self.0.trim_start_matches('@') {
            pattern if pattern.contains('@') => self.is(lower),
            pattern => is(pattern.as_bytes(), domain.as_bytes()),
        }
    }

    fn is_open(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// The longest piece that has to be in whatever it is.
    pub fn literal(&self) -> &str {
        let pieces = self.0.trim_start_matches('@').split(['*', '?']);
        pieces.max_by_key(|piece| piece.len()).unwrap_or("")
    }

    /// Whether all that the other is, is this one, too, as far as that is plain to see.
    pub fn covers(&self, other: &Self) -> bool {
        self.0 == "*" || self == other || !other.is_open() && self.is(&other.0)
    }
}

/// One way back is enough: to the last `*`.
fn is(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                back = Some((at, seen));
            }
            Some(b'?') => {
                at += 1;
                seen += character(&text[seen..]);
            }
            Some(byte) if *byte == text[seen] => (at, seen) = (at + 1, seen + 1),
            _ => {
                let Some((star, from)) = back else {
                    return false;
                };
                (at, seen) = (star, from + 1);
                back = Some((star, seen));
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// How many bytes the first character has.
fn character(text: &[u8]) -> usize {
    1 + text[1..]
        .iter()
        .take_while(|byte| **byte & 0xc0 == 0x80)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_whole_names() {
        fn check(glob: &str, is: &[&str], is_not: &[&str]) {
            let glob = Glob::new(glob);
            is.iter()
                .for_each(|text| assert!(glob.is(text), "{glob:?} {text}"));
            is_not
                .iter()
                .for_each(|text| assert!(!glob.is(text), "{glob:?} {text}"));
        }
        check(
            "*.Example.net",
            &["mx.example.net"],
            &["example.net", "example.net.x"],
        );
        check(
            "mx?.example.net",
            &["mx1.example.net", "mxö.example.net"],
            &["mx.example.net"],
        );
        check("*", &["", "x"], &[]);
        check("a*b*c", &["abc", "axxbxbxc"], &["ab", "acb"]);
        let host = Glob::new("example.net");
        assert!(host.is_host("mx.example.net") && !host.is_host("myexample.net"));
        let domain = Glob::new("example.*");
        assert!(domain.is_address("bob@example.net") && !domain.is_address("example.net@b"));
    }
}
