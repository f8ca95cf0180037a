//! Packs the TOML of rules, codes and languages into the program. A mistake in one of the files
//! ends the build with its name and line.

#[path = "diagnosis/cause.rs"]
#[allow(dead_code)]
mod cause;
#[path = "diagnosis/codes/format.rs"]
mod codes;
#[path = "notice/languages/format.rs"]
mod languages;
#[path = "bounce/general/phrases.rs"]
mod phrases;
#[path = "diagnosis/rules/format.rs"]
#[allow(dead_code)]
mod rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<Rule>,
}

/// What some refusing side says when it means some cause.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    cause: cause::Cause,
    /// Phrases of which one must be in the diagnostic. Upper and lower case and runs of white
    /// space do not count.
    any: Vec<String>,
    /// Phrases of which none may be in it.
    #[serde(default)]
    unless: Vec<String>,
    /// A reply that the rule reads. `cargo test` tries it.
    example: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeFile {
    code: Vec<codes::Code>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectFile {
    language: BTreeMap<String, Subjects>,
}

/// How subjects of automatic replies begin, in one language or in all.
#[derive(Default, Deserialize, Serialize)]
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

const LANGUAGES: &[&str] = &["en", "de"];

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    pack("rules", &index(&rules()));
    pack(
        "codes",
        &read::<CodeFile>("src/diagnosis/codes/registry.toml").code,
    );
    pack(
        "phrases",
        &read::<phrases::Phrases>("src/bounce/general/phrases.toml"),
    );
    pack("subjects", &subjects());
    for tag in LANGUAGES {
        let folder = Path::new("src/notice/languages");
        let words = read::<languages::Language>(folder.join(format!("{tag}.toml")));
        let codes = read::<languages::CodeWordsFile>(folder.join(format!("{tag}.codes.toml")));
        pack(tag, &words);
        pack(&format!("{tag}.codes"), &codes);
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

/// All rules with the file each stands in.
fn rules() -> Vec<(&'static str, Rule)> {
    let mut out = Vec::new();
    for file in RULE_FILES {
        let read: RuleFile = read(format!("src/diagnosis/rules/{file}.toml"));
        for mut rule in read.rule {
            for phrase in rule.any.iter_mut().chain(&mut rule.unless) {
                *phrase = rules::fold(phrase);
            }
            out.push((*file, rule));
        }
    }
    out
}

fn index<'r>(rules: &'r [(&'static str, Rule)]) -> rules::Index<'r> {
    let mut index = rules::Index {
        rules: Vec::new(),
        phrases: Vec::new(),
    };
    for (number, (file, rule)) in rules.iter().enumerate() {
        let number = u16::try_from(number).expect("fewer rules than that");
        for (unless, texts) in [(false, &rule.any), (true, &rule.unless)] {
            for text in texts {
                let start = rules::start(text.as_bytes());
                let start = start.unwrap_or_else(|| panic!("{file}: {text:?} is too short"));
                index.phrases.push(rules::Phrase {
                    start,
                    rule: number,
                    unless,
                    text,
                });
            }
        }
        let (name, example) = (&rule.name, &rule.example);
        index.rules.push(rules::IndexedRule {
            file,
            name,
            cause: rule.cause,
            example,
        });
    }
    index
        .phrases
        .sort_by_key(|phrase| rules::bucket(phrase.start));
    index
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
