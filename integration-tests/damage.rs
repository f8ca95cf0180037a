//! Cut short or damaged at random, a message comes out as the same bytes, or as a well-formed
//! message whose untouched parts are there byte for byte.

use std::sync::LazyLock;

use plainbounce::annotator::{Annotator, Outcome, Settings};
use plainbounce::mail::{Envelope, Message};
use proptest::prelude::*;

use crate::bounces::samples;

/// One for all, as in a relay: its forms are made once.
fn annotator() -> &'static Annotator {
    static ANNOTATOR: LazyLock<Annotator> =
        LazyLock::new(|| Annotator::new(Settings::named("relay.example.org")));
    &ANNOTATOR
}

/// Whether the outcome is one that may be: nothing else changed than the edit says, and the edit
/// changes nothing but what it may.
fn check(input: &[u8], whole: bool) {
    let envelope = Envelope::default();
    let (edit, summary) = match annotator().annotate(&envelope, input, whole) {
        Outcome::Untouched(summary) => {
            assert_ne!(summary.note, Some("a fault inside plainbounce"));
            return;
        }
        Outcome::Annotated(edit, summary) => (edit, summary),
    };
    assert!(summary.cause.is_some());
    let before = Message::read(input, whole);
    let mut out = edit.apply_to_head(input);

    // What is taken out is a part for people, or fields that moved in front of the body.
    let removed: Vec<_> = edit
        .splices
        .iter()
        .filter(|s| !s.range.is_empty())
        .collect();
    let (fields, parts): (Vec<_>, Vec<_>) = removed
        .into_iter()
        .partition(|s| s.range.end <= before.root().header.end);
    for splice in fields {
        assert!(
            input[splice.range.clone()]
                .to_ascii_lowercase()
                .starts_with(b"content-")
        );
    }
    for splice in parts {
        assert_eq!(splice.range, before.part(before.root().children[0]).whole);
    }
    // What is behind the last change is there to the byte.
    let last = edit.splices.last().unwrap();
    assert!(out.ends_with(&input[last.range.end..]));

    out.extend_from_slice(&edit.end);
    let after = Message::read(&out, whole);
    assert!(
        after.root().header.closed,
        "{}",
        String::from_utf8_lossy(&out)
    );
    assert!(after.root().content_type.is_multipart());
    for field in &before.root().header.fields {
        let name = before.name_of(field);
        if !name.to_ascii_lowercase().starts_with(b"content-") {
            let whole = &input[field.whole.clone()];
            assert!(memchr::memmem::find(&out[..after.root().header.end], whole).is_some());
        }
    }
    // Another program finds the notice, too.
    let parsed = mail_parser::MessageParser::default()
        .parse(&out)
        .expect("a message");
    assert!(parsed.text_body_count() + parsed.html_body_count() > 0);
    assert!(parsed.header("Plainbounce-Annotation").is_some());
    // And nobody annotates again.
    assert!(matches!(
        annotator().annotate(&envelope, &out, whole),
        Outcome::Untouched(_)
    ));
}

fn originals() -> Vec<Vec<u8>> {
    let lf = samples()
        .into_iter()
        .map(|file| std::fs::read(file).unwrap());
    lf.flat_map(|lf| {
        let lines: Vec<&[u8]> = lf.split(|&byte| byte == b'\n').collect();
        let crlf = lines.join(b"\r\n".as_slice());
        [lf, crlf]
    })
    .collect()
}

fn cut_at_every_byte(whole: bool) {
    for original in originals() {
        (0..=original.len()).for_each(|length| check(&original[..length], whole));
    }
}

#[test]
fn cut_at_every_byte_and_that_was_all() {
    cut_at_every_byte(true);
}

#[test]
fn cut_at_every_byte_and_more_would_come() {
    cut_at_every_byte(false);
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    let changes = prop::collection::vec(change, 1..20);
    (prop::sample::select(originals()), changes).prop_map(|(mut bytes, changes)| {
        for (at, byte, what) in changes {
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                // a line twice, or elsewhere
                _ => {
                    let end = bytes[at..]
                        .iter()
                        .position(|&b| b == b'\n')
                        .map_or(0, |n| n + 1);
                    let line = bytes[at..at + end].to_vec();
                    let to = usize::from(byte) * bytes.len() / 256;
                    bytes.splice(to..to, line);
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_at_random(bytes in damaged(), whole: bool) {
        check(&bytes, whole);
    }

    #[test]
    fn nothing_like_a_message(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        check(&bytes, true);
    }
}
