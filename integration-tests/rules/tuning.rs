//! README's "Tuning": what it shows is what comes of it.

use std::path::Path;

use super::{Postmaster, bounce};

/// The code blocks of the section, without their indent.
fn blocks() -> Vec<String> {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, behind) = readme.split_once("\n## Tuning\n").unwrap();
    let (section, _) = behind.split_once("\n## ").unwrap();
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in section.lines() {
        match line.strip_prefix("    ") {
            Some(code) if inside => *blocks.last_mut().unwrap() += &format!("{code}\n"),
            Some(code) => blocks.push(format!("{code}\n")),
            None if inside && line.is_empty() => blocks.last_mut().unwrap().push('\n'),
            None => {}
        }
        inside = line.starts_with("    ") || inside && line.is_empty();
    }
    blocks
        .iter()
        .map(|block| block.trim_end().to_owned() + "\n")
        .collect()
}

/// How many examples there are is other with each built-in rule.
fn without_numbers(text: &str) -> String {
    let is_count = |line: &&str| line.contains(" examples, ") || line.contains(" built-in ones");
    let line = |line| match Some(line).filter(is_count) {
        Some(line) => line.replace(|c: char| c.is_ascii_digit(), ""),
        None => line.trim_end().to_owned(),
    };
    text.trim_end()
        .lines()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_readme_shows_what_comes_of_it() {
    let postmaster = Postmaster::new();
    let mail = bounce("5.1.1", "550 5.1.1 Account parked until 2027-01-31");
    postmaster.write("bounce.eml", &mail);
    postmaster.write("mails/bounce.eml", &mail);
    postmaster.write(
        "mails/other.eml",
        &bounce("5.1.1", "550 5.1.1 No such user"),
    );
    let mut commands = 0;
    for block in blocks() {
        let (first, rest) = block.split_once('\n').unwrap();
        if let Some(file) = first.strip_prefix("# ") {
            postmaster.write(file, rest);
        } else if let Some(files) = first.strip_prefix("$ cp ") {
            let file = Path::new(files.split(' ').next().unwrap());
            std::fs::copy(
                postmaster.path(file.to_str().unwrap()),
                postmaster.path("rules.d").join(file),
            )
            .unwrap();
        } else if let Some(command) = first.strip_prefix("$ plainbounce ") {
            let arguments: Vec<&str> = command.split(' ').collect();
            let (_, said, error) = postmaster.call(&arguments);
            let said = said.replace("…/rules.d", "/etc/plainbounce/rules.d") + &error;
            assert_eq!(without_numbers(&said), without_numbers(rest), "{command}");
            commands += 1;
        }
    }
    assert!(commands >= 4);
}
