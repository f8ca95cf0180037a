//! `plainbounce notices`: every notice as a page, for translators and postmasters to leaf through.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use crate::notice::samples::{self, Sample};
use crate::notice::{Forms, Language, Style};

const INDEX: &str = include_str!("notices/index.html");
const TEXT: &str = include_str!("notices/text.html");

/// What stands below the notice where the mail has words of its own.
const REPORT: &str = "This is what the report itself said.";

#[derive(Debug, Serialize)]
struct Row<'s> {
    name: &'s str,
    title: String,
}

#[derive(Debug, Serialize)]
struct Column {
    tag: String,
    name: String,
    dir: &'static str,
}

pub fn run(call: &super::Notices) -> anyhow::Result<ExitCode> {
    let loaded = super::load(call.file.config.as_deref())?;
    let (languages, forms) = loaded.notices()?;
    let samples = samples::all();
    for language in languages.all() {
        let folder = call.out.join(language.tag().as_str());
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        for sample in &samples {
            write_pages(&folder, sample, language, &forms)?;
        }
    }
    let columns = languages.all().map(|language| Column {
        tag: language.tag().to_string(),
        name: language.name().to_owned(),
        dir: language.direction(),
    });
    let english = Language::english();
    let rows = samples.iter().map(|sample| Row {
        name: sample.name,
        title: english.cause(sample.diagnoses[0].cause).title.clone(),
    });
    let (columns, rows): (Vec<_>, Vec<_>) = (columns.collect(), rows.collect());
    let pages = 2 * rows.len() * columns.len();
    let index = page(
        INDEX,
        context! { columns => Serde(&columns), rows => Serde(&rows) },
    )?;
    write(&call.out.join("index.html"), &index)?;
    println_if_open(&format!(
        "{pages} pages, and {}",
        call.out.join("index.html").display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn write_pages(
    folder: &Path,
    sample: &Sample,
    language: &Language,
    forms: &Forms,
) -> anyhow::Result<()> {
    let style = Style::default();
    let notice = sample.notice(language, &style);
    let (lang, dir, title) = (notice.lang, notice.dir, notice.title.clone());
    let written = forms.write(notice, language, Some(REPORT));
    let written = written.with_context(|| sample.name)?;
    let text = page(TEXT, context! { lang, dir, title, text => written.text })?;
    write(&folder.join(format!("{}.html", sample.name)), &written.html)?;
    write(&folder.join(format!("{}.text.html", sample.name)), &text)
}

fn page(template: &str, context: minijinja::Value) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    Ok(environment.render_str(template, context)?)
}

fn write(file: &Path, page: &str) -> anyhow::Result<()> {
    fs::write(file, page).with_context(|| file.display().to_string())
}

fn println_if_open(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}
