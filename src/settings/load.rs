//! Puts the layers together and remembers where each value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use config::{Config, Map, Source, Value, ValueKind};
use serde::Deserialize;

use super::{Settings, fault};

pub const DEFAULT_FILE: &str = "/etc/plainbounce/plainbounce.toml";

const PREFIX: &str = "PLAINBOUNCE__";

/// The settings in force, each with where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub settings: Settings,
    /// The file that was asked for, whether or not it exists.
    pub file: PathBuf,
    /// Every key, in the order of the interface page.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    /// As TOML, secrets hidden; `None` where it is unset.
    pub value: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(PathBuf),
    /// The name of the variable.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => path.display().fmt(f),
            Self::Environment(variable) => write!(f, "environment {variable}"),
        }
    }
}

impl Loaded {
    /// The files and folders that all of this was read from; some need not be there.
    pub fn read_from(&self) -> Vec<PathBuf> {
        let beside = self.file.parent().unwrap_or(Path::new(""));
        let own = |named: &Option<PathBuf>, usual: &str| {
            named.clone().unwrap_or_else(|| beside.join(usual))
        };
        vec![
            self.file.clone(),
            beside.join("conf.d"),
            own(&self.settings.rules.folder, super::rules::FOLDER),
            own(&self.settings.notice.folder, super::notices::FOLDER),
        ]
    }
}

/// Reads the file named, or the default one if there is one, and what lies over it.
pub fn load(
    named: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<Loaded> {
    let file = named.unwrap_or(Path::new(DEFAULT_FILE)).to_owned();
    let mut layers = Vec::new();
    if named.is_some() || file.exists() {
        layers.push(file_layer(&file)?);
    }
    for path in beside(&file)? {
        layers.push(file_layer(&path)?);
    }
    for (name, value) in environment
        .iter()
        .filter(|(name, _)| name.starts_with(PREFIX))
    {
        layers.push(environment_layer(name, value)?);
    }
    put_together(file, layers)
}

/// `conf.d/*.toml` beside the file, in name order.
fn beside(file: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = file.parent().unwrap_or(Path::new("")).join("conf.d");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = || format!("{}: cannot be read", folder.display());
    let mut paths = Vec::new();
    for entry in folder.read_dir().with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let path = entry.path();
        // As the shell reads it: what begins with a dot is an editor's.
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && path.extension().is_some_and(|end| end == "toml") {
            // Opened, a pipe would wait for somebody to write into it.
            anyhow::ensure!(path.is_file(), "{}: is no file", path.display());
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// One file or one variable: what it says, already known to fit the settings.
#[derive(Debug, Clone)]
struct Layer {
    origin: Origin,
    table: toml::Table,
}

fn file_layer(path: &Path) -> anyhow::Result<Layer> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| anyhow::anyhow!("{}: cannot be read: {error}", path.display()))?;
    let wrong = |error: toml::de::Error| fault::in_file(path, &text, &error);
    toml::from_str::<Settings>(&text).map_err(wrong)?;
    let table = toml::from_str(&text).map_err(wrong)?;
    Ok(Layer {
        origin: Origin::File(path.to_owned()),
        table,
    })
}

fn environment_layer(name: &str, value: &str) -> anyhow::Result<Layer> {
    let origin = Origin::Environment(name.to_owned());
    let path: Vec<String> = name[PREFIX.len()..]
        .split("__")
        .map(str::to_ascii_lowercase)
        .collect();
    let text = nested(&path, toml::Value::String(value.to_owned()));
    let Err(error) = Settings::deserialize(text.clone()) else {
        return Ok(Layer {
            origin,
            table: text,
        });
    };
    // What is no string in a file is none here: `true`, `100`.
    let scalar = match (value.parse::<bool>(), value.parse::<i64>()) {
        (Ok(flag), _) => Some(toml::Value::Boolean(flag)),
        (_, Ok(number)) => Some(toml::Value::Integer(number)),
        _ => None,
    };
    let wrong = |error| fault::in_value(&origin, &path.join("."), &error);
    let table = nested(&path, scalar.ok_or_else(|| wrong(error))?);
    Settings::deserialize(table.clone()).map_err(wrong)?;
    Ok(Layer { origin, table })
}

fn nested(path: &[String], value: toml::Value) -> toml::Table {
    let mut table = toml::Table::new();
    match path {
        [] => {}
        [last] => {
            table.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            table.insert(first.clone(), toml::Value::Table(nested(rest, value)));
        }
    }
    table
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.values(&self.table))
    }
}

impl Layer {
    fn values(&self, table: &toml::Table) -> Map<String, Value> {
        table
            .iter()
            .map(|(key, value)| (key.clone(), self.value(value)))
            .collect()
    }

    fn value(&self, value: &toml::Value) -> Value {
        let kind = match value {
            toml::Value::String(text) => ValueKind::String(text.clone()),
            toml::Value::Integer(number) => ValueKind::I64(*number),
            toml::Value::Float(number) => ValueKind::Float(*number),
            toml::Value::Boolean(flag) => ValueKind::Boolean(*flag),
            toml::Value::Datetime(time) => ValueKind::String(time.to_string()),
            toml::Value::Array(items) => {
                ValueKind::Array(items.iter().map(|item| self.value(item)).collect())
            }
            toml::Value::Table(table) => ValueKind::Table(self.values(table)),
        };
        Value::new(Some(&self.origin.to_string()), kind)
    }
}

fn put_together(file: PathBuf, layers: Vec<Layer>) -> anyhow::Result<Loaded> {
    let mut builder = Config::builder();
    for layer in &layers {
        builder = builder.add_source(layer.clone());
    }
    let all = builder.build().context("settings")?;
    let values = all.collect().context("settings")?;
    let settings: Settings = all.try_deserialize().context("settings")?;
    let mut entries = defaults(&settings);
    for entry in &mut entries {
        let said = origin(&values, &entry.key);
        let layer = layers
            .iter()
            .find(|layer| Some(layer.origin.to_string()) == said);
        entry.origin = layer.map_or(Origin::Default, |layer| layer.origin.clone());
    }
    Ok(Loaded {
        settings,
        file,
        entries,
    })
}

/// Every key with its value, as if each were a default.
pub fn defaults(settings: &Settings) -> Vec<Entry> {
    let shown = serde_json::to_value(settings).expect("settings have string keys only");
    let mut entries = Vec::new();
    list("", &shown, &mut |key, value| {
        let value = toml::Value::try_from(value)
            .ok()
            .map(|value| value.to_string());
        entries.push(Entry {
            key: key.to_owned(),
            value,
            origin: Origin::Default,
        });
    });
    entries
}

/// Every key with its value. A table in a list (`[[notice.for]]`) is a value.
fn list(prefix: &str, value: &serde_json::Value, found: &mut dyn FnMut(&str, &serde_json::Value)) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if prefix.is_empty() { "" } else { "." };
                list(&format!("{prefix}{dot}{name}"), value, found);
            }
        }
        value => found(prefix, value),
    }
}

fn origin(values: &Map<String, Value>, key: &str) -> Option<String> {
    match key.split_once('.') {
        None => values.get(key)?.origin().map(str::to_owned),
        Some((first, rest)) => match &values.get(first)?.kind {
            ValueKind::Table(table) => origin(table, rest),
            _ => None,
        },
    }
}
