//! The files that are named, and those below folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file itself, or every file below a folder, in the order of their names. A folder that
/// cannot be read stands for itself: reading it says why.
pub fn messages_in(path: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    if path.is_dir() {
        add_folder(path.to_owned(), &mut out);
    } else {
        out.push(path.to_owned());
    }
    out
}

fn add_folder(folder: PathBuf, out: &mut Vec<PathBuf>) {
    let Ok(entries) = sorted_entries(&folder) else {
        out.push(folder);
        return;
    };
    for (path, kind) in entries {
        match kind {
            Kind::Folder => add_folder(path, out),
            Kind::File => out.push(path),
        }
    }
}

enum Kind {
    File,
    Folder,
}

/// What lies in a folder, but for links to folders: they may lead back up.
fn sorted_entries(folder: &Path) -> io::Result<Vec<(PathBuf, Kind)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            entries.push((path, Kind::Folder));
        } else if !(kind.is_symlink() && path.is_dir()) {
            entries.push((path, Kind::File));
        }
    }
    entries.sort_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
    Ok(entries)
}
