//! Makes tables of the TOML of rules, codes and phrases, which lie ready in the program, and packs
//! the languages. A mistake in one of the files ends the build with its name and line.

#[path = "build/codes.rs"]
mod code_files;
#[path = "build/source.rs"]
mod source;

// the formats are the program's own
#[path = "diagnosis/cause.rs"]
#[allow(dead_code)]
mod cause;
#[path = "diagnosis/codes/format.rs"]
#[allow(dead_code)]
mod codes;
#[path = "notice/languages/format.rs"]
mod languages;
#[path = "diagnosis/codes/pattern.rs"]
#[allow(dead_code)]
mod pattern;
#[path = "bounce/phrase_set.rs"]
#[allow(dead_code)]
mod phrase_set;
#[path = "bounce/general/phrases.rs"]
#[allow(dead_code)]
mod phrases;
#[path = "diagnosis/rules/format.rs"]
#[allow(dead_code)]
mod rules;

mod bounce {
    pub use crate::phrase_set::{PhraseSet, SHORT, Span};
}

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bounce::PhraseSet;
use code_files::{CodeFile, catalogue};
use codes::Catalogue;
use languages::{CodeWordsFile, Spoken};
use phrases::Phrases;
use rules::{RuleFile, RuleTable, WrittenRule};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseFile {
    subjects: Vec<String>,
    texts: Vec<String>,
    undelivered: Vec<String>,
    successes: Vec<String>,
    delays: Vec<String>,
    given_up: Vec<String>,
    returned: Vec<String>,
    recipient_labels: Vec<String>,
    others: Vec<String>,
    reporters: Vec<String>,
    refusers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectFile {
    language: BTreeMap<String, Subjects>,
}

/// How subjects of automatic replies begin, in one language or in all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subjects {
    automatic: Vec<String>,
    #[serde(default)]
    away: Vec<String>,
}

/// The rule files in the order in which they are tried: each refusing side's own words in front
/// of what everybody says.
const RULE_FILES: &[&str] = &[
    "microsoft",
    "google",
    "yahoo",
    "apple",
    "gmx",
    "filters",
    "providers",
    "lists",
    "software",
    "common",
];

/// Those who mean something of their own by codes, in the order in which they are asked. Behind
/// Microsoft's cloud its servers, as both may write the same words; then providers, then filters and
/// lists, which speak for others.
const CODE_FILES: &[&str] = &[
    "microsoft",
    "exchange",
    "google",
    "yahoo",
    "apple",
    "gmx",
    "comcast",
    "cox",
    "charter",
    "att",
    "orange",
    "tencent",
    "facebook",
    "godaddy",
    "i_ua",
    "mimecast",
    "barracuda",
    "proofpoint",
    "spamhaus",
    "zonemta",
];

/// As they are listed; `src/notice/languages/mod.rs` has the same list.
const LANGUAGES: &[&str] = &[
    "en", "de", "fr", "es", "it", "pt-BR", "nl", "pl", "ja", "zh-Hans", "ar",
];

fn main() {
    for file in ["src/build.rs", "src/build"] {
        println!("cargo::rerun-if-changed={file}");
    }
    source::write("RULES", "RuleTable<'static>", &rules());
    source::write("PHRASES", "Phrases<'static>", &phrases());
    source::write("SUBJECTS", "Subjects", &subjects());
    source::write("CODES", "Catalogue<'static>", &codes());
    for tag in LANGUAGES {
        let words: Spoken = read(format!("src/notice/languages/{tag}.toml"));
        pack(tag, &words);
        pack(&format!("{tag}.codes"), &code_words(tag));
    }
}

/// What a language says of the registry's codes and, where it does, of the receivers' own.
fn code_words(tag: &str) -> CodeWordsFile {
    let folder = format!("src/notice/languages/codes/{tag}");
    println!("cargo::rerun-if-changed={folder}");
    let mut all: CodeWordsFile = read(format!("{folder}/registry.toml"));
    for giver in CODE_FILES {
        let file = format!("{folder}/{giver}.toml");
        if Path::new(&file).exists() {
            let own: CodeWordsFile = read(file);
            all.extend(
                own.into_iter()
                    .map(|(code, words)| (format!("{giver}/{code}"), words)),
            );
        }
    }
    all
}

fn phrases() -> Phrases<'static> {
    let file: PhraseFile = read("src/bounce/general/phrases.toml");
    let set = |list: &[String]| PhraseSet::new(list.iter().map(String::as_str).zip(0..));
    let joined = |list: &[String]| {
        let anywhere = [&file.undelivered, &file.delays, &file.successes];
        let all = list.iter().chain(anywhere.into_iter().flatten());
        PhraseSet::new(all.map(String::as_str).zip(0..))
    };
    Phrases {
        of_subjects: joined(&file.subjects),
        of_texts: joined(&file.texts),
        texts: set(&file.texts),
        undelivered: set(&file.undelivered),
        successes: set(&file.successes),
        delays: set(&file.delays),
        given_up: set(&file.given_up),
        returned: set(&file.returned),
        recipient_labels: file.recipient_labels.into_iter().map(Cow::Owned).collect(),
        others: set(&file.others),
        reporters: set(&file.reporters),
        refusers: set(&file.refusers),
    }
}

fn subjects() -> Subjects {
    let mut all = Subjects::default();
    let file: SubjectFile = read("src/bounce/auto_reply/subjects.toml");
    for mut words in file.language.into_values() {
        all.automatic.append(&mut words.automatic);
        all.away.append(&mut words.away);
    }
    for phrase in all.automatic.iter().chain(&all.away) {
        assert!(
            *phrase == phrase.to_lowercase(),
            "{phrase:?} is not in lower case"
        );
    }
    all
}

/// All rules, under the names of the files in which they stand.
fn rules() -> RuleTable<'static> {
    let mut rules = Vec::new();
    for file in RULE_FILES {
        let read: RuleFile = read(format!("src/diagnosis/rules/{file}.toml"));
        let named = |rule: WrittenRule| (format!("builtin:{file}/{}", rule.name), rule);
        rules.extend(read.rule.into_iter().map(named));
    }
    RuleTable::new(&rules).unwrap_or_else(|error| panic!("{error}"))
}

/// The registry, and behind it the receivers.
fn codes() -> Catalogue<'static> {
    let file = |name: &str| read::<CodeFile>(format!("src/diagnosis/codes/{name}.toml"));
    let mut files = vec![(None, file("registry"))];
    files.extend(CODE_FILES.iter().map(|name| (Some(*name), file(name))));
    catalogue(files)
}

fn read<T: DeserializeOwned>(file: impl AsRef<Path>) -> T {
    let file = file.as_ref();
    println!("cargo::rerun-if-changed={}", file.display());
    let text =
        std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn pack<T: Serialize>(name: &str, value: &T) {
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let bytes = postcard::to_stdvec(value).expect("these types are plain data");
    std::fs::write(folder.join(format!("{name}.postcard")), bytes).expect("OUT_DIR is writable");
}
