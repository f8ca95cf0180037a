//! Rules that somebody wrote to do harm: a clear answer, in bounded time and memory.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::{Postmaster, bounce};

/// What `rules check` answers in reasonable time.
fn check(file: &str, status: i32, expected: &str) {
    let postmaster = Postmaster::new();
    postmaster.write("rules.d/a.toml", file);
    let began = Instant::now();
    let (found, said, error) = postmaster.call(&["rules", "check"]);
    let took = began.elapsed();
    println!("{expected}: {took:?}");
    let said = said + &error;
    let start: String = said.chars().take(2000).collect();
    assert!(said.contains(expected), "{start}");
    assert_eq!(found, status, "{start}");
    assert!(said.len() < 1 << 20);
    assert!(took < Duration::from_secs(20), "{took:?}");
}

fn rule(name: &str, expression: &str) -> String {
    format!("[[rule]]\nname = '{name}'\nmatch.diagnostic = '{expression}'\nleave = true\n")
}

#[test]
fn hostile_expressions_are_refused() {
    check(&rule("x", &"a".repeat(10 << 20)), 1, "and may be");
    let nested = format!("{}a*{}", "(".repeat(1000), ")*b".repeat(1000));
    check(
        &rule("x", &nested),
        1,
        "exceed the maximum number of nested parentheses",
    );
    check(
        &rule("x", r"(?:\w{100}){100}"),
        1,
        "repeats or lists too much",
    );
    check(
        &rule("x", r"(((((a{99}){99}){99}){99}){99})"),
        1,
        "repeats or lists too much",
    );
    check(
        &format!("x = {}", "[".repeat(1 << 20)),
        1,
        "cannot recurse further",
    );
    check(&"[[rule]]\nnam = 1\n".repeat(40_000), 1, "unknown key nam");
}

#[test]
fn hundred_thousand_rules_are_refused_and_ten_thousand_taken() {
    let many = |count: usize| {
        let mut out = String::new();
        for number in 0..count {
            out += &rule(
                &format!("r{number}"),
                &format!("code Z{number:06}[xyz]+ at"),
            );
        }
        out
    };
    check(&many(100_000), 1, "there are more than 50000 rules");
    check(&many(10_000), 0, "10000 rules of yours");
    check(&rule("same", "the same").repeat(10_000), 1, "of this name");
}

#[test]
fn an_expression_that_others_need_years_for_takes_no_time() {
    let postmaster = Postmaster::new();
    postmaster.write("rules.d/a.toml", &rule("x", "(a|aa|a*)*(a|aa)*(a*)*b"));
    let mail = bounce("5.0.0", &format!("550 {}", "a".repeat(5000)));
    let began = Instant::now();
    let (status, out, _) = postmaster.call_with(&["annotate"], mail.as_bytes());
    assert_eq!(status, 0);
    assert!(out.len() > mail.len());
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let postmaster = Postmaster::new();
    let file = postmaster.write("rules.d/a.toml", &rule("x", "abc"));
    let says = |expected: &str| {
        let (status, _, said) = postmaster.call(&["rules", "check"]);
        assert_eq!((status, said.lines().count()), (2, 1), "{said}");
        assert!(said.contains(expected), "{said}");
        let mail = bounce("5.0.0", "550 abc");
        let (status, out, said) = postmaster.call_with(&["annotate"], mail.as_bytes());
        assert_eq!((status, out.as_str()), (2, mail.as_str()));
        assert!(said.contains(expected), "{said}");
    };
    std::fs::write(&file, b"name = '\xff'").unwrap();
    says("…/rules.d/a.toml: cannot be read: stream did not contain valid UTF-8");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("nowhere.toml", &file).unwrap();
    says("…/rules.d/a.toml: cannot be read: No such file");
    // what nobody can read from its start, not even root
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/proc/self/mem", &file).unwrap();
    says("…/rules.d/a.toml: cannot be read: ");
    postmaster.write("plainbounce.toml", "[rules]\nfolder = '/nonexistent'\n");
    says("plainbounce.toml: rules.folder: /nonexistent: is no folder");
    postmaster.write("plainbounce.toml", "");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, rule("x", "abc")).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o000)).unwrap();
    // root may read it, whatever its mode
    if std::fs::read(&file).is_err() {
        says("…/rules.d/a.toml: cannot be read: Permission denied");
    }
}

/// A message that many rules look at.
#[test]
fn many_rules_that_all_look_at_a_message_take_bounded_time() {
    let mut rules = String::new();
    for number in 0..2000 {
        let _ = write!(
            rules,
            "{}",
            rule(&format!("r{number}"), &format!("common.*words.*{number}x"))
        );
    }
    let postmaster = Postmaster::new();
    postmaster.write("rules.d/a.toml", &rules);
    let mail = bounce("5.0.0", &format!("550 {}", "common words ".repeat(300)));
    let began = Instant::now();
    let (status, out, _) = postmaster.call_with(&["annotate"], mail.as_bytes());
    println!("2000 rules, all of them looked at: {:?}", began.elapsed());
    assert_eq!(status, 0);
    assert!(out.len() >= mail.len());
    assert!(began.elapsed() < Duration::from_secs(20));
}
