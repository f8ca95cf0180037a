//! `plainbounce annotate`: one message in, one message out.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use super::{FOUND_WRONG, complain};
use crate::annotator::Annotator;
use crate::doors::pipe;
use crate::event::Events;
use crate::serve::annotator;
use crate::settings::Loaded;

pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let (loaded, annotator) = match usable(file) {
        Ok(usable) => usable,
        Err(error) => {
            // Whoever does not look at the exit status still has the mail.
            pass_unread();
            return Err(error);
        }
    };
    let annotate = &loaded.settings.annotate;
    let settings = pipe::Settings {
        head_size: usize::try_from(annotate.head_size.0).unwrap_or(usize::MAX),
        time_limit: annotate.time_limit,
    };
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    match pipe::run(&settings, input, output, &annotator, &Events::default()) {
        Ok(fault) => {
            if let Some(fault) = fault {
                complain(&format!("the message passed as it came: {fault}"));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            complain(&format!("the message did not pass as a whole: {error}"));
            Ok(ExitCode::from(FOUND_WRONG))
        }
    }
}

fn usable(file: Option<&Path>) -> anyhow::Result<(Loaded, Annotator)> {
    let loaded = super::load(file)?;
    let annotator = annotator(&loaded)?;
    Ok((loaded, annotator))
}

/// The mail as it came, where there is nothing to work with.
pub fn pass_unread() {
    if !io::stdin().is_terminal() {
        // It fails as the pipe would have; the settings are what is complained of.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::stdout().lock());
    }
}
