//! Every code that people meet has an entry of its own, and every text a cause.

use plainbounce::bounce::{Kind, Report, ReportedRecipient};
use plainbounce::diagnosis::codes::Asked;
use plainbounce::diagnosis::{Cause, Confidence, diagnose};

#[test]
fn every_code_is_known() {
    let mut missing = Vec::new();
    for line in include_str!("codes.txt").lines() {
        let found = match *line.split('\t').collect::<Vec<_>>() {
            ["(text)", giver, words] => is_understood(giver, words),
            [code, _] => is_listed(code),
            // a comment
            _ => line.starts_with('#') || !line.contains('\t'),
        };
        if !found {
            missing.push(line);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Whether there is more to say than what its first digits mean.
fn is_listed(code: &str) -> bool {
    let Ok(asked) = code.parse::<Asked>() else {
        return false;
    };
    let registered = asked.look_up().is_some_and(|code| asked.is_listed_as(code));
    registered || !asked.readings().is_empty()
}

fn is_understood(giver: &str, words: &str) -> bool {
    let host = match giver {
        "apple" => "mx01.mail.icloud.com",
        "yahoo" => "mta5.am0.yahoodns.net",
        "tencent-qq" => "mx1.qq.com",
        "cox" => "cxr.mx.a.cloudfilter.cox.net",
        _ => panic!("{giver} has no host"),
    };
    let recipient = ReportedRecipient {
        remote_mta: Some(host.to_owned()),
        diagnostic: Some(format!("550 {words}")),
        ..ReportedRecipient::default()
    };
    let found = diagnose(&Report::without_recipients(Kind::Failure, ""), &recipient);
    found.cause != Cause::Unknown && found.confidence != Confidence::Generic
}

#[test]
fn a_code_means_what_its_giver_means_by_it() {
    fn check(host: &str, said: &str, expected: (Cause, Confidence, &str)) {
        let recipient = ReportedRecipient {
            remote_mta: Some(host.to_owned()),
            diagnostic: Some(said.to_owned()),
            ..ReportedRecipient::default()
        };
        let found = diagnose(&Report::without_recipients(Kind::Failure, ""), &recipient);
        let rule = found.rule.as_deref().unwrap_or("");
        assert_eq!((found.cause, found.confidence, rule), expected, "{said}");
    }
    use Confidence::{Generic, Likely, Stated};
    let microsoft = "example-com.mail.protection.outlook.com";
    let google = "gmail-smtp-in.l.google.com";
    check(
        microsoft,
        "550 5.7.606",
        (
            Cause::ServerBlocked,
            Stated,
            "builtin:codes/microsoft/5.7.606-649",
        ),
    );
    check(
        microsoft,
        "550 5.1.8",
        (
            Cause::SenderRefused,
            Likely,
            "builtin:codes/microsoft/5.1.8",
        ),
    );
    check(
        google,
        "550 5.4.5",
        (Cause::RateLimited, Likely, "builtin:codes/google/5.4.5"),
    );
    check(
        "mx.example.net",
        "550 5.7.606",
        (Cause::PolicyRefused, Generic, "builtin:codes/X.7.X"),
    );
    check(
        "mx.example.net",
        "554 5.7.1 IB705",
        (Cause::VirusSuspected, Stated, "builtin:codes/godaddy/IB705"),
    );
}
