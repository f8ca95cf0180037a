//! Which way the arrows point: each module may use those listed above it, and none below.

use std::path::Path;

/// As in the tree in `src/lib.rs`.
const LAYERS: &[&str] = &[
    "mail",
    "bounce",
    "diagnosis",
    "notice",
    "rewrite",
    "annotator",
    "event",
    "doors",
    "log",
    "settings",
    "serve",
    "cli",
    "main",
];

/// In the core there is no I/O, no async, no clock and no randomness.
const CORE: usize = 7;
const NOT_IN_CORE: [&str; 8] = [
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::time",
    "tokio",
    "rand",
    "std::process",
];

fn layer(name: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| *layer == name)
        .unwrap_or_else(|| panic!("{name} is no layer"))
}

fn check(file: &Path, module: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    let own = layer(module);
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for used in line.split("crate::").skip(1) {
            let used: String = used
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !used.is_empty() && LAYERS.contains(&used.as_str()) {
                assert!(
                    layer(&used) <= own,
                    "{}: uses {used}: {line}",
                    file.display()
                );
            }
        }
        let outside = NOT_IN_CORE.iter().find(|name| line.contains(*name));
        let is_type = line.contains("std::time::Duration") || line.contains("std::net::IpAddr");
        if own < CORE && !is_type {
            assert!(outside.is_none(), "{}: {line}", file.display());
        }
    }
}

fn visit(path: &Path, module: &str) {
    if path.is_dir() {
        std::fs::read_dir(path)
            .unwrap()
            .for_each(|entry| visit(&entry.unwrap().path(), module));
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        check(path, module);
    }
}

#[test]
fn no_arrow_is_turned_round() {
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        if module != "lib" && module != "build" {
            visit(&path, &module);
        }
    }
}
