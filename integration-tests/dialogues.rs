//! `dialogues/smtp/*.dialogue`, as a postmaster can read them.

use std::path::Path;

#[test]
fn smtp() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/dialogues/smtp");
    let mut paths: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 5);
    paths.iter().for_each(|path| crate::harness::play(path));
}
