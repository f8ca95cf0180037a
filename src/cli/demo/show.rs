//! Shows what came in and what came out, in the terminal and as pages.

use std::collections::HashSet;
use std::fs;
use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::samples::Sample;
use crate::event::{MessagePassed, Outcome};
use crate::mail::{Message, decode_header_text};
use crate::notice::{Languages, clean_line, clean_lines, fill};

/// How much of a message is shown of what came in.
const LINES_IN: usize = 12;

/// Everything that is shown, and where it lies.
pub struct Gallery {
    folder: PathBuf,
    maildir: PathBuf,
    seen: HashSet<PathBuf>,
    bold: bool,
}

impl Gallery {
    pub fn new(folder: &Path, maildir: PathBuf) -> Self {
        let bold = stdout().is_terminal();
        Self {
            folder: folder.to_owned(),
            maildir,
            seen: HashSet::new(),
            bold,
        }
    }

    pub fn say_hello(&self, port: u16) {
        say("plainbounce stands in front of mailboxes and explains the bounces that come in.");
        say(&format!(
            "Its SMTP door is open on 127.0.0.1:{port}. Some mail goes in now."
        ));
    }

    /// One message: what came in, what came out, and where the HTML form lies.
    pub fn show(&mut self, sample: Option<&Sample>, passed: &MessagePassed) -> Result<()> {
        let Some(file) = self.newest()? else {
            let said = passed
                .reply
                .as_ref()
                .map(|(code, text)| format!(": {code} {text}"));
            say(&format!(
                "\nA message was not taken{}",
                clean_line(&said.unwrap_or_default(), "…")
            ));
            return Ok(());
        };
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let message = Message::read(&bytes, true);
        let name = sample.map_or_else(|| passed.id.clone(), |sample| sample.name.to_owned());
        self.rule(&name);
        if let Some(sample) = sample {
            self.heading("In");
            indented(&first_lines(sample.text), "  | ");
        }
        self.heading("Out");
        match passed.outcome {
            Outcome::Annotated => self.show_notice(&message, &name)?,
            _ => say(&untouched(sample, &bytes)),
        }
        say(&format!("  message: {}", file.display()));
        Ok(())
    }

    fn show_notice(&self, message: &Message<'_>, name: &str) -> Result<()> {
        if let Some(text) = part_of(message, "plain") {
            indented(&reader_part(&text), "  | ");
        }
        if let Some(html) = part_of(message, "html") {
            let page = self.folder.join(format!("{name}.html"));
            fs::write(&page, html).with_context(|| page.display().to_string())?;
            say(&format!("  as HTML: {}", page.display()));
        }
        Ok(())
    }

    /// The file in `new` that was not there before.
    fn newest(&mut self) -> Result<Option<PathBuf>> {
        let new = self.maildir.join("new");
        let entries = fs::read_dir(&new).with_context(|| new.display().to_string())?;
        let files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let fresh = files.filter(|file| !self.seen.contains(file)).min();
        self.seen.extend(fresh.clone());
        Ok(fresh)
    }

    pub fn say_how_to_send(&self, port: u16) {
        self.rule("Your turn");
        say("The door stays open. Send a bounce of your own, and it is shown here:\n");
        say(&format!(
            "  swaks --server 127.0.0.1:{port} --from '<>' --to you@example.org --data @bounce.eml\n  \
             curl smtp://127.0.0.1:{port} --crlf --mail-rcpt you@example.org --upload-file bounce.eml\n"
        ));
        say("Ctrl-C ends it and deletes what was written here.");
    }

    pub fn say_where(&self, folder: &Path) {
        say(&format!(
            "\nThe messages and pages stay in {}",
            folder.display()
        ));
    }

    pub fn say_goodbye(&self) {
        say(&format!("\n{} is deleted.", self.folder.display()));
    }

    fn rule(&self, name: &str) {
        self.heading(&format!("\n──── {} ", clean_line(name, "…")));
    }

    fn heading(&self, text: &str) {
        if self.bold {
            say(&format!("\x1b[1m{text}\x1b[0m"))
        } else {
            say(text)
        }
    }
}

/// Whether an ordinary message came out as it went in.
fn untouched(sample: Option<&Sample>, bytes: &[u8]) -> String {
    let same = sample.is_none_or(|sample| bytes.ends_with(sample.text.as_bytes()));
    let same = if same {
        "The same bytes"
    } else {
        "OTHER BYTES: this is a fault"
    };
    format!("  {same}, behind one Received field: this is no bounce.")
}

/// The part of that form in the first `multipart/alternative`, which is ours.
fn part_of(message: &Message<'_>, sub: &str) -> Option<String> {
    let mut parts = message.parts();
    let ours = parts.find(|part| part.content_type.is("multipart", "alternative"))?;
    let children = ours.children.iter().map(|&id| message.part(id));
    let part = children
        .into_iter()
        .find(|part| part.content_type.is("text", sub))?;
    Some(message.part_text(part))
}

/// The notice down to what is for the postmaster, in whichever language it is.
fn reader_part(text: &str) -> String {
    let text = clean_lines(text);
    let is_postmasters = |line: &str| {
        Languages::built_in().all().any(|language| {
            let words = language.words();
            line == fill(&words.label, "text", &words.for_your_postmaster)
        })
    };
    let shown: Vec<&str> = text
        .lines()
        .take_while(|line| !is_postmasters(line))
        .collect();
    format!(
        "{}\n\n(and, below, what the postmaster wants to know)",
        shown.join("\n").trim_end()
    )
}

/// Subject and sender, and the first words.
fn first_lines(text: &str) -> String {
    let message = Message::read(text.as_bytes(), true);
    let field = |name| {
        message
            .field(name)
            .map(decode_header_text)
            .unwrap_or_default()
    };
    let part = message
        .leaves()
        .map(|id| message.part(id))
        .find(|p| p.content_type.main == "text");
    let words = part.map(|part| message.part_text(part)).unwrap_or_default();
    let words: Vec<&str> = words.trim().lines().take(LINES_IN).collect();
    format!(
        "From: {}\nSubject: {}\n\n{}\n…",
        field("From"),
        field("Subject"),
        words.join("\n")
    )
}

fn indented(text: &str, by: &str) {
    clean_lines(text)
        .lines()
        .for_each(|line| say(format!("{by}{line}").trim_end()));
}

/// A closed output is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}
