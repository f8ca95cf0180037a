//! Whether the files that were read have changed. They are asked once a second, as that works in
//! containers, over NFS and through links, where the kernel does not tell of changes; and they must
//! be as they are for a second, so that nothing is read that is half written.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::settings::Loaded;

/// How a file lies there: another inode where an editor puts a new one in its place, another time
/// of change, another length.
type State = BTreeMap<PathBuf, Option<(u64, u64, i64, i64)>>;

pub struct Watched {
    roots: Vec<PathBuf>,
    known: State,
    seen: State,
}

/// Folders in folders.
const DEEPEST: usize = 8;

impl Watched {
    /// Everything that the settings were made of.
    pub fn of(loaded: &Loaded) -> Self {
        let mut roots = loaded.read_from();
        for relay in [&loaded.settings.smtp, &loaded.settings.lmtp] {
            let files = [&relay.tls_cert, &relay.tls_key, &relay.next_hop_ca];
            roots.extend(files.into_iter().flatten().cloned());
        }
        let known = state(&roots);
        Self {
            roots,
            seen: known.clone(),
            known,
        }
    }

    /// What was looked at before it was read is known as it was then.
    pub fn and_before(mut self, before: &Self) -> Self {
        for (path, about) in &mut self.known {
            if let Some(then) = before.known.get(path) {
                *about = *then;
            }
        }
        self
    }

    pub fn has_changed(&mut self) -> bool {
        let now = state(&self.roots);
        let rests = now == self.seen;
        self.seen = now;
        rests && self.seen != self.known
    }

    /// As it is now, it has been read.
    pub fn take_as_known(&mut self) {
        self.known = state(&self.roots);
        self.seen = self.known.clone();
    }
}

fn state(roots: &[PathBuf]) -> State {
    let mut out = State::new();
    for root in roots {
        add(root, DEEPEST, &mut out);
    }
    out
}

/// A file that is not there is a state, too.
fn add(path: &Path, depth: usize, out: &mut State) {
    let about = std::fs::metadata(path).ok();
    let is_folder = about.as_ref().is_some_and(|about| about.is_dir());
    let about = about.map(|about| (about.ino(), about.len(), about.ctime(), about.ctime_nsec()));
    out.insert(path.to_owned(), about);
    let entries = is_folder.then(|| path.read_dir().ok()).flatten();
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    // what an editor leaves beside a file, and `.git`
    let is_hidden = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.as_encoded_bytes().starts_with(b".")
    };
    paths.retain(|path| !is_hidden(path));
    paths.sort();
    for path in paths.iter().take_while(|_| depth > 0) {
        add(path, depth - 1, out);
    }
}
