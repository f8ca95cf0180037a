//! `rules check`: everything that is wrong, in one go. `rules test`, `list`, `schema`.

use super::Postmaster;

/// A file, and what is said of it but for the lines that show the places.
fn check(file: &str, expected: &[&str]) {
    let postmaster = Postmaster::new();
    postmaster.write("rules.d/a.toml", file);
    let (status, said, _) = postmaster.call(&["rules", "check"]);
    let faults: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("…/rules.d/a.toml:"))
        .collect();
    assert_eq!(faults, expected, "{said}");
    assert_eq!(status, i32::from(!expected.is_empty()), "{said}");
}

#[test]
fn every_fault_is_told_in_one_go() {
    check(
        r#"form = 1
[[rule]]
name = "one"
match.diagnostic = 'a(b'
match.statuss = "5.1.1"
cause = "mailbox-ful"
[[rule]]
name = "two words"
match.diagnostic = "not by (?!you)"
match.status = ["5.1", "5.1.1"]
match.dialect = "postfx"
words.xx.why = "hm"
words.en.why = "{domain} has {quot} of {quota}"
leave = "yes"
link = "http://example.org"
[[rule]]
match.diagnostic = '(?<quota>\d+) used'
words.en.why = "{domain} has {quot} of {quota}"
"#,
        &[
            "1:1: unknown key form (did you mean format?)",
            "4:22: diagnostic: unclosed group",
            "5:7: unknown key statuss (did you mean status?)",
            "6:9: cause: no such cause as mailbox-ful (did you mean mailbox-full?)",
            "8:8: name: at most 80 letters, digits and - _ . without accents or spaces",
            "9:28: diagnostic: there is no look-around here: (?=…), (?!…), (?<=…)",
            "10:17: this is no status: as in 5.1.1, 5.1.*, 5.7.606-649",
            "11:17: dialect: no such dialect as postfx (did you mean postfix?)",
            "12:7: no language \"xx\": there are en, de, fr, es, it, pt-BR, nl, pl, ja, zh-Hans, ar",
            "13:30: no group of the expression is called quot",
            "13:40: no group of the expression is called quota",
            "14:9: leave: true or false was expected",
            "15:8: link: it must be a whole https:// URL, percent-encoded",
            "16:1: a rule needs a name",
            "18:30: no group of the expression is called quot (did you mean quota?)",
        ],
    );
}

/// What it was to do is not missed as well: `serve` tells the first fault only.
#[test]
fn a_mistyped_key_is_one_fault() {
    check(
        "[[rule]]\nname = 'x'\nmatch.words = 'quota gone'\ncuase = 'mailbox-full'\n",
        &["4:1: unknown key cuase (did you mean cause?)"],
    );
    check(
        "[[rule]]\nname = 'x'\nmatch.words = 'quota gone'\n",
        &["2:8: this rule does nothing: it sets no cause, no words, …"],
    );
}

#[test]
fn a_fault_is_shown_with_a_caret() {
    let postmaster = Postmaster::new();
    postmaster.write(
        "rules.d/a.toml",
        "[[rule]]\nname = 'x'\nmatch.diagnostic = 'a(b'\ncause = 'unknown'\n",
    );
    let (_, said, _) = postmaster.call(&["rules", "check"]);
    let expected = "…/rules.d/a.toml:3:22: diagnostic: unclosed group\n   |\n \
                    3 | match.diagnostic = 'a(b'\n   |                      ^\n1 faults, 0 warnings\n";
    assert_eq!(said, expected);
}

#[test]
fn faults_between_rules_are_told() {
    check(
        "[[rule]]\nname = 'a'\nmatch.words = 'box is full'\ncause = 'mailbox-full'\n\
         [[rule]]\nname = 'b'\nmatch.words = 'your box is full now'\nmatch.status = '5.2.2'\nleave = true\n",
        &[
            "6:8: warning: this rule is never reached: rules.d/a.toml:a (line 2) matches all that it does",
        ],
    );
    check(
        "[[rule]]\nname = 'a'\nleave = true\n[[rule]]\nname = 'b'\nmatch.kind = 'delay'\nleave = true\n",
        &[
            "5:8: warning: this rule is never reached: rules.d/a.toml:a (line 2) matches all that it does",
        ],
    );
    check(
        "[[rule]]\nname = 'a'\nmatch.words = 'one'\nleave = true\n\
         [[rule]]\nname = 'a'\nmatch.words = 'two'\nleave = true\n",
        &["6:8: there is a rule of this name in line 2 already"],
    );
    check(
        "[[rule]]\nname = 'a'\nmatch.status = '5.7.606-649'\nleave = true\n\
         [[rule]]\nname = 'b'\nmatch.status = '5.7.*'\nleave = true\n",
        &[],
    );
}

#[test]
fn examples_are_tested() {
    let postmaster = Postmaster::new();
    let rule = "[[rule]]\nname = 'full'\nmatch.words = 'over the top'\ncause = 'mailbox-full'\n";
    postmaster.write(
        "rules.d/a.toml",
        &format!(
            "{rule}[[rule.example]]\ndiagnostic = '552 Over the top'\ncause = 'mailbox-full'\n\
             [[rule.example]]\ndiagnostic = '552 over the  top'\nnot = true\n\
             [[rule.example]]\nstatus = '5.1.1'\n\
             [[rule.example]]\nmessage = '../mails/1.eml'\n"
        ),
    );
    postmaster.write(
        "mails/1.eml",
        &super::bounce("5.0.0", "550 It is over the top"),
    );
    let (status, said, _) = postmaster.call(&["rules", "test"]);
    assert_eq!(status, 1);
    let expected = "rules.d/a.toml:full  …/rules.d/a.toml:8\n  \
                    expected  any rule but this\n  \
                    found     rules.d/a.toml:full, mailbox-full\n  \
                    of        552 over the  top\n\
                    rules.d/a.toml:full  …/rules.d/a.toml:11\n  \
                    expected  rules.d/a.toml:full\n  \
                    found     builtin:codes/X.1.1, mailbox-unknown\n  \
                    of        5.1.1\n";
    assert!(said.starts_with(expected), "{said}");
    assert!(said.ends_with(" examples, 2 failed\n"), "{said}");
}

#[test]
fn rules_are_listed_with_their_sources() {
    let postmaster = Postmaster::new();
    let rule = "[[rule]]\nname = 'x'\nmatch.words = 'abc'\nleave = true\n";
    postmaster.write("rules.d/team/.git/config.toml", "no = 1");
    postmaster.write(
        "rules.d/team/b.toml",
        &format!("author = 'Ann'\nlicence = 'MIT'\n{rule}"),
    );
    postmaster.write("rules.d/a.toml", rule);
    let (status, said, _) = postmaster.call(&["rules", "list"]);
    assert_eq!(status, 0);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = said.lines().take(3).map(words).collect();
    assert_eq!(lines[0], "rules.d/a.toml:x (leave) …/rules.d/a.toml:2");
    assert_eq!(
        lines[1],
        "rules.d/team/b.toml:x (leave) …/rules.d/team/b.toml:4 (Ann, MIT)"
    );
    assert!(lines[2].starts_with("builtin:"));
    let (status, _, said) = postmaster.call(&["rules", "list", "--hits"]);
    assert_eq!((status, said.lines().count()), (2, 1), "{said}");
}

/// The built-in files are files of rules like any others.
#[test]
fn built_in_rules_are_written_as_the_postmasters_are() {
    let postmaster = Postmaster::new();
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/src/diagnosis/rules");
    let files = std::fs::read_dir(built_in)
        .unwrap()
        .map(|file| file.unwrap().path());
    for file in files.filter(|file| file.extension().is_some_and(|end| end == "toml")) {
        std::fs::copy(
            &file,
            postmaster.path("rules.d").join(file.file_name().unwrap()),
        )
        .unwrap();
    }
    let (_, said, _) = postmaster.call(&["rules", "check"]);
    let faults: Vec<&str> = said.lines().filter(|line| line.starts_with('…')).collect();
    let grave = faults.iter().filter(|line| !line.contains(": warning: "));
    assert_eq!(grave.count(), 0, "{said}");
}

#[test]
fn the_schema_knows_every_key() {
    let (status, said, _) = Postmaster::new().call(&["rules", "schema"]);
    assert_eq!(status, 0);
    let schema: serde_json::Value = serde_json::from_str(&said).unwrap();
    let rule = &schema["properties"]["rule"]["items"]["properties"];
    assert_eq!(schema["properties"]["format"]["const"], 1);
    assert_eq!(rule["who"]["enum"][1], "postmaster");
    assert!(rule["match"]["properties"]["status"]["anyOf"].is_array());
    assert!(rule["words"]["additionalProperties"]["properties"]["why"].is_object());
    assert_eq!(rule["example"]["items"]["additionalProperties"], false);
}
