//! `rules try`: what a file of rules would change over a folder of mails.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use similar::TextDiff;

use super::{Answer, check};
use crate::annotator::{Annotator, Reading};
use crate::cli::complain;
use crate::cli::inspect::{files, in_order};
use crate::diagnosis::rules::own::{OwnRules, RuleText};
use crate::mail::Envelope;
use crate::settings::{Loaded, read_rules, rule_file};

/// So many diffs are read at most.
const MOST_SHOWN: usize = 10;

/// What becomes of one message, without the file and with it.
struct Seen {
    name: String,
    is_bounce: bool,
    /// Cause and rule of each recipient.
    before: Vec<String>,
    after: Vec<String>,
    diff: Option<String>,
    fault: Option<String>,
}

pub fn run(loaded: &Loaded, file: &Path, mails: &[PathBuf], all: bool) -> anyhow::Result<Answer> {
    let saved = loaded.rule_files()?;
    let (before, faults) = check::read(loaded, &saved)?;
    if faults.iter().any(|fault| !fault.only_a_warning) {
        return Ok((check::told(&faults), false));
    }
    let tried = with(loaded, saved, file)?;
    let (after, faults) = read_rules(&tried, &loaded.notices()?.0);
    if faults.iter().any(|fault| !fault.only_a_warning) {
        return Ok((check::told(&faults), false));
    }
    let annotator = |rules: OwnRules| -> anyhow::Result<Annotator> {
        let mut settings = loaded.annotator("plainbounce".to_owned())?;
        settings.rules = Arc::new(rules);
        Ok(Annotator::new(settings))
    };
    let both = (annotator(before)?, annotator(after)?);
    let files: Vec<PathBuf> = mails
        .iter()
        .flat_map(|mails| files::messages_in(mails))
        .collect();
    let mut told = Told::default();
    in_order::in_order(
        &files,
        |mail| look_at(mail, &both, file),
        |seen| {
            told.take(seen, all);
            true
        },
    );
    let warnings = faults.iter().map(|fault| format!("{fault}\n"));
    Ok((
        warnings.chain([told.answer()]).collect(),
        told.unreadable == 0,
    ))
}

/// The saved files with the new one in its place: that of the file of its name, or by the order of
/// names.
fn with(loaded: &Loaded, mut saved: Vec<RuleText>, file: &Path) -> anyhow::Result<Vec<RuleText>> {
    let folder = loaded.rules_folder()?.unwrap_or(PathBuf::from("rules.d"));
    let name = file.file_name().unwrap_or_default();
    let of_name = |path: &str| Path::new(path).file_name() == Some(name);
    let same = saved.iter().find(|saved| of_name(&saved.path));
    let place = same.map_or(folder.join(name), |same| PathBuf::from(&same.path));
    let text = rule_file(file.parent().unwrap_or(Path::new("")), file)?.text;
    let named = place.strip_prefix(&folder).unwrap_or(Path::new(name));
    let named = Path::new(folder.file_name().unwrap_or_default()).join(named);
    let new = RuleText::named(&named.to_string_lossy(), &file.display().to_string(), text);
    // what is tried where it lies is new
    saved.retain(|saved| Path::new(&saved.path) != place);
    let behind = saved
        .iter()
        .position(|saved| Path::new(&saved.path) > place.as_path());
    saved.insert(behind.unwrap_or(saved.len()), new);
    Ok(saved)
}

fn look_at(mail: &PathBuf, (before, after): &(Annotator, Annotator), file: &Path) -> Seen {
    let name = mail.display().to_string();
    let mut seen = Seen {
        name,
        is_bounce: false,
        before: Vec::new(),
        after: Vec::new(),
        diff: None,
        fault: None,
    };
    let bytes = match fs::read(mail) {
        Ok(bytes) => bytes,
        Err(error) => {
            seen.fault = Some(format!("{}: {error}", seen.name));
            return seen;
        }
    };
    let envelope = Envelope::default();
    let (old, new) = (
        before.explain(&envelope, &bytes),
        after.explain(&envelope, &bytes),
    );
    let (Some((old, old_text)), Some((new, new_text))) = (old, new) else {
        return seen;
    };
    seen.is_bounce = new.report.kind.is_of_delivery();
    (seen.before, seen.after) = (outcomes(&old), outcomes(&new));
    let left = || "(left as it is)\n".to_owned();
    let (old, new) = (old_text.unwrap_or_else(left), new_text.unwrap_or_else(left));
    if old != new {
        let header = format!("with {}", file.display());
        let diff = TextDiff::from_lines(&old, &new);
        let diff = diff
            .unified_diff()
            .context_radius(1)
            .header("now", &header)
            .to_string();
        seen.diff = Some(diff);
    }
    seen
}

fn outcomes(reading: &Reading) -> Vec<String> {
    let said = |found: &crate::diagnosis::Diagnosis| {
        let rule = found.rule.as_deref().unwrap_or("no rule");
        format!("{} by {rule}", found.cause.name())
    };
    reading.diagnoses.iter().map(said).collect()
}

#[derive(Default)]
struct Told {
    messages: usize,
    bounces: usize,
    changed: usize,
    unreadable: usize,
    changes: BTreeMap<(String, String), usize>,
    diffs: String,
    shown: usize,
}

impl Told {
    fn take(&mut self, seen: Seen, all: bool) {
        if let Some(fault) = &seen.fault {
            complain(fault);
            self.unreadable += 1;
            return;
        }
        self.messages += 1;
        self.bounces += usize::from(seen.is_bounce);
        let pairs = seen.before.iter().zip(&seen.after);
        let changes: Vec<_> = pairs.filter(|(before, after)| before != after).collect();
        if changes.is_empty() && seen.diff.is_none() {
            return;
        }
        self.changed += 1;
        for (before, after) in changes {
            *self
                .changes
                .entry((before.clone(), after.clone()))
                .or_default() += 1;
        }
        if all || self.shown < MOST_SHOWN {
            self.shown += 1;
            let diff = seen.diff.as_deref().unwrap_or("(the same notice)\n");
            let _ = write!(self.diffs, "\n{}\n{diff}", seen.name);
        }
    }

    fn answer(&self) -> String {
        let Self {
            messages,
            bounces,
            changed,
            ..
        } = self;
        let mut out = format!("{messages} messages, {bounces} bounces: {changed} would change\n");
        let mut changes: Vec<_> = self.changes.iter().collect();
        changes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for ((before, after), count) in changes {
            let _ = writeln!(out, "{count:>6}  {before}\n        -> {after}");
        }
        out.push_str(&self.diffs);
        if self.shown < self.changed {
            let more = self.changed - self.shown;
            let _ = writeln!(out, "\nand {more} more; --all shows them");
        }
        out
    }
}
