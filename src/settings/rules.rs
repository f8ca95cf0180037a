//! Settings → the postmaster's rules: the files of their folder, and what is wrong with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Loaded;
use crate::diagnosis::rules::own::{Fault, OwnRules, RuleText};
use crate::notice::{LanguageTag, Languages};

/// Beside the settings file.
pub const FOLDER: &str = "rules.d";
/// More is refused: nobody writes so much.
const MOST_BYTES: u64 = 64 << 20;
const MOST_FILES: usize = 10_000;
/// Folders in folders.
const DEEPEST: usize = 8;

impl Loaded {
    /// The postmaster's rules, without a fault.
    ///
    /// # Errors
    /// In one line, with file, line and column of the first fault.
    pub fn rules(&self, languages: &Languages) -> anyhow::Result<Arc<OwnRules>> {
        let files = self.rule_files()?;
        let (rules, faults) = read_rules(&files, languages);
        let mut grave = faults.iter().filter(|fault| !fault.only_a_warning);
        match (grave.next(), grave.count()) {
            (None, _) => Ok(Arc::new(rules)),
            (Some(first), 0) => Err(anyhow::anyhow!("{first}")),
            (Some(first), more) => Err(anyhow::anyhow!(
                "{first} (and {more} more: `plainbounce rules check` shows them)"
            )),
        }
    }

    /// The same, of which the languages are not at hand.
    ///
    /// # Errors
    /// As `rules`, and where words or templates of the operator's are wrong.
    pub fn rules_alone(&self) -> anyhow::Result<Arc<OwnRules>> {
        match self.rules_folder()? {
            Some(_) => self.rules(&self.notices()?.0),
            None => Ok(Arc::default()),
        }
    }

    /// The files of the folder and of those in it, in the order of their names. What begins with a
    /// dot is not looked at: `.git`.
    ///
    /// # Errors
    /// In one line, where the folder is not there or something in it cannot be read.
    pub fn rule_files(&self) -> anyhow::Result<Vec<RuleText>> {
        let Some(folder) = self.rules_folder()? else {
            return Ok(Vec::new());
        };
        let mut paths = Vec::new();
        collect(&folder, DEEPEST, &mut paths)?;
        let mut room = MOST_BYTES;
        paths
            .iter()
            .map(|path| read(&folder, path, &mut room))
            .collect()
    }

    /// # Errors
    /// Where the settings name one that is none.
    pub fn rules_folder(&self) -> anyhow::Result<Option<PathBuf>> {
        let beside = self.file.parent().unwrap_or(Path::new("")).join(FOLDER);
        match &self.settings.rules.folder {
            Some(named) if named.is_dir() => Ok(Some(named.clone())),
            Some(named) => {
                let what = format!("{}: is no folder", named.display());
                Err(self.wrong("rules.folder", what))
            }
            None => Ok(beside.is_dir().then_some(beside)),
        }
    }
}

/// The rules of files, and all that is wrong with them.
pub fn read_rules(files: &[RuleText], languages: &Languages) -> (OwnRules, Vec<Fault>) {
    let spoken = |tag: &str| {
        let tag: LanguageTag = tag.parse().map_err(|wrong| format!("{wrong}"))?;
        languages
            .named(&tag)
            .map(drop)
            .map_err(|unknown| unknown.to_string())
    };
    OwnRules::read(files, &spoken)
}

/// A file as it is called by its rules: `rules.d/team/a.toml`.
///
/// # Errors
/// In one line, if it cannot be read.
pub fn rule_file(folder: &Path, path: &Path) -> anyhow::Result<RuleText> {
    read(folder, path, &mut { MOST_BYTES })
}

fn read(folder: &Path, path: &Path, room: &mut u64) -> anyhow::Result<RuleText> {
    let shown = path.display().to_string();
    let unreadable = |error| anyhow::anyhow!("{shown}: cannot be read: {error}");
    let length = fs::metadata(path).map_err(unreadable)?.len();
    *room = room.checked_sub(length).ok_or_else(|| {
        anyhow::anyhow!("{shown}: with it there are more than {MOST_BYTES} bytes of rules")
    })?;
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let within = path.strip_prefix(folder).unwrap_or(path);
    let folder = folder.file_name().unwrap_or_default();
    let name = Path::new(folder).join(within);
    Ok(RuleText::named(&name.to_string_lossy(), &shown, text))
}

fn collect(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = |error| anyhow::anyhow!("{}: cannot be read: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    for path in paths {
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, out)?;
        } else if path.extension().is_some_and(|end| end == "toml") && is_text(&path) {
            out.push(path);
        }
        if out.len() > MOST_FILES {
            let shown = folder.display();
            anyhow::bail!("{shown}: there are more than {MOST_FILES} files of rules");
        }
    }
    Ok(())
}

/// A pipe or a device would never end. What cannot be asked is read, so that it says why.
fn is_text(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |about| about.is_file())
}
