//! Settings → what the annotator works with: the operator's languages and templates over ours.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Loaded, NoticeFor, fault};
use crate::annotator::{self, Readers};
use crate::notice::{Forms, Language, LanguageTag, Languages, Style, samples};

/// Beside the settings file.
pub const FOLDER: &str = "notice.d";

impl Loaded {
    /// As the annotator wants them; `name` is who signs.
    ///
    /// # Errors
    /// In one line, with file and key, where the settings name a language that there is not, or a file
    /// of the operator's has a mistake in it.
    pub fn annotator(&self, name: String) -> anyhow::Result<annotator::Settings> {
        let (languages, forms) = self.notices()?;
        let style = self.style(&languages)?;
        let settings = &self.settings.notice;
        let others = settings.others.iter().map(|other| {
            let readers = Readers(other.recipients.0.clone());
            Ok((readers, self.style_for(other, &style, &languages)?))
        });
        let rules = self.rules(&languages)?;
        Ok(annotator::Settings {
            name,
            rules,
            forms,
            others: others.collect::<anyhow::Result<_>>()?,
            style,
            languages,
            known_domains: settings.known_domains.0.clone(),
        })
    }

    /// The languages and the templates, with those of the operator's folder.
    ///
    /// # Errors
    /// As `annotator`.
    pub fn notices(&self) -> anyhow::Result<(Languages, Forms)> {
        let mut languages = Languages::default();
        let Some(folder) = self.notice_folder()? else {
            return Ok((languages, Forms::built_in()));
        };
        for path in toml_files(&folder)? {
            languages = with_file(&languages, &path)?;
        }
        let forms = forms(&folder)?;
        try_out(&folder, &forms, &languages)?;
        Ok((languages, forms))
    }

    fn notice_folder(&self) -> anyhow::Result<Option<PathBuf>> {
        let beside = self.file.parent().unwrap_or(Path::new("")).join(FOLDER);
        match &self.settings.notice.folder {
            Some(named) if named.is_dir() => Ok(Some(named.clone())),
            Some(named) => {
                let what = format!("{}: is no folder", named.display());
                Err(self.wrong("notice.folder", what))
            }
            None => Ok(beside.is_dir().then_some(beside)),
        }
    }

    fn style(&self, languages: &Languages) -> anyhow::Result<Style> {
        let notice = &self.settings.notice;
        Ok(Style {
            language: self.language("notice.language", &notice.language, languages)?,
            language_is_set: false,
            mode: notice.mode,
            subject: notice.subject,
            contact: notice.contact.clone(),
            masthead: notice.masthead.clone(),
        })
    }

    fn style_for(
        &self,
        other: &NoticeFor,
        usual: &Style,
        languages: &Languages,
    ) -> anyhow::Result<Style> {
        if other.recipients.0.is_empty() {
            let what = "needs match = [...], the addresses and domains that it is for";
            return Err(self.wrong("notice.for", what));
        }
        let own = other.language.as_ref();
        let language = own.map(|tag| self.language("notice.for", tag, languages));
        Ok(Style {
            language_is_set: language.is_some(),
            language: language
                .transpose()?
                .unwrap_or_else(|| Arc::clone(&usual.language)),
            mode: other.mode.unwrap_or(usual.mode),
            subject: other.subject.unwrap_or(usual.subject),
            contact: other.contact.clone().or_else(|| usual.contact.clone()),
            masthead: other.masthead.clone().or_else(|| usual.masthead.clone()),
        })
    }

    fn language(
        &self,
        key: &str,
        tag: &LanguageTag,
        languages: &Languages,
    ) -> anyhow::Result<Arc<Language>> {
        languages.named(tag).map_err(|error| self.wrong(key, error))
    }
}

/// `de.toml`, `de.codes.toml`.
fn with_file(languages: &Languages, path: &Path) -> anyhow::Result<Languages> {
    let text = read(path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let (tag, of_codes) = match name.strip_suffix(".codes") {
        Some(tag) => (tag, true),
        None => (&*name, false),
    };
    let tag: LanguageTag = tag.parse().map_err(|error| fault::in_name(path, error))?;
    let with = if of_codes {
        languages.with_codes(&tag, &text)
    } else {
        languages.with(&tag, &text)
    };
    with.map_err(|fault| fault::at(path, &text, fault.at.start, &fault.what))
}

fn forms(folder: &Path) -> anyhow::Result<Forms> {
    let own = |name: &str| {
        let path = folder.join(name);
        path.exists().then(|| read(&path)).transpose()
    };
    let forms = Forms::new(own("notice.txt")?, own("notice.html")?);
    forms.map_err(|error| fault::in_template(folder, &error))
}

/// A template may fail at what only some notices have.
fn try_out(folder: &Path, forms: &Forms, languages: &Languages) -> anyhow::Result<()> {
    if forms.are_built_in() {
        return Ok(());
    }
    let style = Style::default();
    for language in languages.all() {
        for notice in samples::notices(language, &style) {
            let written = forms.write(notice, language, Some("…"));
            written.map_err(|error| fault::in_template(folder, &error))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| anyhow::anyhow!("{}: cannot be read: {error}", path.display()))
}

/// In name order, those of languages in front of those of their codes.
fn toml_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = |error| anyhow::anyhow!("{}: cannot be read: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
    }
    paths.sort_by_key(|path| {
        (
            path.to_string_lossy().ends_with(".codes.toml"),
            path.clone(),
        )
    });
    Ok(paths)
}
