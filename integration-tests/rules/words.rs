//! What rules do to a notice.

use super::{Postmaster, bounce};

/// What `annotate` makes of a bounce with these rules, soft line ends undone.
fn annotated(rules: &str, bounced: &str) -> String {
    let postmaster = Postmaster::new();
    postmaster.write("rules.d/a.toml", rules);
    let (status, out, said) = postmaster.call_with(&["annotate"], bounced.as_bytes());
    assert_eq!((status, said.as_str()), (0, ""));
    out.replace("=\r\n", "")
}

#[test]
fn a_rule_gives_words_and_the_rest_is_inherited() {
    let rules = r#"
[[rule]]
name = "quota"
match.diagnostic = 'quota of (?<quota>.+?) exceeded'
match.status = "5.2.*"
match.remote_mta = "example.net"
match.sender = "example.org"
match.recipient = "bob@*"
match.subject = "q3*"
match.kind = "failure"
match.cause = ["mailbox-full", "unknown"]
who = "other-side"
retry = "yes"
contact = "Help desk, 555"
link = "https://example.org/quota?a=1&b=2"

[rule.words.en]
title = "Too much of it"
why = "The {quota} of {domain} are used up."
do = "Ask for more than {quota}."
"#;
    let bounced = bounce("5.2.2", "552 5.2.2 Quota of 2 <b>{domain}</b> GB exceeded");
    let out = annotated(rules, &bounced);
    for expected in [
        "Too much of it\r\n    The 2 <b>{domain}</b> GB of example.net are used up.",
        "  1. Ask for more than 2 <b>{domain}</b> GB.",
        "It will not be tried again. Does waiting help: Yes. Who can act: The\r\nother side",
        "Help: Help desk, 555\r\nhttps://example.org/quota?a=3D1&b=3D2",
        "The 2 &lt;b&gt;{domain}&lt;&#x2f;b&gt; GB of example.net",
        "<a href=\"https:&#x2f;&#x2f;example.org&#x2f;quota?a=1&amp;b=2\"",
        "rule=rules.d/a.toml:quota",
    ] {
        assert!(out.contains(expected), "{expected}\n{out}");
    }
    assert_eq!(out.matches("<a ").count(), 1);
    // what the rule does not say of
    assert!(out.contains("For your postmaster:"), "{out}");
}

#[test]
fn a_text_without_its_group_is_not_said() {
    let rules = "[[rule]]\nname = 'x'\nmatch.diagnostic = 'full(?: by (?<size>\\d+))?'\n\
                 words.en.why = 'By {size}.'\nwords.en.do = 'Do it.'\n";
    let out = annotated(rules, &bounce("5.2.2", "552 5.2.2 full by 30"));
    assert!(out.contains("    By 30."), "{out}");
    let out = annotated(rules, &bounce("5.2.2", "552 5.2.2 full"));
    assert!(
        !out.contains("{size}") && out.contains("  1. Do it."),
        "{out}"
    );
}

#[test]
fn a_rule_may_leave_a_bounce_as_it_is() {
    let bounced = bounce("5.2.2", "552 5.2.2 full");
    let rules = "[[rule]]\nname = 'x'\nmatch.recipient = 'example.net'\nleave = true\n";
    assert_eq!(annotated(rules, &bounced), bounced);
    let rules = "[[rule]]\nname = 'x'\nmatch.recipient = 'example.com'\nleave = true\n";
    assert_ne!(annotated(rules, &bounced), bounced);
}

#[test]
fn the_first_rule_that_fits_has_the_last_word() {
    let rules = "[[rule]]\nname = 'a'\nmatch.words = ['nobody says this', 'full up']\nmatch.unless = 'today'\n\
                 cause = 'system-full'\n\
                 [[rule]]\nname = 'b'\nmatch.reply = '55*'\ncause = 'policy-refused'\n";
    let postmaster = Postmaster::new();
    postmaster.write("rules.d/a.toml", rules);
    let check = |diagnostic: &str, cause: &str, rule: &str| {
        let mail = bounce("5.2.2", diagnostic);
        let (_, out, _) = postmaster.call_with(&["inspect", "--json"], mail.as_bytes());
        let seen: serde_json::Value = serde_json::from_str(&out).unwrap();
        let recipient = &seen["recipients"][0];
        assert_eq!(recipient["cause"], cause, "{diagnostic}");
        assert_eq!(recipient["rule"], rule, "{diagnostic}");
        assert_eq!(recipient["confidence"], "stated");
    };
    check("552 5.2.2 FULL  up", "system-full", "rules.d/a.toml:a");
    check(
        "552 5.2.2 full up today",
        "policy-refused",
        "rules.d/a.toml:b",
    );
    check(
        "452 4.2.2 mailbox is full",
        "mailbox-full",
        "builtin:common/mailbox-full",
    );
}
