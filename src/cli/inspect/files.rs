//! The files that are named, and those below folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file itself, or every file below a folder, in the order of their names. A folder that
/// cannot be read stands for itself: reading it says why.
pub fn messages_in(path: &Path) -> Vec<PathBuf> {
    let entries = if path.is_dir() {
        sorted_entries(path).ok()
    } else {
        None
    };
    match entries {
        Some(entries) => entries
            .iter()
            .flat_map(|entry| messages_in(entry))
            .collect(),
        None => vec![path.to_owned()],
    }
}

/// What lies in a folder, but for links to folders: they may lead back up.
fn sorted_entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect();
    let mut entries = entries?;
    entries.retain(|entry| !(entry.is_symlink() && entry.is_dir()));
    entries.sort();
    Ok(entries)
}
