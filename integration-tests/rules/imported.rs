//! `rules import`: what it takes over holds, and what it does not is said.

use super::Postmaster;

/// The rules that come of a file, and what is said about it.
fn import(format: &str, file: &str) -> (String, Vec<String>) {
    let postmaster = Postmaster::new();
    postmaster.write("in", file);
    let (_, rules, said) = postmaster.call(&["rules", "import", format, "in"]);
    postmaster.write("rules.d/x.toml", &rules);
    let (status, tested, _) = postmaster.call(&["rules", "test"]);
    assert_eq!(status, 0, "{tested}\n{rules}");
    let said = said
        .lines()
        .map(|line| line.trim_start_matches("plainbounce: ").to_owned());
    (rules, said.collect())
}

#[test]
fn kumomtas_classifier() {
    let file = "[rules]\nInvalidRecipient = [\n  \"^(451|550) [45]\\\\.1\\\\.[1234] \", # one\n]\n\
                QuotaIssues = [\"over(?=quota)\"]\nSubscribe = [\"^subscribe\"]\n";
    let (rules, said) = import("kumomta", file);
    assert!(
        rules.contains("match.diagnostic = '^(451|550) [45]\\.1\\.[1234] '"),
        "{rules}"
    );
    assert!(rules.contains("cause = \"mailbox-unknown\""), "{rules}");
    assert_eq!(
        said,
        [
            "in:5: over(?=quota): there is no look-around here: (?=…), (?!…), (?<=…)",
            "in:6: ^subscribe: no cause stands for the class Subscribe",
            "in: 1 of 3 expressions taken over",
        ]
    );
}

#[test]
fn zonemtas_bounces() {
    let file = "# Comment\n\n# 552 5.2.2 It's \"full\" now\n^552[ \\-]+.*full,defer,capacity,Full\n\n\
                # 550 something else\n^421[ \\-]+RP\\-00\\d,slowdown,rate,Slow, please\n\
                ^550 by (?!you),reject,block,x\n^550 x\\/y,reject,other,x\nnonsense\n";
    let (rules, said) = import("zonemta", file);
    assert!(
        rules.contains("match.diagnostic = '^552[ \\-]+.*full'"),
        "{rules}"
    );
    assert!(rules.contains("retry = \"yes\""), "{rules}");
    assert!(rules.contains("5.2.2 It's"), "{rules}");
    assert!(!rules.contains("something else"), "{rules}");
    assert_eq!(
        said,
        [
            "in:8: ^550 by (?!you): there is no look-around here: (?=…), (?!…), (?<=…)",
            "in:9: ^550 x\\/y: no cause stands for the category other",
            "in:10: is no rule: expression,action,category,message",
            "in: 2 of 5 expressions taken over",
        ]
    );
}
