//! `dialogues/*/*.dialogue`, as a postmaster can read them.

use std::path::Path;

use crate::harness::play;

#[test]
fn smtp() {
    all_of("smtp");
}

#[test]
fn lmtp() {
    all_of("lmtp");
}

fn all_of(door: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/dialogues");
    let mut paths: Vec<_> = folder
        .join(door)
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 5);
    paths.iter().for_each(|path| play(path));
}
