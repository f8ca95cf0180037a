//! The house of STYLE.md: each module uses those above it, and none below.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// From the top of the house to its floor; `|` is where I/O begins.
const HOUSE: [&str; 16] = [
    "mail",
    "bounce",
    "diagnosis",
    "notice",
    "rewrite",
    "annotator",
    "event",
    "|",
    "doors",
    "log",
    "journal",
    "console",
    "settings",
    "serve",
    "cli",
    "main",
];

/// What no module of the core may name.
const OUTSIDE: [&str; 8] = [
    "tokio",
    "std::fs",
    "std::io",
    "std::net::Tcp",
    "std::thread",
    "std::process",
    "SystemTime",
    "Instant::now",
];

fn place(module: &str) -> usize {
    let found = HOUSE.iter().position(|name| *name == module);
    found.unwrap_or_else(|| panic!("{module} has no place in the house"))
}

/// Every source file, under the module it belongs to.
fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(path.clone(), std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    walk(&root, &mut found);
    let relative = |path: PathBuf| path.strip_prefix(&root).unwrap().to_owned();
    found
        .into_iter()
        .map(|(path, text)| (relative(path), text))
        .collect()
}

fn module(path: &Path) -> String {
    path.components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap()
        .trim_end_matches(".rs")
        .into()
}

/// The modules after `crate::` in the code of a file; comments do not count.
fn used(text: &str) -> Vec<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

#[test]
fn no_arrow_is_turned_round() {
    for (path, text) in sources() {
        let here = module(&path);
        if ["lib", "build"].contains(&here.as_str()) {
            continue;
        }
        for there in used(&text) {
            // `bounce` inside `bounce` is its own affair; a macro's `$crate` is nobody's.
            let allowed = there.is_empty() || place(&there) <= place(&here);
            assert!(
                allowed,
                "{} uses {there}, which lies below it",
                path.display()
            );
        }
    }
}

#[test]
fn only_serve_and_the_commands_know_the_settings() {
    for (path, text) in sources() {
        let may = ["settings", "serve", "cli", "lib"].contains(&module(&path).as_str());
        assert!(
            may || !used(&text).contains(&"settings".into()),
            "{}",
            path.display()
        );
    }
}

#[test]
fn doors_share_only_relay_and_listener() {
    let doors = ["smtp", "lmtp", "milter", "pipe"];
    for (path, text) in sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("doors"))
    {
        let is_parent = path.ends_with("doors/mod.rs");
        for other in doors
            .iter()
            .filter(|door| !path.to_str().unwrap().contains(*door))
        {
            let uses = [format!("doors::{other}::"), format!("super::{other}::")];
            let used = uses.iter().any(|used| text.contains(used));
            assert!(
                is_parent || !used,
                "{} uses the door {other}",
                path.display()
            );
        }
    }
}

#[test]
fn the_core_stays_pure() {
    for (path, text) in sources() {
        let here = module(&path);
        if ["lib", "build", "main"].contains(&here.as_str()) || place(&here) > place("|") {
            continue;
        }
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        let code = text[..tests]
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for outside in OUTSIDE {
                assert!(!line.contains(outside), "{}: {line}", path.display());
            }
        }
    }
}
