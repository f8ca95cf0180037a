//! `rules check`: everything that is wrong, with the line and a caret below it.

use std::fmt::Write as _;

use super::Answer;
use crate::diagnosis::rules;
use crate::diagnosis::rules::own::{Fault, MOST_FAULTS, OwnRules, RuleText};
use crate::settings::{Loaded, read_rules};

pub fn run(loaded: &Loaded) -> anyhow::Result<Answer> {
    let files = loaded.rule_files()?;
    let (own, faults) = read(loaded, &files)?;
    // the build has refused what is wrong with the built-in ones
    let built_in = rules::all().count();
    if faults.is_empty() {
        let said = match files.len() {
            0 => format!("{built_in} rules, nothing wrong\n"),
            files => {
                let own = own.all().len();
                format!(
                    "{own} rules of yours in {files} files, {built_in} built-in ones, nothing wrong\n"
                )
            }
        };
        return Ok((said, true));
    }
    Ok((told(&faults), false))
}

/// The rules with all that is wrong with them.
pub fn read(loaded: &Loaded, files: &[RuleText]) -> anyhow::Result<(OwnRules, Vec<Fault>)> {
    if files.is_empty() {
        return Ok(Default::default());
    }
    Ok(read_rules(files, &loaded.notices()?.0))
}

pub fn told(faults: &[Fault]) -> String {
    let mut out: String = faults.iter().map(Fault::with_caret).collect();
    let warnings = faults.iter().filter(|fault| fault.only_a_warning).count();
    let more = if faults.len() < MOST_FAULTS {
        ""
    } else {
        ", and more"
    };
    let faults = faults.len() - warnings;
    let _ = writeln!(out, "{faults} faults, {warnings} warnings{more}");
    out
}
